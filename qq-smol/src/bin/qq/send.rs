//! `qq send`: one message, without a connection to the gateway.

pub(crate) mod args;
mod dry;
mod letter;
mod outcome;
mod progress;

use std::env;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use qq_proto::api::{ImageFile, Scene, Trigger};
use qq_proto::media::{Format, Hasher, Hashes, MediaKind, UploadError, fits, fits_format, size_rules};
use qq_proto::{Config, Leave, Shards};
use qq_smol::{Bot, Notice, Options, Upload, UploadFailed};

use crate::failure::Failure;
use args::SendArgs;
use letter::{Attachment, Letter, Origin, Picture, Send, Trouble};
use progress::Show;

/// The platform wants numbers that differ, and says nothing about how large they may be; SDKs stay below this.
const LARGEST_SEQ: u128 = 65_536;

/// What went wrong last on the way to the platform.
type Last = Arc<Mutex<Option<String>>>;

pub(crate) fn run(args: &SendArgs) -> Result<(), Failure> {
    let letter = letter(args)?;
    let guild = guild_call(&letter)?;
    if args.dry_run {
        // Without a bot the address is known all the same.
        let config = Config::from_vars(|name| match (name, env::var(name).ok()) {
            ("QQ_APP_ID" | "QQ_APP_SECRET", None) => Some("nobody".to_owned()),
            (_, value) => value,
        })?;
        return dry::show(&letter, guild, &config.hosts.api_base, args.json);
    }
    let config = Config::from_vars(|name| env::var(name).ok())?.with_shards(Shards::None);
    let last = Last::default();
    let hear = Arc::clone(&last);
    let mut options = Options::from_env()?.on_notice(move |_, notice| {
        if let Notice::Fault(fault) = notice {
            // When it would be tried again is of no use to who does not wait.
            let words = fault.to_string();
            let words = words.split_once("; next try").map_or(words.as_str(), |(words, _)| words);
            *hear.lock().unwrap_or_else(PoisonError::into_inner) = Some(words.to_owned());
        }
    });
    // Nothing is listened to.
    options.webhook = None;
    let (bot, _events) = Bot::launch(config, options)?;
    smol::block_on(async {
        let outcome = deliver(&bot, &letter, guild).await;
        bot.stop(Leave::Final).await;
        let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        match outcome {
            Ok(receipt) => outcome::sent(&receipt, args.json),
            Err(Undelivered::Trouble(trouble)) => outcome::failed(&trouble, last.as_deref(), args.json),
            Err(Undelivered::Failure(failure)) => Err(failure),
        }
    })
}

enum Undelivered {
    Trouble(Trouble),
    Failure(Failure),
}

async fn deliver(bot: &Bot, letter: &Letter, guild: Option<Send>) -> Result<letter::Receipt, Undelivered> {
    let call = if let Some(call) = guild {
        call
    } else if let Some(attachment) = &letter.attachment {
        let file = bot.upload(upload(letter, attachment)).await.map_err(not_uploaded)?;
        letter.to_people(Some(&file.file_info))
    } else {
        letter.to_people(None)
    };
    call.send(bot).await.map_err(Undelivered::Trouble)
}

fn upload(letter: &Letter, attachment: &Attachment) -> Upload {
    let Attachment { kind, name, from } = attachment;
    let upload = match from {
        Origin::Url(url) => Upload::url(letter.scene, &letter.target, *kind, url.as_str()),
        Origin::File { path, .. } => Upload::file(letter.scene, &letter.target, *kind, path),
    };
    let upload = if let Some(name) = name { upload.named(name) } else { upload };
    let mut show = Show::new();
    upload.on_progress(move |progress| show.tell(progress))
}

fn not_uploaded(failed: UploadFailed) -> Undelivered {
    match failed {
        UploadFailed::Failed(UploadError::Call(error)) => Undelivered::Trouble(Trouble::Failed(error)),
        UploadFailed::Failed(UploadError::Unfit(why)) => {
            Undelivered::Failure(Failure::Never(why.to_string()))
        }
        UploadFailed::Unreadable(_) => Undelivered::Failure(Failure::Usage(failed.to_string())),
        UploadFailed::Failed(_) | _ => Undelivered::Failure(Failure::Later(failed.to_string())),
    }
}

/// What the command line says, with the input and the file looked at.
fn letter(args: &SendArgs) -> Result<Letter, Failure> {
    let place = args.to.place();
    let (scene, target) = place.ok_or_else(|| Failure::Usage("there is nobody to send to".to_owned()))?;
    if target.is_empty() {
        return Err(Failure::Usage("the id to send to is empty".to_owned()));
    }
    let text = args.text.as_deref().map(given).transpose()?;
    let markdown = args.markdown.as_deref().map(given).transpose()?;
    let trigger = match (&args.reply_to, &args.reply_to_event) {
        (Some(id), _) => Some(Trigger::Message(id.clone())),
        (None, Some(id)) => Some(Trigger::Event(id.clone())),
        (None, None) => None,
    };
    let files = &args.attachment;
    let named = [
        ("--image", MediaKind::Image, &files.image),
        ("--video", MediaKind::Video, &files.video),
        ("--voice", MediaKind::Voice, &files.voice),
        ("--file", MediaKind::File, &files.file),
    ];
    let given = named.into_iter().find_map(|(flag, kind, from)| Some((flag, kind, from.as_deref()?)));
    let attachment = match given {
        Some((flag, kind, from)) => Some(attachment(scene, flag, kind, from, args.name.clone())?),
        None => None,
    };
    let seq = args.seq.unwrap_or_else(seq_from_clock);
    Ok(Letter { scene, target: target.to_owned(), text, markdown, attachment, trigger, seq })
}

/// A text, or what stands on the standard input.
fn given(text: &str) -> Result<String, Failure> {
    let mut all = String::new();
    if text == "-" {
        let read = io::stdin().read_to_string(&mut all);
        read.map_err(|error| Failure::Usage(format!("the standard input cannot be read: {error}")))?;
        all.truncate(all.trim_end_matches(['\n', '\r']).len());
    } else {
        all.push_str(text);
    }
    if all.is_empty() { Err(Failure::Usage("there is no text to send".to_owned())) } else { Ok(all) }
}

fn attachment(
    scene: Scene,
    flag: &str,
    kind: MediaKind,
    from: &str,
    name: Option<String>,
) -> Result<Attachment, Failure> {
    let in_guild = matches!(scene, Scene::Channel | Scene::Dm);
    if in_guild && kind != MediaKind::Image {
        return Err(Failure::Usage(format!("{flag} is for people and groups: channels take pictures alone")));
    }
    if from.starts_with("https://") || from.starts_with("http://") {
        return Ok(Attachment { kind, name, from: Origin::Url(from.to_owned()) });
    }
    let wrong = |error: io::Error| Failure::Usage(format!("{flag} {from}: {error}"));
    let mut head = Vec::new();
    let file = File::open(from).map_err(wrong)?;
    let size = file.metadata().map_err(wrong)?.len();
    file.take(Format::BYTES as u64).read_to_end(&mut head).map_err(wrong)?;
    // Channels take what people and groups take, as far as is known.
    let fits = fits(if in_guild { Scene::Group } else { scene }, kind, size);
    let format = fits.and_then(|_| fits_format(kind, &head));
    let format = format.map_err(|why| Failure::Never(format!("{from}: {why}")))?;
    let own = || Path::new(from).file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Attachment {
        kind,
        name: name.or_else(own),
        from: Origin::File { path: from.to_owned(), size, format },
    })
}

/// The call, if it goes to a guild; there files are inside the message.
fn guild_call(letter: &Letter) -> Result<Option<Send>, Failure> {
    match letter.scene {
        Scene::Channel | Scene::Dm => {}
        Scene::C2c | Scene::Group | _ => return Ok(None),
    }
    let picture = match &letter.attachment {
        None => None,
        Some(Attachment { from: Origin::Url(url), .. }) => Some(Picture::Url(url.clone())),
        Some(Attachment { from: Origin::File { path, size, format }, name, .. }) => {
            let limit = size_rules(MediaKind::Image).soft;
            if *size > limit {
                return Err(Failure::Never(format!(
                    "{path}: a picture for a channel has at most {limit} bytes"
                )));
            }
            let bytes = std::fs::read(path).map_err(|error| Failure::Usage(format!("{path}: {error}")))?;
            let name = name.clone().unwrap_or_else(|| "picture".to_owned());
            Some(Picture::File(ImageFile::new(name, media_type(*format), bytes)))
        }
    };
    Ok(Some(letter.to_guild(picture)))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others are no pictures")]
const fn media_type(format: Format) -> &'static str {
    match format {
        Format::Png => "image/png",
        Format::Jpeg => "image/jpeg",
        Format::Gif => "image/gif",
        Format::Webp => "image/webp",
        Format::Bmp => "image/bmp",
        _ => "application/octet-stream",
    }
}

/// The hashes of a file that is read in pieces.
fn hashes(path: &str) -> Result<Hashes, Failure> {
    let wrong = |error: io::Error| Failure::Usage(format!("{path}: {error}"));
    let mut file = File::open(path).map_err(wrong)?;
    let (mut hasher, mut piece) = (Hasher::default(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut piece).map_err(wrong)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(piece.get(..count).unwrap_or_default()),
        }
    }
}

/// A number that an earlier run has hardly used: the platform drops a second answer with the same one.
fn seq_from_clock() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from((since.as_millis() / 10) % (LARGEST_SEQ - 1)).unwrap_or_default() + 1
}

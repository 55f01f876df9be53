//! `qq chat`: an echo bot, and somebody to talk to it.
//!
//! Without credentials the platform runs in this process and the chat is its only user. Everything that happens
//! (news of the platform, news of the link, answers, signals) comes through one channel, so what is printed stands
//! in the order in which it happened.

mod command;
mod echo;
mod facts;
mod screen;
mod stage;
mod talk;

use std::env;
use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use qq_proto::{Config, ConfigError, Leave};
use qq_smol::{Bot, Notice, Options};
use smol::channel::Receiver;
use smol::future::FutureExt as _;
use smol::{Task, Timer};

use crate::args::ChatArgs;
use crate::environment::var;
use crate::failure::Failure;
use crate::news::News;
use crate::signals::EndAsked;
use echo::{Answered, Heard};
use stage::Stage;
use talk::Talk;

/// Who asked for an end shall have it within two seconds.
const GOODBYE: Duration = Duration::from_millis(1_800);

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Happening {
    /// On the platform in this process.
    Platform(News),
    /// To the bot's link.
    Link(Notice),
    /// Somebody wrote to the bot.
    Heard(Heard),
    /// The bot's answer was sent, or not.
    Answered(Answered),
    /// Ctrl-C or SIGTERM.
    EndAsked,
}

pub(crate) fn run(args: &ChatArgs) -> Result<(), Failure> {
    let mut end = EndAsked::listen()?;
    let (inbox, happenings) = smol::channel::unbounded();
    let named = if args.embedded { None } else { named_bot(args.keep_intents)? };
    let (config, options, stage) = if let Some(config) = named {
        let mut options = Options::from_env()?;
        if options.webhook.take().is_some() {
            aside("QQ_WEBHOOK is not used: the conversation comes from the gateway");
        }
        (config, options, None)
    } else {
        let stage = Stage::set(inbox.clone())?;
        (stage.bot(), Options::default(), Some(stage))
    };
    let told = inbox.clone();
    let watch = stage.as_ref().map(|stage| Arc::clone(&stage.watch));
    let options = options.on_notice(move |_, notice| {
        let tell = || drop(told.try_send(Happening::Link(notice.clone())));
        // What the platform has seen by now comes first: it may be the cause.
        match &watch {
            Some(watch) => watch.and_then(tell),
            None => tell(),
        }
    });
    smol::block_on(async {
        let asked = inbox.clone();
        let signals: Task<()> = smol::spawn(async move {
            end.wait().await;
            let _ = asked.try_send(Happening::EndAsked);
        });
        let base = config.hosts.api_base.clone();
        let (bot, events) = Bot::launch(config, options)?;
        let watch = stage.as_ref().map(|stage| Arc::clone(&stage.watch));
        let answering = echo::run(bot.clone(), events, args.reply.clone(), inbox, watch);
        let answering: Task<()> = smol::spawn(answering);
        let mut talk = Talk::new(args, bot.clone(), stage, happenings);
        talk.greet(&base);
        let ended = talk.go(&typed_lines()).await;
        let stop = async { drop(bot.stop(Leave::Final).await) };
        let give_up = async {
            Timer::after(GOODBYE).await;
        };
        stop.or(give_up).await;
        signals.cancel().await;
        answering.cancel().await;
        ended
    })
}

/// The bot that the environment names; `None` if it names none.
fn named_bot(keep_intents: bool) -> Result<Option<Config>, Failure> {
    match Config::from_vars(|name| var(name, keep_intents)) {
        Ok(config) => Ok(Some(config)),
        // Half of a name is a mistake.
        Err(ConfigError::NoAppId) if ["QQ_APP_SECRET", "QQ_BOT_SECRET"].iter().all(|name| unset(name)) => {
            if !unset("QQ_API_BASE") {
                aside("QQ_API_BASE is not used: without QQ_APP_ID the platform runs in this process");
            }
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn unset(name: &str) -> bool {
    env::var(name).is_ok_and(|value| value.trim().is_empty()) || env::var_os(name).is_none()
}

/// Lines of the standard input; the channel is closed at its end.
fn typed_lines() -> Receiver<String> {
    // One line ahead at most: whoever pipes a million lines waits for their answers.
    let (sender, lines) = smol::channel::bounded(1);
    let reading = move || {
        let mut input = io::stdin().lock();
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            if sender.send_blocking(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
            line.clear();
        }
    };
    // Without the thread the channel is closed, as if there were no input.
    let _ = thread::Builder::new().name("input".to_owned()).spawn(reading);
    lines
}

/// A line on the standard error output. Nobody may be there to read it.
fn aside(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

//! Files: uploaded at once or in parts. Of what comes in parts the platform keeps hash and size, not the bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::{Value, json};
use sha1::Sha1;

use super::super::chats::{Scene, Sent};
use super::super::http::Answer;
use super::super::{Platform, Rule};
use super::{Ask, bad_param, settle};

const MIB: u64 = 1024 * 1024;
/// No file is larger than this.
const HARD: u64 = 200 * MIB;
/// How many bytes the third of the hashes of an upload is about.
const HEAD: u64 = 10_002_432;
/// Any file.
const FILE: u64 = 4;

/// A file the bot uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredFile {
    /// Its id.
    pub uuid: String,
    /// Where it may be sent.
    pub scene: Scene,
    /// 1 picture, 2 video, 3 voice, 4 file; too large a picture counts as a file.
    pub kind: u64,
    /// Bytes; 0 for an address, which the model does not fetch.
    pub size: u64,
    /// MD5, in hex; of the address, if it came as one.
    pub md5: String,
    /// Its name, where it has one.
    pub name: String,
    /// Until when it can be sent; for ever if not set.
    pub expires: Option<Duration>,
    /// Whether it can be sent again: not if the upload itself sent it.
    pub reusable: bool,
}

/// A part of an upload.
#[derive(Clone, Debug)]
struct Part {
    sign: String,
    size: u64,
    /// Size and hash of what was put.
    put: Option<(u64, String)>,
    finished: bool,
}

/// The hashes of a file whose parts come in any order. Parts that come early wait.
#[derive(Clone, Default)]
struct Whole {
    md5: Md5,
    sha1: Sha1,
    head: Md5,
    size: u64,
    next: usize,
    early: BTreeMap<usize, Vec<u8>>,
    /// A part was replaced by another one after it was taken in.
    spoiled: bool,
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whole {{ {} bytes, {} parts }}", self.size, self.next)
    }
}

impl Whole {
    fn take(&mut self, place: usize, bytes: &[u8]) {
        self.early.insert(place, bytes.to_vec());
        while let Some(bytes) = self.early.remove(&self.next) {
            let head = usize::try_from(HEAD.saturating_sub(self.size)).unwrap_or(usize::MAX);
            self.head.update(bytes.get(..head).unwrap_or(&bytes));
            self.md5.update(&bytes);
            self.sha1.update(&bytes);
            self.size = self.size.saturating_add(bytes.len() as u64);
            self.next += 1;
        }
    }
}

/// An upload in parts.
#[derive(Clone, Debug)]
struct Upload {
    scene: Scene,
    kind: u64,
    name: String,
    size: u64,
    hashes: [String; 3],
    first: u64,
    parts: Vec<Part>,
    whole: Whole,
    done: Option<Value>,
}

/// Everything that was uploaded or is about to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// By `file_info`.
    known: BTreeMap<String, StoredFile>,
    uploads: BTreeMap<String, Upload>,
    /// The day and the bytes of it.
    volume: (u64, u64),
}

impl Files {
    /// Whether a file may be sent in a scene now.
    pub(crate) fn sendable(&self, scene: Scene, info: &str, now: Duration) -> bool {
        self.known.get(info).is_some_and(|file| {
            file.scene == scene && file.reusable && file.expires.is_none_or(|expires| expires > now)
        })
    }

    /// Takes the bytes of a part; its hash.
    pub(crate) fn put(&mut self, upload: &str, index: u64, sign: &str, bytes: &[u8]) -> Option<String> {
        let upload = self.uploads.get_mut(upload)?;
        let place = usize::try_from(index.checked_sub(upload.first)?).ok()?;
        let part = upload.parts.get_mut(place).filter(|part| part.sign == sign)?;
        let hash = hex(&Md5::digest(bytes));
        let put = (bytes.len() as u64, hash.clone());
        let same = part.put.as_ref() == Some(&put);
        part.put = Some(put);
        if !same {
            part.finished = false;
            if place < upload.whole.next {
                upload.whole.spoiled = true;
            } else {
                upload.whole.take(place, bytes);
            }
        }
        Some(hash)
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Beyond this a picture, a video or a voice becomes a file.
fn soft(kind: u64) -> u64 {
    match kind {
        1 | 3 => 20 * MIB,
        2 => 30 * MIB,
        _ => HARD,
    }
}

/// Endings the kinds have; the endpoint's page and the overview disagree, so both lists are taken.
fn endings(kind: u64) -> &'static [&'static str] {
    match kind {
        1 => &["png", "jpg", "jpeg", "gif", "webp", "bmp"],
        2 => &["mp4"],
        3 => &["silk", "mp3", "wav", "ogg"],
        _ => &[],
    }
}

fn media(code: i64, what: &str) -> Answer {
    Answer::pair(400, code, 40_034_001, what)
}

fn fits(kind: u64, name: &str) -> bool {
    let last = name.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    match last.rsplit_once('.') {
        Some((_, ending)) => {
            endings(kind).is_empty() || endings(kind).contains(&ending.to_ascii_lowercase().as_str())
        }
        None => true,
    }
}

impl Platform {
    /// Every file the bot uploaded.
    pub fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.rest.files.known.values()
    }

    pub(super) fn c2c_file_upload(&mut self, ask: &Ask) -> Answer {
        settle(self.upload(Scene::C2c, ask))
    }

    pub(super) fn group_file_upload(&mut self, ask: &Ask) -> Answer {
        settle(self.upload(Scene::Group, ask))
    }

    fn upload(&mut self, scene: Scene, ask: &Ask) -> Result<Answer, Answer> {
        if let Some(group) = self.rest.groups.get(ask.param(0)).filter(|_| scene == Scene::Group) {
            if group.bot_muted_until.is_some_and(|until| until > self.now) {
                return Err(media(850_018, "muted"));
            }
        }
        let sources = ["url", "file_data", "upload_id"].map(|name| ask.text(name));
        match sources {
            [None, None, Some(id)] => self.complete(scene, ask, id),
            [Some(url), None, None] => {
                let kind = kind_of(ask)?;
                let host = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
                let (_, rest) = host.ok_or_else(|| bad_param("url is http or https"))?;
                if !fits(kind, rest) {
                    return Err(media(850_019, "format is not supported"));
                }
                // Nothing is ever found below this name.
                if rest.split(['/', ':', '?']).next().unwrap_or_default().ends_with(".invalid") {
                    return Err(media(850_026, "download failed"));
                }
                self.stored(scene, ask, kind, 0, hex(&Md5::digest(url)), None)
            }
            [None, Some(data), None] => {
                let kind = kind_of(ask)?;
                let bytes = STANDARD.decode(data).map_err(|_| media(850_019, "file_data is no base64"))?;
                if bytes.is_empty() || !fits(kind, ask.text("file_name").unwrap_or_default()) {
                    return Err(media(850_019, "format is not supported"));
                }
                self.add_volume(bytes.len() as u64)?;
                self.stored(scene, ask, kind, bytes.len() as u64, hex(&Md5::digest(&bytes)), None)
            }
            _ => Err(bad_param("exactly one of url, file_data and upload_id is needed")),
        }
    }

    /// Counts the bytes of a day.
    fn add_volume(&mut self, size: u64) -> Result<(), Answer> {
        let today = self.day(self.now);
        let used = if self.rest.files.volume.0 == today { self.rest.files.volume.1 } else { 0 };
        if used.saturating_add(size) > self.config.rest.upload_volume {
            return Err(Answer::error(400, 40_093_002, "daily volume is used up"));
        }
        self.rest.files.volume = (today, used + size);
        Ok(())
    }

    /// Keeps a file, and sends it if that was asked for.
    fn stored(
        &mut self,
        scene: Scene,
        ask: &Ask,
        kind: u64,
        size: u64,
        md5: String,
        of_parts: Option<&str>,
    ) -> Result<Answer, Answer> {
        let kind = if size > soft(kind) { FILE } else { kind };
        let target = ask.param(0);
        let at_once = ask.flag("srv_send_msg");
        if at_once {
            if !self.config.allow_active {
                return Err(Answer::error(400, 40_034_102, "active message is not allowed"));
            }
            self.check_place(scene, target, true)?;
            self.check_active(scene, target)?;
        }
        let (uuid, info) = (self.ids.hex32(), STANDARD.encode(self.ids.hex32()));
        let ttl = self.config.rest.file_ttl;
        let name = ask.text("file_name").or(of_parts).unwrap_or_default().to_owned();
        let expires = (!ttl.is_zero()).then(|| self.now.saturating_add(ttl));
        let file =
            StoredFile { uuid: uuid.clone(), scene, kind, size, md5, name, expires, reusable: !at_once };
        self.rest.files.known.insert(info.clone(), file);
        let mut answer = json!({"file_uuid": uuid, "file_info": info, "ttl": ttl.as_secs()});
        let Some(fields) = answer.as_object_mut() else {
            return Ok(Answer::ok(answer));
        };
        if of_parts.is_some() && kind != FILE {
            fields.insert("raw_url".to_owned(), Value::from(format!("https://files.example/{uuid}")));
        }
        if at_once {
            let id = self.ids.message();
            fields.insert("id".to_owned(), Value::from(id.as_str()));
            let sent = Sent {
                at: self.now,
                scene,
                target: target.to_owned(),
                id,
                msg_id: None,
                event_id: None,
                msg_seq: 1,
                content: String::new(),
                body: json!({"msg_type": 7, "media": {"file_info": info}}),
            };
            let value = self.send_result(&sent.id);
            self.publish(sent, value);
        }
        Ok(Answer::ok(answer))
    }

    pub(super) fn c2c_upload_prepare(&mut self, ask: &Ask) -> Answer {
        settle(self.prepare(Scene::C2c, ask))
    }

    pub(super) fn group_upload_prepare(&mut self, ask: &Ask) -> Answer {
        settle(self.prepare(Scene::Group, ask))
    }

    fn prepare(&mut self, scene: Scene, ask: &Ask) -> Result<Answer, Answer> {
        let kind = kind_of(ask)?;
        let missing = || bad_param("file_size, file_name, md5, sha1 and md5_10m are needed");
        let size = ask.number("file_size").filter(|size| *size > 0).ok_or_else(missing)?;
        let name = ask.text("file_name").ok_or_else(missing)?.to_owned();
        let hash = |name: &str, length: usize| {
            let hash = ask.text(name).filter(|hash| hash.len() == length);
            let hash = hash.filter(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
            hash.map(str::to_ascii_lowercase).ok_or_else(missing)
        };
        let hashes = [hash("md5", 32)?, hash("sha1", 40)?, hash("md5_10m", 32)?];
        if size > HARD {
            return Err(media(850_031, "file is too large"));
        }
        if !fits(kind, &name) {
            return Err(media(850_019, "format is not supported"));
        }
        self.add_volume(size)?;
        let (block, first) = (self.config.rest.block_size.max(1), self.config.rest.first_part);
        let id = format!("upload_{}", self.ids.hex32());
        let mut parts = Vec::new();
        let mut told = Vec::new();
        let mut left = size;
        while left > 0 {
            let part = Part { sign: self.ids.hex32(), size: left.min(block), put: None, finished: false };
            let index = first + parts.len() as u64;
            told.push(json!({
                "index": index,
                "presigned_url": self.presigned(&id, index, &part.sign),
                "block_size": part.size.to_string(),
            }));
            left -= part.size;
            parts.push(part);
        }
        let whole = Whole::default();
        let upload = Upload { scene, kind, name, size, hashes, first, parts, whole, done: None };
        self.rest.files.uploads.insert(id.clone(), upload);
        Ok(Answer::ok(json!({
            "upload_id": id,
            "block_size": block.to_string(),
            "parts": told,
            "upload_config": {"concurrency": 1, "retry_timeout": 300, "retry_delay": 1},
        })))
    }

    pub(super) fn c2c_upload_part_finish(&mut self, ask: &Ask) -> Answer {
        self.part_finish(Scene::C2c, ask)
    }

    pub(super) fn group_upload_part_finish(&mut self, ask: &Ask) -> Answer {
        self.part_finish(Scene::Group, ask)
    }

    fn part_finish(&mut self, scene: Scene, ask: &Ask) -> Answer {
        let id = ask.text("upload_id").unwrap_or_default();
        let upload = self.rest.files.uploads.get_mut(id).filter(|upload| upload.scene == scene);
        let (Some(upload), Some(index), Some(size), Some(md5)) =
            (upload, ask.number("part_index"), ask.number("block_size"), ask.text("md5"))
        else {
            return bad_param("upload_id, part_index, block_size and md5 are needed");
        };
        let place = index.checked_sub(upload.first).and_then(|place| usize::try_from(place).ok());
        let Some(part) = place.and_then(|place| upload.parts.get_mut(place)) else {
            return bad_param("no such part");
        };
        let again = |what| Answer::error(400, 40_093_001, what);
        let Some((put, hash)) = &part.put else {
            return again("the part has not arrived");
        };
        if *put == part.size && size == *put && md5.eq_ignore_ascii_case(hash) {
            part.finished = true;
            return Answer::done();
        }
        let text = format!("part {index} has {put} bytes, {size} were announced, {} expected", part.size);
        self.violate(Rule::UploadMismatch, None, text);
        again("the part is another one")
    }

    /// The last step. Asked again it says the same again.
    fn complete(&mut self, scene: Scene, ask: &Ask, id: &str) -> Result<Answer, Answer> {
        let again = |what: &str| Answer::error(400, 40_093_001, what);
        let upload = self.rest.files.uploads.get(id).filter(|upload| upload.scene == scene);
        let upload = upload.ok_or_else(|| bad_param("no such upload in this scene"))?;
        if let Some(done) = &upload.done {
            return Ok(Answer::ok(done.clone()));
        }
        if !upload.parts.iter().all(|part| part.finished) {
            return Err(again("not all parts are finished"));
        }
        let whole = &upload.whole;
        let found = [
            hex(&whole.md5.clone().finalize()),
            hex(&whole.sha1.clone().finalize()),
            hex(&whole.head.clone().finalize()),
        ];
        if whole.spoiled || whole.size != upload.size || found != upload.hashes {
            self.violate(Rule::UploadMismatch, None, "the file is not the one that was announced");
            return Err(again("the file is another one"));
        }
        let (kind, size, name) = (upload.kind, upload.size, upload.name.clone());
        let [md5, ..] = found;
        let answer = self.stored(scene, ask, kind, size, md5, Some(&name))?;
        if let (super::super::http::Content::Json(done), Some(upload)) =
            (&answer.content, self.rest.files.uploads.get_mut(id))
        {
            upload.done = Some(done.clone());
        }
        Ok(answer)
    }
}

fn kind_of(ask: &Ask) -> Result<u64, Answer> {
    ask.body
        .get("file_type")
        .and_then(Value::as_u64)
        .filter(|kind| (1..=FILE).contains(kind))
        .ok_or_else(|| media(850_019, "file_type is 1 to 4"))
}

//! `--dry-run`: the requests and the way, as far as they are known without asking anybody.

use qq_proto::api::{
    FileSource, FileToUpload, PrepareC2cUpload, PrepareGroupUpload, ReplyTo, Scene, UploadC2cFile,
    UploadGroupFile,
};
use qq_proto::ledger::{Consent, Conversation, Input, Kind, Ledger, Part, Route, Settings};
use qq_proto::media::{Hashes, UploadLimits};
use qq_proto::{ApiRequest, Call as _, Timestamp};
use serde_json::{Value, json};

use super::letter::{Attachment, Letter, Origin, Send};
use super::outcome::{line, print};
use crate::failure::Failure;

/// What stands for the result of an upload.
const FILE_INFO: &str = "<file_info of the upload>";

/// One request, or several that are not known in detail.
struct Step {
    method: &'static str,
    url: String,
    body: Option<String>,
    note: Option<String>,
}

/// Prints what would be done.
pub(super) fn show(letter: &Letter, guild: Option<Send>, base: &str, as_json: bool) -> Result<(), Failure> {
    let mut steps = Vec::new();
    if let Some(attachment) = letter.attachment.as_ref().filter(|_| letter.uploads()) {
        steps = upload(letter, attachment, base)?;
    }
    let send = guild.unwrap_or_else(|| letter.to_people(letter.uploads().then_some(FILE_INFO)));
    let (request, checked) = send.request();
    checked.map_err(|invalid| Failure::Never(invalid.to_string()))?;
    steps.push(step(&request, base));
    let (route, assuming) = route(letter);
    if as_json {
        let steps: Vec<Value> = steps.iter().map(Step::facts).collect();
        let route = json!({"goes": route.goes(), "text": route.to_string(), "assuming": assuming});
        return print(&json!({"dry_run": true, "requests": steps, "route": route}));
    }
    for step in &steps {
        line(&step.words())?;
    }
    line(&format!("way: {route}{}", assuming.map(|what| format!(" ({what})")).unwrap_or_default()))?;
    line("nothing was sent")
}

impl Step {
    fn facts(&self) -> Value {
        let body = self.body.as_ref().map(|body| serde_json::from_str(body).unwrap_or(Value::Null));
        json!({"method": self.method, "url": self.url, "body": body, "note": self.note})
    }

    fn words(&self) -> String {
        let Self { method, url, body, note } = self;
        let body = body.as_ref().map(|body| format!("\n  {body}")).unwrap_or_default();
        let note = note.as_ref().map(|note| format!("\n  {note}")).unwrap_or_default();
        format!("{method} {url}{body}{note}")
    }
}

fn step(request: &ApiRequest, base: &str) -> Step {
    let bytes = request.body.as_bytes();
    let json = serde_json::from_slice::<&serde_json::value::RawValue>(bytes).ok();
    let note = match json {
        Some(_) => None,
        None => Some(format!("a form of {} bytes, with the picture in it", bytes.len())),
    };
    let (method, url) = (request.method.as_str(), format!("{base}{}", request.path));
    Step { method, url, body: json.map(|json| json.get().to_owned()), note }
}

/// The requests of an upload.
fn upload(letter: &Letter, attachment: &Attachment, base: &str) -> Result<Vec<Step>, Failure> {
    let kind = attachment.kind.into();
    let files = |source: FileSource| {
        let source = source.of_kind(kind);
        let name = attachment.name.clone();
        let request = if letter.scene == Scene::Group {
            let call = UploadGroupFile::new(&letter.target, source).send_at_once(false);
            if let Some(name) = name { call.name(name).request() } else { call.request() }
        } else {
            let call = UploadC2cFile::new(&letter.target, source).send_at_once(false);
            if let Some(name) = name { call.name(name).request() } else { call.request() }
        };
        step(&request, base)
    };
    let (path, size) = match &attachment.from {
        Origin::Url(url) => return Ok(vec![files(FileSource::url(kind, url))]),
        Origin::File { path, size, .. } => (path, *size),
    };
    if size <= UploadLimits::default().inline {
        return Ok(vec![files(FileSource::base64(kind, format!("<base64 of {size} bytes>")))]);
    }
    let Hashes { size, md5, sha1, md5_10m, .. } = super::hashes(path)?;
    let name = attachment.name.clone().unwrap_or_default();
    let file = FileToUpload { kind, size, name, md5, sha1, md5_10m, numeric_size: false };
    let prepare = if letter.scene == Scene::Group {
        PrepareGroupUpload::new(&letter.target, file).request()
    } else {
        PrepareC2cUpload::new(&letter.target, file).request()
    };
    let prepare = step(&prepare, base);
    let finish = prepare.url.replace("upload_prepare", "upload_part_finish");
    let each = |method, url, note: &str| Step { method, url, body: None, note: Some(note.to_owned()) };
    let put = each("PUT", "<the place that the platform names>".to_owned(), "each part, without the token");
    let finish = each("POST", finish, "for each part");
    Ok(vec![prepare, put, finish, files(FileSource::upload("<upload_id of the plan>"))])
}

/// Which way it would go, and what that takes for granted.
fn route(letter: &Letter) -> (Route, Option<&'static str>) {
    let now = Timestamp::ZERO;
    let mut ledger = Ledger::<()>::new(Settings::default());
    let kind = if letter.attachment.is_some() { Kind::Media } else { Kind::Text };
    if let Some(trigger) = &letter.trigger {
        let to = ReplyTo::new(letter.scene, &letter.target, trigger.clone());
        ledger.handle(now, Input::Arrived(&to));
        let assuming = "if it has just come and nothing has answered it yet";
        return (ledger.can_send(now, &to, kind, Part::Final), Some(assuming));
    }
    let conversation = Conversation::new(letter.scene, &letter.target);
    ledger.handle(now, Input::Consent { conversation: &conversation, consent: Consent::Given });
    let assuming = match letter.scene {
        Scene::C2c => Some("if the person allows such messages, and none was sent before"),
        Scene::Group => Some("if the group allows such messages, and none was sent before"),
        Scene::Channel | Scene::Dm | _ => Some("if none was sent before"),
    };
    (ledger.can_send_to(now, &conversation, kind, Part::Final), assuming)
}

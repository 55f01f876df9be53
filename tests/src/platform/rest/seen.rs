//! What people see: every message of the bot, in the order in which it appeared.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::super::Platform;
use super::super::chats::{Scene, Sent};
use super::super::violation::seconds;

/// What kind of thing is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeenKind {
    /// Plain text, maybe with a picture.
    Text,
    /// Markdown.
    Markdown,
    /// A card.
    Card,
    /// A picture, a video, a voice, a file.
    Media,
    /// A text that grows.
    Stream,
    /// "is typing": no message, it goes away.
    Typing,
}

/// Something the bot put before people's eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// When it appeared.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// Where.
    pub scene: Scene,
    /// The openid, channel id or guild id.
    pub target: String,
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: SeenKind,
    /// Its text as it is now: streams grow, messages are edited.
    pub text: String,
    /// The message or event it answers.
    pub answers: Option<String>,
    /// Whether it is complete; only streams are not at first.
    pub finished: bool,
    /// Whether it was taken back.
    pub recalled: bool,
}

/// What a message looks like, before it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) kind: SeenKind,
    pub(crate) text: String,
}

impl Shown {
    /// What a body shows.
    pub(crate) fn of(body: &Value) -> Self {
        let text = |path: &str| body.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is = |name: &str| body.get(name).is_some_and(Value::is_object);
        let kind = if is("input_notify") {
            SeenKind::Typing
        } else if is("markdown") {
            SeenKind::Markdown
        } else if is("ark") || is("embed") {
            SeenKind::Card
        } else if is("media") {
            SeenKind::Media
        } else {
            SeenKind::Text
        };
        let content = text("/content");
        let markdown = text("/markdown/content");
        let text = match kind {
            SeenKind::Markdown if !markdown.is_empty() => markdown,
            SeenKind::Card if content.is_empty() => text("/embed/title"),
            SeenKind::Text
            | SeenKind::Markdown
            | SeenKind::Card
            | SeenKind::Media
            | SeenKind::Stream
            | SeenKind::Typing => content,
        };
        Self { kind, text }
    }
}

impl Platform {
    /// Everything the bot put before people's eyes, the oldest first.
    pub fn seen(&self) -> &[Seen] {
        &self.rest.seen
    }

    /// What one conversation shows now: messages in order, without those that were taken back and without
    /// "is typing".
    pub fn seen_in(&self, scene: Scene, target: &str) -> impl Iterator<Item = &Seen> {
        self.rest.seen.iter().filter(move |seen| {
            seen.scene == scene && seen.target == target && !seen.recalled && seen.kind != SeenKind::Typing
        })
    }

    /// Messages that somebody sees twice: the same text in answer to the same thing in the same place. Texts
    /// that answer nothing may repeat.
    pub fn seen_twice(&self) -> Vec<&Seen> {
        let same = |one: &Seen, other: &Seen| {
            one.scene == other.scene
                && one.target == other.target
                && one.answers == other.answers
                && one.kind == other.kind
                && one.text == other.text
        };
        let shown: Vec<&Seen> = self
            .rest
            .seen
            .iter()
            .filter(|seen| seen.answers.is_some() && !seen.recalled && seen.kind != SeenKind::Typing)
            .collect();
        shown
            .iter()
            .enumerate()
            .filter(|(at, seen)| shown.iter().take(*at).any(|earlier| same(earlier, seen)))
            .map(|(_, seen)| *seen)
            .collect()
    }

    /// Puts a message before people's eyes.
    pub(in super::super) fn show(&mut self, sent: &Sent, shown: Shown, finished: bool) {
        self.rest.seen.push(Seen {
            at: self.now,
            scene: sent.scene,
            target: sent.target.clone(),
            id: sent.id.clone(),
            kind: shown.kind,
            text: shown.text,
            answers: sent.msg_id.clone().or_else(|| sent.event_id.clone()),
            finished,
            recalled: false,
        });
    }

    /// The newest thing that is seen under an id.
    pub(super) fn seen_mut(&mut self, id: &str) -> Option<&mut Seen> {
        self.rest.seen.iter_mut().rev().find(|seen| seen.id == id)
    }
}

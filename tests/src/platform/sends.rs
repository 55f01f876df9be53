//! A message the bot wants to send: whether it may, and what comes back.

use serde_json::{Value, json};

use super::chats::{Answerable, CHANNEL, GUILD, Scene, Sent};
use super::http::Answer;
use super::{Platform, Rule};

/// What a message answers.
#[derive(Clone, Debug)]
enum ReplyTo {
    Message(String),
    Event(String),
    Nothing,
}

/// Why a reply is refused, before it is put into the numbers of the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Unknown,
    NotRepliable,
    Late,
    TooMany,
    Duplicate,
    Active,
}

impl Platform {
    pub(super) fn message(&mut self, scene: Scene, target: &str, body: Value) -> Answer {
        let seq = match msg_seq(&body) {
            Some(seq) if body_fits(scene, &body) => seq,
            Some(_) => {
                self.violate(Rule::BadBody, None, "the message has nothing that fits its type");
                return refused_body(scene, 50_006, "message is empty");
            }
            None => {
                self.violate(Rule::BadBody, None, "msg_seq is not within 1 to 4294967295");
                return Answer::error(400, 40_011_000, "request param invalid");
            }
        };
        if scene == Scene::Guild && self.config.guild_needs_link && self.live_shards().is_empty() {
            return Answer::guild_error(304_018, "bot not connected to the gateway");
        }
        let reply_to = self.reply_to(&body);
        if let Err(refusal) = self.check_reply(scene, target, &reply_to, seq, &body) {
            return refusal_answer(scene, &reply_to, refusal);
        }
        self.accept(scene, target, &reply_to, seq, body)
    }

    fn reply_to(&mut self, body: &Value) -> ReplyTo {
        let id = |name: &str| text(body, name).map(str::to_owned);
        match (id("msg_id"), id("event_id")) {
            (Some(message), event) => {
                if event.is_some() {
                    self.violate(Rule::TwoReplyIds, None, "msg_id and event_id exclude each other");
                }
                ReplyTo::Message(message)
            }
            (None, Some(event)) => ReplyTo::Event(event),
            (None, None) => ReplyTo::Nothing,
        }
    }

    fn answerable(&self, reply_to: &ReplyTo) -> Option<&Answerable> {
        match reply_to {
            ReplyTo::Message(id) => self.chats.messages.get(id),
            ReplyTo::Event(id) => self.chats.events.get(id),
            ReplyTo::Nothing => None,
        }
    }

    fn check_reply(
        &mut self,
        scene: Scene,
        target: &str,
        reply_to: &ReplyTo,
        seq: u32,
        body: &Value,
    ) -> Result<(), Refusal> {
        if matches!(reply_to, ReplyTo::Nothing) {
            return if self.config.allow_active { Ok(()) } else { Err(Refusal::Active) };
        }
        let known = self.answerable(reply_to).filter(|known| known.scene == scene && known.target == target);
        let Some(known) = known else {
            self.violate(Rule::UnknownReplyId, None, "no such message or event in this conversation");
            return Err(Refusal::Unknown);
        };
        if !known.repliable {
            return Err(Refusal::NotRepliable);
        }
        // A repetition is recognised before anything else, so that it always tells the same about the first.
        if let Some(earlier) = known.replies.get(&seq).filter(|_| scene.is_v2()) {
            if earlier != body {
                self.violate(Rule::SeqReused, None, format!("msg_seq {seq} again with another content"));
            }
            return Err(Refusal::Duplicate);
        }
        let age = self.now.saturating_sub(known.at);
        let count = known.replies.len() + known.unnumbered;
        if !self.config.enforce_windows {
            return Ok(());
        }
        if age > scene.window() {
            if age > scene.window() + self.config.arrival_margin {
                self.violate(Rule::ReplyTooLate, None, format!("a reply after {} s", age.as_secs()));
            }
            return Err(Refusal::Late);
        }
        if scene.replies().is_some_and(|limit| count >= limit) {
            self.violate(Rule::ReplyTooMany, None, format!("reply {} to one message", count + 1));
            return Err(Refusal::TooMany);
        }
        Ok(())
    }

    fn accept(&mut self, scene: Scene, target: &str, reply_to: &ReplyTo, seq: u32, body: Value) -> Answer {
        let entry = match reply_to {
            ReplyTo::Message(id) => self.chats.messages.get_mut(id),
            ReplyTo::Event(id) => self.chats.events.get_mut(id),
            ReplyTo::Nothing => None,
        };
        if let Some(known) = entry {
            if scene.is_v2() {
                known.replies.insert(seq, body.clone());
            } else {
                known.unnumbered += 1;
            }
        }
        let id = if scene.is_v2() { self.ids.message() } else { self.ids.guild_message() };
        let content = text(&body, "content").unwrap_or_default().to_owned();
        let answer = match scene {
            Scene::C2c | Scene::Group => json!({"id": id, "timestamp": self.timestamp()}),
            Scene::Guild => self.guild_message(&id, GUILD, target, &content),
            Scene::Dm => self.guild_message(&id, target, CHANNEL, &content),
        };
        let (msg_id, event_id) = match reply_to {
            ReplyTo::Message(id) => (Some(id.clone()), None),
            ReplyTo::Event(id) => (None, Some(id.clone())),
            ReplyTo::Nothing => (None, None),
        };
        let at = self.now;
        let target = target.to_owned();
        self.chats.sent.push(Sent { at, scene, target, id, msg_id, event_id, msg_seq: seq, content, body });
        Answer::ok(answer)
    }

    fn guild_message(&self, id: &str, guild: &str, channel: &str, content: &str) -> Value {
        json!({
            "id": id,
            "channel_id": channel,
            "guild_id": guild,
            "content": content,
            "timestamp": self.timestamp(),
            "tts": false,
            "mention_everyone": false,
            "author": self.chats.me(),
            "pinned": false,
            "type": 0,
            "flags": 0,
        })
    }
}

/// A text that is there and not empty; `null` counts as absent, as several clients send it.
fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn is_object(body: &Value, name: &str) -> bool {
    body.get(name).is_some_and(Value::is_object)
}

/// The number of the answer: 1 if there is none or a zero, which some encoders write for "none".
fn msg_seq(body: &Value) -> Option<u32> {
    match body.get("msg_seq") {
        None | Some(Value::Null) => Some(1),
        Some(number) => number.as_u64().and_then(|seq| u32::try_from(seq).ok()).map(|seq| seq.max(1)),
    }
}

/// Whether the message carries what its type needs.
fn body_fits(scene: Scene, body: &Value) -> bool {
    let content = text(body, "content");
    if !scene.is_v2() {
        return content.is_some()
            || text(body, "image").is_some()
            || ["embed", "ark", "markdown"].into_iter().any(|name| is_object(body, name));
    }
    match body.get("msg_type").map_or(Some(0), |kind| if kind.is_null() { Some(0) } else { kind.as_u64() }) {
        Some(0) => content.is_some(),
        Some(2) => is_object(body, "markdown") && content.is_none_or(|content| content.trim().is_empty()),
        Some(3) => is_object(body, "ark"),
        Some(6) => scene == Scene::C2c && is_object(body, "input_notify"),
        Some(7) => body.pointer("/media/file_info").is_some_and(Value::is_string),
        _ => false,
    }
}

fn refused_body(scene: Scene, code: i64, message: &str) -> Answer {
    if scene.is_v2() { Answer::error(400, code, message) } else { Answer::guild_error(code, message) }
}

fn refusal_answer(scene: Scene, reply_to: &ReplyTo, refusal: Refusal) -> Answer {
    let by_event = matches!(reply_to, ReplyTo::Event(_));
    let v2 = scene.is_v2();
    let (code, message) = match refusal {
        Refusal::Active if v2 => (40_034_102, "active message is not allowed"),
        Refusal::Active => (304_046, "active message is not allowed in this channel"),
        Refusal::Duplicate => (40_054_005, "message is deduplicated, check msg_seq"),
        Refusal::Unknown if v2 && by_event => (40_034_025, "event_id is invalid"),
        Refusal::Unknown if v2 => (40_034_024, "msg_id is invalid"),
        Refusal::Unknown => (304_026, "msg_id is wrong"),
        Refusal::NotRepliable if v2 => (40_034_027, "event cannot be replied to"),
        Refusal::NotRepliable => (304_026, "event cannot be replied to"),
        Refusal::Late if v2 && by_event => (40_034_026, "event_id is expired"),
        Refusal::Late if v2 => (40_034_005, "msg_id is expired"),
        Refusal::Late => (304_027, "msg_id is expired"),
        Refusal::TooMany => (40_034_128, "reply time or count exceeded"),
    };
    refused_body(scene, code, message)
}

//! A message the bot wants to send: whether it may, and what comes back.

use serde_json::{Value, json};

use super::chats::{Answerable, DM_CHANNEL, GUILD, Scene, Sent};
use super::http::Answer;
use super::{Platform, Rule};

/// What a message answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReplyTo {
    Message(String),
    Event(String),
    Nothing,
}

/// Why a reply is refused, before it is put into the numbers of the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
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
        if let Err(refused) = self.check_content(scene, target, &body) {
            return refused;
        }
        if scene == Scene::Guild && self.config.guild_needs_link && self.live_shards().is_empty() {
            return Answer::guild_error(304_018, "bot not connected to the gateway");
        }
        let reply_to = self.reply_to(&body);
        if body.get("stream").is_some_and(Value::is_object) {
            return self.stream_object(target, &reply_to, seq, &body);
        }
        if let Err(refused) = self.admit(scene, target, &reply_to, seq, &body) {
            return refused;
        }
        self.accept(scene, target, &reply_to, seq, body)
    }

    /// Everything that decides whether a message may be sent now.
    pub(super) fn admit(
        &mut self,
        scene: Scene,
        target: &str,
        reply_to: &ReplyTo,
        seq: u32,
        body: &Value,
    ) -> Result<(), Answer> {
        let wakeup = body.get("is_wakeup").and_then(Value::as_bool).unwrap_or(false);
        let active = matches!(reply_to, ReplyTo::Nothing);
        if wakeup && !active {
            return Err(Answer::error(400, 40_011_000, "is_wakeup excludes msg_id and event_id"));
        }
        if !wakeup {
            self.check_reply(scene, target, reply_to, seq, body)
                .map_err(|refusal| refusal_answer(scene, reply_to, refusal))?;
        }
        self.check_place(scene, target, active)?;
        if wakeup {
            self.check_wakeup(target)?;
        }
        self.check_channel_rate(scene, target)?;
        if active && !wakeup { self.check_active(scene, target) } else { Ok(()) }
    }

    pub(super) fn reply_to(&mut self, body: &Value) -> ReplyTo {
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

    pub(super) fn check_reply(
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

    /// Whether what is answered was said too long ago.
    pub(super) fn too_late(&self, scene: Scene, reply_to: &ReplyTo) -> bool {
        let known = self.answerable(reply_to).filter(|_| self.config.enforce_windows);
        known.is_some_and(|known| self.now.saturating_sub(known.at) > scene.window())
    }

    /// Counts an answer to what it answers.
    pub(super) fn count_reply(&mut self, scene: Scene, reply_to: &ReplyTo, seq: u32, body: &Value) {
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
    }

    fn accept(&mut self, scene: Scene, target: &str, reply_to: &ReplyTo, seq: u32, body: Value) -> Answer {
        self.count_reply(scene, reply_to, seq, &body);
        let id = if scene.is_v2() { self.ids.message() } else { self.ids.guild_message() };
        let answer = match scene {
            Scene::C2c | Scene::Group => self.send_result(&id),
            Scene::Guild | Scene::Dm => self.guild_message(scene, target, &id, &body),
        };
        let sent = self.sent_row(scene, target, &id, reply_to, seq, body);
        if let Some(held) = self.rest.hold_next.take() {
            return self.hold(sent, answer, held);
        }
        self.publish(sent, answer.clone());
        Answer::ok(answer)
    }

    pub(super) fn sent_row(
        &self,
        scene: Scene,
        target: &str,
        id: &str,
        reply_to: &ReplyTo,
        seq: u32,
        body: Value,
    ) -> Sent {
        let (msg_id, event_id) = match reply_to {
            ReplyTo::Message(id) => (Some(id.clone()), None),
            ReplyTo::Event(id) => (None, Some(id.clone())),
            ReplyTo::Nothing => (None, None),
        };
        let content = text(&body, "content").unwrap_or_default().to_owned();
        let (target, id) = (target.to_owned(), id.to_owned());
        Sent { at: self.now, scene, target, id, msg_id, event_id, msg_seq: seq, content, body }
    }

    /// What a send to a user or a group is answered with. The id for quoting is another one.
    pub(super) fn send_result(&self, id: &str) -> Value {
        let index: String = id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        json!({
            "id": id,
            "timestamp": self.timestamp(),
            "ext_info": {"ref_idx": format!("REFIDX_{index}==")},
        })
    }

    /// A message of the bot as guilds show it.
    pub(super) fn guild_message(&self, scene: Scene, target: &str, id: &str, body: &Value) -> Value {
        let dm = self.rest.dms.get(target).filter(|_| scene == Scene::Dm);
        let channel = self.rest.channels.get(target).filter(|_| scene == Scene::Guild);
        let (guild, channel) = match scene {
            Scene::Dm => (target, dm.map_or(DM_CHANNEL, |dm| dm.channel.as_str())),
            Scene::C2c | Scene::Group | Scene::Guild => {
                (channel.map_or(GUILD, |channel| channel.guild.as_str()), target)
            }
        };
        let embed = body.get("embed").filter(|embed| embed.is_object()).cloned().unwrap_or_else(|| json!({}));
        let mut message = json!({
            "id": id,
            "channel_id": channel,
            "guild_id": guild,
            "content": text(body, "content").unwrap_or_default(),
            "timestamp": self.timestamp(),
            "tts": false,
            "mention_everyone": false,
            "author": self.chats.me(),
            "embeds": [embed],
            "pinned": false,
            "type": 0,
            "flags": 0,
        });
        let Some(fields) = message.as_object_mut() else {
            return message;
        };
        for name in ["ark", "message_reference"] {
            if let Some(value) = body.get(name).filter(|value| value.is_object()) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        if text(body, "image").is_some() || is_object(body, "file_image") {
            // The platform keeps a copy, and names it without a scheme.
            fields.insert("attachments".to_owned(), json!([{"url": format!("pictures.example/{id}")}]));
        }
        if let Some(dm) = dm {
            fields.insert("direct_message".to_owned(), Value::from(true));
            fields.insert("src_guild_id".to_owned(), Value::from(dm.source.as_str()));
        }
        message
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
pub(super) fn msg_seq(body: &Value) -> Option<u32> {
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
            || ["embed", "ark", "markdown", "file_image"].into_iter().any(|name| is_object(body, name));
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

pub(super) fn refused_body(scene: Scene, code: i64, message: &str) -> Answer {
    if scene.is_v2() { Answer::error(400, code, message) } else { Answer::guild_error(code, message) }
}

pub(super) fn refusal_answer(scene: Scene, reply_to: &ReplyTo, refusal: Refusal) -> Answer {
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

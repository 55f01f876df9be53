//! Conversations after the fact: recalls, history, edits, private sessions, guide cards.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::{Scene, Sent};
use super::super::http::Answer;
use super::{Ask, settle};

/// Users and groups: how long the bot may take back what it said.
const RECALL: Duration = Duration::from_secs(2 * 60);
/// Messages on one page.
const PAGE: usize = 20;

/// A user as the bot knows them.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) friend: bool,
    /// Whether they take messages they did not ask for.
    pub(crate) active: bool,
    pub(crate) last_word: Option<Duration>,
    /// The spans after the last word in which they were called back.
    pub(crate) woken: Vec<u8>,
}

impl Default for User {
    fn default() -> Self {
        Self { friend: true, active: true, last_word: None, woken: Vec::new() }
    }
}

/// A private session through a guild.
#[derive(Clone, Debug)]
pub(crate) struct Dm {
    pub(crate) channel: String,
    pub(crate) user: String,
    pub(crate) source: String,
    pub(crate) created: Duration,
}

impl Dm {
    pub(crate) fn new(channel: &str, user: &str, source: &str, created: Duration) -> Self {
        Self { channel: channel.to_owned(), user: user.to_owned(), source: source.to_owned(), created }
    }
}

/// A message of the bot.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) scene: Scene,
    pub(crate) target: String,
    pub(crate) at: Duration,
    pub(crate) keyboard: bool,
    pub(crate) value: Value,
    pub(crate) recalled: bool,
}

impl Platform {
    pub(super) fn c2c_message_send(&mut self, ask: &Ask) -> Answer {
        self.message(Scene::C2c, ask.param(0), ask.body.clone())
    }

    pub(super) fn group_message_send(&mut self, ask: &Ask) -> Answer {
        self.message(Scene::Group, ask.param(0), ask.body.clone())
    }

    pub(super) fn channel_message_send(&mut self, ask: &Ask) -> Answer {
        self.message(Scene::Guild, ask.param(0), with_image(ask))
    }

    pub(super) fn dm_message_send(&mut self, ask: &Ask) -> Answer {
        self.message(Scene::Dm, ask.param(0), with_image(ask))
    }

    /// Lets a message of the bot appear.
    pub(in super::super) fn publish(&mut self, sent: Sent, value: Value) {
        let shown = super::Shown::of(&sent.body);
        self.show(&sent, shown, true);
        if sent.scene == Scene::Guild {
            if let Some(channel) = self.rest.channels.get_mut(&sent.target) {
                channel.keep(value.clone());
            }
        }
        self.remember(&sent, value);
        self.chats.sent.push(sent);
    }

    /// Keeps a message of the bot for recalls and edits.
    pub(super) fn remember(&mut self, sent: &Sent, value: Value) {
        let posted = Posted {
            scene: sent.scene,
            target: sent.target.clone(),
            at: self.now,
            keyboard: sent.body.get("keyboard").is_some_and(Value::is_object),
            value,
            recalled: false,
        };
        self.rest.posted.insert(sent.id.clone(), posted);
    }

    fn take_back(&mut self, id: &str) {
        if let Some(posted) = self.rest.posted.get_mut(id) {
            posted.recalled = true;
        }
        if let Some(seen) = self.seen_mut(id) {
            seen.recalled = true;
        }
    }

    fn own(&self, scene: Scene, target: &str, id: &str) -> Option<&Posted> {
        let posted = self.rest.posted.get(id)?;
        (posted.scene == scene && posted.target == target && !posted.recalled).then_some(posted)
    }

    pub(super) fn c2c_message_delete(&mut self, ask: &Ask) -> Answer {
        self.recall_v2(Scene::C2c, ask)
    }

    pub(super) fn group_message_delete(&mut self, ask: &Ask) -> Answer {
        self.recall_v2(Scene::Group, ask)
    }

    fn recall_v2(&mut self, scene: Scene, ask: &Ask) -> Answer {
        let (target, id) = (ask.param(0), ask.param(1));
        let own = self.own(scene, target, id).map(|posted| posted.at);
        // An admin may take back what ordinary members wrote.
        let theirs =
            || self.chats.messages.get(id).filter(|known| known.scene == scene && known.target == target);
        let at = match own {
            Some(at) => at,
            None if scene == Scene::Group && theirs().is_some() => {
                if !self.config.rest.group_admin {
                    return Answer::error(400, 40_062_003, "no permission");
                }
                theirs().map(|known| known.at).unwrap_or_default()
            }
            None => return Answer::error(400, 40_061_002, "message id is invalid"),
        };
        if self.now.saturating_sub(at) > RECALL.saturating_add(self.config.arrival_margin) {
            return Answer::error(400, 40_064_004, "more than two minutes old");
        }
        self.take_back(id);
        Answer::done()
    }

    pub(super) fn channel_message_delete(&mut self, ask: &Ask) -> Answer {
        if let Err(refused) = hide_tip(ask) {
            return refused;
        }
        let id = ask.param(1);
        let own = self.own(Scene::Guild, ask.param(0), id).is_some();
        let admin = self.config.rest.guild_admin;
        settle(
            self.channel_mut(ask.param(0))
                .and_then(|channel| {
                    if channel.message(id).is_none() {
                        return Err(Answer::refused(306_002, "no such message"));
                    }
                    if !own && !admin {
                        return Err(Answer::refused(306_004, "no permission"));
                    }
                    channel.history.retain(|message| message.get("id").and_then(Value::as_str) != Some(id));
                    channel.pins.retain(|pin| pin != id);
                    Ok(())
                })
                .map(|()| {
                    self.take_back(id);
                    Answer::empty()
                }),
        )
    }

    pub(super) fn dm_message_delete(&mut self, ask: &Ask) -> Answer {
        if let Err(refused) = hide_tip(ask) {
            return refused;
        }
        if self.own(Scene::Dm, ask.param(0), ask.param(1)).is_none() {
            return Answer::refused(306_002, "no such message of the bot");
        }
        self.take_back(ask.param(1));
        Answer::empty()
    }

    pub(super) fn channel_messages_list(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            let limit = match ask.query("limit").map(|limit| limit.parse::<usize>()) {
                None => PAGE,
                Some(Ok(limit)) if (1..=PAGE).contains(&limit) => limit,
                Some(_) => return Err(Answer::refused(12_002, "limit is out of range")),
            };
            let place = |id: &str| {
                let is = |message: &Value| message.get("id").and_then(Value::as_str) == Some(id);
                channel.history.iter().position(is).ok_or_else(|| Answer::refused(50_039, "no such message"))
            };
            let count = channel.history.len();
            let start = match (ask.query("around"), ask.query("before"), ask.query("after")) {
                (Some(id), None, None) => place(&id)?.saturating_sub(limit / 2),
                (None, Some(id), None) => place(&id)?.saturating_sub(limit),
                (None, None, Some(id)) => place(&id)?.saturating_add(1),
                (None, None, None) => count.saturating_sub(limit),
                _ => return Err(Answer::refused(12_002, "around, before and after exclude each other")),
            };
            let end = match ask.query("before") {
                Some(id) => place(&id)?,
                None => start.saturating_add(limit).min(count),
            };
            let page: Vec<&Value> =
                channel.history.iter().skip(start).take(end.saturating_sub(start)).collect();
            Ok(Answer::ok(json!(page)))
        }))
    }

    pub(super) fn channel_message_get(&mut self, ask: &Ask) -> Answer {
        let wrapped = self.config.rest.wrapped_message;
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            let message = channel.message(ask.param(1)).cloned();
            let message = message.ok_or_else(|| Answer::refused(50_039, "no such message"))?;
            Ok(Answer::ok(if wrapped { json!({"message": message}) } else { message }))
        }))
    }

    /// Edits a message of the bot that has buttons.
    pub(super) fn channel_message_patch(&mut self, ask: &Ask) -> Answer {
        let keyboard = ask.body.get("keyboard").and_then(Value::as_object);
        if keyboard.is_none_or(serde_json::Map::is_empty) {
            return Answer::refused(50_050, "keyboard must not be empty");
        }
        let id = ask.param(1);
        match self.own(Scene::Guild, ask.param(0), id) {
            Some(posted) if posted.keyboard => {}
            Some(_) => return Answer::refused(50_049, "only messages with a keyboard"),
            None => return Answer::refused(50_051, "only own messages"),
        }
        let edited = Value::from(self.timestamp());
        let Some(posted) = self.rest.posted.get_mut(id) else {
            return Answer::refused(50_053, "edit failed");
        };
        if let Some(value) = posted.value.as_object_mut() {
            value.insert("edited_timestamp".to_owned(), edited);
        }
        let value = posted.value.clone();
        if let Some(channel) = self.rest.channels.get_mut(ask.param(0)) {
            let is = |message: &&mut Value| message.get("id").and_then(Value::as_str) == Some(id);
            if let Some(kept) = channel.history.iter_mut().find(is) {
                *kept = value.clone();
            }
        }
        if let Some(text) = ask.body.pointer("/markdown/content").and_then(Value::as_str) {
            if let Some(seen) = self.seen_mut(id) {
                text.clone_into(&mut seen.text);
            }
        }
        Answer::ok(value)
    }

    /// One session for each user and guild, however often it is asked for.
    pub(super) fn dm_create(&mut self, ask: &Ask) -> Answer {
        let (Some(user), Some(source)) = (ask.text("recipient_id"), ask.text("source_guild_id")) else {
            return Answer::refused(12_002, "recipient_id and source_guild_id are needed");
        };
        match self.guild_of(source) {
            Ok(guild) if guild.members.contains_key(user) => {}
            Ok(_) => return Answer::refused(304_034, "no member of the guild"),
            Err(refused) => return refused,
        }
        let known = self.rest.dms.iter().find(|(_, dm)| dm.user == user && dm.source == source);
        let id = if let Some((id, _)) = known {
            id.clone()
        } else {
            let (id, channel) = (self.rest.next_id(), self.rest.next_id());
            self.rest.dms.insert(id.clone(), Dm::new(&channel, user, source, self.now));
            id
        };
        let Some(dm) = self.rest.dms.get(&id) else {
            return Answer::refused(304_033, "no session");
        };
        let created = self.config.epoch.saturating_add(dm.created).as_secs().to_string();
        Answer::ok(json!({"guild_id": id, "channel_id": dm.channel, "create_time": created}))
    }

    pub(super) fn channel_setting_guide(&mut self, ask: &Ask) -> Answer {
        if let Err(refused) = self.channel_of(ask.param(0)) {
            return refused;
        }
        let content = ask.text("content").unwrap_or_default();
        if !content.is_empty() && !content.starts_with("<@") {
            return Answer::refused(304_051, "content is mentions");
        }
        self.guide(Scene::Guild, ask, content)
    }

    pub(super) fn dm_setting_guide(&mut self, ask: &Ask) -> Answer {
        if !self.rest.dms.contains_key(ask.param(0)) {
            return Answer::refused(304_032, "no such session");
        }
        let guild = ask.body.pointer("/setting_guide/guild_id").and_then(Value::as_str).unwrap_or_default();
        if self.guild_of(guild).is_err() {
            return Answer::refused(304_051, "setting_guide.guild_id");
        }
        self.guide(Scene::Dm, ask, "")
    }

    fn guide(&mut self, scene: Scene, ask: &Ask, content: &str) -> Answer {
        let id = self.ids.guild_message();
        let body = ask.body.clone();
        let value = self.guild_message(scene, ask.param(0), &id, &json!({"content": content}));
        let sent = Sent {
            at: self.now,
            scene,
            target: ask.param(0).to_owned(),
            id,
            msg_id: None,
            event_id: None,
            msg_seq: 1,
            content: content.to_owned(),
            body,
        };
        self.publish(sent, value.clone());
        Answer::ok(value)
    }
}

/// The picture of a form as a field of the body.
fn with_image(ask: &Ask) -> Value {
    let mut body = ask.body.clone();
    if let (Some(size), Some(body)) = (ask.image, body.as_object_mut()) {
        body.insert("file_image".to_owned(), json!({"size": size}));
    }
    body
}

/// The one word of the query, in lower case.
fn hide_tip(ask: &Ask) -> Result<(), Answer> {
    match ask.query("hidetip").as_deref() {
        None | Some("true" | "false") => Ok(()),
        Some(_) => Err(Answer::refused(306_001, "hidetip is true or false")),
    }
}

//! What people do: messages and events that go to the bot.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chats::{CHANNEL, DM_CHANNEL, DM_GUILD, GUILD, GUILD_USER, ME, Scene};
use super::io::Effect;
use super::sessions::Logged;
use super::{Platform, events};

/// A message to the bot. Only scene and text are needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Where it is written.
    pub scene: Scene,
    /// What is written.
    pub text: String,
    /// Who writes: an openid, or a user id in guilds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The group, the channel, or for private messages of a guild the pseudo guild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The guild of a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild: Option<String>,
    /// The event it comes as, for instance `GROUP_MESSAGE_CREATE` in a group whose messages all arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

impl Inbound {
    /// A message from the usual person at the usual place.
    pub fn new(scene: Scene, text: impl Into<String>) -> Self {
        Self { scene, text: text.into(), author: None, target: None, guild: None, event: None }
    }
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// The event id.
    pub event_id: String,
    /// The message id, for messages.
    pub message_id: Option<String>,
    /// The shard it belongs to.
    pub shard: u32,
    /// The session it was put into, with its number; nothing if no session wants it.
    pub session: Option<(String, u64)>,
}

/// How an event is put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Binary,
    Truncated,
    /// The same event id as before under a new number.
    Repeat,
}

impl Platform {
    /// One user writes to the bot.
    pub fn push_c2c(&mut self, now: Duration, text: &str) -> Pushed {
        self.push_message(now, &Inbound::new(Scene::C2c, text))
    }

    /// Someone mentions the bot in a group.
    pub fn push_group_at(&mut self, now: Duration, text: &str) -> Pushed {
        self.push_message(now, &Inbound::new(Scene::Group, text))
    }

    /// Someone mentions the bot in a group whose messages all arrive.
    pub fn push_group(&mut self, now: Duration, text: &str) -> Pushed {
        let event = Some("GROUP_MESSAGE_CREATE".to_owned());
        self.push_message(now, &Inbound { event, ..Inbound::new(Scene::Group, text) })
    }

    /// Someone mentions the bot in a channel.
    pub fn push_guild(&mut self, now: Duration, text: &str) -> Pushed {
        self.push_message(now, &Inbound::new(Scene::Guild, text))
    }

    /// Someone writes a private message through a guild.
    pub fn push_dm(&mut self, now: Duration, text: &str) -> Pushed {
        self.push_message(now, &Inbound::new(Scene::Dm, text))
    }

    /// Any message.
    pub fn push_message(&mut self, now: Duration, inbound: &Inbound) -> Pushed {
        self.advance(now);
        let (name, d) = match inbound.scene {
            Scene::C2c => ("C2C_MESSAGE_CREATE", self.c2c(inbound)),
            Scene::Group => ("GROUP_AT_MESSAGE_CREATE", self.group(inbound)),
            Scene::Guild => ("AT_MESSAGE_CREATE", self.guild(inbound)),
            Scene::Dm => ("DIRECT_MESSAGE_CREATE", self.dm(inbound)),
        };
        self.push(now, inbound.event.as_deref().unwrap_or(name), &d)
    }

    /// Any event. It goes to the session of its shard that asked for it, connected or not.
    pub fn push(&mut self, now: Duration, name: &str, d: &Value) -> Pushed {
        self.advance(now);
        self.put(name, d, Form::Text)
    }

    /// Any text on the connection of a shard, past sessions and numbers. False if the shard has none.
    pub fn push_raw(&mut self, now: Duration, shard: u32, text: &str) -> bool {
        self.advance(now);
        let Some(link) = self.link_of(shard) else {
            return false;
        };
        self.send(link, text.to_owned());
        true
    }

    pub(super) fn put(&mut self, name: &str, d: &Value, form: Form) -> Pushed {
        let event_id = match (name, d.get("id").and_then(Value::as_str)) {
            ("INTERACTION_CREATE", Some(id)) => format!("{name}:{id}"),
            _ => format!("{name}:{}", self.ids.uuid()),
        };
        let shard = events::shard(d, self.shard_count, self.config.open_shard);
        let message_id = name
            .ends_with("MESSAGE_CREATE")
            .then(|| d.get("id").and_then(Value::as_str).map(str::to_owned))
            .flatten();
        self.chats.note(self.now, name, &event_id, d);
        self.observe(name, d);
        if self.callbacks.takes_events() {
            // The two ways exclude each other.
            self.put_to_callback(name, &event_id, d);
            return Pushed { event_id, message_id, shard, session: None };
        }
        let session = self.subscriber(shard, name);
        let session = session.and_then(|index| self.put_into(index, name, &event_id, d, form));
        Pushed { event_id, message_id, shard, session }
    }

    /// The session of a shard that wants an event.
    fn subscriber(&self, shard: u32, name: &str) -> Option<usize> {
        let wanted = events::intents(name);
        self.sessions.iter().rposition(|session| {
            session.ended.is_none()
                && session.shard == (shard, self.shard_count)
                && (wanted == 0 || session.intents & wanted & self.config.granted_intents != 0)
        })
    }

    pub(super) fn put_into(
        &mut self,
        index: usize,
        name: &str,
        event_id: &str,
        d: &Value,
        form: Form,
    ) -> Option<(String, u64)> {
        let (order, limit, now) = (self.config.key_order, self.config.replay_limit, self.now);
        let session = self.sessions.get_mut(index)?;
        let seq = session.next_seq();
        let frame = events::dispatch(order, seq, name, Some(event_id), d);
        session.log.push(Logged {
            at: now,
            session: Arc::clone(&session.id),
            seq,
            id: event_id.into(),
            name: name.into(),
            owed: matches!(form, Form::Text | Form::Binary),
        });
        session.keep(seq, frame.clone(), limit);
        let (id, link) = (session.id.to_string(), session.link);
        if let Some(link) = link.filter(|&link| self.links.hears(link)) {
            self.effects.push_back(match form {
                Form::Text | Form::Repeat => Effect::Text { link, bytes: frame },
                Form::Binary => Effect::Binary { link, bytes: frame },
                Form::Truncated => Effect::Text { link, bytes: first_half(&frame) },
            });
        }
        Some((id, seq))
    }

    fn c2c(&mut self, inbound: &Inbound) -> Value {
        let user = inbound.author.clone().unwrap_or_else(|| self.chats.user.clone());
        json!({
            "id": self.ids.message(),
            "author": {"id": user, "user_openid": user, "union_openid": "", "username": "", "bot": false},
            "content": inbound.text,
            "timestamp": self.timestamp(),
            "message_type": 0,
            "message_scene": self.message_scene(),
        })
    }

    fn group(&mut self, inbound: &Inbound) -> Value {
        let member = inbound.author.clone().unwrap_or_else(|| self.chats.member.clone());
        let group = inbound.target.clone().unwrap_or_else(|| self.chats.group.clone());
        json!({
            "id": self.ids.message(),
            "author": {
                "id": member,
                "member_openid": member,
                "union_openid": "",
                "username": "someone",
                "bot": false,
                "member_role": "member",
            },
            // The mention is taken out, and a space stays behind.
            "content": format!(" {}", inbound.text),
            "timestamp": self.timestamp(),
            "group_id": group,
            "group_openid": group,
            "message_type": 0,
            "message_scene": self.message_scene(),
            "mentions": [{
                "scope": "single",
                "id": self.chats.bot,
                "member_openid": self.chats.bot,
                "username": "model bot",
                "bot": true,
                "is_you": true,
            }],
        })
    }

    fn message_scene(&mut self) -> Value {
        json!({"source": "default", "ext": [format!("msg_idx=REFIDX_{}==", self.ids.hex32())]})
    }

    fn guild(&mut self, inbound: &Inbound) -> Value {
        let id = self.ids.guild_message();
        let author = inbound.author.as_deref().unwrap_or(GUILD_USER);
        json!({
            "id": id,
            "channel_id": inbound.target.as_deref().unwrap_or(CHANNEL),
            "guild_id": inbound.guild.as_deref().unwrap_or(GUILD),
            "author": {"id": author, "username": "someone", "avatar": "", "bot": false},
            // Here the mention stays, with a no-break space after it.
            "content": format!("<@!{ME}>\u{a0}{}", guild_escaped(&inbound.text)),
            "timestamp": self.timestamp(),
            "mentions": [self.chats.me()],
            "member": {"nick": "someone", "roles": ["1"], "joined_at": self.timestamp()},
            "seq": 1,
            "seq_in_channel": "1",
        })
    }

    fn dm(&mut self, inbound: &Inbound) -> Value {
        let author = inbound.author.as_deref().unwrap_or(GUILD_USER);
        json!({
            "id": self.ids.guild_message(),
            "channel_id": DM_CHANNEL,
            "guild_id": inbound.target.as_deref().unwrap_or(DM_GUILD),
            "src_guild_id": inbound.guild.as_deref().unwrap_or(GUILD),
            "direct_message": true,
            "author": {"id": author, "username": "someone", "avatar": "", "bot": false},
            "content": guild_escaped(&inbound.text),
            "timestamp": self.timestamp(),
            "member": {"joined_at": self.timestamp()},
            "seq": 1,
            "seq_in_channel": "1",
        })
    }
}

/// In guilds what people type arrives with these three characters as entities.
fn guild_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn first_half(frame: &Bytes) -> Bytes {
    // Cut between two characters: a WebSocket would not let half of one through.
    let middle = frame.len() / 2;
    let cut = (middle..frame.len()).find(|&at| frame.get(at).is_some_and(|byte| byte & 0xc0 != 0x80));
    frame.slice(..cut.unwrap_or(middle))
}

//! Conversations: what was said to the bot, what it may answer and what it answered.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids::Ids;
use super::violation::seconds;

/// Where a conversation takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// One user.
    C2c,
    /// A group of users.
    Group,
    /// A channel of a guild.
    Guild,
    /// Private messages of a guild.
    Dm,
}

impl Scene {
    /// How long a message may be answered.
    pub(crate) fn window(self) -> Duration {
        match self {
            Self::C2c => Duration::from_secs(60 * 60),
            Self::Group | Self::Guild | Self::Dm => Duration::from_secs(5 * 60),
        }
    }

    /// How often, where that is limited.
    pub(crate) fn replies(self) -> Option<usize> {
        match self {
            Self::C2c => Some(4),
            Self::Group => Some(5),
            Self::Guild | Self::Dm => None,
        }
    }

    /// Whether the scene has the newer endpoints with `msg_type` and `msg_seq`.
    pub(crate) fn is_v2(self) -> bool {
        match self {
            Self::C2c | Self::Group => true,
            Self::Guild | Self::Dm => false,
        }
    }
}

/// A message the bot sent and the platform accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sent {
    /// When.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// Where.
    pub scene: Scene,
    /// The openid, channel id or guild id of the path.
    pub target: String,
    /// The id the platform gave it.
    pub id: String,
    /// The message it answers.
    pub msg_id: Option<String>,
    /// The event it answers.
    pub event_id: Option<String>,
    /// Its number among the answers to one message.
    pub msg_seq: u32,
    /// Its text.
    pub content: String,
    /// Everything that was sent.
    pub body: Value,
}

/// Something that can be answered: a message by `msg_id`, an event by `event_id`.
#[derive(Clone, Debug)]
pub(crate) struct Answerable {
    pub(crate) scene: Scene,
    pub(crate) target: String,
    pub(crate) at: Duration,
    /// Whether the platform takes answers to it at all.
    pub(crate) repliable: bool,
    /// The bodies of the answers so far, by `msg_seq`.
    pub(crate) replies: BTreeMap<u32, Value>,
    /// Answers without a number, which only guilds have.
    pub(crate) unnumbered: usize,
}

/// All conversations of the bot.
#[derive(Clone, Debug)]
pub(crate) struct Chats {
    me: Value,
    /// What groups know the bot by.
    pub(crate) bot: String,
    pub(crate) user: String,
    pub(crate) group: String,
    pub(crate) member: String,
    pub(crate) messages: BTreeMap<String, Answerable>,
    pub(crate) events: BTreeMap<String, Answerable>,
    pub(crate) sent: Vec<Sent>,
}

/// Ids of the guild system are decimal numbers as text.
pub(crate) const GUILD: &str = "4611686018427387904";
pub(crate) const CHANNEL: &str = "70010001";
pub(crate) const DM_GUILD: &str = "4611686022722355200";
pub(crate) const DM_CHANNEL: &str = "70010002";
pub(crate) const GUILD_USER: &str = "9007199254740993";
pub(crate) const ME: &str = "8001002003004005006";

impl Chats {
    pub(crate) fn new(seed: u64) -> Self {
        // Not the platform's own generator, so that names do not depend on what happened before.
        let mut ids = Ids::new(!seed);
        Self {
            me: json!({"id": ME, "username": "model bot", "avatar": "", "bot": true, "status": 1}),
            bot: ids.openid(),
            user: ids.openid(),
            group: ids.openid(),
            member: ids.openid(),
            messages: BTreeMap::new(),
            events: BTreeMap::new(),
            sent: Vec::new(),
        }
    }

    /// The bot as a user.
    pub(crate) fn me(&self) -> Value {
        self.me.clone()
    }

    pub(crate) fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// Remembers what an event allows the bot to answer.
    pub(crate) fn note(&mut self, now: Duration, name: &str, event: &str, d: &Value) {
        let text = |path: &str| d.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let message = |scene, target| Answerable {
            scene,
            target,
            at: now,
            repliable: true,
            replies: BTreeMap::new(),
            unnumbered: 0,
        };
        let message = match name {
            "C2C_MESSAGE_CREATE" => Some(message(Scene::C2c, text("/author/user_openid"))),
            "GROUP_AT_MESSAGE_CREATE" | "GROUP_MESSAGE_CREATE" => {
                Some(message(Scene::Group, text("/group_openid")))
            }
            "MESSAGE_CREATE" | "AT_MESSAGE_CREATE" => Some(message(Scene::Guild, text("/channel_id"))),
            "DIRECT_MESSAGE_CREATE" => Some(message(Scene::Dm, text("/guild_id"))),
            _ => None,
        };
        if let Some(message) = message {
            // The same message may come under two names; the first one counts.
            self.messages.entry(text("/id")).or_insert(message);
        }
        let (scene, target) = if d.get("group_openid").is_some() {
            (Scene::Group, text("/group_openid"))
        } else if d.get("channel_id").is_some() {
            (Scene::Guild, text("/channel_id"))
        } else if d.get("user_openid").is_some() {
            (Scene::C2c, text("/user_openid"))
        } else {
            (Scene::C2c, text("/openid"))
        };
        let repliable = match scene {
            Scene::C2c => matches!(name, "INTERACTION_CREATE" | "C2C_MSG_RECEIVE" | "FRIEND_ADD"),
            Scene::Group => matches!(
                name,
                "INTERACTION_CREATE" | "GROUP_ADD_ROBOT" | "GROUP_MSG_RECEIVE" | "GROUP_MEMBER_ADD"
            ),
            Scene::Guild | Scene::Dm => {
                name == "INTERACTION_CREATE"
                    || ["GUILD_MEMBER_", "MESSAGE_REACTION_", "FORUM_THREAD_", "FORUM_POST_", "FORUM_REPLY_"]
                        .iter()
                        .any(|family| name.starts_with(family))
            }
        };
        let event_of =
            Answerable { scene, target, at: now, repliable, replies: BTreeMap::new(), unnumbered: 0 };
        self.events.entry(event.to_owned()).or_insert(event_of);
    }
}

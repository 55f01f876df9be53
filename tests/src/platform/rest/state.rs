//! What the API keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::chats::{CHANNEL, DM_CHANNEL, DM_GUILD, GUILD, GUILD_USER, ME};
use super::super::http::Answer;
use super::super::ids::Ids;
use super::super::{Platform, clock};
use super::active::Spoken;
use super::audit::Held;
use super::channels::Channel;
use super::conversations::{Dm, Posted, User};
use super::files::Files;
use super::groups::Group;
use super::guilds::Guild;
use super::interactions::Interaction;
use super::limits::Calls;
use super::members::Member;
use super::panels::Panel;
use super::seen::Seen;
use super::strategies::Strategy;
use super::streams::Stream;

/// Rooms every platform starts with, beside the text channel.
const CATEGORY: &str = "70010000";
const VOICE: &str = "70010003";
const FORUM: &str = "70010004";
const SCHEDULES: &str = "70010005";
/// Who owns the guild.
const OWNER: &str = "9007199254740001";
/// Names that are given out are numbered from here.
const FIRST_ID: u64 = 70_020_000;

/// Everything behind the API that is no conversation.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) calls: Calls,
    /// The next message that is accepted is held: whether it will pass, and when that is decided.
    pub(crate) hold_next: Option<(bool, Duration)>,
    pub(crate) held: Vec<Held>,
    pub(crate) guilds: BTreeMap<String, Guild>,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) dms: BTreeMap<String, Dm>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    /// The bot's own messages, by id.
    pub(crate) posted: BTreeMap<String, Posted>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) spoken: Spoken,
    pub(crate) streams: BTreeMap<String, Stream>,
    pub(crate) files: Files,
    pub(crate) interactions: BTreeMap<String, Interaction>,
    pub(crate) strategies: BTreeMap<String, Strategy>,
    pub(crate) menu: (u64, Option<Value>),
    pub(crate) panels: BTreeMap<String, Panel>,
    pub(crate) webhook_sessions: BTreeMap<String, Value>,
    last_id: u64,
}

impl State {
    /// One guild with a few rooms, one group and one user, as everybody who tries a bot has them.
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = Self {
            calls: Calls::default(),
            hold_next: None,
            held: Vec::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            dms: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            posted: BTreeMap::new(),
            seen: Vec::new(),
            spoken: Spoken::default(),
            streams: BTreeMap::new(),
            files: Files::default(),
            interactions: BTreeMap::new(),
            strategies: BTreeMap::new(),
            menu: (0, None),
            panels: BTreeMap::new(),
            webhook_sessions: BTreeMap::new(),
            last_id: FIRST_ID,
        };
        // The same names as the conversations have.
        let mut ids = Ids::new(!seed);
        let (bot, user, group, member) = (ids.openid(), ids.openid(), ids.openid(), ids.openid());
        state.guilds.insert(GUILD.to_owned(), Guild::new("model guild", OWNER));
        if let Some(guild) = state.guilds.get_mut(GUILD) {
            guild.members.insert(OWNER.to_owned(), Member::new(OWNER, "the owner", &["4"]));
            guild.members.insert(GUILD_USER.to_owned(), Member::new(GUILD_USER, "someone", &["1"]));
            guild.members.insert(ME.to_owned(), Member::bot());
        }
        for (id, name, kind, parent) in [
            (CATEGORY, "rooms", 4, "0"),
            (CHANNEL, "chat", 0, CATEGORY),
            (VOICE, "voice", 2, CATEGORY),
            (FORUM, "forum", 10_007, CATEGORY),
            (SCHEDULES, "schedules", 10_006, CATEGORY),
        ] {
            let position = state.channels.len() + 1;
            let mut channel = Channel::new(GUILD, id, name, kind);
            channel.value.insert("parent_id".to_owned(), Value::from(parent));
            channel.value.insert("position".to_owned(), json!(position));
            if kind == 2 {
                channel.voice.push(GUILD_USER.to_owned());
            }
            state.channels.insert(id.to_owned(), channel);
        }
        state.dms.insert(DM_GUILD.to_owned(), Dm::new(DM_CHANNEL, GUILD_USER, GUILD, Duration::ZERO));
        state.users.insert(user, User::default());
        state.groups.insert(group, Group::new(&bot, &member));
        state
    }

    /// A decimal name that was not used before.
    pub(crate) fn next_id(&mut self) -> String {
        self.last_id += 1;
        self.last_id.to_string()
    }

    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.held.iter().map(|held| held.due).min()
    }
}

impl Platform {
    /// The Unix time.
    pub(super) fn unix_time(&self) -> Duration {
        self.config.epoch.saturating_add(self.now)
    }

    /// A moment of the platform's time as the platform writes it.
    pub(super) fn stamp(&self, at: Duration) -> String {
        clock::rfc3339(self.config.epoch.saturating_add(at))
    }

    /// Days of the calendar, in the platform's time zone.
    pub(super) fn day(&self, at: Duration) -> u64 {
        clock::day(self.config.epoch.saturating_add(at))
    }

    pub(super) fn guild_of(&self, id: &str) -> Result<&Guild, Answer> {
        self.rest.guilds.get(id).ok_or_else(no_guild)
    }

    pub(super) fn guild_mut(&mut self, id: &str) -> Result<&mut Guild, Answer> {
        self.rest.guilds.get_mut(id).ok_or_else(no_guild)
    }

    pub(super) fn channel_of(&self, id: &str) -> Result<&Channel, Answer> {
        self.rest.channels.get(id).ok_or_else(no_channel)
    }

    pub(super) fn channel_mut(&mut self, id: &str) -> Result<&mut Channel, Answer> {
        self.rest.channels.get_mut(id).ok_or_else(no_channel)
    }
}

fn no_guild() -> Answer {
    Answer::refused(11_264, "check guild auth not pass")
}

fn no_channel() -> Answer {
    Answer::refused(10_003, "unknown channel")
}

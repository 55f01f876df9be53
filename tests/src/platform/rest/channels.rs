//! Channels of a guild.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::super::Platform;
use super::super::chats::ME;
use super::super::http::Answer;
use super::super::push::Form;
use super::{Ask, picked, settle};

/// Messages of a channel that can be read again.
const HISTORY: usize = 500;
/// The kinds of channels a bot can make.
const KINDS: [u64; 6] = [0, 2, 4, 10_005, 10_006, 10_007];
const VOICE: u64 = 2;
const LIVE: u64 = 10_005;
pub(super) const FORUM: u64 = 10_007;
const CATEGORY: u64 = 4;

/// A channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) guild: String,
    /// As it is told, but for the bot's own permissions.
    pub(crate) value: Map<String, Value>,
    pub(crate) user_bits: BTreeMap<String, u64>,
    pub(crate) role_bits: BTreeMap<String, u64>,
    pub(crate) pins: Vec<String>,
    pub(crate) announces: Vec<String>,
    /// The messages, the oldest first.
    pub(crate) history: VecDeque<Value>,
    /// Who reacted, by message, type and id of the emoji.
    pub(crate) reactions: BTreeMap<(String, String, String), Vec<String>>,
    pub(crate) schedules: BTreeMap<String, Value>,
    pub(crate) threads: Vec<Value>,
    /// Who is in the voice room.
    pub(crate) voice: Vec<String>,
    pub(crate) on_mic: bool,
    /// The status of what is played.
    pub(crate) audio: Option<u64>,
}

impl Channel {
    pub(crate) fn new(guild: &str, id: &str, name: &str, kind: u64) -> Self {
        let value = json!({
            "id": id,
            "guild_id": guild,
            "name": name,
            "type": kind,
            "sub_type": 0,
            "position": 1,
            "parent_id": "0",
            "owner_id": ME,
            "private_type": 0,
            "speak_permission": 1,
            "application_id": "0",
        });
        Self {
            guild: guild.to_owned(),
            value: value.as_object().cloned().unwrap_or_default(),
            user_bits: BTreeMap::new(),
            role_bits: BTreeMap::new(),
            pins: Vec::new(),
            announces: Vec::new(),
            history: VecDeque::new(),
            reactions: BTreeMap::new(),
            schedules: BTreeMap::new(),
            threads: Vec::new(),
            voice: Vec::new(),
            on_mic: false,
            audio: None,
        }
    }

    pub(crate) fn kind(&self) -> u64 {
        self.value.get("type").and_then(Value::as_u64).unwrap_or_default()
    }

    pub(crate) fn keep(&mut self, message: Value) {
        self.history.push_back(message);
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
    }

    pub(crate) fn message(&self, id: &str) -> Option<&Value> {
        self.history.iter().rev().find(|message| message.get("id").and_then(Value::as_str) == Some(id))
    }

    fn told(&self) -> Value {
        Value::Object(self.value.clone())
    }
}

impl Platform {
    pub(super) fn guild_channels_list(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).map(|_| {
            let mine = self.rest.channels.values().filter(|channel| channel.guild == ask.param(0));
            Answer::ok(Value::Array(mine.map(Channel::told).collect()))
        }))
    }

    pub(super) fn channel_get(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).map(|channel| {
            let mut value = channel.told();
            if let Some(value) = value.as_object_mut() {
                value.insert("permissions".to_owned(), Value::from("7"));
            }
            Answer::ok(value)
        }))
    }

    pub(super) fn channel_create(&mut self, ask: &Ask) -> Answer {
        let guild = ask.param(0).to_owned();
        if let Err(refused) = self.guild_of(&guild) {
            return refused;
        }
        let kind = ask.number("type").unwrap_or_default();
        let position = ask.number("position");
        if !KINDS.contains(&kind) || (kind == CATEGORY && position.is_some_and(|position| position < 2)) {
            return Answer::refused(12_002, "type or position is invalid");
        }
        let Some(name) = ask.text("name") else {
            return Answer::refused(12_002, "name is empty");
        };
        let last = self.rest.channels.values().filter(|channel| channel.guild == guild).count() as u64 + 1;
        let id = self.rest.next_id();
        let mut channel = Channel::new(&guild, &id, name, kind);
        let names = ["sub_type", "parent_id", "private_type", "speak_permission", "application_id"];
        overwrite(&mut channel.value, picked(&ask.body, &names));
        // Too large a number means the last place, and so does none.
        channel.value.insert("position".to_owned(), json!(position.unwrap_or(last).min(last)));
        let told = channel.told();
        self.rest.channels.insert(id, channel);
        self.tell_channel("CHANNEL_CREATE", &told);
        Answer::ok(told)
    }

    pub(super) fn channel_patch(&mut self, ask: &Ask) -> Answer {
        let names = ["name", "position", "parent_id", "private_type", "speak_permission"];
        let change = picked(&ask.body, &names);
        if change.as_object().is_none_or(Map::is_empty) {
            return Answer::refused(12_002, "nothing to change");
        }
        let told = match self.channel_mut(ask.param(0)) {
            Ok(channel) => {
                overwrite(&mut channel.value, change);
                channel.told()
            }
            Err(refused) => return refused,
        };
        self.tell_channel("CHANNEL_UPDATE", &told);
        Answer::ok(told)
    }

    /// Irreversible, and answered with 200.
    pub(super) fn channel_delete(&mut self, ask: &Ask) -> Answer {
        match self.channel_of(ask.param(0)).map(Channel::told) {
            Ok(told) => {
                self.rest.channels.remove(ask.param(0));
                self.tell_channel("CHANNEL_DELETE", &told);
                Answer::done()
            }
            Err(refused) => refused,
        }
    }

    pub(super) fn channel_online_nums(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            voice_room(channel)?;
            Ok(Answer::ok(json!({"online_nums": channel.voice.len()})))
        }))
    }

    pub(super) fn channel_voice_members(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            voice_room(channel)?;
            let guild = self.guild_of(&channel.guild)?;
            let members = channel.voice.iter().filter_map(|user| guild.members.get(user));
            Ok(Answer::ok(Value::Array(members.map(|member| self.member_value(member)).collect())))
        }))
    }

    /// The change a bot makes is told like everybody's.
    fn tell_channel(&mut self, name: &str, told: &Value) {
        let mut d = told.clone();
        if let Some(d) = d.as_object_mut() {
            d.insert("op_user_id".to_owned(), Value::from(ME));
        }
        self.put(name, &d, Form::Text);
    }
}

fn voice_room(channel: &Channel) -> Result<(), Answer> {
    if matches!(channel.kind(), VOICE | LIVE) {
        Ok(())
    } else {
        Err(Answer::refused(10_003, "no voice room"))
    }
}

fn overwrite(value: &mut Map<String, Value>, change: Value) {
    if let Value::Object(change) = change {
        value.extend(change);
    }
}

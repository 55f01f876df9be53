//! Guilds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::members::Member;
use super::roles::{self, Role};
use super::{Ask, settle};

/// How many guilds one page has at most, and has unless told.
const GUILD_PAGE: usize = 100;

/// A guild.
#[derive(Clone, Debug)]
pub(crate) struct Guild {
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) joined: Duration,
    pub(crate) members: BTreeMap<String, Member>,
    pub(crate) roles: Vec<Role>,
    pub(crate) announce: Option<Value>,
    pub(crate) muted_until: Option<Duration>,
    /// When rights were asked for.
    pub(crate) demands: Vec<Duration>,
    /// When schedules were made.
    pub(crate) schedules_made: Vec<Duration>,
}

impl Guild {
    pub(crate) fn new(name: &str, owner: &str) -> Self {
        Self {
            name: name.to_owned(),
            owner: owner.to_owned(),
            joined: Duration::ZERO,
            members: BTreeMap::new(),
            roles: roles::usual(),
            announce: None,
            muted_until: None,
            demands: Vec::new(),
            schedules_made: Vec::new(),
        }
    }
}

impl Platform {
    pub(super) fn guild_get(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).map(|guild| Answer::ok(self.guild_value(ask.param(0), guild))))
    }

    pub(super) fn users_me_guilds_list(&mut self, ask: &Ask) -> Answer {
        let limit = match ask.query("limit").map(|limit| limit.parse::<usize>()) {
            None => GUILD_PAGE,
            Some(Ok(limit)) if (1..=GUILD_PAGE).contains(&limit) => limit,
            Some(_) => return Answer::refused(12_002, "limit is out of range"),
        };
        // Numbers of any length compare as text of one length.
        let key = |id: &str| format!("{id:0>24}");
        let mut guilds: Vec<&String> = self.rest.guilds.keys().collect();
        guilds.sort_by_key(|id| key(id));
        let page: Vec<&String> = match (ask.query("before"), ask.query("after")) {
            (Some(before), _) => {
                guilds.iter().rev().filter(|id| key(id) < key(&before)).take(limit).copied().collect()
            }
            (None, after) => {
                let after = after.unwrap_or_default();
                guilds.iter().filter(|id| key(id) > key(&after)).take(limit).copied().collect()
            }
        };
        let values = page
            .into_iter()
            .filter_map(|id| self.rest.guilds.get(id).map(|guild| self.guild_value(id, guild)))
            .collect();
        Answer::ok(Value::Array(values))
    }

    fn guild_value(&self, id: &str, guild: &Guild) -> Value {
        json!({
            "id": id,
            "name": guild.name,
            "icon": "https://icons.example/guild.png",
            "owner_id": guild.owner,
            "owner": false,
            "joined_at": self.stamp(guild.joined),
            "member_count": guild.members.len(),
            "max_members": 5_000_000,
            "description": "a guild of the model",
        })
    }
}

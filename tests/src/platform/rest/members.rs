//! Members of a guild.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::ME;
use super::super::http::Answer;
use super::super::push::Form;
use super::{Ask, settle};

/// The longest page.
const PAGE: usize = 400;
/// Days of messages that may be deleted with somebody; -1 for all.
const DAYS: [i64; 6] = [-1, 0, 3, 7, 15, 30];

/// A member of a guild.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) bot: bool,
    pub(crate) roles: BTreeSet<String>,
    pub(crate) joined: Duration,
    pub(crate) muted_until: Option<Duration>,
}

impl Member {
    pub(crate) fn new(id: &str, name: &str, roles: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            bot: false,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            joined: Duration::ZERO,
            muted_until: None,
        }
    }

    pub(crate) fn bot() -> Self {
        Self { bot: true, ..Self::new(ME, "model bot", &["2"]) }
    }

    /// Admins and the owner are never muted and never removed.
    pub(crate) fn is_admin(&self) -> bool {
        self.roles.contains("2") || self.roles.contains("4")
    }

    pub(crate) fn user(&self) -> Value {
        json!({"id": self.id, "username": self.name, "avatar": "", "bot": self.bot})
    }
}

pub(super) fn no_member() -> Answer {
    Answer::refused(12_001, "no such user here")
}

impl Platform {
    pub(super) fn member_value(&self, member: &Member) -> Value {
        json!({
            "user": member.user(),
            "nick": member.name,
            "roles": member.roles,
            "joined_at": self.stamp(member.joined),
        })
    }

    pub(super) fn guild_members_list(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).and_then(|guild| {
            let limit = page_size(ask, 1)?;
            let after = ask.query("after").unwrap_or_default();
            let key = |id: &str| format!("{id:0>24}");
            let mut members: Vec<&Member> = guild.members.values().collect();
            members.sort_by_key(|member| key(&member.id));
            let page = members.into_iter().filter(|member| key(&member.id) > key(&after)).take(limit);
            let values = page.map(|member| {
                let mut value = self.member_value(member);
                if let Some(value) = value.as_object_mut() {
                    value.insert("deaf".to_owned(), Value::from(false));
                    let ends = [member.muted_until, guild.muted_until.filter(|_| !member.is_admin())];
                    let muted = ends.into_iter().flatten().any(|until| until > self.now);
                    value.insert("mute".to_owned(), Value::from(muted));
                    value.insert("pending".to_owned(), Value::from(false));
                }
                value
            });
            Ok(Answer::ok(Value::Array(values.collect())))
        }))
    }

    pub(super) fn guild_member_get(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).and_then(|guild| {
            let member = guild.members.get(ask.param(1)).ok_or_else(no_member)?;
            let mut value = self.member_value(member);
            // Only here are these two filled, if the bot was approved for them.
            if let Some(user) = value.get_mut("user").and_then(Value::as_object_mut) {
                user.insert("union_openid".to_owned(), Value::from(""));
                user.insert("union_user_account".to_owned(), Value::from(""));
            }
            Ok(Answer::ok(value))
        }))
    }

    pub(super) fn guild_member_delete(&mut self, ask: &Ask) -> Answer {
        let days = ask.body.get("delete_history_msg_days").and_then(Value::as_i64).unwrap_or(0);
        if !DAYS.contains(&days) {
            return Answer::refused(12_002, "delete_history_msg_days is none of the allowed");
        }
        let (guild_id, user) = (ask.param(0).to_owned(), ask.param(1).to_owned());
        let removed = self.guild_mut(&guild_id).and_then(|guild| {
            let member = guild.members.get(&user).ok_or_else(no_member)?;
            if member.is_admin() {
                return Err(Answer::refused(11_282, "admins are not removed"));
            }
            guild.members.remove(&user).ok_or_else(no_member)
        });
        let member = match removed {
            Ok(member) => member,
            Err(refused) => return refused,
        };
        if days != 0 {
            self.forget_messages(&guild_id, &user, days);
        }
        let mut d = self.member_value(&member);
        if let Some(d) = d.as_object_mut() {
            d.insert("guild_id".to_owned(), Value::from(guild_id));
            d.insert("op_user_id".to_owned(), Value::from(ME));
        }
        self.put("GUILD_MEMBER_REMOVE", &d, Form::Text);
        Answer::no_content()
    }

    /// Takes what somebody wrote out of the channels.
    fn forget_messages(&mut self, guild: &str, user: &str, days: i64) {
        let since = u64::try_from(days)
            .ok()
            .map(|days| self.stamp(self.now.saturating_sub(Duration::from_secs(days * 24 * 3600))));
        for channel in self.rest.channels.values_mut().filter(|channel| channel.guild == guild) {
            channel.history.retain(|message| {
                let theirs = message.pointer("/author/id").and_then(Value::as_str) == Some(user);
                let written = message.get("timestamp").and_then(Value::as_str).unwrap_or_default();
                // Timestamps of one form and one time zone sort as text.
                !theirs || since.as_deref().is_some_and(|since| written < since)
            });
        }
    }
}

/// The size of a page of members.
pub(super) fn page_size(ask: &Ask, usual: usize) -> Result<usize, Answer> {
    match ask.query("limit").map(|limit| limit.parse::<usize>()) {
        None => Ok(usual),
        Some(Ok(limit)) if (1..=PAGE).contains(&limit) => Ok(limit),
        Some(_) => Err(Answer::refused(12_002, "limit is out of range")),
    }
}

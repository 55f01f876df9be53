//! Muting in guilds.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::{Ask, settle};

impl Platform {
    pub(super) fn guild_mute_all(&mut self, ask: &Ask) -> Answer {
        let until = self.mute_end(ask);
        settle(until.and_then(|until| {
            self.guild_mut(ask.param(0))?.muted_until = until;
            Ok(Answer::no_content())
        }))
    }

    pub(super) fn guild_mute_many(&mut self, ask: &Ask) -> Answer {
        let until = self.mute_end(ask);
        settle(until.and_then(|until| {
            let users = ask.texts("user_ids").filter(|users| !users.is_empty());
            let users = users.ok_or_else(|| Answer::refused(502_004, "user id is empty"))?;
            let guild = self.guild_mut(ask.param(0))?;
            let mut done = Vec::new();
            for user in users {
                // Admins are never muted.
                if let Some(member) = guild.members.get_mut(&user).filter(|member| !member.is_admin()) {
                    member.muted_until = until;
                    done.push(user);
                }
            }
            Ok(Answer::ok(json!({"user_ids": done})))
        }))
    }

    pub(super) fn guild_mute_member(&mut self, ask: &Ask) -> Answer {
        let until = self.mute_end(ask);
        settle(until.and_then(|until| {
            let guild = self.guild_mut(ask.param(0))?;
            let member = guild
                .members
                .get_mut(ask.param(1))
                .filter(|member| !member.is_admin())
                .ok_or_else(|| Answer::refused(502_003, "user id is invalid"))?;
            member.muted_until = until;
            Ok(Answer::no_content())
        }))
    }

    /// When a mute ends, on the platform's own time; nothing if it ends now.
    fn mute_end(&self, ask: &Ask) -> Result<Option<Duration>, Answer> {
        // Documented as text; a number is an error that only a lenient server would hide.
        let field = |name: &str| match ask.body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_str()
                .and_then(|text| text.parse::<u64>().ok())
                .map(Some)
                .ok_or_else(|| Answer::refused(502_006, "timestamps are decimal numbers as text")),
        };
        let (end, seconds) = (field("mute_end_timestamp")?, field("mute_seconds")?);
        // The absolute time wins.
        match (end, seconds) {
            (None, None) => Err(Answer::refused(502_005, "no timestamp")),
            (Some(0), _) | (None, Some(0)) => Ok(None),
            (Some(end), _) => {
                let left = Duration::from_secs(end).checked_sub(self.config.epoch);
                let left = left.filter(|end| *end > self.now);
                left.map(Some).ok_or_else(|| Answer::refused(502_006, "the end has passed"))
            }
            (None, Some(seconds)) => Ok(Some(self.now.saturating_add(Duration::from_secs(seconds)))),
        }
    }
}

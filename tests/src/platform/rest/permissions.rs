//! Permissions of members and roles in a channel.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::{Ask, settle};

/// View and speak.
const USUAL: u64 = 0b101;
/// The right to manage cannot be given this way.
const MANAGE: u64 = 0b10;
const MOST_USERS: usize = 50;

fn refused(code: i64, what: &str) -> Answer {
    Answer::refused(code, what)
}

/// The bits a body adds and removes. A bit in both is removed.
fn change(ask: &Ask) -> Result<(u64, u64), Answer> {
    let bits = |name: &str| match ask.body.get(name) {
        None | Some(Value::Null) => Ok(0),
        Some(value) => value
            .as_str()
            .and_then(|bits| if bits.is_empty() { Some(0) } else { bits.parse().ok() })
            .ok_or_else(|| refused(301_000, "permissions are decimal numbers as text")),
    };
    let (add, remove) = (bits("add")?, bits("remove")?);
    if (add | remove) & MANAGE != 0 {
        return Err(refused(301_000, "the right to manage cannot be changed"));
    }
    Ok((add, remove))
}

fn apply(bits: &mut u64, (add, remove): (u64, u64)) {
    *bits = (*bits | add) & !remove;
}

impl Platform {
    pub(super) fn channel_user_permissions_get(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            self.guild_of(&channel.guild)?
                .members
                .get(ask.param(1))
                .ok_or_else(|| refused(301_006, "no member"))?;
            let bits = channel.user_bits.get(ask.param(1)).copied().unwrap_or(USUAL);
            Ok(Answer::ok(json!({
                "channel_id": ask.param(0),
                "user_id": ask.param(1),
                "permissions": bits.to_string(),
            })))
        }))
    }

    pub(super) fn channel_user_permissions_put(&mut self, ask: &Ask) -> Answer {
        self.change_users(ask, &[ask.param(1).to_owned()])
    }

    pub(super) fn channel_permissions_batch_put(&mut self, ask: &Ask) -> Answer {
        match ask.texts("user_ids") {
            Some(users) if users.len() > MOST_USERS => refused(301_007, "too many users"),
            Some(users) if !users.is_empty() => self.change_users(ask, &users),
            Some(_) | None => refused(301_000, "user_ids are missing"),
        }
    }

    /// All of them or none.
    fn change_users(&mut self, ask: &Ask, users: &[String]) -> Answer {
        let checked = self.channel_of(ask.param(0)).and_then(|channel| {
            let guild = self.guild_of(&channel.guild)?;
            if users.iter().any(|user| !guild.members.contains_key(user)) {
                return Err(refused(301_006, "no member"));
            }
            change(ask)
        });
        settle(checked.and_then(|change| {
            let channel = self.channel_mut(ask.param(0))?;
            for user in users {
                apply(channel.user_bits.entry(user.clone()).or_insert(USUAL), change);
            }
            Ok(Answer::no_content())
        }))
    }

    pub(super) fn channel_role_permissions_get(&mut self, ask: &Ask) -> Answer {
        settle(self.role_in(ask).and_then(|()| {
            let channel = self.channel_of(ask.param(0))?;
            let bits = channel.role_bits.get(ask.param(1)).copied().unwrap_or(USUAL);
            Ok(Answer::ok(json!({
                "channel_id": ask.param(0),
                "role_id": ask.param(1),
                "permissions": bits.to_string(),
            })))
        }))
    }

    pub(super) fn channel_role_permissions_put(&mut self, ask: &Ask) -> Answer {
        settle(self.role_in(ask).and_then(|()| {
            // What everyone may do is not set this way.
            if ask.param(1) == "1" {
                return Err(refused(301_000, "not for this role"));
            }
            let change = change(ask)?;
            let channel = self.channel_mut(ask.param(0))?;
            apply(channel.role_bits.entry(ask.param(1).to_owned()).or_insert(USUAL), change);
            Ok(Answer::no_content())
        }))
    }

    fn role_in(&self, ask: &Ask) -> Result<(), Answer> {
        let guild = self.guild_of(&self.channel_of(ask.param(0))?.guild)?;
        if guild.roles.iter().any(|role| role.id == ask.param(1)) {
            Ok(())
        } else {
            Err(refused(301_000, "no such role"))
        }
    }
}

//! Roles of a guild.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::members::{Member, no_member, page_size};
use super::{Ask, settle};

/// How many roles a guild can have.
const MOST_ROLES: usize = 30;
/// The colour of a role that names none.
const PLAIN_COLOR: u64 = 4_278_245_297;
/// The role that needs a channel to go with it.
const CHANNEL_ADMIN: &str = "5";

/// A role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) id: String,
    name: String,
    color: u64,
    hoist: u64,
    member_limit: u64,
}

/// The roles every guild has.
pub(super) fn usual() -> Vec<Role> {
    [
        ("4", "owner", 1),
        ("2", "admin", 50),
        (CHANNEL_ADMIN, "channel admin", 50),
        ("1", "everyone", 5_000_000),
    ]
    .into_iter()
    .map(|(id, name, member_limit)| Role {
        id: id.to_owned(),
        name: name.to_owned(),
        color: PLAIN_COLOR,
        hoist: 0,
        member_limit,
    })
    .collect()
}

fn no_role() -> Answer {
    Answer::refused(12_001, "no such role")
}

fn value<'a>(role: &Role, members: impl Iterator<Item = &'a Member>) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "color": role.color,
        "hoist": role.hoist,
        "number": members.filter(|member| member.roles.contains(&role.id)).count(),
        "member_limit": role.member_limit,
    })
}

/// What a body changes: in the plain form, or in the older one with a filter.
fn change(role: &mut Role, ask: &Ask) -> Result<(), Answer> {
    let fields = ask.body.get("info").filter(|info| info.is_object()).unwrap_or(&ask.body);
    let filter = ask.body.get("filter");
    let wanted = |name: &str| {
        let on = filter.is_none_or(|filter| filter.get(name).and_then(super::ask::number) == Some(1));
        fields.get(name).filter(|value| on && !value.is_null())
    };
    let name = wanted("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let color = wanted("color").and_then(super::ask::number);
    let hoist = wanted("hoist").and_then(super::ask::number);
    if name.is_none() && color.is_none() && hoist.is_none() {
        return Err(Answer::refused(12_002, "nothing to set"));
    }
    if color.is_some_and(|color| color > u64::from(u32::MAX)) || hoist.is_some_and(|hoist| hoist > 1) {
        return Err(Answer::refused(12_002, "color or hoist is out of range"));
    }
    if let Some(name) = name {
        name.clone_into(&mut role.name);
    }
    role.color = color.unwrap_or(role.color);
    role.hoist = hoist.unwrap_or(role.hoist);
    Ok(())
}

impl Platform {
    pub(super) fn roles_list(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).map(|guild| {
            let roles: Vec<Value> =
                guild.roles.iter().map(|role| value(role, guild.members.values())).collect();
            let limit = MOST_ROLES.to_string();
            Answer::ok(json!({"guild_id": ask.param(0), "roles": roles, "role_num_limit": limit}))
        }))
    }

    pub(super) fn role_create(&mut self, ask: &Ask) -> Answer {
        let id = self.rest.next_id();
        settle(self.guild_mut(ask.param(0)).and_then(|guild| {
            if guild.roles.len() >= MOST_ROLES {
                return Err(Answer::refused(12_002, "too many roles"));
            }
            let mut role = Role {
                id: id.clone(),
                name: "role".to_owned(),
                color: PLAIN_COLOR,
                hoist: 0,
                member_limit: 2000,
            };
            change(&mut role, ask)?;
            let told = value(&role, guild.members.values());
            guild.roles.push(role);
            Ok(Answer::ok(json!({"role_id": id, "role": told})))
        }))
    }

    pub(super) fn role_patch(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_mut(ask.param(0)).and_then(|guild| {
            let role = guild.roles.iter_mut().find(|role| role.id == ask.param(1)).ok_or_else(no_role)?;
            change(role, ask)?;
            let told = value(role, guild.members.values());
            Ok(Answer::ok(json!({"guild_id": ask.param(0), "role_id": ask.param(1), "role": told})))
        }))
    }

    pub(super) fn role_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_mut(ask.param(0)).and_then(|guild| {
            let role = ask.param(1);
            // The usual ones stay.
            if role.len() == 1 || !guild.roles.iter().any(|known| known.id == role) {
                return Err(no_role());
            }
            guild.roles.retain(|known| known.id != role);
            for member in guild.members.values_mut() {
                member.roles.remove(role);
            }
            Ok(Answer::no_content())
        }))
    }

    pub(super) fn role_members_list(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).and_then(|guild| {
            if !guild.roles.iter().any(|role| role.id == ask.param(1)) {
                return Err(no_role());
            }
            let limit = page_size(ask, 1)?;
            let start = ask.query("start_index").unwrap_or_else(|| "0".to_owned());
            let start: usize = start.parse().map_err(|_| Answer::refused(12_002, "start_index"))?;
            let all: Vec<&Member> =
                guild.members.values().filter(|member| member.roles.contains(ask.param(1))).collect();
            let page: Vec<Value> = all
                .iter()
                .skip(start)
                .take(limit)
                .map(|member| {
                    let mut value = self.member_value(member);
                    // Left out here, as in the documents' sample.
                    if let Some(value) = value.as_object_mut() {
                        value.remove("roles");
                    }
                    value
                })
                .collect();
            let next = start.saturating_add(page.len());
            Ok(Answer::ok(json!({"data": page, "next": next.to_string()})))
        }))
    }

    pub(super) fn member_role_put(&mut self, ask: &Ask) -> Answer {
        self.member_role(ask, true)
    }

    pub(super) fn member_role_delete(&mut self, ask: &Ask) -> Answer {
        self.member_role(ask, false)
    }

    fn member_role(&mut self, ask: &Ask, give: bool) -> Answer {
        let (guild_id, user, role) = (ask.param(0), ask.param(1), ask.param(2));
        if role == CHANNEL_ADMIN {
            let channel = ask.body.pointer("/channel/id").and_then(Value::as_str).unwrap_or_default();
            if !self.channel_of(channel).is_ok_and(|channel| channel.guild == guild_id) {
                return Answer::refused(12_002, "a channel admin needs a channel of the guild");
            }
        }
        settle(self.guild_mut(guild_id).and_then(|guild| {
            if !guild.roles.iter().any(|known| known.id == role) {
                return Err(no_role());
            }
            let member = guild.members.get_mut(user).ok_or_else(no_member)?;
            if give {
                member.roles.insert(role.to_owned());
            } else {
                member.roles.remove(role);
            }
            Ok(Answer::no_content())
        }))
    }
}

//! Roles of guilds. Ids of the built-in ones: 1 everyone, 2 admin, 4 owner, 5 channel admin.

use alloc::string::{String, ToString};

use serde::Serialize;

use crate::api::body::{Members, Object};
use crate::api::invalid::{Flaw, Invalid, unless, within};
use crate::api::operation::operations;
use crate::api::pages::Paged;
use crate::model::record::record;
use crate::model::{GuildMember, List, Str};

/// The role of channel admins, which is given for one channel.
const CHANNEL_ADMIN: &str = "5";

record! {
    /// A role.
    Role {
        /// Its id.
        "id" => id: Str<'a>,
        /// Its name.
        "name" => name: Str<'a>,
        /// ARGB; more than an `i32` holds.
        "color" => color: Option<u32>,
        /// 1 if its members are listed apart.
        "hoist" => hoist: Option<i64>,
        /// How many have it.
        "number" => number: Option<u64>,
        /// How many may have it.
        "member_limit" => member_limit: Option<u64>,
    }

    /// The roles of a guild.
    GuildRoles {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The roles.
        "roles" => roles: List<'a, Role<'a>>,
        /// How many roles there may be.
        "role_num_limit" => role_num_limit: Option<u64>,
    }

    /// A role that was made or changed.
    RoleChanged {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The role's id.
        "role_id" => role_id: Str<'a>,
        /// The role as it is now.
        "role" => role: Role<'a>,
    }

    /// Members who have a role, a page of them.
    RoleMembers {
        /// The members. Some of their fields are missing, roles among them.
        "data" => data: List<'a, GuildMember<'a>>,
        /// Where the next page begins.
        "next" => next: Str<'a>,
    }
}

/// What a role is to be: what is given, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct RoleChange {
    name: Option<String>,
    color: Option<u32>,
    hoist: Option<bool>,
    older_form: Option<String>,
}

impl RoleChange {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its colour, ARGB.
    pub const fn color(mut self, argb: u32) -> Self {
        self.color = Some(argb);
        self
    }

    /// Whether its members are listed apart.
    pub const fn hoist(mut self, hoist: bool) -> Self {
        self.hoist = Some(hoist);
        self
    }

    /// Writes it in the older form that one SDK sends, with the guild's id, a filter and the values apart. Whether the
    /// platform still wants it is not known.
    pub fn older_form(mut self, guild_id: impl Into<String>) -> Self {
        self.older_form = Some(guild_id.into());
        self
    }
}

#[derive(Serialize)]
struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hoist: Option<u8>,
}

#[derive(Serialize)]
struct Values<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hoist: Option<u8>,
}

impl Members for RoleChange {
    fn put(&self, object: &mut Object) {
        // A number: the documents' sample sends a text, all SDKs a number.
        let hoist = self.hoist.map(u8::from);
        let Some(guild_id) = &self.older_form else {
            object.maybe("name", self.name.as_ref());
            object.maybe("color", self.color.as_ref());
            object.maybe("hoist", hoist.as_ref());
            return;
        };
        object.put("guild_id", guild_id);
        let filter = Filter {
            name: self.name.as_ref().map(|_| 1),
            color: self.color.map(|_| 1),
            hoist: self.hoist.map(|_| 1),
        };
        object.put("filter", &filter);
        object.put("info", &Values { name: self.name.as_deref(), color: self.color, hoist });
    }

    fn check(&self) -> Result<(), Invalid> {
        let nothing = self.name.is_none() && self.color.is_none() && self.hoist.is_none();
        unless(nothing, "name", Flaw::Missing)
    }
}

/// A channel that is named by an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelRef {
    id: String,
}

impl<T: Into<String>> From<T> for ChannelRef {
    fn from(id: T) -> Self {
        Self { id: id.into() }
    }
}

operations! { Roles;
    /// Reads who has a role, a page of them. Some built-in roles come whole; no data is the last page. See
    /// [`Pages`](crate::api::Pages).
    61 ListRoleMembers Get ["guilds" guild_id, "roles" role_id, "members"] => one RoleMembers {
        flags: PrivateDomain,
        check: members,
        query {
            /// `next` of the page before; `0` for the first.
            "start_index" => start_index: String,
            /// How many, 1 to 400.
            "limit" => limit: u32,
        }
    }

    /// Reads the roles of a guild.
    62 ListRoles Get ["guilds" guild_id, "roles"] => one GuildRoles {}

    /// Makes a role.
    63 CreateRole Post ["guilds" guild_id, "roles"] => one RoleChanged {
        flags: Admin,
        check: created,
        parts {
            role: RoleChange
        }
    }

    /// Changes a role.
    64 PatchRole Patch ["guilds" guild_id, "roles" role_id] => one RoleChanged {
        flags: Admin,
        check: changed,
        parts {
            role: RoleChange
        }
    }

    /// Deletes a role.
    65 DeleteRole Delete ["guilds" guild_id, "roles" role_id] => none {
        flags: Admin,
    }

    /// Gives a member a role.
    66 AddMemberRole Put ["guilds" guild_id, "members" user_id, "roles" role_id] => none {
        flags: Admin,
        repeat: Idempotent,
        check: given,
        body {
            /// The channel, for the role of channel admins (5) and for no other.
            "channel" => channel: ChannelRef,
        }
    }

    /// Takes a role from a member.
    67 RemoveMemberRole Delete ["guilds" guild_id, "members" user_id, "roles" role_id] => none {
        flags: Admin,
        check: taken,
        body {
            /// The channel, for the role of channel admins (5) and for no other.
            "channel" => channel: ChannelRef,
        }
    }
}

fn members(call: &ListRoleMembers) -> Result<(), Invalid> {
    within(call.limit, 1, 400, "limit")
}

fn created(call: &CreateRole) -> Result<(), Invalid> {
    call.role.check()
}

fn changed(call: &PatchRole) -> Result<(), Invalid> {
    call.role.check()
}

fn given(call: &AddMemberRole) -> Result<(), Invalid> {
    channel(&call.role_id, call.channel.is_some())
}

fn taken(call: &RemoveMemberRole) -> Result<(), Invalid> {
    channel(&call.role_id, call.channel.is_some())
}

fn channel(role_id: &str, is_there: bool) -> Result<(), Invalid> {
    let wanted = role_id == CHANNEL_ADMIN;
    unless(wanted && !is_there, "channel", Flaw::Missing)?;
    unless(!wanted && is_there, "channel", Flaw::OutOfPlace)
}

impl Paged for ListRoleMembers {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        let more = !reply.data.is_empty() && !reply.next.is_empty();
        more.then(|| self.clone().start_index(reply.next.to_string()))
    }
}

//! What members and roles may do in a channel.

use bitflags::bitflags;
use serde::{Serialize, Serializer};

use crate::api::body::Ids;
use crate::api::invalid::{Flaw, Invalid, some, unless};
use crate::api::operation::operations;
use crate::model::Str;
use crate::model::record::record;

bitflags! {
    /// What someone may do in a channel: his own bits and those of his roles together.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct ChannelBits: u64 {
        /// See it.
        const VIEW = 1;
        /// Manage it. Cannot be given or taken here.
        const MANAGE = 1 << 1;
        /// Speak in it.
        const SPEAK = 1 << 2;
        /// Broadcast live in it. Known from two SDKs.
        const LIVE = 1 << 3;
        /// The rest has no names yet and is kept.
        const _ = !0;
    }
}

/// Decimal digits in a text, as the platform wants it.
impl Serialize for ChannelBits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.bits())
    }
}

record! {
    /// What a member or a role may do in a channel.
    ChannelPermissions {
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// The member, if it is about one.
        "user_id" => user_id: Str<'a>,
        /// The role, if it is about one.
        "role_id" => role_id: Str<'a>,
        /// A bit for each right; see [`bits`](Self::bits).
        "permissions" => permissions: Option<u64>,
    }
}

impl ChannelPermissions<'_> {
    /// The rights by their names; none if the platform sent none.
    pub fn bits(&self) -> ChannelBits {
        ChannelBits::from_bits_retain(self.permissions.unwrap_or_default())
    }
}

operations! { Permissions;
    /// Reads what a member may do in a channel.
    68 GetUserPermissions Get ["channels" channel_id, "members" user_id, "permissions"] => one ChannelPermissions {
        flags: Admin,
    }

    /// Changes what a member may do in a channel. A right that is given and taken at once is taken.
    69 SetUserPermissions Put ["channels" channel_id, "members" user_id, "permissions"] => none {
        flags: Admin,
        repeat: Idempotent,
        check: user,
        body {
            /// Rights to give.
            "add" => grant: ChannelBits,
            /// Rights to take.
            "remove" => revoke: ChannelBits,
        }
    }

    /// Reads what a role may do in a channel.
    70 GetRolePermissions Get ["channels" channel_id, "roles" role_id, "permissions"] => one ChannelPermissions {
        flags: Admin,
    }

    /// Changes what a role may do in a channel. That of everyone (1) cannot be changed here.
    71 SetRolePermissions Put ["channels" channel_id, "roles" role_id, "permissions"] => none {
        flags: Admin,
        repeat: Idempotent,
        check: role,
        body {
            /// Rights to give.
            "add" => grant: ChannelBits,
            /// Rights to take.
            "remove" => revoke: ChannelBits,
        }
    }

    /// Changes what several members may do in a channel, at most 50 of them.
    72 SetPermissionsOfMany Put ["channels" channel_id, "permissions"] => none {
        flags: Admin Undocumented,
        repeat: Idempotent,
        check: many,
        needs {
            "user_ids" => user_ids: Ids,
        }
        body {
            /// Rights to give.
            "add" => grant: ChannelBits,
            /// Rights to take.
            "remove" => revoke: ChannelBits,
        }
    }
}

fn user(call: &SetUserPermissions) -> Result<(), Invalid> {
    bits(call.grant, call.revoke)
}

fn role(call: &SetRolePermissions) -> Result<(), Invalid> {
    unless(call.role_id == "1", "role_id", Flaw::OutOfPlace)?;
    bits(call.grant, call.revoke)
}

fn many(call: &SetPermissionsOfMany) -> Result<(), Invalid> {
    some(call.user_ids.len(), 50, "user_ids")?;
    bits(call.grant, call.revoke)
}

fn bits(add: Option<ChannelBits>, remove: Option<ChannelBits>) -> Result<(), Invalid> {
    unless(add.is_none() && remove.is_none(), "add", Flaw::Missing)?;
    for (bits, field) in [(add, "add"), (remove, "remove")] {
        unless(bits.is_some_and(|bits| bits.contains(ChannelBits::MANAGE)), field, Flaw::OutOfPlace)?;
    }
    Ok(())
}

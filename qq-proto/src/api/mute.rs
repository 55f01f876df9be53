//! Silence in guilds.

use crate::api::body::{Decimal, Ids, Members, Object};
use crate::api::invalid::{Flaw, Invalid, unless};
use crate::api::operation::operations;
use crate::model::record::record;
use crate::model::{List, Str};

/// For how long someone may not speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct MuteTime {
    until: Option<u64>,
    seconds: Option<u64>,
}

impl MuteTime {
    /// He may speak again.
    pub const fn off() -> Self {
        Self { until: None, seconds: Some(0) }
    }

    /// For so many seconds from now.
    pub const fn seconds(seconds: u64) -> Self {
        Self { until: None, seconds: Some(seconds) }
    }

    /// Until this moment: seconds since 1970.
    pub const fn until(unix_seconds: u64) -> Self {
        Self { until: Some(unix_seconds), seconds: None }
    }

    /// The same with a length besides the moment, which wins.
    pub const fn or_seconds(mut self, seconds: u64) -> Self {
        self.seconds = Some(seconds);
        self
    }
}

/// Texts of whole seconds, as the documents say. One SDK speaks of milliseconds; it is wrong.
impl Members for MuteTime {
    fn put(&self, object: &mut Object) {
        object.maybe("mute_end_timestamp", self.until.map(Decimal).as_ref());
        object.maybe("mute_seconds", self.seconds.map(Decimal).as_ref());
    }
}

record! {
    /// Those who were silenced.
    Muted {
        /// Their ids; those of admins are missing.
        "user_ids" => user_ids: List<'a, Str<'a>>,
    }
}

operations! { Mute;
    /// Silences everyone in a guild but its admins.
    93 MuteGuild Patch ["guilds" guild_id, "mute"] => none {
        flags: Admin,
        parts {
            time: MuteTime
        }
    }

    /// Silences several members of a guild. Admins cannot be silenced.
    94 MuteGuildMembers Patch ["guilds" guild_id, "mute"] => one Muted {
        flags: Admin,
        check: members,
        needs {
            "user_ids" => user_ids: Ids,
        }
        parts {
            time: MuteTime
        }
    }

    /// Silences a member of a guild. Admins cannot be silenced.
    95 MuteGuildMember Patch ["guilds" guild_id, "members" user_id, "mute"] => none {
        flags: Admin,
        parts {
            time: MuteTime
        }
    }
}

fn members(call: &MuteGuildMembers) -> Result<(), Invalid> {
    // Without ids it would silence everyone.
    unless(call.user_ids.is_empty(), "user_ids", Flaw::Empty)
}

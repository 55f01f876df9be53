//! Private sessions of guilds.

use alloc::string::String;

use crate::api::operation::operations;
use crate::model::record::record;
use crate::model::{Str, Time};

record! {
    /// A private session.
    DmSession {
        /// The guild made up for it: what messages are sent to.
        "guild_id" => guild_id: Str<'a>,
        /// Its channel.
        "channel_id" => channel_id: Str<'a>,
        /// Since when: seconds.
        "create_time" => create_time: Time<'a>,
    }
}

operations! { Dms;
    /// Opens a private session with someone from a guild.
    78 CreateDm Post ["users", "@me", "dms"] => one DmSession {
        repeat: Idempotent,
        needs {
            "recipient_id" => recipient_id: String,
            "source_guild_id" => source_guild_id: String,
        }
    }
}

//! Pinned messages of guild channels.

use crate::api::operation::operations;
use crate::model::record::record;
use crate::model::{List, Str};

record! {
    /// The pinned messages of a channel.
    Pins {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// The messages, at most 20.
        "message_ids" => message_ids: List<'a, Str<'a>>,
    }
}

operations! { Pins;
    /// Reads which messages of a channel are pinned.
    86 GetPins Get ["channels" channel_id, "pins"] => one Pins {}

    /// Pins a message. At most 20 in a channel.
    87 AddPin Put ["channels" channel_id, "pins" message_id] => one Pins {
        repeat: Idempotent,
    }

    /// Unpins a message; see [`all`](Self::all) for all of them.
    88 RemovePin Delete ["channels" channel_id, "pins" message_id] => none {}
}

impl RemovePin {
    /// Unpins all messages of a channel.
    pub fn all(channel_id: impl Into<alloc::string::String>) -> Self {
        Self::new(channel_id, "all")
    }
}

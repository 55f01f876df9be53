//! Channels of guilds: `CHANNEL_CREATE`, `CHANNEL_UPDATE`, `CHANNEL_DELETE`.

use super::record::{codes, record};
use super::text::Str;

record! {
    /// A channel of a guild.
    Channel {
        /// Id, decimal digits.
        "id" => id: Str<'a>,
        /// Its guild.
        "guild_id" => guild_id: Str<'a>,
        /// Name.
        "name" => name: Str<'a>,
        /// What it is for.
        "type" => kind: Option<ChannelKind>,
        /// What a text channel is for.
        "sub_type" => sub_kind: Option<ChannelSubKind>,
        /// Place in the list. In the documents' sample but not in their table.
        "position" => position: Option<i64>,
        /// Who made it.
        "owner_id" => owner_id: Str<'a>,
        /// Who did this.
        "op_user_id" => op_user_id: Str<'a>,
        /// The category it lies in.
        "parent_id" => parent_id: Str<'a>,
        /// Who sees it. Known from the platform's Go SDK.
        "private_type" => private_type: Option<i64>,
        /// Who may speak. Known from the platform's Go SDK.
        "speak_permission" => speak_permission: Option<i64>,
        /// The application of an application channel. Known from the platform's Go SDK.
        "application_id" => application_id: Str<'a>,
        /// What the bot may do. Known from the platform's Go SDK.
        "permissions" => permissions: Str<'a>,
    }
}

codes! {
    /// What a channel is for.
    ChannelKind {
        /// Writing.
        0 => Text,
        /// Speaking.
        2 => Voice,
        /// Grouping channels.
        4 => Category,
        /// Live broadcast.
        10005 => Live,
        /// An application.
        10006 => Application,
        /// A forum.
        10007 => Forum,
    }

    /// What a text channel is for.
    ChannelSubKind {
        /// Talk.
        0 => Chat,
        /// Announcements.
        1 => Notice,
        /// Guidance.
        2 => Guide,
        /// Playing together.
        3 => Team,
    }
}

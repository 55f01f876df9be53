//! Guilds: `GUILD_CREATE`, `GUILD_UPDATE`, `GUILD_DELETE`.

use super::record::record;
use super::text::{Raw, Str, Url};
use super::time::Time;

record! {
    /// A guild. When it was deleted (or the bot removed), as it was before; when it was changed, as it is
    /// now.
    Guild {
        /// Id, decimal digits.
        "id" => id: Str<'a>,
        /// Name.
        "name" => name: Str<'a>,
        /// Picture.
        "icon" => icon: Url<'a>,
        /// What it is about.
        "description" => description: Str<'a>,
        /// Whose it is.
        "owner_id" => owner_id: Str<'a>,
        /// Whether the bot owns it.
        "owner" => owner: bool,
        /// How many are in it.
        "member_count" => member_count: Option<i64>,
        /// How many may be in it.
        "max_members" => max_members: Option<i64>,
        /// When the bot came in.
        "joined_at" => joined_at: Time<'a>,
        /// Who did this; missing in the newest samples of changing and deleting.
        "op_user_id" => op_user_id: Str<'a>,
        /// Channels. Known from the platform's Go SDK.
        "channels" => channels: Raw<'a>,
        /// Known from the platform's Go SDK.
        "union_world_id" => union_world_id: Str<'a>,
        /// Known from the platform's Go SDK.
        "union_org_id" => union_org_id: Str<'a>,
    }
}

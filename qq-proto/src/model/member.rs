//! Members of guilds: `GUILD_MEMBER_ADD`, `GUILD_MEMBER_UPDATE`, `GUILD_MEMBER_REMOVE`.

use super::list::List;
use super::message::User;
use super::record::record;
use super::text::Str;
use super::time::Time;

record! {
    /// A member of a guild, who came, changed or left.
    GuildMember {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// Since when.
        "joined_at" => joined_at: Time<'a>,
        /// Name in this guild; may be empty.
        "nick" => nick: Str<'a>,
        /// Who did this. Equal to the member's id if he left by himself, it seems.
        "op_user_id" => op_user_id: Str<'a>,
        /// Ids of roles: 1 everyone, 2 admin, 4 owner, 5 channel admin, others made by the guild.
        "roles" => roles: List<'a, Str<'a>>,
        /// Who it is.
        "user" => user: User<'a>,
    }
}

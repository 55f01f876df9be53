//! Members of guilds.

use alloc::string::{String, ToString};

use crate::api::invalid::{Invalid, within};
use crate::api::operation::operations;
use crate::api::pages::Paged;
use crate::model::GuildMember;
use crate::model::record::codes;

codes! {
    /// How much of what a member wrote goes with him.
    DeleteHistory {
        /// Nothing.
        0 => Nothing,
        /// Three days.
        3 => ThreeDays,
        /// A week.
        7 => Week,
        /// Half a month.
        15 => HalfMonth,
        /// A month.
        30 => Month,
        /// All.
        -1 => All,
    }
}

operations! { Members;
    /// Reads the members of a guild, a page of them. Pages have various sizes and may repeat people; an empty one is
    /// the last. See [`Pages`](crate::api::Pages).
    58 ListGuildMembers Get ["guilds" guild_id, "members"] => list GuildMember {
        flags: PrivateDomain,
        check: page,
        query {
            /// Members behind this user id: the last one of the page before; `0` for the first page.
            "after" => after: String,
            /// How many, 1 to 400; the platform gives 1 unless told.
            "limit" => limit: u32,
        }
    }

    /// Reads a member of a guild. The only call that fills `union_openid`.
    59 GetGuildMember Get ["guilds" guild_id, "members" user_id] => one GuildMember {}

    /// Takes a member out of a guild. Admins cannot be taken out.
    60 DeleteGuildMember Delete ["guilds" guild_id, "members" user_id] => none {
        flags: PrivateDomain Admin,
        body {
            /// Whether he cannot come back.
            "add_blacklist" => add_blacklist: bool,
            /// How much of what he wrote goes with him.
            "delete_history_msg_days" => delete_history: DeleteHistory,
        }
    }
}

fn page(call: &ListGuildMembers) -> Result<(), Invalid> {
    within(call.limit, 1, 400, "limit")
}

/// Goes on behind the last member.
impl Paged for ListGuildMembers {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        Some(self.clone().after(reply.last()?.user.id.to_string()))
    }
}

//! The bot itself.

use alloc::string::{String, ToString};

use crate::api::invalid::{Invalid, within};
use crate::api::operation::operations;
use crate::api::pages::Paged;
use crate::model::record::record;
use crate::model::{Guild, Str, Url};

record! {
    /// The bot as `GET /users/@me` describes it.
    Me {
        /// Id in the guild system, decimal digits. Not an openid.
        "id" => id: Str<'a>,
        /// Name.
        "username" => username: Str<'a>,
        /// Picture.
        "avatar" => avatar: Url<'a>,
        /// Is a bot: always true.
        "bot" => bot: bool,
        /// The user across the bots of one application; after approval only.
        "union_openid" => union_openid: Str<'a>,
        /// The account in that application.
        "union_user_account" => union_user_account: Str<'a>,
        /// A page from which the bot can be added. In the documents' sample but not in their table.
        "share_url" => share_url: Str<'a>,
        /// What the bot greets with. In the documents' sample but not in their table.
        "welcome_msg" => welcome_msg: Str<'a>,
    }
}

operations! { Users;
    /// Reads who the bot is.
    4 GetMe Get ["users", "@me"] => one Me {
        limit: 50 per 1,
    }

    /// Reads the guilds that the bot is in, a page of them. An empty page is the last one; see
    /// [`Pages`](crate::api::Pages).
    5 ListMyGuilds Get ["users", "@me", "guilds"] => list Guild {
        limit: 50 per 1,
        check: my_guilds,
        query {
            /// Guilds in front of this id, in reverse order. Wins over `after`.
            "before" => before: String,
            /// Guilds behind this id.
            "after" => after: String,
            /// How many, 1 to 100; 100 unless told.
            "limit" => limit: u32,
        }
    }
}

fn my_guilds(call: &ListMyGuilds) -> Result<(), Invalid> {
    within(call.limit, 1, 100, "limit")
}

/// Goes on behind the last guild; in front of it if it goes backwards.
impl Paged for ListMyGuilds {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        let last = reply.last()?.id.to_string();
        Some(if self.before.is_some() { self.clone().before(last) } else { self.clone().after(last) })
    }
}

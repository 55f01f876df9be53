//! Users and the bot: `FRIEND_ADD`, `FRIEND_DEL`, `C2C_MSG_REJECT`, `C2C_MSG_RECEIVE`, `ENTER_AIO`.

use super::record::{codes, record};
use super::text::{Str, Url};
use super::time::Time;

record! {
    /// A user added the bot or removed it, or allows or forbids it to write unasked.
    Friend {
        /// When. Documented as seconds; seen as text and as RFC 3339.
        "timestamp" => timestamp: Time<'a>,
        /// The user, as this bot knows him.
        "openid" => openid: Str<'a>,
        /// How he found the bot. Missing when he adds it again.
        "scene" => scene: Option<FriendScene>,
        /// What the share link carries that he followed.
        "scene_param" => scene_param: Str<'a>,
        /// More about him.
        "author" => author: Option<FriendAuthor<'a>>,
        /// Code of the share link; since September 2026.
        "short_code" => short_code: Str<'a>,
        /// Announced in the platform's Go SDK, never seen.
        "nick" => nick: Str<'a>,
        /// Announced in the platform's Go SDK, never seen.
        "avatar" => avatar: Url<'a>,
    }

    /// More about a user who added or removed the bot.
    FriendAuthor {
        /// The user across the bots of one application.
        "union_openid" => union_openid: Str<'a>,
    }

    /// A user opened the conversation with the bot. Known from the platform's Go SDK, never seen.
    EnterAio {
        /// The user.
        "user_openid" => user_openid: Str<'a>,
        /// From where.
        "from_source" => from_source: Str<'a>,
    }
}

codes! {
    /// How a user found the bot.
    FriendScene {
        /// Not told.
        1000 => Default,
        /// Searching everything.
        1001 => SearchAll,
        /// Searching bots.
        1002 => SearchBots,
        /// In a group.
        1003 => Group,
        /// In the user's own pages.
        1004 => Space,
        /// Profile shared inside QQ.
        2001 => SharedInside,
        /// Profile shared outside.
        2002 => SharedOutside,
        /// Link of the developer, shared inside QQ.
        2003 => LinkInside,
        /// Link of the developer, shared outside.
        2004 => LinkOutside,
    }
}

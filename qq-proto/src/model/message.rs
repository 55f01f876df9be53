//! Messages of guild channels and guild private sessions, where people have decimal ids.
//!
//! One shape for `MESSAGE_CREATE`, `AT_MESSAGE_CREATE` and `DIRECT_MESSAGE_CREATE`.

use super::list::List;
use super::record::record;
use super::text::{Raw, Str, Url};
use super::time::Time;

record! {
    /// A message in a guild channel or a guild private session.
    Message {
        /// Id of the message: for passive replies and for telling repeats.
        "id" => id: Str<'a>,
        /// The channel; in a private session, the session.
        "channel_id" => channel_id: Str<'a>,
        /// The guild. In a private session this is a guild made up for it, the one to send to.
        "guild_id" => guild_id: Str<'a>,
        /// Private session: the guild the user came from.
        "src_guild_id" => src_guild_id: Str<'a>,
        /// This is a private session.
        "direct_message" => direct_message: bool,
        /// What was written; empty for pictures alone. `&`, `<`, `>` of the text come as `&amp;`, `&lt;`,
        /// `&gt;`; mentions are `<@!id>` (the bot's own included), channels `<#id>`, faces `<emoji:id>`.
        "content" => content: Str<'a>,
        /// When it was sent: RFC 3339.
        "timestamp" => timestamp: Time<'a>,
        /// When it was last changed.
        "edited_timestamp" => edited_timestamp: Time<'a>,
        /// Everyone is mentioned.
        "mention_everyone" => mention_everyone: bool,
        /// Who wrote it.
        "author" => author: User<'a>,
        /// The author as member of the guild.
        "member" => member: MessageMember<'a>,
        /// Pictures and files.
        "attachments" => attachments: List<'a, MessageAttachment<'a>>,
        /// Only in echoes of what bots sent.
        "embeds" => embeds: Raw<'a>,
        /// Only in echoes of what bots sent.
        "ark" => ark: Raw<'a>,
        /// Who is mentioned; the bot itself included.
        "mentions" => mentions: List<'a, User<'a>>,
        /// Deprecated since 2022 and still sent.
        "seq" => seq: Option<i64>,
        /// Orders the messages of one channel. Documented as text, typed as number by some.
        "seq_in_channel" => seq_in_channel: Option<u64>,
        /// The message that is quoted.
        "message_reference" => message_reference: Option<MessageReference<'a>>,
    }

    /// Someone in the guild system.
    User {
        /// Decimal digits. Has nothing to do with openids.
        "id" => id: Str<'a>,
        /// Name.
        "username" => username: Str<'a>,
        /// Picture.
        "avatar" => avatar: Url<'a>,
        /// Is a bot.
        "bot" => bot: bool,
        /// The user across the bots of one application; only with an application bound.
        "union_openid" => union_openid: Str<'a>,
        /// The account in that application.
        "union_user_account" => union_user_account: Str<'a>,
    }

    /// The author of a message as member of the guild.
    MessageMember {
        /// Since when.
        "joined_at" => joined_at: Time<'a>,
        /// Name in this guild; seldom sent.
        "nick" => nick: Str<'a>,
        /// Ids of roles: 1 everyone, 2 admin, 4 owner, 5 channel admin, others made by the guild. None in
        /// private sessions.
        "roles" => roles: List<'a, Str<'a>>,
    }

    /// Something attached to a message of the guild system. Only `url` is documented.
    MessageAttachment {
        /// Id.
        "id" => id: Str<'a>,
        /// Where to fetch it. Mostly without its scheme: use [`Url::absolute`].
        "url" => url: Url<'a>,
        /// `image/jpeg` and the like.
        "content_type" => content_type: Str<'a>,
        /// Name of the file.
        "filename" => filename: Str<'a>,
        /// Bytes.
        "size" => size: Option<u64>,
        /// Pixels.
        "width" => width: Option<u32>,
        /// Pixels.
        "height" => height: Option<u32>,
    }

    /// Which message is quoted.
    MessageReference {
        /// Its id.
        "message_id" => message_id: Str<'a>,
        /// Send even if it cannot be found; meant for sending.
        "ignore_get_message_error" => ignore_get_message_error: bool,
    }
}

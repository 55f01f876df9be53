//! Recalled guild messages: `MESSAGE_DELETE`, `PUBLIC_MESSAGE_DELETE`, `DIRECT_MESSAGE_DELETE`. Groups and
//! users have no such event.

use super::message::User;
use super::record::record;
use super::text::Str;

record! {
    /// A message was recalled. Its text is not sent again. The documents have no sample; the shape is that of
    /// the SDKs.
    MessageDelete {
        /// Which one.
        "message" => message: DeletedMessage<'a>,
        /// Who recalled it.
        "op_user" => op_user: User<'a>,
    }

    /// A message that was recalled.
    DeletedMessage {
        /// Its id.
        "id" => id: Str<'a>,
        /// The channel it was in.
        "channel_id" => channel_id: Str<'a>,
        /// The guild it was in.
        "guild_id" => guild_id: Str<'a>,
        /// Who wrote it.
        "author" => author: User<'a>,
        /// It was in a private session.
        "direct_message" => direct_message: bool,
        /// Private session: the guild the user came from.
        "src_guild_id" => src_guild_id: Str<'a>,
    }
}

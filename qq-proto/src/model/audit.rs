//! Verdicts on messages the bot sent that had to wait for one: `MESSAGE_AUDIT_PASS`, `MESSAGE_AUDIT_REJECT`.

use super::record::record;
use super::text::Str;
use super::time::Time;

record! {
    /// What became of a message that was held back. Sending it was answered with the same `audit_id`.
    MessageAudit {
        /// The case.
        "audit_id" => audit_id: Str<'a>,
        /// The message, if it passed.
        "message_id" => message_id: Str<'a>,
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// When it was judged.
        "audit_time" => audit_time: Time<'a>,
        /// When it was sent.
        "create_time" => create_time: Time<'a>,
        /// Orders the messages of one channel. Documented as text.
        "seq_in_channel" => seq_in_channel: Option<u64>,
        /// Known from one SDK.
        "user_openid" => user_openid: Str<'a>,
        /// Known from one SDK.
        "group_openid" => group_openid: Str<'a>,
    }
}

//! Subscriptions to message templates: `SUBSCRIBE_MESSAGE_STATUS`.

use super::list::List;
use super::record::{codes, record};
use super::text::Str;
use super::time::Time;

record! {
    /// Someone allowed or refused messages of some templates.
    SubscribeMessageStatus {
        /// The group, if one did.
        "group_openid" => group_openid: Str<'a>,
        /// The user, if one did.
        "openid" => openid: Str<'a>,
        /// One per template.
        "result" => result: List<'a, SubscribeResult<'a>>,
    }

    /// What was decided about a template.
    SubscribeResult {
        /// The template.
        "template_id" => template_id: Option<i64>,
        /// The bot's own name for it.
        "custom_template_id" => custom_template_id: Str<'a>,
        /// The decision.
        "op" => op: Option<SubscribeOp>,
        /// The subscription.
        "subscribe_id" => subscribe_id: Str<'a>,
        /// Since when.
        "subscribe_ts" => subscribe_ts: Time<'a>,
        /// When it was last changed.
        "update_ts" => update_ts: Time<'a>,
    }
}

codes! {
    /// A decision about a template.
    SubscribeOp {
        /// May be sent.
        1 => Allow,
        /// May not.
        2 => Refuse,
    }
}

//! A request and a reply for every operation, with values of our own. The example `operations` shows them.

mod bot;
mod groups;
mod guilds;
mod messages;
mod moderation;

use alloc::string::String;
use alloc::vec::Vec;

use qq_proto::api::{ApiRequest, CallError, Invalid, Outcome};
use serde_json::Value;

/// A call, what it must become, and what is answered.
pub(crate) struct Sample {
    pub(crate) number: u16,
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) query: &'static str,
    /// JSON, or a form with plain line ends and `BOUNDARY` for its boundary; empty for none.
    pub(crate) body: &'static str,
    pub(crate) status: u16,
    pub(crate) reply: &'static str,
    pub(crate) request: fn() -> ApiRequest,
    pub(crate) check: fn() -> Result<(), Invalid>,
    pub(crate) read: fn(&Outcome, &Value) -> Result<(), CallError>,
    pub(crate) debug: fn() -> String,
    /// Reads a reply and says whether it could be read.
    pub(crate) reads: fn(&Outcome) -> bool,
}

/// Reads a reply of this call.
pub(crate) fn reply_to<C: qq_proto::Call>(_: &C, outcome: &Outcome) -> Result<C::Reply, CallError> {
    C::read(outcome)
}

/// `number "name" = call; METHOD "path" "query" "body" => status "reply"`. `inspect`, which compares a reply with its
/// JSON, is found beside the module of the samples.
macro_rules! samples {
    ($(
        $number:literal $name:literal = $call:expr;
        $method:ident $path:literal $query:literal $body:literal => $status:literal $reply:literal
    )+) => {
        pub(super) const SAMPLES: &[super::Sample] = &[ $( super::Sample {
            number: $number,
            name: $name,
            method: stringify!($method),
            path: $path,
            query: $query,
            body: $body,
            status: $status,
            reply: $reply,
            request: || qq_proto::Call::request(&$call),
            check: || qq_proto::Call::check(&$call),
            read: |outcome, json| {
                let reply = super::reply_to(&$call, outcome)?;
                super::super::inspect(&reply, json, $name);
                Ok(())
            },
            debug: || alloc::format!("{:?}", $call),
            reads: |outcome| super::reply_to(&$call, outcome).is_ok(),
        }, )+ ];
    };
}

pub(crate) use samples;

/// All of them.
pub(crate) fn all() -> Vec<&'static Sample> {
    [bot::SAMPLES, messages::SAMPLES, groups::SAMPLES, guilds::SAMPLES, moderation::SAMPLES]
        .into_iter()
        .flatten()
        .collect()
}

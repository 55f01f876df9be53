//! What a call to the platform's REST API is, and what its answers mean.

mod error;
mod reply;
mod request;

pub(crate) use error::Answer;
pub use error::{ApiError, CallError, ErrorClass};
pub use reply::{ReplyTo, Scene, Sent, TextReply, Trigger};
pub use request::{ApiRequest, Call, Outcome, RawCall, Repeat};

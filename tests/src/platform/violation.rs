//! What a bot did wrong.

use std::time::Duration;

use serde::Serialize;

/// A rule of the platform that a bot can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// Identify or Resume came before Hello had been sent.
    HandshakeBeforeHello,
    /// More Identifies within five seconds than `max_concurrency` allows.
    IdentifyTooSoon,
    /// Identify although no session start is left.
    NoStartsLeft,
    /// Identify or Resume on a connection that already has a session.
    HandshakeTwice,
    /// Intents are zero.
    ZeroIntents,
    /// The shard pair makes no sense.
    ShardPair,
    /// The token was sent without `QQBot ` before it.
    TokenPrefix,
    /// The token was never issued.
    UnknownToken,
    /// The token ran out long ago.
    ExpiredToken,
    /// Resume from a sequence number the session has not reached.
    ResumeFromFuture,
    /// A second connection for a shard that has a live one.
    SecondLink,
    /// A beat before Hello had been sent.
    BeatBeforeHello,
    /// A beat later than the interval of Hello allows.
    BeatLate,
    /// No beat at all for as long as the server waits.
    BeatsStopped,
    /// Two beats at once without being asked.
    BeatFlood,
    /// A beat whose number is no number, or one the session has not reached.
    BeatNumber,
    /// Frames faster than the platform takes them.
    FrameFlood,
    /// A frame with an op the bot has no business to send.
    UnknownOp,
    /// A frame that cannot be read.
    BadPayload,
    /// A binary frame.
    BinaryFrame,
    /// A frame on a connection the bot itself had ended.
    FrameAfterHangUp,
    /// A connection number that was used before, or one that does not exist.
    LinkNumber,
    /// A token request less than a second after the one before.
    TokenTooSoon,
    /// A token request while another has not been answered.
    TokenInParallel,
    /// A token request the endpoint cannot read.
    TokenRequest,
    /// An API call without the header `Authorization: QQBot <token>`.
    Authorization,
    /// A body the endpoint cannot read.
    BadBody,
    /// Both `msg_id` and `event_id` in one message.
    TwoReplyIds,
    /// A reply to a message or an event that was never sent, or to another conversation.
    UnknownReplyId,
    /// A reply after its time had passed.
    ReplyTooLate,
    /// More replies than the platform allows for one message.
    ReplyTooMany,
    /// A `msg_seq` used again for a different content.
    SeqReused,
    /// A button press that was acknowledged twice, too late, or under a name that is not its id.
    Acknowledgement,
    /// A stream that goes backwards, changes what was shown, or goes on after its end.
    StreamOrder,
    /// An upload whose parts, sizes and hashes do not agree.
    UploadMismatch,
    /// The bot's token sent to a foreign host.
    TokenToForeignHost,
    /// The address answers its validation wrongly.
    CallbackValidation,
    /// The address refuses an event that is signed rightly.
    CallbackRefused,
    /// The address answers an event with something that cannot be read.
    CallbackAnswer,
    /// The address takes a forged request for one of the platform's.
    CallbackForged,
    /// The address signs an event for somebody who asks.
    CallbackOracle,
    /// A path or method the platform does not have.
    NoSuchEndpoint,
}

/// One broken rule. The text holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// When the platform saw it.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// Which rule.
    pub rule: Rule,
    /// The connection it happened on, if it was one.
    pub link: Option<u64>,
    /// What exactly, for people.
    pub text: String,
}

/// Times go out as seconds, which people and other languages read alike.
pub(crate) fn seconds<S: serde::Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(at.as_secs_f64())
}

//! What can go wrong, as data: the virtual world, a loopback server and its control interface share one list.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::Hidden;

/// Something the platform does to a bot, now or at the next occasion.
///
/// As JSON it is an object whose field `incident` names the kind:
/// `{"incident":"close","shard":0,"code":4009}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "incident", rename_all = "snake_case")]
pub enum Incident {
    /// Closes the shard's connection with a code.
    Close {
        /// Which shard.
        shard: u32,
        /// Any close code.
        code: u16,
    },
    /// Ends the shard's connection without a close frame.
    Cut {
        /// Which shard.
        shard: u32,
    },
    /// Sends op 7 and leaves the connection open.
    ReconnectRequest {
        /// Which shard.
        shard: u32,
    },
    /// Sends op 9 in the middle of a connection.
    InvalidSession {
        /// Which shard.
        shard: u32,
        /// Whether the session may still be resumed; if not, the platform forgets it.
        resumable: bool,
    },
    /// Stops answering beats, or starts again.
    WithholdAcks {
        /// Which shard.
        shard: u32,
        /// True: no more op 11.
        on: bool,
    },
    /// Makes the connection half-open: nothing is sent and nothing that arrives is acted upon, for good.
    Silence {
        /// Which shard.
        shard: u32,
    },
    /// Sends op 1, which asks the bot for a beat at once.
    ServerHeartbeat {
        /// Which shard.
        shard: u32,
    },
    /// Sends something unusual.
    Garbage {
        /// Which shard.
        shard: u32,
        /// What.
        kind: Garbage,
    },
    /// Sends the newest event once more.
    DuplicateLast {
        /// Which shard.
        shard: u32,
        /// With its old number, or as a new dispatch with the same event id.
        renumbered: bool,
    },
    /// Leaves out sequence numbers.
    SkipSeq {
        /// Which shard.
        shard: u32,
        /// How many.
        by: u32,
    },
    /// Every token that was issued stops being valid now.
    ExpireTokens,
    /// The platform restarts: connections are cut and sessions are gone, tokens stay.
    ForgetSessions,
    /// The next connections are accepted and never greeted.
    NoHello {
        /// How many.
        dials: u32,
    },
    /// The next connections are greeted with this interval, whatever it is; `null` leaves the field out.
    OddHello {
        /// How many.
        dials: u32,
        /// The value of `heartbeat_interval`.
        interval: Value,
    },
    /// The next connections are refused.
    RefuseDials {
        /// How many.
        dials: u32,
    },
    /// All connections are refused for a while.
    RefuseDialsFor {
        /// How long.
        millis: u64,
    },
    /// The next connections are neither accepted nor refused.
    HangDials {
        /// How many.
        dials: u32,
    },
    /// The bot's secret is changed in the console; tokens that exist stay valid.
    RotateSecret {
        /// The new secret.
        secret: Hidden,
    },
    /// Intents are granted to the bot, or withdrawn. Connections that exist stay, and bring no events of what is
    /// withdrawn.
    Grant {
        /// All that is granted from now on.
        intents: u32,
    },
    /// The next requests to an endpoint fail.
    FailNext {
        /// Which requests.
        endpoint: Endpoint,
        /// In which way.
        how: Failure,
        /// How many.
        times: u32,
    },
    /// The next calls of one operation fail.
    FailOperation {
        /// Its name in [`ROUTES`](super::ROUTES), for instance `guild_get`.
        operation: String,
        /// In which way.
        how: Failure,
        /// How many.
        times: u32,
    },
    /// The bot must not speak in a group for a while.
    MuteBot {
        /// The group's openid.
        group: String,
        /// For how long; zero ends it.
        seconds: u64,
    },
    /// The next handshakes on the gateway fail.
    FailHandshake {
        /// Which handshakes.
        what: Handshake,
        /// In which way.
        how: HandshakeFailure,
        /// How many.
        times: u32,
    },
    /// Sets the number of session starts that are left.
    SetRemaining {
        /// The number.
        remaining: u32,
        /// When all of them come back.
        reset_after_millis: u64,
    },
}

/// Unusual frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Garbage {
    /// Text that is no JSON.
    Junk,
    /// JSON that is no frame.
    NotAFrame,
    /// A frame with an op nobody knows.
    UnknownOp,
    /// The first half of an event. It takes a number, and a Resume from before it brings the whole.
    Truncated,
    /// An event in a binary frame; a bot has to take it.
    Binary,
    /// An event of 5 MiB; a bot has to take it.
    Huge,
}

/// The requests a failure is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The token endpoint.
    Token,
    /// `/gateway` and `/gateway/bot`.
    Discovery,
    /// All endpoints that send messages.
    Send,
    /// Everything else.
    Other,
}

/// How a request fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// This status with this body.
    Status {
        /// The status.
        status: u16,
        /// The body, sent as JSON whether it is or not.
        body: String,
    },
    /// This status with the platform's error body.
    Error {
        /// The status.
        status: u16,
        /// `code` and `err_code`.
        code: i64,
    },
    /// This status with an error body whose two numbers differ.
    ErrorPair {
        /// The status.
        status: u16,
        /// `code`.
        code: i64,
        /// `err_code`.
        err_code: i64,
    },
    /// Status 200 with an error inside.
    ErrorIn200 {
        /// The code.
        code: i64,
    },
    /// Status 502 with a page of HTML.
    Html502,
    /// Any status with a page of HTML.
    Html {
        /// The status.
        status: u16,
    },
    /// Status 429.
    Status429,
    /// Sends only: status 202, the message is held for review, and an event tells how that ended.
    Audit {
        /// Whether the message appears in the end.
        pass: bool,
        /// How long the review takes.
        after_millis: u64,
    },
    /// No answer ever.
    Hang,
    /// The connection ends without an answer; nothing was done.
    LostRequest,
    /// What was asked for is done, and the connection ends without an answer.
    LostReply,
    /// Token endpoint only: a token that is not valid anywhere, the same each time.
    BadToken,
}

/// What a bot opens a connection for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handshake {
    /// A new session.
    Identify,
    /// An old session.
    Resume,
}

/// How a handshake fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandshakeFailure {
    /// Op 9, and nothing else.
    InvalidSession {
        /// Its `d`.
        resumable: bool,
    },
    /// A close code.
    Close {
        /// Which.
        code: u16,
    },
    /// The end of the connection.
    Cut,
    /// No answer.
    Ignore,
    /// Success, and a close code right after it.
    AcceptThenClose {
        /// Which.
        code: u16,
    },
    /// Success, and a half-open connection from then on.
    AcceptThenSilence,
}

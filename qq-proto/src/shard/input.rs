//! What can happen to a shard, and what it is called.

use alloc::string::String;
use core::time::Duration;

use crate::io::TransportError;
use crate::wire::Parts;

/// What can happen to a shard.
#[derive(Debug)]
pub(crate) enum ShardInput {
    /// Its turn to connect.
    Admit {
        url: String,
    },
    /// Its turn to identify.
    Permit,
    /// A limiter outside lets it identify.
    Granted,
    Opened,
    Hello {
        every: Duration,
    },
    Ready {
        session: String,
        seq: Option<u64>,
        user_id: String,
        username: String,
    },
    Resumed {
        seq: Option<u64>,
    },
    Dispatch(Parts),
    BeatAcked,
    BeatAsked,
    ReconnectAsked,
    Invalid {
        resumable: bool,
    },
    Closed {
        code: Option<u16>,
    },
    Failed(TransportError),
    /// The embedder stops or goes on reading.
    Paused(bool),
    /// The phase's own deadline has come.
    Timer,
    Stop {
        code: u16,
    },
    Restart {
        fresh: bool,
    },
    /// The platform refuses app id or secret, and no token is left.
    NoCredentials {
        code: i64,
    },
}

impl ShardInput {
    /// What it is called in a fault, when it comes in a phase where it makes no sense.
    pub(crate) const fn what(&self) -> &'static str {
        match self {
            Self::Admit { .. } => "a turn to connect",
            Self::Permit => "a turn to identify",
            Self::Granted => "an identify slot",
            Self::Opened => "an opened socket",
            Self::Hello { .. } => "hello",
            Self::Ready { .. } => "READY",
            Self::Resumed { .. } => "RESUMED",
            Self::Dispatch(_) => "an event",
            Self::BeatAcked => "a heartbeat's acknowledgement",
            Self::BeatAsked => "a request for a heartbeat",
            Self::ReconnectAsked => "a request to reconnect",
            Self::Invalid { .. } => "an invalid session",
            Self::Closed { .. } => "a close",
            Self::Failed(_) => "a failure",
            Self::Paused(_) => "a pause of reading",
            Self::Timer => "a timer",
            Self::Stop { .. } => "a stop",
            Self::Restart { .. } => "a restart",
            Self::NoCredentials { .. } => "refused credentials",
        }
    }
}

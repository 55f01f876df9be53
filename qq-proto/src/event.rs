//! News for the application.

use alloc::string::String;
use core::fmt;

use crate::api::ApiError;
use crate::calls::Reply;
use crate::dispatch::Dispatch;
use crate::id::ShardIndex;
use crate::intents::Intents;
use crate::io::TransportError;
use crate::session::Session;
use crate::time::Timestamp;
use crate::wire::FrameError;

/// News for the application. It may be ignored without harm to the protocol.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A shard has a fresh session: an identify was spent.
    Ready(Ready),
    /// A shard continues its session; everything missed has been replayed before this.
    Resumed {
        /// Which shard.
        shard: ShardIndex,
        /// How many events were replayed on this connection.
        replayed: u64,
    },
    /// The platform pushed an event.
    Dispatch(Dispatch),
    /// The outcome of a call, to be opened with its ticket.
    Reply(Reply),
    /// A shard has changed its phase.
    Moved {
        /// Which shard.
        shard: ShardIndex,
        /// The phase it is in now.
        to: PhaseName,
        /// What made it move.
        why: Cause,
        /// When it tries again, if it rests.
        next_try: Option<Timestamp>,
    },
    /// Something odd happened and was survived.
    Fault(Fault),
    /// A shard will not try again by itself. Ask for [`Client::restart`](crate::Client::restart) when the reason is
    /// mended.
    Halted {
        /// Which shard.
        shard: ShardIndex,
        /// Why, and what to do about it.
        reason: Halt,
    },
    /// With [`IdentifySlots::Granted`](crate::IdentifySlots::Granted): a shard is ready to identify and asks the
    /// limiter outside for a slot, to be granted with [`Input::IdentifySlot`](crate::Input::IdentifySlot).
    IdentifySlotWanted {
        /// Which shard.
        shard: ShardIndex,
    },
    /// A stop that was asked for is complete: no connection, no exchange, no deadline is left.
    Stopped,
}

/// A fresh session, and who the bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ready {
    /// Which shard.
    pub shard: ShardIndex,
    /// The session, for storing.
    pub session: Session,
    /// The bot's id in the guild system (digits, not an openid); empty if the platform left it out.
    pub user_id: String,
    /// The bot's name; empty if the platform left it out.
    pub username: String,
    /// Counts the sessions of this shard, to tell which one an event belongs to.
    pub(crate) generation: u32,
}

/// The phase of a shard. Each name finishes the sentence "the shard is ..".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PhaseName {
    /// Waiting for its turn: for a token, the gateway's address, or an identify slot that is near.
    Queued,
    /// Opening its socket.
    Dialing,
    /// Waiting for Hello.
    Greeting,
    /// Has Hello, waits for an identify slot.
    Greeted,
    /// Has sent identify or resume, waits for the answer.
    Joining,
    /// Connected and receiving.
    Live,
    /// Pausing before the next attempt.
    Resting,
    /// Out of service until it is restarted.
    Halted,
}

impl fmt::Display for PhaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queued => "queued",
            Self::Dialing => "dialing",
            Self::Greeting => "greeting",
            Self::Greeted => "greeted",
            Self::Joining => "joining",
            Self::Live => "live",
            Self::Resting => "resting",
            Self::Halted => "halted",
        })
    }
}

/// What made a shard move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// It was its turn to connect.
    Turn,
    /// The socket opened.
    Opened,
    /// Hello came.
    Hello,
    /// An identify slot came.
    Slot,
    /// READY came.
    Ready,
    /// RESUMED came.
    Resumed,
    /// Its pause is over.
    Rested,
    /// The server asked for a reconnect (op 7).
    ReconnectAsked,
    /// The server called the session invalid (op 9).
    SessionInvalid {
        /// Whether it said that the session can still be resumed.
        resumable: bool,
    },
    /// The server refused the identify (op 9).
    IdentifyRefused,
    /// The connection was closed.
    Closed {
        /// The close code, if there was one.
        code: Option<u16>,
    },
    /// The connection could not be made, or broke.
    Failed(TransportError),
    /// Two heartbeats stayed unanswered.
    DeadLink,
    /// The next step of the handshake did not come in time.
    TimedOut,
    /// The token expired while the socket was being opened.
    NoToken,
    /// The application asked for a restart.
    Restart,
    /// The application asked for a stop.
    Stop,
    /// The platform refuses the app id or its secret.
    Credentials,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turn => f.write_str("it is its turn"),
            Self::Opened => f.write_str("the socket is open"),
            Self::Hello => f.write_str("hello came"),
            Self::Slot => f.write_str("an identify slot is free"),
            Self::Ready => f.write_str("a new session began"),
            Self::Resumed => f.write_str("the session continues"),
            Self::Rested => f.write_str("the pause is over"),
            Self::ReconnectAsked => f.write_str("the server asked for a reconnect"),
            Self::SessionInvalid { resumable: true } => {
                f.write_str("the server called the session invalid but resumable")
            }
            Self::SessionInvalid { resumable: false } => f.write_str("the server called the session invalid"),
            Self::IdentifyRefused => f.write_str("the server refused the identify"),
            Self::Closed { code: Some(code) } => write!(f, "the server closed with {code}"),
            Self::Closed { code: None } => f.write_str("the connection ended"),
            Self::Failed(error) => error.fmt(f),
            Self::DeadLink => f.write_str("heartbeats stayed unanswered"),
            Self::TimedOut => f.write_str("the handshake took too long"),
            Self::NoToken => f.write_str("the token expired meanwhile"),
            Self::Restart => f.write_str("a restart was asked for"),
            Self::Stop => f.write_str("a stop was asked for"),
            Self::Credentials => f.write_str("the platform refuses the app id or secret"),
        }
    }
}

/// Whom to be angry with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// The other end of a connection sent something undecodable or out of place.
    Peer,
    /// The platform refused.
    Platform,
    /// The way to the platform.
    Network,
    /// The program that drives the core, or its configuration.
    Host,
}

/// Something odd that was survived. It never holds a payload, a token or a user's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A frame could not be read; the connection goes on.
    #[error("shard {shard}: a frame could not be read: {error}")]
    Frame {
        /// Which shard.
        shard: ShardIndex,
        /// What was wrong with it.
        error: FrameError,
    },
    /// READY could not be read or named no session.
    #[error("shard {shard}: READY names no session")]
    BadReady {
        /// Which shard.
        shard: ShardIndex,
    },
    /// A frame that makes no sense in this phase.
    #[error("shard {shard}: {what} makes no sense while it is {phase}")]
    OutOfPlace {
        /// Which shard.
        shard: ShardIndex,
        /// What came.
        what: &'static str,
        /// The phase it came in.
        phase: PhaseName,
    },
    /// An op code that nobody has described yet.
    #[error("shard {shard}: unknown op {op}")]
    UnknownOp {
        /// Which shard.
        shard: ShardIndex,
        /// The op code.
        op: i64,
    },
    /// Hello had no usable heartbeat interval; 30 s are used.
    #[error("shard {shard}: hello has no usable heartbeat interval, using 30 s")]
    OddInterval {
        /// Which shard.
        shard: ShardIndex,
    },
    /// No token could be had.
    #[error("no access token: {error}; next try at {next_try}")]
    Token {
        /// Why.
        error: ExchangeError,
        /// When it is tried again.
        next_try: Timestamp,
    },
    /// The platform refuses the app id or secret. No further token is asked for.
    #[error("the platform refuses the app id or secret: {error}")]
    Credentials {
        /// The platform's answer.
        error: ApiError,
    },
    /// A token that the platform called bad came back unchanged.
    #[error("the same rejected token came back; next try at {next_try}")]
    SameToken {
        /// When it is tried again.
        next_try: Timestamp,
    },
    /// The gateway's address could not be had.
    #[error("no gateway address: {error}; next try at {next_try}")]
    Discovery {
        /// Why.
        error: ExchangeError,
        /// When it is tried again.
        next_try: Timestamp,
    },
    /// The gateway address is one that a secret may not be sent to.
    #[error("the gateway address is neither wss nor on this machine")]
    InsecureGateway,
    /// The platform advises more shards than the limit allows; the limit is used.
    #[error("the platform advises {advised} shards, {used} are used")]
    TooManyShards {
        /// What the platform said.
        advised: u64,
        /// What is used.
        used: u32,
    },
    /// Stored sessions belong to another number of shards, or have a number that cannot be, and were dropped.
    #[error("{dropped} stored sessions do not belong to a bot of {shards} shards")]
    SessionsDropped {
        /// How many were dropped.
        dropped: u32,
        /// The number of shards now.
        shards: u32,
    },
    /// No identify is left for today.
    #[error("no identify is left; the count resets at {until}")]
    NoIdentifyLeft {
        /// When the count resets.
        until: Timestamp,
    },
    /// The server refused an identify with op 9: the intents are not granted, or the token is bad.
    #[error(
        "shard {shard}: identify refused {times} times in a row; are the intents {intents} granted to this bot?"
    )]
    IdentifyRefused {
        /// Which shard.
        shard: ShardIndex,
        /// How often in a row.
        times: u32,
        /// What was asked for.
        intents: Intents,
    },
    /// The server refused intents; with [`Config::intents_ladder`](crate::Config) the bot goes on with fewer. Some of
    /// those that are named may be granted: the server does not say which it meant.
    #[error(
        "shard {shard}: refused: the intents {refused}, not all of which are granted to this bot (apply for them in \
         the platform's console); it goes on with {left}"
    )]
    IntentsRefused {
        /// The shard that was refused; what follows holds for all.
        shard: ShardIndex,
        /// What is no longer asked for.
        refused: Intents,
        /// What is asked for from now on.
        left: Intents,
    },
    /// A session could not be resumed and was given up; events since its last sequence number may be lost.
    #[error("shard {shard}: the session could not be resumed, a new one begins")]
    SessionLost {
        /// Which shard.
        shard: ShardIndex,
    },
}

impl Fault {
    /// Whom to be angry with.
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Frame { .. }
            | Self::BadReady { .. }
            | Self::OutOfPlace { .. }
            | Self::UnknownOp { .. }
            | Self::OddInterval { .. } => Blame::Peer,
            Self::Token { error, .. } | Self::Discovery { error, .. } => error.blame(),
            Self::SameToken { .. }
            | Self::InsecureGateway
            | Self::TooManyShards { .. }
            | Self::NoIdentifyLeft { .. }
            | Self::SessionLost { .. } => Blame::Platform,
            Self::Credentials { .. }
            | Self::SessionsDropped { .. }
            | Self::IdentifyRefused { .. }
            | Self::IntentsRefused { .. } => Blame::Host,
        }
    }
}

/// Why an exchange of the core's own (token, discovery) gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// There was no reply.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The platform answered with an error.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The reply was not what it should be, for example an HTML page.
    #[error("the reply with status {status} could not be understood")]
    Malformed {
        /// The HTTP status.
        status: u16,
    },
}

impl ExchangeError {
    const fn blame(&self) -> Blame {
        match self {
            Self::Transport(_) => Blame::Network,
            Self::Api(_) | Self::Malformed { .. } => Blame::Platform,
        }
    }
}

/// Why a shard will not try again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Halt {
    /// A stop was asked for.
    #[error("stopped")]
    Stopped,
    /// The token endpoint refuses the app id or secret.
    #[error("the platform refuses the app id or secret (code {code})")]
    Credentials {
        /// The platform's code: 100007, 100016 or 10004.
        code: i64,
    },
    /// The gateway closed with a code that says: do not come back like this.
    #[error("the gateway closed with {code}")]
    Close {
        /// The close code.
        code: u16,
    },
}

impl Halt {
    /// What a person can do about it, in one sentence.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Stopped => "start it again when it is wanted",
            Self::Credentials { code: 100_016 } => "check the app secret in the platform's console",
            Self::Credentials { .. } => "check the app id: the platform knows no such bot, or has banned it",
            Self::Close { code: 4001 | 4002 } => "this is a bug in this library: please report it",
            Self::Close { code: 4010 } => {
                "check the shard range: the index must be below the number of shards"
            }
            Self::Close { code: 4011 } => {
                "use more shards: this bot is in too many guilds for one connection"
            }
            Self::Close { code: 4012 } => "the gateway speaks another version: update this library",
            Self::Close { code: 4013 } => "check the intents: one of the bits does not exist",
            Self::Close { code: 4014 } => "remove intents that the bot is not granted, or apply for them",
            Self::Close { code: 4914 } => {
                "the bot is delisted or not yet released: use the sandbox, or publish it"
            }
            Self::Close { code: 4915 } => "the bot is banned: ask the platform's support",
            Self::Close { .. } => "look the close code up in the platform's documentation",
        }
    }
}

/// The last thing that went wrong with a shard, for [`ShardView`](crate::ShardView).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastFault {
    /// What made it lose its connection.
    pub cause: Cause,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    const SHARD: ShardIndex = ShardIndex::new(3);

    #[test]
    fn a_fault_says_whom_to_be_angry_with() {
        let next_try = Timestamp::from_millis(9500);
        let transport = ExchangeError::Transport(TransportError::Dns);
        let malformed = ExchangeError::Malformed { status: 200 };
        for (fault, blame, text) in [
            (
                Fault::Frame { shard: SHARD, error: FrameError::NotJson },
                Blame::Peer,
                "shard 3: a frame could not be read: the frame is not well-formed JSON",
            ),
            (
                Fault::OutOfPlace { shard: SHARD, what: "hello", phase: PhaseName::Live },
                Blame::Peer,
                "shard 3: hello makes no sense while it is live",
            ),
            (Fault::UnknownOp { shard: SHARD, op: -7 }, Blame::Peer, "shard 3: unknown op -7"),
            (
                Fault::Token { error: transport.clone(), next_try },
                Blame::Network,
                "no access token: the host name could not be resolved; next try at 9.500 s",
            ),
            (
                Fault::Discovery { error: malformed, next_try },
                Blame::Platform,
                "no gateway address: the reply with status 200 could not be understood; next try at 9.500 s",
            ),
            (
                Fault::SameToken { next_try },
                Blame::Platform,
                "the same rejected token came back; next try at 9.500 s",
            ),
            (
                Fault::IdentifyRefused { shard: SHARD, times: 2, intents: Intents::GUILDS },
                Blame::Host,
                "shard 3: identify refused 2 times in a row; are the intents GUILDS granted to this bot?",
            ),
            (
                Fault::IntentsRefused {
                    shard: SHARD,
                    refused: Intents::INTERACTION | Intents::MESSAGE_AUDIT,
                    left: Intents::GUILDS,
                },
                Blame::Host,
                "shard 3: refused: the intents INTERACTION|MESSAGE_AUDIT, not all of which are granted to this bot \
                 (apply for them in the platform's console); it goes on with GUILDS",
            ),
        ] {
            assert_eq!((fault.to_string().as_str(), fault.blame()), (text, blame));
        }
    }

    #[test]
    fn each_cause_reads_as_the_end_of_a_sentence() {
        let mut seen = alloc::collections::BTreeSet::new();
        for cause in [
            Cause::Turn,
            Cause::Opened,
            Cause::Hello,
            Cause::Slot,
            Cause::Ready,
            Cause::Resumed,
            Cause::Rested,
            Cause::ReconnectAsked,
            Cause::SessionInvalid { resumable: true },
            Cause::SessionInvalid { resumable: false },
            Cause::IdentifyRefused,
            Cause::Closed { code: Some(4009) },
            Cause::Closed { code: None },
            Cause::Failed(TransportError::Status(403)),
            Cause::DeadLink,
            Cause::TimedOut,
            Cause::NoToken,
            Cause::Restart,
            Cause::Stop,
            Cause::Credentials,
        ] {
            let text = cause.to_string();
            assert!(text.starts_with(|c: char| c.is_lowercase()) && !text.ends_with('.'), "{text}");
            assert!(seen.insert(text), "{cause:?} reads like another one");
        }
    }

    #[test]
    fn events_are_small_enough_to_be_queued() {
        // One for each frame that is handed out; the payload stays where it is.
        assert!(size_of::<Event>() <= 128, "{}", size_of::<Event>());
    }
}

//! Moves: what can happen to a client, told so that it can happen to any client at any time.

use std::time::Duration;

use bytes::Bytes;
use qq_proto::{Leave, Restart, TransportError};

use super::catalog;
use crate::choices::Choices;

/// One thing that happens. `which` is an index into what is outstanding at that moment, modulo its length; where nothing
/// is outstanding, nothing happens. So every list of moves applies to every client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Move {
    /// Time passes, and the client is woken at its deadlines.
    Wait(Duration),
    /// Time passes up to the next deadline, and the client is woken.
    Wake,
    /// Time passes and nobody wakes the client until all of it is over.
    Oversleep(Duration),
    /// A tick that nobody asked for.
    Tick,
    /// A tick by a clock that has gone back.
    ClockBack(Duration),
    /// Something outstanding gets what a platform in good health gives: a request its reply, a dial its socket, a socket
    /// its Hello, an identify its READY, a resume its RESUMED, a beat its acknowledgement, an idle link an event.
    Serve {
        /// Among all exchanges and connections.
        which: usize,
    },
    /// An HTTP exchange ends.
    Answer {
        /// Among the exchanges.
        which: usize,
        /// How.
        outcome: Answer,
    },
    /// A connection's WebSocket handshake is done.
    Open {
        /// Among the connections.
        which: usize,
    },
    /// A frame comes.
    Frame {
        /// Among the connections.
        which: usize,
        /// What it says.
        frame: Said,
    },
    /// The peer closes.
    Close {
        /// Among the connections.
        which: usize,
        /// The close code.
        code: Option<u16>,
    },
    /// A dial or a connection fails.
    Fail {
        /// Among the connections.
        which: usize,
        /// How.
        error: TransportError,
    },
    /// The embedder stops reading, because the application is slow.
    Pause {
        /// Among the connections.
        which: usize,
    },
    /// The embedder reads again.
    Resume {
        /// Among the connections.
        which: usize,
    },
    /// The embedder forgets an exchange or a connection: nothing about it is ever told. One that is not being read is
    /// read again instead.
    Lose {
        /// Among all exchanges and connections.
        which: usize,
    },
    /// A late word of an exchange or a connection that is over.
    Late {
        /// Among what is over.
        which: usize,
        /// What a connection says.
        frame: Said,
    },
    /// The application answers a message.
    Call {
        /// Among the events that can be answered and came lately.
        which: usize,
        /// The text.
        text: String,
    },
    /// The application restarts a shard.
    Restart {
        /// Among the shards.
        which: usize,
        /// How.
        how: Restart,
    },
    /// A limiter outside grants a shard its identify slot.
    Grant {
        /// Among the shards that asked.
        which: usize,
    },
    /// The app secret is changed.
    SetSecret,
    /// The application stops.
    Stop(Leave),
}

/// How an HTTP exchange ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With what was asked for: a token, the gateway's address, "sent".
    Proper,
    /// With this reply. `%` in a text of the samples has been replaced by then.
    Reply {
        /// The status.
        status: u16,
        /// The body.
        body: Bytes,
    },
    /// Without a reply.
    Failed(TransportError),
}

/// A frame of the gateway. Its numbers are filled in when it is said, so that it is never out of date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// op 10 with this interval in milliseconds.
    Hello(u64),
    /// READY with a new session.
    Ready,
    /// RESUMED.
    Resumed,
    /// op 11.
    Ack,
    /// op 1: the server wants a beat.
    Beat,
    /// op 7.
    Reconnect,
    /// op 9.
    Invalid {
        /// Whether the session can still be resumed.
        resumable: bool,
    },
    /// An event with the next number of its shard and an id of its own.
    Event {
        /// Its name.
        name: String,
        /// Its payload, JSON.
        d: String,
    },
    /// The last event once more, byte for byte.
    Again,
    /// These bytes.
    Raw(Bytes),
}

impl Said {
    /// An event of the samples.
    pub fn sample(at: usize) -> Self {
        let (name, d) = catalog::events().get(at % catalog::events().len()).copied().unwrap_or_default();
        Self::Event { name: name.into(), d: d.into() }
    }

    /// A frame by choice; what the choices call 0 is the tamest.
    pub fn pick(choices: &mut dyn Choices) -> Self {
        match choices.pick("frame", 16) {
            0 | 1 => Self::Ack,
            2 | 3 => Self::sample(index(choices, "event", catalog::events().len())),
            4 => Self::Hello(41_250),
            5 => Self::Hello(u64::from(choices.pick("interval", 400_000))),
            6 => Self::Ready,
            7 => Self::Resumed,
            8 => Self::Beat,
            9 => Self::Reconnect,
            10 => Self::Invalid { resumable: choices.pick("resumable", 2) == 0 },
            11 => Self::Again,
            12 => {
                let (name, _) = one_of(choices, "event", catalog::events()).unwrap_or_default();
                let d = one_of(choices, "payload", catalog::ODD_PAYLOADS).unwrap_or_default();
                Self::Event { name: name.into(), d: d.into() }
            }
            13 => Self::Raw(Bytes::from_static(
                one_of(choices, "odd frame", catalog::ODD_FRAMES).unwrap_or_default().as_bytes(),
            )),
            14 => Self::Raw(Bytes::from_static(
                one_of(choices, "broken frame", catalog::BROKEN_FRAMES).unwrap_or_default(),
            )),
            _ => {
                let length = choices.pick("length", 24);
                Self::Raw((0..length).map(|_| byte(choices)).collect())
            }
        }
    }
}

impl Answer {
    /// A reply of the samples; `number` makes its token a new one.
    pub fn sample(sample: (u16, &str), number: u64) -> Self {
        let (status, body) = sample;
        Self::Reply { status, body: body.replace('%', &number.to_string()).into() }
    }

    /// An answer by choice; what the choices call 0 is the tamest.
    pub fn pick(choices: &mut dyn Choices) -> Self {
        let table = match choices.pick("answer", 8) {
            0..=2 => return Self::Proper,
            3 => catalog::TOKEN_REPLIES,
            4 => catalog::DISCOVERY_REPLIES,
            5 => catalog::SEND_REPLIES,
            6 => catalog::STRAY_REPLIES,
            _ => return Self::Failed(pick_error(choices)),
        };
        let sample = one_of(choices, "reply", table).unwrap_or_default();
        Self::sample(sample, u64::from(choices.pick("token", 4)))
    }
}

/// Ways in which the network fails.
pub const ERRORS: [TransportError; 11] = [
    TransportError::Broken,
    TransportError::Timeout,
    TransportError::Connect,
    TransportError::Dns,
    TransportError::Tls,
    TransportError::Proxy,
    TransportError::Protocol,
    TransportError::Status(503),
    TransportError::Status(401),
    TransportError::TooLarge,
    TransportError::Url,
];

/// Waits at whose ends something is due.
pub const WAITS: [Duration; 16] = [
    Duration::from_millis(1),
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_millis(5_250),
    Duration::from_secs(10),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(45),
    Duration::from_secs(60),
    Duration::from_secs(100),
    Duration::from_secs(300),
    Duration::from_secs(3600),
    Duration::from_secs(7200),
    Duration::from_secs(90_000),
];

/// Texts that bots send.
const TEXTS: [&str; 3] = ["hello", "", "\u{4f60}\u{597d}\n\"\\\u{0}"];

impl Move {
    /// A move by choice; what the choices call 0 is the tamest.
    pub fn pick(choices: &mut dyn Choices) -> Self {
        let kind = choices.pick("move", 32);
        let mut which = || usize::try_from(choices.pick("which", 8)).unwrap_or(0);
        match kind {
            0..=9 => Self::Serve { which: which() },
            10 | 11 => Self::Wake,
            12 => Self::Wait(pick_wait(choices)),
            13 => Self::Oversleep(pick_wait(choices)),
            14 => Self::Tick,
            15 => Self::ClockBack(pick_wait(choices)),
            16 | 17 => Self::Answer { which: which(), outcome: Answer::pick(choices) },
            18 => Self::Open { which: which() },
            19..=22 => Self::Frame { which: which(), frame: Said::pick(choices) },
            23 => {
                let which = which();
                let code = one_of(choices, "close code", catalog::CLOSE_CODES);
                Self::Close { which, code: code.filter(|code| *code != 0) }
            }
            24 => Self::Fail { which: which(), error: pick_error(choices) },
            25 => Self::Pause { which: which() },
            26 => Self::Resume { which: which() },
            27 => Self::Lose { which: which() },
            28 => Self::Late { which: which(), frame: Said::pick(choices) },
            29 => {
                let which = which();
                Self::Call { which, text: one_of(choices, "text", &TEXTS).unwrap_or_default().into() }
            }
            30 => {
                let which = which();
                match choices.pick("application", 4) {
                    0 | 1 => Self::Grant { which },
                    2 => Self::Restart { which, how: Restart::Resume },
                    _ => Self::Restart { which, how: Restart::Fresh },
                }
            }
            _ => match choices.pick("application", 16) {
                0 => Self::Stop(Leave::Resumable),
                1 => Self::Stop(Leave::Final),
                _ => Self::SetSecret,
            },
        }
    }
}

fn pick_wait(choices: &mut dyn Choices) -> Duration {
    one_of(choices, "wait", &WAITS).unwrap_or_default()
}

fn pick_error(choices: &mut dyn Choices) -> TransportError {
    one_of(choices, "error", &ERRORS).unwrap_or(TransportError::Broken)
}

fn index(choices: &mut dyn Choices, what: &'static str, length: usize) -> usize {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    usize::try_from(choices.pick(what, length)).unwrap_or(0)
}

fn byte(choices: &mut dyn Choices) -> u8 {
    u8::try_from(choices.pick("byte", 256)).unwrap_or(0)
}

fn one_of<T: Copy>(choices: &mut dyn Choices, what: &'static str, table: &[T]) -> Option<T> {
    table.get(index(choices, what, table.len())).copied()
}

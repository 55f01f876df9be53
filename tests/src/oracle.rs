//! What must hold whatever happens: seventeen properties, checked after each step.
//!
//! The [`world`](crate::world) and the [`strategies`](crate::strategies) drive a bot through [`Driven`], which looks at
//! every input and output. A [`Finding`] names the property that was broken and when.

mod driven;
mod frames;
mod intents;
mod ledger;
mod secrets;
mod sessions;
mod watch;

use std::fmt;

use qq_proto::Timestamp;

pub use driven::{Driven, Make, honest};
pub(crate) use ledger::Ledger;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// No panic, no overflow.
    P1,
    /// After a drain the deadline lies strictly ahead.
    P2,
    /// An early tick changes nothing.
    P3,
    /// A tick makes at most one beat per shard, however late it is; beats do not pile up.
    P4,
    /// The recorded inputs give the same outputs again, byte for byte.
    P5,
    /// Every id is issued once; each call gets exactly one reply, and what is called delivered was delivered once.
    P6,
    /// Frames and closes only for a connection that was asked for and of whose end the core was not told.
    P7,
    /// At most one connection per shard that is not given up.
    P8,
    /// Identifies keep their distance, and their total within the budget.
    P9,
    /// A resume carries the newest sequence number; an identify comes only when there is no session to resume.
    P10,
    /// No event is delivered twice, none that the server holds for a session is lost.
    P11,
    /// When faults stop, all shards that are not halted are live within a stated time, and stay so.
    P12,
    /// No secret in any `Debug`, `Display` or trace: as text, as list of bytes, as base64.
    P13,
    /// Queue, calls and state stay under a stated bound.
    P14,
    /// Token requests keep their minimum spacing; never two at once.
    P15,
    /// Decoding a frame agrees with decoding it as a generic JSON value.
    P16,
    /// Identifies ask for what the bot was given, or for less by one step of the ladder after each refusal of an identify.
    P17,
    /// What the views say is what was told and asked for.
    Facts,
    /// The platform's other rules, as the strict model has them.
    Rules,
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A property that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub property: Property,
    /// When.
    pub at: Timestamp,
    /// What exactly. It holds no secret.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.at, self.property, self.text)
    }
}

/// What the oracle is told about the run, so that it expects no more than may be expected.
#[derive(Clone, Copy, Debug)]
pub struct Expect {
    /// The embedder does its duty: with an embedder that loses actions only the safety properties hold.
    pub dutiful: bool,
    /// The platform's `max_concurrency`, if identifies are to be measured.
    pub concurrency: Option<u32>,
    /// Whether sessions are followed: not where frames are made up that no platform sends.
    pub sessions: bool,
    /// Every how many steps the costly checks are made.
    pub costly_every: u32,
}

impl Default for Expect {
    fn default() -> Self {
        Self { dutiful: true, concurrency: Some(1), sessions: true, costly_every: 8 }
    }
}

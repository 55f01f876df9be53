//! Time as the core sees it: a distance from a start that the embedder chose.

use core::fmt;
use core::time::Duration;

use crate::id::ShardIndex;

/// A point in time, measured from a start of the embedder's own choice.
///
/// The core has no clock. Whoever drives it takes any monotonic clock, remembers one reading as the start, and
/// passes the distance from it. An integer distance can be stored, compared between runs and made up by a test,
/// which `std::time::Instant` cannot.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The start itself.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The distance from the embedder's start.
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// A timestamp the given number of milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    #[inline]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This time moved into the future; stops at the end of time instead of overflowing.
    #[must_use]
    #[inline]
    pub const fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }
}

impl From<Duration> for Timestamp {
    fn from(since_start: Duration) -> Self {
        Self(since_start)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Seconds with milliseconds, as in `12.345 s`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} s", self.0.as_secs(), self.0.subsec_millis())
    }
}

/// When the core wants to be woken, and for what.
///
/// Sleeping past it delays the protocol; heartbeats that come more than a minute late lose the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a deadline that is not served stalls the bot"]
pub struct Deadline {
    /// The time to call [`Client::handle`](crate::Client::handle) with [`Input::Tick`](crate::Input::Tick).
    pub at: Timestamp,
    /// The reason, for logs and tests.
    pub why: Wake,
}

/// Why the core wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wake {
    /// Outputs are waiting to be popped: the deadline is now.
    Outputs,
    /// The access token must be fetched, refreshed or given up.
    Token,
    /// The gateway address must be fetched or given up.
    Discovery,
    /// An application's call must be sent, repeated or given up.
    Call,
    /// The next identify slot opens.
    IdentifySlot,
    /// A shard has waited long enough for the next step of its handshake.
    Handshake(ShardIndex),
    /// A shard's heartbeat is due.
    Heartbeat(ShardIndex),
    /// A shard's pause before the next attempt ends.
    Backoff(ShardIndex),
    /// The time to finish calls after a stop was asked for ends.
    Stop,
    /// A held or granted message has waited long enough.
    #[cfg(feature = "ledger")]
    Ledger,
    /// A step of an upload or of a stream is due, or has taken too long.
    #[cfg(feature = "media")]
    Media,
}

/// Keeps the earlier of two deadlines; on a tie the first one.
#[inline]
pub(crate) fn earlier(first: Option<Deadline>, second: Option<Deadline>) -> Option<Deadline> {
    match (first, second) {
        (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => None,
    }
}

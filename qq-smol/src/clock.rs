//! The only place that reads a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use qq_proto::Timestamp;

/// A start, and the distance from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    pub(crate) fn now(self) -> Timestamp {
        Timestamp::from(self.start.elapsed())
    }

    /// When that is on the system's clock; `None` if it is further away than the clock can tell.
    pub(crate) fn instant(self, at: Timestamp) -> Option<Instant> {
        self.start.checked_add(at.since_start())
    }
}

/// The time of day. It may jump; nothing but signatures has to do with it.
pub(crate) fn unix_seconds() -> u64 {
    // Before 1970 nothing was signed.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

//! The only place that reads a clock.

use std::time::Instant;

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

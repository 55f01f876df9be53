//! The clock of one bot: the core counts from a start, the system from somewhere.

use std::time::{Duration, Instant};

use qq_proto::Timestamp;

/// Far enough ahead to mean "never", near enough not to overflow.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Turns the system's monotonic clock into the core's timestamps and back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.start.elapsed().into()
    }

    pub(crate) fn to_std(self, at: Timestamp) -> Instant {
        let far = self.start + FAR;
        self.start.checked_add(at.since_start()).unwrap_or(far)
    }
}

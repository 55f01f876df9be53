//! The clock of one bot: the core counts from a start, the system from somewhere.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// The time of day. It may jump; nothing but signatures has to do with it.
pub(crate) fn unix_seconds() -> u64 {
    // Before 1970 nothing was signed.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

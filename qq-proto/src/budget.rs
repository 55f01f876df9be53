//! Identify slots: how many per window, how many per day.

use core::time::Duration;

use crate::config::Limits;
use crate::gateway::Found;
use crate::rng::millis;
use crate::time::Timestamp;

/// Paces identifies at the moment they are sent.
///
/// A slot that is taken before dialling would be no use: dialling takes a varying time, and two frames could leave
/// closer together than their slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budget {
    /// When the last identify left.
    last: Option<Timestamp>,
    /// Between two identifies.
    interval: Duration,
    pub(crate) max_concurrency: u32,
    /// Left until the reset; `None` if the platform did not say.
    remaining: Option<u64>,
    reset_at: Timestamp,
}

impl Budget {
    /// Takes over what discovery found; the time of the last identify stays.
    pub(crate) fn learn(&mut self, now: Timestamp, found: &Found, limits: &Limits) {
        self.max_concurrency = found.max_concurrency;
        // Spread evenly over the window, which no reading of "so many per five seconds" forbids; the margin is there
        // because the server measures arrival.
        let share = millis(limits.identify_window).div_ceil(u64::from(found.max_concurrency.max(1)));
        self.interval = Duration::from_millis(share).saturating_add(limits.identify_margin);
        // The plain operation says nothing of limits: what is known holds until its reset.
        if found.remaining.is_some() || !self.counts_at(now) {
            self.remaining = found.remaining;
            self.reset_at = found.reset_at;
        }
    }

    /// Whether there is a count whose reset lies ahead.
    fn counts_at(&self, now: Timestamp) -> bool {
        self.remaining.is_some() && self.reset_at > now
    }

    /// Whether none is left until a reset that lies ahead.
    pub(crate) fn exhausted(&self, now: Timestamp) -> Option<Timestamp> {
        (self.remaining == Some(0) && self.reset_at > now).then_some(self.reset_at)
    }

    /// Whether the numbers are older than their reset and have to be asked for again before an identify.
    pub(crate) fn stale(&self, now: Timestamp) -> bool {
        self.remaining.is_some() && self.reset_at <= now
    }

    /// When the count resets, if the platform counts.
    pub(crate) fn resets_at(&self) -> Option<Timestamp> {
        self.remaining.map(|_| self.reset_at)
    }

    /// The earliest time for the next identify.
    pub(crate) fn next(&self, now: Timestamp) -> Timestamp {
        let paced = self.last.map_or(Timestamp::ZERO, |last| last.after(self.interval));
        self.exhausted(now).map_or(paced, |reset| reset.max(paced))
    }

    pub(crate) fn free(&self, now: Timestamp) -> bool {
        self.next(now) <= now
    }

    /// An identify leaves now.
    pub(crate) fn take(&mut self, now: Timestamp) {
        self.last = Some(now);
        self.remaining = self.remaining.map(|left| left.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn found(remaining: Option<u64>, max_concurrency: u32) -> Found {
        Found {
            url: String::new(),
            shards: None,
            remaining,
            reset_at: Timestamp::from_millis(60_000),
            max_concurrency,
        }
    }

    #[test]
    fn spaces_identifies() {
        for (max_concurrency, interval) in [(1, 5250), (2, 2750), (5, 1250), (u32::MAX, 251)] {
            let mut budget = Budget::default();
            budget.learn(Timestamp::ZERO, &found(None, max_concurrency), &Limits::default());
            let now = Timestamp::from_millis(1000);
            assert!(budget.free(now));
            budget.take(now);
            assert!(!budget.free(Timestamp::from_millis(1000 + interval - 1)), "{max_concurrency}");
            assert!(budget.free(Timestamp::from_millis(1000 + interval)), "{max_concurrency}");
        }
    }

    #[test]
    fn waits_for_the_reset() {
        let mut budget = Budget::default();
        budget.learn(Timestamp::ZERO, &found(Some(1), 1), &Limits::default());
        let now = Timestamp::from_millis(1000);
        assert_eq!(budget.exhausted(now), None);
        budget.take(now);
        assert_eq!(budget.next(now), Timestamp::from_millis(60_000));
        assert!(!budget.stale(now));
        assert!(budget.stale(Timestamp::from_millis(60_000)));
        // Numbers that are asked for anew do not shorten the window.
        budget.take(Timestamp::from_millis(60_000));
        budget.learn(Timestamp::ZERO, &found(Some(9), 1), &Limits::default());
        assert!(!budget.free(Timestamp::from_millis(61_000)));
    }
}

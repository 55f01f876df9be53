//! How many sessions may be started, and how fast.

use std::collections::VecDeque;
use std::time::Duration;

use super::config::StartLimit;

/// `max_concurrency` counts session starts within this window.
const WINDOW: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The count of session starts.
#[derive(Clone, Debug)]
pub(crate) struct Starts {
    total: u32,
    remaining: u32,
    resets: Duration,
    max_concurrency: u32,
    arrivals: VecDeque<Duration>,
}

impl Starts {
    pub(crate) fn new(limit: StartLimit) -> Self {
        Self {
            total: limit.total,
            remaining: limit.remaining,
            resets: limit.reset_after,
            max_concurrency: limit.max_concurrency.max(1),
            arrivals: VecDeque::new(),
        }
    }

    /// Takes note of an Identify; whether it came too soon, with `margin` forgiven.
    pub(crate) fn arrive(&mut self, now: Duration, margin: Duration) -> Pace {
        let window = WINDOW.saturating_sub(margin);
        while self.arrivals.front().is_some_and(|&at| at + window <= now) {
            self.arrivals.pop_front();
        }
        let crowded = self.arrivals.len() >= self.max_concurrency as usize;
        self.arrivals.push_back(now);
        if crowded { Pace::TooSoon } else { Pace::Fine }
    }

    /// Uses up one start, if there is one.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        self.refill(now);
        let any = self.remaining > 0;
        self.remaining = self.remaining.saturating_sub(1);
        any
    }

    pub(crate) fn set(&mut self, remaining: u32, resets: Duration) {
        self.remaining = remaining;
        self.resets = resets;
    }

    /// The numbers of `/gateway/bot`: total, remaining, milliseconds to the reset, concurrency.
    pub(crate) fn limit(&mut self, now: Duration) -> StartLimit {
        self.refill(now);
        StartLimit {
            total: self.total,
            remaining: self.remaining,
            reset_after: self.resets.saturating_sub(now),
            max_concurrency: self.max_concurrency,
        }
    }

    fn refill(&mut self, now: Duration) {
        while self.resets <= now {
            self.resets += DAY;
            self.remaining = self.total;
        }
    }
}

/// Whether an Identify kept its distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Fine,
    TooSoon,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(remaining: u32, max_concurrency: u32) -> Starts {
        Starts::new(StartLimit {
            total: 10,
            remaining,
            reset_after: Duration::from_secs(100),
            max_concurrency,
        })
    }

    #[test]
    fn the_window_slides() {
        let mut starts = starts(10, 2);
        let pace: Vec<Pace> = [0, 2500, 4999, 7500, 10_000]
            .into_iter()
            .map(|ms| starts.arrive(Duration::from_millis(ms), Duration::ZERO))
            .collect();
        assert_eq!(pace, [Pace::Fine, Pace::Fine, Pace::TooSoon, Pace::Fine, Pace::Fine]);
    }

    #[test]
    fn the_count_comes_back() {
        let mut starts = starts(1, 1);
        assert!(starts.take(Duration::from_secs(1)));
        assert!(!starts.take(Duration::from_secs(99)));
        assert!(starts.take(Duration::from_secs(100)));
        assert_eq!(starts.limit(Duration::from_secs(100)).remaining, 9);
    }
}

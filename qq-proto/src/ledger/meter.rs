//! Counting within a sliding time, in little memory.

use alloc::collections::VecDeque;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::rules::Rate;
use crate::time::Timestamp;

/// The time is cut into so many slices; what happened within a slice is forgotten together.
const SLICES: u32 = 12;

/// Counts events in a sliding time. It never forgets one too early; up to a slice too late.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Meter {
    /// When each slice is forgotten, and what happened in it.
    slices: VecDeque<(Timestamp, u32)>,
}

/// A meter as it is stored: how long each slice still counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedMeter(alloc::vec::Vec<(Duration, u32)>);

impl Meter {
    pub(super) fn take(&mut self, now: Timestamp, rate: Rate) {
        self.forget(now);
        let width = rate.span / SLICES;
        if let Some((leaves, count)) = self.slices.back_mut() {
            // Opened less than a slice ago: so it is forgotten no earlier than `span` from now.
            if *leaves >= now.after(rate.span) {
                *count = count.saturating_add(1);
                return;
            }
        }
        self.slices.push_back((now.after(rate.span).after(width), 1));
    }

    fn forget(&mut self, now: Timestamp) {
        while self.slices.front().is_some_and(|(leaves, _)| *leaves <= now) {
            self.slices.pop_front();
        }
    }

    pub(super) fn used(&self, now: Timestamp) -> u32 {
        let counts = self.slices.iter().filter(|(leaves, _)| *leaves > now).map(|(_, count)| *count);
        counts.fold(0, u32::saturating_add)
    }

    /// When the next one is allowed; `None` for now.
    pub(super) fn free_at(&self, now: Timestamp, rate: Rate) -> Option<Timestamp> {
        let mut used = self.used(now);
        if used < rate.count {
            return None;
        }
        for (leaves, count) in self.slices.iter().filter(|(leaves, _)| *leaves > now) {
            used = used.saturating_sub(*count);
            if used < rate.count {
                return Some(*leaves);
            }
        }
        // Nothing is allowed at all.
        Some(now.after(rate.span))
    }

    pub(super) fn left(&self, now: Timestamp, rate: Rate) -> u32 {
        rate.count.saturating_sub(self.used(now))
    }

    pub(super) fn save(&self, now: Timestamp) -> SavedMeter {
        let open = self.slices.iter().filter(|(leaves, _)| *leaves > now);
        SavedMeter(open.map(|(leaves, count)| (leaves.since(now), *count)).collect())
    }

    pub(super) fn load(saved: &SavedMeter, now: Timestamp, away: Duration) -> Self {
        let open = saved.0.iter().filter(|(left, _)| *left > away);
        // A meter never has more than this; a stored one that does was made up.
        let slices = open
            .take(SLICES as usize + 2)
            .map(|(left, count)| (now.after(left.saturating_sub(away)), *count));
        let mut slices: alloc::vec::Vec<_> = slices.collect();
        slices.sort_by_key(|(leaves, _)| *leaves);
        Self { slices: slices.into() }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate::new(3, Duration::from_secs(60));

    proptest! {
        /// Compared with all times written down: whoever obeys never has more than allowed in any span, and is never
        /// made to wait longer than a span and a slice.
        #[test]
        fn never_too_many_and_never_for_ever(waits in prop::collection::vec(0_u64..40_000, 1..120)) {
            let (mut meter, mut now, mut sent) = (Meter::default(), 0, Vec::new());
            for wait in waits {
                now += wait;
                let at = Timestamp::from_millis(now);
                match meter.free_at(at, RATE) {
                    None => {
                        meter.take(at, RATE);
                        sent.push(now);
                        let within = sent.iter().filter(|time| **time + 60_000 > now).count();
                        prop_assert!(within <= 3, "{within} within a minute of {now}");
                    }
                    Some(free) => {
                        prop_assert!(free > at);
                        prop_assert!(free.since(at) <= Duration::from_secs(65));
                        prop_assert!(meter.free_at(free, RATE).is_none());
                    }
                }
                prop_assert!(meter.slices.len() <= SLICES as usize + 2);
                let loaded = Meter::load(&meter.save(at), at, Duration::ZERO);
                prop_assert_eq!(loaded.used(at), meter.used(at));
            }
        }
    }

    #[test]
    fn a_rate_of_nothing_lets_nothing_pass() {
        let meter = Meter::default();
        let none = Rate::new(0, Duration::from_secs(9));
        assert_eq!(meter.free_at(Timestamp::ZERO, none), Some(Timestamp::from_millis(9000)));
    }
}

//! The one source of chance in the core: a small generator that is seeded by the configuration.

use core::time::Duration;

/// `SplitMix64`: passes through all 2⁶⁴ states, any seed is a good seed. Chance here only spreads load; it guards
/// no secret.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number of whole milliseconds in `low..=high`; `low` if the range is empty.
    pub(crate) fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let low = millis(low);
        let span = millis(high).saturating_sub(low);
        Duration::from_millis(low.saturating_add(self.below(span.saturating_add(1))))
    }

    /// `about` give or take a fifth, in whole milliseconds.
    pub(crate) fn jitter(&mut self, about: Duration) -> Duration {
        self.between(about.saturating_mul(4) / 5, about.saturating_mul(6) / 5)
    }
}

/// Whole milliseconds of a duration; the largest number if there are more.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_in_range_and_repeats() {
        let mut a = Rng::new(7);
        let mut b = Rng::new(7);
        for _ in 0..if cfg!(miri) { 100 } else { 10_000 } {
            let wait = a.jitter(Duration::from_secs(10));
            assert!((8_000..=12_000).contains(&millis(wait)));
            assert_eq!(wait, b.jitter(Duration::from_secs(10)));
        }
        assert_eq!(a.between(Duration::from_secs(2), Duration::from_secs(1)), Duration::from_secs(2));
        assert_eq!(a.below(0), 0);
        assert!(a.jitter(Duration::MAX) > Duration::from_secs(1));
    }
}

//! How long to wait before the next attempt.

use core::time::Duration;

use crate::rng::Rng;

/// Seconds before the second, third .. attempt; the first is made at once. The ladder is that of the platform's own
/// Node SDK; from the last rung on it stays there, for ever: giving up is not ours to decide.
const LADDER: [u64; 6] = [1, 2, 5, 10, 30, 60];

/// The pause before an attempt, when `failures` attempts in a row have failed already: nothing for 0, then 1, 2, 5,
/// 10, 30, 60 seconds, each give or take a fifth, so that many bots do not come back in step.
pub(crate) fn pause(failures: u32, rng: &mut Rng) -> Duration {
    let Some(step) = failures.checked_sub(1) else {
        return Duration::ZERO;
    };
    let step = usize::try_from(step).unwrap_or(usize::MAX).min(LADDER.len() - 1);
    rng.jitter(Duration::from_secs(LADDER.get(step).copied().unwrap_or(60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn climbs_and_stays() {
        let mut rng = Rng::new(1);
        assert_eq!(pause(0, &mut rng), Duration::ZERO);
        for (failures, about) in [(1, 1), (2, 2), (3, 5), (4, 10), (5, 30), (6, 60), (7, 60), (u32::MAX, 60)]
        {
            for _ in 0..if cfg!(miri) { 10 } else { 100 } {
                let wait = pause(failures, &mut rng).as_millis();
                assert!((about * 800..=about * 1200).contains(&wait), "{failures}: {wait}");
            }
        }
    }
}

//! How long a shard waits between attempts.

use core::time::Duration;

use super::{Bench, ShardInput, input, ready};
use crate::event::PhaseName;
use crate::io::TransportError;

/// What it is called, and how it is made.
type Named = (&'static str, fn() -> ShardInput);

const FAILED: ShardInput = ShardInput::Failed(TransportError::Connect);

/// The bounds of the wait after so many failures before: at once, then 1, 2, 5, 10, 30, 60 s give or take a fifth.
fn bounds(failures: u32) -> core::ops::RangeInclusive<u64> {
    let about = [0, 1000, 2000, 5000, 10_000, 30_000, 60_000];
    let about = about[usize::try_from(failures).unwrap().min(6)];
    about * 4 / 5..=about * 6 / 5
}

#[test]
fn at_once_then_later_and_later() {
    for from in ["Dialing", "Dialing+", "Greeting", "Greeted", "Joining", "Joining+"] {
        let mut bench = Bench::at(from);
        for failures in 0..12 {
            let rests = {
                bench.step(FAILED);
                bench.rests()
            };
            assert!(bounds(failures).contains(&rests), "{from} {failures}: {rests} ms");
            assert_eq!(bench.name() == PhaseName::Queued, failures == 0, "{from} {failures}");
            assert_eq!(bench.shard.kept.attempts, failures + 1);
            if rests > 0 {
                bench.now = bench.shard.phase.rests_until().unwrap();
                bench.step(ShardInput::Timer);
            }
            bench.step(input("Admit"));
        }
    }
}

/// Links that are accepted and closed at once are a known failure: READY alone forgets nothing.
#[test]
fn attempts_are_forgotten_after_a_minute_of_being_live() {
    let ends: [Named; 6] = [
        ("cut", || FAILED),
        ("closed", || ShardInput::Closed { code: Some(4009) }),
        ("op 7", || ShardInput::ReconnectAsked),
        ("op 9 true", || ShardInput::Invalid { resumable: true }),
        ("op 9 false", || ShardInput::Invalid { resumable: false }),
        ("4008", || ShardInput::Closed { code: Some(4008) }),
    ];
    for (what, end) in ends {
        for (lived, attempts) in [(0, 5), (59_999, 5), (60_000, 1), (86_400_000, 1)] {
            let mut bench = Bench::at("Queued");
            bench.kept().attempts = 4;
            bench.join();
            bench.step(ready("N"));
            assert_eq!(bench.shard.kept.attempts, 4, "{what}: READY proves little");
            bench.now = bench.now.after(Duration::from_millis(lived));
            bench.step(end());
            // Op 9 is an answer: of the failures to get one only some still count.
            let attempts = if what.starts_with("op 9") { attempts.min(4) } else { attempts };
            assert_eq!(bench.shard.kept.attempts, attempts, "{what} {lived}");
            if !["4008", "op 9 true", "op 9 false"].contains(&what) {
                assert!(
                    bounds(attempts - 1).contains(&bench.rests()),
                    "{what} {lived}: {} ms",
                    bench.rests()
                );
            }
        }
    }
}

/// Many incidents in a row on links that work are met with a second's pause each.
#[test]
fn a_link_that_carried_an_event_leaves_one_failure() {
    for (attempts, left) in [(0, 1), (1, 2), (4, 2), (9, 2)] {
        let mut bench = Bench::at("Queued");
        bench.kept().attempts = attempts;
        bench.join();
        bench.step(ready("N"));
        bench.step(input("Dispatch"));
        bench.step(FAILED);
        assert_eq!(bench.shard.kept.attempts, left, "{attempts}");
        assert!(bounds(left - 1).contains(&bench.rests()), "{attempts}: {} ms", bench.rests());
    }
}

#[test]
fn a_dead_link_after_a_minute_comes_back_at_once() {
    let mut bench = Bench::at("Live");
    bench.kept().attempts = 4;
    while bench.name() == PhaseName::Live {
        bench.wait(1000);
    }
    // Live since 80 s, dead at 181 s.
    assert_eq!((bench.shard.kept.attempts, bench.name()), (1, PhaseName::Queued));
}

#[test]
fn sent_too_fast_waits_five_to_ten_seconds_or_longer() {
    for (failures, low, high) in [(0, 5000, 10_000), (4, 8000, 12_000), (6, 48_000, 72_000)] {
        for seed in 0..50 {
            let mut bench = Bench::at("Joining+");
            bench.rng = crate::rng::Rng::new(seed);
            bench.kept().attempts = failures;
            bench.step(ShardInput::Closed { code: Some(4008) });
            assert!((low..=high).contains(&bench.rests()), "{failures}: {} ms", bench.rests());
        }
    }
}

#[test]
fn a_restart_begins_at_once_and_forgets_failures() {
    let mut bench = Bench::at("Resting+");
    let kept = bench.kept();
    (kept.attempts, kept.bugs, kept.refusals) = (9, 1, 5);
    bench.step(ShardInput::Restart { fresh: false });
    assert_eq!(bench.name(), PhaseName::Queued);
    let kept = bench.kept();
    assert_eq!((kept.attempts, kept.bugs, kept.refusals), (0, 0, 0));
}

#[test]
fn many_shards_do_not_come_back_in_step() {
    let mut waits = alloc::collections::BTreeSet::new();
    for seed in 0..100 {
        let mut bench = Bench::at("Joining");
        bench.rng = crate::rng::Rng::new(seed);
        bench.kept().attempts = 6;
        bench.step(FAILED);
        waits.insert(bench.rests());
    }
    assert!(waits.len() > 90, "{}", waits.len());
}

//! The eight sentences of the contract, each as a property, and for each a client that breaks it.
//!
//! A property is a function of what makes the client, so that the same check is made of the real one and of one that is
//! broken on purpose; the broken one must be caught.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests stop at the first surprise")]

#[path = "properties/broken.rs"]
mod broken;
#[path = "properties/checks.rs"]
mod checks;

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use qq_proto::Config;
use qq_testkit::oracle::{Make, honest};
use qq_testkit::strategies::{Move, configs, move_lists, waits};

use broken::{Broken, How};

type Check = fn(Make<'_>, &Config, &[Move], &Chance) -> Result<(), String>;

/// What a property needs besides a client and its moves.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    /// Small numbers, to be used in turn.
    pub(crate) numbers: Vec<u8>,
    /// A time.
    pub(crate) time: std::time::Duration,
}

fn chances() -> impl Strategy<Value = Chance> {
    (prop::collection::vec(any::<u8>(), 1..32), waits()).prop_map(|(numbers, time)| Chance { numbers, time })
}

fn settings() -> ProptestConfig {
    // `PROPTEST_CASES`, where it is set, is in the default.
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { 192 };
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 300, ..default }
}

/// The property holds for the real client.
fn holds(check: Check) {
    let mut runner = TestRunner::new(settings());
    let checked = runner.run(&(configs(), move_lists(0..80), chances()), |(config, moves, chance)| {
        check(&honest, &config, &moves, &chance).map_err(TestCaseError::fail)
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

/// The property bites: a client that breaks the sentence is caught.
fn bites(check: Check, how: How) {
    let fixed = ProptestConfig { rng_seed: RngSeed::Fixed(8), max_shrink_iters: 0, ..settings() };
    let mut runner = TestRunner::new(fixed);
    let checked = runner.run(&(configs(), move_lists(0..80), chances()), |(config, moves, chance)| {
        let make = Broken::make(how);
        check(&make, &config, &moves, &chance).map_err(TestCaseError::fail)
    });
    assert!(checked.is_err(), "{how:?} was not caught");
}

#[test]
fn total() {
    holds(checks::total);
}

#[test]
fn causal() {
    holds(checks::causal);
}

#[test]
fn timely() {
    holds(checks::timely);
}

#[test]
fn patient() {
    holds(checks::patient);
}

#[test]
fn monotonic() {
    holds(checks::monotonic);
}

#[test]
fn input_first() {
    holds(checks::input_first);
}

#[test]
fn never_stuck() {
    holds(checks::never_stuck);
}

#[test]
fn repeatable() {
    holds(checks::repeatable);
}

#[test]
fn total_bites() {
    bites(checks::total, How::PassesStrangersOn);
    bites(checks::total, How::PanicsAtStrangers);
}

#[test]
fn causal_bites() {
    bites(checks::causal, How::PopsTheNewest);
    bites(checks::causal, How::WorksWhilePopping);
}

#[test]
fn timely_bites() {
    bites(checks::timely, How::AlwaysDue);
}

#[test]
fn patient_bites() {
    bites(checks::patient, How::Early);
    bites(checks::patient, How::CatchesUp);
}

#[test]
fn monotonic_bites() {
    bites(checks::monotonic, How::TakesAnyTime);
}

#[test]
fn input_first_bites() {
    bites(checks::input_first, How::TimersFirst);
}

#[test]
fn never_stuck_bites() {
    bites(checks::never_stuck, How::WaitsForHello);
    bites(checks::never_stuck, How::WaitsForReplies);
}

#[test]
fn repeatable_bites() {
    bites(checks::repeatable, How::Moody);
}

//! Many seeds of the world, with network and platform faults and an application that comes and goes.
//!
//! `QQ_WORLD_SEEDS=5000 cargo test -p qq-testkit --test world` runs more of them.

use qq_testkit::choices::Seeded;
use qq_testkit::oracle::honest;
use qq_testkit::world::{Figures, Plan, World, find};

fn seeds(usual: u64) -> u64 {
    std::env::var("QQ_WORLD_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn soak(plan: fn(u64) -> Plan, count: u64) -> Figures {
    let mut figures = Figures::default();
    for seed in 0..count {
        let report = find(plan(seed), seed, &honest, 200);
        let trace = &report.trace;
        assert!(trace.findings.is_empty(), "seed {seed}\n{trace}\n{}", trace.store(true));
        figures.add(&report.figures);
    }
    figures
}

#[test]
fn all_properties_hold_in_a_storm() {
    let figures = soak(Plan::stormy, seeds(200));
    println!("{figures}");
    // Otherwise nothing was tested.
    assert!(figures.faults > figures.runs * 10);
    assert!(figures.resumes > figures.runs && figures.delivered_replies > figures.runs);
}

#[test]
fn safety_holds_whatever_the_embedder_does() {
    let figures = soak(Plan::hostile, seeds(100));
    assert!(figures.steps > figures.runs * 100);
}

#[test]
fn all_properties_hold_while_single_operations_fail() {
    let figures = soak(|seed| Plan { operations: true, ..Plan::stormy(seed) }, seeds(60));
    assert!(figures.faults > figures.runs * 10 && figures.delivered_replies > figures.runs);
}

#[test]
fn nothing_happens_on_a_calm_day() {
    let report = World::run(Plan::calm(), &mut Seeded::new(1), &honest);
    assert_eq!(report.trace.findings, [], "{}", report.trace);
    assert_eq!((report.figures.identifies, report.figures.resumes), (1, 0));
    assert!(report.figures.events > 50 && report.figures.delivered_replies > 10);
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let run = |seed| World::run(Plan::stormy(seed), &mut Seeded::new(seed), &honest).trace;
    let (first, second) = (run(7), run(7));
    assert_eq!(first.story, second.story);
    assert_eq!(first.picks, second.picks);
    assert_ne!(first.story, run(8).story);
}

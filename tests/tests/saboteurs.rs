//! The net catches: for each saboteur, which property does it, and within how many seeds.

use qq_testkit::choices::Seeded;
use qq_testkit::oracle::{Property, honest};
use qq_testkit::saboteur::Sabotage as S;
use qq_testkit::world::{Plan, World};

/// Who is caught by what, and within how many seeds.
const CAUGHT: [(S, Property, u64); 25] = [
    (S::HideSecondAck, Property::Facts, 1),
    (S::HideMostAcks, Property::P12, 2),
    (S::HoldIdentify, Property::P9, 4),
    (S::IdentifyInstead, Property::P10, 1),
    (S::OldSignals, Property::P8, 60),
    (S::DeliverTwice, Property::P11, 1),
    (S::LoseDispatch, Property::P11, 1),
    (S::PrintSecret, Property::P13, 1),
    (S::PrintToken, Property::P13, 1),
    (S::NeverRefresh, Property::P12, 2),
    (S::TokenStorm, Property::P15, 1),
    (S::BeatTwice, Property::P4, 1),
    (S::Sleepy, Property::P4, 1),
    (S::PastDeadline, Property::P2, 1),
    (S::SendAfterEnd, Property::P7, 1),
    (S::SecondConnection, Property::P8, 2),
    (S::RepeatHttp, Property::P6, 1),
    (S::ReplyTwice, Property::P6, 1),
    (S::SwallowReply, Property::P6, 1),
    (S::Moody, Property::P5, 2),
    (S::Restless, Property::P3, 1),
    (S::HideCloses, Property::P7, 2),
    (S::ForgetSeq, Property::P10, 10),
    (S::Hoard, Property::P12, 1),
    (S::BlameIntents, Property::P17, 2),
];

fn catches(how: S, property: Property, seed: u64) -> bool {
    World::run(Plan::stormy(seed), &mut Seeded::new(seed), &how.make())
        .trace
        .findings
        .iter()
        .any(|finding| finding.property == property)
}

#[test]
fn every_saboteur_is_caught_by_its_property() {
    assert!(S::ALL.iter().all(|how| CAUGHT.iter().any(|row| row.0 == *how)));
    for (how, property, within) in CAUGHT {
        assert!(
            (0..within).any(|seed| catches(how, property, seed)),
            "{how:?} got away: {property} did not catch it within {within} seeds"
        );
    }
}

#[test]
fn the_honest_client_passes_the_same_seeds() {
    for seed in 0..10 {
        let trace = World::run(Plan::stormy(seed), &mut Seeded::new(seed), &honest).trace;
        assert_eq!(trace.findings, [], "seed {seed}\n{trace}");
    }
}

/// A finding is made as small as it can be, and what is left is still read and still fails.
#[test]
fn what_is_found_shrinks_and_replays() {
    let make = S::IdentifyInstead.make();
    let report = qq_testkit::world::find(Plan::stormy(0), 0, &make, 60);
    let before = World::run(Plan::stormy(0), &mut Seeded::new(0), &make);
    let lively = |picks: &[qq_testkit::choices::Pick]| picks.iter().filter(|pick| pick.value > 0).count();
    assert!(lively(&report.trace.picks) < lively(&before.trace.picks) / 4);
    let stored: qq_testkit::trace::Trace = report.trace.store(true).parse().unwrap();
    let again = World::replay(&stored, &make).unwrap();
    assert_eq!(again.trace.story, report.trace.story);
    assert_eq!(again.trace.findings[0].property, Property::P10);
}

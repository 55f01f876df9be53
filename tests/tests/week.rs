//! A week of a bot's life, with a 4009 every half hour and people who write.

use std::time::Duration;

use qq_testkit::choices::Seeded;
use qq_testkit::oracle::honest;
use qq_testkit::platform::Handshake;
use qq_testkit::world::{Plan, World};

#[test]
fn a_week_costs_one_identify_and_loses_nothing() {
    let week = Duration::from_secs(7 * 24 * 3600);
    let plan = Plan {
        active: week,
        lifetime: Duration::from_secs(30 * 60),
        traffic_gap: Duration::from_secs(120),
        costly_every: 64,
        ..Plan::calm()
    };
    let mut choices = Seeded::new(2026);
    let mut world = World::new(plan, &mut choices, &honest);
    world.begin();
    world.finish_run();
    // P11 says that nothing was lost and nothing came twice.
    assert_eq!(world.findings(), []);
    let identifies =
        world.platform().attempts().iter().filter(|attempt| attempt.what == Handshake::Identify).count();
    assert_eq!(identifies, 1);
    assert!(world.platform().attempts().len() > 335, "a resume every half hour");
    assert!(world.platform().log().count() > 9_000);
    assert!(world.platform().tokens_issued() > 80);
}

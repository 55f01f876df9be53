//! Identifies: their distance, measured at the server, and their number.

use std::time::Duration;

use qq_proto::PhaseName;
use qq_testkit::platform::{PlatformConfig, StartLimit};
use qq_testkit::world::{Plan, Scenario};

fn plan(shards: u32, concurrency: u32) -> Plan {
    Plan { shards, concurrency, ..Plan::calm() }
}

#[test]
fn one_after_the_other() {
    let mut play = Scenario::new(plan(4, 1));
    play.at(60_000);
    assert_eq!(play.shakes(), ["0.140 identify", "5.390 identify", "10.640 identify", "15.890 identify"]);
    play.ends_well();
}

#[test]
fn two_in_a_window() {
    let mut play = Scenario::new(plan(4, 2));
    play.at(60_000);
    assert_eq!(play.shakes(), ["0.140 identify", "2.890 identify", "5.640 identify", "8.390 identify"]);
    play.ends_well();
}

#[test]
fn a_slow_greeting_does_not_bring_two_together() {
    let mut play = Scenario::new(plan(3, 1));
    play.happens("server greets the next 1 dials not at all").at(60_000);
    let times: Vec<Duration> = play.attempts().iter().map(|attempt| attempt.at).collect();
    assert_eq!(times.len(), 3);
    assert!(times.windows(2).all(|pair| pair[1] >= pair[0] + Duration::from_millis(5_250)), "{times:?}");
    play.ends_well();
}

/// A shard whose turn is near does not wait for another one that hangs in its greeting.
#[test]
fn a_mute_dial_holds_nobody_up() {
    let mut play = Scenario::new(plan(4, 2));
    play.happens("server greets the next 1 dials not at all").at(9_000);
    assert_eq!(play.shakes(), ["0.140 identify", "2.890 identify", "5.640 identify"]);
    play.at(60_000);
    assert_eq!(play.attempts().len(), 4);
    play.ends_well();
}

#[test]
fn resumes_need_no_slot() {
    let mut play = Scenario::new(plan(4, 1));
    play.at(60_000);
    for shard in 0..4 {
        play.happens(&format!("server closes shard {shard} with 4009"));
    }
    play.at(61_000);
    assert_eq!(play.shakes()[4..], ["60.080 resume"; 4]);
    play.ends_well();
}

#[test]
fn none_left_waits_for_the_reset() {
    let config = PlatformConfig {
        starts: StartLimit {
            total: 10,
            remaining: 0,
            reset_after: Duration::from_secs(600),
            max_concurrency: 1,
        },
        hello_interval: Duration::from_secs(30),
        ..PlatformConfig::default()
    };
    let mut play = Scenario::on(plan(1, 1), config);
    play.at(599_000);
    assert_eq!(play.attempts(), []);
    assert!(play.told().iter().any(|line| line.contains("no identify is left")));
    play.at(604_000);
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    let at = play.attempts()[0].at.as_millis();
    assert!((600_000..602_000).contains(&at), "{at} ms");
    play.ends_well();
}

#[test]
fn discovery_that_fails_is_repeated() {
    for how in
        ["are answered with 500", "are answered with a page of HTML", "do nothing and lose their connection"]
    {
        let mut play = Scenario::new(plan(1, 1));
        play.happens(&format!("the next 2 discovery requests {how}")).at(20_000);
        assert_eq!(play.phase(0), Some(PhaseName::Live), "{how}");
        play.ends_well();
    }
}

#[test]
fn refused_dials_come_slower_and_slower() {
    let mut play = Scenario::new(plan(1, 1));
    play.at(10_000).happens("server refuses dials for 60000 ms");
    play.happens("server cuts shard 0").at(200_000);
    let told = play.told();
    let dials = told.iter().filter(|line| line.ends_with("is dialing: it is its turn")).count();
    assert!((6..=9).contains(&dials), "{dials} dials\n{told:#?}");
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    play.ends_well();
}

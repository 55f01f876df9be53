//! Heartbeats, dead links, and silence that means nothing.

use std::time::Duration;

use qq_proto::PhaseName;
use qq_testkit::world::{Plan, Scenario};

/// How long after acknowledgements stopped at 100 s the shard noticed that its link is dead.
fn noticed(sentence: &str) -> (Scenario, Option<u64>) {
    let mut play = Scenario::new(Plan::calm());
    play.at(100_000).happens(sentence).at(220_000);
    let told = play.told();
    let line = told.iter().find(|line| line.contains("heartbeats stayed unanswered"));
    let after = line.and_then(|line| line.split('.').next()?.parse::<u64>().ok()).map(|second| second - 100);
    (play, after)
}

#[test]
fn a_dead_link_is_found_when_the_third_beat_is_due() {
    for sentence in [
        "server withholds acknowledgements from shard 0",
        "server falls silent on shard 0",
        "network makes shard 0 half-open, losing everything",
        "network makes shard 0 half-open, losing what the server sends",
    ] {
        let (play, after) = noticed(sentence);
        // Two intervals of 30 s, and what is left of the third.
        assert!(after.is_some_and(|after| (60..=90).contains(&after)), "{sentence}: {after:?} s");
        assert_eq!(play.phase(0), Some(PhaseName::Live), "{sentence}");
        assert_eq!(play.shakes().len(), 2, "{sentence}");
        play.ends_well();
    }
}

/// The server has the shorter patience: two intervals without a beat.
#[test]
fn a_server_that_hears_nothing_ends_the_connection_first() {
    let mut play = Scenario::new(Plan::calm());
    play.at(100_000).happens("network makes shard 0 half-open, losing what the bot sends").at(220_000);
    assert!(play.told().iter().any(|line| line.ends_with("shard 0 is queued: the connection ended")));
    assert_eq!(play.shakes().len(), 2);
    play.ends_well();
}

#[test]
fn the_server_is_answered_at_once() {
    let mut play = Scenario::new(Plan::calm());
    play.at(20_000).happens("server asks shard 0 for a beat").at(20_100);
    let view = play.client().shards().next().unwrap();
    assert_eq!(view.unanswered_beats(), 0);
    assert_eq!(play.platform().violations(), []);
    play.ends_well();
}

#[test]
fn a_socket_that_is_not_read_is_not_dead() {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens("client 0 stops reading for 200 s");
    play.at(20_000).message().at(100_000);
    assert_eq!(play.client().totals().events, 0, "nobody reads");
    assert!(!play.client().shards().next().unwrap().can_receive());
    play.at(211_000);
    assert_eq!(play.client().totals().events, 1);
    play.at(400_000);
    assert_eq!(play.shakes(), ["0.140 identify"]);
    play.ends_well();
}

#[test]
fn without_hello_the_dial_is_given_up() {
    let mut play = Scenario::new(Plan::calm());
    play.happens("server greets the next 1 dials not at all").at(30_000);
    let told = play.told();
    assert!(
        told.iter().any(|line| line == "10.120 s shard 0 is queued: the handshake took too long"),
        "{told:#?}"
    );
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    play.ends_well();
}

#[test]
fn an_interval_that_makes_no_sense_becomes_thirty_seconds() {
    for kind in
        ["no interval", "an interval of 0", "an interval of -5", "an interval of 99", "a huge interval"]
    {
        let mut play = Scenario::new(Plan::calm());
        play.happens(&format!("server greets the next 1 dials with {kind}")).at(300_000);
        assert_eq!(play.shakes(), ["0.140 identify"], "{kind}");
        let since = play.client().shards().next().unwrap().last_round_trip();
        assert_eq!(since, Some(Duration::from_millis(40)), "{kind}");
    }
}

//! Sessions: kept as long as they are worth it, given up when they are not, and nothing lost or delivered twice.

use qq_proto::PhaseName;
use qq_testkit::platform::Handshake;
use qq_testkit::world::{Plan, Scenario};

fn kinds(play: &Scenario) -> String {
    let letter = |what: &Handshake| match what {
        Handshake::Identify => 'I',
        Handshake::Resume => 'R',
    };
    play.attempts().iter().map(|attempt| letter(&attempt.what)).collect()
}

#[test]
fn a_log_of_a_half_hourly_close() {
    let mut play = Scenario::new(Plan::calm());
    play.at(1_800_000).told();
    play.happens("server closes shard 0 with 4009").at(1_801_000);
    assert_eq!(
        play.told(),
        [
            "1800.000 s server closes shard 0 with 4009",
            "1800.020 s shard 0 is queued: the server closed with 4009",
            "1800.020 s shard 0 is dialing: it is its turn",
            "1800.060 s shard 0 is greeting: the socket is open",
            "1800.060 s shard 0 is joining: hello came",
            "1800.100 s shard 0 goes on after 0 replayed events",
            "1800.100 s shard 0 is live: the session continues",
        ]
    );
    play.ends_well();
}

#[test]
fn what_was_missed_is_replayed_once() {
    let mut play = Scenario::new(Plan::calm());
    play.at(5_000).message().at(10_000).happens("network cuts shard 0");
    // Nobody is there to hear it.
    play.message().message().at(20_000).message().at(30_000);
    assert_eq!(kinds(&play), "IR");
    assert_eq!((play.client().totals().events, play.client().totals().duplicates), (4, 0));
    assert!(play.told().iter().any(|line| line.ends_with("goes on after 2 replayed events")));
    play.ends_well();
}

#[test]
fn three_resumes_without_effect_end_in_an_identify() {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens("the next 3 resumes are ignored");
    play.happens("server cuts shard 0").at(120_000);
    assert_eq!(kinds(&play), "IRRRI");
    play.ends_well();
}

#[test]
fn six_resumes_lost_at_once_end_in_an_identify() {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens("the next 6 resumes are accepted and closed with 4009");
    play.happens("server cuts shard 0").at(300_000);
    assert_eq!(kinds(&play), "IRRRRRRI");
    play.ends_well();
}

#[test]
fn five_are_forgiven() {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens("the next 5 resumes are accepted and closed with 4009");
    play.happens("server cuts shard 0").at(300_000);
    assert_eq!(kinds(&play), "IRRRRRR");
    play.ends_well();
}

#[test]
fn op_7_resumes_at_once() {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens("server asks shard 0 to reconnect").at(20_000);
    assert_eq!(play.shakes(), ["0.140 identify", "10.080 resume"]);
    play.ends_well();
}

#[test]
fn op_9_identifies_unless_it_says_that_the_session_lives() {
    for (sentence, expected) in [
        ("server calls the session of shard 0 invalid", "II"),
        ("server calls the session of shard 0 invalid but resumable", "IR"),
    ] {
        let mut play = Scenario::new(Plan::calm());
        play.at(10_000).happens(sentence).at(30_000);
        assert_eq!(kinds(&play), expected, "{sentence}");
        play.ends_well();
    }
}

#[test]
fn a_restart_costs_no_identify() {
    for how in ["crashes", "stops"] {
        let mut play = Scenario::new(Plan::calm());
        play.at(5_000).message();
        play.at(10_000).happens(&format!("client 0 {how} and is back after 6 s"));
        play.at(12_000).message().at(30_000);
        assert_eq!(kinds(&play), "IR", "{how}");
        assert_eq!(play.client().totals().events, 1, "only what the new process had to be told");
        play.ends_well();
    }
}

#[test]
fn a_server_that_forgets_gets_an_identify() {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens("server restarts and forgets its sessions").at(60_000);
    assert_eq!(kinds(&play), "IRI");
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    play.ends_well();
}

#[test]
fn what_is_pushed_twice_is_delivered_once() {
    let mut play = Scenario::new(Plan::calm());
    play.at(5_000).message().at(6_000);
    play.happens("server repeats the last event of shard 0");
    play.happens("server repeats the last event of shard 0 under a new number");
    play.at(7_000);
    assert_eq!((play.client().totals().events, play.client().totals().duplicates), (1, 2));
    play.ends_well();
}

#[test]
fn garbage_costs_nothing() {
    let mut play = Scenario::new(Plan::calm());
    for (at, what) in [
        (5_000, "something that is not JSON"),
        (6_000, "JSON that is no frame"),
        (7_000, "an unknown op"),
        (8_000, "an event as a binary message"),
    ] {
        play.at(at).happens(&format!("server sends shard 0 {what}"));
    }
    play.at(9_000).message().at(20_000);
    assert_eq!(kinds(&play), "I");
    assert_eq!(play.client().totals().events, 2);
    assert_eq!(play.client().totals().faults, 3);
    play.ends_well();
}

//! What a bot does about each close code, seen from the server.

use std::time::Duration;

use qq_proto::PhaseName;
use qq_testkit::platform::Handshake;
use qq_testkit::world::{Plan, Scenario};

/// The next handshake after a close at 10 s, and how long after it arrived.
fn after(code: u16) -> (Scenario, Option<(Handshake, Duration)>) {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens(&format!("server closes shard 0 with {code}"));
    play.at(39_000);
    let next = play
        .attempts()
        .get(1)
        .map(|attempt| (attempt.what, attempt.at.saturating_sub(Duration::from_secs(10))));
    (play, next)
}

fn millis(range: std::ops::Range<u64>) -> std::ops::Range<Duration> {
    Duration::from_millis(range.start)..Duration::from_millis(range.end)
}

#[test]
fn most_codes_resume_at_once() {
    for code in [1000, 1001, 1006, 3000, 4000, 4003, 4005, 4009, 4015, 4016, 4899, 4916, 4999] {
        let (play, next) = after(code);
        assert_eq!(next, Some((Handshake::Resume, Duration::from_millis(80))), "{code}");
        play.ends_well();
    }
}

#[test]
fn too_fast_resumes_after_a_pause() {
    let (play, next) = after(4008);
    let (what, wait) = next.unwrap();
    assert_eq!(what, Handshake::Resume);
    assert!(millis(5_000..10_200).contains(&wait), "{wait:?}");
    play.ends_well();
}

#[test]
fn void_sessions_identify() {
    for code in [4006, 4007].into_iter().chain(4900..=4913) {
        let (play, next) = after(code);
        let (what, wait) = next.unwrap();
        assert_eq!(what, Handshake::Identify, "{code}");
        assert!(wait < Duration::from_secs(4), "{code}: {wait:?}");
        play.ends_well();
    }
}

#[test]
fn a_dead_token_is_replaced_before_the_resume() {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000).happens("server withdraws all tokens");
    play.happens("server closes shard 0 with 4004");
    play.at(39_000);
    assert_eq!(play.platform().tokens_issued(), 2);
    assert_eq!(play.shakes(), ["0.140 identify", "10.120 resume"]);
    play.ends_well();
}

#[test]
fn our_own_bug_gets_one_more_chance() {
    for code in [4001, 4002] {
        let (mut play, next) = after(code);
        let (what, wait) = next.unwrap();
        assert_eq!(what, Handshake::Identify, "{code}");
        assert!(millis(1_000..6_500).contains(&wait), "{code}: {wait:?}");
        play.happens(&format!("server closes shard 0 with {code}"));
        play.at(60_000);
        assert_eq!(play.phase(0), Some(PhaseName::Halted), "{code}");
        assert_eq!(play.attempts().len(), 2, "{code}");
    }
}

#[test]
fn some_codes_halt() {
    for code in (4010..=4014).chain([4914, 4915]) {
        let (play, next) = after(code);
        assert_eq!(next, None, "{code}");
        assert_eq!(play.phase(0), Some(PhaseName::Halted), "{code}");
    }
}

#[test]
fn a_cut_without_a_code_resumes_at_once() {
    for fault in ["server cuts shard 0", "network cuts shard 0"] {
        let mut play = Scenario::new(Plan::calm());
        play.at(10_000).happens(fault).at(30_000);
        assert_eq!(play.shakes(), ["0.140 identify", "10.080 resume"], "{fault}");
        play.ends_well();
    }
}

//! Each row of the table: phase and input, what it does, why it moves, where it is then.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Bench, INPUTS, input, line, phase};
use crate::event::{Cause, PhaseName};

/// Phase, input, outputs, cause of the move, phase afterwards (`-` without a session; a rest with its bounds in ms).
type Row = (&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

const RESUME: &str = r#"send 0.1 {"op":6,"d":{"token":"QQBot T","session_id":"S","seq":7}}"#;
const IDENTIFY: &str = concat!(
    r#"send 0.1 {"op":2,"d":{"token":"QQBot T","intents":1,"shard":[0,1],"properties":"#,
    r#"{"$os":"qq-proto","$browser":"qq-proto","$device":"qq-proto"}}}"#
);
const BEAT: &str = r#"send 0.1 {"op":1,"d":7}"#;
const BEAT_NULL: &str = r#"send 0.1 {"op":1,"d":null}"#;
const HANG_UP: &str = "disconnect 0.1 4000";
const LEAVE: &str = "disconnect 0.1 1000";
const LOST: &str = "fault shard 0: the session could not be resumed, a new one begins";

const ROWS: &[Row] = &[
    // Waiting for a turn.
    ("Queued", "Admit", &["connect 0.2 wss://gw 10s"], "Turn", "Dialing 0.2 - until 110.000 s"),
    ("Queued+", "Admit", &["connect 0.2 wss://gw 10s"], "Turn", "Dialing 0.2 S@7 until 110.000 s"),
    ("Resting", "Timer", &[], "Rested", "Queued -"),
    ("Resting+", "Timer", &[], "Rested", "Queued S@7"),
    // Opening.
    ("Dialing", "Opened", &[], "Opened", "Greeting 0.1 - until 110.000 s"),
    ("Dialing+", "Opened", &[], "Opened", "Greeting 0.1 S@7 until 110.000 s"),
    ("Greeting", "Hello", &[], "Hello", "Greeted 0.1 every 40s until 160.000 s"),
    ("Greeting+", "Hello", &[RESUME], "Hello", "Joining 0.1 S@7 token 1 replayed 0 until 115.000 s"),
    ("Queued", "Granted", &[], "", "Queued -"),
    ("Queued+", "Granted", &[], "", "Queued S@7"),
    ("Dialing", "Granted", &[], "", "Dialing 0.1 - until 105.000 s"),
    ("Dialing+", "Granted", &[], "", "Dialing 0.1 S@7 until 105.000 s"),
    ("Greeting", "Granted", &[], "", "Greeting 0.1 - until 105.000 s"),
    ("Greeting+", "Granted", &[], "", "Greeting 0.1 S@7 until 105.000 s"),
    ("Resting", "Granted", &[], "", "Resting - 0-0"),
    ("Resting+", "Granted", &[], "", "Resting S@7 0-0"),
    ("Greeted", "Granted", &[], "", "Greeted 0.1 granted every 40s until 105.000 s"),
    ("Greeted", "Permit", &[IDENTIFY], "Slot", "Joining 0.1 - token 1 replayed 0 until 115.000 s"),
    // Joining.
    ("Joining", "Ready", &["ready N@3 77 bot #1"], "Ready", "Live 0.1 N@3 token 1 fresh since 100.000 s"),
    (
        "Joining+",
        "Ready",
        &[LOST, "ready N@3 77 bot #1"],
        "Ready",
        "Live 0.1 N@3 token 1 fresh since 100.000 s",
    ),
    ("Joining+", "Dispatch", &["event 8 E8"], "", "Joining 0.1 S@8 token 1 replayed 1 until 115.000 s"),
    (
        "Joining+",
        "Resumed",
        &["resumed, 0 replayed"],
        "Resumed",
        "Live 0.1 S@9 token 1 resumed since 100.000 s",
    ),
    ("Joining", "Invalid true", &[HANG_UP, REFUSED], "IdentifyRefused", "Resting - 1000-3000"),
    ("Joining", "Invalid false", &[HANG_UP, REFUSED], "IdentifyRefused", "Resting - 1000-3000"),
    (
        "Joining",
        "Dispatch",
        &["fault shard 0: an event makes no sense while it is joining", "event 8 E8"],
        "",
        "Joining 0.1 - token 1 replayed 0 until 105.000 s",
    ),
    // The session is called invalid.
    ("Joining+", "Invalid true", &[HANG_UP], "SessionInvalid true", "Resting S@7 1000-3000"),
    ("Joining+", "Invalid false", &[HANG_UP, LOST], "SessionInvalid false", "Resting - 1000-3000"),
    ("Live", "Invalid true", &[HANG_UP], "SessionInvalid true", "Resting S@7 1000-3000"),
    ("Live", "Invalid false", &[HANG_UP, LOST], "SessionInvalid false", "Resting - 1000-3000"),
    // Live.
    ("Live", "Dispatch", &["event 8 E8"], "", "Live 0.1 S@8 token 1 resumed carried since 80.000 s"),
    (
        "Live",
        "Ready",
        &["fault shard 0: READY makes no sense while it is live", "ready N@3 77 bot #1"],
        "",
        "Live 0.1 N@3 token 1 fresh since 100.000 s",
    ),
    // Heartbeats.
    ("Joining", "BeatAcked", &[], "", "Joining 0.1 - token 1 replayed 0 until 105.000 s"),
    ("Joining+", "BeatAcked", &[], "", "Joining 0.1 S@7 token 1 replayed 0 until 105.000 s"),
    ("Live deaf", "BeatAcked", &[], "", "Live 0.1 S@7 token 1 resumed since 80.000 s"),
    ("Joining", "BeatAsked", &[BEAT_NULL], "", "Joining 0.1 - token 1 replayed 0 until 105.000 s"),
    ("Joining+", "BeatAsked", &[BEAT], "", "Joining 0.1 S@7 token 1 replayed 0 until 105.000 s"),
    ("Live", "BeatAsked", &[BEAT], "", "Live 0.1 S@7 token 1 resumed since 80.000 s"),
    ("Joining late", "Timer", &[HANG_UP], "TimedOut", "Queued -"),
    ("Joining late+", "Timer", &[HANG_UP], "TimedOut", "Queued S@7"),
    ("Joining", "Timer", &[BEAT_NULL], "", "Joining 0.1 - token 1 replayed 0 unanswered 1 until 105.000 s"),
    ("Joining+", "Timer", &[BEAT], "", "Joining 0.1 S@7 token 1 replayed 0 unanswered 1 until 105.000 s"),
    ("Live", "Timer", &[BEAT], "", "Live 0.1 S@7 token 1 resumed unanswered 1 since 80.000 s"),
    ("Live deaf", "Timer", &[HANG_UP], "DeadLink", "Queued S@7"),
    ("Joining+", "Paused", &[], "", "Joining 0.1 S@7 token 1 replayed 0 paused until 115.000 s"),
    ("Joining", "Paused", &[], "", "Joining 0.1 - token 1 replayed 0 paused until 115.000 s"),
    ("Live deaf", "Paused", &[], "", "Live 0.1 S@7 token 1 resumed paused since 80.000 s"),
    // The server asks for a reconnect.
    ("Live", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued S@7"),
    ("Joining", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued -"),
    ("Joining+", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued S@7"),
    ("Dialing", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued -"),
    ("Dialing+", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued S@7"),
    ("Greeting", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued -"),
    ("Greeting+", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued S@7"),
    ("Greeted", "ReconnectAsked", &[HANG_UP], "ReconnectAsked", "Queued -"),
    // The connection ends; 4009 says resume, the other verdicts have a test of their own.
    ("Live", "Closed", &[], "Closed 4009", "Queued S@7"),
    ("Joining+", "Closed", &[], "Closed 4009", "Queued S@7"),
    ("Joining", "Closed", &[], "Closed 4009", "Queued -"),
    ("Greeting+", "Closed", &[], "Closed 4009", "Queued S@7"),
    ("Greeting", "Closed", &[], "Closed 4009", "Queued -"),
    ("Dialing", "Closed", &[], "Closed 4009", "Queued -"),
    ("Dialing+", "Closed", &[], "Closed 4009", "Queued S@7"),
    ("Greeted", "Closed", &[], "Closed 4009", "Queued -"),
    ("Live", "Failed", &[], "Failed", "Queued S@7"),
    ("Joining", "Failed", &[], "Failed", "Queued -"),
    ("Joining+", "Failed", &[], "Failed", "Queued S@7"),
    ("Greeting", "Failed", &[], "Failed", "Queued -"),
    ("Greeting+", "Failed", &[], "Failed", "Queued S@7"),
    ("Dialing", "Failed", &[], "Failed", "Queued -"),
    ("Dialing+", "Failed", &[], "Failed", "Queued S@7"),
    ("Greeted", "Failed", &[], "Failed", "Queued -"),
    // A step of the handshake took too long.
    ("Dialing", "Timer", &[HANG_UP], "TimedOut", "Queued -"),
    ("Dialing+", "Timer", &[HANG_UP], "TimedOut", "Queued S@7"),
    ("Greeting", "Timer", &[HANG_UP], "TimedOut", "Queued -"),
    ("Greeting+", "Timer", &[HANG_UP], "TimedOut", "Queued S@7"),
    ("Greeted", "Timer", &[HANG_UP], "TimedOut", "Queued -"),
    // Leaving.
    ("Queued", "Stop", &["halted stopped"], "Stop", "Halted -: stopped"),
    ("Queued+", "Stop", &["halted stopped"], "Stop", "Halted S@7: stopped"),
    ("Dialing", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted -: stopped"),
    ("Dialing+", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted S@7: stopped"),
    ("Greeting", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted -: stopped"),
    ("Greeting+", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted S@7: stopped"),
    ("Greeted", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted -: stopped"),
    ("Joining", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted -: stopped"),
    ("Joining+", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted S@7: stopped"),
    ("Live", "Stop", &[LEAVE, "halted stopped"], "Stop", "Halted S@7: stopped"),
    ("Resting", "Stop", &["halted stopped"], "Stop", "Halted -: stopped"),
    ("Resting+", "Stop", &["halted stopped"], "Stop", "Halted S@7: stopped"),
    ("Halted+", "Stop", &[], "", "Halted S@7: the gateway closed with 4014"),
    // Coming back.
    ("Queued+", "Restart", &[], "", "Queued S@7"),
    ("Queued+", "Restart fresh", &[], "", "Queued -"),
    ("Dialing+", "Restart", &[HANG_UP], "Restart", "Queued S@7"),
    ("Dialing+", "Restart fresh", &[HANG_UP], "Restart", "Queued -"),
    ("Greeting+", "Restart", &[HANG_UP], "Restart", "Queued S@7"),
    ("Greeting+", "Restart fresh", &[HANG_UP], "Restart", "Queued -"),
    ("Greeted", "Restart", &[HANG_UP], "Restart", "Queued -"),
    ("Greeted", "Restart fresh", &[HANG_UP], "Restart", "Queued -"),
    ("Joining+", "Restart", &[HANG_UP], "Restart", "Queued S@7"),
    ("Joining+", "Restart fresh", &[HANG_UP], "Restart", "Queued -"),
    ("Live", "Restart", &[HANG_UP], "Restart", "Queued S@7"),
    ("Live", "Restart fresh", &[HANG_UP], "Restart", "Queued -"),
    ("Resting+", "Restart", &[], "Restart", "Queued S@7"),
    ("Resting+", "Restart fresh", &[], "Restart", "Queued -"),
    ("Halted+", "Restart", &[], "Restart", "Queued S@7"),
    ("Halted+", "Restart fresh", &[], "Restart", "Queued -"),
    ("Halted", "Restart", &[], "Restart", "Queued -"),
    // No credentials.
    ("Queued", "NoCredentials", &[NO_SECRET], "Credentials", NO_TOKEN),
    ("Queued+", "NoCredentials", &[NO_SECRET], "Credentials", NO_TOKEN_S),
    ("Resting", "NoCredentials", &[NO_SECRET], "Credentials", NO_TOKEN),
    ("Resting+", "NoCredentials", &[NO_SECRET], "Credentials", NO_TOKEN_S),
    ("Halted", "NoCredentials", &[], "", "Halted -: the gateway closed with 4014"),
];

const REFUSED: &str = concat!(
    "fault shard 0: identify refused 1 times in a row; are the intents ",
    "GUILDS granted to this bot?"
);
const NO_SECRET: &str = "halted the platform refuses the app id or secret (code 100016)";
const NO_TOKEN: &str = "Halted -: the platform refuses the app id or secret (code 100016)";
const NO_TOKEN_S: &str = "Halted S@7: the platform refuses the app id or secret (code 100016)";

#[test]
fn every_row_does_what_it_says() {
    for row in ROWS {
        check(row);
    }
}

fn check(row: &Row) {
    let (from, with, does, why, next) = *row;
    let mut bench = Bench::at(from);
    let outputs = bench.step(input(with));
    assert_eq!(outputs, does, "outputs of {row:?}");
    let moved = bench.moved.map_or_else(String::new, |(_, why, _)| cause(why));
    assert_eq!(moved, why, "cause of {row:?}");
    let mut expected = next.to_string();
    if let Some((phase, bounds)) = next.rsplit_once(' ').filter(|_| next.starts_with("Resting")) {
        let (low, high) = bounds.split_once('-').unwrap();
        let rests = bench.rests();
        assert!((low.parse().unwrap()..=high.parse().unwrap()).contains(&rests), "{rests} ms in {row:?}");
        expected = phase.to_string();
    }
    assert_eq!(line(&bench.shard.phase), expected, "phase after {row:?}");
}

/// The cause by its name, without what an error says.
fn cause(why: Cause) -> String {
    if let Cause::SessionInvalid { resumable } = why {
        return format!("SessionInvalid {resumable}");
    }
    if let Cause::Closed { code } = why {
        return format!("Closed {}", code.unwrap_or(0));
    }
    let name = format!("{why:?}");
    name.split('(').next().unwrap_or_default().to_string()
}

/// All phases, with and without a session where there is a choice.
pub(super) const PHASES: [&str; 14] = [
    "Queued",
    "Queued+",
    "Dialing",
    "Dialing+",
    "Greeting",
    "Greeting+",
    "Greeted",
    "Joining",
    "Joining+",
    "Live",
    "Resting",
    "Resting+",
    "Halted",
    "Halted+",
];

/// What may come at any time and means nothing there.
const HARMLESS: [&str; 5] = ["BeatAcked", "BeatAsked", "Paused", "Timer", "NoCredentials"];

/// A pair that is not a row changes nothing: it is passed over in silence if it is harmless, and else told once.
#[test]
fn a_pair_that_is_not_a_row_changes_nothing() {
    let mut others = 0;
    for from in PHASES {
        for with in INPUTS {
            // A stop and a restart mean the same with and without a session.
            let row = |(phase, input, ..): &&Row| {
                *input == with
                    && (*phase == from
                        || phase.trim_end_matches(" deaf") == from
                        || (["Stop", "Restart", "Restart fresh", "NoCredentials"].contains(&with)
                            && phase.trim_end_matches('+') == from.trim_end_matches('+')))
            };
            if ROWS.iter().any(|each| row(&each)) {
                continue;
            }
            others += 1;
            let mut bench = Bench::at(from);
            bench.kept().attempts = 3;
            let kept = format!("{:?}", bench.shard.kept);
            let outputs = bench.step(input(with));
            if HARMLESS.contains(&with) {
                assert!(outputs.is_empty(), "{from} {with}: {outputs:?}");
            } else {
                assert_eq!(outputs.len(), 1, "{from} {with}: {outputs:?}");
                let name = bench.name();
                let told = format!("makes no sense while it is {name}");
                assert!(outputs[0].starts_with("fault") && outputs[0].ends_with(&told), "{outputs:?}");
            }
            assert_eq!(line(&bench.shard.phase), line(&phase(from)), "{from} {with}");
            assert_eq!(format!("{:?}", bench.shard.kept), kept, "{from} {with}");
            assert_eq!(bench.moved, None, "{from} {with}");
        }
    }
    // So that a row cannot be forgotten here and there at the same time.
    assert_eq!(others, 174);
}

#[test]
fn op_1_before_joining_is_not_answered() {
    for from in ["Queued", "Dialing", "Greeting", "Greeted", "Resting", "Halted"] {
        assert!(Bench::at(from).step(input("BeatAsked")).is_empty(), "{from}");
    }
}

#[test]
fn without_a_token_there_is_nothing_to_say_to_hello() {
    for (from, with, next) in [("Greeting+", "Hello", "Queued S@7"), ("Greeted", "Permit", "Queued -")] {
        let mut bench = Bench::at(from);
        bench.token = crate::token::Token::new();
        assert_eq!(bench.step(input(with)), [HANG_UP], "{from}");
        assert_eq!(line(&bench.shard.phase), next);
        assert_eq!(bench.moved.map(|(_, why, _)| cause(why)).as_deref(), Some("NoToken"));
    }
}

#[test]
fn a_limiter_outside_is_asked_once() {
    let mut bench = Bench::at("Greeting");
    bench.config.identify_slots = crate::config::IdentifySlots::Granted;
    assert_eq!(bench.step(input("Hello")), ["slot wanted"]);
    assert_eq!(bench.name(), PhaseName::Greeted);
    assert!(Bench::at("Greeting").step(input("Hello")).is_empty());
}

#[test]
fn a_grant_that_comes_early_is_kept_for_the_next_hello() {
    for early in ["Queued", "Dialing", "Greeting", "Resting"] {
        let mut bench = Bench::at(early);
        bench.config.identify_slots = crate::config::IdentifySlots::Granted;
        bench.step(input("Granted"));
        bench.shard.phase = phase("Greeting");
        assert!(bench.step(input("Hello")).is_empty(), "{early}");
        assert_eq!(line(&bench.shard.phase), "Greeted 0.1 granted every 40s until 160.000 s", "{early}");
        // It is spent.
        bench.shard.phase = phase("Greeting");
        assert_eq!(bench.step(input("Hello")), ["slot wanted"], "{early}");
    }
}

#[test]
fn dials_that_fail_are_counted_until_one_opens() {
    for with in ["Closed", "Failed", "Timer"] {
        let mut bench = Bench::at("Dialing");
        bench.dials_failed = 4;
        bench.step(input(with));
        assert_eq!(bench.dials_failed, 5, "{with}");
    }
    for from in ["Greeting", "Greeted", "Joining", "Live"] {
        let mut bench = Bench::at(from);
        bench.step(input("Failed"));
        assert_eq!(bench.dials_failed, 0, "{from}");
    }
    let mut bench = Bench::at("Dialing");
    bench.dials_failed = 4;
    bench.step(input("Opened"));
    assert_eq!(bench.dials_failed, 0);
}

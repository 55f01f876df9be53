//! Beats, frames, and how connections end.

use std::time::Duration;

use bytes::Bytes;
use qq_testkit::platform::{Incident, Lifetime, PlatformConfig, Request, Rule};
use serde_json::{Value, json};

use crate::bot::{Bot, short};

#[test]
fn beats_are_answered_at_any_time() {
    let mut bot = Bot::new(PlatformConfig::default());
    let link = bot.dial();
    bot.beat(link);
    assert_eq!(short(&bot.frames()), ["op 10", "op 11"]);
    assert!(bot.rules().is_empty(), "before Identify they are tolerated");
}

#[test]
fn what_is_wrong_with_a_beat() {
    // Seconds before each beat, its `d`, and the rules that are broken in the end.
    let cases: [(&[u64], Value, &[Rule]); 8] = [
        (&[45, 45, 45], json!(1), &[]),
        (&[0, 45, 30, 30], json!(null), &[]),
        (&[56, 45], json!(1), &[]),
        (&[57, 45], json!(1), &[Rule::BeatLate]),
        (&[45, 0], json!(1), &[Rule::BeatFlood]),
        (&[45], json!(2), &[Rule::BeatNumber]),
        (&[45], json!("1"), &[Rule::BeatNumber]),
        (&[45], json!(-1), &[Rule::BeatNumber]),
    ];
    for (waits, d, rules) in cases {
        let mut bot = Bot::new(PlatformConfig::default());
        let (link, _) = bot.live();
        for &wait in waits {
            bot.wait(wait);
            bot.say(link, &json!({"op": 1, "d": d}));
        }
        assert_eq!(bot.rules(), rules, "{waits:?} {d}");
        assert_eq!(short(&bot.frames()), vec!["op 11"; waits.len()]);
    }
}

#[test]
fn a_beat_that_was_asked_for_is_no_flood() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, _) = bot.live();
    bot.beat(link);
    bot.frames();
    assert!(bot.platform.apply(bot.now, Incident::ServerHeartbeat { shard: 0 }));
    assert_eq!(short(&bot.frames()), ["op 1"]);
    bot.beat(link);
    assert!(bot.rules().is_empty());
    bot.beat(link);
    assert_eq!(bot.rules(), [Rule::BeatFlood]);
}

#[test]
fn a_beat_before_hello() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.platform.apply(bot.now, Incident::NoHello { dials: 1 });
    let link = bot.dial();
    bot.beat(link);
    assert_eq!(bot.rules(), [Rule::BeatBeforeHello]);
}

#[test]
fn without_beats_the_connection_is_cut() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, _) = bot.live();
    bot.wait(40);
    bot.beat(link);
    bot.frames();
    bot.wait(89);
    assert!(bot.frames().is_empty());
    bot.wait(1);
    assert_eq!(short(&bot.frames()), ["cut"]);
    assert_eq!(bot.rules(), [Rule::BeatsStopped]);
    assert!(bot.platform.links().is_empty());
    assert_eq!(bot.platform.next_deadline(), None);
}

#[test]
fn nobody_is_blamed_for_beats_that_were_not_due() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.platform.apply(bot.now, Incident::NoHello { dials: 1 });
    bot.dial();
    bot.dial();
    bot.frames();
    bot.wait(90);
    assert_eq!(short(&bot.frames()), ["cut", "cut"]);
    let link = bot.dial();
    bot.wait(80);
    bot.beat(link);
    assert!(bot.rules().is_empty());
}

#[test]
fn beats_are_measured_by_the_hello_of_their_connection() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.platform.apply(bot.now, Incident::OddHello { dials: 1, interval: json!(200) });
    let (link, _) = bot.live();
    for _ in 0..600 {
        bot.wait_millis(200);
        bot.beat(link);
    }
    assert!(bot.rules().is_empty());
    bot.wait_millis(251);
    bot.beat(link);
    bot.wait_millis(49);
    bot.beat(link);
    assert_eq!(bot.rules(), [Rule::BeatLate, Rule::BeatFlood]);
}

#[test]
fn connections_grow_old() {
    for (notice, expected) in [(0, &["close 4009"][..]), (5, &["op 7", "close 4009"])] {
        let lifetime = Lifetime { after: Duration::from_secs(1800), notice: Duration::from_secs(notice) };
        let mut bot = Bot::new(PlatformConfig { lifetime: Some(lifetime), ..PlatformConfig::default() });
        let (link, _) = bot.live();
        let mut seen = Vec::new();
        for _ in 0..60 {
            bot.wait(30);
            bot.beat(link);
            seen.extend(short(&bot.frames()).into_iter().filter(|frame| frame != "op 11"));
        }
        assert_eq!(seen, expected);
        assert!(bot.rules().is_empty(), "a beat that crosses the close is nobody's fault");
    }
}

#[test]
fn frames_the_gateway_does_not_take() {
    for (text, code, rule) in [
        ("{", 4002, Rule::BadPayload),
        ("[]", 4002, Rule::BadPayload),
        (r#"{"d":1}"#, 4002, Rule::BadPayload),
        (r#"{"op":"1"}"#, 4002, Rule::BadPayload),
        (r#"{"op":0,"d":{}}"#, 4001, Rule::UnknownOp),
        (r#"{"op":3}"#, 4001, Rule::UnknownOp),
        (r#"{"op":11}"#, 4001, Rule::UnknownOp),
    ] {
        let mut bot = Bot::new(PlatformConfig::default());
        let (link, _) = bot.live();
        bot.say_raw(link, text);
        assert_eq!(short(&bot.frames()), [format!("close {code}")], "{text}");
        assert_eq!(bot.rules(), [rule], "{text}");
    }
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, _) = bot.live();
    bot.platform.handle(bot.now, Request::Binary { link, bytes: Bytes::from_static(b"{\"op\":1}") });
    assert_eq!(short(&bot.frames()), ["close 4002"]);
    assert_eq!(bot.rules(), [Rule::BinaryFrame]);
}

#[test]
fn too_many_frames() {
    let mut bot = Bot::new(PlatformConfig { frames_per_minute: 2, ..PlatformConfig::default() });
    let link = bot.dial();
    for _ in 0..6 {
        bot.wait(21);
        bot.beat(link);
    }
    assert!(bot.rules().is_empty());
    bot.wait(2);
    bot.beat(link);
    assert_eq!(bot.rules(), [Rule::FrameFlood]);
    assert_eq!(bot.frames().last(), Some(&json!("close 4008")));
}

#[test]
fn who_may_speak_after_the_end() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, _) = bot.live();
    bot.platform.apply(bot.now, Incident::Close { shard: 0, code: 4009 });
    bot.beat(link);
    assert!(bot.rules().is_empty(), "it crossed the close");
    bot.hang_up(link);
    bot.beat(link);
    assert_eq!(bot.rules(), [Rule::FrameAfterHangUp]);
    bot.beat(7777);
    bot.platform.handle(bot.now, Request::Dial { link });
    assert_eq!(bot.rules()[1..], [Rule::LinkNumber; 2]);
}

#[test]
fn time_does_not_run_backwards() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.wait(100);
    let (link, _) = bot.live();
    bot.now = Duration::from_secs(10);
    bot.beat(link);
    assert_eq!(bot.platform.next_deadline(), Some(Duration::from_secs(190)));
    assert!(bot.rules().is_empty());
}

//! Identify and Resume.

use std::time::Duration;

use qq_testkit::platform::{
    Handshake, HandshakeFailure, Incident, IntentRefusal, Outcome, PlatformConfig, Rule, SessionEnd,
    StartLimit, TokenRefusal,
};
use serde_json::{Value, json};

use crate::bot::{Bot, identify, resume, short};

fn limit(remaining: u32, max_concurrency: u32) -> PlatformConfig {
    let starts =
        StartLimit { total: 1000, remaining, reset_after: Duration::from_secs(3600), max_concurrency };
    PlatformConfig { starts, ..PlatformConfig::default() }
}

#[test]
fn hello_then_identify_then_ready() {
    let mut bot = Bot::new(PlatformConfig::default());
    let link = bot.identify([0, 1]);
    let frames = bot.frames();
    assert_eq!(short(&frames), ["op 10", "READY 1"]);
    assert_eq!(frames[0]["d"], json!({"heartbeat_interval": 45_000}));
    assert_eq!(frames[1]["d"]["shard"], json!([0, 1]));
    assert!(frames[1].get("id").is_none());
    let [attempt] = bot.platform.attempts() else { panic!() };
    assert_eq!((attempt.link, attempt.what, attempt.outcome), (link, Handshake::Identify, Outcome::Accepted));
    assert_eq!(bot.platform.live_shards(), [0]);
    assert!(bot.rules().is_empty());
}

/// An Identify with one part changed, what comes back, and the rules it broke.
fn refused(config: PlatformConfig, change: (&str, Value), expected: &[&str], rules: &[Rule]) {
    let mut bot = Bot::new(config);
    let token = bot.token();
    let link = bot.dial();
    bot.frames();
    let mut frame = identify(&token, [0, 1]);
    *frame.pointer_mut(change.0).unwrap() = change.1;
    bot.say(link, &frame);
    assert_eq!(short(&bot.frames()), expected, "{frame}");
    assert_eq!(bot.rules(), rules, "{frame}");
    assert_eq!(bot.platform.sessions(), []);
}

#[test]
fn what_identify_is_refused_for() {
    let no = ["op 9", "close 4903"];
    for (pointer, value, expected, rules) in [
        ("/d/token", json!("QQBot wrong"), &["close 4004"][..], &[Rule::UnknownToken][..]),
        ("/d/token", json!("no-prefix"), &["close 4004"], &[Rule::TokenPrefix]),
        ("/d/intents", json!(0), &no, &[Rule::ZeroIntents]),
        ("/d/intents", json!(1_u64 << 40), &no, &[]),
        ("/d/intents", json!("513"), &["close 4002"], &[Rule::BadPayload]),
        ("/d/shard", json!([1, 1]), &["close 4010"], &[Rule::ShardPair]),
        ("/d/shard", json!([0, 0]), &["close 4010"], &[Rule::ShardPair]),
        ("/d/shard", json!([0]), &["close 4002"], &[Rule::BadPayload]),
        ("/d", json!(null), &["close 4002"], &[Rule::BadPayload]),
    ] {
        refused(PlatformConfig::default(), (pointer, value), expected, rules);
    }
}

#[test]
fn refusals_follow_the_configuration() {
    let no = ["op 9", "close 4903"];
    let both = json!(1 << 25 | 1 << 9);
    let poor = PlatformConfig { granted_intents: 1 << 25, ..PlatformConfig::default() };
    refused(poor.clone(), ("/d/intents", both.clone()), &no, &[]);
    let short = PlatformConfig { intent_refusal: IntentRefusal::SessionError, ..poor.clone() };
    refused(short, ("/d/intents", both.clone()), &["close 4903"], &[]);
    let loud = PlatformConfig { intent_refusal: IntentRefusal::Close, ..poor };
    refused(loud.clone(), ("/d/intents", both), &["close 4014"], &[]);
    // A bit that does not exist, and one that cannot.
    refused(loud.clone(), ("/d/intents", json!(1 << 25 | 1 << 3)), &["close 4013"], &[]);
    refused(loud.clone(), ("/d/intents", json!(1_u64 << 31)), &["close 4013"], &[]);
    refused(loud, ("/d/intents", json!(1_u64 << 40)), &["close 4013"], &[]);
    let vague = PlatformConfig { token_refusal: TokenRefusal::InvalidSession, ..PlatformConfig::default() };
    refused(vague, ("/d/token", json!("QQBot wrong")), &no, &[Rule::UnknownToken]);
    refused(limit(0, 1), ("/d/intents", json!(1)), &no, &[Rule::NoStartsLeft]);
}

#[test]
fn what_is_withdrawn_is_silent_until_the_next_identify() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, _) = bot.live();
    assert!(bot.platform.push_c2c(bot.now, "heard").session.is_some());
    let asked = bot.platform.sessions()[0].intents;
    assert_eq!(bot.platform.attempts()[0].intents, Some(u64::from(asked)));
    assert!(bot.platform.apply(bot.now, Incident::Grant { intents: asked & !(1 << 25) }));
    // The connection stays, and brings nothing of what is withdrawn.
    assert_eq!(bot.platform.push_c2c(bot.now, "unheard").session, None);
    assert!(bot.platform.push_guild(bot.now, "a mention").session.is_some());
    assert_eq!(bot.platform.live_shards(), [0]);
    bot.frames();
    bot.hang_up(link);
    bot.identify([0, 1]);
    assert_eq!(short(&bot.frames())[1..], ["op 9", "close 4903"]);
    assert!(bot.platform.apply(bot.now, Incident::Grant { intents: asked }));
    bot.wait(5);
    bot.identify([0, 1]);
    assert_eq!(short(&bot.frames())[1..], ["READY 1"]);
}

#[test]
fn identifies_are_paced_at_arrival() {
    // Milliseconds of each Identify; how many of them came too soon.
    for (max_concurrency, times, soon) in [
        (1, &[0, 5000, 10_000][..], 0),
        (1, &[0, 4999, 10_000], 1),
        (2, &[0, 0, 5000, 5000], 0),
        (2, &[0, 2500, 4900], 1),
        (3, &[0, 1, 2, 3, 4], 2),
    ] {
        let mut bot = Bot::new(limit(1000, max_concurrency));
        let token = bot.token();
        for (index, &at) in times.iter().enumerate() {
            let now = u64::try_from(bot.now.as_millis()).unwrap();
            bot.wait_millis(at - now);
            let link = bot.dial();
            bot.say(link, &identify(&token, [u32::try_from(index).unwrap(), 8]));
        }
        let broken = bot.rules();
        assert_eq!(broken, vec![Rule::IdentifyTooSoon; soon], "{max_concurrency} {times:?}");
        let refused = bot.platform.attempts().iter().filter(|row| row.outcome == Outcome::Refused).count();
        assert_eq!(refused, soon);
    }
}

#[test]
fn a_margin_forgives_the_network() {
    let mut bot =
        Bot::new(PlatformConfig { arrival_margin: Duration::from_millis(200), ..PlatformConfig::default() });
    bot.identify([0, 2]);
    bot.wait_millis(4800);
    bot.identify([1, 2]);
    assert!(bot.rules().is_empty());
}

#[test]
fn each_session_start_is_counted() {
    let mut bot = Bot::new(limit(2, 1));
    for _ in 0..3 {
        let link = bot.identify([0, 1]);
        bot.hang_up(link);
        bot.wait(5);
    }
    assert_eq!(bot.rules(), [Rule::NoStartsLeft]);
    bot.wait(3600);
    let link = bot.identify([0, 1]);
    assert_eq!(bot.platform.links().last().map(|view| view.link), Some(link));
    assert_eq!(bot.rules().len(), 1);
}

#[test]
fn resume_replays_what_was_missed_and_costs_nothing() {
    let mut bot = Bot::new(limit(1, 1));
    let (link, session) = bot.live();
    let now = bot.now;
    bot.platform.push_c2c(now, "one");
    let live = bot.frames();
    bot.hang_up(link);
    bot.platform.push_c2c(now, "two");
    bot.platform.push_c2c(now, "three");
    assert!(bot.frames().is_empty(), "nobody is there");

    bot.wait(3);
    bot.resume(&session, 1);
    let frames = bot.frames();
    assert_eq!(
        short(&frames),
        ["op 10", "C2C_MESSAGE_CREATE 2", "C2C_MESSAGE_CREATE 3", "C2C_MESSAGE_CREATE 4", "RESUMED 5"]
    );
    assert_eq!(frames[1], live[0], "a replayed frame is the frame");
    assert_eq!(frames[4]["d"], "");
    bot.platform.push_c2c(bot.now, "four");
    assert_eq!(short(&bot.frames()), ["C2C_MESSAGE_CREATE 6"]);
    assert!(bot.rules().is_empty());
    let owed: Vec<u64> = bot.platform.owed(&session).map(|row| row.seq).collect();
    assert_eq!(owed, [2, 3, 4, 6]);
}

#[test]
fn what_resume_is_refused_for() {
    // Sequence, session known, answers, rules.
    let cases = [
        ("known", Some(json!(9)), &["close 4007"][..], &[Rule::ResumeFromFuture][..]),
        ("known", Some(json!(0)), &["close 4007"], &[]),
        ("known", Some(json!(2)), &["close 4007"], &[]),
        ("unknown", Some(json!(1)), &["op 9", "close 4902"], &[]),
        ("known", Some(json!(-1)), &["close 4002"], &[Rule::BadPayload]),
        ("known", Some(json!("3")), &["close 4002"], &[Rule::BadPayload]),
        ("known", None, &["close 4002"], &[Rule::BadPayload]),
    ];
    for (which, seq, expected, rules) in cases {
        let mut bot = Bot::new(PlatformConfig { replay_limit: 2, ..PlatformConfig::default() });
        let (link, session) = bot.live();
        for _ in 0..4 {
            bot.platform.push_c2c(bot.now, "text");
        }
        bot.hang_up(link);
        bot.wait(1);
        let token = bot.token();
        let link = bot.dial();
        bot.frames();
        let mut frame = resume(&token, if which == "known" { &session } else { "no-such-session" }, 1);
        match &seq {
            Some(seq) => frame["d"]["seq"] = seq.clone(),
            None => drop(frame["d"].as_object_mut().unwrap().remove("seq")),
        }
        bot.say(link, &frame);
        assert_eq!(short(&bot.frames()), expected, "{which} {seq:?}");
        assert_eq!(bot.rules(), rules, "{which} {seq:?}");
    }
}

#[test]
fn a_bare_token_resumes_and_is_noted() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, session) = bot.live();
    bot.hang_up(link);
    bot.wait(1);
    let token = bot.token();
    let link = bot.dial();
    bot.frames();
    let mut frame = resume(&token, &session, 1);
    frame["d"]["token"] = json!(token);
    bot.say(link, &frame);
    assert_eq!(short(&bot.frames()), ["RESUMED 2"]);
    assert_eq!(bot.rules(), [Rule::TokenPrefix]);
}

#[test]
fn one_connection_per_shard() {
    let mut bot = Bot::new(limit(1000, 9));
    let (first, session) = bot.live();
    bot.wait(1);
    bot.identify([1, 2]);
    assert_eq!(bot.rules(), [], "another pair is another shard");
    bot.frames();
    bot.wait(1);
    let second = bot.resume(&session, 1);
    assert_eq!(short(&bot.frames()), ["op 10", "close 4908", "RESUMED 2"]);
    bot.wait(1);
    let third = bot.identify([0, 1]);
    assert_eq!(short(&bot.frames()), ["op 10", "close 4908", "READY 1"]);
    assert_eq!(bot.rules(), [Rule::SecondLink; 2]);
    let open: Vec<u64> = bot.platform.links().iter().map(|view| view.link).collect();
    assert!(open.contains(&third) && !open.contains(&first) && !open.contains(&second));
    let ended: Vec<Option<SessionEnd>> = bot.platform.sessions().iter().map(|view| view.ended).collect();
    assert_eq!(ended, [Some(SessionEnd::Replaced), None, None]);
}

#[test]
fn one_handshake_per_connection() {
    let mut bot = Bot::new(limit(1000, 9));
    let (link, session) = bot.live();
    bot.wait(1);
    let token = bot.token();
    bot.say(link, &identify(&token, [0, 1]));
    assert_eq!(short(&bot.frames()), ["close 4005"]);
    assert_eq!(bot.rules(), [Rule::HandshakeTwice]);
    bot.wait(1);
    let link = bot.resume(&session, 1);
    bot.say(link, &resume(&token, &session, 1));
    assert_eq!(short(&bot.frames()), ["op 10", "RESUMED 2", "close 4005"]);
}

#[test]
fn before_hello_is_too_early() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.platform.apply(bot.now, Incident::NoHello { dials: 1 });
    let link = bot.identify([0, 1]);
    assert_eq!(short(&bot.frames()), ["READY 1"]);
    assert_eq!(bot.rules(), [Rule::HandshakeBeforeHello]);
    bot.hang_up(link);
}

#[test]
fn handshakes_fail_as_ordered() {
    use HandshakeFailure as How;
    let cases: [(How, &[&str], bool); 6] = [
        (How::InvalidSession { resumable: true }, &["op 9"], false),
        (How::Close { code: 4915 }, &["close 4915"], false),
        (How::Cut, &["cut"], false),
        (How::Ignore, &[], false),
        (How::AcceptThenClose { code: 4009 }, &["READY 1", "close 4009"], true),
        (How::AcceptThenSilence, &["READY 1"], true),
    ];
    for (how, expected, started) in cases {
        let mut bot = Bot::new(limit(1000, 9));
        let order = Incident::FailHandshake { what: Handshake::Identify, how, times: 1 };
        bot.platform.apply(bot.now, order);
        bot.identify([0, 1]);
        assert_eq!(short(&bot.frames())[1..], *expected, "{how:?}");
        assert_eq!(!bot.platform.sessions().is_empty(), started);
        bot.platform.push_c2c(bot.now, "text");
        assert!(bot.frames().is_empty(), "{how:?}");
        bot.wait(5);
        bot.identify([0, 1]);
        assert_eq!(short(&bot.frames()), ["op 10", "READY 1"], "once only: {how:?}");
        assert!(bot.rules().is_empty());
    }
}

//! What the platform does when it is told to misbehave.

use qq_testkit::platform::{Effect, Garbage, Incident, PlatformConfig, Request, SessionEnd};
use serde_json::{Value, json};

use crate::bot::{Bot, short};

#[test]
fn incidents_of_a_connection() {
    let cases: [(Incident, &[&str]); 9] = [
        (Incident::Close { shard: 0, code: 4912 }, &["close 4912"]),
        (Incident::Cut { shard: 0 }, &["cut"]),
        (Incident::ReconnectRequest { shard: 0 }, &["op 7"]),
        (Incident::InvalidSession { shard: 0, resumable: true }, &["op 9"]),
        (Incident::InvalidSession { shard: 0, resumable: false }, &["op 9", "close 4902"]),
        (Incident::ServerHeartbeat { shard: 0 }, &["op 1"]),
        (Incident::ForgetSessions, &["cut"]),
        (Incident::Silence { shard: 0 }, &[]),
        (Incident::Garbage { shard: 0, kind: Garbage::UnknownOp }, &["op 99"]),
    ];
    for (incident, expected) in cases {
        let mut bot = Bot::new(PlatformConfig::default());
        bot.live();
        assert!(bot.platform.apply(bot.now, incident.clone()));
        assert_eq!(short(&bot.frames()), expected, "{incident:?}");
    }
}

#[test]
fn without_a_connection_nothing_can_happen_to_it() {
    let mut bot = Bot::new(PlatformConfig::default());
    for incident in [
        Incident::Close { shard: 0, code: 4009 },
        Incident::Cut { shard: 0 },
        Incident::Silence { shard: 0 },
        Incident::InvalidSession { shard: 0, resumable: false },
        Incident::DuplicateLast { shard: 0, renumbered: true },
        Incident::Garbage { shard: 0, kind: Garbage::Huge },
    ] {
        assert!(!bot.platform.apply(bot.now, incident));
        assert!(bot.effects().is_empty());
    }
}

#[test]
fn sessions_survive_some_incidents_and_not_others() {
    for (incident, ended) in [
        (Incident::Close { shard: 0, code: 4009 }, None),
        (Incident::Cut { shard: 0 }, None),
        (Incident::Silence { shard: 0 }, None),
        (Incident::ExpireTokens, None),
        (Incident::InvalidSession { shard: 0, resumable: true }, None),
        (Incident::InvalidSession { shard: 0, resumable: false }, Some(SessionEnd::Invalidated)),
        (Incident::ForgetSessions, Some(SessionEnd::Forgotten)),
    ] {
        let mut bot = Bot::new(PlatformConfig::default());
        let (link, session) = bot.live();
        bot.platform.apply(bot.now, incident.clone());
        bot.hang_up(link);
        assert_eq!(bot.platform.sessions()[0].ended, ended, "{incident:?}");
        bot.wait(1);
        bot.frames();
        bot.resume(&session, 1);
        let expected: &[&str] =
            if ended.is_none() { &["op 10", "RESUMED 2"] } else { &["op 10", "op 9", "close 4902"] };
        assert_eq!(short(&bot.frames()), expected, "{incident:?}");
        assert!(bot.rules().is_empty(), "{incident:?}");
    }
}

#[test]
fn a_silent_connection_is_forgotten_without_a_word() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, session) = bot.live();
    bot.platform.apply(bot.now, Incident::Silence { shard: 0 });
    bot.platform.push_c2c(bot.now, "into the void");
    bot.wait(45);
    bot.beat(link);
    bot.wait(200);
    assert!(bot.frames().is_empty());
    assert!(bot.platform.links().is_empty());
    bot.resume(&session, 1);
    assert_eq!(short(&bot.frames()), ["op 10", "C2C_MESSAGE_CREATE 2", "RESUMED 3"]);
    assert!(bot.rules().is_empty());
}

#[test]
fn a_silent_connection_does_not_count_as_a_second_one() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (_, session) = bot.live();
    bot.platform.apply(bot.now, Incident::Silence { shard: 0 });
    bot.wait(1);
    bot.resume(&session, 1);
    assert_eq!(short(&bot.frames()), ["op 10", "RESUMED 2"]);
    assert!(bot.rules().is_empty());
}

#[test]
fn acks_are_withheld_and_come_back() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (link, _) = bot.live();
    for on in [true, false] {
        bot.platform.apply(bot.now, Incident::WithholdAcks { shard: 0, on });
        bot.wait(30);
        bot.beat(link);
        assert_eq!(bot.frames().len(), usize::from(!on));
    }
}

#[test]
fn dials_go_wrong() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.platform.apply(bot.now, Incident::RefuseDials { dials: 2 });
    bot.dial();
    bot.dial();
    assert_eq!(short(&bot.frames()), ["refused", "refused"]);
    bot.dial();
    assert_eq!(short(&bot.frames()), ["op 10"]);

    bot.platform.apply(bot.now, Incident::RefuseDialsFor { millis: 1500 });
    bot.dial();
    bot.wait(1);
    bot.dial();
    bot.wait(1);
    bot.dial();
    assert_eq!(short(&bot.frames()), ["refused", "refused", "op 10"]);

    bot.platform.apply(bot.now, Incident::HangDials { dials: 1 });
    let link = bot.dial();
    assert!(bot.effects().is_empty());
    bot.platform.handle(bot.now, Request::HangUp { link, code: None });
    bot.platform.apply(bot.now, Incident::NoHello { dials: 1 });
    bot.dial();
    assert!(matches!(bot.effects().as_slice(), [Effect::Accepted { .. }]));

    for (interval, d) in [
        (json!(0), json!({"heartbeat_interval": 0})),
        (json!("45000"), json!({"heartbeat_interval": "45000"})),
        (Value::Null, json!({})),
    ] {
        bot.platform.apply(bot.now, Incident::OddHello { dials: 1, interval });
        bot.dial();
        assert_eq!(bot.frames(), [json!({"op": 10, "d": d})]);
    }
    bot.dial();
    assert_eq!(bot.frames(), [json!({"op": 10, "d": {"heartbeat_interval": 45_000}})]);
    assert!(bot.rules().is_empty());
}

#[test]
fn garbage_of_every_kind() {
    let garbage = |kind| {
        let mut bot = Bot::new(PlatformConfig::default());
        let (link, session) = bot.live();
        bot.platform.apply(bot.now, Incident::Garbage { shard: 0, kind });
        let effects = bot.effects();
        let [effect] = effects.as_slice() else { panic!("{effects:?}") };
        let (text, bytes) = match effect {
            Effect::Text { bytes, .. } => (true, bytes.clone()),
            Effect::Binary { bytes, .. } => (false, bytes.clone()),
            Effect::Http { .. }
            | Effect::DropHttp { .. }
            | Effect::Accepted { .. }
            | Effect::RefusedDial { .. }
            | Effect::Close { .. }
            | Effect::Cut { .. } => panic!("{effect:?}"),
        };
        assert!(std::str::from_utf8(&bytes).is_ok());
        bot.hang_up(link);
        bot.wait(1);
        bot.resume(&session, 1);
        let replayed = short(&bot.frames())[1..].to_vec();
        let parses = serde_json::from_slice::<Value>(&bytes).is_ok();
        (text, parses, bytes.len(), replayed, bot.platform.owed(&session).count())
    };
    let (text, parses, _, replayed, owed) = garbage(Garbage::Junk);
    assert_eq!((text, parses, replayed.join(" "), owed), (true, false, "RESUMED 2".to_owned(), 0));
    let (text, parses, _, _, owed) = garbage(Garbage::NotAFrame);
    assert_eq!((text, parses, owed), (true, true, 0));
    let (text, parses, _, replayed, owed) = garbage(Garbage::Truncated);
    assert_eq!(
        (text, parses, replayed.join(" "), owed),
        (true, false, "MODEL_EVENT 2 RESUMED 3".to_owned(), 0)
    );
    let (text, parses, _, replayed, owed) = garbage(Garbage::Binary);
    assert_eq!((text, parses, replayed.len(), owed), (false, true, 2, 1));
    let (text, parses, size, _, owed) = garbage(Garbage::Huge);
    assert_eq!((text, parses, size > 5 * 1024 * 1024, owed), (true, true, true, 1));
}

#[test]
fn duplicates_with_the_old_number_or_a_new_one() {
    let mut bot = Bot::new(PlatformConfig::default());
    let (_, session) = bot.live();
    bot.platform.push_c2c(bot.now, "text");
    bot.platform.apply(bot.now, Incident::DuplicateLast { shard: 0, renumbered: false });
    bot.platform.apply(bot.now, Incident::DuplicateLast { shard: 0, renumbered: true });
    let frames = bot.frames();
    assert_eq!(frames[0], frames[1]);
    assert_eq!((&frames[2]["id"], &frames[2]["d"]), (&frames[0]["id"], &frames[0]["d"]));
    assert_eq!(frames[2]["s"], 3);
    assert_eq!(bot.platform.owed(&session).count(), 1, "once is enough");
}

#[test]
fn numbers_can_be_skipped() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.live();
    bot.platform.apply(bot.now, Incident::SkipSeq { shard: 0, by: 10 });
    bot.platform.push_c2c(bot.now, "text");
    assert_eq!(short(&bot.frames()), ["C2C_MESSAGE_CREATE 12"]);
}

#[test]
fn incidents_are_json() {
    for (incident, text) in [
        (Incident::Close { shard: 1, code: 4009 }, json!({"incident": "close", "shard": 1, "code": 4009})),
        (
            Incident::Garbage { shard: 0, kind: Garbage::Huge },
            json!({"incident": "garbage", "shard": 0, "kind": "huge"}),
        ),
        (Incident::ExpireTokens, json!({"incident": "expire_tokens"})),
        (
            serde_json::from_value(json!({"incident": "fail_next", "endpoint": "send",
                "how": {"error": {"status": 400, "code": 22_009}}, "times": 1}))
            .unwrap(),
            json!({"incident": "fail_next", "endpoint": "send",
                "how": {"error": {"status": 400, "code": 22_009}}, "times": 1}),
        ),
    ] {
        assert_eq!(serde_json::to_value(&incident).unwrap(), text);
        assert_eq!(serde_json::from_value::<Incident>(text).unwrap(), incident);
    }
}

//! Links that are lost: what is asked for anew, what is kept.

use alloc::format;

use super::{Bot, FREE, TOKEN, config, count, fixed, has, limits, with_session};
use crate::Restart;
use crate::event::PhaseName;
use crate::io::{Input, Signal, TransportError};

const IDENTIFY: &str = r#""op":2"#;
const RESUME: &str = r#""op":6"#;

#[test]
fn a_lost_link_is_resumed_at_once_with_the_newest_number() {
    let mut bot = Bot::live(1);
    bot.event(0, 2);
    bot.event(0, 41);
    let lines = bot.close(0, 4009);
    assert_eq!(
        lines,
        ["0 is queued: the server closed with 4009", "connect 0.2 wss://gw", "0 is dialing: it is its turn",]
    );
    bot.open(0);
    let resume = r#"send 0.2 {"op":6,"d":{"token":"QQBot T-token","session_id":"S0","seq":41}}"#;
    assert_eq!(bot.hello(0), [resume, "0 is joining: hello came"]);
    // A replay: one of them was handed out before the link was lost.
    assert!(bot.event(0, 41).is_empty());
    assert_eq!(bot.event(0, 42), ["0 event 42"]);
    let lines = bot.frame(0, r#"{"op":0,"s":43,"t":"RESUMED","d":""}"#);
    assert_eq!(lines, ["0 resumed, 1 replayed", "0 is live: the session continues"]);
    let totals = bot.client.totals();
    assert_eq!((totals.identifies, totals.resumes, totals.duplicates, totals.events), (1, 1, 1, 3));
}

#[test]
fn op_7_hangs_up_and_resumes() {
    let mut bot = Bot::live(1);
    let lines = bot.frame(0, r#"{"op":7}"#);
    assert_eq!(lines[0], "disconnect 0.1 4000");
    assert!(has(&lines, "connect 0.2"));
}

#[test]
fn two_dials_in_a_row_ask_for_the_address_again() {
    let mut bot = Bot::live(1);
    bot.fail(0);
    assert_eq!(bot.https_seen.len(), 2);
    bot.fail(0);
    while bot.conns.is_empty() {
        bot.wake();
    }
    assert_eq!(bot.https_seen.len(), 2, "one failure is nothing");
    let lines = bot.fail(0);
    assert!(has(&lines, "/gateway/bot"), "{lines:?}");
    // The new address is used, with the old session.
    bot.run_until(bot.now + 3000);
    bot.exchange("/gateway/bot");
    let lines = bot.gateway(r#"{"url":"wss://gw-2"}"#);
    assert!(has(&lines, "connect 0.4 wss://gw-2"), "{lines:?}");
    bot.open(0);
    assert!(has(&bot.hello(0), RESUME));
}

#[test]
fn dials_that_fail_on_different_shards_count_together() {
    let mut bot = Bot::live(3);
    for shard in 0..3 {
        bot.close(shard, 4009);
    }
    bot.fail(0);
    assert!(has(&bot.fail(2), "/gateway/bot"));
    // One that opens in between says that the address is fine.
    let mut bot = Bot::live(3);
    for shard in 0..3 {
        bot.close(shard, 4009);
    }
    bot.fail(0);
    bot.open(1);
    assert!(!has(&bot.fail(2), "/gateway/bot"));
}

#[test]
fn a_dead_token_is_replaced_before_the_resume() {
    let mut bot = Bot::live(1);
    let lines = bot.close(0, 4004);
    assert!(has(&lines, "http POST") && !has(&lines, "connect"), "{lines:?}");
    let lines = bot.token("U");
    assert!(has(&lines, "connect 0.2"), "{lines:?}");
    bot.open(0);
    let resume = r#"{"op":6,"d":{"token":"QQBot U-token","session_id":"S0","seq":1}}"#;
    assert!(has(&bot.hello(0), resume));
}

#[test]
fn many_shards_that_blame_one_token_make_one_request() {
    let mut bot = Bot::live(3);
    let mut lines = bot.close(0, 4004);
    lines.extend(bot.close(1, 4004));
    lines.extend(bot.close(2, 4004));
    assert_eq!(count(&lines, "http POST"), 1);
    // They have a new one by the time the last of them complains about the old one.
    let mut bot = Bot::live(2);
    bot.close(0, 4004);
    bot.token("U");
    let lines = bot.close(1, 4004);
    assert_eq!(count(&lines, "http"), 0, "{lines:?}");
    assert!(has(&lines, "connect 1.2"));
}

#[test]
fn a_live_shard_does_not_notice_a_new_token() {
    let mut bot = Bot::live(1);
    bot.run_until(20_000);
    let id = bot.exchanges.len();
    bot.client.set_secret(super::at(bot.now), super::SECRET);
    bot.drain();
    assert_eq!(bot.exchanges.len(), id + 1);
    assert!(bot.token("U").is_empty());
    assert_eq!(bot.phase(0), PhaseName::Live);
}

#[test]
fn a_token_that_expires_while_dialling_is_waited_for() {
    let mut bot = Bot::new(fixed(1).with_sessions([with_session(0, 1)]));
    bot.drain();
    bot.answer(TOKEN, 200, r#"{"access_token":"T","expires_in":"3"}"#);
    bot.gateway(FREE);
    bot.run_until(2500);
    bot.open(0);
    // The refresh is under way and fails; then the old one expires.
    bot.run_until(3000);
    bot.fail_exchange(TOKEN, TransportError::Dns);
    bot.now = 4000;
    let lines = bot.hello(0);
    assert!(has(&lines, "disconnect 0.1 4000") && has(&lines, "the token expired meanwhile"), "{lines:?}");
    while bot.exchanges.is_empty() {
        bot.wake();
    }
    let lines = bot.token("U");
    assert!(has(&lines, "connect 0.2"), "{lines:?}");
    bot.open(0);
    assert!(has(&bot.hello(0), r#""session_id":"S0","seq":10"#));
}

#[test]
fn a_greeted_shard_waits_for_a_token() {
    let mut bot = Bot::new(fixed(1));
    bot.drain();
    bot.answer(TOKEN, 200, r#"{"access_token":"T","expires_in":"3"}"#);
    bot.gateway(FREE);
    bot.open(0);
    bot.run_until(3000);
    bot.fail_exchange(TOKEN, TransportError::Dns);
    bot.now = 4000;
    assert!(!has(&bot.hello(0), IDENTIFY));
    while bot.exchanges.is_empty() {
        bot.wake();
    }
    assert!(has(&bot.token("U"), "QQBot U-token"));
    assert_eq!(bot.phase(0), PhaseName::Joining);
}

#[test]
fn refused_identifies_get_another_token_once() {
    let mut bot = Bot::found(fixed(1), FREE);
    for round in 1..=4 {
        while bot.conns.is_empty() {
            bot.wake();
        }
        bot.open(0);
        bot.hello(0);
        while bot.phase(0) == PhaseName::Greeted {
            bot.wake();
        }
        let lines = bot.frame(0, r#"{"op":9,"d":false}"#);
        assert!(has(&lines, &format!("refused {round} times in a row; are the intents GUILDS granted")));
        assert_eq!(has(&lines, "http POST"), round == 2, "{round}: {lines:?}");
        if round == 2 {
            bot.token("U");
        }
    }
}

#[test]
fn late_words_of_an_old_connection_are_ignored() {
    let mut bot = Bot::live(1);
    let old = bot.conns[&0];
    bot.frame(0, r#"{"op":7}"#);
    bot.open(0);
    let before = format!("{:?}", bot.client);
    for signal in [
        Signal::Opened,
        Signal::Closed { code: Some(4014) },
        Signal::Failed(TransportError::Broken),
        Signal::ReadPaused,
        Signal::Text(r#"{"op":0,"s":9,"t":"X","d":{}}"#.into()),
        Signal::Text("garbage".into()),
    ] {
        assert!(bot.handle(Input::Conn { conn: old, signal }).is_empty());
    }
    assert_eq!(before, format!("{:?}", bot.client));
    // Nor answers to exchanges that were answered or given up.
    for id in bot.https_seen.clone() {
        let result = Ok(crate::io::HttpResponse::new(200, r#"{"access_token":"Z","expires_in":"9"}"#));
        assert!(bot.handle(Input::Http { id, result }).is_empty());
    }
    assert_eq!(before, format!("{:?}", bot.client));
}

#[test]
fn a_reader_that_pauses_keeps_its_link() {
    let mut bot = Bot::live(1);
    bot.signal(0, Signal::ReadPaused);
    assert!(!bot.client.shards().next().unwrap().can_receive());
    let lines = bot.run_until(1_000_000);
    assert!(!has(&lines, "disconnect"));
    assert!(count(&lines, r#""op":1"#) >= 24);
    bot.signal(0, Signal::ReadResumed);
    assert!(bot.client.shards().next().unwrap().can_receive());
    let lines = bot.run_until(1_200_000);
    assert!(has(&lines, "disconnect 0.1 4000") && has(&lines, "heartbeats stayed unanswered"));
}

#[test]
fn one_lost_acknowledgement_is_nothing() {
    let mut bot = Bot::live(1);
    for _ in 0..20 {
        while bot.client.shards().next().unwrap().unanswered_beats() < 2 {
            bot.wake();
        }
        assert!(!bot.client.shards().next().unwrap().can_receive());
        bot.now += 50;
        bot.frame(0, r#"{"op":11}"#);
        assert!(bot.client.shards().next().unwrap().can_receive());
    }
    assert_eq!(bot.phase(0), PhaseName::Live);
}

#[test]
fn what_cannot_be_read_ends_no_link() {
    let mut bot = Bot::live(1);
    for (frame, told) in [
        ("", "could not be read"),
        ("garbage", "could not be read"),
        ("[1]", "could not be read"),
        ("{}", "could not be read"),
        (r#"{"op":0,"s":5,"#, "could not be read"),
        (r#"{"op":99}"#, "unknown op 99"),
        (r#"{"op":-1}"#, "unknown op -1"),
        (r#"{"op":10,"d":{"heartbeat_interval":0}}"#, "no usable heartbeat interval"),
        (r#"{"op":0,"s":5,"t":"READY","d":{}}"#, "READY names no session"),
        (r#"{"op":0,"s":5,"t":"READY","d":{"session_id":""}}"#, "READY names no session"),
        (r#"{"op":0,"s":5,"t":"READY","d":"#, "could not be read"),
        (r#"{"op":0,"s":5,"t":"RESUMED","d":""}"#, "RESUMED makes no sense while it is live"),
    ] {
        let lines = bot.frame(0, frame);
        assert!(has(&lines, "fault") && has(&lines, told), "{frame}: {lines:?}");
        assert_eq!(bot.phase(0), PhaseName::Live, "{frame}");
    }
    let binary = alloc::vec![0xFF_u8, 0xFE, 0x00];
    assert!(has(&bot.signal(0, Signal::Text(binary.into())), "could not be read"));
    // None of them has moved the number of the session.
    assert_eq!(bot.client.sessions()[0].seq, 1);
}

#[test]
fn a_frame_over_the_limit_is_not_read() {
    let mut config = fixed(1);
    config.limits.frame_bytes = 100;
    let mut bot = Bot::found(config, FREE);
    bot.open(0);
    bot.hello(0);
    let long = format!(r#"{{"op":7,"d":"{}"}}"#, "x".repeat(100));
    assert!(has(&bot.frame(0, &long), "too long"));
    assert_eq!(bot.phase(0), PhaseName::Joining);
}

#[test]
fn hello_with_an_odd_interval_is_told_and_30_s_are_used() {
    let mut bot = Bot::found(fixed(1).with_sessions([with_session(0, 1)]), FREE);
    bot.open(0);
    let lines = bot.frame(0, r#"{"op":10,"d":{}}"#);
    assert!(has(&lines, "using 30 s") && has(&lines, RESUME), "{lines:?}");
    bot.frame(0, r#"{"op":0,"s":11,"t":"RESUMED"}"#);
    bot.wake();
    let first = bot.now;
    bot.frame(0, r#"{"op":11}"#);
    bot.wake();
    assert_eq!(bot.now - first, 30_000);
}

#[test]
fn a_restart_leaves_and_comes_back() {
    let mut bot = Bot::live(2);
    let lines = bot.restart(0, Restart::Resume);
    assert_eq!(lines[0], "disconnect 0.1 4000");
    assert!(has(&lines, "0 is queued: a restart was asked for") && has(&lines, "connect 0.2"));
    bot.open(0);
    assert!(has(&bot.hello(0), RESUME));
    bot.restart(1, Restart::Fresh);
    bot.run_until(bot.now + 6000);
    bot.open(1);
    assert!(has(&bot.hello(1), "1 is greeted"));
}

#[test]
fn one_that_halted_can_be_restarted_and_the_others_go_on() {
    let mut bot = Bot::live(2);
    let lines = bot.close(0, 4014);
    assert_eq!(lines, ["0 is halted: the server closed with 4014", "0 halted: the gateway closed with 4014"]);
    bot.run_until(bot.now + 60_000);
    assert_eq!(bot.phases(), [PhaseName::Halted, PhaseName::Live]);
    assert!(has(&bot.restart(0, Restart::Resume), "connect 0.2"));
}

#[test]
fn shards_that_wait_for_a_place_are_not_forgotten() {
    // Everything goes wrong for the first; the others still come up.
    let mut bot = Bot::found(config(), &limits(3, 1000, 86_400_000, 1));
    let mut live = 0;
    while live < 2 && bot.now < 600_000 {
        let Some(shard) = bot.conns.keys().copied().find(|shard| bot.phase(*shard) != PhaseName::Live) else {
            bot.wake();
            continue;
        };
        bot.open(shard);
        if shard == 0 {
            bot.fail(0);
            continue;
        }
        bot.hello(shard);
        while bot.phase(shard) == PhaseName::Greeted {
            bot.wake();
        }
        bot.ready(shard);
        live += 1;
    }
    assert_eq!(bot.phases()[1..], [PhaseName::Live; 2], "at {}", bot.now);
}

//! Incidents that a bot survives.

use qq_blocking::{Bot, Notice, Options};
use qq_proto::{Leave, ShardIndex};
use qq_testkit::platform::{Garbage, Incident};
use qq_testkit::serve::{Server, SocketFault};

use crate::support::{
    assert_polite, await_live, await_notice, config, noticed, platform, push, text, wait_until,
};

/// Starts a bot, lets something happen, and looks whether everything arrives once and in order around it.
fn survives(incident: impl FnOnce(&Server)) {
    let server = platform();
    let (options, notices) = noticed(Options::default());
    let (bot, mut events) = Bot::start(config(&server), options).unwrap();
    push(&server, "before");
    incident(&server);
    push(&server, "after");
    await_notice(&notices, |notice| matches!(notice, Notice::Resumed { .. }));
    await_live(&bot);
    push(&server, "later");
    for word in ["before", "after", "later"] {
        assert_eq!(text(&events.next().unwrap()), word);
    }
    let totals = bot.state().totals;
    assert_eq!((totals.resumes, totals.identifies), (1, 1));
    bot.stop(Leave::Final);
    assert_polite(&server);
}

#[test]
fn a_cut_socket_is_resumed() {
    survives(|server| assert!(server.apply(Incident::Cut { shard: 0 })));
}

#[test]
fn a_reset_in_the_middle_of_a_frame_is_resumed() {
    survives(|server| assert!(server.fault(&SocketFault::CutAfter { shard: 0, bytes: 40 })));
}

#[test]
fn a_reconnect_request_is_followed() {
    survives(|server| assert!(server.apply(Incident::ReconnectRequest { shard: 0 })));
}

#[test]
fn the_end_of_a_connection_is_resumed() {
    let close = Incident::Close { shard: 0, code: 4009 };
    survives(|server| assert!(server.apply(close)));
}

#[test]
fn an_invalid_session_is_begun_anew() {
    let incident = Incident::InvalidSession { shard: 0, resumable: false };
    let server = platform();
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    assert!(server.apply(incident));
    wait_until("a second identify", || bot.state().totals.identifies == 2);
    await_live(&bot);
    push(&server, "new");
    assert_eq!(text(&events.next().unwrap()), "new");
    bot.stop(Leave::Final);
    assert_polite(&server);
}

#[test]
fn a_token_that_died_is_replaced_and_the_reply_goes_out() {
    let server = platform();
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    push(&server, "hello");
    let event = events.next().unwrap();
    server.apply(Incident::ExpireTokens);
    assert!(bot.reply(&event, "again").is_ok());
    assert_eq!(server.platform().tokens_issued(), 2);
    bot.stop(Leave::Final);
    assert_polite(&server);
}

#[test]
fn odd_frames_do_no_harm() {
    let server = platform();
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    for kind in [Garbage::Junk, Garbage::NotAFrame, Garbage::UnknownOp, Garbage::Binary, Garbage::Huge] {
        assert!(server.apply(Incident::Garbage { shard: 0, kind }), "{kind:?}");
    }
    assert!(server.fault(&SocketFault::Trickle { shard: 0, bytes: 200, pause_micros: 100 }));
    push(&server, "still here");
    let mut sizes = Vec::new();
    for event in events.by_ref() {
        let body = event.json().unwrap();
        sizes.push(body.len());
        if body.contains("still here") {
            break;
        }
    }
    // The binary one, the huge one and the last one.
    assert!(sizes.len() >= 3, "{sizes:?}");
    assert!(sizes.iter().any(|size| *size > 5_000_000), "{sizes:?}");
    assert_eq!(bot.state().totals.resumes, 0);
    bot.stop(Leave::Final);
}

#[test]
fn a_halted_shard_says_so() {
    let server = platform();
    let (options, notices) = noticed(Options::default());
    let (bot, _events) = Bot::start(config(&server), options).unwrap();
    server.apply(Incident::Close { shard: 0, code: 4915 });
    let notice = await_notice(&notices, |notice| matches!(notice, Notice::Halted { .. }));
    assert!(notice.to_string().contains("banned"), "{notice}");
    assert_eq!(bot.state().shards[0].shard, ShardIndex::new(0));
    bot.stop(Leave::Final);
}

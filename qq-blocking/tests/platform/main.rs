//! The adapter against the model platform, over real sockets.

#![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

mod proxy;
mod recover;
mod slow;
mod support;

use std::thread;

use qq_blocking::{Bot, CallFailed, Options, StartError};
use qq_proto::{Config, ConfigError, Halt, Leave, Restart, Scene, ShardIndex, TextReply, Trigger};
use qq_testkit::platform::PlatformConfig;

use support::{assert_polite, config, platform, platform_like, push, text};

#[test]
fn start_returns_when_every_shard_is_ready_and_replies_arrive() {
    let mut like = PlatformConfig { shards: 2, ..PlatformConfig::default() };
    like.starts.max_concurrency = 2;
    let server = platform_like(like);
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    assert_eq!(server.platform().live_shards(), [0, 1]);
    let state = bot.state();
    assert!(state.shards.iter().all(|shard| shard.link_up && shard.can_receive));
    assert!(state.can_send && state.token_age.is_some());
    assert_eq!(state.totals.identifies, 2);

    {
        let mut platform = server.platform();
        let now = platform.now();
        platform.push_c2c(now, "a");
        platform.push_group_at(now, "b");
        platform.push_guild(now, "c");
        platform.push_dm(now, "d");
    }
    for answer in ["1", "2", "3", "4"] {
        let event = events.next().unwrap();
        let sent = bot.reply(&event, answer).unwrap();
        assert!(sent.id.is_some());
    }
    let sent: Vec<String> = server.platform().sent().iter().map(|sent| sent.content.clone()).collect();
    assert_eq!(sent, ["1", "2", "3", "4"]);
    assert_eq!(bot.state().calls.done, 4);
    bot.stop(Leave::Final);
    assert!(events.next().is_none() && events.is_ended());
    assert_polite(&server);
}

#[test]
fn many_threads_reply_at_once() {
    let server = platform();
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    for number in 0..40 {
        push(&server, &number.to_string());
    }
    thread::scope(|scope| {
        for event in events.by_ref().take(40) {
            let bot = bot.clone();
            scope.spawn(move || bot.reply(&event, text(&event)).unwrap());
        }
    });
    assert_eq!(server.platform().sent().len(), 40);
    bot.stop(Leave::Final);
    assert_polite(&server);
}

#[test]
fn start_says_why_it_cannot() {
    let server = platform();
    let wrong = Config::new("1", "").with_hosts(config(&server).hosts);
    let error = Bot::start(wrong, Options::default()).map(drop).unwrap_err();
    assert_eq!(error, StartError::Config(ConfigError::NoSecret));

    let mut wrong = config(&server);
    wrong.secret = "sesame-that-opens-nothing".into();
    let error = Bot::start(wrong, Options::default()).map(drop).unwrap_err();
    assert!(matches!(error, StartError::Halted { reason: Halt::Credentials { .. }, .. }), "{error:?}");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("check the app secret") && !shown.contains("sesame"), "{shown}");
}

#[test]
fn calls_come_back_when_they_are_not_taken() {
    let server = platform();
    let mut few = config(&server);
    few.limits.calls = 0;
    let (bot, _events) = Bot::start(few, Options::default()).unwrap();
    let to = qq_proto::ReplyTo::new(Scene::C2c, "somebody", Trigger::Message("m".into()));
    let Err(CallFailed::Refused(refused)) = bot.call(TextReply::new(to.clone(), "hi")) else {
        panic!("it was taken");
    };
    assert_eq!(refused.call.to(), &to);
    bot.stop(Leave::Final);
    let Err(CallFailed::Refused(refused)) = bot.reply(&to, "hi") else {
        panic!("it was taken");
    };
    assert_eq!(refused.why, qq_proto::Why::Stopping);
}

#[test]
fn a_shard_can_be_restarted_and_a_session_continued() {
    let server = platform();
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    push(&server, "one");
    push(&server, "two");
    assert_eq!(text(&events.next().unwrap()), "one");
    bot.restart(ShardIndex::new(0), Restart::Resume);
    support::wait_until("resumed", || bot.state().totals.resumes == 1);
    assert_eq!(text(&events.next().unwrap()), "two");
    support::await_live(&bot);
    // "two" was handed out and not finished, so it comes again.
    let sessions = bot.stop(Leave::Resumable);
    drop(events);

    let again = config(&server).with_sessions(sessions);
    let (bot, mut events) = Bot::start(again, Options::default()).unwrap();
    assert_eq!(text(&events.next().unwrap()), "two");
    assert_eq!(bot.state().totals.identifies, 0);
    bot.stop(Leave::Final);
}

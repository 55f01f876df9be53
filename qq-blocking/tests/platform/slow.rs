//! Applications that are slow, panic, or are not there.

use std::sync::mpsc::channel;
use std::time::Duration;

use qq_blocking::{Bot, Finish, Notice, Options};
use qq_proto::Leave;
use qq_testkit::platform::PlatformConfig;

use crate::support::{
    assert_polite, await_notice, config, noticed, platform, platform_like, push, text, wait_until,
};

/// Messages in a burst.
const MANY: usize = 50_000;

#[test]
fn a_slow_application_is_no_dead_link() {
    let like = PlatformConfig { hello_interval: Duration::from_millis(400), ..PlatformConfig::default() };
    let server = platform_like(like);
    let options = Options::default().with_capacity(8);
    let (bot, mut events) = Bot::start(config(&server), options).unwrap();
    let burst = 500;
    for number in 0..burst {
        push(&server, &number.to_string());
    }
    wait_until("a full queue", || bot.state().waiting_events >= 8);
    // Long enough for six heartbeats: a dead link would be seen after three.
    let beats = {
        let now = bot.state().now;
        move |bot: &Bot| bot.state().now.since(now) > Duration::from_millis(2500)
    };
    wait_until("six heartbeats", || beats(&bot));
    let state = bot.state();
    assert!(state.waiting_events <= 8 + 8, "{}", state.waiting_events);
    assert_eq!(state.totals.resumes, 0);
    for number in 0..burst {
        assert_eq!(text(&events.next().unwrap()), number.to_string());
    }
    assert_eq!(bot.state().totals.resumes, 0);
    bot.stop(Leave::Final);
    assert_polite(&server);
}

#[test]
fn a_burst_arrives_once_and_in_order() {
    let server = platform();
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    for number in 0..MANY {
        push(&server, &number.to_string());
    }
    for number in 0..MANY {
        assert_eq!(text(&events.next().unwrap()), number.to_string());
    }
    assert_eq!(bot.state().totals.events, u64::try_from(MANY).unwrap());
    bot.stop(Leave::Final);
    assert_polite(&server);
}

#[test]
fn a_handler_that_panics_does_no_harm_but_to_its_own_event() {
    let server = platform();
    let (options, notices) = noticed(Options::default());
    let (bot, mut events) = Bot::start(config(&server), options).unwrap();
    for word in ["good", "bad", "good again"] {
        push(&server, word);
    }
    let (seen, words) = channel();
    let serving = std::thread::spawn(move || {
        events.serve(|event| {
            assert_ne!(text(&event), "bad", "said so");
            seen.send(text(&event)).unwrap();
        });
    });
    await_notice(&notices, |notice| matches!(notice, Notice::HandlerPanicked { .. }));
    let words: Vec<String> = words.iter().take(2).collect();
    assert_eq!(words, ["good", "good again"]);
    bot.stop(Leave::Final);
    serving.join().unwrap();
}

#[test]
fn finished_is_what_the_application_says() {
    let server = platform();
    let options = Options::default().with_finish(Finish::Manual);
    let (bot, mut events) = Bot::start(config(&server), options).unwrap();
    for word in ["a", "b", "c"] {
        push(&server, word);
    }
    let taken: Vec<_> = events.by_ref().take(3).collect();
    let before = bot.sessions()[0].seq;
    events.finished(&taken[1]);
    assert_eq!(bot.sessions()[0].seq, before);
    bot.finished(&taken[0]);
    assert_eq!(bot.sessions()[0].seq, taken[1].seq().unwrap());
    assert_eq!(bot.state().unfinished_events, 1);
    bot.stop(Leave::Final);
}

#[test]
fn a_bot_that_only_sends_needs_no_reader() {
    let server = platform();
    let options = Options::default().with_capacity(1);
    let (bot, mut events) = Bot::start(config(&server), options).unwrap();
    push(&server, "hello");
    let event = events.next().unwrap();
    drop(events);
    for _ in 0..100 {
        push(&server, "nobody reads this");
    }
    wait_until("all are taken", || bot.state().totals.events == 101);
    assert!(bot.reply(&event, "still sending").is_ok());
    bot.stop(Leave::Final);
}

#[test]
fn waiting_for_an_event_can_end() {
    let server = platform();
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    assert!(events.try_next().is_none());
    assert!(events.next_timeout(Duration::from_millis(1)).is_none());
    assert!(!events.is_ended());
    push(&server, "x");
    assert!(events.next_timeout(crate::support::PATIENCE).is_some());
    bot.stop(Leave::Final);
}

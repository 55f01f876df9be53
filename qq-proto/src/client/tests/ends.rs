//! Stops, refused credentials, rotated secrets.

use super::{Bot, FREE, SECRET, TOKEN, at, config, count, fixed, has, with_session};
use crate::api::{ApiRequest, RawCall, Repeat};
use crate::calls::Why;
use crate::client::{Leave, Restart};
use crate::config::Shards;
use crate::event::PhaseName;
use crate::io::{HttpResponse, Input, Method, TransportError};

fn call(path: &str) -> RawCall {
    RawCall(ApiRequest::new(Method::Post, &[path]).with_repeat(Repeat::Deduplicated))
}

#[test]
fn a_stop_closes_everything_and_says_when_it_is_done() {
    for (how, code) in [(Leave::Resumable, 4000), (Leave::Final, 1000)] {
        let mut bot = Bot::live(2);
        bot.event(1, 9);
        let lines = bot.stop(how);
        assert_eq!(
            lines,
            [
                alloc::format!("disconnect 0.1 {code}").as_str(),
                "0 is halted: a stop was asked for",
                "0 halted: stopped",
                alloc::format!("disconnect 1.1 {code}").as_str(),
                "1 is halted: a stop was asked for",
                "1 halted: stopped",
                "stopped",
            ]
        );
        assert!(bot.client.next_deadline().is_none());
        let sessions = bot.client.sessions();
        assert_eq!((sessions[0].seq, sessions[1].seq), (1, 9));
        // Once is enough, and there is no way back.
        assert!(bot.stop(Leave::Final).is_empty());
        assert!(bot.restart(0, Restart::Fresh).is_empty());
        bot.client.set_secret(at(bot.now), "other");
        assert!(bot.drain().is_empty());
        assert_eq!(bot.client.call(at(bot.now), call("x")).unwrap_err().why, Why::Stopping);
        assert!(!bot.client.can_send());
    }
}

#[test]
fn a_stop_before_anything_was_found_gives_the_sessions_back() {
    let given = [with_session(0, 2), with_session(1, 2)];
    for steps in 0..3 {
        let mut bot = Bot::new(config().with_sessions(given.clone()));
        bot.drain();
        if steps > 0 {
            bot.token("T");
        }
        if steps > 1 {
            bot.gateway(r#"{"url":"wss://gw","shards":2}"#);
        }
        assert!(has(&bot.stop(Leave::Resumable), "stopped"));
        assert_eq!(bot.client.sessions(), given, "{steps}");
    }
}

#[test]
fn answers_after_the_stop_change_nothing() {
    for find in [false, true] {
        let mut bot = Bot::new(config());
        bot.drain();
        if find {
            bot.token("T");
        }
        let id = *bot.exchanges.keys().next().unwrap();
        assert_eq!(bot.stop(Leave::Final), ["stopped"]);
        for body in [r#"{"url":"wss://gw","shards":2}"#, r#"{"access_token":"Z"}"#, r#"{"code":100016}"#] {
            assert!(bot.handle(Input::Http { id, result: Ok(HttpResponse::new(200, body)) }).is_empty());
        }
        assert_eq!(bot.client.shards().count(), 0);
        assert!(bot.client.next_deadline().is_none());
    }
}

#[test]
fn calls_in_flight_have_a_moment() {
    let mut bot = Bot::live(1);
    let _ = bot.client.call(at(bot.now), call("a")).unwrap();
    let _ = bot.client.call(at(bot.now), call("b")).unwrap();
    bot.drain();
    let lines = bot.stop(Leave::Final);
    assert!(!has(&lines, "stopped") || lines.last().unwrap() != "stopped", "{lines:?}");
    assert_eq!(bot.answer("/a", 200, "{}"), ["reply 1 after 1: ok 200"]);
    let grace = bot.now + 1000;
    assert_eq!(bot.wake(), ["reply 2 after 1: Stopped", "stopped"]);
    assert_eq!(bot.now, grace);
    assert!(bot.client.next_deadline().is_none());

    // Answered in time: no need to wait longer. A repeat is not begun any more.
    let mut bot = Bot::live(1);
    let _ = bot.client.call(at(bot.now), call("a")).unwrap();
    bot.drain();
    bot.stop(Leave::Final);
    assert_eq!(bot.fail_exchange("/a", TransportError::Broken), ["reply 1 after 1: Stopped", "stopped"]);
}

#[test]
fn calls_that_wait_are_given_up_at_the_stop() {
    let mut bot = Bot::new(config().with_shards(Shards::None));
    bot.drain();
    for _ in 0..3 {
        let _ = bot.client.call(at(bot.now), call("a")).unwrap();
    }
    let lines = bot.stop(Leave::Resumable);
    assert_eq!(count(&lines, "after 0: Stopped"), 3);
    assert_eq!(lines.last().unwrap(), "stopped");
}

const WRONG: &str = r#"{"code":100016,"message":"invalid appid or secret"}"#;

#[test]
fn refused_credentials_halt_what_has_no_link() {
    let mut bot = Bot::new(config());
    bot.drain();
    let _ = bot.client.call(at(1000), call("x")).unwrap();
    let lines = bot.answer(TOKEN, 200, WRONG);
    let why = "the platform refuses the app id or secret";
    assert!(has(&lines, "fault: the platform refuses the app id or secret"), "{lines:?}");
    assert!(has(&lines, &alloc::format!("0 is halted: {why}")), "{lines:?}");
    assert!(has(&lines, "0 halted: the platform refuses the app id or secret (code 100016)"), "{lines:?}");
    assert!(has(&lines, "reply 1 after 0: Credentials"), "{lines:?}");
    // It asks no more.
    assert!(bot.client.next_deadline().is_none());
    assert_eq!(bot.client.token().refused, Some(100_016));
    assert_eq!(bot.client.call(at(1000), call("x")).unwrap_err().why, Why::Credentials);
}

#[test]
fn a_live_shard_outlives_refused_credentials() {
    let mut bot = Bot::live(2);
    bot.run_until(20_000);
    bot.client.set_secret(at(bot.now), "wrong");
    bot.drain();
    let lines = bot.answer(TOKEN, 200, WRONG);
    assert!(!has(&lines, "halted"), "the old token still serves: {lines:?}");
    // It can even come back as long as the old token lives.
    bot.close(0, 4009);
    bot.open(0);
    bot.hello(0);
    bot.frame(0, r#"{"op":0,"s":2,"t":"RESUMED"}"#);
    // Live ones need no token; beats are answered.
    while bot.now < 7_300_000 {
        let mut lines = bot.wake();
        for shard in 0..2 {
            lines.extend(bot.frame(shard, r#"{"op":11}"#));
        }
        assert!(!has(&lines, "halted"), "{lines:?}");
    }
    assert_eq!(bot.phases(), [PhaseName::Live; 2]);
    assert!(has(&bot.close(1, 4009), "1 halted"));
    assert_eq!(bot.phase(0), PhaseName::Live);
}

#[test]
fn a_shard_that_waits_is_halted_when_the_old_token_expires() {
    let mut bot = Bot::found(fixed(1), &super::limits(1, 0, 86_400_000, 1));
    bot.run_until(20_000);
    bot.client.set_secret(at(bot.now), "wrong");
    bot.drain();
    bot.answer(TOKEN, 200, WRONG);
    assert_eq!(bot.phase(0), PhaseName::Queued);
    let lines = bot.run_until(7_201_000);
    assert!(has(&lines, "0 halted"), "{lines:?}");
}

#[test]
fn a_new_secret_revives() {
    let mut bot = Bot::new(config().with_sessions([with_session(1, 2)]));
    bot.drain();
    bot.answer(TOKEN, 200, WRONG);
    bot.now = 50_000;
    bot.hide("the-new-secret");
    bot.client.set_secret(at(bot.now), "the-new-secret");
    let lines = bot.drain();
    assert!(has(&lines, "http POST"), "{lines:?}");
    let request = &bot.exchanges[&bot.exchange(TOKEN)];
    assert_eq!(request.body.as_bytes(), br#"{"appId":"102","clientSecret":"the-new-secret"}"#);
    bot.token("T");
    let lines = bot.gateway(r#"{"url":"wss://gw","shards":2}"#);
    assert!(has(&lines, "connect 0.1") && has(&lines, "connect 1.1"), "{lines:?}");
    assert_eq!(bot.phases().len(), 2);
    bot.open(1);
    assert!(has(&bot.hello(1), r#""session_id":"S1","seq":10"#));
}

#[test]
fn a_restart_asks_again_after_a_refusal() {
    // The ban was lifted: the same secret is right again.
    let mut bot = Bot::new(fixed(1));
    bot.drain();
    bot.answer(TOKEN, 200, r#"{"code":100007}"#);
    assert_eq!(bot.phase(0), PhaseName::Halted);
    bot.now = 50_000;
    let lines = bot.restart(0, Restart::Resume);
    assert!(has(&lines, "http POST") && !has(&lines, "halted"), "{lines:?}");
    bot.token("T");
    assert!(has(&bot.gateway(FREE), "connect 0.1"));
}

#[test]
fn a_new_secret_does_not_restart_what_halted_for_another_reason() {
    let mut bot = Bot::live(2);
    bot.close(0, 4915);
    bot.client.set_secret(at(bot.now), SECRET);
    bot.drain();
    assert_eq!(bot.phase(0), PhaseName::Halted);
}

#[test]
fn a_stop_at_the_very_start() {
    let mut bot = Bot::new(config());
    // The first output was not even popped.
    let lines = bot.stop(Leave::Final);
    assert_eq!(count(&lines, "http POST"), 1);
    assert_eq!(lines.last().unwrap(), "stopped");
}

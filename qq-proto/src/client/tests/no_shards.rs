//! A client without shards: a token and calls, no gateway. For scripts, and for bots whose events come to a webhook.

use alloc::format;
use alloc::vec::Vec;

use super::{Bot, TOKEN, at, config, count, has, with_session};
use crate::api::{ApiRequest, RawCall, Repeat};
use crate::calls::Why;
use crate::client::{Client, Leave, Restart};
use crate::config::{Config, Shards};
use crate::id::{ConnId, ShardIndex};
use crate::intents::Intents;
use crate::io::{Input, Method, Signal, TransportError};
use crate::time::Wake;

const HOUR: u64 = 3_600_000;

fn alone() -> Config {
    config().with_shards(Shards::None)
}

fn call(path: &str) -> RawCall {
    RawCall(ApiRequest::new(Method::Post, &[path]).with_repeat(Repeat::Deduplicated))
}

#[test]
fn there_is_a_token_from_the_start_on_and_it_is_kept_fresh() {
    let mut bot = Bot::new(alone());
    // Nobody has called yet: bad credentials are found out at the start, not at the first message.
    assert_eq!(bot.drain(), ["http POST https://api.bot.qq.com/app/getAppAccessToken"]);
    assert!(!bot.client.can_send());
    assert!(bot.token("T0").is_empty());
    assert!(bot.client.can_send() && bot.client.token().usable);
    for round in 1..20 {
        assert_eq!(bot.client.next_deadline().unwrap().why, Wake::Token);
        let lines = bot.wake();
        assert_eq!(lines, ["http POST https://api.bot.qq.com/app/getAppAccessToken"], "{round}");
        // 45 s before the end, and the old one serves meanwhile.
        assert_eq!(bot.now, 1000 + round * (7200 - 45) * 1000, "{round}");
        assert!(bot.client.can_send());
        bot.token(&format!("T{round}"));
    }
    assert_eq!(bot.client.totals().token_requests, 20);
}

#[test]
fn neither_discovery_nor_a_connection_ever() {
    for gateway in [None, Some("wss://mine")] {
        let mut config = alone().with_sessions([with_session(0, 1)]).with_intents(Intents::empty());
        config.hosts.gateway = gateway.map(Into::into);
        let mut bot = Bot::new(config);
        let mut lines = bot.drain();
        lines.extend(bot.token("T"));
        let conn = ConnId { shard: ShardIndex::new(0), epoch: 1 };
        for signal in [Signal::Opened, Signal::Closed { code: Some(4009) }, Signal::ReadPaused] {
            lines.extend(bot.handle(Input::Conn { conn, signal }));
        }
        lines.extend(bot.handle(Input::IdentifySlot { shard: ShardIndex::new(0) }));
        lines.extend(bot.restart(0, Restart::Fresh));
        for round in 0..10 {
            lines.extend(bot.wake());
            if bot.client.token().fetching {
                lines.extend(bot.token(&format!("T{round}")));
            }
        }
        assert!(bot.now > 10 * HOUR);
        assert_eq!(count(&lines, "http"), count(&lines, TOKEN));
        assert_eq!(count(&lines, "connect") + count(&lines, "fault"), 0);
        assert_eq!(bot.client.shards().count(), 0);
        // What was given is not lost: the next process may want it.
        assert_eq!(bot.client.sessions(), [with_session(0, 1)]);
    }
}

#[test]
fn calls_work_and_heal_a_dead_token() {
    let mut bot = Bot::new(alone());
    bot.drain();
    // One that comes before the token waits for it.
    let _ = bot.client.call(at(bot.now), call("early")).unwrap();
    assert!(bot.drain().is_empty());
    assert_eq!(bot.token("T"), ["http POST https://api.bot.qq.com/early QQBot T-token"]);
    assert_eq!(bot.answer("/early", 200, "{}"), ["reply 1 after 1: ok 200"]);
    let _ = bot.client.call(at(bot.now), call("late")).unwrap();
    bot.drain();
    bot.run_until(bot.now + 1500);
    let _ = bot.answer("/late", 401, r#"{"message":"token","code":11244}"#);
    let mut lines = bot.run_until(bot.now + 1500);
    lines.extend(bot.token("U"));
    assert!(has(&lines, "/late QQBot U-token"), "{lines:?}");
    assert_eq!(bot.answer("/late", 200, "{}"), ["reply 2 after 2: ok 200"]);
}

#[test]
fn without_network_it_goes_on_trying() {
    let mut bot = Bot::new(alone());
    bot.drain();
    for _ in 0..40 {
        bot.fail_exchange(TOKEN, TransportError::Connect);
        let deadline = bot.client.next_deadline().expect("something to wait for");
        assert_eq!(deadline.why, Wake::Token);
        assert!(deadline.at <= at(bot.now + 75_000));
        while bot.exchanges.is_empty() {
            bot.wake();
        }
    }
    bot.token("T");
    assert!(bot.client.can_send());
    // An exchange that nobody answers is given up.
    bot.run_until(bot.now + 2 * HOUR);
    bot.exchanges.clear();
    bot.run_until(bot.now + HOUR);
    assert!(bot.client.totals().token_requests > 40);
}

#[test]
fn refused_credentials_give_the_reason_and_can_be_mended() {
    let mends: [fn(&mut Bot); 2] = [
        |bot| bot.client.set_secret(at(bot.now), "rotated"),
        |bot| bot.client.restart(at(bot.now), ShardIndex::new(0), Restart::Resume),
    ];
    for mend in mends {
        let mut bot = Bot::new(alone());
        bot.drain();
        let _ = bot.client.call(at(bot.now), call("x")).unwrap();
        let lines = bot.answer(TOKEN, 200, r#"{"code":100016,"message":"invalid appid or secret"}"#);
        assert!(has(&lines, "fault: the platform refuses the app id or secret"), "{lines:?}");
        assert!(has(&lines, "reply 1 after 0: Credentials"), "{lines:?}");
        assert_eq!(bot.client.token().refused, Some(100_016));
        assert_eq!(bot.client.call(at(bot.now), call("x")).unwrap_err().why, Why::Credentials);
        assert!(bot.client.next_deadline().is_none(), "asking again would change nothing");
        assert!(bot.run_until(bot.now + HOUR).is_empty());
        mend(&mut bot);
        assert_eq!(bot.drain(), ["http POST https://api.bot.qq.com/app/getAppAccessToken"]);
        bot.token("T");
        assert!(bot.client.can_send());
    }
}

#[test]
fn it_stops_in_every_state() {
    for steps in 0..3 {
        let mut bot = Bot::new(alone());
        bot.drain();
        if steps > 0 {
            bot.token("T");
        }
        let mut lines = Vec::new();
        if steps > 1 {
            let _ = bot.client.call(at(bot.now), call("x")).unwrap();
            bot.drain();
        }
        lines.extend(bot.stop(Leave::Final));
        // A call in flight has a second.
        lines.extend(bot.run_until(bot.now + 1000));
        assert_eq!(lines.last().map(alloc::string::String::as_str), Some("stopped"), "{steps}: {lines:?}");
        assert_eq!((count(&lines, "stopped"), count(&lines, "reply")), (1, usize::from(steps > 1)));
        assert!(bot.client.next_deadline().is_none());
        assert!(bot.run_until(bot.now + HOUR).is_empty());
    }
}

#[test]
fn intents_may_be_empty_where_nobody_identifies() {
    assert!(Client::new(alone().with_intents(Intents::empty()), at(0)).is_ok());
    assert!(Client::new(config().with_intents(Intents::empty()), at(0)).is_err());
}

//! The bot against the strict model platform, over real sockets: it survives, loses nothing, and breaks no rule.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use qq_smol::qq_proto::Hosts;
use qq_smol::{Bot, Config, Events, Leave, Options};
use qq_testkit::platform::{Garbage, Incident, Rule, Violation};
use qq_testkit::serve::{ServeOptions, Server, SocketFault};
use smol::future::FutureExt as _;

/// Nothing here takes this long unless it is broken.
const LONG: Duration = Duration::from_secs(60);

fn config(server: &Server) -> Config {
    let known = ServeOptions::default().platform;
    Config::new(known.app_id, known.secret.expose()).with_hosts(Hosts::custom(server.base_url()))
}

fn push(server: &Server, text: &str) {
    let mut platform = server.platform();
    let now = platform.now();
    platform.push_c2c(now, text);
}

async fn next(events: &mut Events) -> qq_smol::Dispatch {
    let late = async {
        smol::Timer::after(LONG).await;
        None
    };
    async { events.next().await }.or(late).await.unwrap()
}

#[test]
fn after_each_incident_nothing_is_lost_and_replies_go_through() {
    let server = Server::start(ServeOptions::default()).unwrap();
    smol::block_on(async {
        let (bot, mut events) = Bot::start(config(&server), Options::default()).await.unwrap();
        let mut round = 0;
        let mut survive = async |what: &str, happen: &dyn Fn() -> bool| {
            assert!(happen(), "{what}");
            round += 1;
            let text = format!("after {what} {round}");
            push(&server, &text);
            let mut event = next(&mut events).await;
            // Some incidents bring an event of their own.
            while !event.json().is_ok_and(|body| body.contains(&text)) {
                event = next(&mut events).await;
            }
            bot.reply(&event, text.as_str()).await.unwrap();
            let sent = server.platform().sent().last().cloned().unwrap();
            assert_eq!(sent.content, text);
            assert!(server.wait_for(LONG, |platform| !platform.live_shards().is_empty()));
        };
        let shard = 0;
        survive("nothing", &|| true).await;
        survive("a cut", &|| server.apply(Incident::Cut { shard })).await;
        survive("a reset", &|| server.fault(&SocketFault::Reset { shard })).await;
        survive("a request to reconnect", &|| server.apply(Incident::ReconnectRequest { shard })).await;
        survive("a close", &|| server.apply(Incident::Close { shard, code: 4009 })).await;
        for kind in [
            Garbage::Junk,
            Garbage::NotAFrame,
            Garbage::UnknownOp,
            Garbage::Truncated,
            Garbage::Binary,
            Garbage::Huge,
        ] {
            survive("garbage", &|| server.apply(Incident::Garbage { shard, kind })).await;
        }
        survive("an expiry", &|| server.apply(Incident::ExpireTokens)).await;
        survive("trickling", &|| {
            server.fault(&SocketFault::Trickle { shard, bytes: 200, pause_micros: 200 })
        })
        .await;
        let totals = bot.state().totals;
        assert_eq!((totals.identifies, totals.sessions_lost), (1, 0));
        bot.stop(Leave::Final).await;
    });
    let violations = server.platform().violations().to_vec();
    assert!(violations.is_empty(), "{violations:?}");
}

#[test]
fn a_restart_with_stored_sessions_costs_no_identify() {
    let server = Server::start(ServeOptions::default()).unwrap();
    smol::block_on(async {
        let (bot, mut events) = Bot::start(config(&server), Options::default()).await.unwrap();
        push(&server, "finished");
        push(&server, "not finished");
        next(&mut events).await;
        let second = next(&mut events).await;
        let sessions = bot.stop(Leave::Resumable).await;
        drop(events);
        let config = config(&server).with_sessions(sessions);
        let (bot, mut events) = Bot::start(config, Options::default()).await.unwrap();
        let again = next(&mut events).await;
        assert_eq!((again.id(), again.seq()), (second.id(), second.seq()));
        let totals = bot.state().totals;
        assert_eq!((totals.identifies, totals.resumes), (0, 1));
        bot.stop(Leave::Final).await;
    });
    // Two bots in a row asked for a token each.
    let allowed = |violation: &Violation| violation.rule == Rule::TokenTooSoon;
    let violations = server.platform().violations().to_vec();
    assert!(violations.iter().all(allowed), "{violations:?}");
}

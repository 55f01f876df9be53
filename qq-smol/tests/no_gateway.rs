//! A bot without shards: a token and calls, no gateway. Its events come on another way, such as a webhook.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use qq_smol::qq_proto::{Hosts, Intents, ReplyTo, Scene, Shards, Trigger};
use qq_smol::{Bot, Config, Leave, Options, StartError};
use qq_testkit::platform::{Endpoint, Failure, Inbound, Incident, Scene as Where};
use qq_testkit::serve::{ServeOptions, Server};

/// Nothing here takes this long unless it is broken.
const LONG: Duration = Duration::from_secs(60);

const USER: &str = "5E1F0000000000000000000000000A01";

fn config(server: &Server) -> Config {
    let known = ServeOptions::default().platform;
    Config::new(known.app_id, known.secret.expose())
        .with_hosts(Hosts::custom(server.base_url()))
        .with_shards(Shards::None)
        .with_intents(Intents::empty())
}

/// A message that the bot's program learns of by itself.
fn message(server: &Server) -> ReplyTo {
    let mut platform = server.platform();
    let now = platform.now();
    let inbound = Inbound { author: Some(USER.to_owned()), ..Inbound::new(Where::C2c, "hi") };
    let message = platform.push_message(now, &inbound).message_id.unwrap();
    ReplyTo::new(Scene::C2c, USER, Trigger::Message(message))
}

#[test]
fn it_starts_with_a_token_calls_and_stops() {
    let server = Server::start(ServeOptions::default()).unwrap();
    // A discovery would be left hanging, and be seen.
    server.apply(Incident::FailNext { endpoint: Endpoint::Discovery, how: Failure::Hang, times: 1 });
    smol::block_on(async {
        let (bot, mut events) = Bot::start(config(&server), Options::default()).await.unwrap();
        let state = bot.state();
        assert!(state.can_send && state.token.usable && state.shards.is_empty());
        assert!(bot.reply(&message(&server), "hello").await.unwrap().id.is_some());
        // A token that is withdrawn is replaced for the call that found it.
        server.apply(Incident::ExpireTokens);
        assert!(bot.reply(&message(&server), "again").await.unwrap().id.is_some());
        assert!(bot.stop(Leave::Final).await.is_empty());
        assert!(events.next().await.is_none());
    });
    let platform = server.platform();
    assert_eq!((platform.sent().len(), platform.tokens_issued()), (2, 2));
    assert_eq!((platform.attempts().len(), platform.hanging()), (0, 0));
    assert!(platform.violations().is_empty(), "{:?}", platform.violations());
}

#[test]
fn a_start_without_a_token_waits_for_one() {
    let server = Server::start(ServeOptions::default()).unwrap();
    server.apply(Incident::FailNext { endpoint: Endpoint::Token, how: Failure::Html502, times: 1 });
    let (bot, _events) = smol::block_on(Bot::start(config(&server), Options::default())).unwrap();
    assert!(bot.state().can_send);
    smol::block_on(bot.stop(Leave::Final));
}

#[test]
fn bad_credentials_give_the_reason() {
    let server = Server::start(ServeOptions::default()).unwrap();
    let mut wrong = config(&server);
    wrong.secret = "sesame-that-opens-nothing".into();
    let error = smol::block_on(Bot::start(wrong, Options::default())).map(drop).unwrap_err();
    assert!(matches!(error, StartError::Credentials { code: 100_016 }), "{error:?}");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("100016") && !shown.contains("sesame"), "{shown}");
}

#[test]
fn it_stops_at_once_without_ever_having_had_a_token() {
    let server = Server::start(ServeOptions::default()).unwrap();
    server.apply(Incident::FailNext { endpoint: Endpoint::Token, how: Failure::Hang, times: 9 });
    let (bot, _events) = Bot::launch(config(&server), Options::default()).unwrap();
    assert!(server.wait_for(LONG, |platform| platform.hanging() == 1));
    smol::block_on(bot.stop(Leave::Resumable));
    assert!(!bot.state().can_send);
}

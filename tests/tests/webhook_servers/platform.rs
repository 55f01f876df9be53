//! Webhook bots and the model platform: replies to what came by webhook.

use qq_proto::{Hosts, Shards};
use qq_testkit::platform::{Inbound, PlatformConfig, Scene};
use qq_testkit::serve::{ServeOptions, Server};

use crate::bots::{Bot, LONG, Setup};
use crate::client::{APP_ID, SECRET, TAKEN, answer, push};

/// A platform that knows the bot of the scenarios.
fn platform() -> Server {
    let platform =
        PlatformConfig { app_id: APP_ID.into(), secret: SECRET.into(), ..PlatformConfig::default() };
    Server::start(ServeOptions { platform, ..ServeOptions::default() }).unwrap()
}

fn setup(server: &Server, shards: Shards) -> Setup {
    let mut setup = Setup::new(SECRET);
    setup.config = setup.config.with_hosts(Hosts::custom(server.base_url())).with_shards(shards);
    setup
}

/// Somebody writes to the bot: the event as the platform would push it.
fn written(server: &Server, text: &str) -> String {
    let mut platform = server.platform();
    let now = platform.now();
    let author = Some("person-1".to_owned());
    let pushed = platform.push_message(now, &Inbound { author, ..Inbound::new(Scene::C2c, text) });
    let (event, message) = (pushed.event_id, pushed.message_id.unwrap());
    serde_json::json!({"id": event, "op": 0, "t": "C2C_MESSAGE_CREATE", "d": {
        "id": message, "author": {"user_openid": "person-1"}, "content": text,
        "timestamp": "2026-11-24T10:00:00+08:00",
    }})
    .to_string()
}

pub(crate) fn a_bot_without_the_gateway_answers_an_event<B: Bot>() {
    let server = platform();
    let bot = B::start(&setup(&server, Shards::None));
    let body = written(&server, "hello");
    assert_eq!(answer(bot.address(), &push(&body)), (200, TAKEN.to_owned()));
    let event = bot.next();
    bot.reply(&event, "hello yourself").unwrap();
    bot.stop();
    let platform = server.platform();
    let sent: Vec<&str> = platform.sent().iter().map(|sent| sent.content.as_str()).collect();
    assert_eq!(sent, ["hello yourself"]);
    assert!(platform.attempts().is_empty() && platform.links().is_empty(), "the gateway was not asked for");
    assert!(platform.violations().is_empty(), "{:?}", platform.violations());
}

pub(crate) fn events_come_from_the_gateway_as_well<B: Bot>() {
    let server = platform();
    let bot = B::start(&setup(&server, Shards::all(1)));
    assert!(server.wait_for(LONG, |platform| !platform.live_shards().is_empty()));
    {
        let mut platform = server.platform();
        let now = platform.now();
        platform.push_c2c(now, "by gateway");
    }
    let by_gateway = bot.next();
    assert!(by_gateway.seq().is_some());
    let body = crate::client::message("1", "by webhook");
    assert_eq!(answer(bot.address(), &push(&body)), (200, TAKEN.to_owned()));
    let by_webhook = bot.next();
    assert_eq!((by_webhook.id(), by_webhook.seq()), (Some("C2C_MESSAGE_CREATE:1"), None));
    bot.reply(&by_gateway, "thanks").unwrap();
    bot.stop();
}

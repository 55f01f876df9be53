//! Webhook bots and the model platform: replies to what came by webhook.

use std::collections::BTreeSet;
use std::time::Duration;

use qq_proto::{Hosts, Shards};
use qq_testkit::platform::{Forgery, Inbound, Platform, PlatformConfig, PushEnd, Scene, Standing};
use qq_testkit::serve::{ServeOptions, Server};

use crate::bots::{Bot, LONG, Setup, wait_until};
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

/// The address of a bot is entered in the console, and found to be good.
fn entered<B: Bot>(server: &Server, bot: &B) {
    let url = format!("http://{}/qq", bot.address());
    {
        let mut platform = server.platform();
        let now = platform.now();
        platform.set_callback(now, Some(&url));
    }
    assert!(server.wait_for(LONG, |platform| platform.callback() == Some(Standing::Valid)));
}

fn write(server: &Server, text: &str) {
    let mut platform = server.platform();
    let now = platform.now();
    platform.push_c2c(now, text);
}

/// How many events of the platform's are over, each as received.
fn received(platform: &Platform) -> usize {
    platform.pushes().filter(|push| push.end == PushEnd::Received).count()
}

pub(crate) fn the_model_platform_validates_pushes_and_forges_in_vain<B: Bot>() {
    let server = platform();
    let bot = B::start(&setup(&server, Shards::None));
    entered(&server, &bot);
    for number in 0..20 {
        write(&server, &number.to_string());
    }
    assert!(server.wait_for(LONG, |platform| received(platform) == 20));
    let mut ids = BTreeSet::new();
    for _ in 0..20 {
        let event = bot.next();
        ids.insert(event.id().unwrap().to_owned());
        bot.reply(&event, "thanks").unwrap();
    }
    assert_eq!((ids.len(), server.platform().sent().len()), (20, 20));
    for how in Forgery::ALL {
        let requests =
            || bot.totals().refused().map(|(_, times)| times).sum::<u64>() + bot.totals().duplicates;
        let before = requests();
        {
            let mut platform = server.platform();
            let now = platform.now();
            assert!(platform.forge(now, how));
        }
        wait_until("the forgery is answered", || requests() > before);
    }
    bot.assert_nothing();
    // After one more event the platform has long had the answers before.
    write(&server, "the last");
    assert!(server.wait_for(LONG, |platform| received(platform) == 21));
    assert!(bot.next().json().unwrap().contains("the last"));
    bot.stop();
    let violations = server.platform().violations().to_vec();
    assert!(violations.is_empty(), "{violations:?}");
}

pub(crate) fn what_was_put_off_comes_again_and_is_delivered_once<B: Bot>() {
    let mut like =
        PlatformConfig { app_id: APP_ID.into(), secret: SECRET.into(), ..PlatformConfig::default() };
    like.callback.retries = 1000;
    like.callback.retry_after = Duration::from_millis(10);
    let server = Server::start(ServeOptions { platform: like, ..ServeOptions::default() }).unwrap();
    let bot = B::start(&Setup { capacity: 3, ..setup(&server, Shards::None) });
    entered(&server, &bot);
    for number in 0..20 {
        write(&server, &number.to_string());
    }
    // Nobody reads until some have been put off.
    wait_until("the queue is full", || bot.totals().full > 0);
    let ids: BTreeSet<String> = (0..20).map(|_| bot.next().id().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 20);
    assert!(server.wait_for(LONG, |platform| received(platform) == 20));
    bot.assert_nothing();
    assert_eq!(bot.totals().accepted, 20);
}

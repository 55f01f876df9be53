//! Refused intents, as the application sees them: a notice that names them, and a bot that goes on.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::mpsc::channel;

use qq_smol::qq_proto::{Fault, Hosts, Intents};
use qq_smol::{Bot, Config, Leave, Notice, Options};
use qq_testkit::platform::{IntentRefusal, PlatformConfig};
use qq_testkit::serve::{ServeOptions, Server};

#[test]
fn what_is_refused_is_told_and_the_bot_goes_on() {
    let asked = Intents::GROUP_AND_C2C | Intents::GUILDS;
    let left = Intents::GROUP_AND_C2C_EVENT | Intents::GUILDS;
    for intent_refusal in [IntentRefusal::InvalidSession, IntentRefusal::Close, IntentRefusal::SessionError] {
        let mut platform =
            PlatformConfig { granted_intents: left.bits(), intent_refusal, ..PlatformConfig::default() };
        platform.starts.max_concurrency = 100;
        let server = Server::start(ServeOptions { platform, ..ServeOptions::default() }).unwrap();
        let known = ServeOptions::default().platform;
        let config = Config::new(known.app_id, known.secret.expose())
            .with_hosts(Hosts::custom(server.base_url()))
            .with_intents(asked)
            .with_intents_ladder(true);
        let (tell, told) = channel();
        let options = Options::default().on_notice(move |_, notice| drop(tell.send(notice.clone())));
        smol::block_on(async {
            let (bot, _events) = Bot::start(config, options).await.unwrap();
            bot.stop(Leave::Final).await;
        });
        let steps: Vec<Notice> = told
            .try_iter()
            .filter(|notice| matches!(notice, Notice::Fault(Fault::IntentsRefused { .. })))
            .collect();
        let [Notice::Fault(Fault::IntentsRefused { refused, left: rest, .. })] = &steps[..] else {
            panic!("{steps:?}");
        };
        assert_eq!((*refused, *rest), (Intents::INTERACTION, left), "{intent_refusal:?}");
        assert!(steps.iter().all(|step| step.to_string().contains("the intents INTERACTION")));
    }
}

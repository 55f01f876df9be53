//! A platform, a bot for it, and patience.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use qq_blocking::{Bot, Notice, Options};
use qq_proto::{Config, Hosts, Intents, PhaseName, Shards};
use qq_testkit::platform::PlatformConfig;
use qq_testkit::serve::{ServeOptions, Server};

/// Far more than anything takes, for machines that are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A platform with one shard, where many may identify at once.
pub(crate) fn platform() -> Server {
    let mut like = PlatformConfig::default();
    like.starts.max_concurrency = 100;
    platform_like(like)
}

/// A platform like this.
pub(crate) fn platform_like(platform: PlatformConfig) -> Server {
    let options = ServeOptions { platform, ..ServeOptions::default() };
    Server::start(options).expect("a free port")
}

/// What a bot needs to know of it.
pub(crate) fn config(server: &Server) -> Config {
    let platform = server.platform();
    Config::new(&platform.config().app_id, platform.config().secret.expose())
        .with_hosts(Hosts::custom(server.base_url()))
        .with_intents(Intents::all())
        .with_shards(Shards::Advised)
}

/// Options whose notices can be waited for.
pub(crate) fn noticed(options: Options) -> (Options, Receiver<Notice>) {
    let (sender, notices) = channel();
    let options = options.on_notice(move |_, notice| {
        let _ = sender.send(notice.clone());
    });
    (options, notices)
}

/// Waits for a notice.
pub(crate) fn await_notice(notices: &Receiver<Notice>, wanted: impl Fn(&Notice) -> bool) -> Notice {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let notice = notices.recv_timeout(left).expect("the notice in time");
        if wanted(&notice) {
            return notice;
        }
    }
}

/// Waits until something is true.
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Waits until the only shard is live and receiving.
pub(crate) fn await_live(bot: &Bot) {
    wait_until("live", || {
        let state = bot.state();
        state.shards.first().is_some_and(|shard| shard.phase == PhaseName::Live && shard.can_receive)
    });
}

/// The text of a message.
pub(crate) fn text(event: &qq_proto::Dispatch) -> String {
    use qq_proto::model::Payload;
    match event.event() {
        Ok(Payload::C2cMessageCreate(message)) => message.content.to_string(),
        other => panic!("{other:?} is no message to one person"),
    }
}

/// Pushes a message to one person.
pub(crate) fn push(server: &Server, text: &str) {
    let mut platform = server.platform();
    let now = platform.now();
    platform.push_c2c(now, text);
}

/// Nothing the platform could complain about.
pub(crate) fn assert_polite(server: &Server) {
    let platform = server.platform();
    assert!(platform.violations().is_empty(), "{:?}", platform.violations());
}

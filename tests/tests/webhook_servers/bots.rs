//! Both adapters behind one face.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qq_proto::webhook::{Totals, Window};
use qq_proto::{Config, Dispatch, Hosts, Leave, Shards};
use smol::future::FutureExt as _;

/// Nothing here takes this long unless it is broken.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// What a bot of a scenario is like.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
    pub(crate) capacity: usize,
    pub(crate) connections: usize,
    pub(crate) sizes: (usize, usize),
    pub(crate) request_timeout: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) certificate: Option<(String, String)>,
    pub(crate) clock_is_bad: bool,
    /// Whoever is told what happens panics over it.
    pub(crate) panics: bool,
}

impl Setup {
    /// A bot without the gateway, and without anybody who gives it a token: events need none.
    pub(crate) fn new(secret: &str) -> Self {
        let nobody = Hosts::custom("http://127.0.0.1:9");
        Self {
            config: Config::new(crate::client::APP_ID, secret).with_hosts(nobody).with_shards(Shards::None),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            path: "/qq",
            capacity: 1024,
            connections: 64,
            sizes: (16 * 1024, 256 * 1024),
            request_timeout: LONG,
            // Longer than any test waits: a connection that should have gone has not gone by itself.
            keep_alive: 60 * LONG,
            certificate: None,
            clock_is_bad: false,
            panics: false,
        }
    }
}

/// What a bot has told.
type Told = Arc<Mutex<Vec<String>>>;

/// A running bot.
pub(crate) trait Bot: Send + Sync + Sized {
    fn try_start(setup: &Setup) -> Result<Self, String>;

    fn address(&self) -> SocketAddr;

    /// The next event if there is one already.
    fn try_next(&self) -> Option<Dispatch>;

    /// The next event, waited for.
    fn next(&self) -> Dispatch;

    fn reply(&self, event: &Dispatch, text: &str) -> Result<(), String>;

    fn set_secret(&self, secret: &str);

    fn totals(&self) -> Totals;

    /// What it has told so far.
    fn notices(&self) -> Vec<String>;

    /// Drops what events are read from.
    fn drop_events(&self);

    fn stop(&self);

    fn start(setup: &Setup) -> Self {
        Self::try_start(setup).unwrap()
    }

    /// Nothing waits to be read.
    fn assert_nothing(&self) {
        assert!(self.try_next().is_none());
    }
}

/// Options as the setup says; the two adapters have types of their own.
macro_rules! options {
    ($adapter:ident, $setup:expr) => {{
        let setup: &Setup = $setup;
        let mut webhook = $adapter::Webhook::new(setup.address)
            .with_path(setup.path)
            .unwrap()
            .with_connections(setup.connections)
            .with_sizes(setup.sizes.0, setup.sizes.1)
            .with_times(setup.request_timeout, setup.keep_alive);
        if let Some((certificate, key)) = &setup.certificate {
            webhook = webhook.with_certificate(certificate.as_bytes(), key.as_bytes()).unwrap();
        }
        if setup.clock_is_bad {
            webhook = webhook.with_window(Window::ClockIsKnownToBeWrong);
        }
        let notices: Told = Told::default();
        let (told, panics) = (Arc::clone(&notices), setup.panics);
        let options = $adapter::Options::default().with_capacity(setup.capacity).with_webhook(webhook);
        let options = options.on_notice(move |_, notice| {
            told.lock().unwrap().push(notice.to_string());
            assert!(!panics, "as it was asked to");
        });
        (options, notices)
    }};
}

pub(crate) struct Smol {
    bot: qq_smol::Bot,
    events: Mutex<Option<qq_smol::Events>>,
    notices: Told,
}

impl Bot for Smol {
    fn try_start(setup: &Setup) -> Result<Self, String> {
        let (options, notices) = options!(qq_smol, setup);
        let (bot, events) =
            qq_smol::Bot::launch(setup.config.clone(), options).map_err(|error| error.to_string())?;
        Ok(Self { bot, events: Mutex::new(Some(events)), notices })
    }

    fn address(&self) -> SocketAddr {
        self.bot.webhook_addr().unwrap()
    }

    fn try_next(&self) -> Option<Dispatch> {
        self.events.lock().unwrap().as_mut().unwrap().try_next()
    }

    fn next(&self) -> Dispatch {
        let mut events = self.events.lock().unwrap();
        let late = async {
            smol::Timer::after(LONG).await;
            None
        };
        smol::block_on(events.as_mut().unwrap().next().or(late)).expect("an event")
    }

    fn reply(&self, event: &Dispatch, text: &str) -> Result<(), String> {
        smol::block_on(self.bot.reply(event, text)).map(drop).map_err(|error| error.to_string())
    }

    fn set_secret(&self, secret: &str) {
        self.bot.set_secret(secret);
    }

    fn totals(&self) -> Totals {
        self.bot.state().webhook.unwrap()
    }

    fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap().clone()
    }

    fn drop_events(&self) {
        self.events.lock().unwrap().take();
    }

    fn stop(&self) {
        smol::block_on(self.bot.stop(Leave::Final));
    }
}

pub(crate) struct Blocking {
    bot: qq_blocking::Bot,
    events: Mutex<Option<qq_blocking::Events>>,
    notices: Told,
}

impl Bot for Blocking {
    fn try_start(setup: &Setup) -> Result<Self, String> {
        let (options, notices) = options!(qq_blocking, setup);
        let (bot, events) =
            qq_blocking::Bot::launch(setup.config.clone(), options).map_err(|error| error.to_string())?;
        Ok(Self { bot, events: Mutex::new(Some(events)), notices })
    }

    fn address(&self) -> SocketAddr {
        self.bot.webhook_addr().unwrap()
    }

    fn try_next(&self) -> Option<Dispatch> {
        self.events.lock().unwrap().as_mut().unwrap().try_next()
    }

    fn next(&self) -> Dispatch {
        self.events.lock().unwrap().as_mut().unwrap().next_timeout(LONG).expect("an event")
    }

    fn reply(&self, event: &Dispatch, text: &str) -> Result<(), String> {
        self.bot.reply(event, text).map(drop).map_err(|error| error.to_string())
    }

    fn set_secret(&self, secret: &str) {
        self.bot.set_secret(secret);
    }

    fn totals(&self) -> Totals {
        self.bot.state().webhook.unwrap()
    }

    fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap().clone()
    }

    fn drop_events(&self) {
        self.events.lock().unwrap().take();
    }

    fn stop(&self) {
        self.bot.stop(Leave::Final);
    }
}

/// Waits until something is true.
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let late = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < late, "{what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

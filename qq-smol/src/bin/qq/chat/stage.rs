//! The platform in this process, and what people and fate do there.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use qq_proto::{Config, Hosts, Intents};
use qq_testkit::platform::{Inbound, Incident, PlatformConfig, Pushed, Scene};
use qq_testkit::serve::{ServeOptions, Server};
use smol::channel::Sender;

use super::Happening;
use super::command::Play;
use crate::failure::Failure;
use crate::news::Watch;

/// Short, so that a dead connection is noticed while one watches. The platform allows 120 frames a minute.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Far longer than two beats: a computer that is busy or was asleep is no bot that misbehaves.
const PATIENCE: Duration = Duration::from_secs(60);

/// Session starts per five seconds: many, so that one can end sessions in a row.
const MAX_CONCURRENCY: u32 = 10;

/// The one shard.
const SHARD: u32 = 0;

/// A platform on loopback, with one bot.
pub(crate) struct Stage {
    server: Arc<Server>,
    pub(crate) watch: Arc<Watch>,
    watching: Option<JoinHandle<()>>,
}

impl Stage {
    /// A platform that tells `inbox` what it sees.
    pub(crate) fn set(inbox: Sender<Happening>) -> Result<Self, Failure> {
        let mut platform = PlatformConfig {
            hello_interval: HEARTBEAT,
            beat_limit: Some(PATIENCE),
            arrival_margin: PATIENCE,
            ..PlatformConfig::default()
        };
        platform.starts.max_concurrency = MAX_CONCURRENCY;
        let server = Server::start(ServeOptions { port: 0, platform })
            .map_err(|error| Failure::Later(format!("no port for the platform in this process: {error}")))?;
        let server = Arc::new(server);
        let watch = Watch::new(Arc::clone(&server), move |news| {
            // It fails when the chat has ended; then nobody wants to know.
            let _ = inbox.try_send(Happening::Platform(news));
        });
        let watching = watch
            .start()
            .map_err(|error| Failure::Later(format!("no thread to watch the platform: {error}")))?;
        Ok(Self { server, watch, watching: Some(watching) })
    }

    /// The bot that the platform knows.
    pub(crate) fn bot(&self) -> Config {
        let platform = self.server.platform();
        let config = platform.config();
        let mut bot = Config::new(config.app_id.clone(), config.secret.expose())
            .with_hosts(Hosts::custom(self.server.base_url()))
            .with_intents(Intents::default() | Intents::DIRECT_MESSAGE);
        // Whoever plays one incident after the other does not want to wait longer each time.
        bot.limits.stable_after = Duration::ZERO;
        bot
    }

    /// Someone writes to the bot.
    pub(crate) fn say(&self, scene: Scene, text: &str) -> Pushed {
        let mut platform = self.server.platform();
        let now = platform.now();
        platform.push_message(now, &Inbound::new(scene, text))
    }

    /// Something goes wrong; false if there was nothing it could go wrong with. What is to be said is said before
    /// the bot can know.
    pub(crate) fn play(&self, play: Play, say: Option<(Scene, &str)>) -> (bool, Option<Pushed>) {
        let mut platform = self.server.platform();
        let now = platform.now();
        let incident = match play {
            Play::Drop => Incident::Cut { shard: SHARD },
            Play::Reconnect => Incident::ReconnectRequest { shard: SHARD },
            Play::Invalid => Incident::InvalidSession { shard: SHARD, resumable: false },
            Play::Expire => Incident::ExpireTokens,
            Play::Silence => Incident::Silence { shard: SHARD },
        };
        if !platform.apply(now, incident) {
            return (false, None);
        }
        let pushed = say.map(|(scene, text)| platform.push_message(now, &Inbound::new(scene, text)));
        (true, pushed)
    }

    /// The connection on which the bot hears the platform.
    pub(crate) fn link(&self) -> Option<u64> {
        let links = self.server.platform().links();
        links.iter().rev().find(|link| link.session.is_some() && !link.silent).map(|link| link.link)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.watch.end();
        if let Some(watching) = self.watching.take() {
            let _ = watching.join();
        }
    }
}

impl Play {
    /// What the platform does, for the one who watches.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Drop => "the connection breaks",
            Self::Reconnect => "the server asks for a reconnect (op 7)",
            Self::Invalid => "the server ends the session (op 9) and the connection",
            Self::Expire => {
                "every token has expired; the connection stays, the next answer needs a new token"
            }
            Self::Silence => "the connection is dead from now on, without a word to anybody",
        }
    }

    /// Whether the bot has to connect anew.
    pub(crate) const fn costs_the_link(self) -> bool {
        match self {
            Self::Drop | Self::Reconnect | Self::Invalid | Self::Silence => true,
            Self::Expire => false,
        }
    }
}

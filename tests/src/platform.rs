//! A strict model of the platform: token endpoint, discovery, gateway and message endpoints in one state machine.
//!
//! It has no clock, no socket and no thread. Whoever embeds it says what a bot does with
//! [`Platform::handle`], carries out what comes out of [`Platform::poll_effect`], and calls
//! [`Platform::tick`] when [`Platform::next_deadline`] has come. The same inputs give the same effects.
//!
//! It is an opponent: it forgives nothing, and writes down what a bot does wrong as [`Violation`]s. It also
//! plays [`Incident`]s, which is everything that was seen to go wrong on the real platform.
//!
//! ```
//! use std::time::Duration;
//! use qq_testkit::platform::{Effect, Platform, PlatformConfig, Request};
//!
//! let mut platform = Platform::new(PlatformConfig::default());
//! let now = Duration::ZERO;
//! platform.handle(now, Request::Dial { link: 1 });
//! assert_eq!(platform.poll_effect(), Some(Effect::Accepted { link: 1 }));
//! let Some(Effect::Text { bytes, .. }) = platform.poll_effect() else { panic!("no Hello") };
//! assert_eq!(bytes, r#"{"op":10,"d":{"heartbeat_interval":45000}}"#);
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

mod apply;
mod callback;
mod chats;
mod clock;
mod config;
mod events;
mod gateway;
mod handshake;
mod http;
mod ids;
mod incident;
mod io;
mod link;
mod push;
mod rest;
mod sends;
mod sessions;
mod starts;
mod tokens;
mod violation;

pub use callback::{CallbackManner, Forgery, Post, Posted, PushEnd, PushView, Standing};
pub use chats::{Scene, Sent};
pub use config::{
    Hidden, IntentRefusal, KeyOrder, Lifetime, NumberAs, PlatformConfig, StartLimit, TokenRefusal,
};
pub use incident::{Endpoint, Failure, Garbage, Handshake, HandshakeFailure, Incident};
pub use io::{Effect, Request};
pub use link::{Attempt, LinkView, Outcome};
pub use push::{Inbound, Pushed};
pub(crate) use rest::OPERATION_NAMES;
pub use rest::{Host, Limit, Needs, ROUTES, RestConfig, Route, Seen, SeenKind, StoredFile};
pub use sessions::{Logged, SessionEnd, SessionView};
pub use violation::{Rule, Violation};

use chats::Chats;
use ids::Ids;
use link::Links;
use sessions::Session;
use starts::Starts;
use tokens::Tokens;

/// The model. See the [module](self).
#[derive(Clone)]
pub struct Platform {
    config: PlatformConfig,
    ids: Ids,
    /// The latest time that was told; an earlier one counts as this.
    now: Duration,
    effects: VecDeque<Effect>,
    violations: Vec<Violation>,
    tokens: Tokens,
    asked_for_token: Option<Duration>,
    starts: Starts,
    links: Links,
    sessions: Vec<Session>,
    /// The shard count of the newest Identify; events are spread over so many.
    shard_count: u32,
    attempts: Vec<Attempt>,
    chats: Chats,
    failures: Vec<(Endpoint, Failure, u32)>,
    operation_failures: Vec<(&'static str, Failure, u32)>,
    handshake_failures: Vec<(Handshake, HandshakeFailure, u32)>,
    /// Exchanges that are left without an answer, until the bot gives them up.
    hanging: BTreeMap<u64, Endpoint>,
    /// What the API keeps: guilds, groups, files ..
    rest: rest::State,
    callbacks: callback::Callbacks,
}

impl std::fmt::Debug for Platform {
    /// Without tokens, and without what is in flight.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform")
            .field("now", &self.now)
            .field("links", &self.links)
            .field("sessions", &self.sessions.len())
            .field("violations", &self.violations)
            .finish_non_exhaustive()
    }
}

impl Platform {
    /// A platform at time zero on which nothing has happened.
    pub fn new(config: PlatformConfig) -> Self {
        Self {
            ids: Ids::new(config.seed),
            now: Duration::ZERO,
            effects: VecDeque::new(),
            violations: Vec::new(),
            tokens: Tokens::default(),
            asked_for_token: None,
            starts: Starts::new(config.starts),
            links: Links::default(),
            sessions: Vec::new(),
            shard_count: config.shards.max(1),
            attempts: Vec::new(),
            chats: Chats::new(config.seed),
            failures: Vec::new(),
            operation_failures: Vec::new(),
            handshake_failures: Vec::new(),
            hanging: BTreeMap::new(),
            rest: rest::State::new(config.seed),
            callbacks: callback::Callbacks::default(),
            config,
        }
    }

    /// Takes what a bot did. Every input is legal; what it deserves comes out as effects and violations.
    pub fn handle(&mut self, now: Duration, request: Request) {
        self.advance(now);
        match request {
            Request::Http { exchange, method, path, headers, body } => {
                self.http(&http::Call { exchange, method, path, headers, body });
            }
            Request::Abandon { exchange } => {
                self.hanging.remove(&exchange);
            }
            Request::Dial { link } => self.dial(link),
            Request::Text { link, text } => self.frame(link, &text),
            Request::Binary { link, .. } => self.binary(link),
            Request::HangUp { link, .. } => self.hang_up(link),
        }
        self.serve_deadlines();
    }

    /// Serves what is due. Calling it early changes nothing.
    pub fn tick(&mut self, now: Duration) {
        self.advance(now);
        self.serve_deadlines();
    }

    /// When [`Platform::tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Duration> {
        let callbacks = self.callbacks.next_deadline(&self.config.callback);
        let links = self.links.next_deadline(&self.config);
        links.into_iter().chain(callbacks).chain(self.rest.next_deadline()).min()
    }

    /// The next thing the platform does; only pops.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The rules that were broken, the oldest first.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How the platform was set up. What incidents changed since then is not in here, but for the secret.
    pub fn config(&self) -> &PlatformConfig {
        &self.config
    }

    /// Every Identify and Resume that arrived, the oldest first.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// The connections that are open, as the platform sees it.
    pub fn links(&self) -> Vec<LinkView> {
        self.links.views(&self.sessions)
    }

    /// Every session there ever was.
    pub fn sessions(&self) -> Vec<SessionView> {
        self.sessions.iter().map(Session::view).collect()
    }

    /// Every event that was put into a session, by session and number.
    pub fn log(&self) -> impl Iterator<Item = &Logged> {
        self.sessions.iter().flat_map(|session| &session.log)
    }

    /// What a bot that still has this session has been sent or can get by a Resume. Nothing for a session
    /// that is over.
    pub fn owed(&self, session: &str) -> impl Iterator<Item = &Logged> {
        self.sessions
            .iter()
            .filter(move |known| &*known.id == session && known.ended.is_none())
            .flat_map(|known| known.log.iter().filter(|row| row.owed))
    }

    /// The messages the bot sent and the platform accepted, the oldest first.
    pub fn sent(&self) -> &[Sent] {
        self.chats.sent()
    }

    /// How many tokens were issued.
    pub fn tokens_issued(&self) -> usize {
        self.tokens.count()
    }

    /// How many requests are left without an answer at the moment.
    pub fn hanging(&self) -> usize {
        self.hanging.len()
    }

    /// The shards that have a live connection and a session.
    pub fn live_shards(&self) -> Vec<u32> {
        let mut shards: Vec<u32> = self
            .sessions
            .iter()
            .filter(|session| session.link.is_some_and(|link| self.links.hears(link)))
            .map(|session| session.shard.0)
            .collect();
        shards.sort_unstable();
        shards.dedup();
        shards
    }

    fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    fn violate(&mut self, rule: Rule, link: Option<u64>, text: impl Into<String>) {
        self.violations.push(Violation { at: self.now, rule, link, text: text.into() });
    }

    fn timestamp(&self) -> String {
        clock::rfc3339(self.config.epoch + self.now)
    }

    fn send(&mut self, link: u64, bytes: impl Into<Bytes>) {
        if self.links.hears(link) {
            self.effects.push_back(Effect::Text { link, bytes: bytes.into() });
        }
    }
}

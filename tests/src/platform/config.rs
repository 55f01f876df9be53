//! What the platform under test is like.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::callback::CallbackManner;
use super::rest::RestConfig;

/// A text that does not print itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// The text itself; never pass it to a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// How a number is written where the platform's documents contradict their own samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberAs {
    /// `"7200"`
    Text,
    /// `7200`
    Number,
}

/// What an Identify with intents that were not granted is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentRefusal {
    /// Op 9 with `false`, then close 4903: what is usually seen.
    InvalidSession,
    /// Close 4014, or 4013 if a bit is asked for that does not exist: what the documents say.
    Close,
    /// Close 4903 without op 9.
    SessionError,
}

/// What an Identify or Resume with a token that is not valid is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Close 4004.
    Close,
    /// Op 9 with `false`, then close 4903.
    InvalidSession,
}

/// Where the payload stands in a frame; the platform promises no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrder {
    /// `{"op":0,"s":2,"t":"..","id":"..","d":{..}}`
    PayloadLast,
    /// `{"d":{..},"id":"..","op":0,"s":2,"t":".."}`
    PayloadFirst,
}

/// The server's own end of each connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// How long a connection lives; about half an hour on the real platform.
    pub after: Duration,
    /// Op 7 is sent this long before the close with 4009; zero closes without a word.
    pub notice: Duration,
}

/// What `/gateway/bot` says about sessions that may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartLimit {
    /// Sessions per 24 hours.
    pub total: u32,
    /// What is left of them when the platform starts.
    pub remaining: u32,
    /// When the first count ends; after it, each lasts 24 hours.
    pub reset_after: Duration,
    /// Sessions that may be started per 5 seconds.
    pub max_concurrency: u32,
}

/// Everything that can be chosen about a [`Platform`](super::Platform) before it starts.
///
/// Start from [`PlatformConfig::default`] and change what a test is about.
#[derive(Clone, Debug)]
pub struct PlatformConfig {
    /// The one bot the platform knows.
    pub app_id: String,
    /// The bot's secret.
    pub secret: Hidden,
    /// Every id and token is derived from it.
    pub seed: u64,
    /// Unix time of the moment the embedder calls zero.
    pub epoch: Duration,
    /// How long a token is valid.
    pub token_lifetime: Duration,
    /// How `expires_in` is written. Some clients in use insist on text.
    pub expires_in: NumberAs,
    /// What both discovery endpoints announce.
    pub gateway_url: String,
    /// How many shards `/gateway/bot` advises.
    pub shards: u32,
    /// How many sessions may be started.
    pub starts: StartLimit,
    /// What Hello asks for.
    pub hello_interval: Duration,
    /// A connection without beats for this long is dropped; two intervals if not set.
    pub beat_limit: Option<Duration>,
    /// When the server ends a connection by itself.
    pub lifetime: Option<Lifetime>,
    /// Intents that were granted to the bot.
    pub granted_intents: u32,
    /// What asking for others is answered with.
    pub intent_refusal: IntentRefusal,
    /// What a dead token is answered with on the gateway.
    pub token_refusal: TokenRefusal,
    /// How many events a session keeps for a Resume.
    pub replay_limit: usize,
    /// Events of groups and of single users go to this shard.
    pub open_shard: u32,
    /// Spacing rules are measured at arrival; this much is forgiven for the network.
    pub arrival_margin: Duration,
    /// More frames than this within a minute on one connection close it with 4008.
    pub frames_per_minute: u32,
    /// Whether passive replies must come in time and in the allowed number.
    pub enforce_windows: bool,
    /// Whether messages that answer nothing are accepted.
    pub allow_active: bool,
    /// Whether sends to guild channels need a live gateway connection (304018).
    pub guild_needs_link: bool,
    /// Where the payload stands in a frame.
    pub key_order: KeyOrder,
    /// What the API allows the bot, and how much.
    pub rest: RestConfig,
    /// How events are pushed to a callback address.
    pub callback: CallbackManner,
}

impl Default for PlatformConfig {
    fn default() -> Self {
        Self {
            app_id: "102030405".to_owned(),
            secret: Hidden::from("model-platform-secret"),
            seed: 1,
            // A round number in 2026, after the newest change of the platform that is modelled.
            epoch: Duration::from_secs(1_790_000_000),
            token_lifetime: Duration::from_secs(7200),
            expires_in: NumberAs::Text,
            gateway_url: "ws://127.0.0.1:8080/websocket".to_owned(),
            shards: 1,
            starts: StartLimit {
                total: 1000,
                remaining: 1000,
                reset_after: Duration::from_secs(24 * 3600),
                max_concurrency: 1,
            },
            hello_interval: Duration::from_secs(45),
            beat_limit: None,
            lifetime: None,
            granted_intents: u32::MAX,
            intent_refusal: IntentRefusal::InvalidSession,
            token_refusal: TokenRefusal::Close,
            replay_limit: 100_000,
            open_shard: 0,
            arrival_margin: Duration::ZERO,
            frames_per_minute: 120,
            enforce_windows: true,
            allow_active: false,
            guild_needs_link: true,
            key_order: KeyOrder::PayloadLast,
            rest: RestConfig::default(),
            callback: CallbackManner::default(),
        }
    }
}

impl PlatformConfig {
    pub(crate) fn beat_limit(&self) -> Duration {
        self.beat_limit.unwrap_or(self.hello_interval.saturating_mul(2))
    }
}

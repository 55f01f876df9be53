//! What an endpoint is told at the start.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::config::Config;
use crate::secret::Secret;
use crate::time::Timestamp;

/// Everything a [`Webhook`](crate::webhook::Webhook) is told at the start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The bots that are served, told apart by `X-Bot-Appid`.
    pub bots: Vec<Bot>,
    /// How far the time of a signature may be from ours.
    pub window: Window,
    /// What to do with unsigned address validations.
    pub validation: Validation,
    /// Sizes and times.
    pub limits: Limits,
    /// Spreads the ids in memory. Any number; one that nobody can guess is better.
    pub seed: u64,
}

impl Settings {
    /// An endpoint for one bot, with the defaults.
    pub fn new(app_id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self {
            bots: Vec::from([Bot::new(app_id, secret)]),
            window: Window::default(),
            validation: Validation::default(),
            limits: Limits::default(),
            seed: 0,
        }
    }

    /// An endpoint for the bot of a gateway's configuration.
    pub fn of(config: &Config) -> Self {
        Self::new(config.app_id.clone(), config.secret.clone()).with_seed(config.seed)
    }

    /// The same with one more bot.
    #[must_use]
    pub fn with_bot(mut self, bot: Bot) -> Self {
        self.bots.push(bot);
        self
    }

    /// The same with this window.
    #[must_use]
    pub fn with_window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// The same with validation answered or not.
    #[must_use]
    pub fn with_validation(mut self, validation: Validation) -> Self {
        self.validation = validation;
        self
    }

    /// The same with these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with this seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// One bot of an endpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bot {
    /// Its app id, as in `X-Bot-Appid`: digits.
    pub app_id: String,
    /// The app secret.
    pub secret: Secret,
    /// The secret before, and until when its signatures count too.
    pub previous: Option<(Secret, Timestamp)>,
}

impl Bot {
    /// A bot with one secret.
    pub fn new(app_id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self { app_id: app_id.into(), secret: secret.into(), previous: None }
    }

    /// The same while signatures with the secret before count as well, until that time.
    #[must_use]
    pub fn with_previous(mut self, secret: impl Into<Secret>, until: Timestamp) -> Self {
        self.previous = Some((secret.into(), until));
        self
    }
}

/// How far the time of a signature (`X-Signature-Timestamp`) may be from ours.
///
/// The platform names no limit. Without one, a request that somebody has recorded can be replayed as soon as its id is
/// no longer remembered. The signature itself is checked in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Window {
    /// At most so far, in both directions; whole seconds count.
    Within(Duration),
    /// Any time is taken, because this machine's clock is known to be wrong.
    ClockIsKnownToBeWrong,
}

impl Default for Window {
    /// Ten minutes.
    fn default() -> Self {
        Self::Within(Duration::from_secs(600))
    }
}

/// What to do with an address validation (op 13) that carries no signature.
///
/// The platform sends one when the address is entered in its console, and wants a text signed; whether that request is
/// itself signed is not documented. One that is signed is answered in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validation {
    /// Answered, if it asks for the signature of what a validation looks like, and not too often.
    #[default]
    Answered,
    /// Refused: right once the address has been set up.
    Refused,
}

/// Sizes and times.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest body. 1 MiB: quoted chats are tens of kilobytes, and a body is held before it is believed.
    pub body_bytes: usize,
    /// Event ids remembered for each bot, to deliver once what comes twice. 65,536, about 40 bytes each, taken as
    /// needed. At 50 events a second they cover twice the default window.
    pub remembered_events: u32,
    /// Events of each bot that were handed out and whose receipt has not come back. 1,024; more are put off.
    pub in_flight: usize,
    /// A receipt that has not come back after this is given up. 30 s: the platform itself waits 3 s.
    pub receipt_timeout: Duration,
    /// Unsigned validations of each bot that are answered in a row. 5.
    pub validation_burst: u32,
    /// One more is answered each time this has passed. 10 s.
    pub validation_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            remembered_events: 65_536,
            in_flight: 1024,
            receipt_timeout: Duration::from_secs(30),
            validation_burst: 5,
            validation_interval: Duration::from_secs(10),
        }
    }
}

/// Why there can be no such endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// There is no bot.
    #[error("no bot to receive for")]
    NoBot,
    /// There is no app id.
    #[error("no app id: set QQ_APP_ID")]
    NoAppId,
    /// The app id has characters that no app id has.
    #[error("the app id has spaces or control characters in it")]
    BadAppId,
    /// There is no secret.
    #[error("no app secret: set QQ_APP_SECRET")]
    NoSecret,
    /// Two bots have one app id.
    #[error("app id {app_id} is there twice")]
    AppIdTwice {
        /// The app id.
        app_id: String,
    },
    /// There is no bot with that app id.
    #[error("there is no bot with app id {app_id}")]
    UnknownApp {
        /// The app id.
        app_id: String,
    },
    /// A limit is zero: nothing could ever be received.
    #[error("a limit is zero: nothing could be received")]
    NoRoom,
}

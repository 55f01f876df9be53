//! What an application may choose, and what it may be told.

use std::fmt;
use std::time::Duration;

use qq_proto::{Cause, Event, Fault, Halt, PhaseName, Ready, ShardIndex, Timestamp, webhook};

use crate::error::OptionsError;
use crate::proxy::Proxy;
use crate::webhook::Webhook;

/// Events that wait for the application before its sockets are no longer read.
const CAPACITY: usize = 1024;

/// How the bot is run, apart from what the core is told in [`Config`](qq_proto::Config).
#[non_exhaustive]
pub struct Options {
    /// How many events may wait for the application. When that many wait, the sockets are not read until it has
    /// caught up; heartbeats go on. 1,024.
    pub capacity: usize,
    /// The proxy for HTTP and WebSocket.
    pub proxy: Option<Proxy>,
    /// The server for events that come by webhook.
    pub webhook: Option<Webhook>,
    /// When an event counts as finished.
    pub finish: Finish,
    pub(crate) tell: Option<Box<Tell>>,
}

pub(crate) type Tell = dyn Fn(Timestamp, &Notice) + Send + Sync;

/// When an event counts as finished, so that the server need not replay it after a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Finish {
    /// When the next one is asked for.
    #[default]
    Next,
    /// When the application calls [`Events::finished`](crate::Events::finished) or
    /// [`Bot::finished`](crate::Bot::finished), in any order.
    Manual,
}

impl Default for Options {
    fn default() -> Self {
        Self { capacity: CAPACITY, proxy: None, webhook: None, finish: Finish::default(), tell: None }
    }
}

impl Options {
    /// Reads the options from named variables, usually those of the environment. Empty variables count as missing.
    ///
    /// | variable | means |
    /// |---|---|
    /// | `QQ_PROXY` | a [`Proxy`] |
    /// | `QQ_WEBHOOK` | serve a [`Webhook`] at `ip:port` or `ip:port/path`; for a bot without the gateway set [`Shards::None`](qq_proto::Shards::None) as well |
    /// | `QQ_WEBHOOK_CERT`, `QQ_WEBHOOK_KEY` | files in PEM: its certificate, followed by those that it was signed with, and its private key |
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, OptionsError> {
        let mut options = Self::default();
        let url = var("QQ_PROXY").unwrap_or_default();
        if !url.trim().is_empty() {
            options.proxy = Some(url.trim().parse().map_err(OptionsError::Proxy)?);
        }
        options.webhook =
            Webhook::from_vars(var).map_err(|(variable, error)| OptionsError::Webhook { variable, error })?;
        Ok(options)
    }

    /// [`from_vars`](Self::from_vars) with the variables of the environment.
    pub fn from_env() -> Result<Self, OptionsError> {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// The same with room for this many events; at least one.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.max(1);
        self
    }

    /// The same through this proxy.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// The same with a server for events that come by webhook.
    #[must_use]
    pub fn with_webhook(mut self, webhook: Webhook) -> Self {
        self.webhook = Some(webhook);
        self
    }

    /// The same with another rule for when events count as finished.
    #[must_use]
    pub fn with_finish(mut self, finish: Finish) -> Self {
        self.finish = finish;
        self
    }

    /// The same with somebody to tell what happens to the link, and when: for logs and status pages. It is called
    /// from a thread of its own, so it may take its time; when a thousand notices wait for it, more are dropped. A
    /// [`Bot`](crate::Bot) kept in it lives until it is stopped.
    #[must_use]
    pub fn on_notice(mut self, tell: impl Fn(Timestamp, &Notice) + Send + Sync + 'static) -> Self {
        self.tell = Some(Box::new(tell));
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("capacity", &self.capacity)
            .field("proxy", &self.proxy)
            .field("webhook", &self.webhook)
            .field("finish", &self.finish)
            .finish_non_exhaustive()
    }
}

/// News of the link, readable as they are. They hold no payload, no token and no user's text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A shard has a fresh session.
    Ready(Ready),
    /// A shard continues its session.
    Resumed {
        /// Which shard.
        shard: ShardIndex,
        /// How many events were replayed.
        replayed: u64,
    },
    /// A shard has changed its phase.
    Moved {
        /// Which shard.
        shard: ShardIndex,
        /// The phase it is in now.
        to: PhaseName,
        /// What made it move.
        why: Cause,
        /// How long it rests before it tries again.
        next_try: Option<Duration>,
    },
    /// Something odd happened and was survived.
    Fault(Fault),
    /// A shard will not try again by itself, see [`Bot::restart`](crate::Bot::restart).
    Halted {
        /// Which shard.
        shard: ShardIndex,
        /// Why, and what to do about it.
        reason: Halt,
    },
    /// A shard asks the limiter outside for a slot, see [`Bot::grant_slot`](crate::Bot::grant_slot).
    SlotWanted {
        /// Which shard.
        shard: ShardIndex,
    },
    /// The platform tested the webhook's address, or a request to it was refused, or put off because the queue is full.
    /// The same news is told once in ten seconds at most.
    Webhook {
        /// What happened.
        news: webhook::Notice,
        /// How often since it was told last.
        times: u64,
    },
    /// A handler panicked; the events after this one are handled all the same.
    HandlerPanicked {
        /// The shard that the event came from.
        shard: ShardIndex,
        /// The event's number.
        seq: Option<u64>,
    },
}

impl Notice {
    /// The news in an event of the core, if it is about the link.
    pub(crate) fn of(event: Event, now: Timestamp) -> Option<Self> {
        Some(match event {
            Event::Ready(ready) => Self::Ready(ready),
            Event::Resumed { shard, replayed } => Self::Resumed { shard, replayed },
            Event::Moved { shard, to, why, next_try } => {
                Self::Moved { shard, to, why, next_try: next_try.map(|at| at.since(now)) }
            }
            Event::Fault(fault) => Self::Fault(fault),
            Event::Halted { shard, reason } => Self::Halted { shard, reason },
            Event::IdentifySlotWanted { shard } => Self::SlotWanted { shard },
            // Handed out on other ways.
            Event::Dispatch(_) | Event::Reply(_) | Event::Stopped => return None,
            event => {
                tracing::debug!(?event, "news of a kind that this version does not know");
                return None;
            }
        })
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(ready) => write!(f, "shard {}: a new session began", ready.shard),
            Self::Resumed { shard, replayed } => {
                write!(f, "shard {shard}: the session continues, replayed events: {replayed}")
            }
            Self::Moved { shard, to, why, next_try } => {
                write!(f, "shard {shard} is {to}: {why}")?;
                next_try.map_or(Ok(()), |wait| {
                    write!(f, "; next try in {}.{:03} s", wait.as_secs(), wait.subsec_millis())
                })
            }
            Self::Fault(fault) => fault.fmt(f),
            Self::Halted { shard, reason: Halt::Stopped } => write!(f, "shard {shard} has stopped"),
            Self::Halted { shard, reason } => {
                write!(f, "shard {shard} has halted: {reason}; {}", reason.advice())
            }
            Self::SlotWanted { shard } => write!(f, "shard {shard} asks for an identify slot"),
            Self::Webhook { news, times: 1 } => write!(f, "webhook: {news}"),
            Self::Webhook { news, times } => write!(f, "webhook: {news}; {times} times"),
            Self::HandlerPanicked { shard, seq: Some(seq) } => {
                write!(f, "shard {shard}: the handler panicked at event {seq}")
            }
            Self::HandlerPanicked { shard, seq: None } => write!(f, "shard {shard}: the handler panicked"),
        }
    }
}

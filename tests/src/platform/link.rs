//! Connections to the gateway, as the server sees them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::config::PlatformConfig;
use super::incident::Handshake;
use super::sessions::Session;
use super::violation::seconds;

/// Ended connections are remembered to recognise late frames; this many are enough for any test.
const REMEMBERED: usize = 4096;

/// One Identify or Resume that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// When it arrived.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// On which connection.
    pub link: u64,
    /// Which of the two.
    pub what: Handshake,
    /// What an Identify asked for.
    pub intents: Option<u64>,
    /// The shard pair, where it is known.
    pub shard: Option<(u32, u32)>,
    /// The session it asked for or was given.
    pub session: Option<String>,
    /// The number a Resume asked to continue from.
    pub seq: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an Identify or Resume ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// READY or RESUMED.
    Accepted,
    /// Op 9 or a close code, because of what was asked.
    Refused,
    /// An incident that had been ordered.
    Failed,
}

/// What can be seen of a connection from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// Its number.
    pub link: u64,
    /// The shard, once it has a session.
    pub shard: Option<(u32, u32)>,
    /// The session's id.
    pub session: Option<String>,
    /// Whether it was made half-open.
    pub silent: bool,
    /// Whether beats are answered.
    pub acks: bool,
    /// When it was opened.
    #[serde(serialize_with = "seconds")]
    pub opened: Duration,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndedBy {
    Bot,
    Platform,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Accepted, and Hello held back.
    Mute,
    /// Hello was sent.
    Greeted,
    /// Bound to the session with this index.
    Live(usize),
}

/// One open connection.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) phase: Phase,
    pub(crate) opened: Duration,
    /// Half-open: nothing goes out, nothing that comes in is looked at.
    pub(crate) silent: bool,
    pub(crate) acks: bool,
    /// What Hello asked for, or the usual where it asked for nonsense.
    pub(crate) interval: Duration,
    /// The newest beat, or the moment from which one is expected.
    pub(crate) beaten: Duration,
    pub(crate) beats: u64,
    /// How many beats the server asked for, so that as many more than usual may come.
    pub(crate) asked: u32,
    /// Op 7 was sent because the connection grows old.
    pub(crate) noticed: bool,
    /// Arrivals within the last minute.
    pub(crate) arrivals: VecDeque<Duration>,
}

impl Link {
    pub(crate) fn new(now: Duration, phase: Phase, interval: Duration) -> Self {
        Self {
            phase,
            opened: now,
            silent: false,
            acks: true,
            interval,
            beaten: now,
            beats: 0,
            asked: 0,
            noticed: false,
            arrivals: VecDeque::new(),
        }
    }

    pub(crate) fn session(&self) -> Option<usize> {
        match self.phase {
            Phase::Live(session) => Some(session),
            Phase::Mute | Phase::Greeted => None,
        }
    }

    /// When the server ends the connection, and when it says so before.
    pub(crate) fn due(&self, config: &PlatformConfig) -> (Duration, Option<Duration>) {
        let mut end = self.beaten.saturating_add(config.beat_limit());
        let mut notice = None;
        if let Some(lifetime) = config.lifetime {
            end = end.min(self.opened.saturating_add(lifetime.after));
            if !lifetime.notice.is_zero() && !self.noticed {
                let at = lifetime.after.saturating_sub(lifetime.notice);
                notice = Some(self.opened.saturating_add(at));
            }
        }
        (end, notice)
    }
}

/// All connections, and what was ordered for the next ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    pub(crate) open: BTreeMap<u64, Link>,
    ended: BTreeMap<u64, EndedBy>,
    pub(crate) no_hello: u32,
    pub(crate) odd_hello: Option<(u32, Value)>,
    pub(crate) refuse: u32,
    pub(crate) refuse_until: Duration,
    pub(crate) hang: u32,
}

impl Links {
    /// Whether frames to the connection still arrive.
    pub(crate) fn hears(&self, link: u64) -> bool {
        self.open.get(&link).is_some_and(|link| !link.silent)
    }

    pub(crate) fn ended(&self, link: u64) -> Option<EndedBy> {
        self.ended.get(&link).copied()
    }

    pub(crate) fn end(&mut self, link: u64, by: EndedBy) -> Option<Link> {
        self.ended.insert(link, by);
        if self.ended.len() > REMEMBERED {
            self.ended.pop_first();
        }
        self.open.remove(&link)
    }

    pub(crate) fn next_deadline(&self, config: &PlatformConfig) -> Option<Duration> {
        self.open
            .values()
            .map(|link| {
                let (end, notice) = link.due(config);
                notice.unwrap_or(end).min(end)
            })
            .min()
    }

    pub(crate) fn views(&self, sessions: &[Session]) -> Vec<LinkView> {
        self.open
            .iter()
            .map(|(&number, link)| {
                let session = link.session().and_then(|index| sessions.get(index));
                LinkView {
                    link: number,
                    shard: session.map(|session| session.shard),
                    session: session.map(|session| session.id.to_string()),
                    silent: link.silent,
                    acks: link.acks,
                    opened: link.opened,
                }
            })
            .collect()
    }
}

//! The state as facts: what a status page or a doctor asks for.

use core::time::Duration;

use crate::calls::CallCounts;
use crate::client::Client;
use crate::event::{LastFault, PhaseName};
use crate::id::ShardIndex;
use crate::intents::Intents;
use crate::session::Session;
use crate::shard::{Phase, Shard};
use crate::time::Timestamp;

/// One shard as it stands. Read from the state itself: there is no status flag that could disagree with it.
#[derive(Clone, Copy, Debug)]
pub struct ShardView<'a> {
    shard: &'a Shard,
}

impl<'a> ShardView<'a> {
    /// Which shard.
    pub const fn index(&self) -> ShardIndex {
        self.shard.kept.index
    }

    /// Its phase.
    pub const fn phase(&self) -> PhaseName {
        self.shard.phase.name()
    }

    /// Since when it is in that phase.
    pub const fn since(&self) -> Timestamp {
        self.shard.kept.since
    }

    /// Attempts that failed since it was last live for a minute.
    pub const fn attempts(&self) -> u32 {
        self.shard.kept.attempts
    }

    /// When it tries again, while it rests.
    pub const fn next_try(&self) -> Option<Timestamp> {
        self.shard.phase.rests_until()
    }

    /// What made it lose its connection last, and when.
    pub const fn last_fault(&self) -> Option<LastFault> {
        self.shard.kept.last_fault
    }

    /// Heartbeats that are not answered yet.
    pub fn unanswered_beats(&self) -> u32 {
        self.shard.phase.beat().map_or(0, |beat| beat.unanswered)
    }

    /// The last round trip of a heartbeat, on whichever connection that was.
    pub const fn last_round_trip(&self) -> Option<Duration> {
        self.shard.kept.round_trip
    }

    /// The session as it stands, with the number of the last event that was handed out.
    pub const fn session(&self) -> Option<&'a Session> {
        self.shard.phase.session()
    }

    /// Whether there is an open socket to the gateway.
    pub const fn link_up(&self) -> bool {
        matches!(
            self.shard.phase,
            Phase::Greeting { .. } | Phase::Greeted { .. } | Phase::Joining { .. } | Phase::Live { .. }
        )
    }

    /// Whether events arrive: joined, and not more than one heartbeat open, and the socket is being read.
    pub fn can_receive(&self) -> bool {
        match &self.shard.phase {
            Phase::Live { beat, .. } => beat.unanswered <= 1 && !beat.paused,
            Phase::Queued { .. }
            | Phase::Dialing { .. }
            | Phase::Greeting { .. }
            | Phase::Greeted { .. }
            | Phase::Joining { .. }
            | Phase::Resting { .. }
            | Phase::Halted { .. } => false,
        }
    }
}

/// The access token as it stands, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenView {
    /// Whether there is one that has not expired.
    pub usable: bool,
    /// Since when this value has been in hand.
    pub since: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Whether a request for one is under way.
    pub fetching: bool,
    /// The platform's code, if it refuses app id or secret.
    pub refused: Option<i64>,
}

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Events handed out.
    pub events: u64,
    /// Events that came twice and were handed out once.
    pub duplicates: u64,
    /// Odd things that were survived.
    pub faults: u64,
    /// Identifies sent.
    pub identifies: u64,
    /// Resumes sent.
    pub resumes: u64,
    /// Sessions that could not be continued.
    pub sessions_lost: u64,
    /// Token requests sent.
    pub token_requests: u64,
}

impl Client {
    /// All shards that this client runs; none until their number is known.
    pub fn shards(&self) -> impl Iterator<Item = ShardView<'_>> {
        self.shards.iter().map(|shard| ShardView { shard })
    }

    /// What the next identify asks for: [`Config::intents`](crate::Config), or less where some were refused and
    /// [`Config::intents_ladder`](crate::Config) is on.
    pub const fn intents(&self) -> Intents {
        self.ladder.intents()
    }

    /// The token as it stands.
    pub fn token(&self) -> TokenView {
        let held = self.token.usable(self.now);
        TokenView {
            usable: held.is_some(),
            since: held.map(|held| held.since),
            expires_at: held.map(|held| held.expires_at),
            fetching: self.token.is_fetching(),
            refused: self.token.refused(),
        }
    }

    /// The calls as they stand.
    pub fn calls(&self) -> CallCounts {
        self.calls.counts()
    }

    /// Counts since the start.
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Whether a call would be sent now: there is a token. Guild scenes want a live link besides.
    pub fn can_send(&self) -> bool {
        self.token.usable(self.now).is_some() && self.stopping.is_none()
    }
}

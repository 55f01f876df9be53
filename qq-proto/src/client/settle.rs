//! The joint rows: rules that depend on more than one machine, applied after every input, in this order.

use alloc::vec::Vec;

use crate::api::CallError;
use crate::client::{Client, DIAL_AHEAD};
use crate::config::Shards;
use crate::event::{Event, Fault, Halt};
use crate::gateway::Found;
use crate::id::ShardIndex;
use crate::io::{Action, HttpRequest, Output};
use crate::session::{LARGEST_SEQ, Session};
use crate::shard::{Phase, Shard, ShardInput};
use crate::time::{Deadline, Timestamp, Wake};

/// Dials that fail in a row until the gateway's address is asked for anew.
const DIALS_TO_REDISCOVER: u32 = 2;

impl Client {
    /// Applies each row once, in the order of the table in ARCHITECTURE.md. A row makes its own condition false and no
    /// earlier one true, so nothing is due after it.
    pub(super) fn settle(&mut self) {
        self.apply_rows();
        self.look_ahead();
    }

    fn apply_rows(&mut self) {
        if self.stopping.is_some() {
            self.settle_stop();
            return;
        }
        self.fetch_token();
        self.halt_without_credentials();
        self.forget_gateway();
        self.discover();
        self.launch_calls();
        self.permit();
        self.admit();
        self.tell_exhausted();
    }

    /// Token wanted, nobody is fetching, not resting: ask for one.
    fn fetch_token(&mut self) {
        if !self.token.wanted(self.now, &self.config.limits) {
            return;
        }
        let id = self.next_http();
        self.totals.token_requests += 1;
        let request = self.token.begin(
            self.now,
            id,
            &self.config.app_id,
            &self.config.secret,
            &self.config.hosts,
            &self.config.limits,
        );
        self.out.push_back(Output::Action(Action::Http { id, request }));
    }

    /// The platform refuses the credentials and no token is left: shards without a socket and waiting calls end.
    fn halt_without_credentials(&mut self) {
        let Some(code) = self.token.refused() else {
            return;
        };
        if self.token.usable(self.now).is_some() {
            return;
        }
        // Without a layout (it waits for discovery, which waits for a token) shard 0 stands for all.
        if self.shards.is_empty() && self.config.shards == Shards::Advised {
            self.shards.push(Shard::new(ShardIndex::new(0), None, self.now));
        }
        for index in self.indexes() {
            self.step(index, ShardInput::NoCredentials { code });
        }
        self.give_up_calls(false, &CallError::Credentials);
    }

    /// Two dials in a row failed, or the limits are older than their reset: what was found is out of date.
    fn forget_gateway(&mut self) {
        // What is being asked for anew is not forgotten again: no deadline would wake for it.
        let stale = self.gateway.known().is_some()
            && self.budget.stale(self.now)
            && self.shards.iter().any(|shard| needs_identify(&shard.phase));
        if self.dials_failed >= DIALS_TO_REDISCOVER || stale {
            self.dials_failed = 0;
            self.gateway.forget();
        }
    }

    /// Token usable, gateway unknown, a shard waits for it: ask.
    fn discover(&mut self) {
        let waiting = (self.total_shards == 0 && self.config.shards == Shards::Advised)
            || self.shards.iter().any(|shard| needs_address(&shard.phase));
        if !waiting || !self.gateway.wanted() {
            return;
        }
        if let (Some(url), Shards::Range { .. }) = (&self.config.hosts.gateway, self.config.shards) {
            self.gateway.set(url.clone());
            if let Some(found) = self.gateway.known() {
                self.budget.learn(self.now, &found.clone(), &self.config.limits);
            }
            return;
        }
        let Some(held) = self.token.usable(self.now) else {
            return;
        };
        let token = (held.header.clone(), held.generation);
        let id = self.next_http();
        let request = self.gateway.begin(
            self.now,
            id,
            token,
            &self.config.app_id,
            &self.config.hosts,
            &self.config.limits,
        );
        self.out.push_back(Output::Action(Action::Http { id, request }));
    }

    /// Token usable, calls waiting, fewer than the cap in flight: send them.
    fn launch_calls(&mut self) {
        let cap = usize::try_from(self.config.limits.calls_in_flight.max(1)).unwrap_or(usize::MAX);
        while self.calls.any_ready() && self.calls.in_flight() < cap {
            let Some(held) = self.token.usable(self.now) else {
                return;
            };
            let (authorization, generation) = (held.header.clone(), held.generation);
            let id = self.next_http();
            let base = self.api_url("");
            let host = self.gateway.host();
            let Some(launch) = self.calls.launch(self.now, id, generation, host, &self.config.limits) else {
                return;
            };
            let mut url = base;
            url.push_str(&launch.request.path);
            if !launch.request.query.is_empty() {
                url.push('?');
                url.push_str(&launch.request.query);
            }
            let request = HttpRequest {
                method: launch.request.method,
                url,
                authorization: Some(authorization),
                content_type: (!launch.request.body.is_empty()).then(|| launch.request.content_type.header()),
                app_id: self.config.app_id.clone(),
                body: launch.request.body.clone(),
                timeout: launch.timeout,
            };
            self.out.push_back(Output::Action(Action::Http { id, request }));
        }
    }

    /// A shard has Hello, a slot is free: the slot is taken when the frame is emitted.
    fn permit(&mut self) {
        for at in 0..self.shards.len() {
            let stale = self.budget.stale(self.now);
            if stale || !self.budget.free(self.now) || self.gateway.known().is_none() {
                return;
            }
            let waiting = self.shards.get(at).filter(|shard| self.awaits_permit(&shard.phase));
            if let Some(index) = waiting.map(|shard| shard.kept.index) {
                self.step(index, ShardInput::Permit);
            }
        }
    }

    /// Gateway known and token usable: shards with a session go at once; those without, as many as may identify in
    /// one window, when their slot is near.
    fn admit(&mut self) {
        if !self.shards.iter().any(|shard| matches!(shard.phase, Phase::Queued { .. })) {
            return;
        }
        let Some(url) = self.gateway.known().map(|found| found.url.clone()) else {
            return;
        };
        if self.token.usable(self.now).is_none() {
            return;
        }
        for at in 0..self.shards.len() {
            let Some(shard) = self.shards.get(at) else {
                continue;
            };
            let index = shard.kept.index;
            let Phase::Queued { resume } = &shard.phase else {
                continue;
            };
            if resume.is_some() || self.may_open_fresh() {
                self.step(index, ShardInput::Admit { url: url.clone() });
            }
        }
    }

    fn may_open_fresh(&self) -> bool {
        let near = self.budget.next(self.now) <= self.now.after(DIAL_AHEAD);
        near && self.opening_fresh() < self.most_opening()
    }

    /// None is left for today: say so once.
    fn tell_exhausted(&mut self) {
        let Some(until) = self.budget.exhausted(self.now) else {
            return;
        };
        let waiting = self.shards.iter().any(|shard| needs_identify(&shard.phase));
        if waiting && self.told_exhausted != Some(until) {
            self.told_exhausted = Some(until);
            self.fault(Fault::NoIdentifyLeft { until });
        }
    }

    fn awaits_permit(&self, phase: &Phase) -> bool {
        let outside = self.config.identify_slots == crate::IdentifySlots::Granted;
        matches!(phase, Phase::Greeted { granted, .. } if *granted || !outside)
            && self.token.usable(self.now).is_some()
    }

    /// When the next slot opens, or its time to dial for it comes, or the count of identifies resets, if a shard waits
    /// for it.
    pub(super) fn slot_deadline(&self) -> Option<Deadline> {
        if !self.shards.iter().any(|shard| needs_identify(&shard.phase)) {
            return None;
        }
        // Numbers that are older than their reset are being asked for again.
        self.gateway.known().filter(|_| !self.budget.stale(self.now))?;
        let next = self.budget.next(self.now);
        let permit = self.shards.iter().any(|shard| self.awaits_permit(&shard.phase)).then_some(next);
        // Otherwise its turn comes when one of those that are opening moves on.
        let ahead = Timestamp::from(next.since_start().saturating_sub(DIAL_AHEAD));
        let dial = (self.queued_fresh() && self.opening_fresh() < self.most_opening()).then_some(ahead);
        // A slot that opens when the token has run out is of no use: the next token makes another deadline.
        let end = self.token.usable(self.now).map(|held| held.expires_at);
        let slot = permit.into_iter().chain(dial).min().filter(|slot| end.is_some_and(|end| *slot < end));
        let at = slot.into_iter().chain(self.budget.resets_at()).min()?;
        Some(Deadline { at, why: Wake::IdentifySlot })
    }

    fn queued_fresh(&self) -> bool {
        self.shards.iter().any(|shard| matches!(shard.phase, Phase::Queued { resume: None }))
    }

    fn opening_fresh(&self) -> usize {
        self.shards.iter().filter(|shard| shard.phase.is_fresh_opening()).count()
    }

    fn most_opening(&self) -> usize {
        usize::try_from(self.budget.max_concurrency.max(1)).unwrap_or(usize::MAX)
    }

    /// A stop was asked for and nothing is in flight, or the grace is over: say so.
    fn settle_stop(&mut self) {
        let Some(stopping) = self.stopping.filter(|stopping| !stopping.done) else {
            return;
        };
        if stopping.until <= self.now {
            self.give_up_calls(true, &CallError::Stopped);
        } else {
            self.give_up_calls(false, &CallError::Stopped);
        }
        if self.calls.in_flight() == 0 {
            self.stopping = Some(crate::client::Stopping { done: true, ..stopping });
            self.out.push_back(Output::Event(Event::Stopped));
        }
    }

    /// Lays the shards out if the configuration says how many there are.
    pub(super) fn lay_out_shards(&mut self) {
        if let Shards::Range { first, count, total } = self.config.shards {
            self.total_shards = total;
            self.create_shards(first, count);
        }
    }

    /// Discovery has told how many shards the platform advises. The number is kept once it is in use: another one
    /// would need new sessions everywhere.
    pub(super) fn found_shards(&mut self, found: &Found) {
        if self.total_shards != 0 || self.config.shards != Shards::Advised {
            return;
        }
        // The plain operation does not say; sessions to continue do.
        let stored = self.config.sessions.iter().map(|session| u64::from(session.shards)).max();
        let advised = found.shards.or(stored).unwrap_or(1).max(1);
        let used = u32::try_from(advised).unwrap_or(u32::MAX).min(self.config.limits.shards.max(1));
        if u64::from(used) != advised {
            self.fault(Fault::TooManyShards { advised, used });
        }
        self.total_shards = used;
        self.shards.clear();
        self.create_shards(0, used);
    }

    fn create_shards(&mut self, first: u32, count: u32) {
        let mut sessions = core::mem::take(&mut self.config.sessions);
        let given = sessions.len();
        let total = self.total_shards;
        sessions.retain(|session| {
            session.shards == total && !session.id.is_empty() && session.seq <= LARGEST_SEQ
        });
        let dropped = u32::try_from(given - sessions.len()).unwrap_or(u32::MAX);
        if dropped > 0 {
            self.fault(Fault::SessionsDropped { dropped, shards: total });
        }
        // All there will ever be.
        self.shards.reserve_exact(usize::try_from(count).unwrap_or(0));
        for index in first..first.saturating_add(count) {
            let resume = take_session(&sessions, index);
            self.shards.push(Shard::new(ShardIndex::new(index), resume, self.now));
        }
    }

    pub(super) fn halted_for_credentials(&self) -> Vec<ShardIndex> {
        let refused =
            |shard: &&Shard| matches!(shard.phase, Phase::Halted { reason: Halt::Credentials { .. }, .. });
        self.shards.iter().filter(refused).map(|shard| shard.kept.index).collect()
    }
}

fn needs_identify(phase: &Phase) -> bool {
    matches!(phase, Phase::Queued { resume: None }) || phase.is_fresh_opening()
}

/// Whether a shard will dial, or will need the limits.
fn needs_address(phase: &Phase) -> bool {
    needs_identify(phase) || matches!(phase, Phase::Queued { .. } | Phase::Resting { .. })
}

/// The stored session of a shard; of several the one that is furthest on.
fn take_session(sessions: &[Session], shard: u32) -> Option<Session> {
    sessions.iter().filter(|session| session.shard == shard).max_by_key(|session| session.seq).cloned()
}

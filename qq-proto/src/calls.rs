//! Calls of the application: tickets, order, repetition, deadlines.

mod seq;
#[cfg(test)]
mod tests;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

use crate::api::{Answer, ApiError, ApiRequest, Call, CallError, ErrorClass, Invalid, Outcome, Repeat};
use crate::backoff::pause;
use crate::config::Limits;
use crate::id::{HttpId, RequestId};
use crate::io::{HttpResponse, TransportError};
use crate::rng::Rng;
use crate::time::{Deadline, Timestamp, Wake};
#[cfg(feature = "ledger")]
pub(crate) use seq::Numbers;
pub(crate) use seq::SeqBook;

/// The receipt for a call: opens its reply.
#[must_use = "without its ticket a reply cannot be read"]
pub struct Ticket<C> {
    id: RequestId,
    call: PhantomData<fn() -> C>,
}

impl<C> Ticket<C> {
    pub(crate) const fn new(id: RequestId) -> Self {
        Self { id, call: PhantomData }
    }

    /// The id that the reply will have, for a table of open tickets.
    pub const fn id(&self) -> RequestId {
        self.id
    }
}

impl<C> fmt::Debug for Ticket<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({})", self.id)
    }
}

/// The outcome of a call.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) id: RequestId,
    pub(crate) attempts: u32,
    pub(crate) result: Result<Outcome, CallError>,
}

impl Reply {
    /// The id of the call, the same as its ticket's.
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// How many HTTP exchanges were begun for it.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the platform answered, unread; [`claim`](Self::claim) reads it.
    pub const fn outcome(&self) -> &Result<Outcome, CallError> {
        &self.result
    }

    /// Opens the reply with its ticket; `None` if the ticket belongs to another call.
    pub fn claim<C: Call>(&self, ticket: &Ticket<C>) -> Option<Result<C::Reply, CallError>> {
        (self.id == ticket.id).then(|| match &self.result {
            Ok(outcome) => C::read(outcome),
            Err(error) => Err(error.clone()),
        })
    }
}

/// A call that was not taken, given back.
#[derive(Clone, Debug)]
pub struct Refused<C> {
    /// The call as it was given.
    pub call: C,
    /// Why it was not taken.
    pub why: Why,
}

/// Why a call was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// As many calls are open as the limit allows; wait for one of them.
    #[error("too many calls are open")]
    Full,
    /// The client is stopping.
    #[error("the client is stopping")]
    Stopping,
    /// The platform refuses the app id or secret, so there is no token to call with.
    #[error("the platform refuses the app id or secret")]
    Credentials,
    /// The call breaks a rule of the platform that is known beforehand.
    #[error("the call is not valid: {0}")]
    Invalid(Invalid),
}

/// Calls as they stand now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallCounts {
    /// Exchanges under way.
    pub in_flight: u32,
    /// Calls waiting for their turn, for a token, or pausing before they are repeated.
    pub waiting: u32,
    /// Calls that succeeded since the start.
    pub done: u64,
    /// Calls that failed since the start.
    pub failed: u64,
    /// Exchanges that were repeats.
    pub repeats: u64,
}

/// Where one call stands.
#[derive(Debug)]
enum State {
    /// Behind another call of its lane.
    Behind,
    /// May be sent.
    Ready,
    /// An exchange is under way.
    Flying { http: HttpId, token: u64, host: u32, give_up: Timestamp },
    /// Pauses before it is repeated.
    Resting { until: Timestamp },
}

#[derive(Debug)]
struct Entry {
    request: ApiRequest,
    /// When it is given up whatever its state.
    deadline: Timestamp,
    attempts: u32,
    /// A new token has been fetched for it once.
    renewed: bool,
    /// An attempt ended without the platform's word, so it may have been carried out.
    uncertain: bool,
    /// Why the last attempt failed, for the deadline's report.
    last: Option<CallError>,
    state: State,
}

impl Entry {
    /// The host of the exchange under way.
    const fn host(&self) -> Option<u32> {
        match self.state {
            State::Flying { host, .. } => Some(host),
            State::Behind | State::Ready | State::Resting { .. } => None,
        }
    }

    fn due(&self) -> Timestamp {
        match self.state {
            State::Behind | State::Ready => self.deadline,
            State::Flying { give_up: at, .. } | State::Resting { until: at } => at.min(self.deadline),
        }
    }
}

/// What became of an exchange.
#[derive(Debug)]
pub(crate) enum Step {
    /// The call has its outcome.
    Done(Reply),
    /// It goes on; if a token is named, the platform has called that one dead.
    Goes { dead_token: Option<u64> },
}

/// An exchange to begin.
pub(crate) struct Launch<'a> {
    pub(crate) request: &'a ApiRequest,
    pub(crate) timeout: core::time::Duration,
}

/// The table of calls. Ids rise, so walking it is first come, first served.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    last_id: u64,
    entries: BTreeMap<RequestId, Entry>,
    exchanges: BTreeMap<HttpId, RequestId>,
    /// Order within a lane; the head is the one that is under way.
    lanes: BTreeMap<String, VecDeque<RequestId>>,
    ready: BTreeSet<RequestId>,
    timers: BTreeSet<(Timestamp, RequestId)>,
    pub(crate) seqs: SeqBook,
    done: u64,
    failed: u64,
    repeats: u64,
}

impl Calls {
    /// Takes a call that the caller has found acceptable.
    pub(crate) fn admit(&mut self, now: Timestamp, request: ApiRequest, limits: &Limits) -> RequestId {
        self.last_id += 1;
        let id = RequestId(self.last_id);
        let mut state = State::Ready;
        if let Some(lane) = &request.lane {
            let queue = self.lanes.entry(lane.clone()).or_default();
            if !queue.is_empty() {
                state = State::Behind;
            }
            queue.push_back(id);
        }
        if matches!(state, State::Ready) {
            self.ready.insert(id);
        }
        let deadline = now.after(limits.call_timeout);
        self.timers.insert((deadline, id));
        let entry =
            Entry { request, deadline, attempts: 0, renewed: false, uncertain: false, last: None, state };
        self.entries.insert(id, entry);
        id
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.exchanges.len()
    }

    pub(crate) fn any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(crate) fn counts(&self) -> CallCounts {
        let in_flight = u32::try_from(self.exchanges.len()).unwrap_or(u32::MAX);
        let all = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        CallCounts {
            in_flight,
            waiting: all.saturating_sub(in_flight),
            done: self.done,
            failed: self.failed,
            repeats: self.repeats,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.timers.first().map(|(at, _)| Deadline { at: *at, why: Wake::Call })
    }

    /// Begins an exchange for the oldest call that may be sent.
    pub(crate) fn launch(
        &mut self,
        now: Timestamp,
        http: HttpId,
        token: u64,
        host: u32,
        limits: &Limits,
    ) -> Option<Launch<'_>> {
        let id = self.ready.pop_first()?;
        let entry = self.entries.get_mut(&id)?;
        let left = entry.deadline.since(now);
        let timeout = match entry.request.repeat {
            Repeat::Deduplicated => left.min(limits.attempt_timeout),
            Repeat::Never | Repeat::Refused | Repeat::Idempotent => left,
        };
        self.timers.remove(&(entry.due(), id));
        entry.attempts = entry.attempts.saturating_add(1);
        self.repeats += u64::from(entry.attempts > 1);
        entry.state = State::Flying { http, token, host, give_up: now.after(timeout) };
        self.timers.insert((entry.due(), id));
        self.exchanges.insert(http, id);
        Some(Launch { request: &entry.request, timeout })
    }

    /// Takes the outcome of an exchange. `None` if it is not ours. The second part tells whether its host was reached,
    /// if that is certain.
    pub(crate) fn answer(
        &mut self,
        now: Timestamp,
        http: HttpId,
        result: Result<HttpResponse, TransportError>,
        rng: &mut Rng,
    ) -> Option<(Step, Option<(u32, bool)>)> {
        let id = self.exchanges.remove(&http)?;
        let reached = match &result {
            Err(error) if never_sent(*error) => Some(false),
            Ok(response) if response.status < 500 => Some(true),
            // What broke on the way, or an edge that fails, says nothing certain.
            Ok(_) | Err(_) => None,
        };
        let host = self.entries.get(&id).and_then(Entry::host).zip(reached);
        let step = match result {
            Err(error) => self.lost(now, id, error, rng),
            Ok(response) => match Answer::sort(&response) {
                Answer::Done => {
                    let outcome =
                        Outcome { status: response.status, body: response.body, delivered_before: false };
                    self.finish(now, id, Ok(outcome))
                }
                Answer::Refused(error) => self.refused(now, id, error, rng),
            },
        };
        Some((step, host))
    }

    /// The exchange ended without the platform's word.
    fn lost(&mut self, now: Timestamp, id: RequestId, error: TransportError, rng: &mut Rng) -> Step {
        let Some(entry) = self.entries.get_mut(&id) else {
            return Step::Goes { dead_token: None };
        };
        // Such a call can never go out.
        if matches!(error, TransportError::Url) {
            return self.finish(now, id, Err(CallError::Transport(error)));
        }
        let never_sent = never_sent(error);
        entry.uncertain |= !never_sent;
        let safe = match entry.request.repeat {
            Repeat::Never => false,
            Repeat::Refused => never_sent,
            Repeat::Idempotent | Repeat::Deduplicated => true,
        };
        if safe {
            // The first repeat comes at once: a pooled connection that had died is the usual reason.
            let wait = pause(entry.attempts.saturating_sub(1), rng);
            self.rest(now, id, now.after(wait), CallError::Transport(error))
        } else {
            self.finish(now, id, Err(CallError::Transport(error)))
        }
    }

    fn refused(&mut self, now: Timestamp, id: RequestId, error: ApiError, rng: &mut Rng) -> Step {
        let Some(entry) = self.entries.get_mut(&id) else {
            return Step::Goes { dead_token: None };
        };
        let class = error.class();
        // 5xx may have acted before it failed; a repeat that is then called a duplicate was delivered.
        let maybe_done = (500..600).contains(&error.status) && class == ErrorClass::Retry;
        let repeatable = match entry.request.repeat {
            Repeat::Never => false,
            // 504 does not say whether the send went through, and guild scenes do not drop second copies.
            Repeat::Refused => class == ErrorClass::Retry && error.status != 504,
            Repeat::Idempotent | Repeat::Deduplicated => class == ErrorClass::Retry,
        };
        if class == ErrorClass::NewToken && !entry.renewed {
            entry.renewed = true;
            entry.last = Some(CallError::Api(error));
            let dead_token = match entry.state {
                State::Flying { token, .. } => Some(token),
                State::Behind | State::Ready | State::Resting { .. } => None,
            };
            self.change(id, State::Ready);
            return Step::Goes { dead_token };
        }
        if class == ErrorClass::AlreadyDelivered && entry.uncertain {
            let outcome = Outcome { status: error.status, body: bytes::Bytes::new(), delivered_before: true };
            return self.finish(now, id, Ok(outcome));
        }
        entry.uncertain |= maybe_done;
        if repeatable {
            let wait = pause(entry.attempts, rng);
            return self.rest(now, id, now.after(wait), CallError::Api(error));
        }
        self.finish(now, id, Err(CallError::Api(error)))
    }

    /// Pauses a call, or ends it with `error` at once if its deadline would come first.
    fn rest(&mut self, now: Timestamp, id: RequestId, until: Timestamp, error: CallError) -> Step {
        let Some(entry) = self.entries.get_mut(&id) else {
            return Step::Goes { dead_token: None };
        };
        if until >= entry.deadline {
            return self.finish(now, id, Err(error));
        }
        entry.last = Some(error);
        self.change(id, if until <= now { State::Ready } else { State::Resting { until } });
        Step::Goes { dead_token: None }
    }

    fn change(&mut self, id: RequestId, state: State) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        self.timers.remove(&(entry.due(), id));
        entry.state = state;
        self.timers.insert((entry.due(), id));
        if matches!(entry.state, State::Ready) {
            self.ready.insert(id);
        }
    }

    fn finish(&mut self, _now: Timestamp, id: RequestId, result: Result<Outcome, CallError>) -> Step {
        let Some(entry) = self.entries.remove(&id) else {
            return Step::Goes { dead_token: None };
        };
        self.timers.remove(&(entry.due(), id));
        self.ready.remove(&id);
        if let State::Flying { http, .. } = entry.state {
            self.exchanges.remove(&http);
        }
        if let Some(lane) = &entry.request.lane {
            self.leave(lane, id);
        }
        if result.is_ok() {
            self.done += 1;
        } else {
            self.failed += 1;
        }
        Step::Done(Reply { id, attempts: entry.attempts, result })
    }

    /// Takes a call out of its lane and lets the next one go.
    fn leave(&mut self, lane: &str, id: RequestId) {
        let Some(queue) = self.lanes.get_mut(lane) else {
            return;
        };
        let was_head = queue.front() == Some(&id);
        queue.retain(|other| *other != id);
        match queue.front().copied() {
            None => {
                self.lanes.remove(lane);
            }
            Some(next) if was_head => self.change(next, State::Ready),
            Some(_) => {}
        }
    }

    /// Serves one timer that is due. `None` when there is none.
    pub(crate) fn fire(&mut self, now: Timestamp, rng: &mut Rng) -> Option<Step> {
        let &(at, id) = self.timers.first()?;
        if at > now {
            return None;
        }
        let entry = self.entries.get(&id)?;
        if entry.deadline <= now {
            let sent = entry.uncertain || matches!(entry.state, State::Flying { .. });
            // The last word of the platform says more than "too late".
            let error = match (&entry.last, sent) {
                (Some(CallError::Api(error)), false) => CallError::Api(error.clone()),
                _ => CallError::TimedOut { sent },
            };
            return Some(self.finish(now, id, Err(error)));
        }
        match entry.state {
            State::Flying { http, .. } => {
                self.exchanges.remove(&http);
                Some(self.lost(now, id, TransportError::Timeout, rng))
            }
            State::Resting { .. } | State::Ready | State::Behind => {
                self.change(id, State::Ready);
                Some(Step::Goes { dead_token: None })
            }
        }
    }

    /// Ends one call that is not under way; all of them if `flying` is set. For a stop, or when there is no token.
    pub(crate) fn give_up_one(&mut self, now: Timestamp, flying: bool, error: CallError) -> Option<Reply> {
        let id =
            *self.entries.iter().find(|(_, entry)| flying || !matches!(entry.state, State::Flying { .. }))?.0;
        match self.finish(now, id, Err(error)) {
            Step::Done(reply) => Some(reply),
            Step::Goes { .. } => None,
        }
    }
}

/// Whether the request cannot have been on its way: then nothing has been done, and any call may be tried again.
const fn never_sent(error: TransportError) -> bool {
    matches!(
        error,
        TransportError::Dns | TransportError::Connect | TransportError::Tls | TransportError::Proxy
    )
}

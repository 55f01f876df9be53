//! The client: public methods and the routing of inputs. It holds no rule of the protocol.

mod settle;
mod short;
#[cfg(test)]
mod tests;
mod view;

use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::api::{Call, CallError};
use crate::budget::Budget;
use crate::calls::{Calls, Refused, Step, Ticket, Why};
use crate::config::{Config, ConfigError};
use crate::event::{Event, Fault};
use crate::gateway::{self, Gateway};
use crate::id::{ConnId, HttpId, ShardIndex};
use crate::io::{HttpResponse, Input, Output, Signal, TransportError};
use crate::ladder::Ladder;
use crate::model::Payload;
use crate::recent::Recent;
use crate::rng::Rng;
use crate::secret::Secret;
use crate::session::Session;
use crate::shard::{Shard, ShardInput, Shared, interval};
use crate::time::{Deadline, Timestamp, Wake};
use crate::token::{self, Token};
use crate::wire::{FrameError, Incoming, Parts};
pub use view::{ShardView, TokenView, Totals};

/// Everything that belongs to one bot: the token, the gateway's address, the identify budget, all shards this process
/// runs and the table of calls.
///
/// The [crate root](crate) has the contract and the loop that drives it.
pub struct Client {
    config: Config,
    now: Timestamp,
    rng: Rng,
    out: VecDeque<Output>,
    token: Token,
    gateway: Gateway,
    budget: Budget,
    ladder: Ladder,
    /// The number of shards in all processes; 0 until it is known.
    total_shards: u32,
    shards: Vec<Shard>,
    calls: Calls,
    recent: Recent,
    totals: Totals,
    last_http: u64,
    /// Dials that failed in a row, of any shard.
    dials_failed: u32,
    /// The reset for which "no identify is left" has been told.
    told_exhausted: Option<Timestamp>,
    stopping: Option<Stopping>,
    /// The earliest deadline of all machines, as the last look at them gave it.
    soonest: Option<Deadline>,
    /// The earliest one of those that are not a live link's beat. Before it beats, their answers and events pass without
    /// asking every machine.
    calm: Option<Deadline>,
}

#[derive(Clone, Copy, Debug)]
struct Stopping {
    /// Calls in flight have until then.
    until: Timestamp,
    done: bool,
}

/// How to continue a shard that is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restart {
    /// With its session, if it has one.
    Resume,
    /// With a new session; costs an identify.
    Fresh,
}

/// How to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leave {
    /// For a while: the connections are closed with 4000, so that the sessions can be resumed by the next process.
    Resumable,
    /// For good: the connections are closed with 1000, which may end the sessions.
    Final,
}

impl Leave {
    const fn code(self) -> u16 {
        match self {
            Self::Resumable => 4000,
            Self::Final => 1000,
        }
    }
}

impl Client {
    /// A client that begins at once: the first outputs are waiting when this returns.
    pub fn new(config: Config, now: Timestamp) -> Result<Self, ConfigError> {
        config.check()?;
        let mut rng = Rng::new(config.seed);
        let recent = Recent::new(rng.next(), config.limits.remembered_events);
        let mut client = Self {
            now,
            rng,
            out: VecDeque::new(),
            token: Token::new(),
            gateway: Gateway::new(),
            budget: Budget::default(),
            ladder: Ladder::new(config.intents, config.intents_ladder),
            total_shards: 0,
            shards: Vec::new(),
            calls: Calls::default(),
            recent,
            totals: Totals::default(),
            last_http: 0,
            dials_failed: 0,
            told_exhausted: None,
            stopping: None,
            soonest: None,
            calm: None,
            config,
        };
        client.lay_out_shards();
        client.settle();
        Ok(client)
    }

    /// Takes something that happened outside. Any input is legal in any state; unknown and outdated ids are ignored.
    /// May put any output into the queue. A `now` smaller than the last one counts as the last one.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        self.advance(now);
        let done = match &input {
            Input::Tick => true,
            Input::Conn { conn, signal: Signal::Text(text) } => {
                crate::wire::is_ack(text) && self.acked(*conn)
            }
            Input::Conn { .. } | Input::Http { .. } | Input::IdentifySlot { .. } => false,
        };
        if !(done || self.take(input)) || !self.only_beats() {
            self.catch_up();
        }
    }

    /// Gives an input to the machine that owns its id. `true` if nothing but the queue has changed, as for events of a
    /// live link: then no rule can newly apply.
    #[inline(never)]
    fn take(&mut self, input: Input) -> bool {
        match input {
            Input::Tick => {}
            Input::Http { id, result } => self.on_http(id, result),
            Input::Conn { conn, signal } => return !self.on_conn(conn, signal),
            Input::IdentifySlot { shard } => self.step(shard, ShardInput::Granted),
        }
        false
    }

    /// Serves every timer that is due, and applies every rule.
    #[inline(never)]
    fn catch_up(&mut self) {
        self.fire_due();
        self.settle();
    }

    /// Pops the oldest output. It only pops: no time, no work, no failure.
    #[must_use = "an output that is dropped stalls the bot"]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`Input::Tick`] at the latest. While outputs are waiting that is now;
    /// after a full drain it lies strictly in the future. `None`: there is nothing to wait for but inputs.
    pub fn next_deadline(&self) -> Option<Deadline> {
        if !self.out.is_empty() {
            return Some(Deadline { at: self.now, why: Wake::Outputs });
        }
        self.soonest
    }

    /// Asks for a call to the REST API. Its outcome comes as [`Event::Reply`], to be opened with the ticket. A call that
    /// cannot be taken is given back.
    pub fn call<C: Call>(&mut self, now: Timestamp, mut call: C) -> Result<Ticket<C>, Refused<C>> {
        self.advance(now);
        self.catch_up();
        let limit = usize::try_from(self.config.limits.calls).unwrap_or(usize::MAX);
        if self.stopping.is_some() {
            return Err(Refused { call, why: Why::Stopping });
        }
        if self.token.refused().is_some() && self.token.usable(self.now).is_none() {
            return Err(Refused { call, why: Why::Credentials });
        }
        if self.calls.len() >= limit {
            return Err(Refused { call, why: Why::Full });
        }
        if let Err(flaw) = call.check() {
            return Err(Refused { call, why: Why::Invalid(flaw) });
        }
        call.numbered(&mut |trigger| self.calls.seqs.next(trigger));
        if let Some((trigger, seq)) = call.number() {
            self.calls.seqs.note(trigger, seq);
        }
        let id = self.calls.admit(self.now, call.request(), &self.config.limits);
        self.settle();
        Ok(Ticket::new(id))
    }

    /// Takes a shard out of whatever it does, also out of [`Halted`](crate::PhaseName::Halted), and lets it begin anew.
    /// Identifies ask for all of [`Config::intents`] again, whatever was refused.
    /// Nothing happens for a shard that this client does not run, or while it is stopping.
    pub fn restart(&mut self, now: Timestamp, shard: ShardIndex, how: Restart) {
        self.advance(now);
        if self.stopping.is_none() {
            // The reason may be mended: a banned bot pardoned, a secret made valid again.
            if self.token.refused().is_some() {
                self.token.renew();
            }
            self.ladder.restart();
            self.step(shard, ShardInput::Restart { fresh: how == Restart::Fresh });
        }
        self.catch_up();
    }

    /// Takes a new app secret, for one that was rotated, and asks for a token with it. Shards that were halted for the
    /// old one begin again.
    pub fn set_secret(&mut self, now: Timestamp, secret: impl Into<Secret>) {
        self.advance(now);
        self.config.secret = secret.into();
        self.token.renew();
        if self.stopping.is_none() {
            for shard in self.halted_for_credentials() {
                self.step(shard, ShardInput::Restart { fresh: false });
            }
        }
        self.catch_up();
    }

    /// Leaves: closes all connections, gives up calls that are waiting, gives those in flight a moment.
    /// [`Event::Stopped`] comes when nothing is left. [`sessions`](Self::sessions) has what to store.
    pub fn stop(&mut self, now: Timestamp, how: Leave) {
        self.advance(now);
        if self.stopping.is_none() {
            let until = self.now.after(self.config.limits.stop_grace);
            self.stopping = Some(Stopping { until, done: false });
            for index in self.indexes() {
                self.step(index, ShardInput::Stop { code: how.code() });
            }
            self.give_up_calls(false, &CallError::Stopped);
        }
        self.catch_up();
    }

    /// The sessions as they stand now: with the sequence numbers of what was handed **out**, not of what the program
    /// has finished. For at-least-once delivery use [`Progress`](crate::Progress).
    pub fn sessions(&self) -> Vec<Session> {
        let known = self.shards.iter().filter_map(|shard| shard.phase.session());
        // Those that were given wait in the configuration until the number of shards is known.
        known.chain(&self.config.sessions).cloned().collect()
    }

    /// The configuration it runs with.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Time never goes back, and it ends before arithmetic on it could.
    fn advance(&mut self, now: Timestamp) {
        if now > self.now {
            // Whole seconds are enough to tell.
            let ended = now.since_start().as_secs() >= END_OF_TIME.since_start().as_secs();
            self.now = if ended { END_OF_TIME } else { now };
        }
    }

    /// Sends a frame's meaning to its shard. `true` if more than the queue may have changed.
    fn on_conn(&mut self, conn: ConnId, signal: Signal) -> bool {
        let index = conn.shard;
        if self.shard(index).and_then(|shard| shard.phase.conn()) != Some(conn) {
            return false;
        }
        let input = match signal {
            Signal::Opened => ShardInput::Opened,
            Signal::Closed { code } => ShardInput::Closed { code },
            Signal::Failed(error) => ShardInput::Failed(error),
            Signal::ReadPaused => ShardInput::Paused(true),
            Signal::ReadResumed => ShardInput::Paused(false),
            Signal::Text(text) if text.len() > self.config.limits.frame_bytes => {
                self.fault(Fault::Frame { shard: index, error: FrameError::TooLong });
                return false;
            }
            Signal::Text(text) => match crate::wire::decode(&text) {
                Ok(incoming) => match self.meaning(index, incoming) {
                    Some(input) => input,
                    None => return false,
                },
                Err(error) => {
                    self.fault(Fault::Frame { shard: index, error });
                    return false;
                }
            },
        };
        let common = matches!(input, ShardInput::Dispatch(_) | ShardInput::BeatAcked | ShardInput::BeatAsked);
        self.step(index, input);
        // While a session is joined, a replayed event moves the deadline.
        !common || !self.shard(index).is_some_and(Shard::is_live)
    }

    /// What a frame means to a shard; `None` if it means nothing.
    fn meaning(&mut self, shard: ShardIndex, incoming: Incoming) -> Option<ShardInput> {
        Some(match incoming {
            Incoming::Dispatch(parts) if parts.is("READY") => return self.ready(shard, &parts),
            // Its payload is an empty string, but any shape is fine.
            Incoming::Dispatch(parts) if parts.is("RESUMED") => ShardInput::Resumed { seq: parts.seq() },
            Incoming::Dispatch(parts) => ShardInput::Dispatch(parts),
            Incoming::Heartbeat => ShardInput::BeatAsked,
            Incoming::Reconnect => ShardInput::ReconnectAsked,
            Incoming::InvalidSession { resumable } => ShardInput::Invalid { resumable },
            Incoming::Hello { interval_ms } => {
                let (every, odd) = interval(interval_ms, &self.config.limits);
                if odd {
                    self.fault(Fault::OddInterval { shard });
                }
                ShardInput::Hello { every }
            }
            Incoming::HeartbeatAck => ShardInput::BeatAcked,
            Incoming::Other { op } => {
                self.fault(Fault::UnknownOp { shard, op });
                return None;
            }
        })
    }

    /// READY without a session could never be resumed, so it does not count.
    fn ready(&mut self, shard: ShardIndex, parts: &Parts) -> Option<ShardInput> {
        match crate::model::event(parts) {
            Ok(Payload::Ready(ready)) if !ready.session_id.is_empty() => Some(ShardInput::Ready {
                session: ready.session_id.to_string(),
                seq: parts.seq(),
                user_id: ready.user.id.to_string(),
                username: ready.user.username.to_string(),
            }),
            Ok(_) | Err(_) => {
                self.fault(Fault::BadReady { shard });
                None
            }
        }
    }

    fn on_http(&mut self, id: HttpId, result: Result<HttpResponse, TransportError>) {
        if self.stopping.is_some() && (self.token.owns(id) || self.gateway.owns(id)) {
            return;
        }
        if self.token.owns(id) {
            let news = self.token.answer(self.now, result, &mut self.rng, &self.config.limits);
            self.token_news(news);
        } else if self.gateway.owns(id) {
            let news = self.gateway.answer(self.now, result, &self.config.hosts, &mut self.rng);
            self.gateway_news(news);
        } else if let Some((step, host)) = self.calls.answer(self.now, id, result, &mut self.rng) {
            if let Some((host, reached)) = host {
                self.gateway.host_seen(host, reached);
            }
            self.call_step(step);
        }
    }

    fn token_news(&mut self, news: token::News) {
        match news {
            token::News::Fetched => {}
            token::News::Failed(fault) => self.fault(fault),
            token::News::Refused(error) => self.fault(Fault::Credentials { error }),
        }
    }

    fn gateway_news(&mut self, news: gateway::News) {
        match news {
            gateway::News::Found(found) => {
                self.budget.learn(self.now, &found, &self.config.limits);
                self.found_shards(&found);
            }
            gateway::News::Failed { fault, dead_token } => {
                self.fault(fault);
                if let Some(generation) = dead_token {
                    self.token.reject(self.now, generation);
                }
            }
        }
    }

    fn call_step(&mut self, step: Step) {
        match step {
            Step::Done(reply) => self.out.push_back(Output::Event(Event::Reply(reply))),
            Step::Goes { dead_token: Some(generation) } => self.token.reject(self.now, generation),
            Step::Goes { dead_token: None } => {}
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.totals.faults += 1;
        self.out.push_back(Output::Event(Event::Fault(fault)));
    }

    /// Where in `shards` this one stands, if it is ours.
    fn place(&self, index: ShardIndex) -> Option<usize> {
        let first = self.shards.first()?.kept.index.get();
        usize::try_from(index.get().checked_sub(first)?).ok()
    }

    fn shard(&self, index: ShardIndex) -> Option<&Shard> {
        self.shards.get(self.place(index)?)
    }

    fn indexes(&self) -> Vec<ShardIndex> {
        self.shards.iter().map(|shard| shard.kept.index).collect()
    }

    /// Lends what shards share to one of them, for one input.
    fn step(&mut self, index: ShardIndex, input: ShardInput) {
        let Some(shard) = self.place(index).and_then(|place| self.shards.get_mut(place)) else {
            return;
        };
        let mut lent = Shared {
            now: self.now,
            config: &self.config,
            shards: self.total_shards,
            out: &mut self.out,
            rng: &mut self.rng,
            token: &self.token,
            recent: &mut self.recent,
            totals: &mut self.totals,
            dials_failed: &mut self.dials_failed,
            dead_token: None,
            ladder: &mut self.ladder,
            identified: false,
        };
        shard.step(&mut lent, input);
        let Shared { dead_token, identified, .. } = lent;
        if identified {
            self.budget.take(self.now);
        }
        if let Some(generation) = dead_token {
            self.token.reject(self.now, generation);
        }
    }

    /// Each machine whose deadline has come gets one timer.
    fn fire_due(&mut self) {
        while let Some(step) = self.calls.fire(self.now, &mut self.rng) {
            self.call_step(step);
        }
        if self.stopping.is_some() {
            return;
        }
        if let Some(news) = self.token.fire(self.now, &mut self.rng, &self.config.limits) {
            self.token_news(news);
        }
        if let Some(news) = self.gateway.fire(self.now, &mut self.rng) {
            self.gateway_news(news);
        }
        for at in 0..self.shards.len() {
            let Some(shard) = self.shards.get(at) else {
                continue;
            };
            let index = shard.kept.index;
            if shard.phase.deadline(index).is_some_and(|deadline| deadline.at <= self.now) {
                self.step(index, ShardInput::Timer);
            }
        }
    }

    /// The id of the next HTTP exchange.
    fn next_http(&mut self) -> HttpId {
        self.last_http += 1;
        HttpId(self.last_http)
    }

    fn give_up_calls(&mut self, flying: bool, error: &CallError) {
        while let Some(reply) = self.calls.give_up_one(self.now, flying, error.clone()) {
            self.out.push_back(Output::Event(Event::Reply(reply)));
        }
    }

    fn api_url(&self, path: &str) -> String {
        let mut url = self.gateway.api_base(&self.config.hosts).to_string();
        url.push_str(path);
        url
    }
}

/// Phases and counts. No secret, no payload, and not the time, so that two states can be compared.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("app_id", &self.config.app_id)
            .field("token", &self.token)
            .field("gateway", &self.gateway)
            .field("budget", &self.budget)
            .field("ladder", &self.ladder)
            .field("total_shards", &self.total_shards)
            .field("shards", &self.shards)
            .field("calls", &self.calls)
            .field("totals", &self.totals)
            .field("dials_failed", &self.dials_failed)
            .field("stopping", &self.stopping)
            .field("outputs", &self.out.len())
            .finish_non_exhaustive()
    }
}

/// The latest time that is believed, some 34,000 years after the start: any deadline still fits behind it.
const END_OF_TIME: Timestamp = Timestamp::from_millis(1000 << 40);

/// How far ahead of its identify slot a shard opens its socket: about as long as a dial takes.
const DIAL_AHEAD: Duration = Duration::from_secs(2);

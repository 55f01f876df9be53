//! Plays moves to a client, keeps the books of an embedder, and has the oracle watch.

mod outside;

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use qq_proto::{
    Action, Client, Config, ConnId, Event, HttpId, Input, Leave, Output, PhaseName, Refused, ReplyTo,
    Restart, Secret, ShardIndex, Signal, TextReply, Ticket, Timestamp,
};
use serde_json::Value;

use super::moves::{Answer, Move};
use super::trace::{Deed, Failure, Step, Trace};
use crate::oracle::{Driven, Expect, Finding, Make, Property, honest};

/// A wait serves at most so many deadlines on its way.
const WAKES: u32 = 64;
/// Time ends here, long before the client's own end of it.
const END: Duration = Duration::from_millis(1 << 48);
/// So many things that are over are remembered, for late words.
const PAST: usize = 16;
/// So many events are remembered, for answers.
const ANSWERABLE: usize = 16;
/// The heartbeat interval of a platform in good health.
const INTERVAL: u64 = 41_250;

/// What is asked for with an HTTP exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Token,
    Discovery,
    Send,
}

#[derive(Debug)]
struct Exchange {
    id: HttpId,
    asked: Asked,
    give_up: Timestamp,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    Socket,
    Hello,
    Ready,
    Resumed,
    Nothing,
}

#[derive(Debug)]
struct Link {
    conn: ConnId,
    awaits: Awaits,
    beats: u32,
    paused: bool,
}

#[derive(Clone, Copy, Debug)]
enum Past {
    Http(HttpId),
    Conn(ConnId),
}

/// What the application may do while it is told of an event.
#[derive(Debug)]
pub struct Desk<'a> {
    driven: &'a mut Driven,
    script: &'a mut Vec<Step>,
    outputs: &'a mut VecDeque<Output>,
    now: Timestamp,
}

impl Desk<'_> {
    /// The time.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The client, for its views.
    pub fn client(&self) -> &Client {
        self.driven.client()
    }

    /// Asks for a passive reply, as [`Client::call`].
    pub fn reply(&mut self, reply: TextReply) -> Result<Ticket<TextReply>, Refused<TextReply>> {
        self.script.push(Step { now: self.now, deed: Deed::Call(reply.clone()) });
        let (taken, outputs) = self.driven.reply(self.now, reply);
        self.outputs.extend(outputs);
        taken
    }

    /// As [`Client::restart`].
    pub fn restart(&mut self, shard: ShardIndex, how: Restart) {
        self.script.push(Step { now: self.now, deed: Deed::Restart(shard, how) });
        self.outputs.extend(self.driven.restart(self.now, shard, how));
    }

    /// As [`Client::stop`].
    pub fn stop(&mut self, how: Leave) {
        self.script.push(Step { now: self.now, deed: Deed::Stop(how) });
        self.outputs.extend(self.driven.stop(self.now, how));
    }
}

/// An application: it is told of each event and may act at once.
type App<'p> = Box<dyn FnMut(&Event, &mut Desk<'_>) + 'p>;

/// A client and its embedder, played with moves. [`run`](super::run) is the short way.
pub struct Stage<'p> {
    make: Make<'p>,
    app: App<'p>,
    driven: Driven,
    now: Timestamp,
    exchanges: Vec<Exchange>,
    links: Vec<Link>,
    past: VecDeque<Past>,
    answerable: VecDeque<ReplyTo>,
    wanted: VecDeque<ShardIndex>,
    /// The number of the newest event of each shard, and its frame.
    pushed: BTreeMap<ShardIndex, (u64, Bytes)>,
    numbers: u64,
    trace: Trace,
    findings: Vec<Finding>,
    panicked: bool,
    stopped: bool,
    spaced: bool,
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("driven", &self.driven)
            .field("exchanges", &self.exchanges)
            .field("links", &self.links)
            .finish_non_exhaustive()
    }
}

impl<'p> Stage<'p> {
    /// A client with this configuration and an application that does nothing.
    ///
    /// # Panics
    ///
    /// If no client can be made from the configuration.
    pub fn new(config: &Config) -> Self {
        Self::with(&honest, config, |_, _| {})
    }

    /// The same with an application, and with something else in the client's place, for example one that is broken on
    /// purpose.
    ///
    /// # Panics
    ///
    /// If no client can be made from the configuration.
    pub fn with(make: Make<'p>, config: &Config, app: impl FnMut(&Event, &mut Desk<'_>) + 'p) -> Self {
        Self::checked(make, config, app, 1)
    }

    /// The same with the costly checks made after every so many inputs only.
    pub(crate) fn checked(
        make: Make<'p>,
        config: &Config,
        app: impl FnMut(&Event, &mut Desk<'_>) + 'p,
        costly_every: u32,
    ) -> Self {
        let expect = Expect { dutiful: false, concurrency: None, sessions: false, costly_every };
        let (driven, outputs) = Driven::new(make, config.clone(), Timestamp::ZERO, expect);
        let mut stage = Self {
            make,
            app: Box::new(app),
            driven,
            now: Timestamp::ZERO,
            exchanges: Vec::new(),
            links: Vec::new(),
            past: VecDeque::new(),
            answerable: VecDeque::new(),
            wanted: VecDeque::new(),
            pushed: BTreeMap::new(),
            numbers: 0,
            trace: Trace::default(),
            findings: Vec::new(),
            panicked: false,
            stopped: false,
            spaced: config.limits.token_spacing >= Duration::from_secs(1),
        };
        stage.carry_out(outputs);
        stage
    }

    /// The client, for its views.
    pub fn client(&self) -> &Client {
        self.driven.client()
    }

    /// The time.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// What was found so far.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What has happened so far.
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// One thing happens after a time in which nobody wakes the client: an embedder that is late.
    pub fn play_after(&mut self, time: Duration, happening: &Move) {
        self.now = Timestamp::from(self.now.since_start().saturating_add(time).min(END));
        self.play(happening);
    }

    /// One thing happens.
    pub fn play(&mut self, happening: &Move) {
        if self.panicked {
            return;
        }
        match happening {
            Move::Wait(time) => self.wait(*time),
            Move::Wake => self.wake(),
            Move::Oversleep(time) => {
                self.advance(*time);
                self.input("a late tick", Input::Tick);
            }
            Move::Tick => self.input("a tick", Input::Tick),
            Move::ClockBack(time) => {
                let back = Timestamp::from(self.now.since_start().saturating_sub(*time));
                self.input_at(back, "a tick by a clock that went back", Input::Tick);
            }
            Move::Serve { which } => self.serve(*which),
            Move::Answer { which, outcome } => self.answer(*which, outcome),
            Move::Open { which } => {
                self.link(*which, |link| link.awaits = Awaits::Hello, Signal::Opened);
            }
            Move::Frame { which, frame } => self.frame(*which, frame),
            Move::Close { which, code } => self.end(*which, Signal::Closed { code: *code }),
            Move::Fail { which, error } => self.end(*which, Signal::Failed(*error)),
            Move::Pause { which } => {
                self.link(*which, |link| link.paused = true, Signal::ReadPaused);
            }
            Move::Resume { which } => {
                self.link(*which, |link| link.paused = false, Signal::ReadResumed);
            }
            Move::Lose { which } => self.lose(*which),
            Move::Late { which, frame } => self.late(*which, frame),
            Move::Call { which, text } => self.call(*which, text),
            Move::Restart { which, how } => {
                if let Some(shard) = self.some_shard(*which) {
                    self.restart(shard, *how);
                }
            }
            Move::Grant { which } => {
                if let Some(shard) = at(self.wanted.len(), *which).and_then(|at| self.wanted.remove(at)) {
                    self.input("an identify slot", Input::IdentifySlot { shard });
                }
            }
            Move::SetSecret => {
                let secret = Secret::new(format!("changed-app-secret-{}", self.number()));
                self.deed("the secret is changed", Deed::Secret(secret.clone()), |driven, now| {
                    driven.set_secret(now, &secret)
                });
            }
            Move::Stop(how) => {
                let how = *how;
                self.deed("the application stops", Deed::Stop(how), |driven, now| driven.stop(now, how));
            }
        }
    }

    /// From now on all is well: everything outstanding is served, shards that are halted are restarted, deadlines are
    /// kept. `true` when all shards are live; `false` if that does not come about within `steps` steps. A client that
    /// was stopped, or that has no shards, need only come to rest.
    pub fn settle(&mut self, steps: u32) -> bool {
        for _ in 0..steps {
            if self.panicked {
                return false;
            }
            if self.stopped {
                return self.client().next_deadline().is_none();
            }
            let halted: Vec<ShardIndex> = self
                .client()
                .shards()
                .filter(|view| view.phase() == PhaseName::Halted)
                .map(|view| view.index())
                .collect();
            let shards = self.client().shards().count();
            if self.at_rest()
                && shards > 0
                && self.client().shards().all(|view| view.phase() == PhaseName::Live)
            {
                return true;
            }
            if self.at_rest() && shards == 0 && self.client().can_send() && !self.waits_for_discovery() {
                return true;
            }
            if self.client().token().refused.is_some() && !self.stopping() {
                self.play(&Move::SetSecret);
            } else if let Some(shard) = halted.first().filter(|_| !self.stopping()) {
                self.restart(*shard, Restart::Resume);
            } else if !self.wanted.is_empty() {
                self.play(&Move::Grant { which: 0 });
            } else if !self.exchanges.is_empty() {
                self.play(&Move::Answer { which: 0, outcome: Answer::Proper });
            } else if let Some(which) = self.links.iter().position(|link| link.paused) {
                self.play(&Move::Resume { which });
            } else if let Some(which) = self.links.iter().position(Link::waits) {
                self.play(&Move::Serve { which });
            } else if self.client().next_deadline().is_some() {
                self.wake();
            } else {
                return false;
            }
        }
        false
    }

    /// Ends the run: the recorded inputs are given to a second client, which must do the same.
    pub fn finish(mut self) -> Result<Trace, Failure> {
        if !self.panicked {
            self.driven.check_repeatable(self.make);
            self.collect();
        }
        match self.findings.into_iter().next() {
            None => Ok(self.trace),
            Some(finding) => Err(Failure::new(finding, self.trace)),
        }
    }

    fn stopping(&self) -> bool {
        self.trace.script.iter().any(|step| matches!(step.deed, Deed::Stop(_)))
    }

    fn waits_for_discovery(&self) -> bool {
        self.client().config().shards == qq_proto::Shards::Advised
    }

    fn at_rest(&self) -> bool {
        self.exchanges.is_empty()
            && self.wanted.is_empty()
            && !self.links.iter().any(|link| link.paused || link.waits())
    }

    fn advance(&mut self, time: Duration) {
        self.now = Timestamp::from(self.now.since_start().saturating_add(time).min(END));
        let now = self.now;
        let (over, open): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.exchanges).into_iter().partition(|exchange| exchange.give_up <= now);
        self.exchanges = open;
        for exchange in over {
            self.bury(Past::Http(exchange.id));
        }
    }

    fn bury(&mut self, past: Past) {
        if self.past.len() >= PAST {
            self.past.pop_front();
        }
        self.past.push_back(past);
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now.after(time);
        for _ in 0..WAKES {
            match self.driven.next_deadline().filter(|deadline| deadline.at <= end && deadline.at > self.now)
            {
                Some(_) => self.wake(),
                None => break,
            }
        }
        self.advance(end.since(self.now));
        self.input("a tick", Input::Tick);
    }

    fn wake(&mut self) {
        if let Some(deadline) = self.driven.next_deadline() {
            self.advance(deadline.at.since(self.now));
            self.input("the deadline", Input::Tick);
        }
    }

    fn input(&mut self, what: &str, input: Input) {
        self.input_at(self.now, what, input);
    }

    fn input_at(&mut self, now: Timestamp, what: &str, input: Input) {
        self.deed_at(now, what, Deed::Input(input.clone()), |driven, now| driven.handle(now, input));
    }

    fn deed(&mut self, what: &str, deed: Deed, doing: impl FnOnce(&mut Driven, Timestamp) -> Vec<Output>) {
        self.deed_at(self.now, what, deed, doing);
    }

    fn deed_at(
        &mut self,
        now: Timestamp,
        what: &str,
        deed: Deed,
        doing: impl FnOnce(&mut Driven, Timestamp) -> Vec<Output>,
    ) {
        self.note(what.to_owned());
        self.trace.script.push(Step { now, deed });
        match catch_unwind(AssertUnwindSafe(|| doing(&mut self.driven, now))) {
            Ok(outputs) => self.carry_out(outputs),
            Err(panic) => {
                self.panicked = true;
                let said = panic.downcast_ref::<String>().map(String::as_str);
                let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
                let text = format!("the client panicked: {said}");
                self.findings.push(Finding { property: Property::P1, at: self.now, text });
            }
        }
    }

    /// Does an embedder's books, and tells the application.
    fn carry_out(&mut self, outputs: Vec<Output>) {
        let mut queue = VecDeque::from(outputs);
        while let Some(output) = queue.pop_front() {
            match output {
                Output::Action(action) => self.act(action),
                Output::Event(event) => {
                    self.hear(&event);
                    let mut desk = Desk {
                        driven: &mut self.driven,
                        script: &mut self.trace.script,
                        outputs: &mut queue,
                        now: self.now,
                    };
                    (self.app)(&event, &mut desk);
                    self.trace.events.push(event);
                }
            }
        }
        self.collect();
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Http { id, request } => {
                let asked = if request.url.ends_with("/app/getAppAccessToken") {
                    Asked::Token
                } else if request.url.contains("/gateway") {
                    Asked::Discovery
                } else {
                    Asked::Send
                };
                self.note(format!("  -> {asked:?} {id}"));
                self.exchanges.push(Exchange { id, asked, give_up: self.now.after(request.timeout) });
            }
            Action::Connect { conn, .. } => {
                self.note(format!("  -> connect {conn}"));
                self.links.push(Link { conn, awaits: Awaits::Socket, beats: 0, paused: false });
            }
            Action::Send { conn, frame } => {
                let sent: Value = serde_json::from_str(frame.as_str()).unwrap_or_default();
                let op = sent.get("op").and_then(Value::as_u64).unwrap_or_default();
                self.note(format!("  -> op {op} on {conn}"));
                if let Some(link) = self.links.iter_mut().find(|link| link.conn == conn) {
                    match op {
                        1 => link.beats = link.beats.saturating_add(1),
                        2 => link.awaits = Awaits::Ready,
                        6 => {
                            link.awaits = Awaits::Resumed;
                            let seq = sent.pointer("/d/seq").and_then(Value::as_u64).unwrap_or_default();
                            let pushed = self.pushed.entry(conn.shard()).or_default();
                            pushed.0 = pushed.0.max(seq);
                        }
                        _ => {}
                    }
                }
            }
            Action::Disconnect { conn, code } => {
                self.note(format!("  -> close {conn} with {code}"));
                self.links.retain(|link| link.conn != conn);
                self.bury(Past::Conn(conn));
            }
        }
    }

    fn hear(&mut self, event: &Event) {
        if let Event::Dispatch(dispatch) = event {
            if self.answerable.len() >= ANSWERABLE {
                self.answerable.pop_front();
            }
            self.answerable.extend(dispatch.reply_to());
        } else if let Event::IdentifySlotWanted { shard } = event {
            self.wanted.push_back(*shard);
        } else if matches!(event, Event::Stopped) {
            self.stopped = true;
        }
        self.note(format!("  {event:?}"));
    }

    fn note(&mut self, text: String) {
        self.driven.seen("the trace", &text);
        self.trace.note(self.now, text);
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The properties that hold whatever the moves are.
    fn collect(&mut self) {
        use Property as P;
        for finding in self.driven.take_findings() {
            let holds_here = match finding.property {
                P::P1 | P::P2 | P::P3 | P::P4 | P::P5 | P::P6 | P::P7 | P::P8 | P::P13 => true,
                P::P15 => self.spaced,
                // Those are about what platforms do, and moves do what no platform does.
                P::P9 | P::P10 | P::P11 | P::P12 | P::P14 | P::P16 | P::P17 | P::Facts | P::Rules => false,
            };
            if holds_here {
                self.findings.push(finding);
            }
        }
    }
}

impl Link {
    /// Whether the client waits for something on it.
    const fn waits(&self) -> bool {
        !matches!(self.awaits, Awaits::Nothing) || self.beats > 0
    }
}

fn at(length: usize, which: usize) -> Option<usize> {
    which.checked_rem(length)
}

fn tell(conn: ConnId, signal: &Signal) -> String {
    match signal {
        Signal::Opened => format!("{conn} opens"),
        // What people write does not belong into traces.
        Signal::Text(bytes) => format!("{conn} gets a frame of {} bytes", bytes.len()),
        Signal::Closed { code } => format!("{conn} is closed with {code:?}"),
        Signal::Failed(error) => format!("{conn} fails: {error}"),
        Signal::ReadPaused => format!("{conn} is not read any more"),
        Signal::ReadResumed => format!("{conn} is read again"),
    }
}

//! A client that is watched and whose inputs are recorded.

use std::hash::{DefaultHasher, Hasher};
use std::time::Duration;

use qq_proto::{
    Action, Client, Config, Input, Leave, Output, Refused, Restart, Secret, ShardIndex, TextReply, Ticket,
    Timestamp, Totals,
};

use super::intents::Intents;
use super::sessions::Sessions;
use super::watch::Watch;
use super::{Expect, Finding, Property};
use crate::world::Subject;

/// Makes what is put to the test from a configuration.
pub type Make<'a> = &'a dyn Fn(Config, Timestamp) -> Box<dyn Subject>;

/// The real client.
pub fn honest(config: Config, now: Timestamp) -> Box<dyn Subject> {
    match Client::new(config, now) {
        Ok(client) => Box::new(client),
        Err(error) => unreachable!("the world's configuration is valid: {error}"),
    }
}

/// P14: the client's `Debug`, which prints all its state but the memory of event ids.
const DEBUG_BASE: usize = 3_000;
const DEBUG_SHARD: usize = 2_000;
const DEBUG_CALL: usize = 1_500;
/// The numbers of answers to one message; the newest 10,000 messages are remembered.
const DEBUG_ANSWERED: usize = 200;
const ANSWERED: usize = 10_000;

/// Something that was done to a client.
#[derive(Clone, Debug)]
enum Op {
    Input(Input),
    Call(Box<TextReply>),
    Restart(ShardIndex, Restart),
    Stop(Leave),
    Secret(Secret),
}

#[derive(Debug)]
struct Step {
    now: Timestamp,
    op: Op,
    digest: u64,
    /// Whether an early tick followed.
    ticked: bool,
}

/// A client under watch. All its methods drain the queue and give what was in it.
pub struct Driven {
    subject: Box<dyn Subject>,
    config: Config,
    began: Timestamp,
    watch: Watch,
    record: Vec<Step>,
    first: u64,
    steps: u64,
}

impl std::fmt::Debug for Driven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driven")
            .field("client", self.subject.client())
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}

impl Driven {
    /// Makes a client and drains what it wants first.
    pub fn new(make: Make<'_>, config: Config, now: Timestamp, expect: Expect) -> (Self, Vec<Output>) {
        let mut driven = Self {
            subject: make(config.clone(), now),
            watch: Watch::new(
                expect,
                Sessions::new(&config.sessions),
                Intents::new(config.intents.bits(), config.intents_ladder),
            ),
            began: now,
            record: Vec::new(),
            first: 0,
            steps: 0,
            config,
        };
        let secret = driven.config.secret.expose().to_owned();
        driven.watch.secrets.add(&secret);
        driven.watch.before(now, None);
        let (outputs, digest) = driven.drain();
        driven.first = digest;
        (driven, outputs)
    }

    /// Hands an input over.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Output> {
        self.watch.before(now, Some(&input));
        self.subject.handle(now, input.clone());
        self.done(now, Op::Input(input))
    }

    /// Asks for a passive reply.
    pub fn reply(
        &mut self,
        now: Timestamp,
        reply: TextReply,
    ) -> (Result<Ticket<TextReply>, Refused<TextReply>>, Vec<Output>) {
        self.watch.before(now, None);
        let taken = self.subject.client_mut().call(now, reply.clone());
        if let Ok(ticket) = &taken {
            self.watch.called(ticket.id());
        }
        let outputs = self.done(now, Op::Call(Box::new(reply)));
        (taken, outputs)
    }

    /// Restarts a shard.
    pub fn restart(&mut self, now: Timestamp, shard: ShardIndex, how: Restart) -> Vec<Output> {
        self.watch.before(now, None);
        self.watch.sessions.restarted(shard, how == Restart::Fresh);
        self.watch.intents.restarted();
        self.subject.client_mut().restart(now, shard, how);
        self.done(now, Op::Restart(shard, how))
    }

    /// Stops the client.
    pub fn stop(&mut self, now: Timestamp, how: Leave) -> Vec<Output> {
        self.watch.before(now, None);
        self.subject.client_mut().stop(now, how);
        self.done(now, Op::Stop(how))
    }

    /// Gives it a new secret.
    pub fn set_secret(&mut self, now: Timestamp, secret: &Secret) -> Vec<Output> {
        self.watch.before(now, None);
        self.watch.secrets.add(secret.expose());
        self.subject.client_mut().set_secret(now, secret.clone());
        self.done(now, Op::Secret(secret.clone()))
    }

    /// When it wants to be woken.
    pub fn next_deadline(&self) -> Option<qq_proto::Deadline> {
        self.subject.next_deadline()
    }

    /// The client itself, for its views.
    pub fn client(&self) -> &Client {
        self.subject.client()
    }

    /// Counts since the start.
    pub fn totals(&self) -> Totals {
        self.subject.client().totals()
    }

    /// How many inputs it has had.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// The latest time it was told.
    pub const fn now(&self) -> Timestamp {
        self.watch.now
    }

    /// What was found since the last time.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.watch.findings)
    }

    /// Checks a text that people can see for secrets.
    pub fn seen(&mut self, what: &str, text: &str) {
        self.watch.seen(what, text);
    }

    fn done(&mut self, now: Timestamp, op: Op) -> Vec<Output> {
        let (outputs, digest) = self.drain();
        self.steps += 1;
        let every = u64::from(self.watch.expect.costly_every.max(1));
        let ticked = self.steps % every == 0;
        self.record.push(Step { now, op, digest, ticked });
        if ticked {
            self.costly();
        }
        outputs
    }

    fn drain(&mut self) -> (Vec<Output>, u64) {
        let (outputs, digest) = drain(self.subject.as_mut(), |text| self.watch.seen("an output", text));
        self.watch.after(&outputs, self.subject.client().shards().count());
        let due = self.subject.next_deadline().filter(|deadline| deadline.at <= self.watch.now);
        if let Some(deadline) = due {
            let text = format!("the deadline {:?} at {} is already due", deadline.why, deadline.at);
            self.watch.find(Property::P2, text);
        }
        // A beat that is due at the same moment follows the acknowledgement.
        let beat = outputs.iter().any(|output| matches!(output, Output::Action(Action::Send { .. })));
        if let Some(conn) = self.watch.acked.filter(|_| !beat) {
            let open = self
                .client()
                .shards()
                .find(|view| view.index() == conn.shard())
                .map_or(0, |view| view.unanswered_beats());
            if open > 0 {
                let text = format!("shard {} counts {open} beats after an acknowledgement", conn.shard());
                self.watch.find(Property::Facts, text);
            }
        }
        (outputs, digest)
    }

    /// What would slow every step down: P3, P13 and P14 over the client's `Debug`, and the views.
    fn costly(&mut self) {
        let before = self.subject.show();
        self.watch.seen("the client's Debug", &before);
        let wake = self.subject.next_deadline();
        self.subject.handle(self.watch.now, Input::Tick);
        let mut outputs = 0;
        while self.subject.poll_output().is_some() {
            outputs += 1;
        }
        if outputs > 0 || self.subject.show() != before || self.subject.next_deadline() != wake {
            self.watch
                .find(Property::P3, format!("an early tick made {outputs} outputs or changed the state"));
        }
        let (shards, calls) = (self.client().shards().count(), self.watch.calls.len());
        let answered = self.watch.calls_ever().min(ANSWERED);
        let bound = DEBUG_BASE + DEBUG_SHARD * shards + DEBUG_CALL * calls + DEBUG_ANSWERED * answered;
        if before.len() > bound {
            let text = format!("the state prints {} bytes, {shards} shards, {calls} calls", before.len());
            self.watch.find(Property::P14, text);
        }
        let wrong: Vec<String> = self
            .subject
            .client()
            .shards()
            .filter(|view| self.watch.phases.get(&view.index()).is_some_and(|phase| *phase != view.phase()))
            .map(|view| format!("shard {} is {} but was told otherwise", view.index(), view.phase()))
            .collect();
        for text in wrong {
            self.watch.find(Property::Facts, text);
        }
        let limit = self.config.limits.call_timeout + Duration::from_secs(1);
        if self.watch.expect.dutiful {
            let late: Vec<_> = self
                .watch
                .calls
                .iter()
                .filter(|(_, since)| self.watch.now.since(**since) > limit)
                .map(|(id, _)| *id)
                .collect();
            for id in late {
                self.watch.calls.remove(&id);
                self.watch.find(Property::P6, format!("call {id} got no reply in its time"));
            }
        }
    }

    /// P5: the same inputs into a second client, early ticks included.
    pub fn check_repeatable(&mut self, make: Make<'_>) {
        let mut second = make(self.config.clone(), self.began);
        let mut same = drain(second.as_mut(), |_| {}).1 == self.first;
        let mut at = self.began;
        let mut seen = at;
        for step in &self.record {
            if !same {
                break;
            }
            at = step.now;
            seen = seen.max(at);
            match &step.op {
                Op::Input(input) => second.handle(at, input.clone()),
                Op::Call(reply) => drop(second.client_mut().call(at, (**reply).clone())),
                Op::Restart(shard, how) => second.client_mut().restart(at, *shard, *how),
                Op::Stop(how) => second.client_mut().stop(at, *how),
                Op::Secret(secret) => second.client_mut().set_secret(at, secret.clone()),
            }
            same = drain(second.as_mut(), |_| {}).1 == step.digest;
            if step.ticked {
                second.handle(seen, Input::Tick);
                while second.poll_output().is_some() {}
            }
        }
        if !same {
            self.watch.find(Property::P5, format!("the recorded inputs gave other outputs at {at}"));
        }
    }
}

/// Empties the queue; the digest covers every byte of it. Each output's `Debug` is shown.
fn drain(subject: &mut dyn Subject, mut show: impl FnMut(&str)) -> (Vec<Output>, u64) {
    let mut outputs = Vec::new();
    let mut digest = DefaultHasher::new();
    while let Some(output) = subject.poll_output() {
        let text = format!("{output:?}");
        digest.write(text.as_bytes());
        match &output {
            Output::Action(Action::Send { frame, .. }) => digest.write(frame.as_str().as_bytes()),
            Output::Action(Action::Http { request, .. }) => {
                digest.write(request.body.as_bytes());
                for (name, value) in request.headers() {
                    digest.write(name.as_bytes());
                    digest.write(value.as_bytes());
                }
            }
            Output::Event(qq_proto::Event::Dispatch(dispatch)) => {
                digest.write(dispatch.json().unwrap_or_default().as_bytes());
            }
            Output::Event(qq_proto::Event::Fault(fault)) => show(&fault.to_string()),
            Output::Action(_) | Output::Event(_) => {}
        }
        show(&text);
        outputs.push(output);
    }
    (outputs, digest.finish())
}

//! What happened in a run.

use std::fmt;
use std::time::Duration;

use qq_proto::{Event, Input, Leave, Restart, Secret, ShardIndex, TextReply, Timestamp};

use crate::oracle::{Finding, Property};
use crate::trace::Line;
use crate::world::Subject;

/// The most lines that are kept; more would not be read.
const KEPT: usize = 20_000;

/// A run: what happened, what the client told the application, and what was done to the client.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Everything in words, without payloads and secrets.
    pub story: Vec<Line>,
    /// What the application was told, in order.
    pub events: Vec<Event>,
    /// What was done to the client, for giving it to another one.
    pub script: Vec<Step>,
}

impl Trace {
    pub(super) fn note(&mut self, at: Timestamp, text: String) {
        if self.story.len() < KEPT {
            self.story.push(Line { at: at.since_start(), text });
        }
    }

    /// How much time passed.
    pub fn time(&self) -> Duration {
        self.script.iter().map(|step| step.now.since_start()).max().unwrap_or_default()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.story.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Something that was done to a client, and when.
#[derive(Clone, Debug)]
pub struct Step {
    /// The time that was told.
    pub now: Timestamp,
    /// What was done.
    pub deed: Deed,
}

/// Something that can be done to a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Deed {
    /// An input.
    Input(Input),
    /// A call.
    Call(TextReply),
    /// A restart.
    Restart(ShardIndex, Restart),
    /// A new secret.
    Secret(Secret),
    /// A stop.
    Stop(Leave),
}

impl Step {
    /// Does it to another client; ids fit if all steps before were done to it as well.
    pub fn apply(&self, subject: &mut dyn Subject) {
        match &self.deed {
            Deed::Input(input) => subject.handle(self.now, input.clone()),
            // What becomes of it shows in the outputs.
            Deed::Call(reply) => drop(subject.client_mut().call(self.now, reply.clone())),
            Deed::Restart(shard, how) => subject.client_mut().restart(self.now, *shard, *how),
            Deed::Secret(secret) => subject.client_mut().set_secret(self.now, secret.clone()),
            Deed::Stop(how) => subject.client_mut().stop(self.now, *how),
        }
    }
}

/// A property that did not hold, and the run that shows it.
#[derive(Debug)]
pub struct Failure {
    inner: Box<(Finding, Trace)>,
}

impl Failure {
    pub(super) fn new(finding: Finding, trace: Trace) -> Self {
        Self { inner: Box::new((finding, trace)) }
    }

    /// Which property.
    pub fn property(&self) -> Property {
        self.inner.0.property
    }

    /// What was found first.
    pub fn finding(&self) -> &Finding {
        &self.inner.0
    }

    /// The run.
    pub fn trace(&self) -> &Trace {
        &self.inner.1
    }
}

/// The finding, then the story.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (finding, trace) = &*self.inner;
        write!(f, "{finding}\n{trace}")
    }
}

impl std::error::Error for Failure {}

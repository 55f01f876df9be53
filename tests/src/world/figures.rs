//! What a run came to, in numbers.

use std::fmt;
use std::time::Duration;

/// Counts of one or many runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// Runs.
    pub runs: u64,
    /// Inputs that were handed to clients.
    pub steps: u64,
    /// Virtual time.
    pub time: Duration,
    /// Faults that were played, without those that strike single messages.
    pub faults: u64,
    /// Events that were delivered.
    pub events: u64,
    /// Events that came twice and were delivered once.
    pub duplicates: u64,
    /// Identifies that were sent.
    pub identifies: u64,
    /// Resumes that were sent.
    pub resumes: u64,
    /// Replies that were asked for.
    pub calls: u64,
    /// Replies that were reported as sent.
    pub delivered_replies: u64,
    /// Secrets that were changed.
    pub rotations: u64,
}

impl Figures {
    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.steps += other.steps;
        self.time += other.time;
        self.faults += other.faults;
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.identifies += other.identifies;
        self.resumes += other.resumes;
        self.calls += other.calls;
        self.delivered_replies += other.delivered_replies;
        self.rotations += other.rotations;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.time.as_secs() / 3600;
        writeln!(f, "runs             {:>12}", self.runs)?;
        writeln!(f, "steps            {:>12}", self.steps)?;
        writeln!(f, "virtual time     {hours:>12} h")?;
        writeln!(f, "faults           {:>12}", self.faults)?;
        writeln!(f, "events           {:>12}", self.events)?;
        writeln!(f, "duplicates       {:>12}", self.duplicates)?;
        writeln!(f, "identifies       {:>12}", self.identifies)?;
        writeln!(f, "resumes          {:>12}", self.resumes)?;
        writeln!(f, "calls            {:>12}", self.calls)?;
        write!(f, "replies reported {:>12}", self.delivered_replies)
    }
}

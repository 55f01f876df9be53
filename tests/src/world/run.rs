//! The loop: whatever comes next happens, then everything is checked.

use std::time::Duration;

use qq_proto::{PhaseName, Timestamp};

use super::{Figures, Happening, PATIENCE, Plan, SETTLE, STAY, World};
use crate::choices::{Choices, Recorder, Replay, Seeded, shrink};
use crate::faults::Fault;
use crate::oracle::{Finding, Make, Property};
use crate::trace::{Trace, TraceError};

/// No run needs as many steps; one that does is stuck in a moment.
const MOST_STEPS: u64 = 3_000_000;
/// A run with so many findings need not go on.
const FINDINGS: usize = 100;
/// Steps at one and the same time that are too many.
const SPINNING: u64 = 20_000;

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// The run, with its findings and its choices.
    pub trace: Trace,
    /// Its counts.
    pub figures: Figures,
}

impl World<'_> {
    /// Runs a plan from its start to its end.
    pub fn run(plan: Plan, choices: &mut dyn Choices, make: Make<'_>) -> Report {
        let mut recorder = Recorder::new(Relay(choices));
        let mut world = World::new(plan, &mut recorder, make);
        world.begin();
        world.finish_run();
        let (mut trace, figures, findings) = (world.trace, world.figures, world.findings);
        trace.findings = findings;
        trace.picks = recorder.into_picks();
        Report { trace, figures }
    }

    /// Plays a stored trace: exactly, if it has choices, else its faults at their times with all else quiet.
    pub fn replay(stored: &Trace, make: Make<'_>) -> Result<Report, TraceError> {
        if !stored.picks.is_empty() {
            let mut replay = Replay::strict(stored.picks.clone());
            let report = World::run(stored.plan, &mut replay, make);
            if let Some(mismatch) = replay.mismatch() {
                return Err(TraceError(mismatch));
            }
            if report.trace.faults != stored.faults {
                return Err(TraceError("the choices lead to other faults now".to_owned()));
            }
            return Ok(report);
        }
        let plan =
            Plan { network: false, platform: false, application: false, operations: false, ..stored.plan };
        let mut quiet = Replay::loose(Vec::new());
        let mut world = World::new(plan, &mut quiet, make);
        world.begin();
        for (at, fault) in &stored.faults {
            world.schedule(*at, Happening::Scripted(*fault));
        }
        world.finish_run();
        let (mut trace, figures, findings) = (world.trace, world.figures, world.findings);
        if let Some((at, fault)) = stored.faults.iter().find(|row| !trace.faults.contains(row)) {
            let at = Timestamp::from(*at);
            return Err(TraceError(format!("at {at} there was nothing it could happen to: {fault}")));
        }
        trace.findings = findings;
        trace.title.clone_from(&stored.title);
        Ok(Report { trace, figures })
    }

    /// Sets the clock of a whole run going: traffic, faults, and their end.
    pub fn begin(&mut self) {
        self.schedule(Duration::from_secs(3), Happening::Traffic);
        if !self.plan.classes().is_empty() {
            self.schedule(Duration::from_secs(1), Happening::Fault);
        }
        let calm = self.plan.active;
        self.schedule(calm, Happening::Calm);
    }

    /// Plays a fault now. `false` if there is nothing it could happen to.
    pub fn incident(&mut self, fault: Fault) -> bool {
        self.play(fault)
    }

    /// Someone writes to the bot now.
    pub fn message(&mut self) {
        self.traffic();
    }

    /// Lets everything happen up to a time.
    pub fn run_until(&mut self, end: Duration) {
        let (mut moment, mut spins) = (self.now, 0);
        while let Some(due) = self.next_time().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            if self.now > moment {
                (moment, spins) = (self.now, 0);
            }
            spins += 1;
            if self.stuck || self.findings.len() >= FINDINGS {
                return;
            }
            if spins > SPINNING || self.steps > MOST_STEPS {
                let find = self.finding(Property::P2, "time does not pass any more".to_owned());
                self.findings.push(find);
                self.stuck = true;
                return;
            }
            self.happen();
        }
        self.now = self.now.max(end);
    }

    fn next_time(&self) -> Option<Duration> {
        let queued = self.queue.first_key_value().map(|((due, _), _)| *due);
        let platform = self.platform.next_deadline();
        let wake = self.next_wake().map(|(due, _)| due);
        [queued, platform, wake].into_iter().flatten().min()
    }

    /// What is due now happens: first what was on its way, then the platform's own deadlines, then the clients'.
    fn happen(&mut self) {
        let now = self.now;
        if let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= now) {
            let what = entry.remove();
            self.take(what);
        } else if self.platform.next_deadline().is_some_and(|due| due <= now) {
            self.platform.tick(now);
            self.effects();
        } else if let Some((_, client)) = self.next_wake().filter(|(due, _)| *due <= now) {
            self.wake(client);
        }
        if !self.plan.host {
            let new = self.ledger.look(&self.platform, self.plan.clients == 1);
            self.findings.extend(new);
        }
    }

    fn take(&mut self, what: Happening) {
        match what {
            Happening::ToServer(request) => self.server(request),
            Happening::ToBot { at, input, link } => self.arrive(at, input, link),
            Happening::HttpTimeout { exchange } => self.http_timeout(exchange),
            Happening::Traffic => {
                self.traffic();
                let gap = self.gap("traffic", self.plan.traffic_gap);
                let gap = if self.calm { gap * 8 } else { gap };
                self.schedule(self.now + gap, Happening::Traffic);
            }
            Happening::Fault => {
                if !self.calm {
                    self.draw_fault();
                    let gap = self.gap("gap", self.plan.fault_gap);
                    self.schedule(self.now + gap, Happening::Fault);
                }
            }
            Happening::Scripted(fault) => {
                self.play(fault);
            }
            Happening::Calm => {
                self.calm = true;
                self.note("faults end".to_owned());
                self.misdeed = self.now;
                self.lose_http.0 = 0;
                self.lose_dials.0 = 0;
                self.schedule(self.now + SETTLE, Happening::Settled);
            }
            Happening::Settled => self.settle(),
            Happening::Finish { at, dispatch } => self.finish(at, &dispatch),
            Happening::Answer { at, dispatch } => self.answer(at, &dispatch),
            Happening::Return { client } => self.come_back(client),
            Happening::Leave { at, seconds } => {
                if !self.plan.host && self.alive(at).is_some_and(|process| !process.stopped) {
                    let find = self.finding(Property::P12, format!("client {} did not stop", at.client));
                    self.findings.push(find);
                }
                self.end_process(at, seconds);
            }
            Happening::ReadAgain { at } => self.read_again(at),
            Happening::Mend { at, shard } => self.mend(at, shard),
            Happening::Grant { at, shard } => self.feed(at, qq_proto::Input::IdentifySlot { shard }),
        }
    }

    fn gap(&mut self, what: &'static str, most: Duration) -> Duration {
        let steps = u32::try_from(most.as_millis() / 100).unwrap_or(u32::MAX).max(1);
        // 0 is the longest pause, so that the tamest run has the least in it.
        let picked = self.pick(what, steps);
        most.saturating_sub(Duration::from_millis(100) * picked).max(Duration::from_millis(100))
    }

    fn finding(&self, property: Property, text: String) -> Finding {
        Finding { property, at: self.stamp(), text }
    }

    /// P12: which shards are not live at both ends.
    fn not_live(&self) -> Vec<(u32, String)> {
        let at_server = self.platform.live_shards();
        let mut not = Vec::new();
        for client in self.clients() {
            let mut any = false;
            for view in client.shards() {
                any = true;
                let index = view.index().get();
                if view.phase() == PhaseName::Halted {
                    continue;
                }
                if view.phase() != PhaseName::Live || !view.can_receive() {
                    not.push((index, format!("shard {index} is {}", view.phase())));
                } else if !at_server.contains(&index) {
                    not.push((index, format!("shard {index} believes that it is live")));
                }
            }
            if !any && !self.plan.shardless {
                not.push((0, "a client knows of no shards".to_owned()));
            }
        }
        not
    }

    /// The time to be well again is over, unless the platform has misbehaved meanwhile: failures that were ordered
    /// while faults were on may come late.
    fn settle(&mut self) {
        if self.platform.links().iter().any(|link| link.silent || !link.acks) {
            self.misdeed = self.now;
        }
        let due = self.misdeed + SETTLE;
        if due > self.now && self.now < self.plan.active + PATIENCE {
            return self.schedule(due, Happening::Settled);
        }
        self.settled = true;
        // A connection that ends by its age may just be on its way back.
        if self.plan.host || !self.plan.lifetime.is_zero() {
            return;
        }
        let seconds = SETTLE.as_secs();
        for (_, text) in self.not_live() {
            let find = self.finding(Property::P12, format!("{text} {seconds} s after the last misdeed"));
            self.findings.push(find);
        }
    }

    fn lost_connections(&self) -> u64 {
        self.links.values().filter(|link| link.over).count() as u64
    }

    /// Runs to the end and makes the checks that belong there.
    pub fn finish_run(&mut self) {
        self.run_until(self.plan.active);
        while !self.settled && !self.stuck && self.findings.len() < FINDINGS {
            self.run_until(self.now + SETTLE);
        }
        let before = self.lost_connections();
        self.run_until(self.now + STAY);
        let lost = self.lost_connections().saturating_sub(before);
        if lost > 0 && self.plan.lifetime.is_zero() && !self.plan.host {
            let text = format!("{lost} connections were lost while everything was well");
            let find = self.finding(Property::P12, text);
            self.findings.push(find);
        }
        self.conclude();
    }

    /// The checks at the end: losses, replies, a clean stop, repetition.
    pub fn conclude(&mut self) {
        let now = self.stamp();
        if !self.plan.host {
            let halted = self
                .clients()
                .flat_map(qq_proto::Client::shards)
                .any(|view| view.phase() == PhaseName::Halted);
            let calm = !halted && self.not_live().is_empty();
            let found = self.ledger.losses(&self.platform, now, calm);
            self.findings.extend(found);
            let found = self.ledger.replies(&self.platform, now);
            self.findings.extend(found);
        }
        for client in 0..self.processes.len() {
            self.stop(client);
        }
        let end = self.now + Duration::from_secs(2);
        self.run_until(end);
        let make = self.make.0;
        for client in 0..self.processes.len() {
            let at = self.address(client);
            let (host, now) = (self.plan.host, self.stamp());
            let Some(process) = self.alive(at) else {
                continue;
            };
            let stopped = process.stopped;
            let Some(mut driven) = process.driven.take() else {
                continue;
            };
            if !host && (!stopped || driven.next_deadline().is_some()) {
                self.findings.push(Finding {
                    property: Property::P12,
                    at: now,
                    text: format!("client {client} did not stop"),
                });
            }
            driven.check_repeatable(make);
            self.collect(&mut driven);
            for line in &self.trace.story {
                driven.seen("the trace", &line.text);
            }
            self.findings.extend(driven.take_findings());
        }
        self.figures.runs = 1;
        self.figures.steps = self.steps;
        self.figures.time = self.now;
        self.figures.events = self.ledger.count() as u64;
    }
}

/// Passes questions on to a source behind a reference.
struct Relay<'a>(&'a mut dyn Choices);

impl Choices for Relay<'_> {
    fn pick(&mut self, what: &'static str, n: u32) -> u32 {
        self.0.pick(what, n)
    }

    fn mismatch(&self) -> Option<String> {
        self.0.mismatch()
    }
}

/// Runs a seed; if something is found, makes the run as simple as `budget` further runs allow.
pub fn find(plan: Plan, seed: u64, make: Make<'_>, budget: u32) -> Report {
    let report = World::run(plan, &mut Seeded::new(seed), make);
    let Some(first) = report.trace.findings.first().map(|finding| finding.property) else {
        return report;
    };
    let picks = shrink(report.trace.picks.clone(), budget, |picks| {
        let again = World::run(plan, &mut Replay::loose(picks), make);
        again.trace.findings.first().is_some_and(|finding| finding.property == first)
    });
    let mut report = World::run(plan, &mut Replay::loose(picks), make);
    report.trace.title = format!("seed {seed} broke {first}");
    report
}

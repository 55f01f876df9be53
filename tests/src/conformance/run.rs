//! The runner.

use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::platform::{Handshake, Inbound, Platform, Scene};
use crate::serve::{ServeOptions, Server};

use super::books::Books;
use super::scenario::{Count, Fact, Scenario, Step};
use super::subject::{News, Subject, Target};

/// The bot is asked for news in turns of this length, between two looks at the platform.
const TURN: Duration = Duration::from_millis(10);

/// Sessions may end while their events are waited for, which is looked up this often.
const REREAD: Duration = Duration::from_millis(500);

/// Messages of a burst that are pushed while the platform is held.
const TOGETHER: u32 = 500;

/// How a run ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// Whether a bot survived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Passed,
    /// It did not: at which step, and what was wrong.
    Failed(String),
    /// It cannot be tried, and this is why.
    Skipped(String),
}

impl Outcome {
    /// Whether something was wrong.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, took) = (&self.scenario, self.took.as_secs_f32());
        match &self.outcome {
            Outcome::Passed => write!(f, "passed   {took:5.1} s  {name}"),
            Outcome::Failed(why) => write!(f, "FAILED   {took:5.1} s  {name}: {why}"),
            Outcome::Skipped(why) => write!(f, "skipped           {name}: {why}"),
        }
    }
}

/// Runs one scenario with one bot, on a platform of its own. A subject that panics has failed.
pub fn run(scenario: &Scenario, subject: &mut dyn Subject) -> Report {
    let begun = Instant::now();
    let outcome = match subject.cannot_run(scenario) {
        Some(why) => Outcome::Skipped(why),
        None => match catch_unwind(AssertUnwindSafe(|| attempt(scenario, subject))) {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(why)) => Outcome::Failed(why),
            Err(_) => Outcome::Failed("it panicked".to_owned()),
        },
    };
    Report { scenario: scenario.name.clone(), took: begun.elapsed(), outcome }
}

fn attempt(scenario: &Scenario, subject: &mut dyn Subject) -> Result<(), String> {
    let options = ServeOptions { platform: scenario.platform.clone(), ..ServeOptions::default() };
    let server = Server::start(options).map_err(|error| format!("the platform has no port: {error}"))?;
    let mut run = Run { scenario, subject, server, books: Books::default(), halted: None };
    let told = run.all_steps();
    let stopped = run.subject.stop();
    let verdict = told.and_then(|()| {
        stopped.map_err(|why| format!("at the stop: {why}"))?;
        run.leave()
    });
    verdict.map_err(|why| {
        let notes = run.subject.notes();
        if notes.is_empty() { why } else { format!("{why}\n{notes}") }
    })
}

struct Run<'a> {
    scenario: &'a Scenario,
    subject: &'a mut dyn Subject,
    server: Server,
    books: Books,
    halted: Option<String>,
}

impl Run<'_> {
    fn all_steps(&mut self) -> Result<(), String> {
        for (at, step) in self.scenario.steps.iter().enumerate() {
            self.step(step).map_err(|why| format!("step {} ({step:?}): {why}", at + 1))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Start => {
                let target = {
                    let platform = self.server.platform();
                    let config = platform.config();
                    let (app_id, secret) = (config.app_id.clone(), config.secret.clone());
                    Target {
                        base_url: self.server.base_url(),
                        app_id,
                        secret,
                        echo: self.scenario.echo,
                        ladder: self.scenario.ladder,
                    }
                };
                self.subject.start(&target)
            }
            Step::Push(inbound) => {
                self.session()?;
                self.push(inbound)
            }
            Step::Burst(count) => {
                self.session()?;
                self.burst(*count)
            }
            Step::Play(incident) => self
                .until(|run| run.server.apply(incident.clone()))?
                .ok_or_else(|| "there was no connection it could happen to".to_owned()),
            Step::Fault(fault) => self
                .until(|run| run.server.fault(fault))?
                .ok_or_else(|| "there was no connection it could happen to".to_owned()),
            Step::Await(Fact::Delivered) => self.delivered(),
            Step::Await(fact) => self.until(|run| run.holds(*fact))?.ok_or_else(|| self.why_not(*fact)),
            Step::Expect(fact) if self.holds(*fact) => Ok(()),
            Step::Expect(fact) => Err(self.why_not(*fact)),
        }
    }

    /// Waits until something is true: nothing if it was not in time, an error if the bot is gone.
    fn until(&mut self, mut condition: impl FnMut(&mut Self) -> bool) -> Result<Option<()>, String> {
        let deadline = Instant::now() + self.scenario.patience;
        loop {
            if condition(self) {
                return Ok(Some(()));
            }
            if let Some(why) = &self.halted {
                return Err(format!("the bot has halted: {why}"));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            self.listen(TURN, deadline)?;
        }
    }

    /// Takes what the bot has to tell; waits so long for the first of it.
    fn listen(&mut self, mut turn: Duration, deadline: Instant) -> Result<(), String> {
        while Instant::now() < deadline {
            match self.subject.next(turn) {
                News::Event(event) => self.books.receive(event),
                News::Nothing => break,
                News::Halted(why) => {
                    self.halted = Some(why);
                    break;
                }
                News::Ended(why) => return Err(format!("the bot has ended: {why}")),
            }
            turn = Duration::ZERO;
        }
        Ok(())
    }

    /// Waits until there is a session that an event can be put into.
    fn session(&mut self) -> Result<(), String> {
        let any = |platform: &Platform| platform.sessions().iter().any(|session| session.ended.is_none());
        self.until(|run| any(&run.server.platform()))?.ok_or_else(|| "there was no session".to_owned())
    }

    fn push(&mut self, inbound: &Inbound) -> Result<(), String> {
        let mut platform = self.server.platform();
        let now = platform.now();
        let pushed = platform.push_message(now, inbound);
        drop(platform);
        if pushed.session.is_none() {
            return Err("no session wants it; are the bot's intents enough?".to_owned());
        }
        self.books.pushed(&pushed, &inbound.text);
        Ok(())
    }

    fn burst(&mut self, count: u32) -> Result<(), String> {
        let deadline = Instant::now() + self.scenario.patience;
        for first in (0..count).step_by(TOGETHER as usize) {
            let mut platform = self.server.platform();
            for number in first..count.min(first + TOGETHER) {
                let now = platform.now();
                let text = format!("burst {number}");
                let pushed = platform.push_message(now, &Inbound::new(Scene::C2c, text.as_str()));
                if pushed.session.is_none() {
                    return Err("no session wants it".to_owned());
                }
                if self.scenario.echo {
                    self.books.pushed(&pushed, &text);
                }
            }
            drop(platform);
            // The bot reads while the burst goes on.
            self.listen(Duration::ZERO, deadline)?;
        }
        Ok(())
    }

    fn delivered(&mut self) -> Result<(), String> {
        // The log may be long, so it is not read again in every turn.
        let (mut missing, mut read_at) = (HashSet::<String>::new(), None::<Instant>);
        let done = self.until(|run| {
            missing.retain(|id| !run.books.has(id));
            if missing.is_empty() || read_at.is_none_or(|at| at.elapsed() > REREAD) {
                missing = run.books.missing(&run.server.platform());
                read_at = Some(Instant::now());
            }
            missing.is_empty()
        })?;
        done.ok_or_else(|| self.why_not(Fact::Delivered))
    }

    fn holds(&self, fact: Fact) -> bool {
        let platform = self.server.platform();
        match fact {
            Fact::Live(shards) => platform.live_shards().len() >= shards,
            Fact::Delivered => self.books.missing(&platform).is_empty(),
            Fact::Answered => self.books.unanswered(&platform).is_empty(),
            Fact::Exactly(count, number) => self.count(&platform, count) == number,
            Fact::AtLeast(count, number) => self.count(&platform, count) >= number,
            Fact::Halted => self.halted.is_some(),
        }
    }

    fn count(&self, platform: &Platform, count: Count) -> usize {
        let attempts = |what| platform.attempts().iter().filter(|attempt| attempt.what == what).count();
        match count {
            Count::Identifies => attempts(Handshake::Identify),
            Count::Resumes => attempts(Handshake::Resume),
            Count::Tokens => platform.tokens_issued(),
            Count::Sent => platform.sent().len(),
            Count::Received => self.books.received(),
        }
    }

    fn why_not(&self, fact: Fact) -> String {
        let platform = self.server.platform();
        let violations = platform.violations();
        let seen = match fact {
            Fact::Live(_) => format!("live: {:?}", platform.live_shards()),
            Fact::Delivered => {
                let missing = self.books.missing(&platform);
                format!("{} missing, {} received", missing.len(), self.books.received())
            }
            Fact::Answered => format!("unanswered: {:?}", self.books.unanswered(&platform)),
            Fact::Exactly(count, _) | Fact::AtLeast(count, _) => {
                format!("there were {}", self.count(&platform, count))
            }
            Fact::Halted => "it goes on".to_owned(),
        };
        let attempts = platform.attempts();
        format!("not so; {seen}\nattempts: {attempts:#?}\nviolations: {violations:#?}")
    }

    /// What must be true at the end of every run.
    fn leave(&mut self) -> Result<(), String> {
        let gone = self.server.wait_for(self.scenario.patience, |platform| platform.links().is_empty());
        let platform = self.server.platform();
        if !gone {
            return Err(format!("connections are left open after the stop: {:?}", platform.links()));
        }
        if self.halted.is_none() {
            self.books.check(&platform, self.scenario.echo)?;
        }
        let broken: Vec<_> = platform
            .violations()
            .iter()
            .filter(|broken| !self.scenario.excused.contains(&broken.rule))
            .collect();
        if broken.is_empty() { Ok(()) } else { Err(format!("rules were broken: {broken:#?}")) }
    }
}

//! A quiet world that a test plays by hand.

use std::time::Duration;

use qq_proto::{Client, PhaseName};

use super::{Plan, World};
use crate::choices::Choices;
use crate::oracle::honest;
use crate::platform::{Attempt, Handshake, Incident, Platform, PlatformConfig};

/// Nothing is left to chance.
#[derive(Debug)]
struct Quiet;

impl Choices for Quiet {
    fn pick(&mut self, _what: &'static str, _n: u32) -> u32 {
        0
    }
}

/// A world in which nothing happens but what is said: each message takes 20 ms, and the application finishes and answers
/// each event at once. Reads like a log.
///
/// ```
/// use qq_testkit::world::{Plan, Scenario};
///
/// let mut play = Scenario::new(Plan::calm());
/// play.at(12_400).happens("server closes shard 0 with 4009");
/// play.at(20_000);
/// assert_eq!(play.shakes(), ["0.140 identify", "12.480 resume"]);
/// ```
#[derive(Debug)]
pub struct Scenario {
    world: World<'static>,
    told: usize,
}

impl Scenario {
    /// A world that has not started yet.
    pub fn new(plan: Plan) -> Self {
        Self::of(World::new(plan, Box::leak(Box::new(Quiet)), &honest))
    }

    /// The same on a platform of one's own making.
    pub fn on(plan: Plan, config: PlatformConfig) -> Self {
        Self::of(World::with_platform(plan, config, Box::leak(Box::new(Quiet)), &honest))
    }

    const fn of(world: World<'static>) -> Self {
        Self { world, told: 0 }
    }

    /// Lets everything happen up to a time, in milliseconds.
    pub fn at(&mut self, millis: u64) -> &mut Self {
        self.world.run_until(Duration::from_millis(millis));
        self
    }

    /// Plays a fault.
    ///
    /// # Panics
    ///
    /// If the sentence is none, or there is nothing it could happen to.
    pub fn happens(&mut self, sentence: &str) -> &mut Self {
        let fault = match sentence.parse() {
            Ok(fault) => fault,
            Err(error) => panic!("{error}"),
        };
        assert!(self.world.incident(fault), "there is nothing it could happen to: {sentence}");
        self
    }

    /// A user writes to the bot.
    pub fn message(&mut self) -> &mut Self {
        self.world.message();
        self
    }

    /// A user writes to the bot, its program learns of it on another way than the gateway, for instance a webhook, and
    /// answers.
    ///
    /// # Panics
    ///
    /// If the platform gives the message no id.
    pub fn message_elsewhere(&mut self) -> &mut Self {
        self.world.message_elsewhere();
        self
    }

    /// The platform plays an incident that no sentence says.
    ///
    /// # Panics
    ///
    /// If there is nothing it could happen to.
    pub fn plays(&mut self, incident: Incident) -> &mut Self {
        let shown = format!("{incident:?}");
        let now = self.world.now();
        assert!(self.world.platform.apply(now, incident), "there is nothing it could happen to: {shown}");
        self.world.effects();
        self
    }

    /// What each identify asked for, in the order of their arrival.
    pub fn intents(&self) -> Vec<u64> {
        self.attempts().iter().filter_map(|attempt| attempt.intents).collect()
    }

    /// The platform, to look at.
    pub const fn platform(&self) -> &Platform {
        self.world.platform()
    }

    /// The platform, for what no sentence says.
    pub const fn platform_mut(&mut self) -> &mut Platform {
        &mut self.world.platform
    }

    /// The first client.
    ///
    /// # Panics
    ///
    /// If none is running.
    pub fn client(&self) -> &Client {
        match self.world.clients().next() {
            Some(client) => client,
            None => panic!("no client is running"),
        }
    }

    /// The phase of a shard of the first client.
    pub fn phase(&self, shard: u32) -> Option<PhaseName> {
        self.client().shards().find(|view| view.index().get() == shard).map(|view| view.phase())
    }

    /// The handshakes that arrived at the server.
    pub fn attempts(&self) -> &[Attempt] {
        self.world.platform().attempts()
    }

    /// The same in short, as in `12.480 resume`.
    pub fn shakes(&self) -> Vec<String> {
        self.attempts()
            .iter()
            .map(|attempt| {
                let what = match attempt.what {
                    Handshake::Identify => "identify",
                    Handshake::Resume => "resume",
                };
                format!("{}.{:03} {what}", attempt.at.as_secs(), attempt.at.subsec_millis())
            })
            .collect()
    }

    /// What was told since the last time.
    pub fn told(&mut self) -> Vec<String> {
        let story = &self.world.trace().story;
        let new = story.iter().skip(self.told).map(ToString::to_string).collect();
        self.told = story.len();
        new
    }

    /// Makes the checks that belong at the end of a run.
    ///
    /// # Panics
    ///
    /// If a property did not hold.
    pub fn ends_well(mut self) {
        self.world.conclude();
        let findings = self.world.findings();
        assert!(findings.is_empty(), "{findings:#?}\n{}", self.world.trace());
    }
}

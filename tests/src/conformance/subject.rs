//! The bot under test.

use std::time::Duration;

use super::scenario::Scenario;
use crate::platform::Hidden;

/// A bot under test. One value is started once.
pub trait Subject {
    /// Why this bot cannot run a scenario at all; such a run is skipped.
    fn cannot_run(&self, scenario: &Scenario) -> Option<String> {
        let _ = scenario;
        None
    }

    /// Starts the bot and returns at once: the platform may well be unreachable at first, and that is the bot's task.
    ///
    /// It is to run as many shards as the platform advises, with intents for messages of all kinds. If
    /// [`Target::echo`] is set, it answers each message with a text that contains the message's own.
    fn start(&mut self, target: &Target) -> Result<(), String>;

    /// The next event, in the order in which the application got them. Waits no longer than told. Bots without a
    /// thread of their own may work while they are in here: the runner asks all the time.
    fn next(&mut self, at_most: Duration) -> News;

    /// Ends the bot for good. Also called when it has ended by itself, or was never started. What was wrong with the
    /// end is an error.
    fn stop(&mut self) -> Result<(), String>;

    /// What the bot has to say about its link, for people who read why a run failed.
    fn notes(&mut self) -> String {
        String::new()
    }
}

/// Where a bot connects and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The base of the REST API; the token endpoint has the same host.
    pub base_url: String,
    /// The bot's id.
    pub app_id: String,
    /// The bot's secret.
    pub secret: Hidden,
    /// Whether messages are to be answered.
    pub echo: bool,
    /// Whether it is to go on with fewer intents when some are refused. A bot that cannot has scenarios that it
    /// [cannot run](Subject::cannot_run).
    pub ladder: bool,
}

/// What a bot has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It received an event.
    Event(Received),
    /// Nothing so far.
    Nothing,
    /// It will not try again, and says why. Some scenarios want exactly that.
    Halted(String),
    /// It ended or broke, and should not have.
    Ended(String),
}

/// One event as the application sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// `t`
    pub name: String,
    /// `id`
    pub id: Option<String>,
    /// `s`
    pub seq: Option<u64>,
}

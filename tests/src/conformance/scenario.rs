//! Scenarios as values.

use std::time::Duration;

use crate::platform::{Inbound, Incident, PlatformConfig, Rule, Scene};
use crate::serve::SocketFault;

/// Far more than anything takes, for machines that are busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// Threads of both sides are woken late on a busy machine.
const MARGIN: Duration = Duration::from_millis(500);

/// A story that a bot has to survive.
///
/// ```
/// use qq_testkit::conformance::{Count, Fact, Scenario};
/// use qq_testkit::platform::Incident;
///
/// let story = Scenario::new("two cuts")
///     .live()
///     .push("hello")
///     .play(Incident::Cut { shard: 0 })
///     .settled()
///     .play(Incident::Cut { shard: 0 })
///     .push("still there?")
///     .settled()
///     .expect(Fact::Exactly(Count::Identifies, 1));
/// assert_eq!(story.steps.len(), 13);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// What happens, in a few words; unique within a list.
    pub name: String,
    /// The platform it happens on.
    pub platform: PlatformConfig,
    /// What is done and waited for, one after the other.
    pub steps: Vec<Step>,
    /// Whether the bot answers messages.
    pub echo: bool,
    /// Whether the bot goes on with fewer intents when some are refused: those that need no grant, then those of groups
    /// and one-to-one chats alone.
    pub ladder: bool,
    /// Rules that a bot cannot help breaking in this story.
    pub excused: Vec<Rule>,
    /// How long each step may take.
    pub patience: Duration,
    /// Whether it takes more than a few seconds by its nature; such ones are best begun first.
    pub slow: bool,
}

/// One step of a [`Scenario`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Starts the bot. What was played before it was there waits for it.
    Start,
    /// Someone writes a message. Waits until a session exists that it can be put into.
    Push(Inbound),
    /// So many messages at once, from one person.
    Burst(u32),
    /// Plays an incident; waits until there is a connection it can happen to.
    Play(Incident),
    /// Plays a fault of the network; waits likewise.
    Fault(SocketFault),
    /// Waits until this is true.
    Await(Fact),
    /// This must be true now.
    Expect(Fact),
}

/// Something that can be true of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// So many shards are connected and have a session.
    Live(usize),
    /// All events so far have been received, but for those of sessions that are over.
    Delivered,
    /// All messages that were received have their answer.
    Answered,
    /// Exactly so many.
    Exactly(Count, usize),
    /// So many or more.
    AtLeast(Count, usize),
    /// The bot says that it will not try again.
    Halted,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// Identifies that arrived.
    Identifies,
    /// Resumes that arrived.
    Resumes,
    /// Tokens that were issued.
    Tokens,
    /// Messages that the bot sent and the platform accepted.
    Sent,
    /// Events that the bot received.
    Received,
}

impl Scenario {
    /// A story without steps, on a platform with one shard where many may identify at once.
    pub fn new(name: impl Into<String>) -> Self {
        let mut platform = PlatformConfig::default();
        platform.starts.max_concurrency = 100;
        platform.arrival_margin = MARGIN;
        Self {
            name: name.into(),
            platform,
            steps: Vec::new(),
            echo: true,
            ladder: false,
            excused: Vec::new(),
            patience: PATIENCE,
            slow: false,
        }
    }

    /// The same on a platform with these changes.
    #[must_use]
    pub fn on(mut self, change: impl FnOnce(&mut PlatformConfig)) -> Self {
        change(&mut self.platform);
        self
    }

    /// The same with a bot that does not answer.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.echo = false;
        self
    }

    /// The same with a bot that goes on with fewer intents when some are refused.
    #[must_use]
    pub fn ladder(mut self) -> Self {
        self.ladder = true;
        self
    }

    /// The same with a rule that does not count.
    #[must_use]
    pub fn excuse(mut self, rule: Rule) -> Self {
        self.excused.push(rule);
        self
    }

    /// The same, said to take more than a few seconds.
    #[must_use]
    pub fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    /// One more step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Starts the bot.
    #[must_use]
    pub fn start(self) -> Self {
        self.then(Step::Start)
    }

    /// Starts the bot and waits until all of its shards are live.
    #[must_use]
    pub fn live(self) -> Self {
        let shards = self.shards();
        self.start().wait(Fact::Live(shards))
    }

    /// One person writes.
    #[must_use]
    pub fn push(self, text: &str) -> Self {
        self.push_to(Scene::C2c, text)
    }

    /// Someone writes at the usual place of a scene.
    #[must_use]
    pub fn push_to(self, scene: Scene, text: &str) -> Self {
        self.then(Step::Push(Inbound::new(scene, text)))
    }

    /// Plays an incident.
    #[must_use]
    pub fn play(self, incident: Incident) -> Self {
        self.then(Step::Play(incident))
    }

    /// Plays a fault of the network.
    #[must_use]
    pub fn fault(self, fault: SocketFault) -> Self {
        self.then(Step::Fault(fault))
    }

    /// Waits until something is true.
    #[must_use]
    pub fn wait(self, fact: Fact) -> Self {
        self.then(Step::Await(fact))
    }

    /// Something must be true now.
    #[must_use]
    pub fn expect(self, fact: Fact) -> Self {
        self.then(Step::Expect(fact))
    }

    /// Waits until all shards are live, all events received and all messages answered.
    #[must_use]
    pub fn settled(self) -> Self {
        let (shards, echo) = (self.shards(), self.echo);
        let settled = self.wait(Fact::Live(shards)).wait(Fact::Delivered);
        if echo { settled.wait(Fact::Answered) } else { settled }
    }

    fn shards(&self) -> usize {
        usize::try_from(self.platform.shards.max(1)).unwrap_or(usize::MAX)
    }
}

//! Bots against the model platform in virtual time: no socket, no thread, no sleep.
//!
//! A [`World`] has one platform and one or more clients, with everything between them that can go wrong: each message
//! has its own delay (frames of one connection keep their order), exchanges and connections get lost, the platform
//! misbehaves as it does in the field, processes are stopped and come back. Every decision is asked from one source of
//! [`Choices`], so a run can be repeated, stored and shrunk. After each step the oracle checks
//! [what must hold](crate::oracle::Property).
//!
//! ```
//! use qq_testkit::choices::Seeded;
//! use qq_testkit::oracle::honest;
//! use qq_testkit::world::{Plan, World};
//!
//! let trace = World::run(Plan::stormy(7), &mut Seeded::new(7), &honest).trace;
//! assert_eq!(trace.findings, [], "{trace}");
//! ```

mod app;
mod deeds;
mod figures;
mod host;
mod net;
mod plan;
mod run;
mod scenario;
mod subject;
mod webhook;

use std::collections::BTreeMap;
use std::time::Duration;

use qq_proto::{Dispatch, Input, RequestId, Session, ShardIndex, TextReply, Ticket, Timestamp};

use crate::choices::Choices;
use crate::oracle::{Driven, Finding, Ledger, Make};
use crate::platform::{Lifetime, Platform, PlatformConfig, Request, StartLimit};
use crate::trace::Trace;
use net::{Exchange, Link};

pub use figures::Figures;
pub use plan::Plan;
pub use run::{Report, find};
pub use scenario::Scenario;
pub use subject::Subject;
pub use webhook::{Receive, Receiver, WebhookReport, WebhookSabotage, WebhookWorld, receive};

/// After the last misdeed of network or platform everything must be well again within this: a dead link is found after
/// three beats, and the pauses for token, discovery and shard, a minute and a fifth each, may follow one another.
const SETTLE: Duration = Duration::from_secs(400);
/// A platform that still has failures in store after this long never uses them up.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);
/// And it must stay so for this long.
const STAY: Duration = Duration::from_secs(300);
/// What the model platform asks for in Hello. Not above what the core assumes if a Hello makes no sense.
const INTERVAL: Duration = Duration::from_secs(30);

/// Something that will happen.
#[derive(Debug)]
enum Happening {
    /// Something of the bot's arrives at the platform.
    ToServer(Request),
    /// Something arrives at a client.
    ToBot { at: Address, input: Input, link: Option<u64> },
    /// An embedder gives an exchange up.
    HttpTimeout { exchange: u64 },
    /// A message is written to the bot.
    Traffic,
    /// Perhaps something goes wrong.
    Fault,
    /// A fault of a stored trace.
    Scripted(crate::faults::Fault),
    /// Faults end.
    Calm,
    /// Everything must be well.
    Settled,
    /// An application finishes an event.
    Finish { at: Address, dispatch: Dispatch },
    /// An application answers an event.
    Answer { at: Address, dispatch: Dispatch },
    /// A process comes back.
    Return { client: usize },
    /// A stopped process ends.
    Leave { at: Address, seconds: u32 },
    /// An application reads again.
    ReadAgain { at: Address },
    /// Someone mends what halted a shard.
    Mend { at: Address, shard: ShardIndex },
    /// A limiter outside grants an identify.
    Grant { at: Address, shard: ShardIndex },
}

/// One life of one client: what is meant for an earlier life does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address {
    client: usize,
    life: u32,
}

/// A process with its client, its application and its disk.
#[derive(Debug, Default)]
struct Process {
    life: u32,
    driven: Option<Driven>,
    /// What the application stored; survives the process.
    disk: Vec<Session>,
    progress: qq_proto::Progress,
    tickets: BTreeMap<RequestId, (Ticket<TextReply>, String)>,
    paused_until: Duration,
    stopping: bool,
    stopped: bool,
    /// An embedder that oversleeps does so until then.
    asleep_until: Duration,
    /// An input of the past, for an embedder that repeats itself.
    stale: Option<Input>,
}

/// See the [module](self).
#[derive(Debug)]
pub struct World<'a> {
    plan: Plan,
    choices: ChoiceBox<'a>,
    make: MakeBox<'a>,
    now: Duration,
    queue: BTreeMap<(Duration, u64), Happening>,
    order: u64,
    platform: Platform,
    processes: Vec<Process>,
    links: BTreeMap<u64, Link>,
    by_conn: BTreeMap<(usize, u32, qq_proto::ConnId), u64>,
    exchanges: BTreeMap<u64, Exchange>,
    numbers: u64,
    /// When events were pushed, by id: late answers are refused, so they are not tried.
    pushed: BTreeMap<String, Duration>,
    lose_http: (u32, bool),
    lose_dials: (u32, bool),
    /// The number of the secret in force, once it was changed.
    next_grant: Duration,
    ledger: Ledger,
    trace: Trace,
    findings: Vec<Finding>,
    calm: bool,
    settled: bool,
    /// Time does not pass any more.
    stuck: bool,
    /// When network or platform did something wrong for the last time.
    misdeed: Duration,
    steps: u64,
    texts: u64,
    figures: Figures,
}

/// A source of choices that does not print itself.
struct ChoiceBox<'a>(&'a mut dyn Choices);

impl std::fmt::Debug for ChoiceBox<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Choices")
    }
}

#[derive(Clone, Copy)]
struct MakeBox<'a>(Make<'a>);

impl std::fmt::Debug for MakeBox<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Make")
    }
}

impl<'a> World<'a> {
    /// A world at time zero, its clients about to start.
    pub fn new(plan: Plan, choices: &'a mut dyn Choices, make: Make<'a>) -> Self {
        let lifetime =
            (!plan.lifetime.is_zero()).then_some(Lifetime { after: plan.lifetime, notice: Duration::ZERO });
        let config = PlatformConfig {
            shards: plan.shards,
            starts: StartLimit { max_concurrency: plan.concurrency, ..PlatformConfig::default().starts },
            hello_interval: INTERVAL,
            token_lifetime: plan.token_lifetime,
            lifetime,
            granted_intents: plan.granted,
            intent_refusal: plan.refusal,
            ..PlatformConfig::default()
        };
        Self::with_platform(plan, config, choices, make)
    }

    /// The same on a platform of one's own making.
    pub fn with_platform(
        plan: Plan,
        config: PlatformConfig,
        choices: &'a mut dyn Choices,
        make: Make<'a>,
    ) -> Self {
        let mut world = Self {
            choices: ChoiceBox(choices),
            make: MakeBox(make),
            now: Duration::ZERO,
            queue: BTreeMap::new(),
            order: 0,
            platform: Platform::new(config),
            processes: Vec::new(),
            links: BTreeMap::new(),
            by_conn: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            numbers: 0,
            pushed: BTreeMap::new(),
            lose_http: (0, false),
            lose_dials: (0, false),
            next_grant: Duration::ZERO,
            ledger: Ledger::default(),
            trace: Trace::new(plan),
            findings: Vec::new(),
            calm: false,
            settled: false,
            stuck: false,
            misdeed: Duration::ZERO,
            steps: 0,
            texts: 0,
            figures: Figures::default(),
            plan,
        };
        for client in 0..plan.clients.clamp(1, plan.shards.max(1)) {
            let index = world.processes.len();
            if plan.range(client).1 > 0 {
                world.processes.push(Process::default());
                world.schedule(Duration::ZERO, Happening::Return { client: index });
            }
        }
        world
    }

    /// The platform, to look at.
    pub const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The time.
    pub const fn now(&self) -> Duration {
        self.now
    }

    /// The clients that are running.
    pub fn clients(&self) -> impl Iterator<Item = &qq_proto::Client> {
        self.processes.iter().filter_map(|process| process.driven.as_ref()).map(Driven::client)
    }

    /// What was found so far.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The story so far.
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    fn stamp(&self) -> Timestamp {
        Timestamp::from(self.now)
    }

    fn schedule(&mut self, at: Duration, what: Happening) {
        self.order += 1;
        self.queue.insert((at, self.order), what);
    }

    fn pick(&mut self, what: &'static str, n: u32) -> u32 {
        self.choices.0.pick(what, n)
    }

    fn note(&mut self, text: String) {
        self.trace.note(self.now, text);
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn alive(&mut self, at: Address) -> Option<&mut Process> {
        self.processes
            .get_mut(at.client)
            .filter(|process| process.life == at.life && process.driven.is_some())
    }

    fn address(&self, client: usize) -> Address {
        let life = self.processes.get(client).map_or(0, |process| process.life);
        Address { client, life }
    }
}

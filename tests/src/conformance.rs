//! What a bot has to survive, as a list of [`Scenario`]s over real sockets, and a runner for any bot.
//!
//! A scenario is a plain value: a platform, and [`Step`]s that push messages, play incidents and faults, and say what
//! must become true. The bot under test is a [`Subject`]: it is started with a base URL and credentials, hands out the
//! events it received, and answers messages with their own text. A program that prints events as `listen` does needs
//! no code at all, see [`Process`].
//!
//! ```no_run
//! use qq_testkit::conformance::{self, Process};
//!
//! for scenario in conformance::all() {
//!     let report = conformance::run(&scenario, &mut Process::new("./my-bot"));
//!     println!("{report}");
//!     assert!(!report.outcome.is_failure());
//! }
//! ```
//!
//! Whatever the steps are about, a run fails if
//!
//! - an event was handed out twice, out of order, or was never sent;
//! - an event of a session that lives is missing at the end;
//! - a message that was received is not answered exactly once (if the scenario wants answers);
//! - the platform saw a [`Violation`](crate::platform::Violation) of a rule that the scenario does not excuse;
//! - the bot halts or ends unasked, or leaves a connection behind when it is stopped.
//!
//! Scenarios are independent of each other and mostly wait, so run many at once.

mod books;
mod list;
mod process;
mod run;
mod scenario;
mod subject;

pub use list::all;
pub use process::Process;
pub use run::{Outcome, Report, run};
pub use scenario::{Count, Fact, Scenario, Step};
pub use subject::{News, Received, Subject, Target};

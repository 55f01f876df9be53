//! The conformance list over real sockets, with every bot of this project: a table with a row for each scenario and a
//! column for each bot.
//!
//! | column | bot |
//! |---|---|
//! | `smol` | `qq_smol::Bot` in this process, with shorter limits |
//! | `blocking` | `qq_blocking::Bot` likewise |
//! | `listen/smol` | `qq_smol::listen` in a process of its own, with the limits that everybody has |
//! | `listen/blocking` | `qq_blocking::listen` likewise |
//!
//! The last two are this very program, run again as a bot: the examples `listen` of both packages are nothing but a
//! `main` around the same function, and being of the same name they would overwrite each other in the build folder.
//! Their command line is tested in their own packages.
//!
//! Words on the command line choose scenarios and columns that contain one of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod bots;
mod saboteurs;
mod table;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use qq_testkit::conformance::{self, Fact, Report, Scenario, Subject};

use table::Column;

/// Runs mostly wait, so there are more of them at once than processors.
const WORKERS: usize = 16;

/// Saboteurs are found out when this has passed at the latest.
const SHORT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    if let Some(code) = bots::as_child() {
        return code;
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    // Tools that ask for a list get none: the table is one test.
    if args.iter().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let columns: Vec<Column> = bots::columns();
    let scenarios = conformance::all();
    let mut jobs = Vec::new();
    for (row, scenario) in scenarios.iter().enumerate() {
        for (column, bot) in columns.iter().enumerate() {
            if chosen(&scenario.name) || (!words.is_empty() && chosen(bot.name)) {
                jobs.push((row, column));
            }
        }
    }
    jobs.sort_by_key(|&(row, _)| scenarios.get(row).is_none_or(|scenario| !scenario.slow));
    let begun = Instant::now();
    let (reports, unnoticed) = thread::scope(|scope| {
        let sabotage = words.is_empty().then(|| scope.spawn(sabotage));
        let reports = each(&jobs, |&(row, column)| {
            let (scenario, bot) = (&scenarios[row], &columns[column]);
            conformance::run(scenario, (bot.make)().as_mut())
        });
        (reports, sabotage.map_or(0, |sabotage| sabotage.join().unwrap()))
    });
    let failed = table::print(&scenarios, &columns, &jobs, &reports, begun.elapsed());
    if failed + unnoticed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs all jobs, several at once; the results are in the order of the jobs.
fn each<J: Sync>(jobs: &[J], run: impl Fn(&J) -> Report + Sync) -> Vec<Report> {
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..WORKERS.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((at, job)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(at).map(|job| (at, job))
                } {
                    let report = run(job);
                    reports.lock().unwrap().push((at, report));
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap();
    reports.sort_by_key(|(at, _)| *at);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// A net that catches nothing would make a fine table: bots that do wrong must be found out.
fn sabotage() -> usize {
    let mut scenario = Scenario::new("an ordinary conversation").live();
    for text in ["one", "two", "three", "four"] {
        scenario = scenario.push(text);
    }
    let mut scenario = scenario.settled().wait(Fact::Live(1));
    scenario.patience = SHORT;
    let saboteurs = saboteurs::all();
    let reports = each(&saboteurs, |saboteur| {
        let mut subject: Box<dyn Subject> = (saboteur.make)();
        conformance::run(&scenario, subject.as_mut())
    });
    let mut unnoticed = 0;
    for (saboteur, report) in saboteurs.iter().zip(reports) {
        let caught = match &report.outcome {
            conformance::Outcome::Failed(why) => why.contains(saboteur.caught_by),
            conformance::Outcome::Passed | conformance::Outcome::Skipped(_) => false,
        };
        if !caught {
            unnoticed += 1;
            println!("a bot that {} was not found out: {report}", saboteur.does);
        }
    }
    println!("{} of {} saboteurs were found out", saboteurs.len() - unnoticed, saboteurs.len());
    unnoticed
}

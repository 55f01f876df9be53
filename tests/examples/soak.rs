//! Runs many seeds of the world and prints what came of them.
//!
//! `cargo run --release -p qq-testkit --example soak -- 10000 [first seed] [hostile]`
//!
//! A seed that breaks a property is made as simple as possible and printed as a story; the exit code is 1.

use std::process::ExitCode;

use qq_testkit::oracle::honest;
use qq_testkit::world::{Figures, Plan, find};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok());
    let count: u64 = number(0).unwrap_or(1000);
    let first: u64 = number(1).unwrap_or(0);
    let hostile = arguments.iter().any(|word| word == "hostile");
    let mut figures = Figures::default();
    let mut broken = 0;
    for seed in first..first.saturating_add(count) {
        let plan = if hostile { Plan::hostile(seed) } else { Plan::stormy(seed) };
        let report = find(plan, seed, &honest, if broken == 0 { 300 } else { 0 });
        figures.add(&report.figures);
        if !report.trace.findings.is_empty() {
            broken += 1;
            if broken == 1 {
                println!("{}\n{}", report.trace, report.trace.store(true));
            } else if let Some(finding) = report.trace.findings.first() {
                println!("seed {seed}: {finding}");
            }
        }
    }
    println!("{figures}\nviolations       {broken:>12}");
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

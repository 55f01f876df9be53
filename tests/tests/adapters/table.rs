//! The table that is printed.

use std::time::Duration;

use qq_testkit::conformance::{Outcome, Report, Scenario, Subject};

/// A bot that all scenarios are run with.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) make: fn() -> Box<dyn Subject>,
}

/// Prints everything; gives the number of failures.
pub(crate) fn print(
    scenarios: &[Scenario],
    columns: &[Column],
    jobs: &[(usize, usize)],
    reports: &[Report],
    took: Duration,
) -> usize {
    let width = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or_default();
    let cell = |row, column| {
        let at = jobs.iter().position(|job| *job == (row, column))?;
        reports.get(at)
    };
    print!("\n{:width$}", "");
    for column in columns {
        print!("{:>17}", column.name);
    }
    println!();
    for (row, scenario) in scenarios.iter().enumerate() {
        let cells: Vec<_> = (0..columns.len()).map(|column| cell(row, column)).collect();
        if cells.iter().all(Option::is_none) {
            continue;
        }
        print!("{:width$}", scenario.name);
        for report in cells {
            print!("{:>17}", short(report));
        }
        println!();
    }
    println!();
    let mut failed = 0;
    for (&(_, column), report) in jobs.iter().zip(reports) {
        let name = columns.get(column).map_or("", |column| column.name);
        match &report.outcome {
            Outcome::Passed => {}
            Outcome::Skipped(_) => println!("{name}: {report}"),
            Outcome::Failed(_) => {
                failed += 1;
                println!("{name}: {report}\n");
            }
        }
    }
    println!("{} runs, {failed} failed, {:.1} s", reports.len(), took.as_secs_f32());
    failed
}

fn short(report: Option<&Report>) -> String {
    let Some(report) = report else {
        return "-".to_owned();
    };
    match report.outcome {
        Outcome::Passed => format!("{:.1} s", report.took.as_secs_f32()),
        Outcome::Failed(_) => "FAILED".to_owned(),
        Outcome::Skipped(_) => "skipped".to_owned(),
    }
}

//! The table in ARCHITECTURE.md says what the code does: each pair of phase and input has a row, each row happens, and
//! each word of a row is true at least once.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::rows::PHASES;
use super::{Bench, INPUTS, ShardInput, input};
use crate::config::IdentifySlots;

const DOCUMENT: &str = include_str!("../../../ARCHITECTURE.md");

struct Row {
    phases: String,
    inputs: String,
    /// The outputs that it names in backticks.
    does: BTreeSet<String>,
    next: BTreeSet<String>,
    seen_does: BTreeSet<String>,
    seen_next: BTreeSet<String>,
}

fn rows() -> Vec<Row> {
    let shard = DOCUMENT.split("\n## ").find(|part| part.starts_with("Shard")).unwrap();
    // The first table of the section.
    let table = shard.lines().skip_while(|line| !line.starts_with('|')).skip(1);
    let table = table.take_while(|line| line.starts_with('|'));
    table
        .filter(|line| !line.starts_with("|--"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [phases, inputs, does, next] = cells[..] else { panic!("four cells: {line}") };
            Row {
                phases: phases.to_string(),
                inputs: inputs.to_string(),
                does: does.split('`').skip(1).step_by(2).map(ToString::to_string).collect(),
                next: next.split(" or ").map(ToString::to_string).collect(),
                seen_does: BTreeSet::new(),
                seen_next: BTreeSet::new(),
            }
        })
        .collect()
}

impl Row {
    /// Whether it is about this phase (`+` for one with a session) and input.
    fn fits(&self, phase: &str, input: &str) -> bool {
        let name = phase.split([' ', '+']).next().unwrap();
        let session = phase.ends_with('+') || name == "Live";
        let phase_fits = self.phases.split("; ").any(|item| match item.split_once(", ") {
            None => item == name || item == "any",
            Some((only, "with session")) => only == name && session,
            Some((only, "no session")) => only == name && !session,
            Some(_) => panic!("what is {item}?"),
        });
        let word = input.split(' ').next().unwrap();
        let input_fits = self.inputs.split(", ").any(|item| match item {
            "anything else" => true,
            "Timer (too late)" => word == "Timer" && phase.contains("late"),
            "Timer (beat)" => word == "Timer" && !phase.contains("late"),
            item => item == word,
        });
        phase_fits && input_fits
    }
}

/// The name in the document of an output that is shown like this.
fn kind(output: &str) -> &'static str {
    match output.split([' ', ',']).next().unwrap() {
        "connect" => "Connect",
        "send" => "Send",
        "disconnect" => "Disconnect",
        "ready" => "Ready",
        "resumed" => "Resumed",
        "event" => "Dispatch",
        "fault" => "Fault",
        "halted" => "Halted",
        "slot" => "IdentifySlotWanted",
        _ => panic!("what is {output}?"),
    }
}

#[test]
fn architecture_has_the_table_of_the_code() {
    // It compares words, thousands of them: hours in an interpreter, and nothing in there for it to find.
    if cfg!(miri) {
        return;
    }
    let mut rows = rows();
    assert!(DOCUMENT.contains(&format!("The table has {} rows", rows.len())), "{} rows", rows.len());
    let phases = PHASES.into_iter().chain(["Joining late", "Joining late+", "Live deaf", "Joining deaf+"]);
    for phase in phases {
        for name in INPUTS {
            let row = rows.iter().position(|row| row.fits(phase, name));
            let row = row.unwrap_or_else(|| panic!("no row for {phase} and {name}"));
            let row = &mut rows[row];
            for (code, attempts) in [None, Some(4009), Some(4004), Some(4006), Some(4001), Some(4014)]
                .into_iter()
                .flat_map(|code| [(code, 0), (code, 3)])
            {
                let mut bench = bench(phase);
                let kept = bench.kept();
                (kept.attempts, kept.resumes_failed) = (attempts, if attempts > 0 { 2 } else { 0 });
                if attempts > 0 {
                    bench.config.identify_slots = IdentifySlots::Granted;
                }
                let before = format!("{:?}", bench.name());
                let outputs =
                    bench.step(if name == "Closed" { ShardInput::Closed { code } } else { input(name) });
                row.seen_does.extend(outputs.iter().map(|output| kind(output).to_string()));
                let after = format!("{:?}", bench.name());
                let same = after == before && !row.next.contains(&after);
                row.seen_next.insert(if same { "same".to_string() } else { after });
            }
        }
    }
    for row in rows {
        assert!(!row.seen_next.is_empty(), "nothing is left for the row {} | {}", row.phases, row.inputs);
        assert_eq!(row.does, row.seen_does, "outputs of the row {} | {}", row.phases, row.inputs);
        assert_eq!(row.next, row.seen_next, "next of the row {} | {}", row.phases, row.inputs);
    }
}

fn bench(phase: &str) -> Bench {
    if phase != "Joining deaf+" {
        return Bench::at(phase);
    }
    let mut bench = Bench::at("Joining+");
    if let super::Phase::Joining { beat, .. } = &mut bench.shard.phase {
        beat.unanswered = 2;
    }
    bench
}

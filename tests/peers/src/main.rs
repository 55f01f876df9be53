//! What one frame costs, from the text as the socket gives it to what a handler is given: here, with other libraries,
//! and at the least. One table, printed by one run:
//!
//! ```text
//! cargo run --release --manifest-path tests/peers/Cargo.toml
//! ```
//!
//! Nanoseconds are the least of several rounds on this machine. Instructions are counted by valgrind (`cachegrind`),
//! which runs this program again; without valgrind those cells hold a dash. Allocations are counted by the allocator.
//! All decoders are given the same frames, with rising sequence numbers and ids of one length, as a session has them;
//! twilight, which knows Discord, is given Discord's frames with the same texts.

mod ours;
mod peers;
mod samples;

use std::alloc::System;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use ours::Bot;
use samples::{Frame, Row};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One way from a frame to an event. Gives a number that only a right event has, see [`Row::expected`].
struct Decoder {
    name: &'static str,
    work: fn(&mut Bot, &Frame) -> usize,
    /// It reads the payload, so that it can tell how long the text is.
    reads: bool,
    discord: bool,
}

const DECODERS: [Decoder; 8] = [
    Decoder { name: "ours: through the core", work: ours::through, reads: false, discord: false },
    Decoder { name: "ours: core + typed event", work: ours::typed, reads: true, discord: false },
    Decoder { name: "botrs 0.13.0", work: peers::botrs, reads: true, discord: false },
    Decoder { name: "qqbot-rust-sdk 0.0.10", work: peers::qqbot_rust_sdk, reads: true, discord: false },
    Decoder { name: "twilight-model 0.17.1", work: peers::twilight, reads: true, discord: true },
    Decoder { name: "serde_json::Value", work: peers::value, reads: true, discord: false },
    Decoder { name: "RawValue envelope", work: peers::raw_value, reads: false, discord: false },
    Decoder { name: "the floor: envelope scan", work: peers::floor, reads: false, discord: false },
];

/// Rounds before anything is measured: the core's table of recent ids has its size after this.
const WARM: usize = 25_000;
const SHORT: usize = 500;
const LONG: usize = 1500;
const ROUNDS: usize = 2000;
const REPEATS: usize = 5;

struct Cost {
    ns: f64,
    allocations: f64,
    bytes: f64,
}

fn run(decoder: &Decoder, bot: &mut Bot, frames: &[Frame]) {
    for frame in frames {
        black_box((decoder.work)(bot, black_box(frame)));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and times become averages")]
fn cost(decoder: &Decoder, row: &Row, bot: &mut Bot) -> Cost {
    let mut frames = row.frames(decoder.discord, ROUNDS * (REPEATS + 1), bot.next());
    let rest = frames.split_off(ROUNDS);
    run(decoder, bot, &frames);
    let region = Region::new(ALLOCATOR);
    let ns = rest.chunks(ROUNDS).map(|round| {
        let begun = Instant::now();
        run(decoder, bot, round);
        begun.elapsed().as_nanos() as f64 / ROUNDS as f64
    });
    let ns = ns.fold(f64::INFINITY, f64::min);
    let change = region.change();
    bot.skip(ROUNDS * (REPEATS + 1));
    let per = |n: usize| n as f64 / (ROUNDS * REPEATS) as f64;
    Cost { ns, allocations: per(change.allocations), bytes: per(change.bytes_allocated) }
}

/// Instructions per frame: the difference between a short and a long run.
fn instructions(decoder: usize, row: usize) -> Option<u64> {
    let count = |rounds: usize| -> Option<u64> {
        let output = Command::new("valgrind")
            .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?)
            .args(["--count", &decoder.to_string(), &row.to_string(), &rounds.to_string()])
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).replace(',', "");
        text.lines().find_map(|line| line.split_once("refs:")?.1.trim().parse().ok())
    };
    let (short, long) = (count(SHORT)?, count(LONG)?);
    Some((long - short) / (LONG - SHORT) as u64)
}

/// The run that valgrind counts.
fn count(args: &[String]) {
    let number = |at: usize| args[at].parse::<usize>().expect("a number");
    let (decoder, row) = (&DECODERS[number(0)], &samples::ROWS[number(1)]);
    let mut bot = Bot::live();
    if decoder.name.starts_with("ours") {
        bot.warm(WARM);
    }
    // The same frames in every run, so that making them costs the same and the difference is the work alone.
    let frames = row.frames(decoder.discord, LONG, bot.next());
    run(decoder, &mut bot, &frames[..number(2)]);
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == "--count") {
        return count(&args[1..]);
    }
    let mut bot = Bot::live();
    bot.warm(WARM);
    let mut behind = Vec::new();
    for (at, row) in samples::ROWS.iter().enumerate() {
        println!("\n{} ({} bytes)", row.name, row.frames(false, 1, bot.next())[0].text.len());
        println!("  {:<26} {:>9} {:>9} {:>9} {:>9}", "", "ns", "instr", "allocs", "bytes");
        let mut typed = None;
        for (number, decoder) in DECODERS.iter().enumerate() {
            let frame = &row.frames(decoder.discord, 1, bot.next())[0];
            let read = (decoder.work)(&mut bot, frame);
            bot.skip(1);
            if decoder.reads {
                assert_eq!(read, row.expected(), "{} reads {} wrongly", decoder.name, row.name);
            }
            let cost = cost(decoder, row, &mut bot);
            let instructions = instructions(number, at);
            let shown = instructions.map_or("-".into(), |count| count.to_string());
            println!(
                "  {:<26} {:>9.0} {shown:>9} {:>9.2} {:>9.0}",
                decoder.name, cost.ns, cost.allocations, cost.bytes
            );
            if number == 1 {
                typed = Some((cost.ns, instructions));
            } else if let (true, Some((ns, count))) = (decoder.reads, typed)
                && (ns >= cost.ns || (count.is_some() && count >= instructions))
            {
                behind.push(format!("{} on {}", decoder.name, row.name));
            }
        }
    }
    println!("\nA heartbeat sent, and its answer, through the core: see the benchmark `frames` of qq-proto.");
    if behind.is_empty() {
        println!(
            "The typed event of ours is ahead of everything that reads the payload, in every row and unit."
        );
    } else {
        println!("Ahead of the typed event of ours: {}", behind.join("; "));
    }
}

//! What one frame costs in the core: time, instructions, allocations.
//!
//! ```text
//! cargo bench -p qq-proto --bench frames
//! ```
//!
//! Instructions are counted by valgrind (`cachegrind`), which runs this program again; without valgrind that column
//! is empty. Times depend on the machine, so the table also states them relative to `serde_json::Value` in the same run.
//! Samples: the crate's own.

#![expect(clippy::cast_precision_loss, reason = "counts and times become averages")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::wildcard_enum_match_arm,
    reason = "a benchmark stops at the first surprise"
)]

use std::alloc::System;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use bytes::Bytes;
use qq_proto::{
    Action, Client, Config, ConnId, Dispatch, Event, HttpResponse, Input, Output, Shards, Signal, Timestamp,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const GROUP: &str = include_str!("../src/model/samples/group_at_message_create.json");
const C2C: &str = include_str!("../src/model/samples/c2c_message_create.json");
const GUILD: &str = include_str!("../src/model/samples/message_create.json");
const ACK: &str = r#"{"op":11}"#;

/// A client that is live, its connection, and the time.
struct Bot {
    client: Client,
    conn: ConnId,
    now: Timestamp,
}

impl Bot {
    /// All shards are live; the connection is that of the last one.
    fn live(shards: u32) -> Self {
        let mut now = Timestamp::from_millis(1000);
        let config = Config::new("102000001", "secret").with_shards(Shards::all(shards));
        let mut client = Client::new(config, now).unwrap();
        let mut conn = None;
        let mut ready = 0;
        loop {
            let Some(output) = client.poll_output() else {
                if ready == shards {
                    return Self { client, conn: conn.unwrap(), now };
                }
                now = client.next_deadline().unwrap().at;
                client.handle(now, Input::Tick);
                continue;
            };
            let inputs = match output {
                Output::Action(Action::Http { id, request }) => {
                    let body = if request.url.ends_with("bot") {
                        concat!(
                            r#"{"url":"wss://gateway.example/ws","shards":1,"session_start_limit":"#,
                            r#"{"total":1000,"remaining":1000,"reset_after":86400000,"max_concurrency":1}}"#
                        )
                    } else {
                        r#"{"access_token":"t","expires_in":7200}"#
                    };
                    vec![Input::Http { id, result: Ok(HttpResponse::new(200, body)) }]
                }
                Output::Action(Action::Connect { conn, .. }) => {
                    // Short, so that few beats fall together with a refresh of the token.
                    let hello = Bytes::from_static(br#"{"op":10,"d":{"heartbeat_interval":1000}}"#);
                    [Signal::Opened, Signal::Text(hello)].map(|signal| Input::Conn { conn, signal }).to_vec()
                }
                Output::Action(Action::Send { conn: on, frame })
                    if frame.as_str().starts_with(r#"{"op":2,"#) =>
                {
                    conn = Some(on);
                    ready += 1;
                    let ready = r#"{"op":0,"s":1,"t":"READY","d":{"session_id":"5f1c9a52-3b7e-4d21-a0c4-9e8f7d6c5b4a","user":{"id":"1"}}}"#;
                    vec![Input::Conn { conn: on, signal: Signal::Text(ready.into()) }]
                }
                Output::Action(Action::Send { conn, .. }) => {
                    vec![Input::Conn { conn, signal: Signal::Text(Bytes::from_static(ACK.as_bytes())) }]
                }
                _ => Vec::new(),
            };
            for input in inputs {
                client.handle(now, input);
            }
        }
    }

    /// What is held for one shard more, its session included. They come one after the other, so the queue of outputs stays
    /// short.
    fn bytes_per_shard() -> usize {
        let [few, many] = [10, 110].map(|shards| {
            let region = Region::new(ALLOCATOR);
            let bot = Self::live(shards);
            let change = region.change();
            drop(bot);
            change.bytes_allocated - change.bytes_deallocated
        });
        (many - few) / 100
    }

    fn text(&mut self, frame: Bytes) {
        self.client.handle(self.now, Input::Conn { conn: self.conn, signal: Signal::Text(frame) });
    }

    fn dispatch(&mut self, frame: Bytes) -> Dispatch {
        self.text(frame);
        match self.client.poll_output() {
            Some(Output::Event(Event::Dispatch(dispatch))) => dispatch,
            other => panic!("{other:?}"),
        }
    }
}

/// The same sample with rising sequence numbers and ids of one length, as a session has them.
fn frames(sample: &str, count: usize) -> Vec<Bytes> {
    let value: serde_json::Value = serde_json::from_str(sample).unwrap();
    let name = value["t"].as_str().unwrap();
    let d = serde_json::to_string(&value["d"]).unwrap();
    (0..count)
        .map(|n| {
            Bytes::from(format!(
                r#"{{"op":0,"s":{},"t":"{name}","id":"{name}:tq7hwbxz1rk5undyplsnq8jrsx23b81l3rvm{n:08}","d":{d}}}"#,
                n + 2
            ))
        })
        .collect()
}

/// One kind of work, over prepared frames.
struct Case {
    name: &'static str,
    sample: &'static str,
    work: fn(&mut Bot, Bytes),
}

const CASES: [Case; 10] = [
    Case { name: "core: group message, input to output", sample: GROUP, work: through },
    Case { name: "core: C2C message, input to output", sample: C2C, work: through },
    Case { name: "core: guild message, input to output", sample: GUILD, work: through },
    Case { name: "core + typed decode: group message", sample: GROUP, work: typed },
    Case { name: "core + typed decode: C2C message", sample: C2C, work: typed },
    Case { name: "core + typed decode: guild message", sample: GUILD, work: typed },
    Case { name: "core: heartbeat sent and acknowledged", sample: ACK, work: beat },
    Case { name: "serde_json::Value: group message", sample: GROUP, work: value },
    Case { name: "serde_json::Value: C2C message", sample: C2C, work: value },
    Case { name: "serde_json::Value: guild message", sample: GUILD, work: value },
];

fn through(bot: &mut Bot, frame: Bytes) {
    black_box(bot.dispatch(frame));
}

fn typed(bot: &mut Bot, frame: Bytes) {
    let dispatch = bot.dispatch(frame);
    let event = dispatch.event();
    assert!(black_box(&event).is_ok());
}

fn value(_: &mut Bot, frame: Bytes) {
    let value: serde_json::Value = serde_json::from_slice(&frame).unwrap();
    black_box(value);
}

fn beat(bot: &mut Bot, frame: Bytes) {
    bot.now = bot.client.next_deadline().unwrap().at;
    bot.client.handle(bot.now, Input::Tick);
    loop {
        // Looked at where it is: moving it about is not the core's work.
        let id = match &bot.client.poll_output() {
            None => break,
            Some(Output::Action(Action::Http { id, .. })) => *id,
            Some(_) => continue,
        };
        // Every two hours the token is refreshed, between beats.
        let grant = HttpResponse::new(200, r#"{"access_token":"t","expires_in":7200}"#);
        bot.client.handle(bot.now, Input::Http { id, result: Ok(grant) });
    }
    bot.text(frame);
}

fn prepared(case: &Case, count: usize) -> Vec<Bytes> {
    if case.sample == ACK {
        vec![Bytes::from_static(ACK.as_bytes()); count]
    } else {
        frames(case.sample, count)
    }
}

fn run(case: &Case, bot: &mut Bot, frames: Vec<Bytes>) {
    for frame in frames {
        (case.work)(bot, frame);
    }
}

/// Instructions per frame: the difference between a short and a long run.
fn instructions(at: usize) -> Option<u64> {
    let count = |rounds: usize| -> Option<u64> {
        let output = Command::new("valgrind")
            .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?)
            .args(["--count", &at.to_string(), &rounds.to_string()])
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).replace(',', "");
        text.lines().find_map(|line| line.split_once("refs:")?.1.trim().parse().ok())
    };
    let (short, long) = (count(20_000)?, count(40_000)?);
    Some((long - short) / 20_000)
}

const ROUNDS: usize = 100_000;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(place) = args.iter().position(|arg| arg == "--count") {
        let case = &CASES[args[place + 1].parse::<usize>().unwrap()];
        let rounds: usize = args[place + 2].parse().unwrap();
        // The same frames in every run, so that making them costs the same and the difference is the work alone.
        let mut all = prepared(case, 40_000);
        // Freeing the frames is the owner's work, not ours.
        let held = all.clone();
        all.truncate(rounds);
        run(case, &mut Bot::live(1), all);
        drop(held);
        return;
    }
    println!(
        "{:<42} {:>6} {:>8} {:>8} {:>9} {:>9} {:>9}",
        "one frame", "bytes", "ns", "of Value", "instr", "allocs", "bytes"
    );
    let mut baseline = std::collections::BTreeMap::new();
    let mut rows = Vec::new();
    for (at, case) in CASES.iter().enumerate() {
        let mut bot = Bot::live(1);
        // The table of recent ids has its size after this.
        let mut all = prepared(case, ROUNDS + 25_000);
        let rest = all.split_off(25_000);
        let bytes = rest[0].len();
        run(case, &mut bot, all);
        let region = Region::new(ALLOCATOR);
        let begun = Instant::now();
        run(case, &mut bot, rest);
        let ns = begun.elapsed().as_nanos() as f64 / ROUNDS as f64;
        let change = region.change();
        if case.name.starts_with("serde_json") {
            baseline.insert(case.sample, ns);
        }
        let per = |n: usize| n as f64 / ROUNDS as f64;
        rows.push((case, bytes, ns, instructions(at), per(change.allocations), per(change.bytes_allocated)));
    }
    for (case, bytes, ns, instructions, allocations, allocated) in rows {
        let of_value =
            baseline.get(case.sample).map_or(String::new(), |value| format!("{:.1} %", 100.0 * ns / value));
        let instructions = instructions.map_or("-".into(), |count| count.to_string());
        println!(
            "{:<42} {bytes:>6} {ns:>8.0} {of_value:>8} {instructions:>9} {allocations:>9.3} {allocated:>9.1}",
            case.name
        );
    }
    println!("state of one live shard, its session included: {} bytes", Bot::bytes_per_shard());
}

//! From socket to handler: frames per CPU-second of a bot over loopback, what it allocates, and what an idle connection
//! costs.
//!
//! ```text
//! cargo bench -p qq-smol --bench socket
//! ```
//!
//! The platform's end is a process of its own, so only the bot's work is counted.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise"
)]

#[path = "../tests/fake/mod.rs"]
mod fake;

use std::alloc::System;
use std::collections::VecDeque;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use qq_smol::qq_proto::{Config, Hosts, Shards};
use qq_smol::{Bot, Leave, Options};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use tungstenite::Message;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const GROUP: &str = include_str!("../../qq-proto/src/model/samples/group_at_message_create.json");
const FRAMES: u64 = 400_000;
const IDLE: u32 = 200;

/// Sizes of a message's text, for what is allocated, and about how many bytes are sent of each.
const SIZES: [usize; 3] = [1_000, 10_000, 50_000];
const VOLUME: usize = 100_000_000;

/// Messages that wait for an application.
const HELD: usize = 64;

/// The adapter's own setting.
const READ_BUFFER: usize = 8 << 10;

/// Set in the process that plays the platform: shards, frames, and the size of a message's text (0 for the sample's).
const PLATFORM: &str = "QQ_BENCH_PLATFORM";

fn main() {
    if std::env::var_os(PLATFORM).is_some() {
        return platform();
    }
    let bytes = frame(&group(0), 1_000_000).len();
    println!("{FRAMES} group messages of {bytes} bytes from a socket on loopback to a handler");
    println!("| handler | frames per CPU-second | frames per second |");
    println!("|---|--:|--:|");
    for (name, typed) in [("takes the event", false), ("decodes it", true)] {
        let Burst { cpu, wall, .. } = burst(FRAMES, 0, typed);
        println!(
            "| {name} | {:.0} | {:.0} |",
            FRAMES as f64 / cpu.as_secs_f64(),
            FRAMES as f64 / wall.as_secs_f64()
        );
    }
    println!("an idle connection: {} bytes of memory", idle());
    println!(
        "| frame | allocations: WebSocket alone | bot | bytes allocated per byte: WebSocket alone | bot |"
    );
    println!("|--:|--:|--:|--:|--:|");
    for size in SIZES {
        let frames = u64::try_from(VOLUME / size).unwrap();
        let bytes = frame(&group(size), 1).len();
        let per_frame = |stats: &Stats| stats.allocations as f64 / frames as f64;
        let per_byte = |stats: &Stats| {
            let all = stats.bytes_allocated as f64 + stats.bytes_reallocated.max(0) as f64;
            all / (frames as f64 * bytes as f64)
        };
        let (alone, bot) = (library(frames, size), burst(frames, size, false).allocated);
        println!(
            "| {bytes} | {:.3} | {:.3} | {:.3} | {:.3} |",
            per_frame(&alone),
            per_frame(&bot),
            per_byte(&alone),
            per_byte(&bot)
        );
    }
}

/// The payload of the sample, its text replaced by one of this size if there is one.
fn group(size: usize) -> String {
    let mut sample: serde_json::Value = serde_json::from_str(GROUP).unwrap();
    if size > 0 {
        sample["d"]["content"] = "x".repeat(size).into();
    }
    sample["d"].to_string()
}

fn frame(body: &str, seq: u64) -> String {
    format!(
        r#"{{"op":0,"s":{seq},"t":"GROUP_AT_MESSAGE_CREATE","id":"GROUP_AT_MESSAGE_CREATE:{seq:032}","d":{body}}}"#
    )
}

/// Plays the platform: says where, sends a burst for each line on stdin, ends with it.
fn platform() {
    let order = std::env::var(PLATFORM).unwrap();
    let order: Vec<u64> = order.split(' ').map(|word| word.parse().unwrap()).collect();
    let (shards, frames, size) =
        (u32::try_from(order[0]).unwrap(), order[1], usize::try_from(order[2]).unwrap());
    let fake = fake::fake(shards);
    println!("{}", fake.base);
    println!("{}", fake.ws_port);
    let mut links: Vec<_> = (0..shards).map(|n| fake.accept_ready(&format!("session-{n}"))).collect();
    let mut bytes = Vec::new();
    let body = group(size);
    for seq in 2..frames + 2 {
        let text = frame(&body, seq);
        let length = u16::try_from(text.len()).unwrap().to_be_bytes();
        bytes.extend([0x81, 126, length[0], length[1]]);
        bytes.extend(text.as_bytes());
    }
    println!("ready");
    for line in std::io::stdin().lines() {
        line.unwrap();
        links[0].ws.get_mut().write_all(&bytes).unwrap();
    }
}

struct Platform {
    child: std::process::Child,
    out: BufReader<std::process::ChildStdout>,
    base: String,
    ws_port: String,
}

fn start(shards: u32, frames: u64, size: usize) -> Platform {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(PLATFORM, format!("{shards} {frames} {size}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let base = line(&mut out);
    let ws_port = line(&mut out);
    Platform { child, out, base, ws_port }
}

fn line(out: &mut impl BufRead) -> String {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn config(base: &str) -> Config {
    let mut config =
        Config::new("1024", "secret").with_hosts(Hosts::custom(base)).with_shards(Shards::Advised);
    config.limits.identify_window = Duration::from_millis(10);
    config.limits.identify_margin = Duration::from_millis(1);
    config
}

/// What a burst took.
struct Burst {
    cpu: Duration,
    wall: Duration,
    allocated: Stats,
}

/// The bot takes a burst.
fn burst(frames: u64, size: usize, typed: bool) -> Burst {
    let mut platform = start(1, frames, size);
    let result = smol::block_on(async {
        let (bot, mut events) = Bot::start(config(&platform.base), Options::default()).await.unwrap();
        assert_eq!(line(&mut platform.out), "ready");
        let (cpu, wall, region) = (cpu(), Instant::now(), Region::new(ALLOCATOR));
        writeln!(platform.child.stdin.as_mut().unwrap()).unwrap();
        for _ in 0..frames {
            let event = events.next().await.unwrap();
            if typed {
                black_box(event.event().unwrap());
            } else {
                black_box(&event);
            }
        }
        let cpu = self::cpu().saturating_sub(cpu);
        let result = Burst { cpu, wall: wall.elapsed(), allocated: region.change() };
        bot.stop(Leave::Final).await;
        result
    });
    drop(platform.child.stdin.take());
    platform.child.wait().unwrap();
    result
}

/// The WebSocket library takes the same burst, with nothing above it but somebody who holds on to some messages, as a
/// queue does (it reuses the memory of those that are dropped at once). Its read buffer has the same size.
fn library(frames: u64, size: usize) -> Stats {
    let mut platform = start(1, frames, size);
    let address = format!("127.0.0.1:{}", platform.ws_port);
    let config = tungstenite::protocol::WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let stream = std::net::TcpStream::connect(&address).unwrap();
    let (mut ws, _) =
        tungstenite::client::client_with_config(format!("ws://{address}/"), stream, Some(config)).unwrap();
    ws.send(Message::text(r#"{"op":2,"d":{"token":"","intents":1,"shard":[0,1]}}"#)).unwrap();
    assert_eq!(line(&mut platform.out), "ready");
    // Hello and READY come before the burst.
    ws.read().unwrap();
    ws.read().unwrap();
    let region = Region::new(ALLOCATOR);
    writeln!(platform.child.stdin.as_mut().unwrap()).unwrap();
    let mut held = VecDeque::with_capacity(HELD + 1);
    for _ in 0..frames {
        held.push_back(ws.read().unwrap());
        if held.len() > HELD {
            black_box(held.pop_front());
        }
    }
    let allocated = region.change();
    drop(platform.child.stdin.take());
    platform.child.wait().unwrap();
    allocated
}

/// The memory that each connection adds, after its handshake.
fn idle() -> u64 {
    let memory = |shards: u32| {
        let mut platform = start(shards, 0, 0);
        let used = smol::block_on(async {
            let before = resident();
            let (bot, _events) = Bot::start(config(&platform.base), Options::default()).await.unwrap();
            assert_eq!(line(&mut platform.out), "ready");
            let used = resident().saturating_sub(before);
            bot.stop(Leave::Final).await;
            used
        });
        drop(platform.child.stdin.take());
        platform.child.wait().unwrap();
        used
    };
    memory(1);
    memory(IDLE) / u64::from(IDLE)
}

/// Time that this process has had of the processors, in user and system mode.
fn cpu() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let nanos = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn resident() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

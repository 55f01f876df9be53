//! From socket to handler: frames per CPU-second of a bot over loopback, and what an idle connection costs.
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

use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use qq_smol::qq_proto::{Config, Hosts, Shards};
use qq_smol::{Bot, Leave, Options};

const GROUP: &str = include_str!("../../qq-proto/src/model/samples/group_at_message_create.json");
const FRAMES: u64 = 400_000;
const IDLE: u32 = 200;

/// Set in the process that plays the platform.
const PLATFORM: &str = "QQ_BENCH_PLATFORM";

fn main() {
    if std::env::var_os(PLATFORM).is_some() {
        return platform();
    }
    let bytes = frame(&group(), 1_000_000).len();
    println!("{FRAMES} group messages of {bytes} bytes from a socket on loopback to a handler");
    println!("| handler | frames per CPU-second | frames per second |");
    println!("|---|--:|--:|");
    for (name, typed) in [("takes the event", false), ("decodes it", true)] {
        let (cpu, wall) = burst(typed);
        println!(
            "| {name} | {:.0} | {:.0} |",
            FRAMES as f64 / cpu.as_secs_f64(),
            FRAMES as f64 / wall.as_secs_f64()
        );
    }
    println!("an idle connection: {} bytes of memory", idle());
}

fn group() -> String {
    let sample: serde_json::Value = serde_json::from_str(GROUP).unwrap();
    sample["d"].to_string()
}

fn frame(body: &str, seq: u64) -> String {
    format!(
        r#"{{"op":0,"s":{seq},"t":"GROUP_AT_MESSAGE_CREATE","id":"GROUP_AT_MESSAGE_CREATE:{seq:032}","d":{body}}}"#
    )
}

/// Plays the platform: says where, sends a burst for each line on stdin, ends with it.
fn platform() {
    let shards = std::env::var(PLATFORM).unwrap().parse().unwrap();
    let fake = fake::fake(shards);
    println!("{}", fake.base);
    let mut links: Vec<_> = (0..shards).map(|n| fake.accept_ready(&format!("session-{n}"))).collect();
    let mut bytes = Vec::new();
    for seq in 2..FRAMES + 2 {
        let text = frame(&group(), seq);
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
}

fn start(shards: u32) -> Platform {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(PLATFORM, shards.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let base = line(&mut out);
    Platform { child, out, base }
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

fn burst(typed: bool) -> (Duration, Duration) {
    let mut platform = start(1);
    let result = smol::block_on(async {
        let (bot, mut events) = Bot::start(config(&platform.base), Options::default()).await.unwrap();
        assert_eq!(line(&mut platform.out), "ready");
        let (cpu, wall) = (cpu(), Instant::now());
        writeln!(platform.child.stdin.as_mut().unwrap()).unwrap();
        for _ in 0..FRAMES {
            let event = events.next().await.unwrap();
            if typed {
                black_box(event.event().unwrap());
            } else {
                black_box(&event);
            }
        }
        let result = (self::cpu().saturating_sub(cpu), wall.elapsed());
        bot.stop(Leave::Final).await;
        result
    });
    drop(platform.child.stdin.take());
    platform.child.wait().unwrap();
    result
}

/// The memory that each connection adds, after its handshake.
fn idle() -> u64 {
    let memory = |shards: u32| {
        let mut platform = start(shards);
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

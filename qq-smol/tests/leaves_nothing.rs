//! After a stop no thread, socket or exchange is left. A process of its own, because it counts the process's.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, reason = "a test may fail")]

mod fake;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use fake::{Answer, fake_at, wait_for};
use qq_smol::{Bot, Leave, Options, Webhook};

/// The threads of the process, by name.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let mut names: Vec<_> =
        tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok()).collect();
    names.sort();
    names
}

/// Sockets that are connected: the bot's and the fake's ends of them.
fn sockets() -> usize {
    let connected = |file: &str| -> Vec<String> {
        let table = fs::read_to_string(file).unwrap_or_default();
        let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        // The fourth column is the state; 0A is listening.
        rows.filter(|row| row[3] != "0A").map(|row| format!("socket:[{}]", row[9])).collect()
    };
    let all: Vec<_> = [connected("/proc/self/net/tcp"), connected("/proc/self/net/tcp6")].concat();
    let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    open.filter_map(|fd| fs::read_link(fd.path()).ok())
        .filter(|target| all.iter().any(|socket| target.as_os_str() == socket.as_str()))
        .count()
}

#[test]
fn a_stop_leaves_nothing() {
    // A reply never gets an answer: its exchange would hang for seconds.
    let fake = fake_at("/messages", || Answer::Hang);
    // What smol keeps for the process.
    smol::block_on(async {
        smol::spawn(async {}).await;
        smol::Timer::after(Duration::from_millis(1)).await;
    });
    wait_for("idle", || sockets() == 0);
    let before = threads();
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let open = descriptors();
    for round in 0..3 {
        let config = fake.config();
        let (bot, mut events, mut link) = thread::scope(|scope| {
            let link = scope.spawn(|| fake.accept_ready("session-1"));
            let webhook = Webhook::new(([127, 0, 0, 1], 0));
            let options = Options::default().with_webhook(webhook);
            let (bot, events) = smol::block_on(Bot::start(config, options)).unwrap();
            (bot, events, link.join().unwrap())
        });
        link.c2c(2, "hi");
        let event = smol::block_on(events.next()).unwrap();
        let hanging = bot.reply(&event, "hello");
        wait_for("the exchange is under way", || fake.count("/messages") > round);
        // One that says nothing, one that stops in the middle, and one that was answered and may ask again.
        let visitors =
            ["", "POST / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"].map(|says| {
                let mut visitor = TcpStream::connect(bot.webhook_addr().unwrap()).unwrap();
                visitor.write_all(says.as_bytes()).unwrap();
                visitor
            });
        (&visitors[2]).read_exact(&mut [0; 12]).unwrap();
        assert!(sockets() > 0 && threads().len() > before.len());
        let closing = thread::spawn(move || link.until_closed());
        let begun = Instant::now();
        smol::block_on(bot.stop(Leave::Final));
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        assert!(smol::block_on(hanging).is_err());
        closing.join().unwrap();
        assert!(TcpStream::connect(bot.webhook_addr().unwrap()).is_err());
        drop(visitors);
        // The fake's ends go when they notice.
        wait_for("no socket is left", || sockets() == 0);
        wait_for("no thread is left", || threads().len() <= before.len());
        wait_for("no descriptor is left", || descriptors() <= open);
    }
}

//! What is left when a bot has gone: nothing. Alone in its process, because it counts threads and files.

#![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]
#![cfg(target_os = "linux")]

#[path = "platform/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use qq_blocking::{Bot, Options, Webhook};
use qq_proto::{Config, Hosts, Leave, Shards};
use qq_testkit::platform::{Endpoint, Failure, Incident};

use support::{await_live, config, platform, push, text, wait_until};

/// Threads of ours and open files of this process.
fn left() -> (usize, usize) {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let ours = tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("qq-"))
        .count();
    (ours, fs::read_dir("/proc/self/fd").unwrap().count())
}

fn nothing_left(what: &str, files: usize) {
    wait_until(what, || {
        let (threads, open) = left();
        threads == 0 && open <= files
    });
}

/// Everything in one test: it must be alone.
#[test]
fn nothing_is_left() {
    let server = platform();
    let sockets_of_the_server = || server.platform().links().len();

    // Once around, so that what is made once per process is made.
    let (bot, events) = Bot::start(config(&server), Options::default()).unwrap();
    bot.stop(Leave::Final);
    drop((bot, events));
    wait_until("the platform has let go", || sockets_of_the_server() == 0);
    wait_until("threads are gone", || left().0 == 0);
    // The platform's kept HTTP connections end with ours; wait until the number of files stands still.
    let mut files = left().1;
    wait_until("the number of files stands still", || {
        thread::park_timeout(Duration::from_millis(50));
        left().1 <= files
    });
    files = left().1;

    // Stop, while a reply hangs and another waits behind it.
    let (bot, mut events) = Bot::start(config(&server), Options::default()).unwrap();
    push(&server, "hello");
    let event = events.next().unwrap();
    server.apply(Incident::FailNext { endpoint: Endpoint::Send, how: Failure::Hang, times: 2 });
    let (sender, outcomes) = channel();
    for _ in 0..2 {
        let (bot, event, sender) = (bot.clone(), event.clone(), sender.clone());
        thread::spawn(move || sender.send(bot.reply(&event, "hang")).unwrap());
    }
    wait_until("an exchange under way", || bot.state().calls.in_flight == 1);
    let began = Instant::now();
    let sessions = bot.stop(Leave::Resumable);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(sessions.len(), 1);
    for outcome in outcomes.iter().take(2) {
        assert!(outcome.is_err());
    }
    drop((bot, event, events));
    nothing_left("after a stop", files);

    // Stop, while a webhook is served: to one that says nothing, one that stops in the middle, and one that was
    // answered and may ask again.
    let options = Options::default().with_webhook(Webhook::new(([127, 0, 0, 1], 0)));
    let (bot, events) = Bot::start(config(&server), options).unwrap();
    let address = bot.webhook_addr().unwrap();
    let visitors = ["", "POST / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"].map(|says| {
        let mut visitor = TcpStream::connect(address).unwrap();
        visitor.write_all(says.as_bytes()).unwrap();
        visitor
    });
    (&visitors[2]).read_exact(&mut [0; 12]).unwrap();
    let began = Instant::now();
    bot.stop(Leave::Final);
    assert!(began.elapsed() < Duration::from_secs(2));
    assert!(TcpStream::connect(address).is_err());
    drop((bot, events, visitors));
    nothing_left("after a webhook", files);

    // Without a stop: dropped, whatever order.
    let options = Options::default().with_webhook(Webhook::new(([127, 0, 0, 1], 0)));
    let (bot, mut events) = Bot::start(config(&server), options).unwrap();
    push(&server, "x");
    assert_eq!(text(&events.next().unwrap()), "x");
    let clone = bot.clone();
    drop(bot);
    drop(events);
    await_live(&clone);
    drop(clone);
    nothing_left("after a drop", files);

    // A stop from the notice callback, which runs on a thread of ours.
    let (hand_over, bots) = channel::<Bot>();
    let bots = std::sync::Mutex::new(bots);
    let options = Options::default().on_notice(move |_, notice| {
        if matches!(notice, qq_blocking::Notice::Ready(_)) {
            let bot = bots.lock().unwrap().recv().unwrap();
            bot.stop(Leave::Final);
        }
    });
    let (bot, mut events) = Bot::launch(config(&server), options).unwrap();
    hand_over.send(bot.clone()).unwrap();
    assert!(events.next().is_none());
    drop((bot, events));
    nothing_left("after a stop from a callback", files);

    // A peer that takes what it is sent and never answers: first the token endpoint, then the gateway. The stop
    // waits for neither.
    for gateway in [false, true] {
        let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = deaf.local_addr().unwrap();
        let (reached, hears) = channel();
        let listening = thread::spawn(move || {
            let (mut socket, _) = deaf.accept().unwrap();
            reached.send(()).unwrap();
            let _ = socket.read_to_end(&mut Vec::new());
        });
        let config = if gateway {
            let config = config(&server);
            let hosts = config.hosts.clone().with_gateway(format!("ws://{address}/"));
            config.with_hosts(hosts).with_shards(Shards::all(1))
        } else {
            Config::new("1", "s").with_hosts(Hosts::custom(format!("http://{address}")))
        };
        let (bot, events) = Bot::launch(config, Options::default()).unwrap();
        hears.recv().unwrap();
        let began = Instant::now();
        bot.stop(Leave::Final);
        assert!(began.elapsed() < Duration::from_secs(2));
        listening.join().unwrap();
        drop((bot, events));
        nothing_left("after a deaf peer", files);
    }
}

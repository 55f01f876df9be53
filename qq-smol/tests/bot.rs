//! The bot over loopback: start, link, events, calls, stop.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, reason = "a test may fail")]

mod fake;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fake::{Answer, LONG, c2c, fake, fake_at, fake_with, wait_for};
use qq_smol::qq_proto::{Halt, Hosts, Intents, PhaseName, Shards, TextReply, TransportError, Why};
use qq_smol::{Bot, CallFailed, Events, Finish, Leave, Notice, Options, StartError};
use smol::future::FutureExt as _;
use tungstenite::Message;

/// A bot that runs, and the other end of its only connection.
fn running(fake: &fake::Fake, options: Options) -> (Bot, Events, fake::Link) {
    let config = fake.config();
    thread::scope(|scope| {
        let link = scope.spawn(|| fake.accept_ready("session-1"));
        let (bot, events) = smol::block_on(Bot::start(config, options)).unwrap();
        (bot, events, link.join().unwrap())
    })
}

fn next(events: &mut Events) -> Option<qq_smol::Dispatch> {
    smol::block_on(async { events.next().await }.or(async {
        smol::Timer::after(LONG).await;
        panic!("no event came")
    }))
}

#[test]
fn starts_listens_answers_and_stops() {
    let fake = fake(1);
    let (bot, mut events, mut link) = running(&fake, Options::default());
    link.c2c(2, "hi");
    let event = next(&mut events).unwrap();
    assert_eq!((event.name(), event.seq()), ("C2C_MESSAGE_CREATE", Some(2)));
    let sent = smol::block_on(bot.reply(&event, "hello")).unwrap();
    assert_eq!(sent.id.as_deref(), Some("sent-1"));
    assert_eq!(fake.count("/v2/users/u1/messages"), 1);
    let state = bot.state();
    assert_eq!(state.shards[0].phase, PhaseName::Live);
    assert!(state.shards[0].can_receive && state.can_send && state.token_age.is_some());
    assert_eq!(bot.sessions()[0].seq, 1, "the event is not finished");
    events.finished_last();
    let closing = thread::spawn(move || link.until_closed());
    let sessions = smol::block_on(bot.stop(Leave::Resumable));
    assert_eq!((sessions[0].id.as_str(), sessions[0].seq), ("session-1", 2));
    assert!(closing.join().unwrap().is_some(), "it says goodbye");
    assert!(next(&mut events).is_none());
    assert!(matches!(smol::block_on(bot.reply(&event, "late")), Err(CallFailed::Refused(_))));
}

#[test]
fn a_halt_is_the_outcome_of_the_start() {
    let fake = fake_at("Token", || {
        Answer::Reply(200, r#"{"code":100016,"message":"invalid appid or secret"}"#.into())
    });
    match smol::block_on(Bot::start(fake.config(), Options::default())) {
        Err(error @ StartError::Halted { reason: Halt::Credentials { code: 100_016 }, .. }) => {
            assert!(error.to_string().contains("check the app secret"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    let mut config = fake.config();
    config.intents = Intents::empty();
    let outcome = smol::block_on(Bot::start(config, Options::default()));
    assert!(matches!(outcome, Err(StartError::Config(_))));
}

#[test]
fn without_shards_it_starts_when_it_can_call() {
    let fake = fake(1);
    let config = fake.config().with_shards(Shards::None);
    let (bot, _events) = smol::block_on(Bot::start(config, Options::default())).unwrap();
    assert!(bot.state().can_send && bot.state().shards.is_empty());
}

#[test]
fn a_cut_socket_is_resumed_and_nothing_is_lost() {
    let fake = fake(1);
    let (bot, mut events, mut link) = running(&fake, Options::default());
    link.c2c(2, "one");
    assert_eq!(next(&mut events).unwrap().seq(), Some(2));
    link.cut();
    let mut link = fake.accept();
    link.hello(45_000);
    let resume = link.expect(6);
    assert_eq!((&resume["d"]["session_id"], &resume["d"]["seq"]), (&"session-1".into(), &2.into()));
    link.c2c(3, "two");
    link.text(r#"{"op":0,"s":4,"t":"RESUMED","d":""}"#);
    assert_eq!(next(&mut events).unwrap().seq(), Some(3));
    // The server asks for a reconnect.
    link.text(r#"{"op":7}"#);
    assert!(link.until_closed().is_some());
    let mut link = fake.accept();
    link.hello(45_000);
    link.expect(6);
    drop((bot, events));
    // Dropped without a stop: the driver ends all the same.
    link.until_closed();
}

#[test]
fn a_dead_token_is_replaced_and_the_call_repeated() {
    let refused = AtomicBool::new(false);
    let fake = fake_with(1, move |request| {
        if request.path.contains("/messages") && !refused.swap(true, Ordering::SeqCst) {
            assert!(request.head.contains("QQBot t0ken-value"), "{}", request.head);
            return Answer::Reply(401, r#"{"code":11244,"message":"token not exist or expire"}"#.into());
        }
        if refused.load(Ordering::SeqCst) && request.path.contains("Token") {
            return Answer::Reply(200, r#"{"access_token":"second","expires_in":7200}"#.into());
        }
        Answer::Usual
    });
    let (bot, mut events, mut link) = running(&fake, Options::default());
    link.c2c(2, "hi");
    let event = next(&mut events).unwrap();
    smol::block_on(bot.reply(&event, "hello")).unwrap();
    assert_eq!(fake.count("/messages"), 2);
    assert_eq!(fake.count("Token"), 2);
}

#[test]
fn replies_to_different_conversations_do_not_wait_for_each_other() {
    let fake = fake_at("/users/slow/", || Answer::Hang);
    let (bot, mut events, mut link) = running(&fake, Options::default());
    link.text(c2c(2, "hi").replace("\"u1\"", "\"slow\""));
    link.c2c(3, "hi");
    let slow = next(&mut events).unwrap();
    let quick = next(&mut events).unwrap();
    let begun = Instant::now();
    let hanging = bot.reply(&slow, "never");
    smol::block_on(bot.reply(&quick, "hello")).unwrap();
    // A stop does not wait for what hangs.
    smol::block_on(bot.stop(Leave::Final));
    assert!(matches!(smol::block_on(hanging), Err(CallFailed::Failed(_))));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn a_slow_application_is_not_a_dead_link() {
    const BURST: u64 = 2_000;
    let fake = fake(1);
    let (bot, mut events, link) = {
        let config = fake.config();
        thread::scope(|scope| {
            let link = scope.spawn(|| {
                let mut link = fake.accept();
                link.hello(100);
                link.expect(2);
                link.ready("session-1");
                link
            });
            let options = Options::default().with_capacity(8);
            let (bot, events) = smol::block_on(Bot::start(config, options)).unwrap();
            (bot, events, link.join().unwrap())
        })
    };
    // More than fits into the queue and both sockets' buffers, from a server that answers beats meanwhile.
    let padding = "x".repeat(4_000);
    let mut writing = link.ws.get_ref().try_clone().unwrap();
    let writer = thread::spawn(move || {
        use std::io::Write as _;
        for seq in 2..BURST + 2 {
            let text = c2c(seq, &padding);
            let length = u16::try_from(text.len()).unwrap().to_be_bytes();
            writing.write_all(&[0x81, 126, length[0], length[1]]).unwrap();
            writing.write_all(text.as_bytes()).unwrap();
        }
        link
    });
    wait_for("the queue is full", || bot.state().waiting_events >= 8);
    wait_for("reading is paused", || !bot.state().shards[0].can_receive);
    // Twelve beats go by without an acknowledgement that could be read.
    let since = Instant::now();
    wait_for("time", || since.elapsed() > Duration::from_millis(1_200));
    assert!(bot.state().waiting_events <= 8);
    for seq in 2..BURST + 2 {
        assert_eq!(next(&mut events).unwrap().seq(), Some(seq));
    }
    let mut link = writer.join().unwrap();
    // Every beat was sent; now they are answered.
    assert_eq!(link.next().unwrap()["op"], 1);
    link.text(r#"{"op":11}"#);
    let totals = bot.state().totals;
    assert_eq!((totals.identifies, totals.resumes, totals.events), (1, 0, BURST));
}

#[test]
fn a_handler_that_panics_harms_only_its_event() {
    let fake = fake(1);
    let panics = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&panics);
    let options = Options::default().on_notice(move |_, notice| {
        if let Notice::HandlerPanicked { seq, .. } = notice {
            seen.lock().unwrap().push(*seq);
        }
    });
    let (bot, mut events, mut link) = running(&fake, options);
    for seq in 2..6 {
        link.c2c(seq, "hi");
    }
    let handled = AtomicUsize::new(0);
    smol::block_on(events.serve(async |event| {
        handled.fetch_add(1, Ordering::SeqCst);
        assert_ne!(event.seq(), Some(3), "on purpose");
        if event.seq() == Some(5) {
            bot.stop(Leave::Resumable).await;
        }
    }));
    assert_eq!(handled.into_inner(), 4);
    assert_eq!(*panics.lock().unwrap(), [Some(3)]);
    assert_eq!(bot.sessions()[0].seq, 5);
}

#[test]
fn with_manual_finish_the_oldest_open_event_holds_the_number_back() {
    let fake = fake(1);
    let (bot, mut events, mut link) = running(&fake, Options::default().with_finish(Finish::Manual));
    for seq in 2..5 {
        link.c2c(seq, "hi");
    }
    let three: Vec<_> = (0..3).map(|_| next(&mut events).unwrap()).collect();
    events.finished(&three[1]);
    assert_eq!(bot.sessions()[0].seq, 1);
    events.finished(&three[0]);
    assert_eq!(bot.sessions()[0].seq, 3);
    assert_eq!(bot.state().unfinished_events, 1);
}

#[test]
fn binary_messages_pings_and_garbage() {
    let fake = fake(1);
    let (bot, mut events, mut link) = running(&fake, Options::default());
    link.text("{garbage");
    link.ws.send(Message::Binary(c2c(2, "bin").into())).unwrap();
    assert_eq!(next(&mut events).unwrap().seq(), Some(2));
    link.ws.send(Message::Ping("are you there".into())).unwrap();
    assert_eq!(link.ws.read().unwrap(), Message::Pong("are you there".into()));
    assert_eq!(bot.state().totals.faults, 1);
}

#[test]
fn two_shards_share_a_tiny_queue() {
    let fake = fake(2);
    let options = Options::default().with_capacity(1);
    let config = fake.config();
    let (bot, mut events, mut links) = thread::scope(|scope| {
        let links = scope.spawn(|| {
            let mut first = fake.accept_ready("session-1");
            // The first one is busy while the second one is still in its handshake.
            for seq in 2..50 {
                first.c2c(seq, "hi");
            }
            (first, fake.accept_ready("session-2"))
        });
        let (bot, events) = smol::block_on(Bot::start(config, options)).unwrap();
        (bot, events, links.join().unwrap())
    });
    links.1.text(c2c(2, "other").replace("e2", "other"));
    let seqs: Vec<_> = (0..49).map(|_| next(&mut events).unwrap().seq().unwrap()).collect();
    assert_eq!(seqs.iter().sum::<u64>(), (2..50).sum::<u64>() + 2);
    assert_eq!(bot.state().totals.resumes, 0);
}

#[test]
fn secrets_go_nowhere_in_the_clear() {
    let fake = fake_at("/gateway", || Answer::Reply(200, r#"{"url":"ws://192.0.2.1/","shards":1}"#.into()));
    let faults = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&faults);
    let options =
        Options::default().on_notice(move |_, notice| seen.lock().unwrap().push(notice.to_string()));
    let (bot, _events) = Bot::launch(fake.config(), options).unwrap();
    wait_for("it says so", || faults.lock().unwrap().iter().any(|line| line.contains("neither wss nor")));
    let told = faults.lock().unwrap().join("\n");
    assert!(!told.contains("s3cret") && !told.contains("t0ken"), "{told}");
    assert!(!format!("{bot:?}{:?}", bot.state()).contains("s3cret"));
}

#[test]
fn a_refused_upgrade_is_told_with_its_status() {
    let fake = fake(1);
    let causes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&causes);
    let options = Options::default().on_notice(move |_, notice| {
        if let Notice::Moved { why, .. } = notice {
            seen.lock().unwrap().push(*why);
        }
    });
    let config = fake.config();
    // The HTTP side answers an upgrade like any other request.
    let url = fake.base.replace("http:", "ws:");
    let hosts = config.hosts.clone().with_gateway(url);
    let (_bot, _events) = Bot::launch(config.with_hosts(hosts), options).unwrap();
    let status = qq_smol::qq_proto::Cause::Failed(TransportError::Status(200));
    wait_for("status 200", || causes.lock().unwrap().contains(&status));
}

#[test]
fn a_call_too_many_is_given_back() {
    let fake = fake_at("/messages", || Answer::Hang);
    let mut config = fake.config();
    config.limits.calls = 1;
    let (bot, mut events, mut link) = thread::scope(|scope| {
        let link = scope.spawn(|| fake.accept_ready("session-1"));
        let (bot, events) = smol::block_on(Bot::start(config, Options::default())).unwrap();
        (bot, events, link.join().unwrap())
    });
    link.c2c(2, "hi");
    let to = next(&mut events).unwrap().reply_to().unwrap();
    let _hanging = bot.reply(&to, "one");
    let refused = bot.submit(TextReply::new(to.clone(), "two")).unwrap_err();
    assert_eq!((refused.why, refused.call.to()), (Why::Full, &to));
}

#[test]
fn dropped_events_leave_a_bot_that_can_call() {
    let fake = fake(1);
    let (bot, mut events, mut link) = running(&fake, Options::default().with_capacity(1));
    link.c2c(2, "hi");
    let event = next(&mut events).unwrap();
    drop(events);
    for seq in 3..100 {
        link.c2c(seq, "nobody listens");
    }
    wait_for("they are read all the same", || bot.state().totals.events == 98);
    smol::block_on(bot.reply(&event, "hello")).unwrap();
}

#[test]
fn a_server_that_does_not_speak_tls_is_told_as_that() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            use std::io::{Read as _, Write as _};
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let lines = Arc::new(Mutex::new(Vec::<String>::new()));
    let told = |lines: &Arc<Mutex<Vec<String>>>| {
        let seen = Arc::clone(lines);
        Options::default().on_notice(move |_, notice| seen.lock().unwrap().push(notice.to_string()))
    };
    let heard = || lines.lock().unwrap().iter().any(|line| line.contains("the TLS handshake failed"));
    let hosts = Hosts::custom(format!("https://127.0.0.1:{port}"));
    let bot = Bot::launch(fake(1).config().with_hosts(hosts), told(&lines)).unwrap();
    wait_for("HTTP says so", heard);
    drop(bot);
    lines.lock().unwrap().clear();
    let fake = fake(1);
    let config = fake.config();
    let hosts = config.hosts.clone().with_gateway(format!("wss://localhost:{port}/"));
    let _bot = Bot::launch(config.with_hosts(hosts), told(&lines)).unwrap();
    wait_for("the gateway connection says so", heard);
}

//! The example `listen` as a process: its lines, its exit codes, its end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what is wrong by panicking")]
#![cfg(unix)]

#[path = "../examples/listen.rs"]
mod example;
#[path = "push/mod.rs"]
mod signed;
#[path = "platform/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use qq_testkit::platform::{Endpoint, Failure, Inbound, Incident, Scene};
use qq_testkit::serve::Server;
use serde_json::{Value, json};

use support::{PATIENCE, assert_polite, platform, push};

/// The argument with which this program is `listen` itself. The examples of both adapters have this name, so that what
/// lies in the build folder may be the other one's.
const AS_LISTEN: &str = "--as-listen";

/// `listen` as a process.
fn example() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(AS_LISTEN);
    command
}

/// Runs the tests whose names contain a word of the command line; all without one.
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == AS_LISTEN) {
        return example::main();
    }
    let words: Vec<String> = words.into_iter().filter(|word| !word.starts_with('-')).collect();
    let tests: [(&str, fn()); 7] = [
        ("each_event_is_one_line_whatever_it_looks_like", each_event_is_one_line_whatever_it_looks_like),
        (
            "every_message_is_answered_however_many_there_are",
            every_message_is_answered_however_many_there_are,
        ),
        (
            "it_ends_in_time_while_an_exchange_hangs_and_nobody_reads",
            it_ends_in_time_while_an_exchange_hangs_and_nobody_reads,
        ),
        ("what_can_never_work_says_what_to_do", what_can_never_work_says_what_to_do),
        ("a_wrong_configuration_is_refused", a_wrong_configuration_is_refused),
        ("events_come_by_webhook_and_are_answered", events_come_by_webhook_and_are_answered),
        ("without_the_gateway_a_wrong_secret_is_found_out", without_the_gateway_a_wrong_secret_is_found_out),
    ];
    let chosen = tests
        .into_iter()
        .filter(|(name, _)| words.is_empty() || words.iter().any(|word| name.contains(word)));
    let (mut passed, mut failed) = (0, 0);
    for (name, test) in chosen {
        let fine = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if fine { "ok" } else { "FAILED" });
        *(if fine { &mut passed } else { &mut failed }) += 1;
    }
    println!("test result: {}. {passed} passed; {failed} failed", if failed == 0 { "ok" } else { "FAILED" });
    ExitCode::from(u8::from(failed > 0))
}

struct Listen {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Listen {
    fn start(server: &Server, more: &[(&str, &str)]) -> Self {
        let mut command = example();
        command.env_clear();
        command.env("QQ_API_BASE", server.base_url());
        command.env("QQ_APP_ID", &server.platform().config().app_id);
        command.env("QQ_APP_SECRET", server.platform().config().secret.expose());
        command.env("QQ_INTENTS", u32::MAX.to_string());
        for (name, value) in more {
            command.env(name, value);
        }
        command.stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn live(server: &Server, more: &[(&str, &str)]) -> Self {
        let listen = Self::start(server, more);
        assert!(server.wait_for(PATIENCE, |platform| !platform.live_shards().is_empty()));
        listen
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn ask(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// The exit code and what went to stderr.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

fn each_event_is_one_line_whatever_it_looks_like() {
    let server = platform();
    let mut listen = Listen::live(&server, &[]);
    let raw = |text: &str| {
        let mut platform = server.platform();
        let now = platform.now();
        assert!(platform.push_raw(now, 0, text));
    };
    raw("{\"op\":0,\"s\":7,\"t\":\"NEW_THING\",\"id\":\"a\\\"b\",\"d\":{\r\n \"x\" : [1.50, \"\\n\"]\n}}");
    raw(r#"{"op":0,"t":"NO_BODY"}"#);
    raw(r#"{"op":0,"s":9,"t":"BROKEN","id":"e9","d":{"x":}}"#);
    raw(r#"{"d":"only d","op":0}"#);
    raw(r#"{"op":0,"s":10,"t":"LAST","d":"last"}"#);

    let mut first = String::new();
    listen.lines.read_line(&mut first).unwrap();
    assert_eq!(
        first,
        "{\"t\":\"NEW_THING\",\"id\":\"a\\\"b\",\"s\":7,\"d\":{   \"x\" : [1.50, \"\\n\"] }}\n"
    );
    assert_eq!(listen.line(), json!({"t": "NO_BODY", "id": null, "s": null, "d": null}));
    let mut next = listen.line();
    if next["d"] == "only d" {
        assert_eq!(next["t"], Value::Null);
        next = listen.line();
    }
    assert_eq!(next["d"], "last");
    listen.ask("-TERM");
    let (code, said) = listen.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("BROKEN"), "{said}");
}

fn every_message_is_answered_however_many_there_are() {
    const MANY: usize = 2500;
    let server = platform();
    let mut listen = Listen::live(&server, &[("QQ_REPLY", "pong: {content}")]);
    for number in 0..MANY {
        push(&server, &number.to_string());
    }
    for number in 0..MANY {
        assert_eq!(listen.line()["d"]["content"], number.to_string());
    }
    assert!(server.wait_for(PATIENCE, |platform| platform.sent().len() == MANY));
    for (number, sent) in server.platform().sent().iter().enumerate() {
        assert_eq!(sent.content, format!("pong: {number}"));
    }
    listen.ask("-INT");
    let (code, said) = listen.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("not sent"), "{said}");
    assert_polite(&server);
}

fn it_ends_in_time_while_an_exchange_hangs_and_nobody_reads() {
    let server = platform();
    let listen = Listen::live(&server, &[("QQ_REPLY", "pong")]);
    server.apply(Incident::FailNext { endpoint: Endpoint::Send, how: Failure::Hang, times: 1000 });
    // More than a pipe holds, and nobody reads it.
    for number in 0..1000 {
        push(&server, &number.to_string());
    }
    support::wait_until("an exchange hangs", || {
        server.platform().log().count() >= 1000 && !server.platform().live_shards().is_empty()
    });
    listen.ask("-TERM");
    let began = Instant::now();
    let (code, said) = listen.end();
    let took = began.elapsed();
    assert_eq!(code, Some(0), "{said}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    // The one that hung was given up.
    assert!(said.contains("was not sent"), "{said}");
}

fn what_can_never_work_says_what_to_do() {
    let server = platform();
    let listen = Listen::start(&server, &[("QQ_APP_SECRET", "sesame-opens-nothing")]);
    let (code, said) = listen.end();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.lines().last().unwrap().contains("check the app secret"), "{said}");
    assert!(!said.contains("sesame"), "{said}");

    let listen = Listen::live(&server, &[]);
    server.apply(Incident::Close { shard: 0, code: 4915 });
    let (code, said) = listen.end();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.lines().last().unwrap().contains("banned"), "{said}");
}

fn a_wrong_configuration_is_refused() {
    let server = platform();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (name, value, says) in [
        ("QQ_APP_ID", "", "QQ_APP_ID"),
        ("QQ_PROXY", "gopher://me:sesame@x:1", "proxy"),
        ("QQ_INTENTS", "nonsense", "nonsense"),
        ("QQ_API_BASE", "http://api.example", "neither https"),
        ("QQ_WEBHOOK", "8080", "QQ_WEBHOOK: the webhook's address must be ip:port"),
        ("QQ_WEBHOOK", &address, "cannot listen at"),
        ("QQ_WEBHOOK_KEY", "/no/such/sesame", "QQ_WEBHOOK_KEY: there is a certificate"),
    ] {
        let (code, said) = Listen::start(&server, &[(name, value)]).end();
        assert_eq!(code, Some(1), "{name}: {said}");
        assert!(said.contains(says) && !said.contains("sesame"), "{name}: {said}");
    }
}

fn events_come_by_webhook_and_are_answered() {
    let server = platform();
    let more = [("QQ_WEBHOOK", "127.0.0.1:0/qq"), ("QQ_REPLY", "pong: {content}")];
    let mut listen = Listen::start(&server, &more);
    // What it says is read on, lest it wait for a reader.
    let mut err = BufReader::new(listen.child.stderr.take().unwrap());
    let url = loop {
        let mut line = String::new();
        assert_ne!(err.read_line(&mut line).unwrap(), 0, "it has ended");
        if let Some(url) = signed::address(&line) {
            break url;
        }
    };
    let rest = std::thread::spawn(move || {
        let mut said = String::new();
        err.read_to_string(&mut said).map(|_| said)
    });
    let (app_id, secret, pushed) = {
        let mut platform = server.platform();
        let now = platform.now();
        // The message is known to the platform, so that it can be answered; it goes to no connection.
        let author = Some("u1".to_owned());
        let pushed = platform.push_message(now, &Inbound { author, ..Inbound::new(Scene::C2c, "hi") });
        let config = platform.config();
        (config.app_id.clone(), config.secret.expose().to_owned(), pushed.message_id.unwrap())
    };
    for _ in 0..2 {
        let answer = signed::push(&url, &app_id, &secret, &pushed, "hi");
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"op":12,"d":0}"#), "{answer}");
    }
    assert!(signed::push(&url, &app_id, "another-secret", "w3", "hi").starts_with("HTTP/1.1 401 "));
    let line = listen.line();
    assert_eq!(line["id"], format!("C2C_MESSAGE_CREATE:{pushed}"));
    assert_eq!((&line["s"], &line["d"]["content"]), (&Value::Null, &json!("hi")));
    assert!(server.wait_for(PATIENCE, |platform| platform.sent().len() == 1));
    assert_eq!(server.platform().sent()[0].content, "pong: hi");
    listen.ask("-TERM");
    let began = Instant::now();
    assert_eq!(listen.child.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let said = rest.join().unwrap().unwrap();
    assert!(said.contains("refused: the signature") && !said.contains(&secret), "{said}");
    assert!(server.platform().attempts().is_empty(), "the gateway is not asked for");
    assert_polite(&server);
}

fn without_the_gateway_a_wrong_secret_is_found_out() {
    let server = platform();
    let more = [("QQ_WEBHOOK", "127.0.0.1:0"), ("QQ_APP_SECRET", "sesame-opens-nothing")];
    let (code, said) = Listen::start(&server, &more).end();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.lines().last().unwrap().contains("check the app secret"), "{said}");
    assert!(!said.contains("sesame"), "{said}");
}

//! The example `listen` as others see it: a process with stdout, stderr, signals and an exit code.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, reason = "a test may fail")]

#[path = "../examples/listen.rs"]
mod example;
mod fake;
mod push;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fake::{Answer, Fake, LONG, c2c, fake, fake_at, wait_for};

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
        ("each_event_is_a_line_and_sigterm_is_a_clean_end", each_event_is_a_line_and_sigterm_is_a_clean_end),
        (
            "messages_are_answered_and_ctrl_c_waits_for_no_hanging_exchange",
            messages_are_answered_and_ctrl_c_waits_for_no_hanging_exchange,
        ),
        ("what_can_never_work_says_what_to_do", what_can_never_work_says_what_to_do),
        ("a_burst_is_printed_once_and_in_order", a_burst_is_printed_once_and_in_order),
        ("a_reader_that_leaves_ends_it", a_reader_that_leaves_ends_it),
        ("events_come_by_webhook_and_are_answered", events_come_by_webhook_and_are_answered),
        ("a_webhook_that_cannot_be_says_why", a_webhook_that_cannot_be_says_why),
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
    out: BufReader<ChildStdout>,
    err: Arc<Mutex<String>>,
}

fn start(fake: &Fake, reply: Option<&str>) -> Listen {
    start_with(fake, reply, &[])
}

fn start_with(fake: &Fake, reply: Option<&str>, more: &[(&str, &str)]) -> Listen {
    let mut command = example();
    command
        .env_clear()
        .env("QQ_APP_ID", "1024")
        .env("QQ_APP_SECRET", "s3cret-value")
        .env("QQ_API_BASE", &fake.base)
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(reply) = reply {
        command.env("QQ_REPLY", reply);
    }
    let mut child = command.spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let err = Arc::new(Mutex::new(String::new()));
    let (stderr, text): (ChildStderr, _) = (child.stderr.take().unwrap(), Arc::clone(&err));
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            text.lock().unwrap().push_str(&(line + "\n"));
        }
    });
    Listen { child, out, err }
}

impl Listen {
    fn line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(done.unwrap().success());
    }

    fn end(&mut self) -> ExitStatus {
        let mut status = None;
        wait_for("the process ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Listen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn each_event_is_a_line_and_sigterm_is_a_clean_end() {
    let fake = fake(1);
    let mut listen = start(&fake, None);
    let mut link = fake.accept_ready("session-1");
    link.c2c(2, "你好 \"x\"");
    let printed = listen.line();
    assert_eq!((&printed["t"], &printed["s"]), (&"C2C_MESSAGE_CREATE".into(), &2.into()));
    assert_eq!(
        (&printed["id"], &printed["d"]["content"]),
        (&"C2C_MESSAGE_CREATE:e2".into(), &"你好 \"x\"".into())
    );
    // Unknown, without id, with line feeds between its tokens.
    link.text("{\"op\":0,\"s\":3,\"t\":\"NEVER_SEEN\",\"d\":{\n\"a\":\r\n[1,\n2]}}");
    let printed = listen.line();
    assert_eq!((&printed["t"], &printed["id"]), (&"NEVER_SEEN".into(), &serde_json::Value::Null));
    assert_eq!(printed["d"]["a"][1], 2);
    let begun = Instant::now();
    listen.signal("-TERM");
    let closing = thread::spawn(move || link.until_closed());
    assert_eq!(listen.end().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(closing.join().unwrap(), Some(1000));
    let mut rest = String::new();
    listen.out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "READY is no line");
    let err = listen.err.lock().unwrap();
    assert!(err.contains("live") && !err.contains("s3cret") && !err.contains("t0ken"), "{err}");
}

fn messages_are_answered_and_ctrl_c_waits_for_no_hanging_exchange() {
    let fake = fake_at("/users/slow/", || Answer::Hang);
    let mut listen = start(&fake, Some("pong: {content}"));
    let mut link = fake.accept_ready("session-1");
    link.text(c2c(2, "hi").replace("\"u1\"", "\"slow\""));
    wait_for("the first reply is under way", || fake.count("/users/slow/") == 1);
    for seq in 3..13 {
        link.c2c(seq, &format!("hi {seq}"));
    }
    let all = 11;
    for _ in 0..all {
        listen.line();
    }
    wait_for("the others are answered", || fake.count("/users/u1/") == 10);
    let bodies: Vec<_> = fake.requests.lock().unwrap().clone();
    let texts: Vec<_> = bodies.iter().filter(|(path, _)| path.contains("/u1/")).collect();
    for (at, (_, body)) in texts.iter().enumerate() {
        assert!(body.contains(&format!("\"pong: hi {}\"", at + 3)), "{body}");
        assert!(body.contains(&format!("\"msg_id\":\"m{}\"", at + 3)), "{body}");
    }
    let begun = Instant::now();
    listen.signal("-INT");
    let closing = thread::spawn(move || link.until_closed());
    assert_eq!(listen.end().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    closing.join().unwrap();
}

fn what_can_never_work_says_what_to_do() {
    let fake = fake_at("", || Answer::Reply(200, r#"{"code":100016,"message":"invalid"}"#.into()));
    let mut listen = start(&fake, None);
    assert_eq!(listen.end().code(), Some(2));
    wait_for("its last line", || listen.err.lock().unwrap().contains("check the app secret"));
    let listen = example().env_clear().output().unwrap();
    assert_eq!(listen.status.code(), Some(1));
    assert_eq!(String::from_utf8(listen.stderr).unwrap(), "listen: no app id: set QQ_APP_ID\n");
}

fn a_burst_is_printed_once_and_in_order() {
    const BURST: u64 = 50_000;
    let fake = fake(1);
    let mut listen = start(&fake, None);
    let mut link = fake.accept_ready("session-1");
    let begun = Instant::now();
    let writer = thread::spawn(move || {
        for seq in 2..BURST + 2 {
            link.ws.write(tungstenite::Message::Text(c2c(seq, "burst").into())).unwrap();
        }
        link.ws.flush().unwrap();
        link
    });
    for seq in 2..BURST + 2 {
        assert_eq!(listen.line()["s"], seq);
    }
    assert!(begun.elapsed() < LONG);
    drop(writer.join().unwrap());
}

fn a_reader_that_leaves_ends_it() {
    let fake = fake(1);
    let mut listen = start(&fake, None);
    let mut link = fake.accept_ready("session-1");
    drop(std::mem::replace(&mut listen.out, BufReader::new(dummy())));
    link.c2c(2, "hi");
    let closing = thread::spawn(move || link.until_closed());
    assert_eq!(listen.end().code(), Some(0));
    closing.join().unwrap();
}

fn events_come_by_webhook_and_are_answered() {
    let fake = fake(1);
    let mut listen = start_with(&fake, Some("pong: {content}"), &[("QQ_WEBHOOK", "127.0.0.1:0/qq")]);
    let mut url = None;
    wait_for("it listens", || {
        url = push::address(&listen.err.lock().unwrap());
        url.is_some()
    });
    let url = url.unwrap();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/qq"), "{url}");
    for id in ["w1", "w1", "w2"] {
        let answer = push::push(&url, "1024", "s3cret-value", id, "hi");
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"op":12,"d":0}"#), "{answer}");
    }
    assert!(push::push(&url, "1024", "another-secret", "w3", "hi").starts_with("HTTP/1.1 401 "));
    for id in ["w1", "w2"] {
        let line = listen.line();
        let whole = (&line["t"], &line["id"], &line["s"], &line["d"]["id"]);
        let event = format!("C2C_MESSAGE_CREATE:{id}");
        let expected = ("C2C_MESSAGE_CREATE".into(), event.into(), serde_json::Value::Null, id.into());
        assert_eq!(whole, (&expected.0, &expected.1, &expected.2, &expected.3));
    }
    wait_for("both are answered", || fake.count("/v2/users/u1/messages") == 2);
    wait_for("what was refused is told", || listen.err.lock().unwrap().contains("refused: the signature"));
    let begun = Instant::now();
    listen.signal("-TERM");
    assert_eq!(listen.end().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(fake.count("/gateway"), 0, "the gateway is not asked for");
    let err = listen.err.lock().unwrap();
    assert!(!err.contains("s3cret") && !err.contains("\"hi\""), "{err}");
}

fn a_webhook_that_cannot_be_says_why() {
    let fake = fake(1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (name, value, says) in [
        ("QQ_WEBHOOK", "8080", "QQ_WEBHOOK: the webhook's address must be ip:port"),
        ("QQ_WEBHOOK", &address, "cannot listen at"),
        ("QQ_WEBHOOK_CERT", "/no/such/file", "QQ_WEBHOOK_CERT: there is a certificate"),
    ] {
        let mut listen = start_with(&fake, None, &[(name, value)]);
        assert_eq!(listen.end().code(), Some(1), "{name}={value}");
        wait_for(says, || listen.err.lock().unwrap().contains(says));
    }
    // Without the gateway nobody but the token says that the secret is wrong.
    let fake = fake_at("", || Answer::Reply(200, r#"{"code":100016,"message":"invalid"}"#.into()));
    let mut listen = start_with(&fake, None, &[("QQ_WEBHOOK", "127.0.0.1:0")]);
    assert_eq!(listen.end().code(), Some(2));
    wait_for("its last line", || listen.err.lock().unwrap().contains("check the app secret"));
}

/// Some stdout that is not the one of the process under test.
fn dummy() -> ChildStdout {
    let mut child = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
    let out = child.stdout.take().unwrap();
    child.wait().unwrap();
    out
}

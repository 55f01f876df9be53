//! The command `qq` as a process.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a module of several tests, which fail by panicking"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than anything takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(100);

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<String>,
    pub(crate) err: String,
}

/// A process that is killed at the end of the test.
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    err: Arc<Mutex<String>>,
    /// Closed when the process no longer writes errors.
    err_ended: Receiver<()>,
}

/// Starts `qq` with nothing in its environment but this.
pub(crate) fn qq(arguments: &[&str], environment: &[(&str, &str)]) -> Process {
    let mut child = Command::new(env!("CARGO_BIN_EXE_qq"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (input, out) = (child.stdin.take(), child.stdout.take().unwrap());
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let err = Arc::new(Mutex::new(String::new()));
    let (text, mut stream) = (Arc::clone(&err), child.stderr.take().unwrap());
    let (open, err_ended) = channel::<()>();
    thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut chunk) {
            text.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..count]));
        }
        drop(open);
    });
    Process { child, input, lines, err, err_ended }
}

/// Runs `qq` to its end with this as its input.
pub(crate) fn run(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Ended {
    let mut process = qq(arguments, environment);
    process.write(input);
    process.end()
}

impl Process {
    pub(crate) fn write(&mut self, text: &str) {
        // A process that has ended reads no more; what it did instead is seen at its end.
        let _ = self.input.as_mut().unwrap().write_all(text.as_bytes());
    }

    /// The next line of its output.
    pub(crate) fn line(&self) -> String {
        match self.lines.recv_timeout(LONG) {
            Ok(line) => line,
            Err(error) => panic!("no line: {error}; on stderr: {}", self.err.lock().unwrap()),
        }
    }

    /// The next line of its output that contains this.
    pub(crate) fn line_with(&self, part: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(part) {
                return line;
            }
        }
    }

    /// What can be found in what it has said on stderr, waited for.
    pub(crate) fn said<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let late = Instant::now() + LONG;
        loop {
            if let Some(found) = find(&self.err.lock().unwrap()) {
                return found;
            }
            assert!(Instant::now() < late, "{what}: {}", self.err.lock().unwrap());
            thread::park_timeout(Duration::from_millis(5));
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(done.unwrap().success());
    }

    /// Closes its input and waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        self.input = None;
        let deadline = Instant::now() + LONG;
        let mut out = Vec::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => out.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("it does not end: {out:#?}\n{}", self.err.lock().unwrap())
                }
            }
        }
        let closed = self.err_ended.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        assert_eq!(closed, Err(RecvTimeoutError::Disconnected), "it does not end: {out:#?}");
        let code = self.child.wait().unwrap().code();
        let err = self.err.lock().unwrap().clone();
        Ended { code, out, err }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `qq simulate` on a free port.
pub(crate) struct Simulator {
    pub(crate) process: Process,
    pub(crate) base: String,
}

pub(crate) fn simulate(arguments: &[&str]) -> Simulator {
    let process = qq(&[&["simulate", "--port", "0", "--json"], arguments].concat(), &[]);
    let addresses: Value = serde_json::from_str(&process.line()).unwrap();
    let base = addresses["base_url"].as_str().unwrap().to_owned();
    Simulator { process, base }
}

impl Simulator {
    /// The environment of a bot that it knows.
    pub(crate) fn bot(&self) -> [(&str, &str); 3] {
        [("QQ_APP_ID", "102030405"), ("QQ_APP_SECRET", "model-platform-secret"), ("QQ_API_BASE", &self.base)]
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = ureq::get(format!("{}/_control/{path}", self.base)).call();
        serde_json::from_str(&answer.unwrap().body_mut().read_to_string().unwrap()).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = ureq::post(format!("{}/_control/{path}", self.base)).send(body.to_string());
        serde_json::from_str(&answer.unwrap().body_mut().read_to_string().unwrap()).unwrap()
    }

    /// Waits until a bot is connected.
    pub(crate) fn wait_for_bot(&self) {
        let live = self.get("live?shards=1&wait_ms=100000");
        assert_eq!(live["live_shards"], serde_json::json!([0]));
    }
}

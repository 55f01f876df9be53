//! Bots in a process of their own.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::subject::{News, Received, Subject, Target};

/// How often it is looked whether the process has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A process that was asked to end is killed after this.
const PATIENCE: Duration = Duration::from_secs(20);

/// The exit code of a bot that cannot ever work like this.
const HALTED: i32 = 2;

/// The newest lines of stderr that are kept for people.
const NOTES: usize = 60;

/// A bot in a process of its own, in any language.
///
/// It reads `QQ_APP_ID`, `QQ_APP_SECRET`, `QQ_API_BASE`, `QQ_TOKEN_URL` and `QQ_INTENTS` from its environment, prints
/// each event as one line `{"t": "..", "id": "..", "s": 42, "d": {..}}` on stdout, and with
/// `QQ_REPLY='{content}'` answers each message with its own text. On Unix it ends with 0 at SIGTERM; it ends with 2 if
/// it cannot ever work like this. With `QQ_INTENTS_LADDER=on` it goes on with fewer intents when some are refused. The
/// examples `listen` of `qq-smol` and `qq-blocking` do all that.
#[derive(Debug)]
pub struct Process {
    command: Command,
    running: Option<Running>,
    /// How it ended, once that is known.
    ended: Option<ExitStatus>,
    notes: Notes,
}

type Notes = Arc<Mutex<VecDeque<String>>>;

#[derive(Debug)]
struct Running {
    child: Child,
    lines: Receiver<Result<Received, String>>,
}

#[derive(Deserialize)]
struct Line {
    t: Option<String>,
    id: Option<String>,
    s: Option<u64>,
    #[serde(rename = "d")]
    _d: IgnoredAny,
}

impl Process {
    /// A bot that is run like this.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { command: Command::new(program), running: None, ended: None, notes: Notes::default() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// The same with a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    fn status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.running.as_mut().and_then(|running| running.child.try_wait().ok()).flatten();
        }
        self.ended
    }

    /// Waits until it has ended; kills it if that takes too long.
    fn await_end(&mut self) -> Result<ExitStatus, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.status() {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                self.kill();
                return Err(format!("it had not ended after {} s", PATIENCE.as_secs()));
            }
            // What it still prints must not keep it from ending; also a pause between two looks.
            if let Some(running) = &self.running {
                if let Err(RecvTimeoutError::Disconnected) = running.lines.recv_timeout(LOOK) {
                    thread::park_timeout(LOOK);
                }
            }
        }
    }

    fn kill(&mut self) {
        if let Some(running) = &mut self.running {
            let _ = running.child.kill();
            self.ended = running.child.wait().ok();
        }
    }

    fn last_note(&self) -> String {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.back().cloned().unwrap_or_default()
    }

    /// What the end of its stdout means.
    fn end(&mut self) -> News {
        match self.await_end() {
            Ok(status) if status.code() == Some(HALTED) => News::Halted(self.last_note()),
            Ok(status) => News::Ended(format!("{status}")),
            Err(why) => News::Ended(format!("it closed its stdout; {why}")),
        }
    }
}

impl Subject for Process {
    fn cannot_run(&self, _: &super::Scenario) -> Option<String> {
        (!cfg!(unix)).then(|| "processes are ended by SIGTERM, which this system does not have".to_owned())
    }

    fn start(&mut self, target: &Target) -> Result<(), String> {
        self.command
            .env("QQ_APP_ID", &target.app_id)
            .env("QQ_APP_SECRET", target.secret.expose())
            .env("QQ_API_BASE", &target.base_url)
            .env("QQ_TOKEN_URL", format!("{}/app/getAppAccessToken", target.base_url))
            .env("QQ_INTENTS", u32::MAX.to_string())
            .env("QQ_INTENTS_LADDER", if target.ladder { "on" } else { "off" })
            .env_remove("QQ_SANDBOX")
            .env_remove("QQ_PROXY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if target.echo {
            self.command.env("QQ_REPLY", "{content}");
        } else {
            self.command.env_remove("QQ_REPLY");
        }
        let mut child = self.command.spawn().map_err(|error| format!("it could not be run: {error}"))?;
        let (sender, lines) = channel();
        if let Some(out) = child.stdout.take() {
            thread::spawn(move || read_lines(out, &sender));
        }
        if let Some(err) = child.stderr.take() {
            let notes = Arc::clone(&self.notes);
            thread::spawn(move || keep_notes(err, &notes));
        }
        self.running = Some(Running { child, lines });
        Ok(())
    }

    fn next(&mut self, at_most: Duration) -> News {
        let Some(running) = &self.running else {
            return News::Nothing;
        };
        match running.lines.recv_timeout(at_most) {
            Ok(Ok(event)) => News::Event(event),
            Ok(Err(why)) => News::Ended(why),
            Err(RecvTimeoutError::Timeout) => News::Nothing,
            Err(RecvTimeoutError::Disconnected) => self.end(),
        }
    }

    fn stop(&mut self) -> Result<(), String> {
        let Some(pid) = self.running.as_ref().map(|running| running.child.id().to_string()) else {
            return Ok(());
        };
        if let Some(status) = self.status() {
            return if status.code() == Some(HALTED) {
                Ok(())
            } else {
                Err(format!("it had ended: {status}"))
            };
        }
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        if !asked.is_ok_and(|asked| asked.success()) {
            self.kill();
            return Err("it could not be asked to end".to_owned());
        }
        let status = self.await_end()?;
        if status.success() { Ok(()) } else { Err(format!("after SIGTERM: {status}")) }
    }

    fn notes(&mut self) -> String {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.status().is_none() {
            self.kill();
        }
    }
}

fn read_lines(out: ChildStdout, lines: &Sender<Result<Received, String>>) {
    let mut out = BufReader::with_capacity(1 << 16, out);
    let mut line = Vec::new();
    while out.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let read = serde_json::from_slice::<Line>(&line)
            .map(|line| Received { name: line.t.unwrap_or_default(), id: line.id, seq: line.s })
            .map_err(|error| format!("it printed a line that is no event: {error}"));
        if lines.send(read).is_err() {
            // Nobody listens any more, but a pipe that is full would keep it from ending.
            let _ = std::io::copy(&mut out, &mut std::io::sink());
            return;
        }
        line.clear();
    }
}

fn keep_notes(err: impl Read, notes: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(err).lines().map_while(Result::ok) {
        let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() >= NOTES {
            notes.pop_front();
        }
        notes.push_back(line);
    }
}

//! One test for each row of the transition table, the table itself, and the rules that take several rows.

mod backoff;
mod ladder;
mod resumes;
mod rows;
mod table;
mod verdicts;

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use super::{Beat, Kept, Life, Phase, Shard, ShardInput, Shared};
use crate::client::Totals;
use crate::config::{Config, Hosts, Limits};
use crate::event::{Cause, Event, Halt, PhaseName};
use crate::id::{ConnId, HttpId, ShardIndex};
use crate::intents::Intents;
use crate::io::{Action, HttpResponse, Output, TransportError};
use crate::ladder::Ladder;
use crate::recent::Recent;
use crate::rng::Rng;
use crate::secret::Secret;
use crate::session::Session;
use crate::time::Timestamp;
use crate::token::Token;
use crate::wire::{Incoming, Parts, decode};

/// When the rows happen.
const NOW: Timestamp = Timestamp::from_millis(100_000);

const SHARD: ShardIndex = ShardIndex::new(0);

/// One shard, and what it shares with others.
struct Bench {
    shard: Shard,
    now: Timestamp,
    config: Config,
    token: Token,
    rng: Rng,
    recent: Recent,
    totals: Totals,
    dials_failed: u32,
    dead_token: Option<u64>,
    ladder: Ladder,
    identified: bool,
    /// What the last step has told in `Moved`.
    moved: Option<(PhaseName, Cause, Option<Timestamp>)>,
}

/// A phase by its name; `+` for one that has a session, the one called S at number 7.
fn phase(name: &str) -> Phase {
    let resume = name.ends_with('+').then(|| Session::new(0, 1, "S", 7));
    let conn = ConnId { shard: SHARD, epoch: 1 };
    let give_up = NOW.after(Duration::from_secs(5));
    let mut beat = Beat::start(NOW, Duration::from_secs(40), &mut Rng::new(1));
    // Due now, so that a timer is a beat.
    beat.due = NOW;
    match name.trim_end_matches('+') {
        "Queued" => Phase::Queued { resume },
        "Dialing" => Phase::Dialing { conn, resume, give_up },
        "Greeting" => Phase::Greeting { conn, resume, give_up },
        "Greeted" => Phase::Greeted { conn, every: Duration::from_secs(40), granted: false, give_up },
        "Joining" => Phase::Joining { conn, resume, token: 1, replayed: 0, beat, give_up },
        "Joining late" => Phase::Joining { conn, resume, token: 1, replayed: 0, beat, give_up: NOW },
        "Live" | "Live deaf" => {
            if name == "Live deaf" {
                beat.unanswered = 2;
            }
            let since = Timestamp::from_millis(80_000);
            let session = Session::new(0, 1, "S", 7);
            let life = Life { since, resumed: true, carried: false };
            Phase::Live { conn, session, token: 1, beat, life }
        }
        "Resting" => Phase::Resting { resume, until: NOW },
        "Halted" => Phase::Halted { reason: Halt::Close { code: 4014 }, resume },
        other => panic!("no phase {other}"),
    }
}

fn parts(json: &str) -> Parts {
    match decode(&Bytes::copy_from_slice(json.as_bytes())) {
        Ok(Incoming::Dispatch(parts)) => parts,
        other => panic!("{other:?}: {json}"),
    }
}

/// An event as the platform pushes it.
fn event(seq: u64, id: &str) -> ShardInput {
    ShardInput::Dispatch(parts(&format!(r#"{{"op":0,"s":{seq},"t":"X","id":"{id}","d":{{}}}}"#)))
}

fn ready(session: &str) -> ShardInput {
    ShardInput::Ready { session: session.into(), seq: Some(3), user_id: "77".into(), username: "bot".into() }
}

const HELLO: ShardInput = ShardInput::Hello { every: Duration::from_secs(40) };

/// All inputs by name; where one has two forms that matter, both.
const INPUTS: [&str; 21] = [
    "Admit",
    "Permit",
    "Granted",
    "Opened",
    "Hello",
    "Ready",
    "Resumed",
    "Dispatch",
    "BeatAcked",
    "BeatAsked",
    "ReconnectAsked",
    "Invalid true",
    "Invalid false",
    "Closed",
    "Failed",
    "Paused",
    "Timer",
    "Stop",
    "Restart",
    "Restart fresh",
    "NoCredentials",
];

fn input(name: &str) -> ShardInput {
    match name {
        "Admit" => ShardInput::Admit { url: "wss://gw".into() },
        "Permit" => ShardInput::Permit,
        "Granted" => ShardInput::Granted,
        "Opened" => ShardInput::Opened,
        "Hello" => HELLO,
        "Ready" => ready("N"),
        "Resumed" => ShardInput::Resumed { seq: Some(9) },
        "Dispatch" => event(8, "E8"),
        "BeatAcked" => ShardInput::BeatAcked,
        "BeatAsked" => ShardInput::BeatAsked,
        "ReconnectAsked" => ShardInput::ReconnectAsked,
        "Invalid true" => ShardInput::Invalid { resumable: true },
        "Invalid false" => ShardInput::Invalid { resumable: false },
        "Closed" => ShardInput::Closed { code: Some(4009) },
        "Failed" => ShardInput::Failed(TransportError::Broken),
        "Paused" => ShardInput::Paused(true),
        "Timer" => ShardInput::Timer,
        "Stop" => ShardInput::Stop { code: 1000 },
        "Restart" => ShardInput::Restart { fresh: false },
        "Restart fresh" => ShardInput::Restart { fresh: true },
        "NoCredentials" => ShardInput::NoCredentials { code: 100_016 },
        other => panic!("no input {other}"),
    }
}

impl Bench {
    fn new(phase: Phase) -> Self {
        let mut rng = Rng::new(1);
        let limits = Limits::default();
        let mut token = Token::new();
        let _ = token.begin(NOW, HttpId(1), "1", &Secret::new("s"), &Hosts::current(), &limits);
        let grant = HttpResponse::new(200, r#"{"access_token":"T","expires_in":7200}"#);
        token.answer(NOW, Ok(grant), &mut rng, &limits);
        let mut shard = Shard::new(SHARD, None, Timestamp::ZERO);
        shard.phase = phase;
        shard.kept.epoch = 1;
        Self {
            shard,
            now: NOW,
            config: Config::new("1", "s").with_intents(Intents::GUILDS),
            token,
            rng,
            recent: Recent::new(1, 100),
            totals: Totals::default(),
            dials_failed: 0,
            dead_token: None,
            ladder: Ladder::new(Intents::GUILDS, false),
            identified: false,
            moved: None,
        }
    }

    fn at(phase_name: &str) -> Self {
        Self::new(phase(phase_name))
    }

    /// Applies one input; gives the outputs as text, without the one that tells of the move.
    fn step(&mut self, input: ShardInput) -> Vec<String> {
        let mut out = VecDeque::new();
        let mut shared = Shared {
            now: self.now,
            config: &self.config,
            shards: 1,
            out: &mut out,
            rng: &mut self.rng,
            token: &self.token,
            recent: &mut self.recent,
            totals: &mut self.totals,
            dials_failed: &mut self.dials_failed,
            dead_token: self.dead_token,
            ladder: &mut self.ladder,
            identified: self.identified,
        };
        self.shard.step(&mut shared, input);
        (self.dead_token, self.identified) = (shared.dead_token, shared.identified);
        self.moved = None;
        let mut lines = Vec::new();
        for output in out {
            if let Output::Event(Event::Moved { shard, to, why, next_try }) = output {
                assert_eq!(shard, SHARD);
                assert_eq!(self.moved, None, "moved twice in one step");
                assert_eq!(to, self.shard.phase.name());
                assert_eq!(next_try, self.shard.phase.rests_until());
                assert_eq!(self.shard.kept.since, self.now);
                self.moved = Some((to, why, next_try));
            } else {
                let last = self.moved.is_none() || matches!(output, Output::Event(Event::Halted { .. }));
                assert!(last, "only a halt is told after the move, not {output:?}");
                lines.push(show(&output));
            }
        }
        lines
    }

    /// Lets some time pass, and serves the shard's own deadline if it came.
    fn wait(&mut self, millis: u64) -> Vec<String> {
        self.now = self.now.after(Duration::from_millis(millis));
        match self.shard.phase.deadline(SHARD) {
            Some(deadline) if deadline.at <= self.now => {
                let outputs = self.step(ShardInput::Timer);
                let next = self.shard.phase.deadline(SHARD);
                assert!(next.is_none_or(|next| next.at > self.now), "{next:?} is still due at {}", self.now);
                outputs
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// From Queued to the phase that has sent identify or resume.
    fn join(&mut self) {
        self.step(input("Admit"));
        self.step(ShardInput::Opened);
        self.step(HELLO);
        if self.shard.phase.name() == PhaseName::Greeted {
            self.step(ShardInput::Permit);
        }
        assert_eq!(self.shard.phase.name(), PhaseName::Joining);
    }

    /// From wherever it waits to the phase that has sent identify or resume.
    fn rejoin(&mut self) {
        if let Some(until) = self.shard.phase.rests_until() {
            self.now = until;
            self.step(ShardInput::Timer);
        }
        self.join();
    }

    /// How long it rests from now on.
    fn rests(&self) -> u64 {
        self.shard
            .phase
            .rests_until()
            .map_or(0, |until| u64::try_from(until.since(self.now).as_millis()).unwrap())
    }

    fn name(&self) -> PhaseName {
        self.shard.phase.name()
    }

    /// The session it would resume, as `S@7`.
    fn session(&self) -> String {
        shown(self.shard.phase.session())
    }

    fn kept(&mut self) -> &mut Kept {
        &mut self.shard.kept
    }
}

/// An output as a line.
fn show(output: &Output) -> String {
    match output {
        Output::Action(Action::Http { .. }) => "http".to_string(),
        Output::Action(Action::Connect { conn, url, timeout }) => {
            format!("connect {conn} {url} {}s", timeout.as_secs())
        }
        Output::Action(Action::Send { conn, frame }) => format!("send {conn} {}", frame.as_str()),
        Output::Action(Action::Disconnect { conn, code }) => format!("disconnect {conn} {code}"),
        Output::Event(Event::Ready(ready)) => format!(
            "ready {} {} {} #{}",
            shown(Some(&ready.session)),
            ready.user_id,
            ready.username,
            ready.generation
        ),
        Output::Event(Event::Resumed { replayed, .. }) => format!("resumed, {replayed} replayed"),
        Output::Event(Event::Dispatch(dispatch)) => {
            format!("event {} {}", dispatch.seq().unwrap_or(0), dispatch.id().unwrap_or("-"))
        }
        Output::Event(Event::Fault(fault)) => format!("fault {fault}"),
        Output::Event(Event::Halted { reason, .. }) => format!("halted {reason}"),
        Output::Event(Event::IdentifySlotWanted { .. }) => "slot wanted".to_string(),
        Output::Event(other) => format!("{other:?}"),
    }
}

fn shown(session: Option<&Session>) -> String {
    session.map_or_else(|| "-".to_string(), |session| format!("{}@{}", session.id, session.seq))
}

/// A phase as a line.
fn line(phase: &Phase) -> String {
    let session = shown(phase.session());
    match phase {
        Phase::Queued { .. } => format!("Queued {session}"),
        Phase::Dialing { conn, give_up, .. } => format!("Dialing {conn} {session} until {give_up}"),
        Phase::Greeting { conn, give_up, .. } => format!("Greeting {conn} {session} until {give_up}"),
        Phase::Greeted { conn, every, granted, give_up } => {
            let granted = if *granted { "granted " } else { "" };
            format!("Greeted {conn} {granted}every {}s until {give_up}", every.as_secs())
        }
        Phase::Joining { conn, token, replayed, beat, give_up, .. } => {
            format!(
                "Joining {conn} {session} token {token} replayed {replayed}{} until {give_up}",
                open(beat)
            )
        }
        Phase::Live { conn, token, beat, life, .. } => {
            let how = if life.resumed { "resumed" } else { "fresh" };
            let carried = if life.carried { " carried" } else { "" };
            format!("Live {conn} {session} token {token} {how}{}{carried} since {}", open(beat), life.since)
        }
        Phase::Resting { .. } => format!("Resting {session}"),
        Phase::Halted { reason, .. } => format!("Halted {session}: {reason}"),
    }
}

fn open(beat: &Beat) -> String {
    let paused = if beat.paused { " paused" } else { "" };
    if beat.unanswered == 0 { paused.to_string() } else { format!("{paused} unanswered {}", beat.unanswered) }
}

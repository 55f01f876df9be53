//! For property tests of your own: values as they come from the platform, and moves that fit any client.
//!
//! A [`Move`] names what it is about by an index into what is outstanding *now*, taken modulo its length. So any list of
//! moves applies to any client, shrinking never makes a list invalid, and ids, which only the core makes, need not be
//! made up. [`run`] plays a list and checks the safety properties P1 to P8 and P13 on the way.
//!
//! The generators themselves (`frames()`, `moves()` and so on) are for `proptest` and need the feature `strategies`.
//!
//! ```
//! use qq_proto::Config;
//! use qq_testkit::strategies::{Move, run};
//!
//! let trace = run(Config::new("102030405", "a secret of ours"), &[Move::join(), Move::Wait(60_000)]);
//! assert_eq!(trace.findings, []);
//! assert!(trace.to_string().contains("shard 0 is live"));
//! ```

#[cfg(feature = "strategies")]
mod values;

use std::time::Duration;

use bytes::Bytes;
use qq_proto::{
    Action, Config, ConnId, Event, HttpId, HttpResponse, Input, Leave, Output, PhaseName, ReplyTo, Restart,
    Signal, TextReply, Timestamp, TransportError,
};

use crate::oracle::{Driven, Expect, Finding, Property, honest};
use crate::trace::Trace;
use crate::world::Plan;

#[cfg(feature = "strategies")]
pub use values::{close_codes, frames, http_replies, moves, sessions, words};

/// Something the world outside does. `which` is taken modulo what is outstanding; a move for which there is nothing
/// does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Time passes, in milliseconds; deadlines are served as they come.
    Wait(u32),
    /// Time passes and no deadline is served until its end.
    Oversleep(u32),
    /// An HTTP exchange ends.
    Answer {
        /// Which of those that are open.
        which: u8,
        /// How.
        outcome: Outcome,
    },
    /// A dial succeeds.
    Open {
        /// Which of the connections.
        which: u8,
    },
    /// The server says something.
    Frame {
        /// On which of the connections.
        which: u8,
        /// What.
        word: Word,
    },
    /// The server closes.
    Close {
        /// Which of the connections.
        which: u8,
        /// With which code.
        code: Option<u16>,
    },
    /// A connection breaks.
    Break {
        /// Which.
        which: u8,
    },
    /// The embedder stops reading, or goes on.
    Pause {
        /// Which connection.
        which: u8,
        /// Stops if true.
        on: bool,
    },
    /// The application answers an event that it was handed.
    Reply {
        /// Which of those that can be answered.
        which: u8,
    },
    /// The application restarts a shard.
    Restart {
        /// Which.
        which: u8,
        /// Gives the session up if true.
        fresh: bool,
    },
    /// For a minute the platform does all that is needed for every shard to be live and to stay so.
    Join,
    /// The application stops the client.
    Stop,
}

impl Move {
    /// For a minute the platform does all that is needed for every shard to be live and to stay so.
    pub const fn join() -> Self {
        Self::Join
    }
}

/// How an exchange ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the client would like it.
    Good,
    /// With this status and body.
    Reply {
        /// The status.
        status: u16,
        /// The body.
        body: Bytes,
    },
    /// Without a reply.
    Lost(TransportError),
}

/// What the server says. The numbers of events are filled in, so that they rise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Hello with this interval.
    Hello(u32),
    /// READY with a new session.
    Ready,
    /// RESUMED.
    Resumed,
    /// A message, this many numbers after the last one; 0 repeats the number.
    Event(u8),
    /// An acknowledgement.
    Ack,
    /// A request for a beat.
    Beat,
    /// A request to reconnect.
    Reconnect,
    /// The session is invalid, or invalid but resumable.
    Invalid(bool),
    /// Anything at all.
    Raw(Bytes),
}

impl Word {
    fn bytes(&self, seq: &mut u64, count: u64) -> Bytes {
        let text = match self {
            Self::Hello(interval) => format!(r#"{{"op":10,"d":{{"heartbeat_interval":{interval}}}}}"#),
            Self::Ready => {
                *seq = 1;
                format!(
                    r#"{{"op":0,"s":1,"t":"READY","d":{{"session_id":"session-{count}","user":{{"id":"1"}}}}}}"#
                )
            }
            Self::Resumed => {
                *seq += 1;
                format!(r#"{{"op":0,"s":{seq},"t":"RESUMED","d":""}}"#)
            }
            Self::Event(step) => {
                *seq += u64::from(*step);
                format!(
                    r#"{{"op":0,"s":{seq},"t":"C2C_MESSAGE_CREATE","id":"C2C_MESSAGE_CREATE:{seq}-{count}","d":{{"id":"m{count}","author":{{"user_openid":"U"}},"content":"hello"}}}}"#
                )
            }
            Self::Ack => r#"{"op":11}"#.to_owned(),
            Self::Beat => r#"{"op":1}"#.to_owned(),
            Self::Reconnect => r#"{"op":7}"#.to_owned(),
            Self::Invalid(resumable) => format!(r#"{{"op":9,"d":{resumable}}}"#),
            Self::Raw(bytes) => return bytes.clone(),
        };
        Bytes::from(text)
    }
}

/// A client with one live connection, for looking at what one frame does.
pub(crate) struct Live(Table);

impl Live {
    pub(crate) fn say(&mut self, bytes: Bytes) -> Vec<Output> {
        let Some(conn) = self.0.conns.first().copied() else {
            return Vec::new();
        };
        let now = Timestamp::from(self.0.now);
        let signal = Signal::Text(bytes);
        self.0.driven.handle(now, Input::Conn { conn, signal })
    }

    pub(crate) fn driven(&mut self) -> &mut Driven {
        &mut self.0.driven
    }
}

pub(crate) fn live(config: Config, expect: Expect) -> Live {
    let mut table = Table::new(config, expect);
    table.play(&Move::Join);
    Live(table)
}

/// What a client waits for.
struct Table {
    driven: Driven,
    now: Duration,
    exchanges: Vec<(HttpId, String)>,
    conns: Vec<ConnId>,
    answerable: Vec<ReplyTo>,
    seq: u64,
    count: u64,
    trace: Trace,
}

fn nth<T: Clone>(which: u8, all: &[T]) -> Option<(usize, T)> {
    let at = usize::from(which).checked_rem(all.len())?;
    Some((at, all.get(at)?.clone()))
}

/// Plays moves against a client with this configuration and checks P1 to P8 and P13. It takes a configuration and not a
/// client, because P5 needs a second one.
pub fn run(config: Config, moves: &[Move]) -> Trace {
    let expect = Expect { dutiful: false, concurrency: None, sessions: false, costly_every: 4 };
    let mut table = Table::new(config, expect);
    for step in moves {
        table.play(step);
    }
    table.driven.check_repeatable(&honest);
    let told = [
        Property::P1,
        Property::P2,
        Property::P3,
        Property::P4,
        Property::P5,
        Property::P6,
        Property::P7,
        Property::P8,
        Property::P13,
    ];
    let findings = table.driven.take_findings();
    table.trace.findings =
        findings.into_iter().filter(|finding: &Finding| told.contains(&finding.property)).collect();
    table.trace
}

impl Table {
    fn new(config: Config, expect: Expect) -> Self {
        let mut plan = Plan::calm();
        plan.active = Duration::ZERO;
        let mut trace = Trace::new(plan);
        trace.title = "moves".to_owned();
        let (driven, outputs) = Driven::new(&honest, config, Timestamp::ZERO, expect);
        let mut table = Self {
            driven,
            now: Duration::ZERO,
            exchanges: Vec::new(),
            conns: Vec::new(),
            answerable: Vec::new(),
            seq: 1,
            count: 0,
            trace,
        };
        table.take(outputs);
        table
    }

    fn feed(&mut self, input: Input) {
        let outputs = self.driven.handle(Timestamp::from(self.now), input);
        self.take(outputs);
    }

    fn signal(&mut self, conn: ConnId, signal: Signal) {
        self.feed(Input::Conn { conn, signal });
    }

    fn take(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Action(Action::Http { id, request }) => self.exchanges.push((id, request.url)),
                Output::Action(Action::Connect { conn, .. }) => self.conns.push(conn),
                Output::Action(Action::Disconnect { conn, .. }) => self.conns.retain(|other| *other != conn),
                Output::Action(Action::Send { .. }) => {}
                Output::Event(Event::Dispatch(dispatch)) => self.answerable.extend(dispatch.reply_to()),
                Output::Event(Event::Moved { shard, to, why, .. }) => {
                    self.trace.note(self.now, format!("shard {shard} is {to}: {why}"));
                }
                Output::Event(_) => {}
            }
        }
    }

    fn play(&mut self, step: &Move) {
        match step {
            Move::Wait(millis) => self.wait(Duration::from_millis(u64::from(*millis))),
            Move::Oversleep(millis) => {
                self.now += Duration::from_millis(u64::from(*millis));
                self.feed(Input::Tick);
            }
            Move::Answer { which, outcome } => self.answer(*which, outcome),
            Move::Open { which } => {
                if let Some((_, conn)) = nth(*which, &self.conns) {
                    self.signal(conn, Signal::Opened);
                }
            }
            Move::Frame { which, word } => {
                if let Some((_, conn)) = nth(*which, &self.conns) {
                    self.say(conn, word);
                }
            }
            Move::Close { which, code } => self.end(*which, &Signal::Closed { code: *code }),
            Move::Break { which } => self.end(*which, &Signal::Failed(TransportError::Broken)),
            Move::Pause { which, on } => {
                if let Some((_, conn)) = nth(*which, &self.conns) {
                    self.signal(conn, if *on { Signal::ReadPaused } else { Signal::ReadResumed });
                }
            }
            Move::Reply { which } => {
                if let Some((_, to)) = nth(*which, &self.answerable) {
                    let (_, outputs) = self.driven.reply(Timestamp::from(self.now), TextReply::new(to, "hi"));
                    self.take(outputs);
                }
            }
            Move::Restart { which, fresh } => self.restart(*which, *fresh),
            Move::Join => self.join(),
            Move::Stop => {
                let outputs = self.driven.stop(Timestamp::from(self.now), Leave::Resumable);
                self.take(outputs);
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        // A bound, because a client that is stuck at one time would never let this end; P2 has told of it then.
        for _ in 0..10_000 {
            let Some(deadline) =
                self.driven.next_deadline().filter(|deadline| deadline.at.since_start() <= end)
            else {
                break;
            };
            self.now = self.now.max(deadline.at.since_start());
            self.feed(Input::Tick);
        }
        self.now = end;
    }

    fn answer(&mut self, which: u8, outcome: &Outcome) {
        let Some((at, (id, url))) = nth(which, &self.exchanges) else {
            return;
        };
        self.exchanges.remove(at);
        self.count += 1;
        let result = match outcome {
            Outcome::Good => Ok(HttpResponse::new(200, good(&url, self.count))),
            Outcome::Reply { status, body } => Ok(HttpResponse::new(*status, body.clone())),
            Outcome::Lost(error) => Err(*error),
        };
        self.feed(Input::Http { id, result });
    }

    fn say(&mut self, conn: ConnId, word: &Word) {
        self.count += 1;
        let bytes = word.bytes(&mut self.seq, self.count);
        self.signal(conn, Signal::Text(bytes));
    }

    fn end(&mut self, which: u8, signal: &Signal) {
        if let Some((at, conn)) = nth(which, &self.conns) {
            self.conns.remove(at);
            self.signal(conn, signal.clone());
        }
    }

    fn restart(&mut self, which: u8, fresh: bool) {
        let shards: Vec<_> = self.driven.client().shards().map(|view| view.index()).collect();
        if let Some((_, shard)) = nth(which, &shards) {
            let how = if fresh { Restart::Fresh } else { Restart::Resume };
            let outputs = self.driven.restart(Timestamp::from(self.now), shard, how);
            self.take(outputs);
        }
    }

    /// A minute in which the platform does its part.
    fn join(&mut self) {
        for _ in 0..20 {
            while !self.exchanges.is_empty() {
                self.answer(0, &Outcome::Good);
            }
            for conn in self.conns.clone() {
                self.answer_phase(conn);
            }
            self.wait(Duration::from_secs(3));
        }
    }

    /// Says what a shard in this phase waits for.
    fn answer_phase(&mut self, conn: ConnId) {
        for _ in 0..3 {
            let phase = self
                .driven
                .client()
                .shards()
                .find(|view| view.index() == conn.shard())
                .map(|view| view.phase());
            match phase {
                Some(PhaseName::Dialing) => self.signal(conn, Signal::Opened),
                Some(PhaseName::Greeting) => self.say(conn, &Word::Hello(30_000)),
                Some(PhaseName::Joining) => self.say(conn, &Word::Ready),
                Some(PhaseName::Live) => return self.say(conn, &Word::Ack),
                Some(_) | None => return,
            }
        }
    }
}

/// The reply that a request wants.
fn good(url: &str, count: u64) -> String {
    if url.ends_with("/app/getAppAccessToken") {
        format!(r#"{{"access_token":"token-number-{count}-of-many","expires_in":"7200"}}"#)
    } else if url.contains("/gateway") {
        r#"{"url":"wss://gateway.example/websocket","shards":1,"session_start_limit":{"total":1000,"remaining":1000,"reset_after":86400000,"max_concurrency":1}}"#.to_owned()
    } else {
        format!(r#"{{"id":"sent-{count}","timestamp":"2026-11-01T00:00:00+08:00"}}"#)
    }
}

//! Clients that do one thing wrong, to prove that the oracle catches it.
//!
//! A green run means little unless it is known what a red one would take. Each [`Sabotage`] wraps the real client and
//! breaks one promise; the testkit's own tests say which property catches it, and within how many seeds.

#![expect(clippy::wildcard_enum_match_arm, reason = "a saboteur spoils one thing and lets all others pass")]

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use qq_proto::{
    Action, Client, Config, ConnId, Deadline, Event, Frame, Input, Method, Output, Restart, ShardIndex,
    Signal, Timestamp,
};

use crate::world::Subject;

/// What a saboteur does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sabotage {
    /// Hides every second acknowledgement from the core. A link survives that; the next one it does not.
    HideSecondAck,
    /// Hides two of three acknowledgements.
    HideMostAcks,
    /// Holds an identify back until the next one leaves.
    HoldIdentify,
    /// Starts a new session whenever a connection ends.
    IdentifyInstead,
    /// Passes the end of an old socket off as the new one's.
    OldSignals,
    /// Delivers a dispatch twice.
    DeliverTwice,
    /// Loses a dispatch.
    LoseDispatch,
    /// Prints the app secret as a list of bytes.
    PrintSecret,
    /// Prints a token that it was given, as text.
    PrintToken,
    /// Asks for one token and then never again.
    NeverRefresh,
    /// Asks for tokens as fast as it can.
    TokenStorm,
    /// Sends each beat twice.
    BeatTwice,
    /// Wakes long after its deadlines.
    Sleepy,
    /// Says that it need not be woken for what was due already.
    PastDeadline,
    /// Goes on sending on a connection that has ended.
    SendAfterEnd,
    /// Opens a second connection for a shard.
    SecondConnection,
    /// Repeats an HTTP request under the same id.
    RepeatHttp,
    /// Reports a reply twice.
    ReplyTwice,
    /// Never reports a reply.
    SwallowReply,
    /// Behaves differently in each life: what it does depends on more than its inputs.
    Moody,
    /// Works on each tick, however early.
    Restless,
    /// Hides op 7 and closes, so the core believes in connections that are gone.
    HideCloses,
    /// Resumes one event too early, so that the server sends it again.
    ForgetSeq,
    /// Keeps all outputs to itself for a while and gives them out in one go.
    Hoard,
    /// Takes every end of a connection for a refusal of its intents.
    BlameIntents,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::HideSecondAck,
        Self::HideMostAcks,
        Self::HoldIdentify,
        Self::IdentifyInstead,
        Self::OldSignals,
        Self::DeliverTwice,
        Self::LoseDispatch,
        Self::PrintSecret,
        Self::PrintToken,
        Self::NeverRefresh,
        Self::TokenStorm,
        Self::BeatTwice,
        Self::Sleepy,
        Self::PastDeadline,
        Self::SendAfterEnd,
        Self::SecondConnection,
        Self::RepeatHttp,
        Self::ReplyTwice,
        Self::SwallowReply,
        Self::Moody,
        Self::Restless,
        Self::HideCloses,
        Self::ForgetSeq,
        Self::Hoard,
        Self::BlameIntents,
    ];

    /// A maker of clients that do this wrong.
    pub fn make(self) -> impl Fn(Config, Timestamp) -> Box<dyn Subject> {
        let lives = Cell::new(0);
        move |config, now| {
            lives.set(lives.get() + 1);
            Box::new(Saboteur::new(self, config, now, lives.get()))
        }
    }
}

/// A client that does one thing wrong.
#[derive(Debug)]
struct Saboteur {
    how: Sabotage,
    client: Client,
    life: u32,
    now: Timestamp,
    out: VecDeque<Output>,
    count: u32,
    token: String,
    newest: BTreeMap<ShardIndex, ConnId>,
    held: Option<(ConnId, Frame)>,
    beat: Option<Frame>,
    ended: Option<ConnId>,
    tokens_asked: u32,
    hoarded: VecDeque<Output>,
}

fn is_op(frame: &str, op: &str) -> bool {
    frame.starts_with(&format!("{{\"op\":{op},"))
}

impl Saboteur {
    fn new(how: Sabotage, mut config: Config, now: Timestamp, life: u32) -> Self {
        if how == Sabotage::TokenStorm {
            config.limits.token_spacing = Duration::from_millis(1);
        }
        if how == Sabotage::ForgetSeq {
            for session in &mut config.sessions {
                session.seq = session.seq.saturating_sub(1).max(1);
            }
        }
        if how == Sabotage::BlameIntents {
            config.intents_ladder = true;
        }
        let client = match Client::new(config, now) {
            Ok(client) => client,
            Err(error) => unreachable!("the world's configuration is valid: {error}"),
        };
        let mut saboteur = Self {
            how,
            client,
            life,
            now,
            out: VecDeque::new(),
            count: 0,
            token: String::new(),
            newest: BTreeMap::new(),
            held: None,
            beat: None,
            ended: None,
            tokens_asked: 0,
            hoarded: VecDeque::new(),
        };
        saboteur.drain();
        saboteur
    }

    /// Every nth time.
    fn nth(&mut self, n: u32) -> bool {
        self.count += 1;
        self.count % n == 0
    }

    /// Takes the client's outputs, changed.
    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            self.spoil(output);
        }
    }

    fn spoil(&mut self, output: Output) {
        use Sabotage as S;
        match (self.how, &output) {
            (S::HoldIdentify, Output::Action(Action::Send { conn, frame })) if is_op(frame.as_str(), "2") => {
                match self.held.take() {
                    // One that was held back goes out together with the next.
                    Some((held, identify)) if self.newest.get(&held.shard()) == Some(&held) => {
                        self.out.push_back(Output::Action(Action::Send { conn: held, frame: identify }));
                    }
                    Some(_) | None => {
                        self.held = Some((*conn, frame.clone()));
                        return;
                    }
                }
            }
            (S::DeliverTwice, Output::Event(Event::Dispatch(dispatch))) if self.nth(7) => {
                self.out.push_back(Output::Event(Event::Dispatch(dispatch.clone())));
            }
            (S::LoseDispatch, Output::Event(Event::Dispatch(_))) if self.nth(7) => return,
            (S::NeverRefresh, Output::Action(Action::Http { request, .. }))
                if request.method == Method::Post && request.url.ends_with("/app/getAppAccessToken") =>
            {
                self.tokens_asked += 1;
                if self.tokens_asked > 1 {
                    return;
                }
            }
            (S::BeatTwice, Output::Action(Action::Send { conn, frame })) if is_op(frame.as_str(), "1") => {
                self.out.push_back(Output::Action(Action::Send { conn: *conn, frame: frame.clone() }));
            }
            (S::SendAfterEnd, Output::Action(Action::Send { frame, .. })) if is_op(frame.as_str(), "1") => {
                self.beat = Some(frame.clone());
            }
            (S::SecondConnection, Output::Action(Action::Disconnect { .. })) => return,
            (S::RepeatHttp, Output::Action(Action::Http { id, request })) if self.nth(5) => {
                self.out.push_back(Output::Action(Action::Http { id: *id, request: request.clone() }));
            }
            (S::ReplyTwice, Output::Event(Event::Reply(reply))) if self.nth(3) => {
                self.out.push_back(Output::Event(Event::Reply(reply.clone())));
            }
            (S::SwallowReply, Output::Event(Event::Reply(_))) if self.nth(3) => return,
            // The second life with the same inputs leaves something out.
            (S::Moody, Output::Event(Event::Moved { .. })) if self.life > 1 && self.nth(9) => return,
            (S::Hoard, _) => {
                self.hoarded.push_back(output);
                if self.hoarded.len() > 60 {
                    self.out.append(&mut self.hoarded);
                }
                return;
            }
            _ => {}
        }
        if let Output::Action(Action::Connect { conn, .. }) = &output {
            self.newest.insert(conn.shard(), *conn);
        }
        self.out.push_back(output);
    }

    /// An input, changed; `None` if it is hidden.
    fn falsify(&mut self, input: Input) -> Option<Input> {
        use Sabotage as S;
        let ack = |bytes: &Bytes| bytes.starts_with(b"{\"op\":11");
        match (self.how, &input) {
            (S::HideSecondAck, Input::Conn { signal: Signal::Text(bytes), .. })
                if ack(bytes) && self.nth(2) =>
            {
                None
            }
            (S::HideMostAcks, Input::Conn { signal: Signal::Text(bytes), .. })
                if ack(bytes) && !self.nth(3) =>
            {
                None
            }
            (S::HideCloses, Input::Conn { signal: Signal::Closed { .. } | Signal::Failed(_), .. }) => None,
            (S::BlameIntents, Input::Conn { conn, signal: Signal::Closed { .. } | Signal::Failed(_) }) => {
                Some(Input::Conn { conn: *conn, signal: Signal::Closed { code: Some(4014) } })
            }
            (S::OldSignals, Input::Conn { conn, signal }) => {
                let conn = self.newest.get(&conn.shard()).copied().unwrap_or(*conn);
                Some(Input::Conn { conn, signal: signal.clone() })
            }
            (S::PrintToken, Input::Http { result: Ok(response), .. }) => {
                let text = String::from_utf8_lossy(&response.body).into_owned();
                if text.contains("access_token") {
                    self.token = text;
                }
                Some(input)
            }
            (S::IdentifyInstead, Input::Conn { conn, signal: Signal::Closed { .. } | Signal::Failed(_) })
                if self.newest.get(&conn.shard()) == Some(conn) =>
            {
                let shard = conn.shard();
                self.client.handle(self.now, input);
                self.client.restart(self.now, shard, Restart::Fresh);
                None
            }
            (S::SendAfterEnd, Input::Conn { conn, signal: Signal::Closed { .. } | Signal::Failed(_) }) => {
                self.ended = Some(*conn);
                Some(input)
            }
            _ => Some(input),
        }
    }
}

impl Subject for Saboteur {
    fn handle(&mut self, now: Timestamp, input: Input) {
        self.now = self.now.max(now);
        let tick = matches!(input, Input::Tick);
        if let Some(input) = self.falsify(input) {
            self.client.handle(now, input);
        }
        match self.how {
            Sabotage::TokenStorm => {
                let secret = self.client.config().secret.clone();
                self.client.set_secret(now, secret);
            }
            Sabotage::SecondConnection if self.count < 40 => {
                self.count += 1;
                if self.count == 40 {
                    self.client.restart(now, ShardIndex::new(0), Restart::Resume);
                }
            }
            Sabotage::Restless if tick => self.count += 1,
            _ => {}
        }
        self.drain();
        if let (Some(conn), Some(frame)) = (self.ended.take(), self.beat.clone()) {
            self.out.push_back(Output::Action(Action::Send { conn, frame }));
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.drain();
        self.out.pop_front()
    }

    fn next_deadline(&self) -> Option<Deadline> {
        let deadline = self.client.next_deadline()?;
        let at = match self.how {
            Sabotage::Sleepy => deadline.at.after(Duration::from_secs(100)),
            Sabotage::PastDeadline => self.now,
            _ => deadline.at,
        };
        Some(Deadline { at, why: deadline.why })
    }

    fn client(&self) -> &Client {
        &self.client
    }

    fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }

    fn show(&self) -> String {
        let mut text = format!("{:?}", self.client);
        match self.how {
            Sabotage::PrintSecret => {
                let bytes: Vec<String> =
                    self.client.config().secret.expose().bytes().map(|byte| byte.to_string()).collect();
                text.push_str(&bytes.join(", "));
            }
            Sabotage::PrintToken => text.push_str(&self.token),
            Sabotage::Restless => text.push_str(&self.count.to_string()),
            _ => {}
        }
        text
    }
}

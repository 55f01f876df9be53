//! The properties of one client: everything that can be told from its inputs and outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use qq_proto::{
    Action, ConnId, Event, Fault, HttpId, HttpRequest, Input, Method, Output, PhaseName, RequestId,
    ShardIndex, Signal, Timestamp,
};
use serde_json::Value;

use super::frames::Plain;
use super::intents::Intents;
use super::secrets::Secrets;
use super::sessions::Sessions;
use super::{Expect, Finding, Property};

/// The window in which the platform counts identifies, and what is added because it measures arrival.
const WINDOW: Duration = Duration::from_millis(5_250);
const TOKEN_SPACING: Duration = Duration::from_secs(1);
/// P14: outputs of one input, apart from those for each shard and each open call.
const OUTPUTS: usize = 16;
const OUTPUTS_EACH: usize = 8;

#[derive(Clone, Debug, Default)]
struct Conn {
    opened: bool,
    over: bool,
}

#[derive(Clone, Debug)]
struct TokenRequest {
    id: HttpId,
    at: Timestamp,
    give_up: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) expect: Expect,
    pub(crate) findings: Vec<Finding>,
    pub(crate) now: Timestamp,
    pub(crate) secrets: Secrets,
    conns: BTreeMap<ConnId, Conn>,
    exchanges: BTreeSet<HttpId>,
    pub(crate) calls: BTreeMap<RequestId, Timestamp>,
    call_ids: BTreeSet<RequestId>,
    token: Option<TokenRequest>,
    identifies: Vec<Timestamp>,
    pub(crate) sessions: Sessions,
    pub(crate) intents: Intents,
    delivered: BTreeSet<String>,
    pub(crate) phases: BTreeMap<ShardIndex, PhaseName>,
    /// The frame that is being handled, if it is one.
    frame: Option<(Bytes, Option<Plain>)>,
    /// A connection whose acknowledgement is being handled.
    pub(crate) acked: Option<ConnId>,
    tick: bool,
}

impl Watch {
    pub(crate) fn new(expect: Expect, sessions: Sessions, intents: Intents) -> Self {
        Self {
            expect,
            findings: Vec::new(),
            now: Timestamp::ZERO,
            secrets: Secrets::default(),
            conns: BTreeMap::new(),
            exchanges: BTreeSet::new(),
            calls: BTreeMap::new(),
            call_ids: BTreeSet::new(),
            token: None,
            identifies: Vec::new(),
            sessions,
            intents,
            delivered: BTreeSet::new(),
            phases: BTreeMap::new(),
            frame: None,
            acked: None,
            tick: false,
        }
    }

    pub(crate) fn find(&mut self, property: Property, text: impl Into<String>) {
        let at = self.now;
        self.findings.push(Finding { property, at, text: text.into() });
    }

    /// An input is about to be handled. A step without one (a call, a restart) gives `None`.
    pub(crate) fn before(&mut self, now: Timestamp, input: Option<&Input>) {
        self.now = self.now.max(now);
        self.tick = matches!(input, Some(Input::Tick));
        self.frame = None;
        self.acked = None;
        match input {
            Some(Input::Http { id, result }) => {
                if self.token.as_ref().is_some_and(|token| token.id == *id) {
                    self.token = self.token.take().map(|token| TokenRequest { give_up: self.now, ..token });
                    if let Ok(response) = result {
                        self.learn_token(&response.body);
                    }
                }
            }
            Some(Input::Conn { conn, signal }) => self.signal(*conn, signal),
            Some(Input::Tick | Input::IdentifySlot { .. }) | None => {}
        }
    }

    fn learn_token(&mut self, body: &[u8]) {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(token) = value.get("access_token").and_then(Value::as_str) {
            self.secrets.add(token);
        }
    }

    fn signal(&mut self, conn: ConnId, signal: &Signal) {
        let Some(known) = self.conns.get_mut(&conn).filter(|known| !known.over) else {
            return;
        };
        match signal {
            Signal::Opened => known.opened = true,
            Signal::Text(bytes) => {
                let plain = Plain::read(bytes);
                if let Some(plain) = &plain {
                    if plain.op() == Some(11) {
                        self.acked = Some(conn);
                    }
                    if plain.op() == Some(9) {
                        self.intents.invalid(conn);
                    }
                    self.sessions.arrived(conn.shard(), plain);
                }
                self.frame = Some((bytes.clone(), plain));
            }
            Signal::Closed { code } => {
                known.over = true;
                self.intents.closed(conn, *code);
                self.sessions.over(conn, *code, self.now);
            }
            Signal::Failed(_) => {
                known.over = true;
                self.sessions.over(conn, None, self.now);
            }
            Signal::ReadPaused | Signal::ReadResumed => {}
        }
    }

    /// The outputs of a step, after a full drain. `shards` is how many the client runs.
    pub(crate) fn after(&mut self, outputs: &[Output], shards: usize) {
        let mut beats: BTreeMap<ShardIndex, u32> = BTreeMap::new();
        let open_calls = self.calls.len();
        for output in outputs {
            match output {
                Output::Action(action) => self.action(action, &mut beats),
                Output::Event(event) => self.event(event),
            }
        }
        if self.tick {
            for (shard, count) in beats {
                if count > 1 {
                    self.find(Property::P4, format!("one tick made {count} beats for shard {shard}"));
                }
            }
        }
        if outputs.len() > OUTPUTS + OUTPUTS_EACH * (shards + open_calls) {
            self.find(Property::P14, format!("one input made {} outputs", outputs.len()));
        }
    }

    fn action(&mut self, action: &Action, beats: &mut BTreeMap<ShardIndex, u32>) {
        match action {
            Action::Http { id, request } => {
                if !self.exchanges.insert(*id) {
                    self.find(Property::P6, format!("exchange {id} was begun twice"));
                }
                if request.method == Method::Post && request.url.ends_with("/app/getAppAccessToken") {
                    self.token_request(*id, request);
                }
            }
            Action::Connect { conn, .. } => {
                let rival = self
                    .conns
                    .iter()
                    .find(|(other, known)| other.shard() == conn.shard() && !known.over)
                    .map(|(other, _)| *other);
                if let Some(rival) = rival {
                    self.find(
                        Property::P8,
                        format!("connection {conn} is opened while {rival} has not ended"),
                    );
                }
                if self.conns.insert(*conn, Conn::default()).is_some() {
                    self.find(Property::P6, format!("connection {conn} was opened twice"));
                }
            }
            Action::Send { conn, frame } => {
                let open = self.conns.get(conn).is_some_and(|known| known.opened && !known.over);
                if !open {
                    self.find(Property::P7, format!("a frame for connection {conn}, which is not open"));
                }
                self.sent(*conn, frame.as_str(), beats);
            }
            Action::Disconnect { conn, .. } => match self.conns.get_mut(conn) {
                Some(known) if !known.over => {
                    known.over = true;
                    self.sessions.over(*conn, None, self.now);
                }
                Some(_) | None => {
                    self.find(Property::P7, format!("a close for connection {conn}, which is over"));
                }
            },
        }
    }

    fn sent(&mut self, conn: ConnId, text: &str, beats: &mut BTreeMap<ShardIndex, u32>) {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let d = frame.get("d").unwrap_or(&Value::Null);
        match frame.get("op").and_then(Value::as_u64) {
            Some(1) => *beats.entry(conn.shard()).or_default() += 1,
            Some(2) => {
                let bits = d.get("intents").and_then(Value::as_u64).unwrap_or(u64::MAX);
                if let Some(wrong) = self.intents.identify(conn, bits) {
                    self.find(Property::P17, wrong);
                }
                self.identify(conn);
            }
            Some(6) => {
                let id = d.get("session_id").and_then(Value::as_str).unwrap_or_default();
                let seq = d.get("seq").and_then(Value::as_u64).unwrap_or(u64::MAX);
                let wrong = self.sessions.resume(conn, id, seq);
                if let Some(wrong) = wrong.filter(|_| self.expect.sessions) {
                    self.find(Property::P10, wrong);
                }
            }
            _ => self.find(Property::Rules, "a frame that bots do not send"),
        }
    }

    fn identify(&mut self, conn: ConnId) {
        let wrong = self.sessions.identify(conn.shard());
        if let Some(wrong) = wrong.filter(|_| self.expect.sessions) {
            self.find(Property::P10, wrong);
        }
        let Some(concurrency) = self.expect.concurrency else {
            return;
        };
        let before = usize::try_from(concurrency.max(1)).unwrap_or(usize::MAX);
        let gap = self
            .identifies
            .len()
            .checked_sub(before)
            .and_then(|at| self.identifies.get(at))
            .map(|earlier| self.now.since(*earlier));
        if let Some(gap) = gap.filter(|gap| *gap < WINDOW) {
            let text = format!("identify number {} follows after {} ms", before + 1, gap.as_millis());
            self.find(Property::P9, text);
        }
        self.identifies.push(self.now);
    }

    fn token_request(&mut self, id: HttpId, request: &HttpRequest) {
        if let Some(last) = &self.token {
            let gap = self.now.since(last.at);
            let open = last.give_up > self.now;
            if gap < TOKEN_SPACING {
                self.find(Property::P15, format!("a token request {} ms after the last", gap.as_millis()));
            }
            if open {
                self.find(Property::P15, "a token request while another is open");
            }
        }
        self.token = Some(TokenRequest { id, at: self.now, give_up: self.now.after(request.timeout) });
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "news that no property is about")]
    fn event(&mut self, event: &Event) {
        match event {
            Event::Ready(ready) => {
                self.intents.granted(ready.shard);
                self.sessions.ready(ready.shard, &ready.session);
            }
            Event::Resumed { shard, .. } => self.sessions.resumed(*shard, self.now),
            Event::Dispatch(dispatch) => {
                self.sessions.delivered(dispatch.shard(), dispatch.seq());
                if let Some(id) = dispatch.id().filter(|id| !id.is_empty()) {
                    if !self.delivered.insert(id.to_owned()) {
                        self.find(Property::P11, format!("event {id} was delivered twice"));
                    }
                }
                let wrong = match &self.frame {
                    None => Some("a dispatch without a frame"),
                    Some((_, Some(plain))) => plain.disagrees(dispatch),
                    Some((_, None)) => dispatch
                        .json()
                        .is_ok_and(|json| serde_json::from_str::<Value>(json).is_err())
                        .then_some("a payload that is no JSON, from a frame that is none"),
                };
                if let Some(wrong) = wrong {
                    let seq = dispatch.seq().unwrap_or_default();
                    self.find(Property::P16, format!("event number {seq} came out with {wrong}"));
                }
            }
            Event::Reply(reply) => {
                let open = self.calls.remove(&reply.id()).is_some();
                if !open {
                    self.find(Property::P6, format!("call {} got a reply too many", reply.id()));
                }
            }
            Event::Fault(Fault::SessionsDropped { shards, .. }) => self.sessions.laid_out(*shards),
            Event::Moved { shard, to, .. } => {
                self.phases.insert(*shard, *to);
            }
            _ => {}
        }
    }

    /// A call was taken.
    pub(crate) fn called(&mut self, id: RequestId) {
        if !self.call_ids.insert(id) {
            self.find(Property::P6, format!("call {id} was taken twice"));
        }
        self.calls.insert(id, self.now);
    }

    /// How many calls were taken in all.
    pub(crate) fn calls_ever(&self) -> usize {
        self.call_ids.len()
    }

    /// A text that can be seen from outside.
    pub(crate) fn seen(&mut self, what: &str, text: &str) {
        if let Some(how) = self.secrets.leak(text) {
            self.find(Property::P13, format!("a secret shows {how} in {what}"));
        }
    }
}

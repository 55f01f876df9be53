//! The rules that take more than one machine, and the contract.

mod calls;
mod contract;
mod ends;
mod ladder;
mod links;
mod no_shards;
mod start;
mod walk;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;

use crate::api::CallError;
use crate::client::{Client, Leave, Restart};
use crate::config::{Config, Shards};
use crate::event::{Event, PhaseName};
use crate::id::{ConnId, HttpId, RequestId, ShardIndex};
use crate::intents::Intents;
use crate::io::{Action, HttpRequest, HttpResponse, Input, Output, Signal, TransportError};
use crate::session::Session;
use crate::time::{Deadline, Timestamp, Wake};

const SECRET: &str = "s3cr3t-of-the-app";

/// Whether everything is printed at each step, to be searched for secrets and for changes: minutes a test under miri.
const PRINTS: bool = !cfg!(miri);

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A client with its surroundings: what it has asked for and not yet got. Everything it says goes through
/// [`drain`](Self::drain), which checks the contract each time.
struct Bot {
    client: Client,
    now: u64,
    /// Exchanges without an answer.
    exchanges: BTreeMap<HttpId, HttpRequest>,
    /// The newest connection of each shard, until it is given up.
    conns: BTreeMap<u32, ConnId>,
    https_seen: BTreeSet<HttpId>,
    conns_seen: BTreeSet<ConnId>,
    replies_seen: BTreeSet<RequestId>,
    /// Values that must not be seen in any `Debug`.
    secrets: Vec<String>,
    shards: Vec<ShardIndex>,
    way: Way,
    /// What it said lately.
    log: Vec<String>,
}

/// Which ways through [`Client::handle`] are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Those the client takes; checks take the long one.
    Usual,
    /// No check takes another one than the client would.
    Short,
    /// Every machine is looked at each time.
    Long,
}

fn config() -> Config {
    Config::new("102", SECRET).with_intents(Intents::GUILDS).with_seed(7)
}

fn fixed(count: u32) -> Config {
    config().with_shards(Shards::all(count))
}

fn with_session(shard: u32, shards: u32) -> Session {
    Session::new(shard, shards, format!("S{shard}"), 10)
}

impl Bot {
    /// Has just been made; its first outputs are waiting.
    fn new(config: Config) -> Self {
        let mut bot = Self {
            client: Client::new(config, at(1000)).unwrap(),
            now: 1000,
            exchanges: BTreeMap::new(),
            conns: BTreeMap::new(),
            https_seen: BTreeSet::new(),
            conns_seen: BTreeSet::new(),
            replies_seen: BTreeSet::new(),
            secrets: Vec::new(),
            shards: Vec::new(),
            way: Way::Usual,
            log: Vec::new(),
        };
        bot.hide(SECRET);
        bot.hide("QQBot ");
        bot
    }

    /// A secret must not be seen as text, nor as a list of bytes.
    fn hide(&mut self, secret: &str) {
        self.secrets.push(secret.to_string());
        let list = format!("{:?}", secret.as_bytes());
        self.secrets.push(list.trim_matches(['[', ']']).to_string());
    }

    /// Has a token and knows the gateway.
    fn found(config: Config, gateway: &str) -> Self {
        let mut bot = Self::new(config);
        bot.drain();
        bot.token("T");
        bot.gateway(gateway);
        bot
    }

    /// All shards are live, with sessions S0, S1, .. at number 1.
    fn live(count: u32) -> Self {
        let mut bot = Self::found(fixed(count), FREE);
        for shard in 0..count {
            while !bot.conns.contains_key(&shard) {
                bot.wake();
            }
            bot.open(shard);
            bot.hello(shard);
            while bot.phase(shard) == PhaseName::Greeted {
                bot.wake();
            }
            bot.ready(shard);
        }
        // Long enough for another token request.
        bot.run_until(bot.now + 1500);
        bot
    }

    /// Pops everything, as lines, and checks what must hold after each drain.
    fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(output) = self.client.poll_output() {
            if PRINTS {
                self.assert_hidden(&format!("{output:?} {output:#?}"));
            }
            lines.push(self.take(output));
        }
        // Timely.
        if let Some(deadline) = self.client.next_deadline() {
            assert!(deadline.at > at(self.now), "{deadline:?} at {}: {lines:?}", self.now);
            assert_ne!(deadline.why, Wake::Outputs);
        }
        // Patient.
        let show = |client: &Client| if PRINTS { format!("{client:?}") } else { String::new() };
        let before = show(&self.client);
        self.assert_hidden(&before);
        if self.way != Way::Short {
            self.look_everywhere();
        }
        self.client.handle(at(self.now), Input::Tick);
        self.client.handle(Timestamp::ZERO, Input::Tick);
        assert!(self.client.poll_output().is_none(), "an early tick at {} makes outputs", self.now);
        assert_eq!(before, show(&self.client), "an early tick at {} changes something", self.now);
        self.shards = self.client.shards().map(|shard| shard.index()).collect();
        self.log.extend(lines.iter().cloned());
        lines
    }

    /// Makes the client believe that something may be due, so that the next input takes the long way.
    fn look_everywhere(&mut self) {
        self.client.calm = Some(Deadline { at: Timestamp::ZERO, why: Wake::Token });
    }

    fn assert_hidden(&self, shown: &str) {
        for secret in &self.secrets {
            assert!(!shown.contains(secret.as_str()), "{secret} in {shown}");
        }
    }

    /// Keeps the books, and shows the output as a line.
    fn take(&mut self, output: Output) -> String {
        match output {
            Output::Action(Action::Http { id, request }) => {
                assert!(self.https_seen.insert(id), "{id} twice");
                let who = request.authorization.as_ref().map_or("", |value| value.expose());
                let line = format!("http {} {} {who}", request.method, request.url);
                self.exchanges.insert(id, request);
                line.trim().to_string()
            }
            Output::Action(Action::Connect { conn, url, .. }) => {
                assert!(self.conns_seen.insert(conn), "{conn} twice");
                let old = self.conns.insert(conn.shard().get(), conn);
                assert_eq!(old, None, "two connections of one shard");
                format!("connect {conn} {url}")
            }
            Output::Action(Action::Send { conn, frame }) => {
                assert_eq!(self.conns.get(&conn.shard().get()), Some(&conn), "sent to a stranger");
                format!("send {conn} {}", frame.as_str())
            }
            Output::Action(Action::Disconnect { conn, code }) => {
                assert_eq!(self.conns.remove(&conn.shard().get()), Some(conn), "a stranger hung up on");
                format!("disconnect {conn} {code}")
            }
            Output::Event(event) => self.show(event),
        }
    }

    fn show(&mut self, event: Event) -> String {
        match event {
            Event::Moved { shard, to, why, next_try: None } => format!("{shard} is {to}: {why}"),
            Event::Moved { shard, to, why, next_try: Some(_) } => {
                format!("{shard} is {to} for a while: {why}")
            }
            Event::Ready(ready) => format!("{} ready {}", ready.shard, ready.session.id),
            Event::Resumed { shard, replayed } => format!("{shard} resumed, {replayed} replayed"),
            Event::Dispatch(dispatch) => {
                format!("{} event {}", dispatch.shard(), dispatch.seq().unwrap_or(0))
            }
            Event::Reply(reply) => {
                assert!(self.replies_seen.insert(reply.id()), "{} answered twice", reply.id());
                let result = match &reply.result {
                    Ok(outcome) => format!("ok {}", outcome.status),
                    Err(CallError::Api(error)) => format!("refused {}", error.number()),
                    Err(error) => format!("{error:?}"),
                };
                format!("reply {} after {}: {result}", reply.id(), reply.attempts())
            }
            Event::Fault(fault) => format!("fault: {fault}"),
            Event::Halted { shard, reason } => format!("{shard} halted: {reason}"),
            Event::IdentifySlotWanted { shard } => format!("{shard} wants a slot"),
            Event::Stopped => "stopped".to_string(),
        }
    }

    fn handle(&mut self, input: Input) -> Vec<String> {
        if self.way == Way::Long {
            self.look_everywhere();
        }
        self.client.handle(at(self.now), input);
        self.drain()
    }

    /// Serves the next deadline.
    fn wake(&mut self) -> Vec<String> {
        let deadline = self.client.next_deadline().expect("something to wait for");
        let millis = deadline.at.since_start().as_nanos().div_ceil(1_000_000);
        self.now = u64::try_from(millis).unwrap();
        self.handle(Input::Tick)
    }

    /// Serves all deadlines up to then.
    fn run_until(&mut self, now: u64) -> Vec<String> {
        let mut lines = Vec::new();
        while self.client.next_deadline().is_some_and(|deadline| deadline.at <= at(now)) {
            lines.extend(self.wake());
        }
        self.now = now;
        lines.extend(self.handle(Input::Tick));
        lines
    }

    /// The exchange under way whose URL ends like this.
    fn exchange(&self, path: &str) -> HttpId {
        let found = self.exchanges.iter().find(|(_, request)| request.url.ends_with(path));
        *found.unwrap_or_else(|| panic!("no {path} among {:?}", self.exchanges)).0
    }

    fn answer(&mut self, path: &str, status: u16, body: &str) -> Vec<String> {
        let id = self.exchange(path);
        self.exchanges.remove(&id);
        self.handle(Input::Http { id, result: Ok(HttpResponse::new(status, body.to_string())) })
    }

    fn fail_exchange(&mut self, path: &str, error: TransportError) -> Vec<String> {
        let id = self.exchange(path);
        self.exchanges.remove(&id);
        self.handle(Input::Http { id, result: Err(error) })
    }

    fn token(&mut self, value: &str) -> Vec<String> {
        self.hide(&format!("{value}-token"));
        self.answer(TOKEN, 200, &format!(r#"{{"access_token":"{value}-token","expires_in":"7200"}}"#))
    }

    fn gateway(&mut self, body: &str) -> Vec<String> {
        self.answer("/gateway/bot", 200, body)
    }

    fn signal(&mut self, shard: u32, signal: Signal) -> Vec<String> {
        let conn = *self.conns.get(&shard).unwrap_or_else(|| panic!("shard {shard} has no connection"));
        if matches!(signal, Signal::Closed { .. } | Signal::Failed(_)) {
            self.conns.remove(&shard);
        }
        self.handle(Input::Conn { conn, signal })
    }

    fn frame(&mut self, shard: u32, json: &str) -> Vec<String> {
        self.signal(shard, Signal::Text(Bytes::copy_from_slice(json.as_bytes())))
    }

    fn open(&mut self, shard: u32) -> Vec<String> {
        self.signal(shard, Signal::Opened)
    }

    fn hello(&mut self, shard: u32) -> Vec<String> {
        self.frame(shard, r#"{"op":10,"d":{"heartbeat_interval":40000}}"#)
    }

    fn ready(&mut self, shard: u32) -> Vec<String> {
        let frame = format!(
            r#"{{"op":0,"s":1,"t":"READY","d":{{"session_id":"S{shard}","user":{{"id":"77","username":"bot"}}}}}}"#
        );
        self.frame(shard, &frame)
    }

    fn event(&mut self, shard: u32, seq: u64) -> Vec<String> {
        self.frame(shard, &format!(r#"{{"op":0,"s":{seq},"t":"X","id":"X:{shard}:{seq}","d":{{}}}}"#))
    }

    fn close(&mut self, shard: u32, code: u16) -> Vec<String> {
        self.signal(shard, Signal::Closed { code: Some(code) })
    }

    fn fail(&mut self, shard: u32) -> Vec<String> {
        self.signal(shard, Signal::Failed(TransportError::Connect))
    }

    fn phase(&self, shard: u32) -> PhaseName {
        let found = self.client.shards().find(|view| view.index().get() == shard);
        found.unwrap_or_else(|| panic!("no shard {shard}")).phase()
    }

    fn phases(&self) -> Vec<PhaseName> {
        self.client.shards().map(|view| view.phase()).collect()
    }

    fn stop(&mut self, how: Leave) -> Vec<String> {
        self.client.stop(at(self.now), how);
        self.drain()
    }

    fn restart(&mut self, shard: u32, how: Restart) -> Vec<String> {
        self.client.restart(at(self.now), ShardIndex::new(shard), how);
        self.drain()
    }
}

const TOKEN: &str = "/app/getAppAccessToken";

/// Discovery without limits.
const FREE: &str = r#"{"url":"wss://gw"}"#;

/// Discovery with limits.
fn limits(shards: u32, remaining: u32, reset_after: u64, max_concurrency: u32) -> String {
    format!(
        r#"{{"url":"wss://gw","shards":{shards},"session_start_limit":{{"total":1000,"remaining":{remaining},"reset_after":{reset_after},"max_concurrency":{max_concurrency}}}}}"#
    )
}

/// How many lines have this in them.
fn count(lines: &[String], part: &str) -> usize {
    lines.iter().filter(|line| line.contains(part)).count()
}

fn has(lines: &[String], part: &str) -> bool {
    count(lines, part) > 0
}

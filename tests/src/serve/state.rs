//! What is behind the one lock, and how effects of the platform reach sockets.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::platform::{Effect, Platform};

use super::outbox::{Ending, Outbox, reset};

/// The platform's side of one WebSocket.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) outbox: Outbox,
    pub(crate) stream: Arc<TcpStream>,
    /// The answer to the upgrade, which waits for the platform to accept.
    pub(crate) welcome: Vec<u8>,
}

/// What became of an HTTP request.
#[derive(Debug)]
pub(crate) enum Answer {
    Reply { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    Dropped,
}

/// A fault that waits for HTTP answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HttpPace {
    Trickle(Duration),
    CutAfter(usize),
}

/// Whether the port takes connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    Closed,
}

/// Everything behind the one lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) platform: Platform,
    pub(crate) numbers: u64,
    pub(crate) ports: BTreeMap<u64, Arc<Port>>,
    pub(crate) exchanges: BTreeMap<u64, Sender<Answer>>,
    pub(crate) sockets: BTreeMap<u64, Weak<TcpStream>>,
    pub(crate) threads: Vec<JoinHandle<()>>,
    pub(crate) http_paces: Vec<(u32, HttpPace)>,
    pub(crate) hang_connections: u32,
    pub(crate) refuse_until: Option<Instant>,
    pub(crate) port: Door,
    /// What the thread that serves deadlines sleeps for.
    pub(crate) alarm: Option<Duration>,
    pub(crate) stopping: bool,
}

impl State {
    pub(crate) fn new(platform: Platform) -> Self {
        Self {
            platform,
            numbers: 0,
            ports: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            sockets: BTreeMap::new(),
            threads: Vec::new(),
            http_paces: Vec::new(),
            hang_connections: 0,
            refuse_until: None,
            port: Door::Open,
            alarm: None,
            stopping: false,
        }
    }

    /// A number for a link, an exchange or a socket; none is used twice.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(crate) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Http { exchange, status, headers, body } => {
                self.answer(exchange, Answer::Reply { status, headers, body });
            }
            Effect::DropHttp { exchange } => self.answer(exchange, Answer::Dropped),
            Effect::Accepted { link } => self.at(link, |port| port.outbox.put(&port.welcome)),
            Effect::RefusedDial { link } => self.at(link, |port| {
                port.outbox.end(Ending::Reset);
                reset(&port.stream);
            }),
            Effect::Text { link, bytes } => self.at(link, |port| {
                port.outbox.put_frame(Frame::message(bytes, OpCode::Data(Data::Text), true));
            }),
            Effect::Binary { link, bytes } => self.at(link, |port| {
                port.outbox.put_frame(Frame::message(bytes, OpCode::Data(Data::Binary), true));
            }),
            Effect::Close { link, code, reason } => self.at(link, |port| {
                let close = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
                port.outbox.put_frame(Frame::close(Some(close)));
                port.outbox.end(Ending::HalfClosed);
            }),
            Effect::Cut { link } => self.at(link, |port| port.outbox.end(Ending::Closed)),
        }
    }

    fn at(&self, link: u64, act: impl FnOnce(&Port)) {
        if let Some(port) = self.ports.get(&link) {
            act(port);
        }
    }

    fn answer(&mut self, exchange: u64, answer: Answer) {
        if let Some(waiting) = self.exchanges.remove(&exchange) {
            // Nobody waits if the bot has gone.
            let _ = waiting.send(answer);
        }
    }

    pub(crate) fn port_of(&self, shard: u32) -> Option<Arc<Port>> {
        let links = self.platform.links();
        let link = links.iter().rev().find(|view| view.shard.is_some_and(|pair| pair.0 == shard))?;
        self.ports.get(&link.link).cloned()
    }
}

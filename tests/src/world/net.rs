//! The way between clients and platform: delays, order, losses.

use std::collections::VecDeque;
use std::time::Duration;

use qq_proto::{
    Action, ConnId, Frame, HttpId, HttpRequest, HttpResponse, Input, Output, Signal, TRACE_ID_HEADER,
    TransportError,
};

use super::{Address, Happening, World};
use crate::platform::{Effect, Outcome, Request};

/// One-way delays. They differ by less than what the core adds between identifies.
const DELAYS: [u64; 8] = [20, 5, 10, 35, 60, 110, 180, 250];

/// A connection, as the network sees it.
#[expect(clippy::struct_excessive_bools, reason = "four facts about two ends, each of which may hold alone")]
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) at: Address,
    pub(super) conn: ConnId,
    pub(super) opened: bool,
    /// The bot's end has heard of the end, or has ended it itself.
    pub(super) over: bool,
    pub(super) loses_to_bot: bool,
    pub(super) loses_to_server: bool,
    /// The order within a connection is kept: nothing arrives before these.
    pub(super) to_bot: Duration,
    pub(super) to_server: Duration,
    /// What has arrived and is not read.
    pub(super) held: VecDeque<Input>,
}

/// An HTTP exchange.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) at: Address,
    pub(super) id: HttpId,
    pub(super) lose_reply: bool,
}

impl World<'_> {
    pub(super) fn delay(&mut self) -> Duration {
        let count = u32::try_from(DELAYS.len()).unwrap_or(1);
        let at = usize::try_from(self.pick("delay", count)).unwrap_or(0);
        Duration::from_millis(DELAYS.get(at).copied().unwrap_or(20))
    }

    /// Whether a fault that strikes single messages strikes now.
    pub(super) fn unlucky(&mut self, on: bool, what: &'static str, n: u32) -> u32 {
        if on && !self.calm { self.pick(what, n) } else { 0 }
    }

    /// Carries out what a client wants.
    pub(super) fn perform(&mut self, at: Address, output: Output) {
        match output {
            Output::Action(action) => {
                match self.unlucky(self.plan.host, "duty", 40) {
                    1 => return self.note(format!("embedder {} loses an action", at.client)),
                    2 => {
                        self.note(format!("embedder {} repeats an action", at.client));
                        if let Some(copy) = copy(&action) {
                            self.act(at, copy);
                        }
                    }
                    _ => {}
                }
                self.act(at, action);
            }
            Output::Event(event) => self.news(at, event),
        }
    }

    fn act(&mut self, at: Address, action: Action) {
        match action {
            Action::Http { id, request } => self.exchange(at, id, request),
            Action::Connect { conn, timeout, .. } => self.connect(at, conn, timeout),
            Action::Send { conn, frame } => self.send(at, conn, &frame),
            Action::Disconnect { conn, code } => self.hang_up(at, conn, Some(code)),
        }
    }

    fn exchange(&mut self, at: Address, id: HttpId, request: HttpRequest) {
        let number = self.number();
        let timeout = self.now + request.timeout;
        let fate = match self.unlucky(self.plan.network, "http", 40) {
            0 if self.lose_http.0 > 0 => {
                self.lose_http.0 -= 1;
                if self.lose_http.1 { 2 } else { 1 }
            }
            fate => fate,
        };
        self.exchanges.insert(number, Exchange { at, id, lose_reply: fate == 2 });
        self.schedule(timeout, Happening::HttpTimeout { exchange: number });
        if fate == 1 {
            return self.note(format!("network loses HTTP request {id}"));
        }
        let path = path(&request.url);
        let headers = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request = Request::Http {
            exchange: number,
            method: request.method.as_str().to_owned(),
            path,
            headers,
            body: request.body.into_bytes(),
        };
        let due = self.now + self.delay();
        self.schedule(due, Happening::ToServer(request));
    }

    pub(super) fn http_timeout(&mut self, number: u64) {
        let Some(exchange) = self.exchanges.remove(&number) else {
            return;
        };
        self.server(Request::Abandon { exchange: number });
        let input = Input::Http { id: exchange.id, result: Err(TransportError::Timeout) };
        self.feed(exchange.at, input);
    }

    fn connect(&mut self, at: Address, conn: ConnId, timeout: Duration) {
        let number = self.number();
        let link = Link {
            at,
            conn,
            opened: false,
            over: false,
            loses_to_bot: false,
            loses_to_server: false,
            to_bot: Duration::ZERO,
            to_server: Duration::ZERO,
            held: VecDeque::new(),
        };
        self.links.insert(number, link);
        self.by_conn.insert((at.client, at.life, conn), number);
        let fate = match self.unlucky(self.plan.network, "dial", 24) {
            0 if self.lose_dials.0 > 0 => {
                self.lose_dials.0 -= 1;
                if self.lose_dials.1 { 1 } else { 2 }
            }
            fate => fate,
        };
        let failed = |error| Input::Conn { conn, signal: Signal::Failed(error) };
        match fate {
            1 => {
                self.note(format!("network fails dial {conn}"));
                let due = self.now + self.delay();
                let input = failed(TransportError::Connect);
                self.schedule(due, Happening::ToBot { at, input, link: Some(number) });
            }
            2 => self.note(format!("network swallows dial {conn}")),
            _ => self.towards_server(number, Request::Dial { link: number }),
        }
        // The embedder's own timeout; ignored if the dial has come to something before.
        let input = failed(TransportError::Timeout);
        self.schedule(self.now + timeout, Happening::ToBot { at, input, link: Some(number) });
    }

    fn send(&mut self, at: Address, conn: ConnId, frame: &Frame) {
        let Some(&number) = self.by_conn.get(&(at.client, at.life, conn)) else {
            return;
        };
        if self.links.get(&number).is_none_or(|link| link.over) {
            return;
        }
        let text = bytes::Bytes::copy_from_slice(frame.as_str().as_bytes());
        self.towards_server(number, Request::Text { link: number, text });
    }

    /// The bot's end is closed; `code` goes out in a close frame.
    pub(super) fn hang_up(&mut self, at: Address, conn: ConnId, code: Option<u16>) {
        let Some(&number) = self.by_conn.get(&(at.client, at.life, conn)) else {
            return;
        };
        if let Some(link) = self.links.get_mut(&number) {
            link.over = true;
        }
        self.towards_server(number, Request::HangUp { link: number, code });
    }

    /// Puts something of the bot's on its way, behind what is on the same connection already.
    fn towards_server(&mut self, number: u64, request: Request) {
        let delay = self.delay();
        let due = self.now + delay;
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if link.loses_to_server {
            return;
        }
        link.to_server = link.to_server.max(due);
        let due = link.to_server;
        self.schedule(due, Happening::ToServer(request));
    }

    /// Something of the bot's arrives.
    pub(super) fn server(&mut self, request: Request) {
        let link = match &request {
            Request::Dial { link }
            | Request::Text { link, .. }
            | Request::Binary { link, .. }
            | Request::HangUp { link, .. } => Some(*link),
            Request::Http { .. } | Request::Abandon { .. } => None,
        };
        if link.and_then(|link| self.links.get(&link)).is_some_and(|link| link.loses_to_server) {
            return;
        }
        let handshakes = self.platform.attempts().len();
        let dial = matches!(request, Request::Dial { .. });
        let http = matches!(request, Request::Http { .. });
        self.platform.handle(self.now, request);
        let attempts = self.platform.attempts().get(handshakes..).unwrap_or_default();
        let failed = attempts.iter().any(|attempt| attempt.outcome == Outcome::Failed);
        let joined = !attempts.is_empty();
        let (mut greeted, mut answered) = (!dial, !http);
        let mut ended = false;
        let mut effects = Vec::new();
        while let Some(effect) = self.platform.poll_effect() {
            match &effect {
                Effect::Text { link, bytes } => {
                    greeted = true;
                    // What to make of an interval that makes no sense is for the bot to decide.
                    let usual = ["30000}", "20000}"];
                    let text = std::str::from_utf8(bytes).unwrap_or_default();
                    if dial && !usual.iter().any(|interval| text.contains(interval)) {
                        self.ledger.disturbed.insert(*link);
                    }
                }
                Effect::Http { status, body, .. } => {
                    let ordered = body.windows(7).any(|part| part == b"ordered" || part == b"never-i");
                    answered = *status == 200 && !ordered;
                }
                Effect::Close { reason, .. } => ended |= *reason == "ordered",
                Effect::RefusedDial { .. } | Effect::DropHttp { .. } | Effect::Cut { .. } => ended = true,
                Effect::Accepted { .. } | Effect::Binary { .. } => {}
            }
            effects.push(effect);
        }
        let silenced = joined && self.platform.links().iter().any(|link| link.silent);
        if failed || ended || !greeted || !answered || silenced {
            self.misdeed = self.now;
        }
        for effect in effects {
            self.effect(effect);
        }
    }

    /// Carries out what the platform does.
    pub(super) fn effects(&mut self) {
        while let Some(effect) = self.platform.poll_effect() {
            self.effect(effect);
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Http { exchange, status, headers, body } => {
                let trace = headers
                    .into_iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(TRACE_ID_HEADER))
                    .map(|(_, value)| value);
                let response = HttpResponse::new(status, body).with_trace_id(trace);
                self.reply(exchange, Ok(response));
            }
            Effect::DropHttp { exchange } => self.reply(exchange, Err(TransportError::Broken)),
            Effect::Accepted { link } => self.towards_bot(link, Signal::Opened),
            Effect::RefusedDial { link } => self.towards_bot(link, Signal::Failed(TransportError::Connect)),
            // The core checks for UTF-8 where it reads, so both kinds go in the same way.
            Effect::Text { link, bytes } | Effect::Binary { link, bytes } => {
                self.towards_bot(link, Signal::Text(bytes));
            }
            Effect::Close { link, code, .. } => self.towards_bot(link, Signal::Closed { code: Some(code) }),
            Effect::Cut { link } => self.towards_bot(link, Signal::Closed { code: None }),
        }
    }

    fn reply(&mut self, number: u64, result: Result<HttpResponse, TransportError>) {
        let delay = self.delay();
        let Some(exchange) = self.exchanges.get(&number) else {
            return;
        };
        if exchange.lose_reply {
            let id = exchange.id;
            return self.note(format!("network loses the reply to HTTP request {id}"));
        }
        let input = Input::Http { id: exchange.id, result };
        let at = exchange.at;
        self.exchanges.remove(&number);
        self.schedule(self.now + delay, Happening::ToBot { at, input, link: None });
    }

    /// Puts a word of the server's on its way, behind what is on the same connection already.
    pub(super) fn towards_bot(&mut self, number: u64, signal: Signal) {
        let delay = self.delay();
        let due = self.now + delay;
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if link.loses_to_bot {
            return;
        }
        link.to_bot = link.to_bot.max(due);
        let (at, due) = (link.at, link.to_bot);
        let input = Input::Conn { conn: link.conn, signal };
        self.schedule(due, Happening::ToBot { at, input, link: Some(number) });
    }

    /// Something arrives at a client. Late words of connections that the client has given up arrive as well.
    pub(super) fn arrive(&mut self, at: Address, input: Input, number: Option<u64>) {
        let now = self.now;
        let paused = self.alive(at).is_some_and(|process| process.paused_until > now);
        if let Some(number) = number {
            let Some(link) = self.links.get_mut(&number) else {
                return;
            };
            // A socket that is not read keeps what it has until it is.
            if paused || !link.held.is_empty() {
                link.held.push_back(input);
                return;
            }
            match &input {
                Input::Conn { signal: Signal::Failed(TransportError::Timeout), .. }
                    if link.opened || link.over =>
                {
                    return;
                }
                Input::Conn {
                    signal: Signal::Failed(TransportError::Timeout | TransportError::Connect),
                    ..
                } => link.over = true,
                _ if link.loses_to_bot => return,
                Input::Conn { signal: Signal::Opened, .. } => link.opened = true,
                Input::Conn { signal: Signal::Closed { .. } | Signal::Failed(_), .. } => link.over = true,
                Input::Conn { .. } | Input::Http { .. } | Input::Tick | Input::IdentifySlot { .. } => {}
            }
        }
        self.feed(at, input);
    }
}

/// The same action once more, for an embedder that repeats itself.
fn copy(action: &Action) -> Option<Action> {
    Some(match action {
        Action::Http { id, request } => Action::Http { id: *id, request: request.clone() },
        Action::Send { conn, frame } => Action::Send { conn: *conn, frame: frame.clone() },
        Action::Disconnect { conn, code } => Action::Disconnect { conn: *conn, code: *code },
        Action::Connect { .. } => return None,
    })
}

/// The path of a URL, with its query.
pub(super) fn path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned()
}

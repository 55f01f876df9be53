//! What all threads share: the platform, and who waits for what it does.

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::platform::{Effect, Platform, PlatformConfig, Request};

use super::fault::SocketFault;
use super::listener;
use super::outbox::{Ending, Outbox, Pace, reset};

/// How long the thread that serves deadlines sleeps when there are none.
const IDLE: Duration = Duration::from_secs(3600);

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

/// Everything behind the one lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) platform: Platform,
    numbers: u64,
    pub(crate) ports: BTreeMap<u64, Arc<Port>>,
    exchanges: BTreeMap<u64, Sender<Answer>>,
    sockets: BTreeMap<u64, Weak<TcpStream>>,
    pub(crate) threads: Vec<JoinHandle<()>>,
    pub(crate) http_paces: Vec<(u32, HttpPace)>,
    pub(crate) hang_connections: u32,
    pub(crate) refuse_until: Option<Instant>,
    /// What the thread that serves deadlines sleeps for.
    alarm: Option<Duration>,
    pub(crate) stopping: bool,
}

impl State {
    /// A number for a link, an exchange or a socket; none is used twice.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn carry_out(&mut self, effect: Effect) {
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

    fn port_of(&self, shard: u32) -> Option<Arc<Port>> {
        let links = self.platform.links();
        let link = links.iter().rev().find(|view| view.shard.is_some_and(|pair| pair.0 == shard))?;
        self.ports.get(&link.link).cloned()
    }
}

/// What all threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Something happened.
    changed: Condvar,
    /// The next deadline is another one.
    alarm: Condvar,
    started: Instant,
    address: SocketAddr,
    config: PlatformConfig,
}

impl Shared {
    pub(crate) fn new(address: SocketAddr, config: PlatformConfig) -> Self {
        let state = State {
            platform: Platform::new(config.clone()),
            numbers: 0,
            ports: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            sockets: BTreeMap::new(),
            threads: Vec::new(),
            http_paces: Vec::new(),
            hang_connections: 0,
            refuse_until: None,
            alarm: None,
            stopping: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            alarm: Condvar::new(),
            started: Instant::now(),
            address,
            config,
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The state without the duty to carry out effects.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the platform must not take the server's threads along.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock(&self) -> Locked<'_> {
        Locked { shared: self, state: self.state() }
    }

    /// Hands a request to the platform and carries out what it does.
    pub(crate) fn handle(&self, request: Request) {
        let mut locked = self.lock();
        let now = self.now();
        locked.state.platform.handle(now, request);
    }

    /// The same for an HTTP request whose answer is waited for.
    pub(crate) fn exchange(&self, waiting: Sender<Answer>, request: impl FnOnce(u64) -> Request) -> u64 {
        let mut locked = self.lock();
        let number = locked.state.number();
        locked.state.exchanges.insert(number, waiting);
        let now = self.now();
        locked.state.platform.handle(now, request(number));
        number
    }

    pub(crate) fn abandon(&self, exchange: u64) {
        self.state().exchanges.remove(&exchange);
        self.handle(Request::Abandon { exchange });
    }

    /// Announces a WebSocket to the platform.
    pub(crate) fn dial(&self, port: &Arc<Port>) -> u64 {
        let mut locked = self.lock();
        let link = locked.state.number();
        locked.state.ports.insert(link, Arc::clone(port));
        let now = self.now();
        locked.state.platform.handle(now, Request::Dial { link });
        link
    }

    /// Forgets a WebSocket after the platform was told.
    pub(crate) fn hang_up(&self, link: u64, code: Option<u16>) {
        self.handle(Request::HangUp { link, code });
        self.state().ports.remove(&link);
    }

    /// Everything starts anew; connections are cut.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        for port in state.ports.values() {
            port.outbox.end(Ending::Closed);
        }
        state.platform = Platform::new(self.config.clone());
        state.http_paces.clear();
        state.hang_connections = 0;
        drop(state);
        self.changed.notify_all();
        self.alarm.notify_all();
    }

    pub(crate) fn fault(&self, fault: &SocketFault) -> bool {
        let mut state = self.state();
        let paced = |shard: u32, pace: Pace| match state.port_of(shard) {
            Some(port) => {
                port.outbox.pace(pace);
                true
            }
            None => false,
        };
        match *fault {
            SocketFault::Trickle { shard, bytes, pause_micros } => {
                let pause = Duration::from_micros(pause_micros);
                return paced(shard, Pace::Trickle { bytes, pause });
            }
            SocketFault::CutAfter { shard, bytes } => return paced(shard, Pace::CutAfter { bytes }),
            SocketFault::Stall { shard, millis } => {
                let until = Instant::now() + Duration::from_millis(millis);
                return paced(shard, Pace::Stall { until });
            }
            SocketFault::Reset { shard } => {
                let Some(port) = state.port_of(shard) else {
                    return false;
                };
                port.outbox.end(Ending::Reset);
                reset(&port.stream);
            }
            SocketFault::RefuseConnections { millis } => {
                state.refuse_until = Some(Instant::now() + Duration::from_millis(millis));
                drop(state);
                listener::wake(self.address);
            }
            SocketFault::HangConnections { count } => state.hang_connections = count,
            SocketFault::TrickleHttp { answers, pause_micros } => {
                let pause = HttpPace::Trickle(Duration::from_micros(pause_micros));
                state.http_paces.push((answers, pause));
            }
            SocketFault::CutHttp { answers, bytes } => {
                state.http_paces.push((answers, HttpPace::CutAfter(bytes)));
            }
        }
        true
    }

    pub(crate) fn next_http_pace(&self) -> Option<HttpPace> {
        let mut state = self.state();
        let row = state.http_paces.first_mut()?;
        row.0 = row.0.saturating_sub(1);
        let pace = row.1;
        state.http_paces.retain(|row| row.0 > 0);
        Some(pace)
    }

    pub(crate) fn wait_for(&self, at_most: Duration, condition: impl Fn(&Platform) -> bool) -> bool {
        let state = self.state();
        let waits = |state: &mut State| !state.stopping && !condition(&state.platform);
        let (state, _) =
            self.changed.wait_timeout_while(state, at_most, waits).unwrap_or_else(PoisonError::into_inner);
        condition(&state.platform)
    }

    /// Waits until the port may be open again; at once if the server stops.
    pub(crate) fn wait_until(&self, moment: Instant) {
        let left = moment.saturating_duration_since(Instant::now());
        let waits = |state: &mut State| !state.stopping;
        drop(self.changed.wait_timeout_while(self.state(), left, waits));
    }

    /// Ticks the platform whenever something is due. Runs on a thread of its own.
    pub(crate) fn serve_deadlines(&self) {
        loop {
            let mut locked = self.lock();
            if locked.state.stopping {
                return;
            }
            let now = self.now();
            locked.state.platform.tick(now);
            drop(locked);
            let mut state = self.state();
            let alarm = state.platform.next_deadline();
            state.alarm = alarm;
            let sleep = alarm.map_or(IDLE, |due| due.saturating_sub(self.now()));
            let waits = |state: &mut State| !state.stopping && state.alarm == alarm;
            drop(self.alarm.wait_timeout_while(state, sleep, waits));
        }
    }

    /// Registers a socket, so that stopping can end it.
    pub(crate) fn enter(&self, stream: &Arc<TcpStream>) -> Option<u64> {
        let mut state = self.state();
        if state.stopping {
            return None;
        }
        let number = state.number();
        state.sockets.insert(number, Arc::downgrade(stream));
        Some(number)
    }

    pub(crate) fn leave(&self, socket: u64) {
        self.state().sockets.remove(&socket);
    }

    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        for stream in state.sockets.values().filter_map(Weak::upgrade) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for port in state.ports.values() {
            port.outbox.end(Ending::Closed);
        }
        drop(state);
        self.changed.notify_all();
        self.alarm.notify_all();
    }

    pub(crate) fn join_connections(&self) {
        loop {
            let threads = std::mem::take(&mut self.state().threads);
            if threads.is_empty() {
                return;
            }
            for thread in threads {
                let _ = thread.join();
            }
        }
    }
}

/// The platform, held. What it did is carried out when this is dropped.
#[derive(Debug)]
pub struct Locked<'a> {
    shared: &'a Shared,
    state: MutexGuard<'a, State>,
}

impl Locked<'_> {
    /// The time on the server's clock, for methods of the platform that want it.
    pub fn now(&self) -> Duration {
        self.shared.now()
    }
}

impl Deref for Locked<'_> {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.state.platform
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Platform {
        &mut self.state.platform
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        while let Some(effect) = self.state.platform.poll_effect() {
            self.state.carry_out(effect);
        }
        let next = self.state.platform.next_deadline();
        if next.is_some_and(|next| self.state.alarm.is_none_or(|alarm| next < alarm)) {
            self.state.alarm = next;
            self.shared.alarm.notify_all();
        }
        self.shared.changed.notify_all();
    }
}

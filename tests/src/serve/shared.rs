//! What all threads share: the platform, and who waits for what it does.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::platform::{Platform, PlatformConfig, Posted, Request};

use super::fault::SocketFault;
use super::listener;
use super::outbox::{Ending, Pace, reset};
use super::state::{Answer, Door, HttpPace, Port, State};

/// How long the thread that serves deadlines sleeps when there are none.
const IDLE: Duration = Duration::from_secs(3600);

/// More than the listener needs to look up, even on a busy machine.
const MOMENT: Duration = Duration::from_secs(5);

/// What all threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Something happened.
    pub(crate) changed: Condvar,
    /// The next deadline is another one.
    alarm: Condvar,
    started: Instant,
    address: SocketAddr,
    config: PlatformConfig,
}

impl Shared {
    pub(crate) fn new(address: SocketAddr, config: PlatformConfig) -> Self {
        Self {
            state: Mutex::new(State::new(Platform::new(config.clone()))),
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

    /// A callback was answered, or nothing came of it.
    pub(crate) fn posted(&self, number: u64, answer: Option<&Posted>) {
        let mut locked = self.lock();
        let now = self.now();
        locked.state.platform.posted(now, number, answer);
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
                // Whoever connects after this call is refused; the listener needs only a moment.
                let waits = |state: &mut State| !state.stopping && state.port == Door::Open;
                drop(self.changed.wait_timeout_while(self.state(), MOMENT, waits));
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

    /// Says whether the port takes connections.
    pub(crate) fn set_door(&self, door: Door) {
        self.state().port = door;
        self.changed.notify_all();
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

//! One thread drives the core: it tells it what happened, carries out what it decides, and sleeps until its deadline.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use qq_proto::{
    Action, Client, Config, ConnId, Dispatch, Event, Halt, HttpId, HttpResponse, Input, Output, ShardIndex,
    Shards, Signal, TransportError,
};
use rustls::ClientConfig;

use crate::clock::Clock;
use crate::error::{StartError, WebhookError};
use crate::events::Queue;
use crate::gate::Gate;
use crate::http::Http;
use crate::lock;
use crate::notices::Notices;
use crate::options::{Notice, Options};
use crate::proxy::Proxy;
use crate::shared::{Core, Shared};
use crate::socket::{Dial, Socket};
use crate::tls;
use crate::webhook::{Bound, Desk, Hook, Server};

/// The most messages that are taken in before what follows from them is carried out.
const AT_ONCE: usize = 64;

/// What wakes the driver.
pub(crate) enum Woken {
    /// Something happened on a connection.
    Link {
        conn: ConnId,
        batch: Vec<Signal>,
        /// How many of the signals took a permit of the gate.
        permits: usize,
    },
    /// An exchange has ended.
    Http { id: HttpId, result: Result<HttpResponse, TransportError> },
    /// Somebody has used the core.
    Used,
}

/// The outcome of a start.
pub(crate) type Started = Result<(), StartError>;

/// Starts the threads of a bot. With `started`, its outcome is told there, and events may pile up until then: nobody
/// takes them, and a full queue would keep the last shard from being ready.
pub(crate) fn launch(
    mut config: Config,
    options: Options,
    started: Option<SyncSender<Started>>,
) -> Result<Arc<Shared>, StartError> {
    if config.seed == 0 {
        config.seed = entropy();
    }
    let clock = Clock::new();
    let app_id = config.app_id.clone();
    let largest = config.limits.frame_bytes;
    let sessions = config.sessions.clone();
    let settings = options.webhook.as_ref().map(|webhook| webhook.settings(&config));
    let client = Client::new(config, clock.now())?;
    let desk = settings.map(Desk::new).transpose().map_err(WebhookError::from)?.map(Arc::new);
    let bound = options.webhook.map(Bound::new).transpose()?;
    let hook = desk.zip(bound.as_ref().map(|bound| Arc::clone(bound.door())));
    let capacity = options.capacity.max(1);
    let gate = Arc::new(Gate::new(if started.is_some() { usize::MAX } else { capacity }));
    let no_thread = |error: std::io::Error| StartError::NoThread(error.kind());
    let (sender, inbox) = mpsc::channel();
    let (notices, teller) = Notices::new(app_id.clone(), options.tell).map_err(no_thread)?;
    let shared = Arc::new(Shared {
        app_id,
        capacity,
        queue: Arc::new(Queue::new(Arc::clone(&gate), sessions)),
        clock,
        core: Mutex::new(Core { client, waiting: BTreeMap::new(), ended: false }),
        driver: sender.clone(),
        notices: Mutex::new(Some(notices)),
        threads: Mutex::default(),
        teller: Mutex::new(Some(teller)),
        webhook: hook.map(|(desk, door)| Hook { door, desk }),
    });
    let desk = shared.webhook.as_ref().map(|webhook| Arc::clone(&webhook.desk));
    let webhook = bound.zip(desk).map(|(bound, desk)| Server::start(bound, &shared, desk));
    let webhook = webhook.transpose().map_err(no_thread)?;
    let driver = Driver {
        shared: Arc::clone(&shared),
        inbox,
        http: Http::new(options.proxy.clone(), sender.clone()),
        webhook,
        sender,
        proxy: options.proxy,
        tls: tls::config(),
        largest,
        gate,
        sockets: BTreeMap::new(),
        ending: Vec::new(),
        actions: Vec::new(),
        events: Vec::new(),
        started,
        joined: BTreeSet::new(),
    };
    let thread =
        thread::Builder::new().name("qq-driver".into()).spawn(move || driver.run()).map_err(no_thread)?;
    *lock(&shared.threads) = Some(thread);
    Ok(shared)
}

/// A number that nobody can guess twice, from the keys that the system gives to hash maps.
fn entropy() -> u64 {
    RandomState::new().build_hasher().finish() | 1
}

/// What the driver does next.
enum Next {
    Sleep,
    SleepUntil(Instant),
    End,
}

struct Driver {
    shared: Arc<Shared>,
    inbox: Receiver<Woken>,
    sender: Sender<Woken>,
    http: Http,
    webhook: Option<Server>,
    proxy: Option<Proxy>,
    tls: Option<Arc<ClientConfig>>,
    largest: usize,
    gate: Arc<Gate>,
    sockets: BTreeMap<ConnId, Socket>,
    /// Threads of connections that are saying goodbye.
    ending: Vec<JoinHandle<()>>,
    actions: Vec<Action>,
    /// Events on their way into the queue.
    events: Vec<Dispatch>,
    started: Option<SyncSender<Started>>,
    /// Shards that have been ready once.
    joined: BTreeSet<ShardIndex>,
}

impl Driver {
    fn run(mut self) {
        let mut next = self.carry_on(None);
        loop {
            let woken = match next {
                Next::Sleep => self.inbox.recv().ok(),
                Next::SleepUntil(at) => {
                    let longest = at.saturating_duration_since(Instant::now());
                    self.inbox.recv_timeout(longest).ok()
                }
                Next::End => return,
            };
            next = self.carry_on(woken);
        }
    }

    /// Tells the core what happened and carries out what it decides.
    fn carry_on(&mut self, first: Option<Woken>) -> Next {
        let shared = Arc::clone(&self.shared);
        let mut core = lock(&shared.core);
        let mut next = first;
        if next.is_none() {
            core.client.handle(shared.clock.now(), Input::Tick);
        }
        for _ in 0..AT_ONCE {
            let Some(woken) = next.take() else { break };
            self.take_in(&mut core, woken);
            next = self.inbox.try_recv().ok();
        }
        // The last one that was taken out of the inbox must not be lost.
        if let Some(woken) = next {
            self.take_in(&mut core, woken);
        }
        self.drain(&mut core);
        self.watch_start(&core);
        let deadline = core.client.next_deadline();
        let ended = core.ended;
        drop(core);
        self.deliver();
        for action in std::mem::take(&mut self.actions) {
            self.act(action);
        }
        match deadline {
            _ if ended => Next::End,
            Some(deadline) => Next::SleepUntil(shared.clock.to_std(deadline.at)),
            None => Next::Sleep,
        }
    }

    fn take_in(&mut self, core: &mut Core, woken: Woken) {
        let now = self.shared.clock.now();
        match woken {
            Woken::Used => {}
            Woken::Http { id, result } => core.client.handle(now, Input::Http { id, result }),
            Woken::Link { conn, batch, permits } => {
                if matches!(batch.last(), Some(Signal::Closed { .. } | Signal::Failed(_))) {
                    if let Some(socket) = self.sockets.remove(&conn) {
                        self.ending.push(socket.abandon());
                    }
                }
                let before = self.events.len();
                for signal in batch {
                    core.client.handle(now, Input::Conn { conn, signal });
                }
                self.drain(core);
                // A frame that became an event keeps its permit until the application takes the event.
                let delivered = self.events.len().saturating_sub(before);
                self.gate.give(permits.saturating_sub(delivered));
            }
        }
    }

    /// Sorts what the core has decided.
    fn drain(&mut self, core: &mut Core) {
        while let Some(output) = core.client.poll_output() {
            match output {
                Output::Action(action) => self.actions.push(action),
                Output::Event(Event::Dispatch(event)) => self.events.push(event),
                Output::Event(Event::Reply(reply)) => {
                    if let Some(caller) = core.waiting.remove(&reply.id()) {
                        let _ = caller.try_send(reply);
                    }
                }
                Output::Event(Event::Stopped) => {
                    core.ended = true;
                    core.waiting.clear();
                }
                Output::Event(event) => self.news(event),
            }
        }
    }

    fn news(&mut self, event: Event) {
        if let Event::Ready(ready) = &event {
            // Events of the old session come before.
            self.deliver();
            self.shared.queue.ready(ready);
        }
        let Some(notice) = Notice::of(event, self.shared.clock.now()) else {
            return;
        };
        match &notice {
            Notice::Ready(ready) => {
                self.joined.insert(ready.shard);
            }
            Notice::Resumed { shard, .. } => {
                self.joined.insert(*shard);
            }
            Notice::Halted { reason: Halt::Stopped, .. } => self.start_over(Err(StartError::Stopped)),
            &Notice::Halted { shard, reason } => {
                self.start_over(Err(StartError::Halted { shard, reason }));
            }
            Notice::Moved { .. }
            | Notice::Fault(_)
            | Notice::SlotWanted { .. }
            | Notice::Webhook { .. }
            | Notice::HandlerPanicked { .. } => {}
        }
        self.shared.tell(notice);
    }

    /// Looks whether the start is over.
    fn watch_start(&mut self, core: &Core) {
        if self.started.is_none() {
            return;
        }
        let client = &core.client;
        if client.config().shards == Shards::None {
            let token = client.token();
            if token.usable {
                self.start_over(Ok(()));
            } else if let Some(code) = token.refused {
                self.start_over(Err(StartError::Credentials { code }));
            }
            return;
        }
        let mut shards = client.shards().peekable();
        if shards.peek().is_some() && shards.all(|shard| self.joined.contains(&shard.index())) {
            self.start_over(Ok(()));
        }
    }

    fn start_over(&mut self, outcome: Started) {
        if let Some(started) = self.started.take() {
            self.gate.set_limit(self.shared.capacity);
            let _ = started.try_send(outcome);
        }
    }

    fn deliver(&mut self) {
        let unwanted = self.shared.queue.deliver(&mut self.events);
        self.gate.give(unwanted);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Http { id, request } => self.http.begin(id, request),
            Action::Connect { conn, url, timeout } => {
                self.ending.retain(|thread| !thread.is_finished());
                let dial = Dial {
                    conn,
                    url,
                    timeout,
                    proxy: self.proxy.clone(),
                    tls: self.tls.clone(),
                    largest: self.largest,
                    gate: Arc::clone(&self.gate),
                    driver: self.sender.clone(),
                };
                if let Ok(socket) = Socket::open(dial) {
                    self.sockets.insert(conn, socket);
                } else {
                    // No thread, no file descriptor: like a network that is away.
                    let batch = vec![Signal::Failed(TransportError::Connect)];
                    let permits = 0;
                    let _ = self.sender.send(Woken::Link { conn, batch, permits });
                }
            }
            Action::Send { conn, frame } => {
                if let Some(socket) = self.sockets.get(&conn) {
                    socket.send(frame);
                }
            }
            Action::Disconnect { conn, code } => {
                if let Some(socket) = self.sockets.remove(&conn) {
                    self.ending.push(socket.hang_up(code));
                }
            }
        }
    }
}

/// Leaves nothing behind, however the driver ended.
impl Drop for Driver {
    fn drop(&mut self) {
        let mut core = lock(&self.shared.core);
        core.ended = true;
        core.waiting.clear();
        drop(core);
        for socket in std::mem::take(&mut self.sockets).into_values() {
            self.ending.push(socket.abandon());
        }
        self.http.stop();
        // What it has taken is in the queue before that ends.
        drop(self.webhook.take());
        for thread in self.ending.drain(..) {
            let _ = thread.join();
        }
        self.shared.queue.end();
        lock(&self.shared.notices).take();
    }
}

//! The loop: one task that feeds the core and carries out what it decides.
//!
//! It knows nothing of the protocol: inputs go in, actions are carried out, events are handed on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use qq_proto::{
    Action, Client, Config, ConnId, Dispatch, Event, Input, Output, ShardIndex, Shards, Signal, Timestamp,
};
use smol::channel::{Receiver, Sender};
use smol::{Task, Timer, future};
use tracing::Instrument as _;

use crate::clock::Clock;
use crate::error::{StartError, WebhookError};
use crate::events::Events;
use crate::gate::Queue;
use crate::handle::Bot;
use crate::http::{Http, Workers};
use crate::notices::Notices;
use crate::options::{Notice, Options};
use crate::proxy::Proxy;
use crate::shared::{Core, Inbox, Lease, Mail, Shared};
use crate::socket::{self, Dial, Orders};
use crate::webhook::{Bound, Desk, Hook, Server};

/// Letters that are handled before the core's actions are carried out.
const LETTERS: usize = 16;

/// How the start came out; said once.
type Started = Result<(), StartError>;

/// Makes a bot and sets it going.
pub(crate) fn launch(
    mut config: Config,
    options: Options,
) -> Result<(Bot, Events, Receiver<Started>), StartError> {
    if config.seed == 0 {
        // The system's entropy, by the only way to it that `std` has.
        config.seed = RandomState::new().build_hasher().finish();
    }
    let clock = Clock::start();
    let largest = config.limits.frame_bytes;
    let app_id = config.app_id.clone();
    let queue = Arc::new(Queue::new(options.capacity, config.sessions.clone()));
    let settings = options.webhook.as_ref().map(|webhook| webhook.settings(&config));
    let client = Client::new(config, clock.now())?;
    let desk = settings.map(Desk::new).transpose().map_err(WebhookError::from)?.map(Arc::new);
    let bound = options.webhook.map(Bound::new).transpose()?;
    let hook = desk.zip(bound.as_ref().map(|bound| Arc::clone(bound.door())));
    let (sender, mail) = smol::channel::unbounded();
    let (done, until_done) = smol::channel::bounded(1);
    let (starting, started) = smol::channel::bounded(1);
    let shared = Arc::new(Shared {
        app_id,
        queue: Arc::clone(&queue),
        clock,
        core: Mutex::new(Core { client, waiting: HashMap::new(), ended: false }),
        inbox: Inbox(sender),
        poked: AtomicBool::new(false),
        notices: Notices::new(options.tell),
        webhook: hook.map(|(desk, door)| Hook { door, desk }),
    });
    let desk = shared.webhook.as_ref().map(|webhook| Arc::clone(&webhook.desk));
    let webhook = bound.zip(desk).map(|(bound, desk)| Server::start(bound, &shared, desk));
    let span = tracing::info_span!("bot", app_id = shared.app_id);
    let driver = Driver {
        shared: Arc::clone(&shared),
        mail,
        http: Http::new(options.proxy.clone()),
        proxy: options.proxy,
        largest,
        links: BTreeMap::new(),
        leaving: Vec::new(),
        workers: Workers::new(),
        webhook,
        starting: Some(starting),
        up: BTreeSet::new(),
        stopped: false,
    };
    let running = async move {
        driver.run().await;
        drop(done);
    };
    smol::spawn(running.instrument(span)).detach();
    let lease = Arc::new(Lease(Arc::clone(&shared)));
    let events = Events::new(queue, Arc::clone(&lease), options.finish);
    Ok((Bot::new(shared, lease, until_done), events, started))
}

/// A connection that the core has asked for and not given up.
struct Link {
    orders: Arc<Orders>,
    task: Task<()>,
}

struct Driver {
    shared: Arc<Shared>,
    mail: Receiver<Mail>,
    http: Http,
    proxy: Option<Proxy>,
    /// The largest message that is read.
    largest: usize,
    links: BTreeMap<ConnId, Link>,
    /// Connections that say goodbye.
    leaving: Vec<Task<()>>,
    workers: Workers,
    webhook: Option<Server>,
    /// Whom to tell how the start came out, until it has.
    starting: Option<Sender<Started>>,
    /// Shards that were connected once.
    up: BTreeSet<ShardIndex>,
    stopped: bool,
}

/// One turn's work, kept for its memory.
#[derive(Default)]
struct Turn {
    letters: Vec<Mail>,
    outputs: Vec<Output>,
    events: Vec<Dispatch>,
}

impl Driver {
    async fn run(mut self) {
        let mut turn = Turn::default();
        let mut timer = Timer::never();
        let mut armed = None;
        loop {
            let deadline = self.turn(&mut turn);
            if self.stopped {
                return self.leave().await;
            }
            if deadline != armed {
                match deadline.and_then(|at| self.shared.clock.instant(at)) {
                    Some(at) => timer.set_at(at),
                    None => timer = Timer::never(),
                }
                armed = deadline;
            }
            let mail = async { self.mail.recv().await.ok() };
            let time = async {
                (&mut timer).await;
                None
            };
            if let Some(letter) = future::or(mail, time).await {
                turn.letters.push(letter);
                while turn.letters.len() < LETTERS {
                    match self.mail.try_recv() {
                        Ok(letter) => turn.letters.push(letter),
                        Err(_) => break,
                    }
                }
            } else {
                armed = None;
                turn.letters.push(Mail::Input(Input::Tick));
            }
        }
    }

    /// Feeds the core, and carries out what it has decided. Gives its next deadline.
    fn turn(&mut self, turn: &mut Turn) -> Option<Timestamp> {
        let mut room = 0;
        let mut gone = Vec::new();
        let shared = Arc::clone(&self.shared);
        shared.poked.store(false, Ordering::Release);
        let (now, deadline) = shared.locked(|core, now| {
            for letter in turn.letters.drain(..) {
                match letter {
                    Mail::Texts { conn, texts } => {
                        room += texts.len();
                        for text in texts {
                            let signal = Signal::Text(text);
                            core.client.handle(now, Input::Conn { conn, signal });
                        }
                    }
                    Mail::Input(input) => {
                        match &input {
                            Input::Conn { conn, signal: Signal::Closed { .. } | Signal::Failed(_) } => {
                                gone.push(*conn);
                            }
                            Input::Conn { .. }
                            | Input::Http { .. }
                            | Input::Tick
                            | Input::IdentifySlot { .. } => {}
                        }
                        core.client.handle(now, input);
                    }
                    Mail::Poke => {}
                }
            }
            while let Some(output) = core.client.poll_output() {
                if let Output::Event(Event::Reply(reply)) = output {
                    // Nobody waits if the application has dropped the future.
                    if let Some(waiting) = core.waiting.remove(&reply.id()) {
                        let _ = waiting.try_send(reply);
                    }
                } else {
                    turn.outputs.push(output);
                }
            }
            (now, core.client.next_deadline().map(|deadline| deadline.at))
        });
        for conn in gone {
            if let Some(link) = self.links.remove(&conn) {
                self.let_go(link.task);
            }
        }
        for output in turn.outputs.drain(..) {
            match output {
                Output::Action(action) => self.carry_out(action),
                Output::Event(Event::Dispatch(event)) => turn.events.push(event),
                Output::Event(event) => {
                    self.shared.queue.deliver(&mut turn.events);
                    self.on_event(now, event);
                }
            }
        }
        self.shared.queue.deliver(&mut turn.events);
        self.shared.queue.give_back(room);
        self.check_start();
        deadline
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Http { id, request } => {
                let http = self.http.clone();
                let inbox = self.shared.inbox.clone();
                self.workers.spawn(move || {
                    let result = http.exchange(request);
                    inbox.send(Mail::Input(Input::Http { id, result }));
                });
            }
            Action::Connect { conn, url, timeout } => {
                let orders = Arc::new(Orders::default());
                let dial = Dial { conn, url, timeout, largest: self.largest, proxy: self.proxy.clone() };
                let inbox = self.shared.inbox.clone();
                let queue = Arc::clone(&self.shared.queue);
                let task = smol::spawn(socket::serve(dial, Arc::clone(&orders), inbox, queue));
                self.links.insert(conn, Link { orders, task });
            }
            Action::Send { conn, frame } => {
                if let Some(link) = self.links.get(&conn) {
                    link.orders.send(frame);
                }
            }
            Action::Disconnect { conn, code } => {
                if let Some(link) = self.links.remove(&conn) {
                    link.orders.hang_up(code);
                    self.let_go(link.task);
                }
            }
        }
    }

    fn let_go(&mut self, task: Task<()>) {
        self.leaving.retain(|task| !task.is_finished());
        self.leaving.push(task);
    }

    fn on_event(&mut self, now: Timestamp, event: Event) {
        let notice = match event {
            Event::Ready(ready) => {
                self.is_up(ready.shard);
                self.shared.queue.ready(&ready);
                Notice::Ready(ready)
            }
            Event::Resumed { shard, replayed } => {
                self.is_up(shard);
                Notice::Resumed { shard, replayed }
            }
            Event::Moved { shard, to, why, next_try } => {
                Notice::Moved { shard, to, why, next_try: next_try.map(|at| at.since(now)) }
            }
            Event::Fault(fault) => Notice::Fault(fault),
            Event::Halted { shard, reason } => {
                if let Some(starting) = self.starting.take() {
                    let _ = starting.try_send(Err(StartError::Halted { shard, reason }));
                }
                Notice::Halted { shard, reason }
            }
            Event::IdentifySlotWanted { shard } => Notice::SlotWanted { shard },
            Event::Stopped => {
                self.stopped = true;
                return;
            }
            // Both have been dealt with before; news of a later core is for a later adapter.
            Event::Dispatch(_) | Event::Reply(_) | _ => return,
        };
        self.shared.tell(&notice);
    }

    fn is_up(&mut self, shard: ShardIndex) {
        self.up.insert(shard);
        let newest = self.links.iter().rev().find(|(conn, _)| conn.shard() == shard);
        if let Some((_, link)) = newest {
            link.orders.set_live();
        }
    }

    /// Says that the start is complete when it is.
    fn check_start(&mut self) {
        let Some(starting) = &self.starting else {
            return;
        };
        let up = &self.up;
        let outcome = self.shared.locked(|core, _| {
            if core.client.config().shards == Shards::None {
                let refused = core.client.token().refused;
                let refused = refused.map(|code| Err(StartError::Credentials { code }));
                return refused.or_else(|| core.client.can_send().then_some(Ok(())));
            }
            let mut shards = core.client.shards().peekable();
            let complete = shards.peek().is_some() && shards.all(|shard| up.contains(&shard.index()));
            complete.then_some(Ok(()))
        });
        if let Some(outcome) = outcome {
            let _ = starting.try_send(outcome);
            self.starting = None;
        }
    }

    /// After the core has stopped: waits until nothing is left. Goodbyes are bounded, exchanges are ended.
    async fn leave(self) {
        self.http.stop();
        // What it has taken is in the queue before that ends.
        if let Some(webhook) = self.webhook {
            webhook.close().await;
        }
        for link in self.links.into_values() {
            link.task.cancel().await;
        }
        for task in self.leaving {
            task.await;
        }
        self.workers.close().await;
        self.shared.locked(|core, _| {
            core.ended = true;
            core.waiting.clear();
        });
        self.shared.queue.end();
    }
}

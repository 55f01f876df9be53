//! What the application reads: a bounded queue of events.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use qq_proto::{Dispatch, Progress, Ready, Session};

use crate::gate::Gate;
use crate::lock;
use crate::options::{Finish, Notice};
use crate::shared::Lease;

/// The events of a bot, in the order in which they came: an iterator with an end, which is reached after a stop.
///
/// At most [`Options::capacity`](crate::Options::capacity) events wait in it (a few more while connections begin);
/// then the sockets are not read until half of them have been taken. A slow application is no harm to the link:
/// heartbeats are sent, and what could not be read is not held against the other end.
///
/// An event counts as finished when the next one is asked for (or by [`finished`](Self::finished), see [`Finish`]).
/// The server replays after a restart what was not, so store [`Bot::sessions`](crate::Bot::sessions).
///
/// If it is dropped while the [`Bot`](crate::Bot) lives on, events are thrown away.
#[derive(Debug)]
pub struct Events {
    queue: Arc<Queue>,
    lease: Arc<Lease>,
    finish: Finish,
    /// Handed out, and finished when the next one is asked for.
    last: Option<Dispatch>,
}

impl Events {
    pub(crate) fn new(queue: Arc<Queue>, lease: Arc<Lease>, finish: Finish) -> Self {
        Self { queue, lease, finish, last: None }
    }

    /// The next event if it comes within `longest`; `None` also when the bot has stopped and nothing is left. Asking
    /// says that the one before is finished.
    pub fn next_timeout(&mut self, longest: Duration) -> Option<Dispatch> {
        self.take(Instant::now().checked_add(longest))
    }

    /// The next event if there is one already. Asking for it says that the one before is finished.
    pub fn try_next(&mut self) -> Option<Dispatch> {
        self.take(Some(Instant::now()))
    }

    /// Whether nothing will come any more: the bot has stopped and all events have been taken.
    pub fn is_ended(&self) -> bool {
        let state = lock(&self.queue.state);
        state.ended && state.events.is_empty()
    }

    /// Says that an event is finished, with [`Finish::Manual`]; in any order.
    pub fn finished(&self, event: &Dispatch) {
        self.queue.finished(event);
    }

    /// Says that the event handed out last is finished, without asking for another one.
    pub fn finished_last(&mut self) {
        if let Some(event) = self.last.take() {
            self.finished(&event);
        }
    }

    /// Gives each event to `handler`, one after the other, until the bot has stopped. A handler that panics does no
    /// harm but to its own event: it is reported as [`Notice::HandlerPanicked`], and the next event is handled.
    pub fn serve(&mut self, mut handler: impl FnMut(Dispatch)) {
        while let Some(event) = self.next() {
            let (shard, seq) = (event.shard(), event.seq());
            if catch_unwind(AssertUnwindSafe(|| handler(event))).is_err() {
                self.lease.tell(Notice::HandlerPanicked { shard, seq });
            }
        }
    }

    fn take(&mut self, until: Option<Instant>) -> Option<Dispatch> {
        let last = self.last.take();
        let event = self.queue.take(last.as_ref(), until);
        if self.finish == Finish::Next {
            self.last.clone_from(&event);
        }
        event
    }
}

impl Iterator for Events {
    type Item = Dispatch;

    /// The next event; `None` when the bot has stopped and nothing is left. Asking for it says that the one before is
    /// finished.
    fn next(&mut self) -> Option<Dispatch> {
        self.take(None)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// The queue between driver and application.
pub(crate) struct Queue {
    gate: Arc<Gate>,
    state: Mutex<State>,
    arrived: Condvar,
}

struct State {
    events: VecDeque<Dispatch>,
    progress: Progress,
    /// The application waits.
    waiting: bool,
    /// The application has dropped its end.
    closed: bool,
    /// Nothing will come any more.
    ended: bool,
}

impl Queue {
    pub(crate) fn new(gate: Arc<Gate>, sessions: Vec<Session>) -> Self {
        Self {
            gate,
            state: Mutex::new(State {
                events: VecDeque::new(),
                progress: Progress::new(sessions),
                waiting: false,
                closed: false,
                ended: false,
            }),
            arrived: Condvar::new(),
        }
    }

    /// Finishes `last` and takes the next event, waited for until then; `None`: for ever.
    fn take(&self, last: Option<&Dispatch>, until: Option<Instant>) -> Option<Dispatch> {
        let mut state = lock(&self.state);
        if let Some(last) = last {
            state.progress.finished(last);
        }
        loop {
            if let Some(event) = state.events.pop_front() {
                state.waiting = false;
                drop(state);
                self.gate.give(1);
                return Some(event);
            }
            if state.ended {
                return None;
            }
            state.waiting = true;
            state = match until {
                None => self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        state.waiting = false;
                        return None;
                    }
                    let woken = self.arrived.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    pub(crate) fn finished(&self, event: &Dispatch) {
        lock(&self.state).progress.finished(event);
    }

    /// Hands events to the application. Gives the number of those that nobody wants.
    pub(crate) fn deliver(&self, events: &mut Vec<Dispatch>) -> usize {
        if events.is_empty() {
            return 0;
        }
        let mut state = lock(&self.state);
        if state.closed {
            let unwanted = events.len();
            events.clear();
            return unwanted;
        }
        for event in events.drain(..) {
            state.progress.delivered(&event);
            state.events.push_back(event);
        }
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        if waiting {
            self.arrived.notify_all();
        }
        0
    }

    /// Takes an event that came by no connection, if fewer than `capacity` are on their way. Gives back whether it was
    /// taken; who drops events takes them all.
    pub(crate) fn offer(&self, event: Dispatch, capacity: usize) -> bool {
        let mut state = lock(&self.state);
        if state.closed {
            return true;
        }
        if !self.gate.take_one(capacity) {
            return false;
        }
        state.progress.delivered(&event);
        state.events.push_back(event);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        if waiting {
            self.arrived.notify_all();
        }
        true
    }

    /// A shard has a fresh session.
    pub(crate) fn ready(&self, ready: &Ready) {
        lock(&self.state).progress.ready(ready);
    }

    /// Nothing will come any more.
    pub(crate) fn end(&self) {
        lock(&self.state).ended = true;
        self.arrived.notify_all();
    }

    /// The application has dropped its end.
    fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let unwanted = std::mem::take(&mut state.events).len();
        drop(state);
        self.gate.give(unwanted);
    }

    pub(crate) fn sessions(&self) -> Vec<Session> {
        lock(&self.state).progress.sessions()
    }

    /// How many events wait, and how many are not finished.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = lock(&self.state);
        (state.events.len(), state.progress.unfinished())
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

//! What the application reads: a bounded queue of events.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use qq_proto::{Dispatch, Progress, Ready, Session};
use smol::future::FutureExt as _;
use smol::stream::Stream;

use crate::handle::Lease;
use crate::options::{Finish, Notice};

/// The events of a bot, in the order in which they came: a stream with an end, which is reached after a stop.
///
/// At most [`Options::capacity`](crate::Options::capacity) events wait in it; then the sockets are not read until
/// some have been taken. A slow application is no harm to the link: heartbeats are sent, and what could not be read
/// is not held against the other end.
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

    /// The next event; `None` when the bot has stopped and nothing is left. Asking for it says that the one before is
    /// finished.
    pub async fn next(&mut self) -> Option<Dispatch> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// The next event if there is one already. Asking for it says that the one before is finished.
    pub fn try_next(&mut self) -> Option<Dispatch> {
        match self.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => event,
            Poll::Pending => None,
        }
    }

    /// Says that an event is finished, with [`Finish::Manual`]; in any order.
    pub fn finished(&self, event: &Dispatch) {
        self.queue.state().progress.finished(event);
    }

    /// Says that the event handed out last is finished, without asking for another one.
    pub fn finished_last(&mut self) {
        if let Some(event) = self.last.take() {
            self.finished(&event);
        }
    }

    /// Gives each event to `handler`, one after the other, until the bot has stopped. A handler that panics does no
    /// harm but to its own event: it is reported as [`Notice::HandlerPanicked`], and the next event is handled.
    pub async fn serve(&mut self, mut handler: impl AsyncFnMut(Dispatch)) {
        while let Some(event) = self.next().await {
            let (shard, seq) = (event.shard(), event.seq());
            let work = AssertUnwindSafe(async { handler(event).await });
            if work.catch_unwind().await.is_err() {
                self.lease.tell(&Notice::HandlerPanicked { shard, seq });
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Dispatch>> {
        let mut state = self.queue.state();
        if let Some(last) = self.last.take() {
            state.progress.finished(&last);
        }
        let Some(event) = state.events.pop_front() else {
            if state.ended {
                return Poll::Ready(None);
            }
            let changed = state.reader.as_ref().is_none_or(|reader| !reader.will_wake(cx.waker()));
            if changed {
                state.reader = Some(cx.waker().clone());
            }
            return Poll::Pending;
        };
        state.wake_readers();
        drop(state);
        if self.finish == Finish::Next {
            self.last = Some(event.clone());
        }
        Poll::Ready(Some(event))
    }
}

impl Stream for Events {
    type Item = Dispatch;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Dispatch>> {
        self.get_mut().poll(cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.closed = true;
        state.events.clear();
        state.wake_readers();
    }
}

/// The queue between driver and application, and the room in it.
#[derive(Debug)]
pub(crate) struct Queue {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    events: VecDeque<Dispatch>,
    progress: Progress,
    /// Messages that are being read or are on their way to the driver; each may become an event.
    reserved: usize,
    capacity: usize,
    /// The application, if it waits.
    reader: Option<Waker>,
    /// Connections that wait for room.
    sockets: Vec<Waker>,
    /// The application has dropped its end.
    closed: bool,
    /// Nothing will come any more.
    ended: bool,
}

impl State {
    fn room(&self) -> usize {
        if self.closed {
            return usize::MAX;
        }
        self.capacity.saturating_sub(self.events.len() + self.reserved)
    }

    /// Half of the room must be free before reading goes on, lest it stop and go with each event.
    fn wake_readers(&mut self) {
        if !self.sockets.is_empty() && self.room() >= self.enough() {
            for waker in self.sockets.drain(..) {
                waker.wake();
            }
        }
    }

    fn enough(&self) -> usize {
        self.capacity.div_ceil(2)
    }
}

impl Queue {
    pub(crate) fn new(capacity: usize, sessions: Vec<Session>) -> Self {
        let capacity = capacity.max(1);
        Self {
            capacity,
            state: Mutex::new(State {
                events: VecDeque::new(),
                progress: Progress::new(sessions),
                reserved: 0,
                capacity,
                reader: None,
                sockets: Vec::new(),
                closed: false,
                ended: false,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for at most `want` messages; 0 if there is none and the connection may be paused.
    pub(crate) fn reserve(&self, want: usize, may_pause: bool) -> usize {
        let mut state = self.state();
        let room = if may_pause { want.min(state.room()) } else { want };
        state.reserved += room;
        room
    }

    /// Waits until there is room worth reading for.
    pub(crate) async fn room(&self) {
        poll_fn(|cx| {
            let mut state = self.state();
            if state.room() >= state.enough() {
                return Poll::Ready(());
            }
            if !state.sockets.iter().any(|waker| waker.will_wake(cx.waker())) {
                state.sockets.push(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// Room that was not needed.
    pub(crate) fn give_back(&self, room: usize) {
        if room > 0 {
            let mut state = self.state();
            state.reserved = state.reserved.saturating_sub(room);
            state.wake_readers();
        }
    }

    /// Hands events to the application.
    pub(crate) fn deliver(&self, events: &mut Vec<Dispatch>) {
        if events.is_empty() {
            return;
        }
        let mut state = self.state();
        if state.closed {
            return events.clear();
        }
        for event in events.drain(..) {
            state.progress.delivered(&event);
            state.events.push_back(event);
        }
        if let Some(reader) = state.reader.take() {
            drop(state);
            reader.wake();
        }
    }

    /// A shard has a fresh session.
    pub(crate) fn ready(&self, ready: &Ready) {
        self.state().progress.ready(ready);
    }

    /// Nothing will come any more.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    pub(crate) fn sessions(&self) -> Vec<Session> {
        self.state().progress.sessions()
    }

    /// How many events wait, and how many are not finished.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        (state.events.len(), state.progress.unfinished())
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }
}

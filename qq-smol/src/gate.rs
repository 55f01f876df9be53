//! The queue between driver and application: sockets are read only while there is room in it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use qq_proto::{Dispatch, Progress, Ready, Session};

/// The queue between driver and application, and the room in it.
#[derive(Debug)]
pub(crate) struct Queue {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) events: VecDeque<Dispatch>,
    pub(crate) progress: Progress,
    /// Messages that are being read or are on their way to the driver; each may become an event.
    reserved: usize,
    capacity: usize,
    /// The application, if it waits.
    pub(crate) reader: Option<Waker>,
    /// Connections that wait for room.
    sockets: Vec<Waker>,
    /// The application has dropped its end.
    pub(crate) closed: bool,
    /// Nothing will come any more.
    pub(crate) ended: bool,
}

impl State {
    fn room(&self) -> usize {
        if self.closed {
            return usize::MAX;
        }
        self.capacity.saturating_sub(self.events.len() + self.reserved)
    }

    /// Half of the room must be free before reading goes on, lest it stop and go with each event.
    pub(crate) fn wake_readers(&mut self) {
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

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
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

    /// Takes an event that came by no connection, if there is room for it. Gives back whether it was taken; who drops
    /// events takes them all.
    pub(crate) fn offer(&self, event: Dispatch) -> bool {
        let mut state = self.state();
        if state.closed {
            return true;
        }
        if state.room() == 0 {
            return false;
        }
        state.progress.delivered(&event);
        state.events.push_back(event);
        if let Some(reader) = state.reader.take() {
            drop(state);
            reader.wake();
        }
        true
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

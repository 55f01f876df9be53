//! What the application reads: a bounded queue of events.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use qq_proto::Dispatch;
use smol::future::FutureExt as _;
use smol::stream::Stream;

use crate::gate::Queue;
use crate::options::{Finish, Notice};
use crate::shared::Lease;

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

    /// Whether the bot has stopped and all events have been taken.
    pub fn is_ended(&self) -> bool {
        let state = self.queue.state();
        state.ended && state.events.is_empty()
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

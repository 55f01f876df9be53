//! Threads for work that blocks, which end with the bot.
//!
//! smol's own pool keeps its threads for the life of the process, and a stop shall leave none.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use smol::channel::{Receiver, Sender};

/// A thread that has had nothing to do for this long ends.
const IDLE: Duration = Duration::from_secs(10);

type Work = Box<dyn FnOnce() + Send>;

/// As many threads as there is work at once: the core bounds the exchanges under way.
pub(crate) struct Workers {
    pool: Arc<Pool>,
    /// Held by each thread.
    alive: Sender<()>,
    /// Ends when no thread is left.
    gone: Receiver<()>,
}

#[derive(Default)]
struct Pool {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    idle: usize,
    closed: bool,
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut state = self.state();
        loop {
            if let Some(work) = state.work.pop_front() {
                drop(state);
                work();
                state = self.state();
                continue;
            }
            if state.closed {
                return;
            }
            state.idle += 1;
            let (woken, waited) =
                self.changed.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.work.is_empty() {
                return;
            }
        }
    }
}

impl Workers {
    pub(crate) fn new() -> Self {
        let (alive, gone) = smol::channel::bounded(1);
        let pool = Arc::default();
        Self { pool, alive, gone }
    }

    /// Does it on a thread. If none can be had it is dropped: the core does not wait for anything without a deadline.
    pub(crate) fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        let crowded = {
            let mut state = self.pool.state();
            state.work.push_back(Box::new(work));
            state.work.len() > state.idle
        };
        if crowded {
            let pool = Arc::clone(&self.pool);
            let alive = self.alive.clone();
            let spawned = thread::Builder::new().name("qq-http".into()).spawn(move || {
                pool.run();
                drop(alive);
            });
            if spawned.is_err() {
                self.pool.state().work.pop_back();
            }
        } else {
            self.pool.changed.notify_one();
        }
    }

    /// Waits until what was begun is done, and all threads have ended.
    pub(crate) async fn close(self) {
        {
            let mut state = self.pool.state();
            state.closed = true;
            state.work.clear();
        }
        self.pool.changed.notify_all();
        drop(self.alive);
        let _ = self.gone.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_at_once_and_threads_end() {
        let workers = Workers::new();
        let (sender, receiver) = smol::channel::unbounded();
        for n in 0..20 {
            let sender = sender.clone();
            let receiver = receiver.clone();
            // Each waits for all the others: one after the other they would never end.
            workers.spawn(move || {
                let _ = sender.send_blocking(n);
                while receiver.len() < 20 {
                    thread::yield_now();
                }
            });
        }
        while receiver.len() < 20 {
            thread::yield_now();
        }
        drop(sender);
        smol::block_on(workers.close());
        assert_eq!(receiver.sender_count(), 0);
    }
}

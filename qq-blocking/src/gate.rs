//! How many events may be on their way to the application: sockets are read only while there is room.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use mio::Waker;

use crate::lock;
use crate::wait::wake;

/// Counts frames between socket and application. A connection takes a permit for each frame before it reads it; the
/// permit comes back when the frame turned out to be no event, or when the application has taken the event.
pub(crate) struct Gate {
    used: AtomicUsize,
    limit: AtomicUsize,
    waiting: AtomicUsize,
    parked: Mutex<Vec<Arc<Waker>>>,
}

impl Gate {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            used: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            waiting: AtomicUsize::new(0),
            parked: Mutex::default(),
        }
    }

    /// Takes up to `most` permits; none when it is full.
    pub(crate) fn take(&self, most: usize) -> usize {
        let mut got = 0;
        let limit = self.limit.load(SeqCst);
        let taken = self.used.fetch_update(SeqCst, SeqCst, |used| {
            got = limit.saturating_sub(used).min(most);
            (got > 0).then(|| used + got)
        });
        taken.map_or(0, |_| got)
    }

    /// Takes a permit if fewer than `limit` are taken, also while the gate's own limit is another one.
    pub(crate) fn take_one(&self, limit: usize) -> bool {
        let more = |used| (used < limit).then(|| used + 1);
        self.used.fetch_update(SeqCst, SeqCst, more).is_ok()
    }

    /// Takes permits that must be had.
    pub(crate) fn force(&self, count: usize) {
        self.used.fetch_add(count, SeqCst);
    }

    /// Gives permits back.
    pub(crate) fn give(&self, count: usize) {
        self.used.fetch_sub(count, SeqCst);
        if self.waiting.load(SeqCst) > 0 && self.has_room() {
            self.wake_all();
        }
    }

    /// Waits for half of the room, so that a reader does not stop and go for each event. `true`: there is room already.
    pub(crate) fn park(&self, waker: &Arc<Waker>) -> bool {
        let mut parked = lock(&self.parked);
        if !parked.iter().any(|other| Arc::ptr_eq(other, waker)) {
            parked.push(Arc::clone(waker));
        }
        self.waiting.store(parked.len(), SeqCst);
        drop(parked);
        self.has_room()
    }

    /// Changes the limit.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, SeqCst);
        if self.has_room() {
            self.wake_all();
        }
    }

    fn has_room(&self) -> bool {
        self.used.load(SeqCst) <= self.limit.load(SeqCst) / 2
    }

    fn wake_all(&self) {
        let mut parked = lock(&self.parked);
        self.waiting.store(0, SeqCst);
        for waker in parked.drain(..) {
            wake(Some(&waker));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_gives_more_than_there_is() {
        let gate = Gate::new(100);
        assert_eq!(gate.take(64), 64);
        assert_eq!(gate.take(64), 36);
        assert_eq!(gate.take(64), 0);
        gate.give(1);
        assert_eq!(gate.take(64), 1);
        gate.give(100);
        assert_eq!(gate.take(64), 64);
        gate.force(100);
        assert_eq!(gate.take(1), 0);
        assert!(!gate.take_one(164) && gate.take_one(165));
        gate.give(1);
        gate.set_limit(usize::MAX);
        assert_eq!(gate.take(64), 64);
    }
}

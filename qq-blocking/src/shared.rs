//! What the driver and the application share: the core behind a lock, the queue, the way to the log.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use qq_proto::{Client, Leave, Reply, RequestId, Timestamp};

use crate::clock::Clock;
use crate::driver::Woken;
use crate::events::Queue;
use crate::lock;
use crate::notices::Notices;
use crate::options::Notice;
use crate::webhook::Hook;

/// What the driver and the application share.
pub(crate) struct Shared {
    pub(crate) app_id: String,
    pub(crate) capacity: usize,
    pub(crate) queue: Arc<Queue>,
    pub(crate) clock: Clock,
    pub(crate) core: Mutex<Core>,
    pub(crate) driver: Sender<Woken>,
    pub(crate) notices: Mutex<Option<Notices>>,
    pub(crate) threads: Mutex<Option<JoinHandle<()>>>,
    pub(crate) teller: Mutex<Option<JoinHandle<()>>>,
    pub(crate) webhook: Option<Hook>,
}

/// The client, and who waits for its replies.
pub(crate) struct Core {
    pub(crate) client: Client,
    pub(crate) waiting: BTreeMap<RequestId, SyncSender<Reply>>,
    /// Nobody drives it any more.
    pub(crate) ended: bool,
}

impl Shared {
    /// Uses the core, and lets the driver carry out what follows.
    pub(crate) fn with_core<T>(&self, using: impl FnOnce(&mut Core, Timestamp) -> T) -> T {
        let mut core = lock(&self.core);
        let value = using(&mut core, self.clock.now());
        drop(core);
        let _ = self.driver.send(Woken::Used);
        value
    }

    /// Begins to leave: no event is taken any more.
    pub(crate) fn stop(&self, how: Leave) {
        if let Some(webhook) = &self.webhook {
            webhook.door.close();
        }
        self.with_core(|core, now| core.client.stop(now, how));
    }

    /// Looks at the core.
    pub(crate) fn look<T>(&self, looking: impl FnOnce(&Core, Timestamp) -> T) -> T {
        looking(&lock(&self.core), self.clock.now())
    }

    pub(crate) fn tell(&self, notice: Notice) {
        if let Some(notices) = &*lock(&self.notices) {
            notices.tell(self.clock.now(), notice);
        }
    }

    /// Waits until no thread is left, but for the one that asks.
    pub(crate) fn join(&self) {
        let mut threads = lock(&self.threads);
        if let Some(driver) = threads.take() {
            let _ = driver.join();
        }
        drop(threads);
        let teller = lock(&self.teller).take();
        if let Some(teller) = teller.filter(|teller| teller.thread().id() != thread::current().id()) {
            let _ = teller.join();
        }
    }
}

/// Held by whoever may still want something of the bot; with the last one the bot ends.
pub(crate) struct Lease(pub(crate) Arc<Shared>);

impl Lease {
    pub(crate) fn tell(&self, notice: Notice) {
        self.0.tell(notice);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.stop(Leave::Resumable);
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

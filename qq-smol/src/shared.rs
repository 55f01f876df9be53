//! What driver, tasks and handles share: the core behind a lock, the queue, the way to the driver.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use qq_proto::{Client, ConnId, Input, Leave, Reply, RequestId, Signal, Timestamp};
use smol::channel::Sender;

use crate::clock::Clock;
use crate::gate::Queue;
use crate::notices::Notices;
use crate::options::Notice;
use crate::webhook::Hook;

/// What tasks tell the driver.
pub(crate) enum Mail {
    /// Messages of a connection, in order; each has room reserved in the queue.
    Texts { conn: ConnId, texts: Vec<Bytes> },
    /// Anything else.
    Input(Input),
    /// The core was changed from outside: it may have decided something.
    Poke,
}

/// The way to the driver.
#[derive(Clone)]
pub(crate) struct Inbox(pub(crate) Sender<Mail>);

impl Inbox {
    /// Bounded by what is sent: messages by the room in the queue, the rest by the actions that it answers.
    pub(crate) fn send(&self, mail: Mail) {
        // It fails when the driver has ended; then nobody wants to know.
        let _ = self.0.try_send(mail);
    }

    pub(crate) fn signal(&self, conn: ConnId, signal: Signal) {
        self.send(Mail::Input(Input::Conn { conn, signal }));
    }
}

/// What driver and handles share.
pub(crate) struct Shared {
    pub(crate) app_id: String,
    pub(crate) queue: Arc<Queue>,
    pub(crate) clock: Clock,
    pub(crate) core: Mutex<Core>,
    pub(crate) inbox: Inbox,
    /// A poke is on its way.
    pub(crate) poked: AtomicBool,
    pub(crate) notices: Notices,
    pub(crate) webhook: Option<Hook>,
}

/// The core, and who waits for it.
pub(crate) struct Core {
    pub(crate) client: Client,
    pub(crate) waiting: HashMap<RequestId, Sender<Reply>>,
    /// The driver has ended: nothing will be carried out any more.
    pub(crate) ended: bool,
}

impl Shared {
    /// Does something with the core, and lets the driver look at what came of it.
    pub(crate) fn with_core<T>(&self, work: impl FnOnce(&mut Core, Timestamp) -> T) -> T {
        let result = self.locked(work);
        if !self.poked.swap(true, Ordering::AcqRel) {
            self.inbox.send(Mail::Poke);
        }
        result
    }

    pub(crate) fn locked<T>(&self, work: impl FnOnce(&mut Core, Timestamp) -> T) -> T {
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut core, self.clock.now())
    }

    /// Begins to leave: no event is taken any more.
    pub(crate) fn stop(&self, how: Leave) {
        if let Some(webhook) = &self.webhook {
            webhook.door.close();
        }
        self.with_core(|core, now| core.client.stop(now, how));
    }

    pub(crate) fn tell(&self, notice: &Notice) {
        self.notices.tell(&self.app_id, self.clock.now(), notice);
    }
}

/// Held by whoever may still want something of the bot; with the last one the bot ends.
pub(crate) struct Lease(pub(crate) Arc<Shared>);

impl Lease {
    pub(crate) fn tell(&self, notice: &Notice) {
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

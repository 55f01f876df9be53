//! Telling the application and the log what happens to the link, on a thread of their own: whatever they wait for, no
//! heartbeat waits with them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use qq_proto::webhook::Notice as News;
use qq_proto::{Halt, PhaseName, Timestamp};

use crate::options::{Notice, Tell};

/// Notices that wait to be told; more are dropped.
const WAITING: usize = 1024;

/// Where notices are put.
#[derive(Clone)]
pub(crate) struct Notices(SyncSender<(Timestamp, Notice)>);

impl Notices {
    /// Begins to tell.
    pub(crate) fn new(app_id: String, tell: Option<Box<Tell>>) -> io::Result<(Self, JoinHandle<()>)> {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = thread::Builder::new()
            .name("qq-notices".into())
            .spawn(move || run(&app_id, &receiver, tell.as_deref()))?;
        Ok((Self(sender), thread))
    }

    pub(crate) fn tell(&self, at: Timestamp, notice: Notice) {
        // A log that has a thousand lines of delay loses some rather than hold up the bot.
        let _ = self.0.try_send((at, notice));
    }
}

fn run(app_id: &str, notices: &Receiver<(Timestamp, Notice)>, tell: Option<&Tell>) {
    let _span = tracing::info_span!("qq", app_id).entered();
    for (at, notice) in notices {
        log(&notice);
        let Some(tell) = tell else { continue };
        if catch_unwind(AssertUnwindSafe(|| tell(at, &notice))).is_err() {
            tracing::error!("the notice callback panicked");
        }
    }
}

fn log(notice: &Notice) {
    match notice {
        Notice::Ready(ready) => {
            tracing::info!(shard = ready.shard.get(), phase = %PhaseName::Live, "{notice}");
        }
        Notice::Resumed { shard, replayed } => {
            tracing::info!(shard = shard.get(), phase = %PhaseName::Live, replayed, "{notice}");
        }
        Notice::Moved { shard, to, why, .. } => {
            tracing::debug!(shard = shard.get(), phase = %to, cause = %why, "{notice}");
        }
        Notice::Fault(fault) => tracing::warn!(blame = ?fault.blame(), "{notice}"),
        Notice::Halted { shard, reason: Halt::Stopped } => {
            tracing::info!(shard = shard.get(), phase = %PhaseName::Halted, "{notice}");
        }
        Notice::Halted { shard, reason } => {
            tracing::error!(shard = shard.get(), phase = %PhaseName::Halted, cause = %reason, "{notice}");
        }
        Notice::SlotWanted { shard } => tracing::debug!(shard = shard.get(), "{notice}"),
        Notice::Webhook { news: News::Validated { .. }, .. } => tracing::info!("{notice}"),
        Notice::Webhook { times, .. } => tracing::warn!(times, "{notice}"),
        Notice::HandlerPanicked { shard, .. } => tracing::error!(shard = shard.get(), "{notice}"),
    }
}

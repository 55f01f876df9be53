//! Telling the log and the application what happens to the link.

use std::panic::{AssertUnwindSafe, catch_unwind};

use qq_proto::webhook::Notice as News;
use qq_proto::{Halt, Timestamp};

use crate::options::{Notice, Tell};

pub(crate) struct Notices(Option<Tell>);

impl Notices {
    pub(crate) const fn new(tell: Option<Tell>) -> Self {
        Self(tell)
    }

    pub(crate) fn tell(&self, app_id: &str, at: Timestamp, notice: &Notice) {
        match notice {
            Notice::Moved { shard, to, why, .. } => {
                tracing::info!(app_id, shard = shard.get(), phase = %to, cause = %why, "{notice}");
            }
            Notice::Ready(ready) => tracing::info!(app_id, shard = ready.shard.get(), "{notice}"),
            Notice::Resumed { shard, .. } | Notice::SlotWanted { shard } => {
                tracing::info!(app_id, shard = shard.get(), "{notice}");
            }
            Notice::Fault(fault) => tracing::warn!(app_id, blame = ?fault.blame(), "{notice}"),
            Notice::Halted { shard, reason: Halt::Stopped } => {
                tracing::info!(app_id, shard = shard.get(), "{notice}");
            }
            Notice::Webhook { news: News::Validated { .. }, .. } => tracing::info!(app_id, "{notice}"),
            Notice::Webhook { times, .. } => tracing::warn!(app_id, times, "{notice}"),
            Notice::Halted { shard, .. } | Notice::HandlerPanicked { shard, .. } => {
                tracing::error!(app_id, shard = shard.get(), "{notice}");
            }
        }
        if let Some(tell) = &self.0 {
            // The application's code must not end the driver.
            let told = catch_unwind(AssertUnwindSafe(|| tell(at, notice)));
            if told.is_err() {
                tracing::error!(app_id, "the callback for notices panicked");
            }
        }
    }
}

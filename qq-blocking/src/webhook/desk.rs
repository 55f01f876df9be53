//! Where requests meet the core and events meet the queue.

use std::sync::Arc;

use bytes::Bytes;

use super::http::{Answer, Received};
use crate::shared::Shared;

/// Answers requests.
pub(crate) struct Desk {
    shared: Arc<Shared>,
}

impl Desk {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn answer(&self, request: &Received) -> Answer {
        let _ = (&self.shared.queue, &request.headers, &request.body);
        Answer { status: 503, content_type: None, body: Bytes::new() }
    }
}

//! Waiting with a bound.

use std::time::Duration;

use qq_proto::TransportError;
use smol::{Timer, future};

/// The same, given up after a while.
pub(crate) async fn within<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    future::or(work, async {
        Timer::after(timeout).await;
        Err(TransportError::Timeout)
    })
    .await
}

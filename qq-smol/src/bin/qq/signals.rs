//! Ctrl-C and SIGTERM: the wish that the command end.

use async_signal::{Signal, Signals};
use smol::stream::StreamExt as _;

use crate::failure::Failure;

/// Listens from now on; a signal that comes before it is waited for is not lost.
#[derive(Debug)]
pub(crate) struct EndAsked(Signals);

impl EndAsked {
    pub(crate) fn listen() -> Result<Self, Failure> {
        #[cfg(unix)]
        let which = [Signal::Int, Signal::Term];
        #[cfg(not(unix))]
        let which = [Signal::Int];
        match Signals::new(which) {
            Ok(signals) => Ok(Self(signals)),
            Err(error) => Err(Failure::Later(format!("signals cannot be listened for: {error}"))),
        }
    }

    pub(crate) async fn wait(&mut self) {
        self.0.next().await;
    }
}

//! Parts of files on their way to hosts that are not the platform's own.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use qq_proto::{TransportError, may_carry_secret};
use ureq::http::{Request, header};
use ureq::{Agent, SendBody};

use super::{agent, blame, run};
use crate::proxy::Proxy;
use crate::wait::Cancel;

/// The connections of one upload.
#[derive(Clone)]
pub(crate) struct Puts {
    agent: Agent,
    cancel: Arc<Cancel>,
}

impl Puts {
    /// No header of its own says who asks.
    pub(crate) fn new(proxy: Option<Proxy>) -> Self {
        let cancel = Arc::new(Cancel::default());
        Self { agent: agent(proxy, Arc::clone(&cancel), "", ""), cancel }
    }

    /// Puts a body of this length somewhere, with no other header, and gives the status.
    pub(crate) fn put(
        &self,
        url: &str,
        body: impl Read + 'static,
        length: u64,
        timeout: Duration,
    ) -> Result<u16, TransportError> {
        if !may_carry_secret(url) {
            return Err(TransportError::Url);
        }
        let request = Request::put(url).header(header::CONTENT_LENGTH, length);
        let request = request.body(SendBody::from_owned_reader(body)).map_err(|_| TransportError::Url)?;
        run(&self.agent, request, timeout).map(|response| response.status).map_err(|error| blame(&error))
    }

    /// Ends what is under way, at once. Nothing is begun afterwards.
    pub(crate) fn stop(&self) {
        self.cancel.set();
        self.agent.clone().shutdown();
    }
}

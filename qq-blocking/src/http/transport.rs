//! What ureq is given to reach the network with: our own dialler, which can be ended from outside and knows proxies.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use qq_proto::TransportError;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};

use crate::dial::{Target, dial};
use crate::proxy::Proxy;
use crate::wait::{Cancel, Until, Wait};

/// Names are resolved by the dialler, or by the proxy.
#[derive(Debug)]
pub(super) struct Unresolved;

impl Resolver for Unresolved {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// Opens connections.
pub(super) struct Dial {
    pub(super) proxy: Option<Proxy>,
    pub(super) cancel: Arc<Cancel>,
}

impl std::fmt::Debug for Dial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dial").field("proxy", &self.proxy).finish_non_exhaustive()
    }
}

impl Connector for Dial {
    type Out = Socket;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Socket>, Error> {
        let stream = self.stream(details).map_err(|error| {
            if error == TransportError::Timeout {
                Error::Timeout(details.timeout.reason)
            } else {
                Error::Other(Box::new(error))
            }
        })?;
        let stream = Arc::new(Shared(stream));
        let handle: Weak<dyn ShutdownHandle> = Arc::downgrade(&stream) as _;
        (details.register_shutdown)(handle)?;
        let buffers =
            LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Socket { stream, buffers }))
    }
}

impl Dial {
    fn stream(&self, details: &ConnectionDetails<'_>) -> Result<TcpStream, TransportError> {
        let target = Target::of(&details.uri.to_string())?;
        let mut wait = Wait::new().map_err(|_| TransportError::Connect)?;
        self.cancel.watch(wait.waker());
        let until = Until { deadline: after(*details.timeout.after), cancel: &self.cancel };
        let mut stream = dial(&target, self.proxy.as_ref(), &mut wait, until)?;
        wait.remove(&mut stream).map_err(|_| TransportError::Broken)?;
        let stream = TcpStream::from(stream);
        stream.set_nonblocking(false).map_err(|_| TransportError::Broken)?;
        Ok(stream)
    }
}

fn after(wait: Duration) -> Instant {
    let now = Instant::now();
    // No timeout of ours is anywhere near an hour; without one ureq says "in centuries".
    now + wait.min(Duration::from_secs(3600))
}

/// A socket that can be shut down by another thread.
#[derive(Debug)]
struct Shared(TcpStream);

impl ShutdownHandle for Shared {
    fn shutdown(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A connected socket.
pub(super) struct Socket {
    stream: Arc<Shared>,
    buffers: LazyBuffers,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

/// The time that is left, for the system, which knows no zero.
fn left(timeout: NextTimeout) -> Option<Duration> {
    timeout.not_zero().map(|left| (*left).max(Duration::from_millis(1)))
}

/// The system's word for a timeout differs: `WouldBlock` on Unix, `TimedOut` on Windows.
fn named(error: io::Error, timeout: NextTimeout) -> Error {
    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
        Error::Timeout(timeout.reason)
    } else {
        Error::Io(error)
    }
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut stream = &self.stream.0;
        stream.set_write_timeout(left(timeout))?;
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        stream.write_all(output).map_err(|error| named(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let mut stream = &self.stream.0;
        let deadline = left(timeout).map(after);
        loop {
            let now = Instant::now();
            let wait = deadline
                .map(|deadline| deadline.saturating_duration_since(now).max(Duration::from_millis(1)));
            stream.set_read_timeout(wait)?;
            match stream.read(self.buffers.input_append_buf()) {
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    return Ok(amount > 0);
                }
                // A signal that the process has caught is no reason to give up.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                        return Err(Error::Timeout(timeout.reason));
                    }
                }
                Err(error) => return Err(named(error, timeout)),
            }
        }
    }

    /// A kept connection is open if there is nothing to read: neither an end nor bytes that nobody asked for.
    fn is_open(&mut self) -> bool {
        let mut stream = &self.stream.0;
        if stream.set_nonblocking(true).is_err() {
            return false;
        }
        let quiet = matches!(stream.read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        quiet && stream.set_nonblocking(false).is_ok()
    }
}

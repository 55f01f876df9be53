//! `Action::Http`: ureq on threads for it, over sockets that a stop can end.

mod workers;

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use qq_proto::{HttpRequest, HttpResponse, Method, TRACE_ID_HEADER, TransportError, may_carry_secret};
use smol::channel::{Receiver, Sender};
use ureq::http::{self, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, RustlsConnector, ShutdownHandle,
    Transport,
};
use ureq::{Agent, SendBody};

use crate::dial::connect;
use crate::proxy::Proxy;
use crate::tls::tls_error;
use crate::wait::within;
pub(crate) use workers::Workers;

/// The largest reply that is read: the largest the API gives are lists of a few hundred kilobytes.
const LARGEST_REPLY: u64 = 4 << 20;

/// Connections that wait for the next exchange. A burst of replies needs about so many at once, and each new one costs a
/// TLS handshake.
const KEPT: usize = 10;

/// Makes the exchanges of one bot.
#[derive(Clone)]
pub(crate) struct Http {
    agent: Agent,
    /// Closed by [`stop`](Self::stop), to abandon dials.
    stop: Sender<()>,
}

impl Http {
    pub(crate) fn new(proxy: Option<Proxy>) -> Self {
        Self::with(proxy, concat!("qq-smol/", env!("CARGO_PKG_VERSION")), "*/*")
    }

    /// For hosts that are not the platform's own: no header says who asks.
    pub(crate) fn for_strangers(proxy: Option<Proxy>) -> Self {
        Self::with(proxy, "", "")
    }

    fn with(proxy: Option<Proxy>, user_agent: &str, accept: &str) -> Self {
        let (stop, stopped) = smol::channel::bounded(1);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections_per_host(KEPT)
            .proxy(None)
            .user_agent(user_agent)
            .accept(accept)
            .build();
        let connector = Way { proxy, stopped }.chain(RustlsConnector::default());
        Self { agent: Agent::with_parts(config, connector, Elsewhere), stop }
    }

    /// Makes one exchange. Blocks for as long as the request's timeout at most.
    pub(crate) fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if !may_carry_secret(&request.url) {
            return Err(TransportError::Url);
        }
        let mut builder = http::Request::builder().method(method(request.method)).uri(&request.url);
        for (name, value) in request.headers() {
            builder = builder.header(name, value);
        }
        let timeout = request.timeout;
        let outcome = if request.body.is_empty() && matches!(request.method, Method::Get | Method::Delete) {
            let request = builder.body(()).map_err(|_| TransportError::Url)?;
            self.run(request, timeout)
        } else {
            let request = builder.body(request.body.into_bytes()).map_err(|_| TransportError::Url)?;
            self.run(request, timeout)
        };
        outcome.map_err(|error| sort(&error))
    }

    /// Puts a body of this length somewhere, with no other header, and gives the status. Blocks for as long as the
    /// timeout at most.
    pub(crate) fn put(
        &self,
        url: &str,
        body: impl io::Read + 'static,
        length: u64,
        timeout: Duration,
    ) -> Result<u16, TransportError> {
        if !may_carry_secret(url) {
            return Err(TransportError::Url);
        }
        let request = http::Request::put(url).header(http::header::CONTENT_LENGTH, length);
        let request = request.body(SendBody::from_owned_reader(body)).map_err(|_| TransportError::Url)?;
        self.run(request, timeout).map(|response| response.status).map_err(|error| sort(&error))
    }

    fn run<B: ureq::AsSendBody>(
        &self,
        request: http::Request<B>,
        timeout: Duration,
    ) -> Result<HttpResponse, ureq::Error> {
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(timeout))
            .allow_non_standard_methods(true)
            .build();
        let response = self.agent.run(request)?;
        let status = response.status().as_u16();
        let trace_id =
            response.headers().get(TRACE_ID_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = response.into_body();
        let body = body.with_config().limit(LARGEST_REPLY).read_to_vec()?;
        Ok(HttpResponse::new(status, Bytes::from(body)).with_trace_id(trace_id))
    }

    /// Ends exchanges that are under way, at once. There are none afterwards.
    pub(crate) fn stop(&self) {
        self.stop.close();
        self.agent.clone().shutdown();
    }
}

const fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}

/// What an error of ureq's means to the core.
fn sort(error: &ureq::Error) -> TransportError {
    use ureq::Error as E;
    if let E::Other(inner) = error {
        inner.downcast_ref::<TransportError>().copied().unwrap_or(TransportError::Broken)
    } else if let E::Io(error) = error {
        if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
            TransportError::Timeout
        } else if error.get_ref().is_some_and(is_tls) {
            TransportError::Tls
        } else {
            tls_error(error)
        }
    } else if matches!(error, E::Timeout(_)) {
        TransportError::Timeout
    } else if matches!(error, E::Tls(_) | E::Rustls(_) | E::Pem(_) | E::TlsRequired) {
        TransportError::Tls
    } else if matches!(error, E::BodyExceedsLimit(_) | E::LargeResponseHeader(..)) {
        TransportError::TooLarge
    } else if matches!(error, E::BadUri(_) | E::Http(_)) {
        TransportError::Url
    } else if matches!(error, E::HostNotFound) {
        TransportError::Dns
    } else if matches!(error, E::ConnectionFailed) {
        TransportError::Connect
    } else {
        TransportError::Protocol
    }
}

fn is_tls(error: &(dyn StdError + Send + Sync + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error
            .downcast_ref::<ureq::Error>()
            .is_some_and(|error| matches!(error, ureq::Error::Rustls(_) | ureq::Error::Tls(_)))
}

/// Names are resolved where the connection is made, or by the proxy.
#[derive(Debug)]
struct Elsewhere;

impl Resolver for Elsewhere {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut none = self.empty();
        none.push(([0, 0, 0, 0], 0).into());
        Ok(none)
    }
}

/// Connects in the same way as the WebSocket does.
struct Way {
    proxy: Option<Proxy>,
    stopped: Receiver<()>,
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Way")
    }
}

impl Connector for Way {
    type Out = Tcp;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Tcp>, ureq::Error> {
        let other = |error: TransportError| ureq::Error::Other(Box::new(error));
        let host = details.uri.host().ok_or_else(|| other(TransportError::Url))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let encrypted = details.needs_tls();
        let port = details.uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let left = details.timeout.not_zero().map_or(Duration::ZERO, |left| *left);
        let dial = within(left, connect(self.proxy.as_ref(), host, port, encrypted));
        let stopped = async {
            let _ = self.stopped.recv().await;
            Err(TransportError::Broken)
        };
        let stream = smol::block_on(smol::future::or(stopped, dial)).map_err(other)?;
        let stream = stream.into_inner()?;
        stream.set_nonblocking(false)?;
        let stream = Arc::new(Stream(stream));
        let weak = Arc::downgrade(&stream);
        (details.register_shutdown)(weak)?;
        let config = details.config;
        Ok(Some(Tcp {
            stream,
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
        }))
    }
}

struct Stream(TcpStream);

impl ShutdownHandle for Stream {
    fn shutdown(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A TCP connection under ureq.
struct Tcp {
    stream: Arc<Stream>,
    buffers: LazyBuffers,
}

impl fmt::Debug for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tcp")
    }
}

impl Transport for Tcp {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let mut stream = &self.stream.0;
        stream.set_write_timeout(timeout.not_zero().map(|left| *left))?;
        let output = self.buffers.output();
        let output = output.get(..amount).unwrap_or(output);
        stream.write_all(output).map_err(|error| late(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let mut stream = &self.stream.0;
        stream.set_read_timeout(timeout.not_zero().map(|left| *left))?;
        let amount = loop {
            match stream.read(self.buffers.input_append_buf()) {
                Ok(amount) => break amount,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(late(error, timeout)),
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Nothing is said by a server that has not been asked; what can be read now is the end.
    fn is_open(&mut self) -> bool {
        let mut stream = &self.stream.0;
        let quiet = stream.set_nonblocking(true).is_ok()
            && matches!(stream.read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        stream.set_nonblocking(false).is_ok() && quiet
    }
}

/// Which of the two a timeout of a socket is depends on the system.
fn late(error: io::Error, timeout: NextTimeout) -> ureq::Error {
    if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
        ureq::Error::Timeout(timeout.reason)
    } else {
        error.into()
    }
}

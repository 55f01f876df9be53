//! `Action::Http`: exchanges with ureq, on threads that are there only while there are exchanges.

mod puts;
#[cfg(test)]
mod tests;
mod transport;

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use qq_proto::{HttpId, HttpRequest, HttpResponse, TRACE_ID_HEADER, TransportError};
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::driver::Woken;
use crate::lock;
use crate::proxy::Proxy;
use crate::tls;
use crate::wait::Cancel;
pub(crate) use puts::Puts;

/// Replies of the platform are a few hundred bytes; more than this is not one of them.
const LARGEST_BODY: u64 = 4 << 20;
/// The most headers that a reply may have, in bytes.
const LARGEST_HEADERS: usize = 64 * 1024;
/// How long a thread waits for another exchange before it ends.
const IDLE: Duration = Duration::from_secs(5);
/// Who asks, to the platform.
const NAME: &str = concat!("qq-blocking/", env!("CARGO_PKG_VERSION"));
/// Connections that wait for the next exchange. A burst of replies needs about so many at once, and each new one costs a
/// TLS handshake.
const KEPT: usize = 10;
/// How long a connection is kept for the next exchange.
const KEEP: Duration = Duration::from_secs(15);

/// Makes exchanges, as many at once as are asked for. The core has the limit.
pub(crate) struct Http {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    agent: Agent,
    cancel: Arc<Cancel>,
    driver: Sender<Woken>,
    jobs: Mutex<Jobs>,
    more: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<(HttpId, HttpRequest)>,
    idle: usize,
    closed: bool,
}

impl Http {
    pub(crate) fn new(proxy: Option<Proxy>, driver: Sender<Woken>) -> Self {
        let cancel = Arc::new(Cancel::default());
        let shared = Shared {
            agent: agent(proxy, Arc::clone(&cancel), NAME, "application/json"),
            cancel,
            driver,
            jobs: Mutex::default(),
            more: Condvar::new(),
        };
        Self { shared: Arc::new(shared), threads: Vec::new() }
    }

    /// Begins an exchange.
    pub(crate) fn begin(&mut self, id: HttpId, request: HttpRequest) {
        self.threads.retain(|thread| !thread.is_finished());
        let mut jobs = lock(&self.shared.jobs);
        jobs.waiting.push_back((id, request));
        if jobs.idle >= jobs.waiting.len() {
            self.shared.more.notify_one();
            return;
        }
        drop(jobs);
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name("qq-http".into()).spawn(move || shared.work());
        match thread {
            Ok(thread) => self.threads.push(thread),
            // Without a thread the exchange fails; the core will try again.
            Err(_) => {
                if let Some((id, _)) = lock(&self.shared.jobs).waiting.pop_back() {
                    self.shared.answer(id, Err(TransportError::Connect));
                }
            }
        }
    }

    /// Ends everything that is under way, and all threads.
    pub(crate) fn stop(&mut self) {
        let mut jobs = lock(&self.shared.jobs);
        jobs.closed = true;
        jobs.waiting.clear();
        drop(jobs);
        self.shared.more.notify_all();
        self.shared.cancel.set();
        self.shared.agent.clone().shutdown();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        while let Some((id, request)) = self.next() {
            let result = exchange(&self.agent, &request);
            self.answer(id, result);
        }
    }

    fn next(&self) -> Option<(HttpId, HttpRequest)> {
        let mut jobs = lock(&self.jobs);
        loop {
            if jobs.closed {
                return None;
            }
            if let Some(job) = jobs.waiting.pop_front() {
                return Some(job);
            }
            jobs.idle += 1;
            let (back, timeout) =
                self.more.wait_timeout(jobs, IDLE).unwrap_or_else(std::sync::PoisonError::into_inner);
            jobs = back;
            jobs.idle -= 1;
            if timeout.timed_out() && jobs.waiting.is_empty() {
                return None;
            }
        }
    }

    fn answer(&self, id: HttpId, result: Result<HttpResponse, TransportError>) {
        let _ = self.driver.send(Woken::Http { id, result });
    }
}

fn agent(proxy: Option<Proxy>, cancel: Arc<Cancel>, user_agent: &str, accept: &str) -> Agent {
    use ureq::unversioned::transport::{Connector, RustlsConnector};
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(LARGEST_HEADERS)
        .max_idle_age(KEEP)
        .proxy(None)
        .max_idle_connections_per_host(KEPT)
        .user_agent(user_agent)
        .accept(accept)
        .build();
    let connector = ().chain(transport::Dial { proxy, cancel }).chain(RustlsConnector::default());
    Agent::with_parts(config, connector, transport::Unresolved)
}

fn exchange(agent: &Agent, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
    if !qq_proto::may_carry_secret(&request.url) {
        return Err(TransportError::Url);
    }
    let mut builder = Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in request.headers() {
        builder = builder.header(name, value);
    }
    // Headers and URL come from the core, so what is malformed in them came from a configured address.
    let result = if request.body.is_empty() {
        let ready = builder.body(()).map_err(|_| TransportError::Url)?;
        run(agent, ready, request.timeout)
    } else {
        let ready = builder.body(request.body.as_bytes()).map_err(|_| TransportError::Url)?;
        run(agent, ready, request.timeout)
    };
    result.map_err(|error| blame(&error))
}

fn run(
    agent: &Agent,
    request: Request<impl ureq::AsSendBody>,
    timeout: Duration,
) -> Result<HttpResponse, ureq::Error> {
    let request = agent.configure_request(request).timeout_global(Some(timeout)).build();
    let mut response: Response<ureq::Body> = agent.run(request)?;
    let trace_id =
        response.headers().get(TRACE_ID_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(LARGEST_BODY).read_to_vec()?;
    Ok(HttpResponse::new(status, body).with_trace_id(trace_id))
}

/// What an error of ureq means.
fn blame(error: &ureq::Error) -> TransportError {
    use ureq::Error as E;
    match error {
        E::Timeout(_) => TransportError::Timeout,
        E::HostNotFound => TransportError::Dns,
        E::ConnectionFailed => TransportError::Connect,
        E::Tls(_) | E::Rustls(_) | E::Pem(_) | E::TlsRequired => TransportError::Tls,
        E::ConnectProxyFailed(_) | E::InvalidProxyUrl => TransportError::Proxy,
        E::BodyExceedsLimit(_) | E::LargeResponseHeader(..) => TransportError::TooLarge,
        E::BadUri(_) | E::Http(_) | E::RequireHttpsOnly(_) => TransportError::Url,
        E::Io(error) => blame_io(error),
        // The dialler's own word.
        E::Other(error) => {
            error.downcast_ref::<TransportError>().copied().unwrap_or(TransportError::Protocol)
        }
        // A status line, a header or a chunk that is none. The others are off.
        E::Protocol(_) | E::StatusCode(_) | E::RedirectFailed | E::TooManyRedirects | _ => {
            TransportError::Protocol
        }
    }
}

/// Errors of the system, and those that had to pass through an `io::Error` on their way through TLS or the body.
fn blame_io(error: &io::Error) -> TransportError {
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        return blame(inner);
    }
    if error.kind() == io::ErrorKind::TimedOut { TransportError::Timeout } else { tls::blame(error) }
}

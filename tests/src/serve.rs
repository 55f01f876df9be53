//! The model platform on a real loopback port: HTTP and WebSocket together, for bots in any language.
//!
//! ```no_run
//! use qq_testkit::serve::{ServeOptions, Server};
//!
//! let server = Server::start(ServeOptions::default())?;
//! println!("point your bot's base URLs at {}", server.base_url());
//! server.wait_for(std::time::Duration::from_secs(10), |platform| !platform.live_shards().is_empty());
//! let mut platform = server.platform();
//! let now = platform.now();
//! platform.push_c2c(now, "hello");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Dropping the [`Server`] ends every connection and joins every thread.
//!
//! # The control interface
//!
//! So that a test in any language can drive it, the same port answers below `/_control`. Everything is JSON;
//! errors are `{"error": ".."}` with status 400 or 404. Times are seconds since the start.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /_control/state` | | `{"now", "links", "sessions", "attempts", "sent", "violations", "over_limits", "live_shards"}` |
//! | `POST /_control/message` | `{"scene": "c2c"\|"group"\|"guild"\|"dm", "text", "author"?, "target"?, "guild"?, "event"?}` | `{"event_id", "message_id", "shard", "session"}` |
//! | `POST /_control/event` | `{"t", "d"}` | the same |
//! | `POST /_control/raw` | `{"shard", "text"}` | `{"done"}` |
//! | `POST /_control/burst` | `{"count", "scene"?, "text"?}` | `{"pushed", "first", "last"}`: texts are numbered from 0, `first` and `last` are `[session, seq]` |
//! | `POST /_control/incident` | an [`Incident`], as `{"incident": "close", "shard": 0, "code": 4009}`, or a [`SocketFault`], as `{"fault": "reset", "shard": 0}` | `{"done"}`: false if there was nothing it could happen to |
//! | `GET /_control/sent?after=N&wait_ms=M` | | `{"next", "sent"}`: accepted messages from number N on; waits up to M ms for the first |
//! | `GET /_control/seen?target=ID` | | `{"seen", "twice"}`: what people see, in order, and what somebody sees twice |
//! | `GET /_control/files` | | `{"files"}`: what was uploaded, by size and hash |
//! | `GET /_control/operations` | | `{"operations"}`: the names for `{"incident": "fail_operation", "operation": "guild_get", "how": "hang", "times": 1}` |
//! | `GET /_control/live?shards=N&wait_ms=M` | | `{"live_shards"}`: waits up to M ms until N shards are live |
//! | `POST /_control/callback` | `{"url"}`: http on this machine, or https; null takes it out | `{"done"}`: the address is being validated; once it is, events go there and not to the gateway |
//! | `GET /_control/callback?pushed=N&wait_ms=M` | | `{"standing", "pushes"}`: waits up to M ms until the address is validated or has failed, and N events are over |
//! | `POST /_control/forge` | `{"how"}`, a [`Forgery`] as `"other_body"` | `{"done"}`: false if there was nothing to forge it from |
//! | `GET /_control/violations` | | `{"violations"}` |
//! | `POST /_control/reset` | | `{"done"}`: connections are cut and everything starts anew |

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

#[cfg(doc)]
use crate::platform::Forgery;
use crate::platform::{Incident, Platform, PlatformConfig};

mod callback;
mod connection;
mod control;
mod fault;
mod listener;
mod outbox;
mod shared;
mod state;
mod upgrade;

pub use fault::SocketFault;
pub use shared::Locked;

use shared::Shared;

/// Threads of both sides are woken late on a busy machine; spacing rules forgive at least this much.
const JITTER: Duration = Duration::from_millis(250);

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// The port on 127.0.0.1; zero takes a free one.
    pub port: u16,
    /// The platform. Its `gateway_url` and `epoch` are replaced by what is true for this server, and its
    /// `arrival_margin` is at least 250 ms, because a real clock and real threads are part of what it measures.
    pub platform: PlatformConfig,
}

/// A platform that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Binds the port and starts to answer.
    pub fn start(options: ServeOptions) -> io::Result<Self> {
        let listener = listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)))?;
        let address = listener.local_addr()?;
        let mut config = options.platform;
        config.gateway_url = format!("ws://{address}/websocket");
        config.arrival_margin = config.arrival_margin.max(JITTER);
        config.epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let shared = Arc::new(Shared::new(address, config));
        // Made before the first thread, so that a failure to start the second one stops the first.
        let mut server = Self { address, shared, threads: Vec::new() };
        let (accepts, ticks) = (Arc::clone(&server.shared), Arc::clone(&server.shared));
        let accept = std::thread::Builder::new().name("platform accept".to_owned());
        server.threads.push(accept.spawn(move || listener::accept(&accepts, listener, address))?);
        let tick = std::thread::Builder::new().name("platform time".to_owned());
        server.threads.push(tick.spawn(move || ticks.serve_deadlines())?);
        let posts = Arc::clone(&server.shared);
        let post = std::thread::Builder::new().name("platform callbacks".to_owned());
        server.threads.push(post.spawn(move || callback::serve(&posts))?);
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a bot's API and token base URLs are set to.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What discovery announces.
    pub fn ws_url(&self) -> String {
        format!("ws://{}/websocket", self.address)
    }

    /// The platform, held for as long as the guard lives. What it did goes out when the guard is dropped.
    pub fn platform(&self) -> Locked<'_> {
        self.shared.lock()
    }

    /// Plays an incident now.
    pub fn apply(&self, incident: Incident) -> bool {
        let mut platform = self.platform();
        let now = platform.now();
        platform.apply(now, incident)
    }

    /// Plays a fault of the network now. False if the shard has no connection.
    pub fn fault(&self, fault: &SocketFault) -> bool {
        self.shared.fault(fault)
    }

    /// Waits until something is true of the platform; false if it was not in time.
    pub fn wait_for(&self, at_most: Duration, condition: impl Fn(&Platform) -> bool) -> bool {
        self.shared.wait_for(at_most, condition)
    }

    /// Ends every connection, closes the port and waits for every thread.
    pub fn stop(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        self.shared.stop();
        listener::wake(self.address);
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already; there is nobody to tell it again.
            let _ = thread.join();
        }
        self.shared.join_connections();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.halt();
    }
}

//! The sockets of a webhook: a task that accepts, and one for each connection.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_rustls::TlsAcceptor;
use smol::channel::{Receiver, Sender};
use smol::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use smol::lock::{Semaphore, SemaphoreGuardArc};
use smol::{Async, Timer, future};
use socket2::{Domain, Protocol, Socket, Type};

use super::Webhook;
use super::desk::Desk;
use super::http::{Connection, Rules, Step};
use crate::error::WebhookError;
use crate::shared::Shared;

/// Connections that may wait to be accepted: a burst waits there while all places are taken.
const BACKLOG: i32 = 1024;

/// Read at once.
const BUFFER: usize = 8 * 1024;

/// When no connection can be had, for example because no file descriptor is left, the next try is after this.
const PAUSE: Duration = Duration::from_millis(100);

/// What still comes on a connection that was refused is read for this long: if it were closed over it, its peer might
/// never see the answer.
const LINGER: Duration = Duration::from_millis(500);

/// A socket that listens, and what it was opened for.
pub(crate) struct Bound {
    listener: Async<TcpListener>,
    door: Arc<Door>,
    rules: Rules,
    webhook: Webhook,
}

impl Bound {
    /// Takes the address. Requests wait until the server is started.
    pub(crate) fn new(webhook: Webhook) -> Result<Self, WebhookError> {
        let rules = webhook.rules()?;
        let cannot = |error: io::Error| WebhookError::Bind { address: webhook.address, kind: error.kind() };
        let listener = listen(webhook.address).map_err(cannot)?;
        let address = listener.get_ref().local_addr().map_err(cannot)?;
        let (stop, stopped) = smol::channel::bounded(1);
        let door = Arc::new(Door { address, stop, stopped });
        Ok(Self { listener, door, rules, webhook })
    }

    /// What the application keeps of it.
    pub(crate) fn door(&self) -> &Arc<Door> {
        &self.door
    }
}

fn listen(address: SocketAddr) -> io::Result<Async<TcpListener>> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A bot that is started anew must not wait for connections of the one before.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Async::new(socket.into())
}

/// Where a webhook listens, and how it is told to stop.
pub(crate) struct Door {
    address: SocketAddr,
    stop: Sender<()>,
    stopped: Receiver<()>,
}

impl Door {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nobody in any more. Requests that are on their way are answered.
    pub(crate) fn close(&self) {
        self.stop.close();
    }
}

/// A server that runs.
pub(crate) struct Server {
    door: Arc<Door>,
    /// Ends when no task is left.
    gone: Receiver<()>,
}

impl Server {
    /// Begins to answer.
    pub(crate) fn start(bound: Bound, shared: &Arc<Shared>, desk: Arc<Desk>) -> Self {
        let Bound { listener, door, rules, webhook } = bound;
        let shared = Arc::clone(shared);
        let (alive, gone) = smol::channel::bounded(1);
        let (evict, evicted) = smol::channel::bounded(1);
        let tls = webhook.tls.map(TlsAcceptor::from);
        let all = Arc::new(All { rules, tls, shared, desk, evicted, stopped: door.stopped.clone() });
        let slots = Arc::new(Semaphore::new(webhook.connections.max(1)));
        smol::spawn(accept(listener, all, slots, evict, alive)).detach();
        Self { door, gone }
    }

    /// Takes no more, gives requests that are on their way a moment, and waits until nothing is left.
    pub(crate) async fn close(self) {
        self.door.close();
        let _ = self.gone.recv().await;
    }
}

/// What all connections share.
struct All {
    rules: Rules,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    desk: Arc<Desk>,
    /// Gives a word for one connection that is idle: its place is needed.
    evicted: Receiver<()>,
    /// Closed when the server stops.
    stopped: Receiver<()>,
}

async fn accept(
    listener: Async<TcpListener>,
    all: Arc<All>,
    slots: Arc<Semaphore>,
    evict: Sender<()>,
    alive: Sender<()>,
) {
    while let Some(slot) = or_stop(&all, place(&slots, &evict, &all.evicted)).await {
        match or_stop(&all, listener.accept()).await {
            None => return,
            Some(Ok((stream, _))) => {
                let (all, alive) = (Arc::clone(&all), alive.clone());
                let task = async move {
                    serve(stream, &all).await;
                    drop((slot, alive));
                };
                smol::spawn(task).detach();
            }
            Some(Err(error)) => {
                tracing::warn!(kind = ?error.kind(), "a connection to the webhook cannot be accepted");
                or_stop(&all, Timer::after(PAUSE)).await;
            }
        }
    }
}

/// A place for one more connection: the next one that is free, an idle connection's if all are taken.
async fn place(slots: &Arc<Semaphore>, evict: &Sender<()>, evicted: &Receiver<()>) -> SemaphoreGuardArc {
    if let Some(slot) = slots.try_acquire_arc() {
        return slot;
    }
    let _ = evict.try_send(());
    let slot = slots.acquire_arc().await;
    // If another one has left by itself, nobody need go.
    let _ = evicted.try_recv();
    slot
}

/// The same; `None` if the server stops first.
async fn or_stop<T>(all: &All, work: impl Future<Output = T>) -> Option<T> {
    let stop = async {
        let _ = all.stopped.recv().await;
        None
    };
    future::or(stop, async { Some(work.await) }).await
}

async fn serve(stream: Async<TcpStream>, all: &All) {
    let accepted = Instant::now();
    // Answers are small and wait for no other.
    let _ = stream.get_ref().set_nodelay(true);
    let Some(tls) = &all.tls else {
        return converse(stream, accepted, all).await;
    };
    let late = async {
        Timer::after(all.rules.request_timeout).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    if let Some(Ok(stream)) = or_stop(all, future::or(tls.accept(stream), late)).await {
        converse(stream, accepted, all).await;
    }
}

/// What ends the wait for something to read.
enum Woken {
    Read(io::Result<usize>),
    Late,
    Evicted,
    Stopped,
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, accepted: Instant, all: &All) {
    let mut http = Connection::new(accepted, &all.rules);
    let mut buffer = vec![0; BUFFER];
    let mut leaving = false;
    loop {
        let step = http.step();
        if let Step::Answer(request) = &step {
            let answer = all.desk.answer(&all.shared, request);
            http.answer(Instant::now(), &answer);
            continue;
        }
        let output = http.output();
        if !output.is_empty() && send(&mut stream, &output, all.rules.request_timeout).await.is_err() {
            return;
        }
        let Step::Read { until, idle } = step else {
            return linger(&mut stream, &mut buffer, all).await;
        };
        let read = async { Woken::Read(stream.read(&mut buffer).await) };
        let late = async {
            Timer::at(until).await;
            Woken::Late
        };
        let evicted = async {
            if idle && all.evicted.recv().await.is_ok() { Woken::Evicted } else { future::pending().await }
        };
        let stopped = async {
            if !leaving {
                let _ = all.stopped.recv().await;
                return Woken::Stopped;
            }
            future::pending().await
        };
        match future::or(read, future::or(late, future::or(stopped, evicted))).await {
            Woken::Read(Ok(len)) if len > 0 => {
                http.received(Instant::now(), buffer.get(..len).unwrap_or_default());
            }
            Woken::Read(Ok(_) | Err(_)) | Woken::Evicted => return,
            Woken::Late => http.timed_out(),
            Woken::Stopped => {
                leaving = true;
                http.leave(Instant::now());
            }
        }
    }
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], longest: Duration) -> io::Result<()> {
    let sent = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    let late = async {
        Timer::after(longest).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    future::or(sent, late).await
}

/// Says that nothing more will be sent, and reads a little of what still comes.
async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), buffer: &mut [u8], all: &All) {
    let rest = async {
        if stream.close().await.is_ok() {
            while stream.read(buffer).await.is_ok_and(|len| len > 0) {}
        }
    };
    let late = async {
        Timer::after(LINGER).await;
    };
    or_stop(all, future::or(rest, late)).await;
}

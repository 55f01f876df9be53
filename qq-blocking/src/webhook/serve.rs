//! The sockets of a webhook: a thread that accepts, and one for each connection.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::Waker;
use mio::net::TcpListener;
use rustls::{ServerConnection, StreamOwned};

use super::Webhook;
use super::desk::Desk;
use super::http::{Connection, Rules, Step};
use crate::error::WebhookError;
use crate::lock;
use crate::shared::Shared;
use crate::wait::{Wait, wake};

/// Read at once.
const BUFFER: usize = 8 * 1024;

/// When no connection can be had, for example because no file descriptor is left, the next try is after this.
const PAUSE: Duration = Duration::from_millis(100);

/// What still comes on a connection that was refused is read for this long: if it were closed over it, its peer might
/// never see the answer.
const LINGER: Duration = Duration::from_millis(500);

/// After a stop, requests that are on their way have this long before their connections are cut. Longer than what HTTP
/// gives them, so that they are answered.
const GRACE: Duration = Duration::from_millis(400);

/// A socket that listens, and what it was opened for.
pub(crate) struct Bound {
    listener: TcpListener,
    wait: Wait,
    door: Arc<Door>,
    rules: Rules,
    webhook: Webhook,
}

impl Bound {
    /// Takes the address. Requests wait until the server is started.
    pub(crate) fn new(webhook: Webhook) -> Result<Self, WebhookError> {
        let rules = webhook.rules()?;
        let cannot = |error: io::Error| WebhookError::Bind { address: webhook.address, kind: error.kind() };
        let mut listener = TcpListener::bind(webhook.address).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let wait = Wait::new().map_err(cannot)?;
        wait.add(&mut listener).map_err(cannot)?;
        let door = Arc::new(Door {
            address,
            waker: Arc::clone(wait.waker()),
            crowd: Mutex::default(),
            fewer: Condvar::new(),
        });
        Ok(Self { listener, wait, door, rules, webhook })
    }

    /// What the application keeps of it.
    pub(crate) fn door(&self) -> &Arc<Door> {
        &self.door
    }
}

/// Where a webhook listens, and who is there.
pub(crate) struct Door {
    address: SocketAddr,
    waker: Arc<Waker>,
    crowd: Mutex<Crowd>,
    /// A connection has ended.
    fewer: Condvar,
}

#[derive(Default)]
struct Crowd {
    peers: BTreeMap<u64, Peer>,
    /// The name of the next connection.
    next: u64,
    /// The connection that was asked to go last.
    evicted: Option<u64>,
    stopping: bool,
}

struct Peer {
    stream: Arc<TcpStream>,
    idle: bool,
}

impl Door {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nobody in any more. Requests that are on their way are answered.
    pub(crate) fn close(&self) {
        let mut crowd = lock(&self.crowd);
        crowd.stopping = true;
        for peer in crowd.peers.values().filter(|peer| peer.idle) {
            end(&peer.stream);
        }
        drop(crowd);
        wake(Some(&self.waker));
    }

    fn is_closed(&self) -> bool {
        lock(&self.crowd).stopping
    }

    /// Whether one more may come in. If not, one that is idle is asked to go.
    fn has_room(&self, most: usize) -> bool {
        let mut crowd = lock(&self.crowd);
        if crowd.peers.len() < most {
            return true;
        }
        let going = crowd.evicted.is_some_and(|name| crowd.peers.contains_key(&name));
        if let Some((name, peer)) = crowd.peers.iter().find(|(_, peer)| peer.idle && !going) {
            end(&peer.stream);
            crowd.evicted = Some(*name);
        }
        false
    }

    fn enter(&self, stream: Arc<TcpStream>) -> u64 {
        let mut crowd = lock(&self.crowd);
        let name = crowd.next;
        crowd.next += 1;
        crowd.peers.insert(name, Peer { stream, idle: false });
        name
    }

    fn leave(&self, name: u64) {
        lock(&self.crowd).peers.remove(&name);
        self.fewer.notify_all();
        wake(Some(&self.waker));
    }

    /// Notes whether a connection waits for its next request; `true` if the server stops.
    fn note(&self, name: u64, idle: bool, most: usize) -> bool {
        let mut crowd = lock(&self.crowd);
        // Its place may be needed: who was refused one has asked before it was idle.
        let full = crowd.peers.len() >= most;
        let was = crowd.peers.get_mut(&name).map(|peer| std::mem::replace(&mut peer.idle, idle));
        if idle && was == Some(false) && full {
            wake(Some(&self.waker));
        }
        crowd.stopping
    }

    /// Waits until all have gone; those who stay too long are cut.
    fn empty(&self) {
        let late = Instant::now() + GRACE;
        let mut crowd = lock(&self.crowd);
        while !crowd.peers.is_empty() {
            let left = late.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            crowd = self.fewer.wait_timeout(crowd, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        for peer in crowd.peers.values() {
            end(&peer.stream);
        }
    }
}

/// Ends a connection; whoever reads from it or writes to it wakes up.
fn end(stream: &TcpStream) {
    // It fails when the peer has been faster.
    let _ = stream.shutdown(Shutdown::Both);
}

/// A server that runs.
pub(crate) struct Server {
    door: Arc<Door>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Begins to answer.
    pub(crate) fn start(bound: Bound, shared: &Arc<Shared>, desk: Arc<Desk>) -> io::Result<Self> {
        let Bound { listener, wait, door, rules, webhook } = bound;
        let shared = Arc::clone(shared);
        let most = webhook.connections.max(1);
        let all = Arc::new(All { door: Arc::clone(&door), rules, most, shared, desk, webhook });
        let thread =
            thread::Builder::new().name("qq-webhook".into()).spawn(move || accept(&listener, wait, &all))?;
        Ok(Self { door, thread: Some(thread) })
    }
}

/// Takes no more, gives requests that are on their way a moment, and waits until nothing is left.
impl Drop for Server {
    fn drop(&mut self) {
        self.door.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What all connections share.
struct All {
    door: Arc<Door>,
    rules: Rules,
    most: usize,
    shared: Arc<Shared>,
    desk: Arc<Desk>,
    webhook: Webhook,
}

fn accept(listener: &TcpListener, mut wait: Wait, all: &Arc<All>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while !all.door.is_closed() {
        let pause = if all.door.has_room(all.most) {
            match listener.accept() {
                Ok((stream, _)) => {
                    threads.retain(|thread| !thread.is_finished());
                    match admit(stream.into(), all) {
                        Ok(thread) => threads.push(thread),
                        Err(error) => complain(&error),
                    }
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                Err(error) => {
                    complain(&error);
                    Some(PAUSE)
                }
            }
        } else {
            None
        };
        if let Err(error) = wait.sleep(pause) {
            complain(&error);
            thread::park_timeout(PAUSE);
        }
    }
    all.door.empty();
    for thread in threads {
        let _ = thread.join();
    }
}

fn complain(error: &io::Error) {
    tracing::warn!(kind = ?error.kind(), "a connection to the webhook cannot be accepted");
}

/// Serves a connection on a thread of its own.
fn admit(stream: TcpStream, all: &Arc<All>) -> io::Result<JoinHandle<()>> {
    let accepted = Instant::now();
    stream.set_nonblocking(false)?;
    // Answers are small and wait for no other.
    stream.set_nodelay(true)?;
    let stream = Arc::new(stream);
    let name = all.door.enter(Arc::clone(&stream));
    let theirs = Arc::clone(all);
    let spawned = thread::Builder::new().name("qq-webhook".into()).spawn(move || {
        serve(&Place { name, all: &theirs }, stream, accepted);
        theirs.door.leave(name);
    });
    if spawned.is_err() {
        all.door.leave(name);
    }
    spawned
}

/// A connection among all.
struct Place<'a> {
    name: u64,
    all: &'a All,
}

fn serve(place: &Place<'_>, stream: Arc<TcpStream>, accepted: Instant) {
    let until = accepted + place.all.rules.request_timeout;
    let timed = Timed { stream, until };
    match &place.all.webhook.tls {
        None => converse(place, timed, accepted),
        Some(settings) => {
            if let Ok(connection) = ServerConnection::new(Arc::clone(settings)) {
                converse(place, StreamOwned::new(connection, timed), accepted);
            }
        }
    }
}

fn converse(place: &Place<'_>, mut stream: impl Link, accepted: Instant) {
    let Place { name, all } = *place;
    let mut http = Connection::new(accepted, &all.rules);
    let mut buffer = vec![0; BUFFER];
    loop {
        let step = http.step();
        if let Step::Answer(request) = &step {
            let answer = all.desk.answer(&all.shared, request);
            http.answer(Instant::now(), &answer);
            continue;
        }
        let output = http.output();
        if !output.is_empty() {
            stream.set_until(Instant::now() + all.rules.request_timeout);
            if stream.write_all(&output).and_then(|()| stream.flush()).is_err() {
                return;
            }
        }
        let Step::Read { until, idle } = step else {
            return linger(&mut stream, &mut buffer);
        };
        if all.door.note(name, idle, all.most) {
            http.leave(Instant::now());
            if idle {
                return;
            }
        }
        stream.set_until(until);
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(len) => http.received(Instant::now(), buffer.get(..len).unwrap_or_default()),
            Err(error) if is_late(&error) => http.timed_out(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Says that nothing more will be sent, and reads a little of what still comes.
fn linger(stream: &mut impl Link, buffer: &mut [u8]) {
    stream.set_until(Instant::now() + LINGER);
    stream.finish();
    while stream.read(buffer).is_ok_and(|len| len > 0) {}
}

/// Which of the two a timeout of a socket is depends on the system.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// A connection with a time for all that is read and written, with TLS or in the clear.
trait Link: Read + Write {
    fn set_until(&mut self, until: Instant);

    /// Says that nothing more will be sent.
    fn finish(&mut self);
}

/// A socket with a time: what is read or written later than that fails, however little comes at once.
struct Timed {
    stream: Arc<TcpStream>,
    until: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        (&*self.stream).read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        (&*self.stream).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Link for Timed {
    fn set_until(&mut self, until: Instant) {
        self.until = until;
    }

    fn finish(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

impl Link for StreamOwned<ServerConnection, Timed> {
    fn set_until(&mut self, until: Instant) {
        self.sock.set_until(until);
    }

    fn finish(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
        self.sock.finish();
    }
}

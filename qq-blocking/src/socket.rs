//! `Connect`, `Send` and `Disconnect`: one thread owns each WebSocket. It sleeps until the socket or the driver has
//! something to say, writes first, then reads what is there; it shares no lock while it does either.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mio::Waker;
use qq_proto::{ConnId, Frame, Signal, TransportError};
use rustls::ClientConfig;
use tungstenite::error::ProtocolError;
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use crate::dial::{Target, dial};
use crate::driver::Woken;
use crate::gate::Gate;
use crate::lock;
use crate::proxy::Proxy;
use crate::tls::{self, Stream};
use crate::wait::{Cancel, Until, Wait, wake};

/// The read buffer of a connection. The library's own default would cost 128 KiB for each.
const READ_BUFFER: usize = 8 * 1024;
/// Frames are small and flushed at once.
const WRITE_BUFFER: usize = 1024;
/// A peer that lets this much pile up does not read any more.
const LONGEST_BACKLOG: usize = 1 << 20;
/// The most frames that go to the driver at once.
const BATCH: usize = 64;
/// Frames of a new connection that are read however full the queue is: the handshake must not wait for the application.
const FREE_FRAMES: usize = 8;
/// How long a connection that is being closed may take to send its last words and see the peer's.
const LINGER: Duration = Duration::from_millis(200);

/// What a connection needs to know.
pub(crate) struct Dial {
    pub(crate) conn: ConnId,
    pub(crate) url: String,
    pub(crate) timeout: Duration,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) largest: usize,
    pub(crate) gate: Arc<Gate>,
    pub(crate) driver: Sender<Woken>,
}

/// The driver's end of a connection.
pub(crate) struct Socket {
    orders: Arc<Orders>,
    waker: Arc<Waker>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Orders {
    frames: Mutex<VecDeque<Frame>>,
    hang_up: Mutex<Option<u16>>,
    /// Set after `hang_up`; ends a dial as well.
    cancel: Cancel,
}

impl Socket {
    /// Begins to dial.
    pub(crate) fn open(dial: Dial) -> io::Result<Self> {
        let wait = Wait::new()?;
        let waker = Arc::clone(wait.waker());
        let orders = Arc::new(Orders::default());
        orders.cancel.watch(&waker);
        let theirs = Arc::clone(&orders);
        let thread = thread::Builder::new()
            .name(format!("qq-link-{}", dial.conn))
            .spawn(move || run(&dial, &theirs, wait))?;
        Ok(Self { orders, waker, thread })
    }

    pub(crate) fn send(&self, frame: Frame) {
        lock(&self.orders.frames).push_back(frame);
        wake(Some(&self.waker));
    }

    /// Ends the connection, with a close frame if it is open. The thread is left to finish by itself.
    pub(crate) fn hang_up(self, code: u16) -> JoinHandle<()> {
        *lock(&self.orders.hang_up) = Some(code);
        self.abandon()
    }

    /// Ends the connection as it is.
    pub(crate) fn abandon(self) -> JoinHandle<()> {
        self.orders.cancel.set();
        self.thread
    }
}

fn run(dial: &Dial, orders: &Orders, mut wait: Wait) {
    let until = Until { deadline: Instant::now() + dial.timeout, cancel: &orders.cancel };
    match open(dial, &mut wait, until) {
        Ok(socket) => {
            let mut link = Link {
                dial,
                orders,
                wait,
                socket,
                batch: vec![Signal::Opened],
                free: FREE_FRAMES,
                permits: 0,
                paused: false,
            };
            link.deliver();
            link.run();
        }
        Err(error) => {
            let batch = vec![Signal::Failed(error)];
            let _ = dial.driver.send(Woken::Link { conn: dial.conn, batch, permits: 0 });
        }
    }
}

/// Connects, makes the TLS handshake and the WebSocket handshake.
fn open(dial_to: &Dial, wait: &mut Wait, until: Until<'_>) -> Result<WebSocket<Stream>, TransportError> {
    let target = Target::of(&dial_to.url)?;
    let socket = dial(&target, dial_to.proxy.as_ref(), wait, until)?;
    let stream = if target.tls {
        let config = dial_to.tls.clone().ok_or(TransportError::Tls)?;
        Stream::secured(socket, &target.host, config, wait, until)?
    } else {
        Stream::Plain(socket)
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(LONGEST_BACKLOG)
        .max_message_size(Some(dial_to.largest))
        .max_frame_size(Some(dial_to.largest));
    let mut attempt = tungstenite::client::client_with_config(&dial_to.url, stream, Some(config));
    loop {
        match attempt {
            Ok((socket, _)) => return Ok(socket),
            Err(HandshakeError::Failure(error)) => return Err(blame(&error)),
            Err(HandshakeError::Interrupted(half)) => {
                until.sleep(wait)?;
                attempt = half.handshake();
            }
        }
    }
}

/// What to do next.
enum Next {
    /// There may be more to read.
    Again,
    /// The socket has no more for now.
    Sleep,
    /// The connection is over.
    End,
}

/// An open connection.
struct Link<'a> {
    dial: &'a Dial,
    orders: &'a Orders,
    wait: Wait,
    socket: WebSocket<Stream>,
    /// What the driver is told next.
    batch: Vec<Signal>,
    /// Frames that may still be read without a permit.
    free: usize,
    /// Permits used for this batch.
    permits: usize,
    paused: bool,
}

impl Link<'_> {
    fn run(&mut self) {
        loop {
            let hang_up = *lock(&self.orders.hang_up);
            if let Some(code) = hang_up {
                return self.hang_up(code);
            }
            if self.orders.cancel.is_on() {
                return;
            }
            let next = match self.write() {
                Ok(()) => self.read(),
                Err(error) => self.fail(&error),
            };
            self.deliver();
            match next {
                Next::Again => {}
                Next::Sleep => {
                    if self.wait.sleep(None).is_err() {
                        self.batch.push(Signal::Failed(TransportError::Broken));
                        return self.deliver();
                    }
                }
                Next::End => return,
            }
        }
    }

    /// Sends what the driver wants sent, and what is left from before.
    fn write(&mut self) -> Result<(), Error> {
        loop {
            // A statement of its own: the lock is not held while writing.
            let frame = lock(&self.orders.frames).pop_front();
            let Some(frame) = frame else { break };
            if let Err(error) = self.socket.write(Message::text(frame.into_string())) {
                if !is_would_block(&error) {
                    return Err(error);
                }
            }
        }
        match self.socket.flush() {
            Err(error) if !is_would_block(&error) => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Reads one batch, as far as there is room for it.
    fn read(&mut self) -> Next {
        let free = self.free.min(BATCH);
        let taken = self.dial.gate.take(BATCH - free);
        let room = free + taken;
        if room == 0 {
            if !self.paused {
                self.paused = true;
                self.batch.push(Signal::ReadPaused);
            }
            return if self.dial.gate.park(self.wait.waker()) { Next::Again } else { Next::Sleep };
        }
        if self.paused {
            self.paused = false;
            self.batch.push(Signal::ReadResumed);
        }
        let mut used = 0;
        let mut next = Next::Again;
        // Pings cost no room, but a flood of them must not keep the driver's orders waiting.
        for _ in 0..BATCH {
            if used == room {
                break;
            }
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    self.batch.push(Signal::Text(Bytes::from(text)));
                    used += 1;
                }
                Ok(Message::Binary(bytes)) => {
                    self.batch.push(Signal::Text(bytes));
                    used += 1;
                }
                Ok(Message::Close(frame)) => {
                    let _ = self.socket.flush();
                    let code = frame.map(|frame| frame.code.into());
                    self.batch.push(Signal::Closed { code });
                    next = Next::End;
                    break;
                }
                // The library answers pings by itself, with the next read or write.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(error) if is_would_block(&error) => {
                    next = Next::Sleep;
                    break;
                }
                Err(error) => {
                    next = self.fail(&error);
                    break;
                }
            }
        }
        let unpaid = used.min(free);
        self.free -= unpaid;
        self.dial.gate.force(unpaid);
        self.dial.gate.give(room - free - (used - unpaid));
        self.permits = used;
        next
    }

    fn fail(&mut self, error: &Error) -> Next {
        let ended = matches!(
            error,
            Error::ConnectionClosed
                | Error::AlreadyClosed
                | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        );
        self.batch.push(if ended { Signal::Closed { code: None } } else { Signal::Failed(blame(error)) });
        Next::End
    }

    fn deliver(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        let _ = self.dial.driver.send(Woken::Link {
            conn: self.dial.conn,
            batch,
            permits: std::mem::take(&mut self.permits),
        });
    }

    /// Says goodbye and goes. The peer's own goodbye is looked for only so that ours is not lost: a socket that is
    /// closed with unread data in it takes back what it has sent.
    fn hang_up(&mut self, code: u16) {
        let until = Instant::now() + LINGER;
        let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
        let mut sent = self.socket.close(Some(frame));
        let mut told = false;
        let mut void = [0; 4096];
        loop {
            if sent.is_ok() && !told {
                self.socket.get_mut().finish();
                told = true;
            }
            match self.socket.get_mut().socket().read(&mut void) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() || self.wait.sleep(Some(left)).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
            if Instant::now() >= until {
                return;
            }
            if !told {
                sent = self.socket.flush();
            }
        }
    }
}

/// The socket never blocks and has no timeout of its own, so this is the only kind that means "later". `TimedOut`
/// would be the system's word that the peer is gone.
fn is_would_block(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// What an error of the WebSocket library means.
fn blame(error: &Error) -> TransportError {
    match error {
        Error::Io(error) => tls::blame(error),
        Error::Tls(_) => TransportError::Tls,
        Error::Capacity(_) => TransportError::TooLarge,
        Error::Http(response) => TransportError::Status(response.status().as_u16()),
        Error::Url(_) => TransportError::Url,
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::WriteBufferFull(_)
        | Error::Protocol(ProtocolError::HandshakeIncomplete) => TransportError::Broken,
        Error::Protocol(_) | Error::Utf8(_) | Error::AttackAttempt | Error::HttpFormat(_) => {
            TransportError::Protocol
        }
    }
}

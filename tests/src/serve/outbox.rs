//! What waits to be written to one WebSocket. Whoever holds the platform puts frames in; one thread takes
//! everything that is there and writes it in one go.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tungstenite::protocol::frame::Frame;

/// How long a bot may take to answer a close frame before the socket goes without it.
const FAREWELL: Duration = Duration::from_secs(2);

/// How the connection ends once everything was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A close frame was written; the bot still has something to say.
    HalfClosed,
    /// There is nothing more in either direction.
    Closed,
    /// The same, but the bot's system says "reset" instead of "end".
    Reset,
}

/// How the next bytes leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pace {
    #[default]
    Free,
    /// So many bytes, one by one.
    Trickle { bytes: usize, pause: Duration },
    /// So many bytes, and then a reset.
    CutAfter { bytes: usize },
    /// None until then.
    Stall { until: Instant },
}

#[derive(Debug, Default)]
struct Inner {
    bytes: Vec<u8>,
    ending: Option<Ending>,
    pace: Pace,
}

impl Inner {
    /// Whether nothing is written any more, come what may.
    fn over(&self) -> bool {
        matches!(self.ending, Some(Ending::Closed | Ending::Reset))
    }
}

/// The queue of one connection.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Outbox {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put_frame(&self, frame: Frame) {
        let mut inner = self.inner();
        if inner.ending.is_none() {
            // Writing to memory does not fail.
            let _ = frame.format(&mut inner.bytes);
            self.changed.notify_one();
        }
    }

    pub(crate) fn put(&self, bytes: &[u8]) {
        let mut inner = self.inner();
        if inner.ending.is_none() {
            inner.bytes.extend_from_slice(bytes);
            self.changed.notify_one();
        }
    }

    pub(crate) fn end(&self, ending: Ending) {
        let mut inner = self.inner();
        if !inner.over() {
            inner.ending = Some(ending);
        }
        self.changed.notify_one();
    }

    pub(crate) fn pace(&self, pace: Pace) {
        self.inner().pace = pace;
        self.changed.notify_one();
    }

    /// Writes until the connection ends. Runs on a thread of its own.
    pub(crate) fn write_to(&self, mut stream: &TcpStream) {
        loop {
            let (bytes, pace, ending) = self.next();
            if ending == Some(Ending::Reset) {
                return;
            }
            let written = match pace {
                Pace::Trickle { bytes: count, pause } => self.trickle(stream, &bytes, count, pause),
                Pace::CutAfter { bytes: count } => self.cut_after(stream, &bytes, count),
                Pace::Free | Pace::Stall { .. } => stream.write_all(&bytes),
            };
            if written.is_err() {
                self.end(Ending::Closed);
                // The reader wakes up and lets go of the socket.
                let _ = stream.shutdown(Shutdown::Read);
                return;
            }
            match ending {
                Some(Ending::HalfClosed) => {
                    let _ = stream.shutdown(Shutdown::Write);
                    self.rest(FAREWELL);
                    let _ = stream.shutdown(Shutdown::Both);
                    return;
                }
                Some(Ending::Closed) => {
                    let _ = stream.shutdown(Shutdown::Both);
                    return;
                }
                Some(Ending::Reset) | None => {}
            }
        }
    }

    /// Waits for something to write or for the end.
    fn next(&self) -> (Vec<u8>, Pace, Option<Ending>) {
        let mut inner = self.inner();
        loop {
            let stalled = match inner.pace {
                Pace::Stall { until } => until.checked_duration_since(Instant::now()),
                Pace::Free | Pace::Trickle { .. } | Pace::CutAfter { .. } => None,
            };
            if let Some(left) = stalled.filter(|_| !inner.over()) {
                inner = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
            } else if inner.bytes.is_empty() && inner.ending.is_none() {
                inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
            } else {
                return (std::mem::take(&mut inner.bytes), inner.pace, inner.ending);
            }
        }
    }

    fn trickle(&self, mut stream: &TcpStream, bytes: &[u8], count: usize, pause: Duration) -> io::Result<()> {
        let (slow, fast) = bytes.split_at(count.min(bytes.len()));
        for byte in slow {
            stream.write_all(std::slice::from_ref(byte))?;
            self.rest(pause);
        }
        let left = count.saturating_sub(slow.len());
        let mut inner = self.inner();
        if inner.pace == (Pace::Trickle { bytes: count, pause }) {
            inner.pace = if left == 0 { Pace::Free } else { Pace::Trickle { bytes: left, pause } };
        }
        drop(inner);
        stream.write_all(fast)
    }

    /// A pause that ends at once when the connection does.
    fn rest(&self, pause: Duration) {
        let inner = self.inner();
        drop(self.changed.wait_timeout_while(inner, pause, |inner| !inner.over()));
    }

    fn cut_after(&self, mut stream: &TcpStream, bytes: &[u8], count: usize) -> io::Result<()> {
        if bytes.len() < count {
            self.inner().pace = Pace::CutAfter { bytes: count - bytes.len() };
            return stream.write_all(bytes);
        }
        stream.write_all(bytes.get(..count).unwrap_or_default())?;
        reset(stream);
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// Makes the end of a connection a reset instead of an orderly one. It goes out when the last thread lets go of
/// the socket, which the readers do at once.
pub(crate) fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
    let _ = stream.shutdown(Shutdown::Read);
}

//! One gateway frame: its envelope is read, its payload is left where it is.
//!
//! [`decode`] reads `op`, `s`, `t` and `id` and stops at `d`. The payload stays inside the shared frame as a
//! range of bytes; nothing of it is copied, checked or even looked at until [`Parts::body`] is asked for.
//!
//! # Agreement with a generic JSON decoder
//!
//! 1. For every well-formed frame whose keys are unique, `decode` and `body` agree with `serde_json::Value`
//!    on `op`, `s`, `t`, `id` and `d`. (The order of keys, white space, unknown keys and a byte order mark do
//!    not matter.)
//! 2. If `decode` gives anything but a dispatch, or gives a dispatch whose `body` is `Ok`, then the frame is
//!    well-formed JSON and none of the five keys stands in it twice. A body that is not well-formed is found
//!    by `body`, not by `decode`: the sequence number still counts and the link lives on.
//! 3. A frame that was cut off is an error of `decode`, unless the cut happens to fall behind two closing
//!    braces; then it is an error of `body`.
//!
//! The fast way of [`fast`] reads what the platform sends. Whatever it finds unusual it leaves to [`slow`],
//! which asks `serde_json`.

mod fast;
pub(crate) mod number;
pub(crate) mod scan;
mod slow;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use bytes::Bytes;
use core::str;
use scan::Flaw;

/// Why a frame cannot be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The frame is not text.
    #[error("the frame is not UTF-8")]
    NotUtf8,
    /// The frame is not JSON, or was cut off.
    #[error("the frame is not well-formed JSON")]
    NotJson,
    /// The frame is JSON, but not an object.
    #[error("the frame is not a JSON object")]
    NotAnObject,
    /// `op` is missing or null.
    #[error("the frame has no op")]
    NoOp,
    /// `op` is neither a whole number nor one written as text.
    #[error("the frame's op is not a number")]
    BadOp,
    /// One of `op`, `s`, `t`, `id`, `d` stands in the frame twice.
    #[error("the frame has a key twice")]
    DuplicateKey,
    /// Longer than [`Limits::frame_bytes`](crate::Limits::frame_bytes).
    #[error("the frame is too long")]
    TooLong,
}

/// Why the payload of a dispatch cannot be read. The dispatch itself counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The payload, or what follows it in the frame, is not text.
    #[error("the payload is not UTF-8")]
    NotUtf8,
    /// The payload, or what follows it in the frame, is not well-formed JSON.
    #[error("the payload is not well-formed JSON")]
    Malformed,
    /// The payload is nested too deeply to be meant well.
    #[error("the payload is nested too deeply")]
    TooDeep,
    /// A key of the envelope comes again after the payload, so it is not clear which one is meant.
    #[error("a key of the frame is repeated after the payload")]
    DuplicateKey,
}

impl From<Flaw> for BodyError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Malformed => Self::Malformed,
            Flaw::TooDeep => Self::TooDeep,
        }
    }
}

/// What the gateway said.
#[derive(Clone, Debug)]
pub(crate) enum Incoming {
    /// op 0.
    Dispatch(Parts),
    /// op 1: the server wants a beat at once.
    Heartbeat,
    /// op 7.
    Reconnect,
    /// op 9. Only a plain `true` in `d` lets the session be resumed; `false`, nothing, and a claimed object
    /// do not.
    InvalidSession { resumable: bool },
    /// op 10. The interval is given as it came, unless it is missing or makes no sense; guarding it is the
    /// caller's job.
    Hello { interval_ms: Option<u64> },
    /// op 11.
    HeartbeatAck,
    /// Any other op.
    Other { op: i64 },
}

/// A range inside the frame. `u32` keeps [`Parts`] small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    at: u32,
    end: u32,
}

impl Span {
    fn new(at: usize, end: usize) -> Self {
        // `decode` refuses frames in which this would not hold.
        let small = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Self { at: small(at), end: small(end) }
    }

    fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.at as usize..self.end as usize).unwrap_or_default()
    }
}

/// Envelope of a frame, as ranges.
#[derive(Clone, Copy, Debug, Default)]
struct Envelope {
    op: i64,
    seq: Option<u64>,
    name: Span,
    id: Span,
    /// `0..0` if there is no `d`; `at..0` if nobody has looked for its end yet.
    body: Span,
}

/// The parts of a dispatch, inside the frame they came in.
///
/// Cloning counts a reference. Holding one holds the whole frame.
#[derive(Clone)]
pub(crate) struct Parts {
    frame: Bytes,
    seq: Option<u64>,
    name: Span,
    id: Span,
    body: Span,
}

/// The most frequent frame there is, byte for byte.
const ACK: &[u8] = br#"{"op":11}"#;

/// Whether this is the answer to a beat, as the platform writes it.
pub(crate) fn is_ack(frame: &Bytes) -> bool {
    **frame == *ACK
}

/// Reads the envelope of one frame.
pub(crate) fn decode(frame: &Bytes) -> Result<Incoming, FrameError> {
    if u32::try_from(frame.len()).is_err() {
        return Err(FrameError::TooLong);
    }
    if is_ack(frame) {
        return Ok(Incoming::HeartbeatAck);
    }
    if let Some(envelope) = fast::usual(frame).or_else(|| fast::scan(frame)) {
        if envelope.op == 0 {
            return Ok(Incoming::Dispatch(Parts::new(frame.clone(), envelope)));
        }
        // Control frames are small: check them whole, so that a broken one is never obeyed.
        let body = envelope.body.of(frame);
        if str::from_utf8(frame).is_ok() && (body.is_empty() || scan::value(body, 0) == Ok(body.len())) {
            return Ok(control(envelope.op, str::from_utf8(body).unwrap_or_default()));
        }
    }
    slow::read(frame)
}

fn control(op: i64, body: &str) -> Incoming {
    match op {
        1 => Incoming::Heartbeat,
        7 => Incoming::Reconnect,
        9 => Incoming::InvalidSession { resumable: body == "true" },
        10 => Incoming::Hello { interval_ms: slow::interval(body) },
        11 => Incoming::HeartbeatAck,
        op => Incoming::Other { op },
    }
}

/// The same as text, if it is.
fn checked(bytes: &[u8]) -> Option<&str> {
    #[cfg(feature = "fast-utf8")]
    let text = simdutf8::basic::from_utf8(bytes).ok();
    #[cfg(not(feature = "fast-utf8"))]
    let text = str::from_utf8(bytes).ok();
    text
}

impl Parts {
    fn new(frame: Bytes, envelope: Envelope) -> Self {
        let Envelope { op: _, seq, name, id, body } = envelope;
        Self { frame, seq, name, id, body }
    }

    /// For a name or id that is written with escapes: neither is a piece of the frame then, so the frame is
    /// replaced by one that holds all three parts in plain text.
    fn rebuilt(seq: Option<u64>, name: &str, id: &str, body: &str) -> Self {
        let mut text = Vec::with_capacity(name.len() + id.len() + body.len());
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(id.as_bytes());
        text.extend_from_slice(body.as_bytes());
        let [name, id] = [Span::new(0, name.len()), Span::new(name.len(), name.len() + id.len())];
        let body = if body.is_empty() { Span::default() } else { Span::new(id.end as usize, text.len()) };
        Self { frame: Bytes::from(text), seq, name, id, body }
    }

    /// `s`: the number of this dispatch within its session. A whole number, also if written as text (`"7"`)
    /// or with an empty fraction (`7.0`); `None` if missing, null, negative or anything else. Zero is handed
    /// on as it is.
    pub(crate) fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// `t`: the name of the event, empty if it is missing or not text.
    pub(crate) fn name(&self) -> &str {
        // Only ever cut from text that was checked.
        str::from_utf8(self.name.of(&self.frame)).unwrap_or_default()
    }

    /// Whether `t` is this, without checking it for being text.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.of(&self.frame) == name.as_bytes()
    }

    /// The bytes of [`id`](Self::id), empty if there is none.
    pub(crate) fn id_bytes(&self) -> &[u8] {
        self.id.of(&self.frame)
    }

    /// `id`: the event id that a passive reply may quote. READY and RESUMED have none; an empty one is none.
    /// A number is taken as its digits.
    pub(crate) fn id(&self) -> Option<&str> {
        str::from_utf8(self.id.of(&self.frame)).ok().filter(|id| !id.is_empty())
    }

    /// The exact JSON text of `d`, `null` if there is none. Checks it, and what follows it in the frame, to
    /// the last byte each time it is called.
    pub(crate) fn body(&self) -> Result<&str, BodyError> {
        let text = self.unchecked()?;
        let end = scan::value(text.as_bytes(), 0)?;
        self.finish(text, end)?;
        text.get(..end).ok_or(BodyError::Malformed)
    }

    /// Text that begins with `d`; it is JSON only as far as somebody reads it. Whoever does must call
    /// [`finish`](Self::finish) with the position behind it.
    pub(crate) fn unchecked(&self) -> Result<&str, BodyError> {
        let bytes = match self.body {
            Span { at: 0, end: 0 } => return Ok("null"),
            Span { at, end: 0 } => self.frame.get(at as usize..).unwrap_or_default(),
            closed => closed.of(&self.frame),
        };
        checked(bytes).ok_or(BodyError::NotUtf8)
    }

    /// Checks what follows `d`, of which `text` is what [`unchecked`](Self::unchecked) gave and `at` the end.
    pub(crate) fn finish(&self, text: &str, at: usize) -> Result<(), BodyError> {
        if self.body.at != 0 && self.body.end == 0 {
            fast::tail(text, at)
        } else if at == text.len() {
            Ok(())
        } else {
            Err(BodyError::Malformed)
        }
    }

    /// The memory all parts share: the frame as it came, or plain text made from it if its name or id had
    /// escapes.
    #[cfg(test)]
    pub(crate) fn frame(&self) -> &Bytes {
        &self.frame
    }
}

impl core::fmt::Debug for Parts {
    /// Leaves the payload out: it is what users wrote.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Parts")
            .field("seq", &self.seq)
            .field("name", &self.name())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

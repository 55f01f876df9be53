//! What comes out: events, answers, counts.

use alloc::sync::Arc;
use core::fmt;

use bytes::Bytes;

use crate::dispatch::Dispatch;
use crate::time::Timestamp;
use crate::webhook::Refusal;
use crate::webhook::refusal::NAMES;

/// What became of one request.
#[derive(Debug)]
#[must_use = "a request that is not answered within 3 s is sent again"]
pub enum Received {
    /// A new event: try to enqueue it, and tell which it was with
    /// [`Webhook::accepted`](crate::webhook::Webhook::accepted) or [`Webhook::full`](crate::webhook::Webhook::full);
    /// either gives the answer to send.
    Event(Delivery),
    /// Nothing to deliver: send this answer.
    Done(Answer),
}

/// A new event, not yet answered.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "an event that is not delivered is lost"]
pub struct Delivery {
    /// The bot that it is for.
    pub app_id: Arc<str>,
    /// The event. It shares the body it came in. Its [`shard`](Dispatch::shard) is 0; its [`seq`](Dispatch::seq) is
    /// whatever the body says and means nothing.
    pub dispatch: Dispatch,
    /// To be given back when it is known whether the event could be enqueued.
    pub receipt: Receipt,
}

/// Stands for one event that was handed out and not yet answered. Give it back to the same
/// [`Webhook`](crate::webhook::Webhook); one that is lost counts as "full" after
/// [`Limits::receipt_timeout`](crate::webhook::Limits::receipt_timeout).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "without its receipt an event is put off again and again"]
pub struct Receipt {
    pub(crate) app_id: Arc<str>,
    pub(crate) serial: u64,
    /// Hash of what the event is recognised by.
    pub(crate) key: u64,
    pub(crate) since: Timestamp,
}

/// An answer to send, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a request that is not answered within 3 s is sent again"]
pub struct Answer {
    /// The HTTP response to send.
    pub response: Response,
    /// What happened, for logs.
    pub notice: Notice,
    /// The bot that it is about, if it is known here.
    pub app_id: Option<Arc<str>>,
}

/// An HTTP response to send.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body, JSON; empty for none.
    pub body: Bytes,
}

impl Response {
    /// The value of `Content-Type`, if there is a body.
    pub fn content_type(&self) -> Option<&'static str> {
        (!self.body.is_empty()).then_some("application/json")
    }

    /// Op 12: the request was received.
    pub(crate) const fn received() -> Self {
        Self::json(Bytes::from_static(br#"{"op":12,"d":0}"#))
    }

    /// Op 12 with a failure: send it again.
    pub(crate) const fn again() -> Self {
        Self::json(Bytes::from_static(br#"{"op":12,"d":1}"#))
    }

    pub(crate) const fn json(body: Bytes) -> Self {
        Self { status: 200, body }
    }

    pub(crate) const fn refusal(why: Refusal) -> Self {
        Self { status: why.status(), body: Bytes::new() }
    }
}

impl fmt::Debug for Response {
    /// Leaves the body out: it may hold a signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// What a request was that brought no new event, or what became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// An event was enqueued.
    Accepted,
    /// An event could not be enqueued; the platform is asked to send it again.
    Full,
    /// Another copy of an event that was accepted before: a retry or a replay. Answered as accepted.
    Duplicate,
    /// Another copy of an event whose receipt has not come back. The platform is asked to send it again, by when it is
    /// known whether the first copy was accepted.
    InFlight,
    /// Too many receipts have not come back; the platform is asked to send the event again.
    Busy,
    /// The address was validated (op 13).
    Validated {
        /// Whether the request was signed; one that is not is refused with
        /// [`Validation::Refused`](crate::webhook::Validation::Refused).
        signed: bool,
    },
    /// A heartbeat (op 1) of the older HTTP sessions was answered (op 11).
    Heartbeat,
    /// Another op, signed. Answered as received.
    Other {
        /// The op.
        op: i64,
    },
    /// The request was refused.
    Refused(Refusal),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Full => "full: to be sent again",
            Self::Duplicate => "accepted before",
            Self::InFlight => "another copy is being delivered: to be sent again",
            Self::Busy => "too many deliveries at once: to be sent again",
            Self::Validated { signed: true } => "address validated",
            Self::Validated { signed: false } => "address validated, unsigned",
            Self::Heartbeat => "heartbeat",
            Self::Other { op } => return write!(f, "op {op}, not for us"),
            Self::Refused(why) => return write!(f, "refused: {why}"),
        })
    }
}

/// Counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Events that were enqueued.
    pub accepted: u64,
    /// Copies of events that had been accepted.
    pub duplicates: u64,
    /// Events put off because the application's queue was full, or too many receipts were out.
    pub full: u64,
    /// Copies put off because the first one was still being delivered.
    pub in_flight: u64,
    /// Receipts that did not come back in time.
    pub lost_receipts: u64,
    /// Ids that were forgotten for want of room while a replay of their event would still have been taken.
    pub forgotten: u64,
    /// Address validations that were answered.
    pub validations: u64,
    /// Heartbeats of the older HTTP sessions.
    pub heartbeats: u64,
    /// Signed requests with an op that has no meaning here.
    pub others: u64,
    pub(crate) refused: [u64; Refusal::KINDS],
}

impl Totals {
    /// How many requests were refused for each reason that has occurred, by its [name](Refusal::name).
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> {
        NAMES.into_iter().zip(self.refused).filter(|(_, times)| *times > 0)
    }
}

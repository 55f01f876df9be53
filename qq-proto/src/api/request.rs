//! Typed calls.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use bytes::Bytes;

use crate::api::body::{Part, form};
use crate::api::error::CallError;
use crate::api::invalid::Invalid;
use crate::io::Method;
use crate::secret::Body;
use crate::url::{push_pair, push_segment};

/// A call to the REST API: how its request is built and how its reply is read.
///
/// Bots use the calls of this crate; implement it for an operation that is missing here.
pub trait Call {
    /// What a successful call gives.
    type Reply;

    /// The request.
    fn request(&self) -> ApiRequest;

    /// Reads a successful reply. `outcome` says what the platform answered.
    fn read(outcome: &Outcome) -> Result<Self::Reply, CallError>;

    /// Whether it keeps the rules of the platform that are known beforehand. Called once, before the first request; a
    /// call that breaks one is given back and never sent.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }

    /// Takes the next free `msg_seq` for what it answers, if it has none and needs one. `next` gives a number that was
    /// not yet used with this `msg_id` or `event_id`. Called once, before the first request.
    fn numbered(&mut self, next: &mut dyn FnMut(&str) -> u32) {
        let _ = next;
    }

    /// The `msg_id` or `event_id` it answers and the `msg_seq` it has, if it has one. The client gives such a number to
    /// no other call.
    fn number(&self) -> Option<(&str, u32)> {
        None
    }
}

/// One request to the REST API, before the host, the token and the timeout are added.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiRequest {
    /// The method.
    pub method: Method,
    /// The path, beginning with a slash, its variable parts encoded.
    pub path: String,
    /// The query, encoded, without its question mark; empty for none.
    pub query: String,
    /// The body; empty for none.
    pub body: Body,
    /// What the body is, if there is one.
    pub content_type: ContentType,
    /// Calls with the same key keep their order: the next one waits until the one before has its outcome. A
    /// conversation is such a key. `None` for calls that need no order.
    pub lane: Option<String>,
    /// Whether the core may repeat it.
    pub repeat: Repeat,
}

/// What the body of a request is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentType {
    /// `application/json`.
    #[default]
    Json,
    /// `multipart/form-data`.
    Multipart {
        /// What stands between the parts and in none of them.
        boundary: String,
    },
}

impl ContentType {
    /// The value of the `Content-Type` header.
    pub fn header(&self) -> Cow<'static, str> {
        match self {
            Self::Json => Cow::Borrowed("application/json"),
            Self::Multipart { boundary } => Cow::Owned(format!("multipart/form-data; boundary={boundary}")),
        }
    }
}

/// When the core may repeat a call by itself, within the call's deadline. A call that was answered with 401 is
/// repeated once with a new token in every case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repeat {
    /// Never: the program decides.
    #[default]
    Never,
    /// When the platform has refused and said that it did nothing: rate limits and 5xx (but 504, which does not say).
    Refused,
    /// Also when the outcome is unknown: twice is the same as once, as with everything that only reads.
    Idempotent,
    /// Also when the outcome is unknown: the platform drops a second copy (same `msg_id` and `msg_seq`) and says so.
    Deduplicated,
}

impl ApiRequest {
    /// A request whose path is the given segments, each encoded.
    pub fn new(method: Method, segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            push_segment(&mut path, segment);
        }
        Self::to(method, path)
    }

    /// A request to a path that is encoded already.
    pub(crate) fn to(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: String::new(),
            body: Body::default(),
            content_type: ContentType::Json,
            lane: None,
            repeat: Repeat::Never,
        }
    }

    /// The same with one more pair in its query.
    #[must_use]
    pub fn with_pair(mut self, key: &str, value: &str) -> Self {
        push_pair(&mut self.query, key, value);
        self
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn with_body(mut self, json: impl Into<String>) -> Self {
        self.body = Body::from(json.into());
        self.content_type = ContentType::Json;
        self
    }

    /// The same with a form of several parts, one of which may be a file.
    #[must_use]
    pub fn with_parts(mut self, parts: &[Part<'_>]) -> Self {
        let (boundary, bytes) = form(parts);
        self.body = Body::new(bytes);
        self.content_type = ContentType::Multipart { boundary };
        self
    }

    /// The same in an ordered lane.
    #[must_use]
    pub fn in_lane(mut self, key: impl Into<String>) -> Self {
        self.lane = Some(key.into());
        self
    }

    /// The same with permission to repeat.
    #[must_use]
    pub fn with_repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }
}

/// What the platform answered to a call that succeeded.
#[derive(Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// The HTTP status, 2xx.
    pub status: u16,
    /// The body; empty after 204.
    pub body: Bytes,
    /// Whether the platform says that an earlier copy of this call had already been delivered (40054005 on a
    /// repeat); then there is no body to read.
    pub delivered_before: bool,
}

impl Outcome {
    /// An outcome with this status and body, as for a test of one's own.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, body: body.into(), delivered_before: false }
    }
}

impl core::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Outcome")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("delivered_before", &self.delivered_before)
            .finish()
    }
}

/// Any operation, untyped: the reply is the body as it came.
#[derive(Clone, Debug)]
pub struct RawCall(pub ApiRequest);

impl Call for RawCall {
    type Reply = Bytes;

    fn request(&self) -> ApiRequest {
        self.0.clone()
    }

    fn read(outcome: &Outcome) -> Result<Bytes, CallError> {
        Ok(outcome.body.clone())
    }
}

//! What goes in and what comes out: the border between the core and the embedder.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;

use crate::event::Event;
use crate::id::{ConnId, HttpId, ShardIndex};
use crate::secret::{Body, Frame, Secret};

/// Something that happened outside, told with [`Client::handle`](crate::Client::handle).
#[derive(Clone, Debug)]
pub enum Input {
    /// Time has passed. Too early is harmless, too late is survived.
    Tick,
    /// An [`Action::Http`] has ended, one way or the other.
    Http {
        /// The id from the action.
        id: HttpId,
        /// The reply, whatever its status, or why there is none.
        result: Result<HttpResponse, TransportError>,
    },
    /// Something happened on a connection that [`Action::Connect`] asked for.
    Conn {
        /// The id from the action.
        conn: ConnId,
        /// What happened.
        signal: Signal,
    },
    /// A limiter outside has granted this shard the right to identify now. Needed only with
    /// [`IdentifySlots::Granted`](crate::IdentifySlots::Granted); answers
    /// [`Event::IdentifySlotWanted`](crate::Event::IdentifySlotWanted).
    IdentifySlot {
        /// The shard that asked.
        shard: ShardIndex,
    },
}

/// What can happen on a connection.
#[derive(Clone, Debug)]
pub enum Signal {
    /// The WebSocket handshake is done.
    Opened,
    /// One whole message, text or binary. It is shared, not copied; the core keeps a slice of it in a
    /// [`Dispatch`](crate::Dispatch). Whether it is UTF-8 is checked where it is read, so binary messages with JSON
    /// (some clients have seen them) come in here as well.
    Text(Bytes),
    /// The peer closed, with the code of its close frame if there was one.
    Closed {
        /// The close code; `None` for a connection that just ended.
        code: Option<u16>,
    },
    /// The dial, the handshake or the connection failed.
    Failed(TransportError),
    /// The embedder has stopped reading this connection because the application is slow. Until
    /// [`ReadResumed`](Self::ReadResumed) unread acknowledgements do not count as a dead link. Before identify or
    /// resume has been sent it means nothing: there is no reason yet to stop reading.
    ReadPaused,
    /// The embedder reads again.
    ReadResumed,
}

/// Why an exchange or a connection ended without the peer's word.
///
/// Exhaustive, because embedders build it. It carries no text: texts of operating systems are not for decisions, and
/// URLs may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TransportError {
    /// The name could not be resolved.
    #[error("the host name could not be resolved")]
    Dns,
    /// No connection could be made.
    #[error("the connection was refused or could not be made")]
    Connect,
    /// TLS failed: certificate, name or protocol.
    #[error("the TLS handshake failed")]
    Tls,
    /// The proxy refused or did not speak its protocol.
    #[error("the proxy failed")]
    Proxy,
    /// It took longer than the timeout of the action.
    #[error("it took too long")]
    Timeout,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// The peer did not speak HTTP or WebSocket properly.
    #[error("the peer broke the HTTP or WebSocket protocol")]
    Protocol,
    /// The WebSocket handshake was answered with another status than 101.
    #[error("the WebSocket handshake was answered with status {0}")]
    Status(u16),
    /// A message or body was larger than the limit.
    #[error("the message or body was too large")]
    TooLarge,
    /// The URL is malformed, or it would carry a secret in the clear to another machine.
    #[error("the URL is not fit to carry a secret")]
    Url,
}

/// Something the core has decided; popped with [`Client::poll_output`](crate::Client::poll_output).
#[derive(Debug)]
#[must_use = "an output that is dropped stalls the bot"]
pub enum Output {
    /// A duty.
    Action(Action),
    /// News.
    Event(Event),
}

/// A duty that the core gives to the embedder.
///
/// Exhaustive on purpose: a new duty must break every embedder's build. None of them is waited for without a deadline
/// of the core's own, so an action that gets lost is given up and tried again.
#[derive(Debug)]
#[must_use = "an action that is not carried out stalls the bot"]
pub enum Action {
    /// Make one HTTP exchange. Answer: one [`Input::Http`] with the same id. Do not follow redirects, do not turn
    /// statuses into errors, limit the body.
    Http {
        /// To be given back with the answer.
        id: HttpId,
        /// What to send.
        request: HttpRequest,
    },
    /// Open a WebSocket connection. Answer: [`Signal::Opened`], or [`Signal::Failed`]/[`Signal::Closed`].
    Connect {
        /// The name of the new connection.
        conn: ConnId,
        /// The `wss://` address (or `ws://` to this machine).
        url: String,
        /// How long dialling may take, TLS and upgrade included. The core gives up by itself then.
        timeout: Duration,
    },
    /// Send one text message on an open connection. No answer is expected; if it cannot be sent, report the
    /// connection as failed.
    Send {
        /// Where to send it.
        conn: ConnId,
        /// What to send.
        frame: Frame,
    },
    /// Close a connection or abandon its dial. Final: the core has moved on, no answer is needed, and words of this
    /// connection that come later are ignored. Do not wait for the peer's close frame.
    Disconnect {
        /// Which one.
        conn: ConnId,
        /// The close code to send, if there is still somebody to send it to.
        code: u16,
    },
}

/// The method of an HTTP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

impl Method {
    /// The method in upper case, as it goes over the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One HTTP request to make.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole URL. It holds no token; what follows its `?` may be a key to an upload, so `Debug` leaves that out.
    pub url: String,
    /// The value of the `Authorization` header, if there is to be one.
    pub authorization: Option<Secret>,
    /// The value of the `Content-Type` header; `None` if there is no body.
    pub content_type: Option<Cow<'static, str>>,
    /// The app id for `X-Union-Appid`, which the official SDKs send with every call. Optional for the platform.
    pub app_id: String,
    /// The body, empty for none.
    pub body: Body,
    /// How long the exchange may take in all. The core gives up by itself then.
    pub timeout: Duration,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, query) = self.url.split_once('?').map_or((self.url.as_str(), ""), |(url, _)| (url, "?.."));
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &format_args!("\"{url}{query}\""))
            .field("authorization", &self.authorization)
            .field("content_type", &self.content_type)
            .field("app_id", &self.app_id)
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl HttpRequest {
    /// The headers to send, names and values. The value of `Authorization` is a secret: do not log it.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let authorization = self.authorization.iter().map(|value| ("Authorization", value.expose()));
        let content_type = self.content_type.iter().map(|value| ("Content-Type", value.as_ref()));
        let app_id = (!self.app_id.is_empty()).then_some(("X-Union-Appid", self.app_id.as_str()));
        authorization.chain(content_type).chain(app_id)
    }
}

/// The reply to an [`HttpRequest`], whatever its status.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The body. It may hold a token, so it does not print itself.
    pub body: Bytes,
    /// The header `X-Tps-trace-ID` (any case), which names the exchange to the platform's support.
    pub trace_id: Option<String>,
}

impl HttpResponse {
    /// A reply with this status and body.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, body: body.into(), trace_id: None }
    }

    /// The same with the trace id from the reply's headers.
    #[must_use]
    pub fn with_trace_id(mut self, trace_id: Option<impl Into<String>>) -> Self {
        self.trace_id = trace_id.map(Into::into);
        self
    }
}

/// The name of the reply header whose value goes into [`HttpResponse::with_trace_id`]; compare it in any case.
pub const TRACE_ID_HEADER: &str = "x-tps-trace-id";

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("trace_id", &self.trace_id)
            .finish()
    }
}

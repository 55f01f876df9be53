//! What goes in and what comes out.

use std::fmt;

use bytes::Bytes;

/// What a bot does. The embedder numbers exchanges and links; each number is used once.
#[derive(Clone, PartialEq, Eq)]
pub enum Request {
    /// A complete HTTP request has arrived.
    Http {
        /// Comes back in the answer.
        exchange: u64,
        /// `GET`, `POST` ..
        method: String,
        /// Path with query.
        path: String,
        /// Names in any case.
        headers: Vec<(String, String)>,
        /// The body, empty if there is none.
        body: Vec<u8>,
    },
    /// The bot does not wait for the answer any more.
    Abandon {
        /// Which request.
        exchange: u64,
    },
    /// A WebSocket wants to be opened.
    Dial {
        /// The number of the connection from now on.
        link: u64,
    },
    /// A text message has arrived.
    Text {
        /// On which connection.
        link: u64,
        /// The text.
        text: Bytes,
    },
    /// A binary message has arrived.
    Binary {
        /// On which connection.
        link: u64,
        /// The message.
        bytes: Bytes,
    },
    /// The bot has ended the connection, or it was lost.
    HangUp {
        /// Which.
        link: u64,
        /// The code of its close frame; `None` if there was none.
        code: Option<u16>,
    },
}

impl fmt::Debug for Request {
    /// Without bodies, headers and frames: they carry secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { exchange, method, path, .. } => {
                // A query may be a permission by itself.
                let path = path.split('?').next().unwrap_or_default();
                write!(f, "Http {{ exchange: {exchange}, {method} {path} }}")
            }
            Self::Abandon { exchange } => write!(f, "Abandon {{ exchange: {exchange} }}"),
            Self::Dial { link } => write!(f, "Dial {{ link: {link} }}"),
            Self::Text { link, text } => write!(f, "Text {{ link: {link}, {} bytes }}", text.len()),
            Self::Binary { link, bytes } => write!(f, "Binary {{ link: {link}, {} bytes }}", bytes.len()),
            Self::HangUp { link, code } => write!(f, "HangUp {{ link: {link}, code: {code:?} }}"),
        }
    }
}

/// What the platform does. An HTTP request or a dial without an effect is left hanging on purpose.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// The answer to a request.
    Http {
        /// The request.
        exchange: u64,
        /// The status.
        status: u16,
        /// The headers, without `Content-Length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The connection of a request ends without an answer.
    DropHttp {
        /// The request.
        exchange: u64,
    },
    /// The WebSocket is open.
    Accepted {
        /// Which.
        link: u64,
    },
    /// The WebSocket is not opened.
    RefusedDial {
        /// Which.
        link: u64,
    },
    /// A text message.
    Text {
        /// On which connection.
        link: u64,
        /// Always UTF-8.
        bytes: Bytes,
    },
    /// A binary message.
    Binary {
        /// On which connection.
        link: u64,
        /// The message.
        bytes: Bytes,
    },
    /// A close frame, and the end of the connection.
    Close {
        /// Which connection.
        link: u64,
        /// Its code.
        code: u16,
        /// Its text.
        reason: &'static str,
    },
    /// The end of the connection without a close frame.
    Cut {
        /// Which connection.
        link: u64,
    },
}

impl fmt::Debug for Effect {
    /// Without bodies and frames: they carry tokens and what people wrote.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { exchange, status, body, .. } => {
                write!(f, "Http {{ exchange: {exchange}, status: {status}, {} bytes }}", body.len())
            }
            Self::DropHttp { exchange } => write!(f, "DropHttp {{ exchange: {exchange} }}"),
            Self::Accepted { link } => write!(f, "Accepted {{ link: {link} }}"),
            Self::RefusedDial { link } => write!(f, "RefusedDial {{ link: {link} }}"),
            Self::Text { link, bytes } => write!(f, "Text {{ link: {link}, {} bytes }}", bytes.len()),
            Self::Binary { link, bytes } => write!(f, "Binary {{ link: {link}, {} bytes }}", bytes.len()),
            Self::Close { link, code, reason } => {
                write!(f, "Close {{ link: {link}, code: {code}, reason: {reason:?} }}")
            }
            Self::Cut { link } => write!(f, "Cut {{ link: {link} }}"),
        }
    }
}

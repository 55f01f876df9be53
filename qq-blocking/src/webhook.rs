//! Events by webhook: the platform calls an HTTP server of ours for each of them.
//!
//! What a request means and what is answered is the core's; here are the settings of the server, and below them its
//! HTTP, its TLS and its sockets. This file, `http.rs` and `tls.rs` are the same in both adapters, byte for byte; a test
//! compares them.

#[cfg(test)]
mod tests;

mod desk;
mod http;
mod serve;
mod tls;

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use qq_proto::Config;
use qq_proto::webhook::{Settings, Validation, Window};
use rustls::ServerConfig;

use crate::error::WebhookError;
pub(crate) use desk::Desk;
use http::Rules;
pub(crate) use serve::{Bound, Door, Server};

/// A webhook as the rest of the bot sees it.
pub(crate) struct Hook {
    pub(crate) door: Arc<Door>,
    pub(crate) desk: Arc<Desk>,
}

/// A server for events that the platform pushes by HTTP, in place of the gateway or beside it: give it to
/// [`Options::with_webhook`](crate::Options::with_webhook).
///
/// In the platform's console a bot has either the gateway (WebSocket) or the webhook; switching takes effect at once.
/// For a bot without the gateway set [`Shards::None`](qq_proto::Shards::None): it needs no more than a token, and only
/// for what it sends. The platform calls `https` on port 80, 443, 8080 or 8443 of a public name, so that this server
/// stands behind a reverse proxy, or has [a certificate](Self::with_certificate) of its own.
#[derive(Clone)]
#[non_exhaustive]
pub struct Webhook {
    /// Where to listen. With port 0 the system chooses one, see [`Bot::webhook_addr`](crate::Bot::webhook_addr).
    pub address: SocketAddr,
    /// The path that is served; `/` by default. A query does not count.
    pub path: String,
    /// How many connections there may be at once; more wait to be accepted, and connections that are idle are closed to
    /// make room. 256.
    pub connections: usize,
    /// The largest request line with its headers, in bytes. 16 KiB.
    pub head_bytes: usize,
    /// The largest body, in bytes. 256 KiB; events have a few kilobytes.
    pub body_bytes: usize,
    /// How long a request may take to come, and its answer to leave. A connection that is new (TLS included) has the same
    /// time for its first request. 5 s; the platform itself waits for 3 s.
    pub request_timeout: Duration,
    /// How long a connection may wait for its next request. 60 s; zero closes each after its first.
    pub keep_alive: Duration,
    /// How far the time of a signature may be from this machine's clock. Ten minutes.
    pub window: Window,
    /// What to do with the request by which the platform tests the address. It is answered; once the address has been
    /// set up it need not be.
    pub validation: Validation,
    tls: Option<Arc<ServerConfig>>,
}

impl Webhook {
    /// A server at this address, with the defaults.
    pub fn new(address: impl Into<SocketAddr>) -> Self {
        Self {
            address: address.into(),
            path: "/".to_owned(),
            connections: 256,
            head_bytes: 16 * 1024,
            body_bytes: 256 * 1024,
            request_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(60),
            window: Window::default(),
            validation: Validation::default(),
            tls: None,
        }
    }

    /// Reads the server from named variables: `QQ_WEBHOOK` (`ip:port` or `ip:port/path`), and `QQ_WEBHOOK_CERT` and
    /// `QQ_WEBHOOK_KEY`, files in PEM. `None` without `QQ_WEBHOOK`; empty variables count as missing. An error comes
    /// with the variable that it is about.
    pub(crate) fn from_vars(
        var: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, (&'static str, WebhookError)> {
        let read = |name| var(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (certificate, key) = (read(CERT), read(KEY));
        let Some(webhook) = read(WEBHOOK) else {
            // A certificate alone is a mistake, perhaps in the name of the variable.
            return match (certificate, key) {
                (None, None) => Ok(None),
                (Some(_), _) => Err((CERT, WebhookError::NoAddress)),
                (None, Some(_)) => Err((KEY, WebhookError::NoAddress)),
            };
        };
        let webhook: Self = webhook.parse().map_err(|error| (WEBHOOK, error))?;
        match (certificate, key) {
            (None, None) => Ok(Some(webhook)),
            (Some(certificate), Some(key)) => {
                let certificate = read_file(&certificate).map_err(|error| (CERT, error))?;
                let key = read_file(&key).map_err(|error| (KEY, error))?;
                let webhook = webhook.with_certificate(&certificate, &key);
                let about = |error| (if error == WebhookError::Key { KEY } else { CERT }, error);
                webhook.map(Some).map_err(about)
            }
            (Some(_), None) => Err((CERT, WebhookError::HalfTls)),
            (None, Some(_)) => Err((KEY, WebhookError::HalfTls)),
        }
    }

    /// The same for this path, which begins with `/`.
    pub fn with_path(mut self, path: impl Into<String>) -> Result<Self, WebhookError> {
        self.path = path.into();
        self.check_path()?;
        Ok(self)
    }

    /// The same with TLS: a chain of certificates, the server's own first, and its private key, both in PEM. They are
    /// used for as long as the bot runs; after a renewal start it anew.
    pub fn with_certificate(mut self, chain: &[u8], key: &[u8]) -> Result<Self, WebhookError> {
        self.tls = Some(tls::settings(chain, key)?);
        Ok(self)
    }

    /// The same with TLS from two files.
    pub fn with_certificate_files(self, chain: &str, key: &str) -> Result<Self, WebhookError> {
        self.with_certificate(&read_file(chain)?, &read_file(key)?)
    }

    /// The same for so many connections at once; at least one.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// The same with these largest sizes of a request's head and its body, in bytes.
    #[must_use]
    pub fn with_sizes(mut self, head_bytes: usize, body_bytes: usize) -> Self {
        self.head_bytes = head_bytes;
        self.body_bytes = body_bytes;
        self
    }

    /// The same with these times for a request to come, and for a connection to wait for the next one.
    #[must_use]
    pub fn with_times(mut self, request_timeout: Duration, keep_alive: Duration) -> Self {
        self.request_timeout = request_timeout;
        self.keep_alive = keep_alive;
        self
    }

    /// The same that takes signatures of this time.
    #[must_use]
    pub fn with_window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// The same that answers tests of its address, or does not.
    #[must_use]
    pub fn with_validation(mut self, validation: Validation) -> Self {
        self.validation = validation;
        self
    }

    /// Whether it speaks TLS itself.
    pub fn has_certificate(&self) -> bool {
        self.tls.is_some()
    }

    /// What the core is told.
    pub(crate) fn settings(&self, config: &Config) -> Settings {
        let mut settings = Settings::of(config).with_window(self.window).with_validation(self.validation);
        settings.limits.body_bytes = self.body_bytes;
        settings
    }

    /// What the server's HTTP is told.
    fn rules(&self) -> Result<Rules, WebhookError> {
        self.check_path()?;
        Ok(Rules {
            path: self.path.clone(),
            head_bytes: self.head_bytes,
            body_bytes: self.body_bytes,
            request_timeout: self.request_timeout,
            keep_alive: self.keep_alive,
        })
    }

    /// It is compared with the path of requests, which has no query and nothing that would be encoded.
    fn check_path(&self) -> Result<(), WebhookError> {
        let plain =
            self.path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(&byte));
        if plain && self.path.starts_with('/') { Ok(()) } else { Err(WebhookError::Path) }
    }
}

const WEBHOOK: &str = "QQ_WEBHOOK";
const CERT: &str = "QQ_WEBHOOK_CERT";
const KEY: &str = "QQ_WEBHOOK_KEY";

fn read_file(path: &str) -> Result<Vec<u8>, WebhookError> {
    fs::read(path).map_err(|error| WebhookError::Unreadable(error.kind()))
}

/// `ip:port` or `ip:port/path`.
impl FromStr for Webhook {
    type Err = WebhookError;

    fn from_str(text: &str) -> Result<Self, WebhookError> {
        let (address, path) = match text.split_once('/') {
            Some((address, path)) => (address, format!("/{path}")),
            None => (text, "/".to_owned()),
        };
        let address: SocketAddr = address.parse().map_err(|_| WebhookError::Address)?;
        Self::new(address).with_path(path)
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("address", &self.address)
            .field("path", &self.path)
            .field("connections", &self.connections)
            .field("head_bytes", &self.head_bytes)
            .field("body_bytes", &self.body_bytes)
            .field("request_timeout", &self.request_timeout)
            .field("keep_alive", &self.keep_alive)
            .field("window", &self.window)
            .field("validation", &self.validation)
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

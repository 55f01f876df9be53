//! What can go wrong above the core.

use std::io;
use std::net::SocketAddr;

use qq_proto::webhook::SetupError;
use qq_proto::{CallError, ConfigError, Halt, Refused, ShardIndex};

/// Why a bot could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration is not one to start with.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The options are not ones to start with.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The webhook cannot be served.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// A shard was refused for good; it would not try again by itself.
    #[error("shard {shard}: {reason}; {}", .reason.advice())]
    Halted {
        /// Which shard.
        shard: ShardIndex,
        /// Why, and what to do about it.
        reason: Halt,
    },
    /// The platform refuses the app id or secret, in a bot without shards.
    #[error("the platform refuses the app id or secret (code {code}); check both in the platform's console")]
    Credentials {
        /// The platform's code.
        code: i64,
    },
    /// It was stopped before it had started.
    #[error("the bot was stopped before it had started")]
    Stopped,
    /// The system gave no thread to run on.
    #[error("the system gave no thread to run on: {0}")]
    NoThread(io::ErrorKind),
}

/// Why a call gave no reply.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallFailed<C> {
    /// It was not taken, and is given back: nothing has been sent.
    #[error("the call was not taken: {}", .0.why)]
    Refused(Refused<C>),
    /// It was taken and failed.
    #[error(transparent)]
    Failed(#[from] CallError),
    /// The event is not one that can be answered.
    #[error("this event cannot be answered")]
    NotAnswerable,
}

/// Why an address is not one of a proxy. It does not repeat the address, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// Another kind of proxy, or none.
    #[error("the proxy's address must begin with http:// or socks5://")]
    Scheme,
    /// No host, or a port that is not a number.
    #[error("the proxy's address must be scheme://[user:password@]host:port")]
    Address,
    /// A user name or password that the protocol cannot carry.
    #[error("the proxy's user name or password is too long or not valid percent-encoding")]
    Credentials,
}

/// Why a webhook cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// Not an address to listen at.
    #[error("the webhook's address must be ip:port or ip:port/path, such as 127.0.0.1:8080/qq")]
    Address,
    /// Not a path that requests can have.
    #[error(
        "the webhook's path must begin with / and hold no space, ?, # or what is percent-encoded in URLs"
    )]
    Path,
    /// A certificate for a server that is not wanted.
    #[error("there is a certificate or key, but no address to listen at")]
    NoAddress,
    /// A certificate without its key, or a key without its certificate.
    #[error("a certificate needs its private key, and a key its certificate")]
    HalfTls,
    /// A file that cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// Not a certificate.
    #[error("there is no certificate in PEM form")]
    Certificate,
    /// Not a private key.
    #[error("there is no private key in PEM form")]
    Key,
    /// A private key of something else, or of a kind that TLS does not use.
    #[error("the private key does not belong to the certificate, or is of a kind that is not supported")]
    Mismatch,
    /// The settings are not ones to verify requests with.
    #[error(transparent)]
    Settings(#[from] SetupError),
    /// The system does not let it listen there.
    #[error("the webhook cannot listen at {address}: {kind}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        kind: io::ErrorKind,
    },
}

/// Why options cannot be made from named variables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The proxy's address is not one.
    #[error("QQ_PROXY: {0}")]
    Proxy(ProxyError),
    /// The webhook is not one to serve.
    #[error("{variable}: {error}")]
    Webhook {
        /// The variable that is wrong.
        variable: &'static str,
        /// What is wrong with it.
        error: WebhookError,
    },
}

//! What can go wrong above the core.

use std::io;

use qq_proto::{CallError, ConfigError, Halt, Refused, ShardIndex};

/// Why a bot could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration is not one to start with.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The proxy's address is not one.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
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

//! QQ bots on plain threads: the sans-IO core of [`qq_proto`] with blocking sockets around it, and no async runtime.
//!
//! ```no_run
//! use qq_blocking::{Bot, Config, Leave, Options};
//!
//! # fn main() -> Result<(), qq_blocking::StartError> {
//! let config = Config::from_vars(|name| std::env::var(name).ok())?;
//! // Returns when every shard is connected, or with the reason why that cannot be.
//! let (bot, mut events) = Bot::start(config, Options::from_env()?)?;
//!
//! events.serve(|event| {
//!     if let Some(to) = event.reply_to() {
//!         if let Err(error) = bot.reply(&to, "pong") {
//!             eprintln!("{error}");
//!         }
//!     }
//! });
//! bot.stop(Leave::Resumable);
//! # Ok(())
//! # }
//! ```
//!
//! # Threads
//!
//! | thread | how many | does |
//! |---|---|---|
//! | `qq-driver` | one | drives the [`Client`](qq_proto::Client), the only place where the protocol lives |
//! | `qq-link-…` | one per connection | owns the WebSocket; sleeps until the socket or the driver has something |
//! | `qq-http` | one per exchange under way | ends a few seconds after the last one |
//! | `qq-notices` | one | tells [`Options::on_notice`] and `tracing` what happens to the link |
//! | `qq-webhook` | one, and one per connection to it | with [`Options::with_webhook`]: takes events by HTTP |
//! | `qq-dns` | one per name being resolved | asks the system |
//!
//! None of them runs application code but `qq-notices`, so a slow or panicking handler never harms the link: the
//! sockets are then left unread, and the core is told so. None wakes up while nothing happens. After
//! [`Bot::stop`] none is left.
//!
//! # Secrets
//!
//! Neither errors nor notices nor `tracing` fields hold a secret or a user's text. The libraries below (`tungstenite`,
//! `ureq`, `rustls`) write to the `log` crate; at its level *trace* tungstenite shows whole frames, so do not switch
//! that on in production.

mod clock;
mod dial;
mod driver;
mod error;
mod events;
mod gate;
mod handle;
mod http;
mod notices;
mod options;
mod proxy;
mod shared;
mod socket;
mod tls;
mod wait;
mod webhook;

pub mod listen;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use error::{CallFailed, OptionsError, ProxyError, StartError, WebhookError};
pub use events::Events;
pub use handle::{Answerable, Bot, Pending, ShardState, State};
pub use options::{Finish, Notice, Options};
pub use proxy::Proxy;
/// The core, for its other names.
pub use qq_proto;
pub use qq_proto::{Config, Dispatch, Leave, Restart, Session};
pub use webhook::Webhook;

/// Locks. What our locks guard is whole after each statement, so a panic elsewhere is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

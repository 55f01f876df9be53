//! QQ bots on smol: thin sockets around [`qq_proto`].
//!
//! ```no_run
//! use qq_smol::{Bot, Config, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! smol::block_on(async {
//!     let config = Config::from_vars(|name| std::env::var(name).ok())?;
//!     let (bot, mut events) = Bot::start(config, Options::from_env()?).await?;
//!     while let Some(event) = events.next().await {
//!         if event.reply_to().is_some() {
//!             bot.reply(&event, "hello").await?;
//!         }
//!     }
//!     Ok(())
//! })
//! # }
//! ```
//!
//! The protocol lives in the core; here are a task that drives it, a task for each socket, a few threads for HTTP, and
//! what an application holds: [`Bot`] to speak, [`Events`] to listen.
//!
//! After [`Bot::stop`] no task, thread, socket or timer of the bot is left. The two threads that smol keeps for the whole
//! process, one for its executor and one for timers and sockets, are smol's. A question to the system's resolver cannot
//! be taken back: a thread that waits for one ends when the system answers.
//!
//! Neither errors nor notices nor `tracing` fields hold a secret or a user's text. The libraries below write to the `log`
//! crate; at its level *trace* the WebSocket library shows whole frames, so do not switch that on in production.

mod clock;
mod dial;
mod driver;
mod error;
mod events;
mod gate;
mod handle;
mod http;
pub mod listen;
mod notices;
mod options;
mod proxy;
mod shared;
mod socket;
mod tls;
mod wait;
mod webhook;

pub use error::{CallFailed, OptionsError, ProxyError, StartError, WebhookError};
pub use events::Events;
pub use handle::{Answerable, Bot, Pending, ShardState, State};
pub use options::{Finish, Notice, Options};
pub use proxy::Proxy;
/// The core, for its other names.
pub use qq_proto;
pub use qq_proto::{Config, Dispatch, Leave, Restart, Session};
pub use webhook::Webhook;

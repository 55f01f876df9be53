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
//! The protocol lives in the core; here are a task that drives it, a task for each socket, HTTP on smol's threads for
//! blocking work, and what an application holds: [`Bot`] to speak, [`Events`] to listen.
//!
//! After [`Bot::stop`] no task, socket, timer or exchange of the bot is left. What smol keeps for the whole process (a
//! thread for its executor, one for timers and sockets, and threads for blocking work until they have been idle for half
//! a second) is smol's.

mod clock;
mod driver;
mod error;
mod events;
mod handle;
mod http;
pub mod listen;
mod options;
mod proxy;
mod socket;

pub use error::{CallFailed, ProxyError, StartError};
pub use events::Events;
pub use handle::{Answerable, Bot, Pending, ShardState, State};
pub use options::{Finish, Notice, Options};
pub use proxy::Proxy;
/// The core, for its other names.
pub use qq_proto;
pub use qq_proto::{Config, Dispatch, Leave, Restart, Session};

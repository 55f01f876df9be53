//! The QQ bot gateway protocol as a pure state machine: no sockets, no clock, no threads, no `std`.
//!
//! One value, [`Client`], owns everything that belongs to one bot: the access token, the gateway's address, the
//! identify budget, any number of shards, and the table of REST calls. You tell it what happened with
//! [`Client::handle`], pop what it has decided with [`Client::poll_output`], and wake it at
//! [`Client::next_deadline`]. Everything outside is one of four [`Action`]s; news for the application are [`Event`]s.
//!
//! If you want a bot and not a protocol, take an adapter: `qq-smol` (async) or `qq-blocking` (threads). They are two
//! embedders of this crate and know no protocol. To test without the platform, take `qq-testkit`.
//!
//! # The loop
//!
//! `io` is whatever you have: epoll, a GUI's loop, a game's tick. This is all of it.
//!
//! ```
//! use qq_proto::{Action, Client, Event, HttpId, HttpResponse, Input, Output, Timestamp, TransportError};
//! # use qq_proto::{ConnId, Deadline, Frame, HttpRequest, Signal};
//! # use core::time::Duration;
//! # enum Woken { Timer, Http(HttpId, Result<HttpResponse, TransportError>), Conn(ConnId, Signal) }
//! # trait Io {
//! #     fn now(&self) -> Timestamp;
//! #     fn http(&mut self, id: HttpId, request: HttpRequest);
//! #     fn dial(&mut self, conn: ConnId, url: &str, timeout: Duration);
//! #     fn send(&mut self, conn: ConnId, frame: &Frame);
//! #     fn hang_up(&mut self, conn: ConnId, code: u16);
//! #     fn wait(&mut self, until: Option<Deadline>) -> Woken;
//! # }
//!
//! fn drive(bot: &mut Client, io: &mut impl Io, mut app: impl FnMut(&mut Client, Timestamp, Event) -> bool) {
//!     loop {
//!         while let Some(output) = bot.poll_output() {
//!             match output {
//!                 Output::Action(Action::Http { id, request }) => io.http(id, request),
//!                 Output::Action(Action::Connect { conn, url, timeout }) => io.dial(conn, &url, timeout),
//!                 Output::Action(Action::Send { conn, frame }) => io.send(conn, &frame),
//!                 Output::Action(Action::Disconnect { conn, code }) => io.hang_up(conn, code),
//!                 Output::Event(event) => {
//!                     let now = io.now();
//!                     if !app(bot, now, event) {
//!                         return;
//!                     }
//!                 }
//!             }
//!         }
//!         let input = match io.wait(bot.next_deadline()) {
//!             Woken::Timer => Input::Tick,
//!             Woken::Http(id, result) => Input::Http { id, result },
//!             Woken::Conn(conn, signal) => Input::Conn { conn, signal },
//!         };
//!         bot.handle(io.now(), input);
//!     }
//! }
//! ```
//!
//! `examples/custom_loop.rs` runs it against a toy of its own. What `io` must do for each action, and what comes back,
//! is said at [`Action`] and [`Signal`].
//!
//! # The contract
//!
//! 1. **Total.** `handle` accepts every input in every state. Unknown or outdated ids are ignored.
//! 2. **Causal.** Outputs leave in the order in which they were decided. `poll_output` only pops.
//! 3. **Timely.** After `handle` and a full drain, `next_deadline` is strictly later than `now`, or `None`.
//! 4. **Patient.** A tick too early changes nothing. A tick too late makes at most one beat per shard; it never
//!    catches up.
//! 5. **Monotonic.** A `now` smaller than the last one counts as the last one.
//! 6. **Input first.** An input is applied before timers that are due at the same moment: an acknowledgement that
//!    arrives together with its deadline wins.
//! 7. **Never stuck.** No action is waited for without a deadline of the core's own. If the embedder loses an action
//!    the core gives up on it and tries again.
//! 8. **Repeatable.** Same [`Config`], same inputs, same times: same outputs, byte for byte.
//!
//! Each has a property test of its name in `qq-testkit`.
//!
//! # Events are delivered at least once
//!
//! A [`Dispatch`] shares the frame it came in: no copy and no allocation of a payload between socket and handler. It
//! is decoded where you ask for it, with [`Dispatch::event`] or [`Dispatch::json`]. What the platform pushes twice is
//! handed out once. A [`Session`] that is stored *after* an event was finished makes the next start a resume, and the
//! server then replays what was not finished; [`Progress`] keeps the books.
//!
//! # What is in here
//!
//! | you want | look at |
//! |---|---|
//! | to configure a bot | [`Config`], [`Intents`], [`Grant`], [`Shards`], [`Hosts`], [`Limits`] |
//! | to drive it | [`Client`], [`Input`], [`Output`], [`Action`], [`Signal`], [`Deadline`] |
//! | to call the platform | [`api`] |
//! | to write mentions and links, or to read them | [`syntax`] |
//! | to read events | [`Event`], [`Dispatch`], [`Payload`], [`model`], [`EventFilter`] |
//! | to read messages, wherever they come from | [`Dispatch::message`], [`MessageView`], [`message`], [`Twins`] |
//! | to notice what the platform changes | [`drift`] |
//! | to answer | [`TextReply`], [`ReplyTo`], [`Call`], [`Ticket`], [`CallError`], [`ApiError`] |
//! | to know how it is | [`Client::shards`], [`ShardView`], [`TokenView`], [`Fault`], [`Halt`] |
//! | to know what may still be sent, and why not | the module `ledger` (feature `ledger`) |
//! | to send files, to stream answers, to fetch safely | the module `media` (feature `media`) |
//! | to restart without loss | [`Session`], [`Progress`], [`Leave`] |
//!
//! `ARCHITECTURE.md` beside this crate has the state tables.

#![no_std]
#![warn(clippy::std_instead_of_core, clippy::alloc_instead_of_core)]
extern crate alloc;
// Samples of operations name the crate as its users do.
#[cfg(test)]
extern crate self as qq_proto;

pub mod api;
mod backoff;
mod budget;
mod calls;
mod client;
mod config;
mod dispatch;
pub mod drift;
mod event;
mod filter;
mod gateway;
mod id;
mod intents;
mod io;
mod ladder;
#[cfg(feature = "ledger")]
pub mod ledger;
#[cfg(feature = "media")]
pub mod media;
pub mod message;
pub mod model;
mod progress;
mod recent;
mod rng;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
mod secret;
mod session;
mod shard;
pub mod syntax;
mod time;
mod token;
mod twins;
mod url;
#[cfg(feature = "webhook")]
pub mod webhook;
mod wire;

pub use api::{
    ApiError, ApiRequest, Call, CallError, ErrorClass, Invalid, Outcome, RawCall, Repeat, ReplyTo, Scene,
    Sent, TextReply, Trigger,
};
pub use calls::{CallCounts, Refused, Reply, Ticket, Why};
pub use client::{Client, Leave, Restart, ShardView, TokenView, Totals};
pub use config::{Config, ConfigError, Hosts, IdentifySlots, Limits, Shards};
pub use dispatch::Dispatch;
pub use event::{Blame, Cause, Event, ExchangeError, Fault, Halt, LastFault, PhaseName, Ready};
pub use filter::{BadFilter, EventFilter};
pub use id::{ConnId, HttpId, RequestId, ShardIndex};
pub use intents::{Grant, Intents, UnknownIntent};
pub use io::{
    Action, HttpRequest, HttpResponse, Input, Method, Output, Signal, TRACE_ID_HEADER, TransportError,
};
pub use message::MessageView;
pub use model::{DecodeError, Expected, Payload, Str};
pub use progress::Progress;
pub use secret::{Body, Frame, Secret};
pub use session::Session;
pub use shard::{Verdict, verdict};
pub use time::{Deadline, Timestamp, Wake};
pub use twins::{Half, Twins};
pub use url::may_carry_secret;
pub use wire::{BodyError, FrameError};

//! The QQ bot gateway protocol as a pure state machine.
#![no_std]
#![warn(clippy::std_instead_of_core, clippy::alloc_instead_of_core)]
extern crate alloc;

mod api;
mod backoff;
mod budget;
mod calls;
mod client;
mod config;
mod dispatch;
mod event;
mod gateway;
mod id;
mod intents;
mod io;
pub mod model;
mod progress;
mod recent;
mod rng;
mod secret;
mod session;
mod shard;
mod time;
mod token;
mod url;
mod wire;

pub use api::{
    ApiError, ApiRequest, Call, CallError, ErrorClass, Outcome, RawCall, Repeat, ReplyTo, Scene, Sent,
    TextReply, Trigger,
};
pub use calls::{CallCounts, Refused, Reply, Ticket, Why};
pub use client::{Client, Leave, Restart, ShardView, TokenView, Totals};
pub use config::{Config, ConfigError, Hosts, IdentifySlots, Limits, Shards};
pub use dispatch::Dispatch;
pub use event::{Blame, Cause, Event, ExchangeError, Fault, Halt, LastFault, PhaseName, Ready};
pub use id::{ConnId, HttpId, RequestId, ShardIndex};
pub use intents::{Intents, UnknownIntent};
pub use io::{
    Action, HttpRequest, HttpResponse, Input, Method, Output, Signal, TRACE_ID_HEADER, TransportError,
};
pub use model::{DecodeError, Payload, Str};
pub use progress::Progress;
pub use secret::{Body, Frame, Secret};
pub use session::Session;
pub use shard::{Verdict, verdict};
pub use time::{Deadline, Timestamp, Wake};
pub use url::may_carry_secret;
pub use wire::{BodyError, FrameError};

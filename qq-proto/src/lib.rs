//! The QQ bot gateway protocol as a pure state machine.
#![no_std]
extern crate alloc;

#[allow(dead_code, reason = "the client that reads events is not here yet")]
mod model;
#[allow(dead_code, reason = "the client that reads frames is not here yet")]
mod wire;

pub use model::*;
pub use wire::{BodyError, FrameError};

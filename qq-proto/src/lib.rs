//! The QQ bot gateway protocol as a pure state machine.
#![no_std]
extern crate alloc;

//! The model platform on a real port, seen by clients that share nothing with it but the protocol.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod callback;
mod client;
mod control;
mod faults;
mod gateway;
mod http;

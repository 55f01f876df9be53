//! The model platform, rule by rule. Each file is about one subject.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod bot;
mod connections;
mod events;
mod handshakes;
mod http;
mod incidents;
mod replies;

//! The model platform, rule by rule. Each file is about one subject.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod api;
mod bot;
mod connections;
mod events;
mod guild_life;
mod guilds;
mod handshakes;
mod http;
mod incidents;
mod operations;
mod replies;

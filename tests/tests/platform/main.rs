//! The model platform, rule by rule. Each file is about one subject.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod api;
mod bot;
mod connections;
mod events;
mod files;
mod fixtures;
mod groups;
mod guild_life;
mod guilds;
mod handshakes;
mod http;
mod incidents;
mod messages;
mod operations;
mod reactions;
mod replies;
mod streams;

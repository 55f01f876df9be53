//! The QQ platform in a box: what a bot needs to be tested without the platform, without the network and without waiting.
//!
//! | you want | look at |
//! |---|---|
//! | a strict platform for your own event loop | [`platform`] |
//! | the same on a loopback port, for bots in any language | `serve` (feature `serve`) |
//! | a list of scenarios to run your bot through | `conformance` (feature `serve`) |
//! | days of bot life in milliseconds, with faults | [`world`], [`faults`], [`choices`] |
//! | a frame of every event, in every form, and a table of them | [`samples`] |
//! | what must hold | [`oracle`] |
//! | a failure as a file that replays and shrinks | [`trace`] |
//! | to property-test a program that embeds the core | `strategies` (feature `strategies`) |
//! | the bodies of the fuzz targets | `fuzzing` (feature `strategies`) |
//! | webhook requests, signed | [`signer`] |
//! | proof that the checks bite | [`saboteur`] |

pub mod choices;
#[cfg(feature = "serve")]
pub mod conformance;
pub mod faults;
#[cfg(feature = "strategies")]
pub mod fuzzing;
pub mod oracle;
pub mod platform;
pub mod saboteur;
pub mod samples;
#[cfg(feature = "serve")]
pub mod serve;
pub mod signer;
#[cfg(feature = "strategies")]
pub mod strategies;
pub mod trace;
pub mod world;

/// The README's Rust blocks, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

//! The QQ platform in a box.

#[cfg(feature = "serve")]
pub mod conformance;
pub mod platform;
#[cfg(feature = "serve")]
pub mod serve;

/// The README's Rust blocks, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

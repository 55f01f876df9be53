//! The QQ platform in a box.

pub mod platform;
#[cfg(feature = "serve")]
pub mod serve;

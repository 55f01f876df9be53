//! The QQ platform in a box.

pub mod platform;

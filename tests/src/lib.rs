//! The QQ platform in a box.

pub mod choices;
pub mod faults;
pub mod oracle;
pub mod platform;
pub mod trace;
pub mod world;

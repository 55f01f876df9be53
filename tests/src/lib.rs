//! The QQ platform in a box.

pub mod choices;
pub mod faults;
pub mod fuzzing;
pub mod oracle;
pub mod platform;
pub mod saboteur;
#[cfg(feature = "serve")]
pub mod serve;
pub mod strategies;
pub mod trace;
pub mod world;

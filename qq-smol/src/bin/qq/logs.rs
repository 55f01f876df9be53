//! Logs, on the standard error output.

use std::env;
use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::args::Command;

/// Prints what the variable `QQ_LOG`, or else `RUST_LOG`, asks for. Without either only warnings are printed,
/// and none where the command itself says what happens to the link.
pub(crate) fn start(command: &Command) {
    let usual = match command {
        Command::Chat(_) | Command::Listen(_) | Command::Send(_) => "off",
        Command::Simulate(_) => "warn",
    };
    let asked = ["QQ_LOG", "RUST_LOG"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|filter| !filter.trim().is_empty());
    let filter = EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::OFF.into())
        .parse_lossy(asked.as_deref().unwrap_or(usual));
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(io::stderr);
    // Not `init`, which would take in what the libraries for HTTP and WebSocket log: whole requests with tokens.
    // It fails when there is a subscriber already, which nobody has set.
    let _ = tracing::subscriber::set_global_default(subscriber.finish());
}

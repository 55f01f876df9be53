//! Prints each event as a line of JSON, and answers messages if it is told how.
//!
//! ```sh
//! QQ_APP_ID=.. QQ_APP_SECRET=.. cargo run -p qq-smol --example listen
//! QQ_REPLY='pong: {content}' QQ_APP_ID=.. QQ_APP_SECRET=.. cargo run -p qq-smol --example listen
//! ```
//!
//! Events go to stdout, everything else to stderr. SIGTERM and Ctrl-C end it with 0; what can never work ends it with 2,
//! missing settings with 1.

use std::io::Write as _;
use std::process::ExitCode;

use async_signal::{Signal, Signals};
use qq_smol::listen::{Listen, listen};
use qq_smol::{Config, Options};
use smol::stream::StreamExt as _;

pub(crate) fn main() -> ExitCode {
    match smol::block_on(run()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "listen: {error}");
            ExitCode::from(1)
        }
    }
}

async fn run() -> Result<u8, Box<dyn std::error::Error>> {
    let mut signals = Signals::new([Signal::Term, Signal::Int])?;
    let until = async move {
        signals.next().await;
    };
    let config = Config::from_vars(|name| std::env::var(name).ok())?;
    let what = Listen::default().with_reply(std::env::var("QQ_REPLY").ok().filter(|text| !text.is_empty()));
    Ok(listen(config, Options::from_env()?, what, until).await?.code())
}

//! Prints every event as one line of JSON, and answers messages if it is told how:
//!
//! ```text
//! QQ_APP_ID=.. QQ_APP_SECRET=.. QQ_REPLY='pong: {content}' cargo run -p qq-blocking --example listen
//! ```
//!
//! Ctrl-C and SIGTERM end it. Exit codes: 0 fine, 1 wrong configuration, 2 it can never work like this.

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use qq_blocking::listen::{Listen, listen};
use qq_blocking::{Options, StartError};
use qq_proto::Config;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

pub(crate) fn main() -> ExitCode {
    match run() {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<u8, Box<dyn std::error::Error>> {
    let var = |name: &str| std::env::var(name).ok();
    let config = Config::from_vars(var)?;
    let options = Options::from_vars(var).map_err(StartError::from)?;
    let what = Listen::default().with_reply(var("QQ_REPLY").filter(|template| !template.is_empty()));

    let (ask, asked) = mpsc::channel();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            let _ = ask.send(());
        }
    });
    Ok(listen(config, options, what, asked)?.code())
}

//! The `qq` command: try a bot, print events, and play the platform for bots in any language.
//!
//! Exit codes: 0 fine, 1 wrong usage, 2 can never work like this, 3 may work later.

mod args;
mod chat;
mod environment;
mod failure;
mod listen;
mod logs;
mod news;
mod signals;
mod simulate;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use failure::Failure;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where it cannot be printed, nobody is there to read it.
            let _ = error.print();
            return if error.use_stderr() { Failure::USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    logs::start(&cli.command);
    let ended = match &cli.command {
        Command::Chat(args) => chat::run(args),
        Command::Listen(args) => listen::run(args),
        Command::Simulate(args) => simulate::run(args),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(words) = failure.words() {
                // Nobody may be there to read it.
                let _ = writeln!(io::stderr(), "qq: {words}");
            }
            failure.code().into()
        }
    }
}

//! Property tests of your own program: values of the platform, moves, and a run that is watched.
//!
//! A [`Move`] is something that happens to a bot: a reply comes, a socket breaks, time passes, the process oversleeps.
//! Moves name connections and exchanges by an index into what is outstanding at that moment, so any list of them applies
//! to any client, and shrinking a list never makes it invalid. [`run`] plays a list to a client; on the way it checks
//! [what must hold](crate::oracle::Property) of the core whatever happens (P1 to P8 and P13; P15 as well, unless the
//! configuration says otherwise). [`run_with`] tells your program of each event and lets it act at once.
//!
//! There are [proptest] generators: [`move_lists`], [`configs`], [`frames`],
//! [`sessions`], [`close_codes`], [`token_replies`], [`discovery_replies`], [`send_replies`] and more.
//!
//! # A program of your own
//!
//! ```
//! use std::collections::BTreeMap;
//! use qq_proto::{Event, TextReply};
//! use qq_testkit::strategies::{Desk, Failure, Move, run_with};
//!
//! /// Answers every message with its own name.
//! #[derive(Default)]
//! struct Echo {
//!     answers: BTreeMap<String, u32>,
//! }
//!
//! impl Echo {
//!     fn on(&mut self, event: &Event, desk: &mut Desk<'_>) {
//!         let Event::Dispatch(dispatch) = event else { return };
//!         let (Some(id), Some(to)) = (dispatch.id(), dispatch.reply_to()) else { return };
//!         *self.answers.entry(id.to_owned()).or_default() += 1;
//!         // A refusal gives the reply back; this program lets it go.
//!         let _ = desk.reply(TextReply::new(to, dispatch.name()));
//!     }
//! }
//!
//! /// What must hold, whatever happens.
//! fn answers_once(moves: &[Move]) -> Result<(), Failure> {
//!     let config = qq_proto::Config::new("102", "a-secret-for-tests");
//!     let mut echo = Echo::default();
//!     run_with(&config, moves, |event, desk| echo.on(event, desk))?;
//!     assert!(echo.answers.values().all(|times| *times == 1));
//!     Ok(())
//! }
//!
//! // One list of moves, by hand: six times a platform in good health, so that the bot goes live, and three messages.
//! answers_once(&vec![Move::Serve { which: 0 }; 9])?;
//! # Ok::<(), Failure>(())
//! ```
//!
//! And all lists of moves:
//!
//! ```no_run
//! # fn answers_once(_: &[qq_testkit::strategies::Move]) -> Result<(), qq_testkit::strategies::Failure> { Ok(()) }
//! use proptest::prelude::*;
//! use qq_testkit::strategies::move_lists;
//!
//! proptest! {
//!     #[test]
//!     fn nobody_is_answered_twice(moves in move_lists(0..100)) {
//!         answers_once(&moves)?;
//!     }
//! }
//! ```
//!
//! [proptest]: https://docs.rs/proptest

pub mod catalog;
mod generate;
mod moves;
mod stage;
mod trace;

use qq_proto::{Config, Event};

use crate::choices::{Choices, FromBytes};

pub use generate::{
    answers, broken_frames, close_codes, configs, discovery_replies, event_frames, frames, move_lists, moves,
    odd_frames, send_replies, sessions, stray_replies, token_replies, transport_errors, valid_frames, waits,
};
pub use moves::{Answer, ERRORS, Move, Said, WAITS};
pub use stage::{Desk, Stage};
pub use trace::{Deed, Failure, Step, Trace};

/// Plays moves to a new client and checks what must hold on the way. The client is made from its configuration, because
/// a second one is made to see that it does the same.
///
/// # Panics
///
/// If no client can be made from the configuration.
pub fn run(config: &Config, moves: &[Move]) -> Result<Trace, Failure> {
    run_with(config, moves, |_, _| {})
}

/// The same with a program that is told of each event and may act at once.
///
/// # Panics
///
/// If no client can be made from the configuration, or if the program panics.
pub fn run_with(
    config: &Config,
    moves: &[Move],
    program: impl FnMut(&Event, &mut Desk<'_>),
) -> Result<Trace, Failure> {
    let mut stage = Stage::with(&crate::oracle::honest, config, program);
    for happening in moves {
        stage.play(happening);
        if !stage.findings().is_empty() {
            break;
        }
    }
    stage.finish()
}

/// Moves out of a fuzzer's bytes: at most `most`, fewer if the bytes end before.
pub fn moves_from_bytes(bytes: &[u8], most: usize) -> Vec<Move> {
    let mut choices = FromBytes::new(bytes);
    let mut moves = Vec::new();
    while !choices.is_empty() && moves.len() < most {
        moves.push(Move::pick(&mut choices));
    }
    moves
}

/// A configuration by choice; what the choices call 0 is the plainest.
pub fn pick_config(choices: &mut dyn Choices) -> Config {
    use qq_proto::{Hosts, IdentifySlots, Session, Shards};
    let shards = [
        Shards::Advised,
        Shards::all(1),
        Shards::all(2),
        Shards::Range { first: 2, count: 2, total: 5 },
        Shards::None,
        Shards::all(4),
    ];
    let which = usize::try_from(choices.pick("shards", 6)).unwrap_or(0);
    let shards = shards.get(which).copied().unwrap_or(Shards::Advised);
    let slots = choices.pick("slots", 4);
    let hosts = match choices.pick("hosts", 4) {
        0 | 1 => Hosts::current(),
        2 => Hosts::custom("http://127.0.0.1:9"),
        _ => Hosts::legacy().with_gateway("wss://gateway.example/fixed"),
    };
    let stored = choices.pick("sessions", 3);
    let total = if let Shards::Range { total, .. } = shards { total } else { 1 };
    let sessions = (0..stored).map(|shard| Session::new(shard, total, "stored-session", 40));
    Config::new("102", "sample-app-secret-of-102")
        .with_shards(shards)
        .with_hosts(hosts)
        .with_seed(u64::from(choices.pick("seed", 256)))
        .with_sessions(sessions)
        .with_identify_slots(if slots == 3 { IdentifySlots::Granted } else { IdentifySlots::Own })
}

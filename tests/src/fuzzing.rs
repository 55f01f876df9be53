//! The bodies of the fuzz targets.
//!
//! They live here and not in the targets, so that they are compiled, and run over their corpus, by ordinary tests on the
//! stable toolchain. A body panics when something does not hold.

use std::time::Duration;

use bytes::Bytes;
use qq_proto::{Config, Event, Output, Shards, TransportError};

use crate::choices::{Choices, FromBytes};
use crate::oracle::{Expect, honest};
use crate::strategies::{Move, Outcome, Word, run};
use crate::world::{Plan, World};

const APP_ID: &str = "102030405";
const SECRET: &str = "the-secret-of-a-fuzzer";

fn config() -> Config {
    Config::new(APP_ID, SECRET).with_shards(Shards::all(1))
}

/// One frame, on a live connection and on one that has just been opened: what comes out says what a generic JSON parser
/// says (P16), typed decoding included, and nothing else goes wrong.
pub fn frame(data: &[u8]) {
    for greeted in [false, true] {
        let mut moves = vec![Move::Join];
        if !greeted {
            moves.extend([Move::Break { which: 0 }, Move::Wait(20), Move::Open { which: 0 }]);
        }
        moves.push(Move::Frame { which: 0, word: Word::Raw(Bytes::copy_from_slice(data)) });
        fails_not(&moves);
    }
    decodes(data);
}

/// Feeds a frame into a live client by hand, to look at what comes out.
fn decodes(data: &[u8]) {
    let expect = Expect { dutiful: false, concurrency: None, sessions: false, costly_every: 1 };
    let mut live = crate::strategies::live(config(), expect);
    for output in live.say(Bytes::copy_from_slice(data)) {
        if let Output::Event(Event::Dispatch(dispatch)) = output {
            // Whatever it is, decoding it must not panic, and what can be answered has an address.
            let typed = dispatch.event();
            assert!(dispatch.reply_to().is_none() || typed.is_ok(), "an address from what cannot be read");
        }
    }
    let findings = live.driven().take_findings();
    assert!(findings.is_empty(), "{findings:?}");
}

fn fails_not(moves: &[Move]) {
    let trace = run(config(), moves);
    assert!(trace.findings.is_empty(), "{trace}");
}

/// Replies of the token endpoint, of discovery and of a send, one after the other: the first byte is the status.
pub fn replies(data: &[u8]) {
    const STATUS: [u16; 12] = [200, 201, 202, 204, 400, 401, 403, 404, 429, 500, 502, 504];
    let mut choices = FromBytes::new(data);
    let at = usize::try_from(choices.pick("status", 12)).unwrap_or(0);
    let status = STATUS.get(at).copied().unwrap_or(200);
    let body = Bytes::copy_from_slice(choices.rest());
    let odd = || Move::Answer { which: 0, outcome: Outcome::Reply { status, body: body.clone() } };
    let good = || Move::Answer { which: 0, outcome: Outcome::Good };
    // As a token, as discovery, as a refresh, as the reply to a send.
    fails_not(&[odd(), Move::Wait(5_000), odd(), Move::Wait(100_000), Move::Join]);
    fails_not(&[good(), odd(), Move::Wait(5_000), odd(), Move::Wait(100_000), Move::Join]);
    let event = Move::Frame { which: 0, word: Word::Event(1) };
    fails_not(&[
        Move::Join,
        event,
        Move::Reply { which: 0 },
        odd(),
        Move::Wait(2_000),
        odd(),
        Move::Wait(20_000),
    ]);
}

/// Any moves against a client.
pub fn client(data: &[u8]) {
    let mut choices = FromBytes::new(data);
    let mut moves = Vec::new();
    while !choices.is_empty() && moves.len() < 400 {
        moves.push(any_move(&mut choices));
    }
    let trace = run(Config::new(APP_ID, SECRET).with_shards(Shards::all(2)), &moves);
    assert!(trace.findings.is_empty(), "{trace}\n{moves:?}");
}

fn byte(choices: &mut FromBytes<'_>, what: &'static str) -> u8 {
    u8::try_from(choices.pick(what, 256)).unwrap_or(0)
}

fn any_move(choices: &mut FromBytes<'_>) -> Move {
    let kind = choices.pick("move", 14);
    let which = byte(choices, "which");
    match kind {
        0 => Move::Join,
        1 => Move::Wait(choices.pick("wait", 10_000_000)),
        2 => Move::Oversleep(choices.pick("wait", 1_000_000)),
        3 | 4 => Move::Answer { which, outcome: any_outcome(choices) },
        5 => Move::Open { which },
        6..=8 => Move::Frame { which, word: any_word(choices) },
        9 => Move::Close { which, code: u16::try_from(choices.pick("code", 65_536)).ok() },
        10 => Move::Break { which },
        11 => Move::Pause { which, on: which % 2 == 0 },
        12 => Move::Reply { which },
        _ => Move::Restart { which, fresh: which >= 128 },
    }
}

fn some_bytes(choices: &mut FromBytes<'_>) -> Bytes {
    let count = usize::from(byte(choices, "length"));
    Bytes::copy_from_slice(choices.take(count))
}

fn any_outcome(choices: &mut FromBytes<'_>) -> Outcome {
    match choices.pick("outcome", 4) {
        0 => Outcome::Good,
        1 => Outcome::Lost(TransportError::Broken),
        2 => Outcome::Lost(TransportError::Connect),
        _ => Outcome::Reply {
            status: u16::try_from(choices.pick("status", 600)).unwrap_or(200),
            body: some_bytes(choices),
        },
    }
}

fn any_word(choices: &mut FromBytes<'_>) -> Word {
    match choices.pick("word", 9) {
        0 => Word::Ready,
        1 => Word::Hello(choices.pick("interval", 400_000)),
        2 => Word::Resumed,
        3 => Word::Event(byte(choices, "step")),
        4 => Word::Ack,
        5 => Word::Beat,
        6 => Word::Reconnect,
        7 => Word::Invalid(choices.pick("resumable", 2) == 1),
        _ => Word::Raw(some_bytes(choices)),
    }
}

/// A whole world: the first byte is the plan, the rest are its choices.
pub fn world(data: &[u8]) {
    let mut choices = FromBytes::new(data);
    let seed = u64::from(byte(&mut choices, "plan"));
    let mut plan = if seed % 4 == 3 { Plan::hostile(seed) } else { Plan::stormy(seed) };
    plan.active = Duration::from_secs(120);
    let trace = World::run(plan, &mut choices, &honest).trace;
    assert!(trace.findings.is_empty(), "{trace}\n{}", trace.store(true));
}

/// The body of the target with this name, for a test that runs the corpus.
pub fn body(name: &str) -> Option<fn(&[u8])> {
    Some(match name {
        "frame" => frame,
        "replies" => replies,
        "client" => client,
        "world" => world,
        _ => return None,
    })
}

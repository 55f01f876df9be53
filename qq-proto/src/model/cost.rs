//! What reading a frame costs, in instructions. Not asserted: counted with
//!
//! ```text
//! cargo test -p qq-proto --release --no-run
//! valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*cost::envelope*' <binary> --ignored cost
//! ```
//!
//! and likewise `cost::typed`, `cost::decoded`, `cost::checked` and `cost::beat`; divide by [`ROUNDS`].

use super::{Payload, decode, event};
use crate::wire::{self, Incoming, Parts};
use bytes::Bytes;
use core::hint::black_box;

const ROUNDS: u64 = 1000;

#[inline(never)]
fn envelope(frame: &Bytes) -> Parts {
    match wire::decode(frame) {
        Ok(Incoming::Dispatch(parts)) => parts,
        other => panic!("{other:?}"),
    }
}

#[inline(never)]
fn beat(frame: &Bytes) -> bool {
    matches!(wire::decode(frame), Ok(Incoming::HeartbeatAck))
}

#[inline(never)]
fn typed(parts: &Parts) -> bool {
    matches!(black_box(event(parts)), Ok(Payload::GroupAtMessageCreate(_)))
}

#[inline(never)]
fn decoded(body: &str) -> bool {
    matches!(
        black_box(decode("GROUP_AT_MESSAGE_CREATE", body)),
        Ok(Payload::GroupAtMessageCreate(_))
    )
}

#[inline(never)]
fn checked(parts: &Parts) -> bool {
    black_box(parts.body()).is_ok()
}

#[test]
#[ignore = "for valgrind"]
fn cost() {
    let frame = Bytes::from_static(include_bytes!("samples/group_at_message_create.json"));
    let ack = Bytes::from_static(br#"{"op":11}"#);
    for _ in 0..ROUNDS {
        let parts = envelope(black_box(&frame));
        assert!(decoded(black_box(parts.body().unwrap())));
        assert!(typed(black_box(&parts)) && checked(black_box(&parts)) && beat(black_box(&ack)));
    }
}

//! The short ways: what happens on a live link all the time, without taking its phase out. They do what the table does.

use alloc::collections::VecDeque;

use crate::id::ConnId;
use crate::io::Output;
use crate::shard::beat::Pulse;
use crate::shard::{Cx, Phase, Shard, ShardInput, Shared, frames};
use crate::time::Timestamp;

impl Shard {
    /// Applies one input, and reports the change of phase.
    #[inline]
    pub(crate) fn step(&mut self, shared: &mut Shared<'_>, input: ShardInput) {
        match (&mut self.phase, input) {
            // The short way of an event on a live link.
            (Phase::Live { session, life, .. }, ShardInput::Dispatch(parts)) => {
                let mut cx = Cx { shared, kept: &mut self.kept, why: None };
                life.carried |= cx.deliver(Some(session), parts);
            }
            (_, input) => self.go(shared, input),
        }
    }

    /// The short way of an answer to a beat: `true` if it came on a live link.
    #[inline]
    pub(crate) fn acked(&mut self, from: ConnId, now: Timestamp) -> bool {
        match &mut self.phase {
            Phase::Live { conn, beat, .. } if *conn == from => {
                self.kept.acked(beat, now);
                true
            }
            Phase::Queued { .. }
            | Phase::Dialing { .. }
            | Phase::Greeting { .. }
            | Phase::Greeted { .. }
            | Phase::Joining { .. }
            | Phase::Live { .. }
            | Phase::Resting { .. }
            | Phase::Halted { .. } => false,
        }
    }

    /// The short way of a live link's beat: sends it if it is due, and says when the next one is. Nothing if the link
    /// is dead, or not live.
    #[inline]
    pub(crate) fn pulse(&mut self, now: Timestamp, out: &mut VecDeque<Output>) -> Option<Timestamp> {
        let Phase::Live { conn, session, beat, .. } = &mut self.phase else {
            return None;
        };
        match beat.pulse(now) {
            Pulse::Early => {}
            Pulse::Send => out.push_back(frames::beat(*conn, Some(session))),
            Pulse::Dead => return None,
        }
        Some(beat.due)
    }
}

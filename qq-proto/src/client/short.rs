//! The short ways: what happens on live links all the time, without asking every machine.
//!
//! They do what the long way does, the timers and `settle`; a test runs both side by side.

use crate::client::Client;
use crate::id::ConnId;
use crate::time::{Deadline, Wake, earlier};

impl Client {
    /// Looks at the deadlines of all machines.
    pub(super) fn look_ahead(&mut self) {
        let mut calm = self.calls.deadline();
        if let Some(stopping) = self.stopping {
            if !stopping.done {
                calm = earlier(calm, Some(Deadline { at: stopping.until, why: Wake::Stop }));
            }
        } else {
            calm = earlier(calm, self.token.deadline(&self.config.limits));
            calm = earlier(calm, self.gateway.deadline());
            calm = earlier(calm, self.slot_deadline());
            for shard in self.shards.iter().filter(|shard| !shard.is_live()) {
                calm = earlier(calm, shard.phase.deadline(shard.kept.index));
            }
        }
        self.calm = calm;
        self.look_at_beats();
    }

    /// The same when nothing but beats has moved.
    fn look_at_beats(&mut self) {
        let mut soonest = self.calm;
        for shard in self.shards.iter().filter(|shard| shard.is_live()) {
            soonest = earlier(soonest, shard.phase.deadline(shard.kept.index));
        }
        self.soonest = soonest;
    }

    /// Takes the answer to a beat. `false` if it is not a live link that was answered.
    #[inline]
    pub(super) fn acked(&mut self, conn: ConnId) -> bool {
        let place = self.place(conn.shard);
        place.and_then(|place| self.shards.get_mut(place)).is_some_and(|shard| shard.acked(conn, self.now))
    }

    /// Serves beats that are due, if nothing else can be: no rule depends on them. `false` if everything has to be
    /// looked at.
    #[inline]
    pub(super) fn only_beats(&mut self) -> bool {
        if self.calm.is_some_and(|calm| calm.at <= self.now) {
            return false;
        }
        self.soonest.is_none_or(|soonest| soonest.at > self.now) || self.beat()
    }

    /// `false` at the first link that turns out to be dead; it and those behind it are for the long way.
    #[inline(never)]
    fn beat(&mut self) -> bool {
        let mut soonest = self.calm;
        for shard in self.shards.iter_mut().filter(|shard| shard.is_live()) {
            let Some(at) = shard.pulse(self.now, &mut self.out) else {
                return false;
            };
            soonest = earlier(soonest, Some(Deadline { at, why: Wake::Heartbeat(shard.kept.index) }));
        }
        self.soonest = soonest;
        true
    }
}

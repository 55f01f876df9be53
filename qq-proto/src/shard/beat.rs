//! The heartbeat of one connection.

use core::time::Duration;

use crate::config::Limits;
use crate::rng::Rng;
use crate::time::Timestamp;

/// Unanswered beats at which the link counts as dead, when the next one is due. One lost acknowledgement is nothing.
const DEAD_AT: u32 = 2;

/// What a due beat comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pulse {
    /// It is not due yet.
    Early,
    /// Send one.
    Send,
    /// The link is dead.
    Dead,
}

/// Lives in the phases that own a socket, so it dies with the socket. Beats are counted, clocks are not compared: a
/// laptop that slept must not lose a healthy link.
#[derive(Clone, Debug)]
pub(crate) struct Beat {
    every: Duration,
    pub(crate) due: Timestamp,
    pub(crate) unanswered: u32,
    /// When the last one was sent, until it is answered.
    sent_at: Option<Timestamp>,
    /// The embedder does not read, so silence means nothing.
    pub(crate) paused: bool,
}

impl Beat {
    /// Begins with a beat at a random part of the interval, so that many shards do not beat together.
    pub(crate) fn start(now: Timestamp, every: Duration, rng: &mut Rng) -> Self {
        let first = rng.between(every / 10, every);
        Self {
            every,
            due: now.after(first.max(Duration::from_millis(1))),
            unanswered: 0,
            sent_at: None,
            paused: false,
        }
    }

    /// The deadline has come, perhaps long ago: at most one beat, none is made up for.
    #[inline]
    pub(crate) fn pulse(&mut self, now: Timestamp) -> Pulse {
        if now < self.due {
            return Pulse::Early;
        }
        if self.unanswered >= DEAD_AT && !self.paused {
            return Pulse::Dead;
        }
        if !self.paused {
            self.unanswered += 1;
        }
        self.sent_at = Some(now);
        self.due = now.after(self.every);
        Pulse::Send
    }

    /// An acknowledgement came; gives the round trip if it can be told.
    #[inline]
    pub(crate) fn answered(&mut self, now: Timestamp) -> Option<Duration> {
        // With several unanswered it is not known which one this answers.
        let round_trip = self.sent_at.filter(|_| self.unanswered <= 1).map(|sent| now.since(sent));
        self.unanswered = 0;
        self.sent_at = None;
        round_trip
    }

    /// Reading stops or goes on. What was unanswered before is forgiven: its answer waits in the socket.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.unanswered = 0;
        self.sent_at = None;
    }
}

/// The interval to use for what Hello said, and whether Hello was odd.
pub(crate) fn interval(millis: Option<u64>, limits: &Limits) -> (Duration, bool) {
    match millis.map(Duration::from_millis) {
        Some(every) if every >= limits.shortest_interval && every <= limits.longest_interval => {
            (every, false)
        }
        Some(_) | None => (limits.usual_interval, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::ZERO.after(SECOND * u32::try_from(seconds).unwrap())
    }

    #[test]
    fn third_beat_over_two_unanswered_is_dead() {
        let mut beat = Beat { every: 10 * SECOND, due: at(10), unanswered: 0, sent_at: None, paused: false };
        assert_eq!(beat.pulse(at(9)), Pulse::Early);
        assert_eq!(beat.pulse(at(10)), Pulse::Send);
        assert_eq!(beat.pulse(at(20)), Pulse::Send);
        assert_eq!(beat.unanswered, 2);
        assert_eq!(beat.clone().pulse(at(30)), Pulse::Dead);
        assert_eq!(beat.answered(at(29)), None, "two were open");
        assert_eq!(beat.pulse(at(30)), Pulse::Send);
        assert_eq!(beat.answered(at(31)), Some(SECOND));
    }

    #[test]
    fn late_beats_do_not_pile_up() {
        let mut beat = Beat { every: 10 * SECOND, due: at(10), unanswered: 0, sent_at: None, paused: false };
        assert_eq!(beat.pulse(at(1000)), Pulse::Send);
        assert_eq!(beat.due, at(1010));
        assert_eq!(beat.pulse(at(1000)), Pulse::Early);
    }

    #[test]
    fn a_pause_does_not_count() {
        let mut beat = Beat { every: 10 * SECOND, due: at(10), unanswered: 2, sent_at: None, paused: false };
        beat.pause(true);
        for n in 1..9 {
            assert_eq!(beat.pulse(at(n * 10)), Pulse::Send);
        }
        beat.pause(false);
        assert_eq!(beat.pulse(at(100)), Pulse::Send);
        assert_eq!(beat.unanswered, 1);
    }

    #[test]
    fn odd_intervals_are_replaced() {
        let limits = Limits::default();
        for (millis, every, odd) in [
            (Some(41_250), 41_250, false),
            (Some(100), 100, false),
            (Some(99), 30_000, true),
            (Some(0), 30_000, true),
            (Some(300_000), 300_000, false),
            (Some(300_001), 30_000, true),
            (Some(u64::MAX), 30_000, true),
            (None, 30_000, true),
        ] {
            assert_eq!(interval(millis, &limits), (Duration::from_millis(every), odd), "{millis:?}");
        }
    }

    #[test]
    fn the_first_beat_falls_within_the_interval() {
        let mut rng = Rng::new(3);
        for _ in 0..if cfg!(miri) { 50 } else { 1000 } {
            let beat = Beat::start(at(5), 40 * SECOND, &mut rng);
            assert!(beat.due > at(5) && beat.due <= at(45));
        }
    }
}

//! Refused intents: which ones are asked for next.
//!
//! The set the bot was given, that without the bits that need a grant, that of groups and one-to-one chats alone. One
//! step down for each refusal, never up by itself; all shards ask for the same.

use crate::intents::Intents;

/// Refusals in a row of a set that has been granted before, after which it counts as refused. The first of them may be
/// the server's trouble, and after the second another token is fetched: a bad one is answered in the same way.
const DOUBTS: u32 = 3;

/// How the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It named the intents: close 4013 or 4014.
    Named,
    /// It said no, so often in a row: op 9 or close 4903 in answer to an identify. A bad token looks the same.
    Doubtful { times: u32 },
}

impl Sign {
    /// What a close code says about intents, if anything.
    pub(crate) const fn of(code: Option<u16>, times: u32) -> Option<Self> {
        match code {
            Some(4013 | 4014) => Some(Self::Named),
            // "create session error". Its neighbours are troubles of the server's.
            Some(4903) => Some(Self::Doubtful { times }),
            Some(_) | None => None,
        }
    }
}

/// What follows from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing: the ladder is off, at its end, or there is doubt.
    Stays,
    /// What was refused is no longer asked for, or not known to have been: the next identify will tell.
    Settled,
    /// From now on less is asked for.
    Stepped { refused: Intents, left: Intents },
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Ladder {
    on: bool,
    asked: Intents,
    now: Intents,
    /// An identify with what is asked for now has been answered with READY.
    granted: bool,
}

impl Ladder {
    pub(crate) const fn new(asked: Intents, on: bool) -> Self {
        Self { on, asked, now: asked, granted: false }
    }

    /// What the next identify asks for.
    pub(crate) const fn intents(&self) -> Intents {
        self.now
    }

    /// READY came for an identify with this set.
    pub(crate) fn granted(&mut self, set: Intents) {
        self.granted |= set == self.now;
    }

    /// The server refused. `set` is what was asked for, if that is known: not where a session was to be resumed.
    pub(crate) fn refused(&mut self, set: Option<Intents>, sign: Sign) -> Refusal {
        let Some(left) = self.below().filter(|_| self.on) else {
            return Refusal::Stays;
        };
        // A resume says nothing about intents, so it is no reason to ask for less.
        if set != Some(self.now) {
            return Refusal::Settled;
        }
        match sign {
            Sign::Doubtful { times } if self.granted && times < DOUBTS => Refusal::Stays,
            Sign::Doubtful { .. } | Sign::Named => {
                let refused = self.now - left;
                (self.now, self.granted) = (left, false);
                Refusal::Stepped { refused, left }
            }
        }
    }

    /// The whole set again: somebody has looked after it.
    pub(crate) fn restart(&mut self) {
        if self.now != self.asked {
            (self.now, self.granted) = (self.asked, false);
        }
    }

    /// The next step down. It only takes away, and leaves something: without any intents an identify is refused too.
    fn below(&self) -> Option<Intents> {
        let steps = [self.asked - self.asked.privileged(), self.asked & Intents::GROUP_AND_C2C_EVENT];
        steps.into_iter().find(|step| !step.is_empty() && *step != self.now && self.now.contains(*step))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const DEFAULT: u32 = 1 | 1 << 25 | 1 << 26 | 1 << 30;

    fn ladder(bits: u32) -> Ladder {
        Ladder::new(Intents::from_bits_retain(bits), true)
    }

    /// What is asked for, one refusal after the other.
    fn steps(bits: u32, sign: Sign) -> Vec<u32> {
        let mut ladder = ladder(bits);
        let mut steps = Vec::new();
        loop {
            let set = ladder.intents();
            steps.push(set.bits());
            match ladder.refused(Some(set), sign) {
                Refusal::Stepped { refused, left } => {
                    assert_eq!((refused | left, refused & left), (set, Intents::empty()));
                    assert_eq!(left, ladder.intents());
                }
                other @ (Refusal::Stays | Refusal::Settled) => {
                    assert_eq!(other, Refusal::Stays);
                    return steps;
                }
            }
        }
    }

    #[test]
    fn one_step_for_each_refusal_and_equal_steps_are_left_out() {
        for (asked, rest) in [
            (DEFAULT, &[1 | 1 << 25 | 1 << 30, 1 << 25][..]),
            // Bits that nobody knows go first.
            (DEFAULT | 1 << 3, &[1 | 1 << 25 | 1 << 30, 1 << 25]),
            // Without any that need a grant.
            (1 | 1 << 25 | 1 << 30, &[1 << 25]),
            (1 << 25 | 1 << 26, &[1 << 25]),
            (1 << 25, &[]),
            // Groups are not asked for because something else was refused.
            (1 | 1 << 9, &[1]),
            (1 | 1 << 30, &[]),
            (1 << 9, &[]),
            (u32::MAX, &[3 | 1 << 25 | 1 << 30, 1 << 25]),
        ] {
            for sign in [Sign::Named, Sign::Doubtful { times: 1 }] {
                let found = steps(asked, sign);
                assert_eq!((found[0], &found[1..]), (asked, rest), "{asked:#x} {sign:?}");
            }
        }
    }

    #[test]
    fn off_it_never_steps() {
        let mut ladder = Ladder::new(Intents::all(), false);
        for sign in [Sign::Named, Sign::Doubtful { times: 9 }] {
            assert_eq!(ladder.refused(Some(Intents::all()), sign), Refusal::Stays);
            assert_eq!(ladder.refused(None, sign), Refusal::Stays);
        }
        assert_eq!(ladder.intents(), Intents::all());
    }

    #[test]
    fn what_is_refused_twice_at_once_is_one_step() {
        let mut ladder = ladder(DEFAULT);
        let set = Some(ladder.intents());
        assert!(matches!(ladder.refused(set, Sign::Named), Refusal::Stepped { .. }));
        // Another shard had asked for the same.
        for sign in [Sign::Named, Sign::Doubtful { times: 1 }] {
            assert_eq!(ladder.refused(set, sign), Refusal::Settled);
        }
        assert_eq!(ladder.intents().bits(), 1 | 1 << 25 | 1 << 30);
    }

    #[test]
    fn what_is_not_known_to_have_been_asked_for_takes_no_step() {
        let mut ladder = ladder(DEFAULT);
        assert_eq!(ladder.refused(None, Sign::Named), Refusal::Settled);
        assert_eq!(ladder.intents().bits(), DEFAULT);
    }

    #[test]
    fn what_was_granted_before_is_doubted_twice() {
        let mut granted = ladder(DEFAULT);
        let set = granted.intents();
        granted.granted(set);
        for times in 1..3 {
            assert_eq!(granted.refused(Some(set), Sign::Doubtful { times }), Refusal::Stays, "{times}");
        }
        assert!(matches!(granted.refused(Some(set), Sign::Doubtful { times: 3 }), Refusal::Stepped { .. }));
        // The next step has not been granted yet.
        let left = granted.intents();
        assert!(matches!(granted.refused(Some(left), Sign::Doubtful { times: 1 }), Refusal::Stepped { .. }));

        // A server that names the intents is not doubted.
        let mut named = ladder(DEFAULT);
        named.granted(set);
        assert!(matches!(named.refused(Some(set), Sign::Named), Refusal::Stepped { .. }));
        // An answer to an earlier identify, which asked for more, grants nothing of now.
        named.granted(set);
        let left = named.intents();
        assert!(matches!(named.refused(Some(left), Sign::Doubtful { times: 1 }), Refusal::Stepped { .. }));
    }

    #[test]
    fn a_restart_begins_at_the_top() {
        let mut ladder = ladder(DEFAULT);
        let set = ladder.intents();
        ladder.refused(Some(set), Sign::Named);
        ladder.restart();
        assert_eq!(ladder.intents(), set);
        // What is granted stays so.
        ladder.granted(set);
        ladder.restart();
        assert_eq!(ladder.refused(Some(set), Sign::Doubtful { times: 1 }), Refusal::Stays);
    }

    #[test]
    fn codes_that_say_something_about_intents() {
        for code in 0..=u16::MAX {
            let sign = match code {
                4013 | 4014 => Some(Sign::Named),
                4903 => Some(Sign::Doubtful { times: 7 }),
                _ => None,
            };
            assert_eq!(Sign::of(Some(code), 7), sign, "{code}");
        }
        assert_eq!(Sign::of(None, 1), None);
    }
}

//! The next `msg_seq` for each message or event that is answered.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use core::fmt;

/// Triggers remembered. A group's reply window is five minutes, a chat's an hour; a bot that answers more than this
/// many messages within it has its oldest forgotten and would count them from 1 again.
const REMEMBERED: usize = if cfg!(miri) { 100 } else { 10_000 };

/// The numbers of one trigger: 1, 2, 3 .. Also the ledger counts with it, so that there is one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    last: u32,
}

impl Numbers {
    /// None is used.
    pub(crate) const NEW: Self = Self { last: 0 };

    /// The next one.
    pub(crate) const fn next(&mut self) -> u32 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    /// Somebody else has used this one.
    pub(crate) fn note(&mut self, seq: u32) {
        self.last = self.last.max(seq);
    }

    /// The highest that was used, 0 for none.
    #[cfg(feature = "ledger")]
    pub(crate) const fn last(self) -> u32 {
        self.last
    }
}

/// Counts up from 1 for each trigger; the platform wants the pair of trigger and number to be new.
#[derive(Default)]
pub(crate) struct SeqBook {
    next: BTreeMap<String, Numbers>,
    order: VecDeque<String>,
}

impl SeqBook {
    pub(crate) fn next(&mut self, trigger: &str) -> u32 {
        self.numbers(trigger).map_or(1, Numbers::next)
    }

    /// A call came with a number of its own, so that one is not given out any more.
    pub(crate) fn note(&mut self, trigger: &str, seq: u32) {
        if let Some(numbers) = self.numbers(trigger) {
            numbers.note(seq);
        }
    }

    /// The book of a trigger, opened if need be; always there.
    fn numbers(&mut self, trigger: &str) -> Option<&mut Numbers> {
        if self.next.contains_key(trigger) {
            return self.next.get_mut(trigger);
        }
        if self.order.len() >= REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.next.remove(&oldest);
            }
        }
        self.order.push_back(trigger.to_string());
        Some(self.next.entry(trigger.to_string()).or_insert(Numbers::NEW))
    }
}

/// Its size: ten thousand ids help nobody.
impl fmt::Debug for SeqBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeqBook({} triggers)", self.order.len())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn numbers_of_others_are_not_given_out_again() {
        let mut book = SeqBook::default();
        book.note("a", 3);
        book.note("a", 2);
        assert_eq!([book.next("a"), book.next("b")], [4, 1]);
        book.note("b", u32::MAX);
        assert_eq!(book.next("b"), u32::MAX);
    }

    #[test]
    fn counts_each_trigger_and_stays_bounded() {
        let mut book = SeqBook::default();
        assert_eq!([book.next("a"), book.next("b"), book.next("a")], [1, 1, 2]);
        for n in 0..2 * REMEMBERED {
            book.next(&format!("m{n}"));
        }
        assert_eq!(book.next.len(), REMEMBERED);
        assert_eq!(book.order.len(), REMEMBERED);
    }
}

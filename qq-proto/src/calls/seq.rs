//! The next `msg_seq` for each message or event that is answered.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use core::fmt;

/// Triggers remembered. A group's reply window is five minutes, a chat's an hour; a bot that answers more than this
/// many messages within it has its oldest forgotten and would count them from 1 again.
const REMEMBERED: usize = if cfg!(miri) { 100 } else { 10_000 };

/// Counts up from 1 for each trigger; the platform wants the pair of trigger and number to be new.
#[derive(Default)]
pub(crate) struct SeqBook {
    next: BTreeMap<String, u32>,
    order: VecDeque<String>,
}

impl SeqBook {
    pub(crate) fn next(&mut self, trigger: &str) -> u32 {
        if let Some(last) = self.next.get_mut(trigger) {
            *last = last.saturating_add(1);
            return *last;
        }
        if self.order.len() >= REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.next.remove(&oldest);
            }
        }
        self.order.push_back(trigger.to_string());
        self.next.insert(trigger.to_string(), 1);
        1
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

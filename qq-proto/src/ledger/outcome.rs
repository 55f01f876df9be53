//! What became of a granted message: the books, and the message.

use alloc::boxed::Box;

use super::chat::{Taken, bit};
use super::code::{Meaning, meaning};
use super::message::{Back, Consent, Conversation, Outcome, Output, SendId};
use super::{Entry, Ledger, State};
use crate::time::Timestamp;

/// A message is granted so often at most, on whatever ways: a platform that refuses each of them for another reason must
/// not be asked for ever.
const GRANTS: u32 = 4;

/// The end of one grant.
struct Flight<P> {
    id: SendId,
    entry: Entry<P>,
    taken: Taken,
    seq: Option<u32>,
    again: bool,
}

impl<P: Clone> Ledger<P> {
    /// One arm for each row of the table in ARCHITECTURE.md.
    pub(super) fn ended(&mut self, id: SendId, outcome: &Outcome) {
        if !matches!(self.open.get(&id), Some(Entry { state: State::Flying { .. }, .. })) {
            return;
        }
        let Some(entry) = self.close(id) else {
            return;
        };
        let State::Flying { taken, seq, again, .. } = &entry.state else {
            return;
        };
        let (taken, seq, again) = (taken.clone(), *seq, *again);
        let flight = Flight { id, entry, taken, seq, again };
        match outcome {
            Outcome::Delivered | Outcome::DeliveredBefore => self.done(&flight, false),
            Outcome::UnderAudit => self.done(&flight, true),
            Outcome::Unknown => self.unknown(flight),
            Outcome::NotSent => {
                // A repetition that never left says nothing about the first attempt.
                if flight.again {
                    return self.unknown(flight);
                }
                self.put_back(&flight);
                self.back(flight, Back::NotSent);
            }
            Outcome::Refused(code) => self.refused(flight, *code),
        }
    }

    #[expect(clippy::match_same_arms, reason = "an arm is a row of the table")]
    fn refused(&mut self, flight: Flight<P>, code: i64) {
        let conversation = flight.entry.message.conversation.clone();
        match (meaning(code), &flight.taken) {
            (Meaning::Duplicate, _) if flight.again => self.done(&flight, false),
            // Somebody else has used the number, and with it the answer; the message takes another.
            (Meaning::Duplicate, Taken::Answer(_)) => self.anew(flight, code),
            // Also "no consent" in answer to an answer: the platform did not take it for one.
            (Meaning::Closed | Meaning::NoConsent, Taken::Answer(trigger)) => {
                let trigger = trigger.clone();
                if let Some(budget) = self.chats.get_mut(&conversation).and_then(|chat| chat.budget(&trigger))
                {
                    budget.closed = Some(code);
                }
                // Whether the first attempt had been delivered is as unknown as before.
                if flight.again {
                    return self.back(flight, Back::Unknown);
                }
                self.anew(flight, code);
            }
            (Meaning::NoConsent, Taken::Active) => {
                self.note(&conversation, |chat, _| chat.consent = Consent::Refused);
                self.anew(flight, code);
            }
            (Meaning::Quota, Taken::Active) => {
                self.note(&conversation, |chat, until| chat.active_rest = Some(until));
                self.anew(flight, code);
            }
            // The bit of this time stays set.
            (Meaning::WakeUpUsed, Taken::WakeUp(_)) => self.anew(flight, code),
            (Meaning::NoWakeUp | Meaning::NoConsent | Meaning::Quota, Taken::WakeUp(_)) => {
                self.note(&conversation, |chat, _| chat.no_wake_up = true);
                self.anew(flight, code);
            }
            (Meaning::Gone, _) => {
                self.back(flight, Back::Refused(code));
                self.consent(&conversation, Consent::Gone);
            }
            (
                Meaning::Nothing
                | Meaning::Duplicate
                | Meaning::Closed
                | Meaning::Quota
                | Meaning::WakeUpUsed
                | Meaning::NoWakeUp,
                _,
            ) => {
                // A refused send does not count; its number is not used again all the same.
                if !flight.again {
                    self.put_back(&flight);
                }
                self.back(flight, Back::Refused(code));
            }
        }
    }

    /// Delivered. What is left is what is left now, with everything that was sent meanwhile.
    fn done(&mut self, flight: &Flight<P>, under_audit: bool) {
        let (State::Flying { route, .. } | State::Held { route, .. }) = flight.entry.state;
        let mut route = route;
        let conversation = &flight.entry.message.conversation;
        if let Taken::Answer(trigger) = &flight.taken {
            let rules = self.rules(conversation.scene());
            let now = self.now;
            if let Some(budget) = self.chats.get_mut(conversation).and_then(|chat| chat.budget(trigger)) {
                route.left = budget.left(&rules);
                route.window_left = Some(budget.expires.since(now));
            }
        }
        self.out.push_back(Output::Done { id: flight.id, route, under_audit });
    }

    /// The answer stays taken. The message remembers its number, for the case that it is sent again.
    fn unknown(&mut self, mut flight: Flight<P>) {
        if let (Taken::Answer(trigger), Some(seq)) = (&flight.taken, flight.seq) {
            flight.entry.message.again = Some((trigger.clone(), seq));
        }
        self.back(flight, Back::Unknown);
    }

    fn back(&mut self, flight: Flight<P>, why: Back) {
        let (State::Flying { route, .. } | State::Held { route, .. }) = flight.entry.state;
        let message = Box::new(flight.entry.message);
        self.out.push_back(Output::Back { id: flight.id, message, why, route });
    }

    /// Another way, now that more is known.
    fn anew(&mut self, flight: Flight<P>, code: i64) {
        if flight.entry.past.grants >= GRANTS {
            return self.back(flight, Back::Refused(code));
        }
        self.route(flight.id, flight.entry.message, flight.entry.past, false);
    }

    /// Gives back what a grant had taken. Quotas of active messages are not given back: whether the platform counts a
    /// refused one is not known.
    fn put_back(&mut self, flight: &Flight<P>) {
        let Some(chat) = self.chats.get_mut(&flight.entry.message.conversation) else {
            return;
        };
        match &flight.taken {
            Taken::Answer(trigger) => {
                if let Some(budget) = chat.budget(trigger) {
                    budget.used = budget.used.saturating_sub(1);
                }
            }
            Taken::WakeUp(at) => chat.woken &= !bit(*at),
            Taken::Active => {}
        }
    }

    fn note(&mut self, conversation: &Conversation, enter: impl FnOnce(&mut super::Chat, Timestamp)) {
        let until = self.now.after(self.settings.quota_rest);
        if let Some(chat) = self.chats.get_mut(conversation) {
            enter(chat, until);
        }
    }
}

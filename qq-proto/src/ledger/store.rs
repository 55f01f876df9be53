//! The ledger as data, so that a restart keeps budgets, consent and held messages.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::chat::{Budget, Chat, Taken};
use super::message::{Back, Consent, Conversation, Message, Output, SendId};
use super::meter::{Meter, SavedMeter};
use super::route::{Route, Way};
use super::rules::{RATES, Settings, WAKE_UP_END};
use super::{Ledger, Past, State};
use crate::api::{Scene, Trigger};
use crate::calls::Numbers;
use crate::time::Timestamp;

/// A ledger to be stored. All times in it are distances from the moment of [`Ledger::save`]; store the time of day
/// beside it, and tell [`Ledger::load`] how long ago that was.
#[derive(Clone, Serialize, Deserialize)]
pub struct Saved<P> {
    last_id: u64,
    /// The one used last comes last.
    chats: Vec<SavedChat>,
    messages: Vec<SavedMessage<P>>,
    bot: Vec<(Scene, [SavedMeter; RATES])>,
    places: Vec<(String, Vec<(String, Duration)>)>,
}

/// Its sizes: people's texts do not belong into logs.
impl<P> fmt::Debug for Saved<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saved")
            .field("conversations", &self.chats.len())
            .field("messages", &self.messages.len())
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct SavedChat {
    conversation: Conversation,
    budgets: Vec<SavedBudget>,
    forgot: bool,
    consent: Consent,
    contact: Option<Duration>,
    woken: u8,
    no_wake_up: bool,
    active: [SavedMeter; RATES],
    active_rest: Option<Duration>,
    guild: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct SavedBudget {
    trigger: Trigger,
    left: Duration,
    used: u32,
    last_seq: u32,
    closed: Option<i64>,
}

#[derive(Clone, Serialize, Deserialize)]
struct SavedMessage<P> {
    id: SendId,
    message: Message<P>,
    grants: u32,
    state: SavedState,
}

#[derive(Clone, Serialize, Deserialize)]
enum SavedState {
    Held {
        left: Duration,
        wait: Option<Duration>,
    },
    /// Granted: nobody will tell its outcome any more.
    Flying {
        again: Option<(Trigger, u32)>,
    },
}

impl<P: Clone> Ledger<P> {
    /// The ledger as it stands, to be stored. Outputs that were not popped are not in it.
    pub fn save(&self, now: Timestamp) -> Saved<P> {
        let now = self.now.max(now);
        let chats = self
            .by_use
            .values()
            .filter_map(|conversation| Some(save_chat(conversation, self.chats.get(conversation)?, now)));
        let messages = self.open.iter().map(|(id, entry)| SavedMessage {
            id: *id,
            message: entry.message.clone(),
            grants: entry.past.grants,
            state: match &entry.state {
                State::Held { expires, not_before, .. } => {
                    SavedState::Held { left: expires.since(now), wait: not_before.map(|at| at.since(now)) }
                }
                State::Flying { taken: Taken::Answer(trigger), seq: Some(seq), .. } => {
                    SavedState::Flying { again: Some((trigger.clone(), *seq)) }
                }
                State::Flying { .. } => SavedState::Flying { again: None },
            },
        });
        let bot = self.bot.iter().map(|(scene, meters)| (*scene, meters.each_ref().map(|it| it.save(now))));
        let places = self.places.iter().map(|(guild, channels)| {
            let open = channels.iter().filter(|(_, until)| **until > now);
            (guild.clone(), open.map(|(channel, until)| (channel.clone(), until.since(now))).collect())
        });
        Saved {
            last_id: self.last_id,
            chats: chats.collect(),
            messages: messages.collect(),
            bot: bot.collect(),
            places: places.collect(),
        }
    }

    /// Takes a stored ledger back. `away` is how long ago it was saved. Messages that were on their way then come out as
    /// [`Output::Back`] with [`Back::Unknown`]; what is more than the settings allow is given back as well.
    pub fn load(settings: Settings, now: Timestamp, saved: Saved<P>, away: Duration) -> Self {
        let mut ledger = Self::new(settings);
        ledger.now = now;
        ledger.last_id = saved.last_id;
        for stored in saved.chats {
            let conversation = stored.conversation.clone();
            let chat = load_chat(stored, now, away, settings.triggers);
            let fresh = ledger.chat(&conversation);
            *fresh = Chat { touched: fresh.touched, ..chat };
        }
        ledger.bot =
            saved.bot.into_iter().map(|(scene, meters)| (scene, load_meters(&meters, now, away))).collect();
        for (guild, channels) in saved.places {
            let open = channels.into_iter().filter(|(_, left)| *left > away);
            let open: BTreeMap<_, _> =
                open.map(|(channel, left)| (channel, now.after(left.saturating_sub(away)))).collect();
            if !open.is_empty() {
                ledger.places.insert(guild, open);
            }
        }
        for stored in saved.messages {
            ledger.take_back(stored, away);
        }
        // What waited for a time that has passed meanwhile.
        ledger.fire_due();
        ledger
    }

    fn take_back(&mut self, stored: SavedMessage<P>, away: Duration) {
        let SavedMessage { id, mut message, grants, state } = stored;
        // Ids are given out once, whatever was stored.
        self.last_id = self.last_id.max(id.0);
        let route = Route::new(Way::Held);
        let (left, wait) = match state {
            SavedState::Held { left, wait } => (left, wait),
            SavedState::Flying { again } => {
                message.again = again;
                return self.out.push_back(Output::Back {
                    id,
                    message: Box::new(message),
                    why: Back::Unknown,
                    route,
                });
            }
        };
        if self.open.len() >= self.settings.open || self.open.contains_key(&id) {
            return self.out.push_back(Output::Back {
                id,
                message: Box::new(message),
                why: Back::PushedOut,
                route,
            });
        }
        let expires = self.now.after(left.saturating_sub(away));
        let route = Route { after: wait.map(|wait| self.now.after(wait.saturating_sub(away))), ..route };
        self.chat(&message.conversation.clone());
        self.hold(id, message, Past { grants, expires: Some(expires) }, route);
    }
}

fn save_chat(conversation: &Conversation, chat: &Chat, now: Timestamp) -> SavedChat {
    let budgets = chat.budgets.iter().map(|budget| SavedBudget {
        trigger: budget.trigger.clone(),
        left: budget.expires.since(now),
        used: budget.used,
        last_seq: budget.numbers.last(),
        closed: budget.closed,
    });
    SavedChat {
        conversation: conversation.clone(),
        budgets: budgets.collect(),
        forgot: chat.forgot,
        consent: chat.consent,
        contact: chat.contact_ends.map(|ends| ends.since(now)),
        woken: chat.woken,
        no_wake_up: chat.no_wake_up,
        active: chat.active.each_ref().map(|meter| meter.save(now)),
        active_rest: chat.active_rest.map(|until| until.since(now)),
        guild: chat.guild.clone(),
    }
}

fn load_chat(saved: SavedChat, now: Timestamp, away: Duration, most: usize) -> Chat {
    let ahead = |left: Duration| now.after(left.saturating_sub(away));
    let mut chat = Chat {
        forgot: saved.forgot,
        consent: saved.consent,
        contact_ends: saved.contact.map(|left| ahead(left.min(WAKE_UP_END))),
        woken: saved.woken,
        no_wake_up: saved.no_wake_up,
        active: load_meters(&saved.active, now, away),
        active_rest: saved.active_rest.map(ahead),
        guild: saved.guild,
        ..Chat::default()
    };
    for budget in saved.budgets {
        let mut numbers = Numbers::NEW;
        numbers.note(budget.last_seq);
        let loaded = Budget {
            trigger: budget.trigger,
            expires: ahead(budget.left),
            used: budget.used,
            numbers,
            closed: budget.closed,
        };
        if !chat.knows(&loaded.trigger) {
            chat.remember(now, loaded, most);
        }
    }
    chat
}

fn load_meters(saved: &[SavedMeter; RATES], now: Timestamp, away: Duration) -> [Meter; RATES] {
    saved.each_ref().map(|meter| Meter::load(meter, now, away))
}

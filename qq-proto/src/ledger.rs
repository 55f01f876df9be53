//! What may still be sent, by which way, and why not otherwise.
//!
//! The platform lets a bot answer: a message may be answered for some minutes and some times, and everything shares
//! these few answers, a text, a picture, "is typing", a stream. Messages that answer nothing need consent and have
//! quotas. The platform never says how much is left. A [`Ledger`] does, because it counts.
//!
//! # What may I still send?
//!
//! Tell the ledger of every event, and ask:
//!
//! ```
//! # use qq_proto::{ReplyTo, Scene, Timestamp, Trigger};
//! use qq_proto::ledger::{Conversation, Input, Kind, Ledger, Message, Outcome, Output, Part, Settings};
//!
//! let mut ledger: Ledger<&str> = Ledger::new(Settings::default());
//! # let now = Timestamp::from_millis(1000);
//! # let to = ReplyTo::new(Scene::Group, "G1", Trigger::Message("M1".into()));
//! ledger.handle(now, Input::Arrived(&to)); // or Input::Dispatch, which also reads consent
//!
//! let route = ledger.can_send(now, &to, Kind::Text, Part::Final);
//! assert_eq!(route.to_string(), "sent as an answer to a message, 4 more possible within 4 min");
//!
//! // To send is to put a message in, and to carry out what comes out.
//! let id = ledger.send(now, Message::answer(&to, Kind::Text, "hello")).unwrap();
//! let Some(Output::Go(grant)) = ledger.poll_output() else { unreachable!() };
//! assert_eq!((grant.id, grant.seq), (id, Some(1)));
//! // .. send grant.payload to grant.reply_to with grant.seq ..
//! ledger.handle(now, Input::Outcome { id, outcome: Outcome::Delivered });
//! let Some(Output::Done { route, .. }) = ledger.poll_output() else { unreachable!() };
//! assert_eq!(route.left, Some(4));
//!
//! // A group that never wrote, and of whose consent nothing is known:
//! let elsewhere = Conversation::new(Scene::Group, "G2");
//! let route = ledger.can_send_to(now, &elsewhere, Kind::Text, Part::Final);
//! assert_eq!(
//!     route.to_string(),
//!     "held until somebody writes in this conversation: no message to answer is known here; whether messages that \
//!      answer nothing are allowed here is not known; wake-ups exist in one-to-one chats alone"
//! );
//! ```
//!
//! # Why was this held?
//!
//! Ways are tried in this order, and the [`Route`] says for each one that was passed over why: an answer to the message
//! it was meant for; an answer to the newest other one of the conversation; by itself, where consent is known; as a
//! wake-up, in one-to-one chats; held until somebody writes there. The last answer to a message is kept for the final
//! one ([`Part::Final`]); typing and news of progress ([`Message::interim`]) never take it.
//!
//! Every message that is taken ends in exactly one [`Output::Done`] or [`Output::Back`]; nothing is lost silently.
//!
//! # One book of numbers
//!
//! A `msg_seq` must be new for each message that is answered. [`Grant::seq`] has it; put it into the call with
//! [`Grant::number`]. The [`Client`](crate::Client) notes it and numbers the calls that have none beyond it. A message
//! of unknown outcome that is sent again keeps its number, so that the platform drops a second copy.
//!
//! # Restarts
//!
//! [`Ledger::save`] has all of it as data; [`Ledger::load`] takes it back, told how long the program was away.

mod chat;
mod code;
mod message;
mod meter;
mod observe;
mod outcome;
mod plan;
mod route;
mod rules;
mod split;
mod store;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::api::{ReplyTo, Scene, Trigger};
use crate::time::{Deadline, Timestamp, Wake};
use chat::{Chat, Taken};
pub use message::{
    Back, Consent, Conversation, Full, Grant, Input, Kind, Message, Otherwise, Outcome, Output, Part, SendId,
};
use meter::Meter;
pub use route::{Never, NoActive, NoAnswer, NoWakeUp, Route, Verdict, Way};
pub use rules::{Owner, RATES, Rate, SceneRules, Settings, WAKE_UPS, rules};
pub use split::{Markup, Overflow, Piece, Split, SplitLimits, split};
pub use store::Saved;

/// Counts what is sent and decides the way of each message; see the [module](self).
pub struct Ledger<P> {
    settings: Settings,
    now: Timestamp,
    last_id: u64,
    /// Counts uses, to know which conversation was used last.
    uses: u64,
    chats: BTreeMap<Conversation, Chat>,
    by_use: BTreeMap<u64, Conversation>,
    /// Messages without an outcome.
    open: BTreeMap<SendId, Entry<P>>,
    timers: BTreeSet<(Timestamp, SendId)>,
    held: BTreeSet<SendId>,
    /// The quotas of the bot in each scene.
    bot: BTreeMap<Scene, [Meter; RATES]>,
    /// The channels of each guild that were sent to by itself, and until when they count.
    places: BTreeMap<String, BTreeMap<String, Timestamp>>,
    out: VecDeque<Output<P>>,
}

/// One message that is open.
#[derive(Clone, Debug)]
struct Entry<P> {
    message: Message<P>,
    past: Past,
    state: State,
}

/// What a message has been through.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    /// How often it was granted.
    grants: u32,
    /// When it is no longer held, set when it is held first.
    expires: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum State {
    /// Waits: for a message of its conversation, or for a time.
    Held { expires: Timestamp, not_before: Option<Timestamp>, route: Route },
    /// Granted; its outcome is awaited.
    Flying { give_up: Timestamp, taken: Taken, seq: Option<u32>, again: bool, route: Route },
}

impl State {
    fn due(&self) -> Timestamp {
        match self {
            Self::Held { expires, not_before, .. } => not_before.map_or(*expires, |at| at.min(*expires)),
            Self::Flying { give_up, .. } => *give_up,
        }
    }
}

impl<P: Clone> Ledger<P> {
    /// An empty ledger.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            now: Timestamp::ZERO,
            last_id: 0,
            uses: 0,
            chats: BTreeMap::new(),
            by_use: BTreeMap::new(),
            open: BTreeMap::new(),
            timers: BTreeSet::new(),
            held: BTreeSet::new(),
            bot: BTreeMap::new(),
            places: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    /// Takes something that happened. Any input is legal in any state; unknown ids are ignored. A `now` smaller than the
    /// last one counts as the last one.
    pub fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.now = self.now.max(now);
        match input {
            Input::Tick => {}
            Input::Dispatch(dispatch) => self.observe(dispatch),
            Input::Arrived(reply_to) => self.arrived(reply_to, None, is_message(reply_to)),
            Input::Outcome { id, outcome } => self.ended(id, &outcome),
            Input::Consent { conversation, consent } => self.consent(conversation, consent),
            Input::Bypassed { reply_to, seq } => self.bypassed(reply_to, seq),
        }
        self.fire_due();
    }

    /// Takes a message. Its way comes with [`poll_output`](Self::poll_output). As many may be open as
    /// [`Settings::open`] says; more are given back.
    pub fn send(&mut self, now: Timestamp, message: Message<P>) -> Result<SendId, Full<P>> {
        self.now = self.now.max(now);
        self.fire_due();
        if self.open.len() >= self.settings.open {
            return Err(Full { message });
        }
        self.last_id = self.last_id.saturating_add(1);
        let id = SendId(self.last_id);
        self.route(id, message, Past::default(), false);
        Ok(id)
    }

    /// Pops the oldest output. It only pops.
    #[must_use = "a grant that is dropped is never sent"]
    pub fn poll_output(&mut self) -> Option<Output<P>> {
        self.out.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`Input::Tick`] at the latest. While outputs wait that is now; after a
    /// full drain it lies strictly in the future.
    pub fn next_deadline(&self) -> Option<Deadline> {
        if !self.out.is_empty() {
            return Some(Deadline { at: self.now, why: Wake::Outputs });
        }
        self.timers.first().map(|(at, _)| Deadline { at: *at, why: Wake::Ledger })
    }

    /// How a message would go that answers this, if it were sent now. Nothing changes.
    pub fn can_send(&self, now: Timestamp, to: &ReplyTo, kind: Kind, part: Part) -> Route {
        self.foresee(now, &Conversation::of(to), Some(to.trigger()), kind, part)
    }

    /// How a message into this conversation would go, if it were sent now. Nothing changes.
    pub fn can_send_to(&self, now: Timestamp, conversation: &Conversation, kind: Kind, part: Part) -> Route {
        self.foresee(now, conversation, None, kind, part)
    }

    /// How many final messages could go one after the other as answers to this, now; `most` where there is no limit.
    /// This is the number of pieces to [`split`] a long text into.
    pub fn room(&self, now: Timestamp, to: &ReplyTo, most: u32) -> u32 {
        let route = self.can_send(now, to, Kind::Text, Part::Final);
        match route.way {
            Way::Message | Way::Event => route.left.map_or(most, |left| left.saturating_add(1).min(most)),
            Way::Active => route.left.map_or(most, |left| left.saturating_add(1).min(most)),
            Way::WakeUp => 1.min(most),
            Way::Held | Way::Nothing => 0,
        }
    }

    /// One more `msg_seq` for the same message, without taking an answer: for the pieces of a stream whose beginning was
    /// granted. `None` in scenes that have no such numbers.
    pub fn number(&mut self, now: Timestamp, to: &ReplyTo) -> Option<u32> {
        self.now = self.now.max(now);
        if !matches!(to.scene(), Scene::C2c | Scene::Group) {
            return None;
        }
        let rules = self.rules(to.scene());
        let (now, settings) = (self.now, self.settings);
        let chat = self.chat(&Conversation::of(to));
        chat.trust(now, to.trigger(), &rules, &settings);
        Some(chat.budget(to.trigger())?.numbers.next())
    }

    /// What is known of the consent in a conversation.
    pub fn consent_of(&self, conversation: &Conversation) -> Consent {
        self.chats.get(conversation).map_or(Consent::Unknown, |chat| chat.consent)
    }

    /// How many messages are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// How many messages are open: held, or granted and without an outcome.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Takes all held messages of a conversation out, the oldest first, for a program that puts them together into one.
    pub fn take_held(&mut self, conversation: &Conversation) -> Vec<Message<P>> {
        let ids: Vec<SendId> =
            self.chats.get(conversation).map(|chat| chat.held.iter().copied().collect()).unwrap_or_default();
        ids.into_iter().filter_map(|id| self.close(id)).map(|entry| entry.message).collect()
    }

    /// Takes one held message out; it comes as [`Output::Back`]. A granted one can no longer be stopped: `false`.
    pub fn cancel(&mut self, id: SendId) -> bool {
        let held = self.held.contains(&id);
        if held {
            self.give_back(id, Back::Taken);
        }
        held
    }

    /// The conversation's book, opened if there is none, and used last from now on.
    fn chat(&mut self, conversation: &Conversation) -> &mut Chat {
        self.uses += 1;
        let uses = self.uses;
        if !self.chats.contains_key(conversation) && self.chats.len() >= self.settings.conversations.max(1) {
            self.forget_one();
        }
        let chat = self.chats.entry(conversation.clone()).or_default();
        self.by_use.remove(&chat.touched);
        chat.touched = uses;
        self.by_use.insert(uses, conversation.clone());
        chat
    }

    /// Forgets the conversation that was unused for longest; what is held for it is given back.
    fn forget_one(&mut self) {
        let Some((_, conversation)) = self.by_use.pop_first() else {
            return;
        };
        let held = self.chats.remove(&conversation).map(|chat| chat.held).unwrap_or_default();
        for id in held {
            self.give_back(id, Back::Forgotten);
        }
    }

    /// Takes an entry out of all books.
    fn close(&mut self, id: SendId) -> Option<Entry<P>> {
        let entry = self.open.remove(&id)?;
        self.timers.remove(&(entry.state.due(), id));
        if self.held.remove(&id) {
            if let Some(chat) = self.chats.get_mut(&entry.message.conversation) {
                chat.held.retain(|other| *other != id);
            }
        }
        Some(entry)
    }

    fn insert(&mut self, id: SendId, entry: Entry<P>) {
        self.timers.insert((entry.state.due(), id));
        self.open.insert(id, entry);
    }

    fn give_back(&mut self, id: SendId, why: Back) {
        let Some(entry) = self.close(id) else {
            return;
        };
        let (State::Held { route, .. } | State::Flying { route, .. }) = entry.state;
        self.out.push_back(Output::Back { id, message: Box::new(entry.message), why, route });
    }

    /// Serves every timer that is due, each once.
    fn fire_due(&mut self) {
        // What is held anew has a later timer, so this ends.
        while let Some(&(at, id)) = self.timers.first() {
            if at > self.now {
                return;
            }
            match self.open.get(&id).map(|entry| &entry.state) {
                Some(State::Held { expires, .. }) if *expires <= self.now => self.give_back(id, Back::TooOld),
                Some(State::Held { .. }) => {
                    if let Some(entry) = self.close(id) {
                        self.route(id, entry.message, entry.past, true);
                    }
                }
                Some(State::Flying { .. }) => self.ended(id, &Outcome::Unknown),
                None => {
                    self.timers.pop_first();
                }
            }
        }
    }
}

fn is_message(reply_to: &ReplyTo) -> bool {
    match reply_to.trigger() {
        Trigger::Message(_) => true,
        Trigger::Event(_) => false,
    }
}

/// Its sizes: ten thousand conversations help nobody, and texts do not belong into logs.
impl<P> fmt::Debug for Ledger<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("now", &self.now)
            .field("conversations", &self.chats.len())
            .field("open", &self.open.len())
            .field("held", &self.held.len())
            .field("outputs", &self.out.len())
            .finish_non_exhaustive()
    }
}

//! Which way a message goes. One function decides, whether it is asked beforehand or the message is there.

use alloc::boxed::Box;
use core::time::Duration;

use super::chat::{Ask, Budget, Chat, Shared, Taken, bit};
use super::message::{Back, Consent, Conversation, Grant, Kind, Message, Otherwise, Output, Part, SendId};
use super::meter::Meter;
use super::route::{Never, Route, Way};
use super::rules::{RATES, Rate, SceneRules};
use super::{Entry, Ledger, Past, State};
use crate::api::{ReplyTo, Scene, Trigger};
use crate::time::Timestamp;

/// Guilds whose active channels are counted; far more than a bot is in.
const GUILDS: usize = 1000;

/// What a grant consists of.
struct Ticket {
    route: Route,
    taken: Taken,
    seq: Option<u32>,
    again: bool,
}

impl<P: Clone> Ledger<P> {
    pub(super) fn rules(&self, scene: Scene) -> SceneRules {
        (self.settings.rules)(scene, self.settings.owner)
    }

    /// The window of something that comes now.
    pub(super) fn window_end(&self, rules: &SceneRules) -> Timestamp {
        self.now.after(rules.window.saturating_sub(self.settings.margin))
    }

    pub(super) fn foresee(
        &self,
        now: Timestamp,
        conversation: &Conversation,
        answers: Option<&Trigger>,
        kind: Kind,
        part: Part,
    ) -> Route {
        let now = self.now.max(now);
        let mut chat = self.chats.get(conversation).cloned().unwrap_or_default();
        let rules = self.rules(conversation.scene());
        if let Some(trigger) = answers {
            chat.trust(now, trigger, &rules, &self.settings);
        }
        let ask = Ask { scene: conversation.scene(), answers, kind, part, waited: false };
        self.plan(now, conversation, &chat, ask, &rules).0
    }

    /// The ways in their order; the first that is open is taken, and each one before it says why it is not.
    fn plan(
        &self,
        now: Timestamp,
        conversation: &Conversation,
        chat: &Chat,
        ask: Ask<'_>,
        rules: &SceneRules,
    ) -> (Route, Option<Taken>) {
        let nothing = |never| (Route { never: Some(never), ..Route::new(Way::Nothing) }, None);
        if matches!(ask.kind, Kind::Typing | Kind::Stream) && ask.scene != Scene::C2c {
            return nothing(Never::OtherScene);
        }
        if chat.consent == Consent::Gone {
            return nothing(Never::Gone);
        }
        if let Some(after) = chat.paced(now, rules) {
            return (wait(now, after, Route::new(Way::Held)), None);
        }
        let no_answer = match chat.answer(now, ask, rules, self.settings.kept) {
            Ok((route, taken)) => return (route, Some(taken)),
            Err(why) => why,
        };
        let shared = self.shared(now, conversation, chat, rules);
        let (no_active, after) = match chat.active(now, ask, rules, shared, self.settings.active) {
            Ok((route, taken)) => return (Route { no_answer: Some(no_answer), ..route }, Some(taken)),
            Err(why) => why,
        };
        let why = Route { no_answer: Some(no_answer), no_active: Some(no_active), ..Route::new(Way::Held) };
        let no_wake_up = match chat.wake_up(now, ask, self.settings.wake_up) {
            Ok((route, taken)) => {
                let route = Route { no_answer: why.no_answer, no_active: why.no_active, ..route };
                return (route, Some(taken));
            }
            Err(why) => why,
        };
        let why = Route { no_wake_up: Some(no_wake_up), ..why };
        match (ask.kind, after) {
            (Kind::Typing | Kind::Stream, _) => (Route { way: Way::Nothing, ..why }, None),
            (Kind::Text | Kind::Media, Some(after)) => (wait(now, after, why), None),
            (Kind::Text | Kind::Media, None) => (why, None),
        }
    }

    /// The quotas that this conversation shares with others.
    fn shared(&self, now: Timestamp, conversation: &Conversation, chat: &Chat, rules: &SceneRules) -> Shared {
        let meters = self.bot.get(&conversation.scene());
        let none = Meter::default();
        let rates = rules.active_bot.iter().enumerate();
        let bot = || {
            rates.clone().filter_map(|(at, rate)| {
                Some(((*rate)?, meters.and_then(|meters| meters.get(at)).unwrap_or(&none)))
            })
        };
        let waits = bot().filter_map(|(rate, meter)| meter.free_at(now, rate));
        let left = bot().map(|(rate, meter)| meter.left(now, rate)).min();
        Shared { free_at: waits.chain(self.place_free_at(now, conversation, chat, rules)).max(), left }
    }

    /// When one more channel of this guild may be sent to; `None` for now, or where it is not known or not limited.
    fn place_free_at(
        &self,
        now: Timestamp,
        conversation: &Conversation,
        chat: &Chat,
        rules: &SceneRules,
    ) -> Option<Timestamp> {
        let rate: Rate = rules.active_places?;
        let places = self.places.get(chat.guild.as_ref()?)?;
        let mut open: alloc::vec::Vec<Timestamp> =
            places.values().copied().filter(|until| *until > now).collect();
        let here = places.get(conversation.target()).is_some_and(|until| *until > now);
        let most = usize::try_from(rate.count).unwrap_or(usize::MAX);
        if here || open.len() < most {
            return None;
        }
        open.sort_unstable();
        open.get(open.len().saturating_sub(most.max(1))).copied()
    }

    /// Gives a message its way. `waited`: it was held, and something has come.
    pub(super) fn route(&mut self, id: SendId, mut message: Message<P>, past: Past, waited: bool) {
        let conversation = message.conversation.clone();
        let rules = self.rules(conversation.scene());
        let (now, settings) = (self.now, self.settings);
        let chat = self.chat(&conversation);
        if let Some(trigger) = &message.answers {
            chat.trust(now, trigger, &rules, &settings);
        }
        // An attempt of unknown outcome has its answer taken already, and keeps its number.
        if let Some((trigger, seq)) = message.again.take() {
            if let Some(route) = self.old_way(&conversation, &trigger, &rules) {
                let taken = Taken::Answer(trigger);
                return self.grant(id, message, past, Ticket { route, taken, seq: Some(seq), again: true });
            }
        }
        let Some(chat) = self.chats.get(&conversation) else {
            return;
        };
        let ask = Ask {
            scene: conversation.scene(),
            answers: message.answers.as_ref(),
            kind: message.kind,
            part: message.part,
            waited,
        };
        let (route, taken) = self.plan(now, &conversation, chat, ask, &rules);
        match taken {
            Some(taken) => {
                let seq = self.take(&conversation, &taken, &rules);
                self.grant(id, message, past, Ticket { route, taken, seq, again: false });
            }
            None if route.way == Way::Held && message.otherwise == Otherwise::Hold => {
                self.hold(id, message, past, route);
            }
            None => {
                self.out.push_back(Output::Back { id, message: Box::new(message), why: Back::NoWay, route });
            }
        }
    }

    /// Whether a held message has a way now.
    pub(super) fn would_go(&self, conversation: &Conversation, message: &Message<P>) -> bool {
        let Some(chat) = self.chats.get(conversation) else {
            return false;
        };
        let ask = Ask {
            scene: conversation.scene(),
            answers: message.answers.as_ref(),
            kind: message.kind,
            part: message.part,
            waited: true,
        };
        self.plan(self.now, conversation, chat, ask, &self.rules(conversation.scene())).1.is_some()
    }

    /// The way of an attempt that is repeated, if its window is still open.
    fn old_way(&self, conversation: &Conversation, trigger: &Trigger, rules: &SceneRules) -> Option<Route> {
        let chat = self.chats.get(conversation)?;
        let known = |budget: &&Budget| budget.trigger == *trigger && budget.open(self.now);
        let budget = chat.budgets.iter().find(known)?;
        if chat.consent == Consent::Gone || chat.paced(self.now, rules).is_some() {
            return None;
        }
        let mut route = Route::new(match trigger {
            Trigger::Message(_) => Way::Message,
            Trigger::Event(_) => Way::Event,
        });
        route.left = budget.left(rules);
        route.window_left = Some(budget.expires.since(self.now));
        Some(route)
    }

    /// Enters what a way takes, and gives the number to send.
    fn take(&mut self, conversation: &Conversation, taken: &Taken, rules: &SceneRules) -> Option<u32> {
        let now = self.now;
        let v2 = matches!(conversation.scene(), Scene::C2c | Scene::Group);
        match taken {
            Taken::Answer(trigger) => {
                let budget = self.chats.get_mut(conversation)?.budget(trigger)?;
                budget.used = budget.used.saturating_add(1);
                v2.then(|| budget.numbers.next())
            }
            Taken::Active => {
                if let Some(chat) = self.chats.get_mut(conversation) {
                    count(&mut chat.active, now, &rules.active);
                    if let (Some(rate), Some(guild)) = (rules.active_places, chat.guild.clone()) {
                        self.enter_place(guild, conversation.target(), rate.span);
                    }
                }
                count(self.bot.entry(conversation.scene()).or_default(), now, &rules.active_bot);
                None
            }
            Taken::WakeUp(at) => {
                self.chats.get_mut(conversation)?.woken |= bit(*at);
                None
            }
        }
    }

    fn enter_place(&mut self, guild: alloc::string::String, channel: &str, span: Duration) {
        let now = self.now;
        self.places.retain(|_, channels| {
            channels.retain(|_, until| *until > now);
            !channels.is_empty()
        });
        if self.places.len() < GUILDS || self.places.contains_key(&guild) {
            self.places.entry(guild).or_default().insert(channel.into(), now.after(span));
        }
    }

    fn grant(&mut self, id: SendId, message: Message<P>, past: Past, ticket: Ticket) {
        let Ticket { route, taken, seq, again } = ticket;
        let conversation = message.conversation.clone();
        let (now, rules) = (self.now, self.rules(conversation.scene()));
        if let (Some(rate), Some(chat)) = (rules.pace, self.chats.get_mut(&conversation)) {
            chat.pace.take(now, rate);
        }
        let reply_to = match &taken {
            Taken::Answer(trigger) => {
                Some(ReplyTo::new(conversation.scene(), conversation.target(), trigger.clone()))
            }
            Taken::Active | Taken::WakeUp(_) => None,
        };
        let payload = message.payload.clone();
        let give_up = now.after(self.settings.outcome.max(Duration::from_millis(1)));
        let state = State::Flying { give_up, taken, seq, again, route };
        let past = Past { grants: past.grants.saturating_add(1), ..past };
        self.insert(id, Entry { message, past, state });
        self.out.push_back(Output::Go(Box::new(Grant { id, conversation, route, reply_to, seq, payload })));
    }

    pub(super) fn hold(&mut self, id: SendId, message: Message<P>, past: Past, route: Route) {
        let conversation = message.conversation.clone();
        // What is held a second time does not become younger.
        let expires = past.expires.unwrap_or_else(|| self.now.after(self.settings.hold));
        if expires <= self.now {
            return self.out.push_back(Output::Back {
                id,
                message: Box::new(message),
                why: Back::TooOld,
                route,
            });
        }
        let state = State::Held { expires, not_before: route.after, route };
        self.insert(id, Entry { message, past: Past { expires: Some(expires), ..past }, state });
        self.held.insert(id);
        let most = self.settings.held_each.max(1);
        let mut over = None;
        if let Some(chat) = self.chats.get_mut(&conversation) {
            // The oldest first, also one that comes back here after it was granted.
            let at = chat.held.partition_point(|other| *other < id);
            chat.held.insert(at, id);
            if chat.held.len() > most {
                over = chat.held.front().copied();
            }
        }
        self.out.push_back(Output::Held { id, route });
        if let Some(oldest) = over {
            self.give_back(oldest, Back::PushedOut);
        }
        if self.held.len() > self.settings.held.max(1) {
            if let Some(oldest) = self.held.first().copied() {
                self.give_back(oldest, Back::PushedOut);
            }
        }
    }
}

fn count(meters: &mut [Meter; RATES], now: Timestamp, rates: &[Option<Rate>; RATES]) {
    for (meter, rate) in meters.iter_mut().zip(rates) {
        if let Some(rate) = rate {
            meter.take(now, *rate);
        }
    }
}

fn wait(now: Timestamp, after: Timestamp, route: Route) -> Route {
    Route { way: Way::Held, after: Some(after), wait: Some(after.since(now)), ..route }
}

//! The books of one conversation.

use alloc::collections::VecDeque;
use alloc::string::String;
use core::time::Duration;

use super::message::{Consent, Kind, Part, SendId};
use super::meter::Meter;
use super::route::{NoActive, NoAnswer, NoWakeUp, Route, Way};
use super::rules::{RATES, SceneRules, Settings, WAKE_UP_END, WAKE_UPS};
use crate::api::{Scene, Trigger};
use crate::calls::Numbers;
use crate::time::Timestamp;

/// What is left of one message or event that can be answered.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub(super) trigger: Trigger,
    /// When the window is over.
    pub(super) expires: Timestamp,
    /// Answers sent, or on their way.
    pub(super) used: u32,
    pub(super) numbers: Numbers,
    /// The platform takes no more answers to it, and said so with this number.
    pub(super) closed: Option<i64>,
}

impl Budget {
    pub(super) const fn new(trigger: Trigger, expires: Timestamp) -> Self {
        Self { trigger, expires, used: 0, numbers: Numbers::NEW, closed: None }
    }

    pub(super) fn open(&self, now: Timestamp) -> bool {
        self.closed.is_none() && self.expires > now
    }

    /// Answers left; `None` without a limit.
    pub(super) fn left(&self, rules: &SceneRules) -> Option<u32> {
        rules.replies.map(|replies| replies.saturating_sub(self.used))
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Chat {
    /// Orders the conversations by their last use.
    pub(super) touched: u64,
    /// In the order in which they came.
    pub(super) budgets: VecDeque<Budget>,
    /// A message was forgotten to make room, so an unknown one may be old.
    pub(super) forgot: bool,
    pub(super) consent: Consent,
    /// Thirty days after the person wrote last: a time ahead, so that it outlives a restart.
    pub(super) contact_ends: Option<Timestamp>,
    /// Wake-ups sent since then, one bit for each of [`WAKE_UPS`].
    pub(super) woken: u8,
    /// The platform says that it takes no wake-ups here.
    pub(super) no_wake_up: bool,
    pub(super) active: [Meter; RATES],
    /// The platform calls the quota used up; believed until then.
    pub(super) active_rest: Option<Timestamp>,
    pub(super) pace: Meter,
    /// The guild of a channel.
    pub(super) guild: Option<String>,
    /// Held messages, the oldest first.
    pub(super) held: VecDeque<SendId>,
}

/// What a way takes when it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// One answer of this message or event.
    Answer(Trigger),
    /// One of the active quota.
    Active,
    /// The wake-up of this time.
    WakeUp(usize),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) scene: Scene,
    pub(super) answers: Option<&'a Trigger>,
    pub(super) kind: Kind,
    pub(super) part: Part,
    /// It has waited: what just came keeps its own last answers.
    pub(super) waited: bool,
}

/// Quotas that conversations share, as they stand for this one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shared {
    /// When one more is allowed; `None` for now.
    pub(super) free_at: Option<Timestamp>,
    /// How many are left.
    pub(super) left: Option<u32>,
}

impl Chat {
    pub(super) fn budget(&mut self, trigger: &Trigger) -> Option<&mut Budget> {
        self.budgets.iter_mut().find(|budget| budget.trigger == *trigger)
    }

    pub(super) fn knows(&self, trigger: &Trigger) -> bool {
        self.budgets.iter().any(|budget| budget.trigger == *trigger)
    }

    /// Remembers something that can be answered. Forgets what is over first, then what nobody has answered: that may
    /// be counted from the start again without harm.
    pub(super) fn remember(&mut self, now: Timestamp, budget: Budget, most: usize) {
        while self.budgets.len() >= most.max(1) {
            let over = self.budgets.iter().position(|old| !old.open(now));
            let unused = || self.budgets.iter().position(|old| old.used == 0);
            let at = over.or_else(unused).unwrap_or(0);
            self.budgets.remove(at);
            self.forgot = true;
        }
        self.budgets.push_back(budget);
    }

    /// The way as an answer, or why there is none.
    pub(super) fn answer(
        &self,
        now: Timestamp,
        ask: Ask<'_>,
        rules: &SceneRules,
        kept: u32,
    ) -> Result<(Route, Taken), NoAnswer> {
        let own = |budget: &Budget| ask.answers.is_some_and(|trigger| budget.trigger == *trigger);
        // Of a single answer none can be kept.
        let kept = rules.replies.map_or(kept, |replies| kept.min(replies.saturating_sub(1)));
        // What is kept for the final answer to one message is not for answers to others.
        let floor = |budget: &Budget| match ask.part {
            Part::Final if own(budget) || (ask.answers.is_none() && !ask.waited) => 0,
            Part::Final | Part::Interim => kept,
        };
        let fits =
            |budget: &&Budget| budget.open(now) && budget.left(rules).is_none_or(|left| left > floor(budget));
        // Its own first, then the newest.
        let chosen = self.budgets.iter().filter(|budget| own(budget)).find(fits);
        let Some(budget) = chosen.or_else(|| self.budgets.iter().rev().find(fits)) else {
            return Err(self.no_answer(now, ask, rules));
        };
        let way = match budget.trigger {
            Trigger::Message(_) => Way::Message,
            Trigger::Event(_) => Way::Event,
        };
        let mut route = Route::new(way);
        route.left = budget.left(rules).map(|left| left.saturating_sub(1));
        route.window_left = Some(budget.expires.since(now));
        Ok((route, Taken::Answer(budget.trigger.clone())))
    }

    fn no_answer(&self, now: Timestamp, ask: Ask<'_>, rules: &SceneRules) -> NoAnswer {
        let open = || self.budgets.iter().filter(|budget| budget.open(now));
        if open().any(|budget| budget.left(rules).is_none_or(|left| left > 0)) {
            return NoAnswer::KeptForTheFinalOne;
        }
        if open().next().is_some() {
            return NoAnswer::UsedUp;
        }
        let own = self.budgets.iter().find(|budget| ask.answers == Some(&budget.trigger));
        match own.or_else(|| self.budgets.back()) {
            None => NoAnswer::NothingCame,
            Some(Budget { closed: Some(code), .. }) => NoAnswer::Closed(*code),
            Some(_) => NoAnswer::WindowOver,
        }
    }

    /// The way by itself, or why there is none and when there will be.
    pub(super) fn active(
        &self,
        now: Timestamp,
        ask: Ask<'_>,
        rules: &SceneRules,
        shared: Shared,
        allowed: bool,
    ) -> Result<(Route, Taken), (NoActive, Option<Timestamp>)> {
        if !is_final_content(ask) {
            return Err((NoActive::NotForThis, None));
        }
        if !allowed {
            return Err((NoActive::SwitchedOff, None));
        }
        match self.consent {
            Consent::Refused | Consent::Gone => return Err((NoActive::ConsentRefused, None)),
            Consent::Unknown if rules.opt_in => return Err((NoActive::ConsentUnknown, None)),
            Consent::Unknown | Consent::Given => {}
        }
        let own =
            || rules.active.iter().zip(&self.active).filter_map(|(rate, meter)| Some(((*rate)?, meter)));
        let waits = own().filter_map(|(rate, meter)| meter.free_at(now, rate));
        let rest = self.active_rest.filter(|until| *until > now);
        if let Some(until) = waits.chain(rest).chain(shared.free_at).max() {
            return Err((NoActive::Quota, Some(until)));
        }
        let mut route = Route::new(Way::Active);
        let left = own().map(|(rate, meter)| meter.left(now, rate)).chain(shared.left).min();
        route.left = left.map(|left| left.saturating_sub(1));
        Ok((route, Taken::Active))
    }

    /// The way as a wake-up, or why there is none.
    pub(super) fn wake_up(
        &self,
        now: Timestamp,
        ask: Ask<'_>,
        allowed: bool,
    ) -> Result<(Route, Taken), NoWakeUp> {
        if ask.scene != Scene::C2c {
            return Err(NoWakeUp::OtherScene);
        }
        if !is_final_content(ask) {
            return Err(NoWakeUp::NotForThis);
        }
        if !allowed {
            return Err(NoWakeUp::SwitchedOff);
        }
        if self.no_wake_up {
            return Err(NoWakeUp::Unsupported);
        }
        let ends = self.contact_ends.ok_or(NoWakeUp::NeverWrote)?;
        let ahead = ends.since(now);
        if ahead.is_zero() {
            return Err(NoWakeUp::TooLongAgo);
        }
        let age = WAKE_UP_END.saturating_sub(ahead);
        let at = WAKE_UPS.iter().position(|end| age < *end).ok_or(NoWakeUp::TooLongAgo)?;
        if self.woken & bit(at) != 0 {
            return Err(NoWakeUp::Used);
        }
        let mut route = Route::new(Way::WakeUp);
        route.left = Some(0);
        route.window_left = WAKE_UPS.get(at).map(|end| end.saturating_sub(age));
        Ok((route, Taken::WakeUp(at)))
    }

    /// A person has written.
    pub(super) fn contacted(&mut self, now: Timestamp) {
        self.contact_ends = Some(now.after(WAKE_UP_END));
        self.woken = 0;
        self.no_wake_up = false;
    }

    /// When the pace of the conversation allows the next message; `None` for now.
    pub(super) fn paced(&self, now: Timestamp, rules: &SceneRules) -> Option<Timestamp> {
        self.pace.free_at(now, rules.pace?)
    }

    /// Opens the book of what is asked for but unknown: perhaps it came before the ledger was there.
    pub(super) fn trust(
        &mut self,
        now: Timestamp,
        trigger: &Trigger,
        rules: &SceneRules,
        settings: &Settings,
    ) {
        if !self.forgot && !self.knows(trigger) {
            let window: Duration = rules.window.saturating_sub(settings.margin);
            self.remember(now, Budget::new(trigger.clone(), now.after(window)), settings.triggers);
        }
    }
}

/// The bit of a wake-up.
pub(super) const fn bit(at: usize) -> u8 {
    if at < 8 { 1 << at } else { 0 }
}

/// What a person waits for, and can be shown without a question.
const fn is_final_content(ask: Ask<'_>) -> bool {
    matches!((ask.kind, ask.part), (Kind::Text | Kind::Media, Part::Final))
}

//! Showing an answer while it grows: C2C streaming replies.

mod bubble;
mod io;
#[cfg(test)]
mod tests;
mod wire;

use alloc::collections::VecDeque;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::api::{ApiRequest, ReplyTo, Scene};
use crate::backoff::pause;
use crate::rng::Rng;
use crate::time::{Deadline, Timestamp, Wake};
use bubble::{Bubble, Doubt, cut};
pub use io::{
    SlotFor, StreamAction, StreamEnd, StreamForm, StreamInput, StreamLimits, StreamOutcome, StreamOutput,
    StreamStep, StreamUpdateError, Via,
};
use wire::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Growing,
    Finish,
    Cancel,
}

#[derive(Debug)]
enum Wait {
    Idle,
    Slot { step: StreamStep, give_up: Timestamp, what: SlotFor },
    Piece { step: StreamStep, give_up: Timestamp, end: usize, last: bool },
    Rest { until: Timestamp },
    Plain { step: StreamStep, give_up: Timestamp },
    Ended,
}

/// A text that is shown to a person while it grows: a C2C streaming reply.
///
/// The program tells how far the text has grown; the stream decides what to send when. It keeps the platform's
/// rules: a piece at a time and not too fast, the index only forwards, what was shown is never changed, a message that
/// is full is closed and another one opened, and **every stream is closed**, also when it is cancelled, because one that
/// is not falls back to its first piece on the person's screen. Where streaming is not possible the whole text becomes
/// one plain message.
///
/// Each message of a stream takes one answer of the budget: [`StreamAction::Slot`] asks for it, so that a ledger can
/// grant it.
pub struct Stream {
    target: String,
    limits: StreamLimits,
    now: Timestamp,
    rng: Rng,
    text: String,
    goal: Goal,
    /// A final text that does not begin with what is shown; it follows as a plain message.
    instead: Option<String>,
    /// Text up to here is in messages that are closed.
    base: usize,
    bubble: Option<Bubble>,
    /// Streaming is not possible, or no longer.
    plain: bool,
    wait: Wait,
    /// No piece before this.
    not_before: Timestamp,
    failures: u32,
    /// Streams whose name never became known.
    orphans: u32,
    messages: u32,
    sure: bool,
    last_step: u64,
    out: VecDeque<StreamOutput>,
}

impl Stream {
    /// A stream to a person. In other scenes it becomes one plain message when it is finished. The seed spreads pauses.
    pub fn new(scene: Scene, target: impl Into<String>, limits: StreamLimits, seed: u64) -> Self {
        Self {
            target: target.into(),
            limits,
            now: Timestamp::ZERO,
            rng: Rng::new(seed),
            text: String::new(),
            goal: Goal::Growing,
            instead: None,
            base: 0,
            bubble: None,
            plain: scene != Scene::C2c,
            wait: Wait::Idle,
            not_before: Timestamp::ZERO,
            failures: 0,
            orphans: 0,
            messages: 0,
            sure: true,
            last_step: 0,
            out: VecDeque::new(),
        }
    }

    /// The text has grown to this: all of it, not what is new.
    pub fn update(&mut self, now: Timestamp, text: &str) -> Result<(), StreamUpdateError> {
        self.now = self.now.max(now);
        if self.goal != Goal::Growing {
            return Err(StreamUpdateError::Finished);
        }
        if !text.starts_with(self.fixed()) {
            return Err(StreamUpdateError::Changed);
        }
        self.text.clear();
        self.text.push_str(text);
        self.decide();
        Ok(())
    }

    /// The text is complete. One that does not begin with what is shown follows as a message of its own. A second call
    /// changes nothing.
    pub fn finish(&mut self, now: Timestamp, text: &str) {
        self.now = self.now.max(now);
        if self.goal != Goal::Growing {
            return;
        }
        self.goal = Goal::Finish;
        if text.starts_with(self.fixed()) {
            self.text = text.into();
        } else {
            let fixed = self.fixed().len();
            self.text.truncate(fixed);
            self.instead = Some(text.into());
        }
        self.decide();
    }

    /// Stops: what is shown stays, and its message is closed.
    pub fn cancel(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        if self.goal == Goal::Growing {
            self.goal = Goal::Cancel;
            let fixed = self.fixed().len();
            self.text.truncate(fixed);
            self.decide();
        }
    }

    /// The last piece of an open message, to be sent as it is when the program ends or drops the stream. The stream has
    /// ended then. `None` if none is open.
    pub fn farewell(&mut self) -> Option<ApiRequest> {
        self.wait = Wait::Ended;
        let bubble = self.bubble.take()?;
        bubble.id.as_ref()?;
        let end = bubble.closing.unwrap_or(bubble.sent);
        // Nobody is left to ask for a number; the next one of this stream is free unless something else was sent.
        let seq = match self.limits.form {
            StreamForm::Whole => bubble.seq,
            StreamForm::Pieces => bubble.seq.saturating_add(1),
        };
        Some(self.request(&Bubble { seq, ..bubble }, end, true))
    }

    /// Takes something that happened. Any input is legal in any state; unknown and outdated steps are ignored.
    pub fn handle(&mut self, now: Timestamp, input: StreamInput) {
        self.now = self.now.max(now);
        match input {
            StreamInput::Tick => {}
            StreamInput::Slot { step, slot } => {
                match self.wait {
                    Wait::Slot { step: open, what, .. } if open == step => self.slot(step, what, slot),
                    // Too late, or asked for nothing.
                    Wait::Slot { .. }
                    | Wait::Piece { .. }
                    | Wait::Plain { .. }
                    | Wait::Rest { .. }
                    | Wait::Idle
                    | Wait::Ended => self.hand_back(step, slot.is_some()),
                }
            }
            StreamInput::Outcome { step, outcome } => self.outcome(step, outcome),
        }
        self.fire_due();
        self.decide();
    }

    /// Pops the oldest output. It only pops.
    #[must_use = "an action that is dropped stalls the stream"]
    pub fn poll_output(&mut self) -> Option<StreamOutput> {
        self.out.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`StreamInput::Tick`] at the latest.
    pub fn next_deadline(&self) -> Option<Deadline> {
        if !self.out.is_empty() {
            return Some(Deadline { at: self.now, why: Wake::Outputs });
        }
        let at = match &self.wait {
            Wait::Slot { give_up: at, .. }
            | Wait::Piece { give_up: at, .. }
            | Wait::Plain { give_up: at, .. }
            | Wait::Rest { until: at } => Some(*at),
            Wait::Idle => Some(self.not_before).filter(|at| *at > self.now && self.wants()),
            Wait::Ended => None,
        };
        at.map(|at| Deadline { at, why: Wake::Media })
    }

    /// Whether the end has been told.
    pub const fn ended(&self) -> bool {
        matches!(self.wait, Wait::Ended)
    }

    /// What cannot be changed any more: it is shown, or may be, or is on its way.
    fn fixed(&self) -> &str {
        let flying = match self.wait {
            Wait::Piece { end, .. } => end,
            Wait::Idle | Wait::Slot { .. } | Wait::Rest { .. } | Wait::Plain { .. } | Wait::Ended => 0,
        };
        let shown =
            self.bubble.as_ref().map_or(self.base, |bubble| bubble.sent.max(bubble.closing.unwrap_or(0)));
        self.text.get(..shown.max(flying)).unwrap_or(&self.text)
    }

    /// Whether a piece would be sent if it were time.
    fn wants(&self) -> bool {
        match &self.bubble {
            Some(bubble) => {
                let (end, last) = self.next_piece(bubble);
                last || bubble.doubt != Doubt::Nothing || end > bubble.sent
            }
            None => !self.plain && self.base < self.text.len(),
        }
    }

    /// Where the next piece ends, and whether it closes the message.
    fn next_piece(&self, bubble: &Bubble) -> (usize, bool) {
        if let Some(end) = bubble.closing {
            return (end, true);
        }
        // Exactly as it was: if it had arrived its number is what the platform sees, and nothing new would be taken.
        if bubble.doubt == Doubt::First {
            return (bubble.sent, false);
        }
        // No longer possible: what is shown is closed as it is.
        if self.plain {
            return (bubble.sent, true);
        }
        let open = self.text.get(self.base..).unwrap_or_default();
        if let Some(cut) = cut(open, bubble.chars, bubble.sent.saturating_sub(self.base)) {
            return (self.base + cut, true);
        }
        if self.goal != Goal::Growing {
            return (self.text.len(), true);
        }
        match self.limits.form {
            StreamForm::Whole => (self.text.len(), false),
            // A piece ends with a line.
            StreamForm::Pieces => {
                let end = open.rfind('\n').map_or(self.base, |at| self.base + at + 1);
                (end.max(bubble.sent), false)
            }
        }
    }

    /// Does what is due if nothing is under way.
    fn decide(&mut self) {
        if !matches!(self.wait, Wait::Idle) {
            return;
        }
        if self.bubble.is_some() {
            if self.wants() && self.not_before <= self.now {
                self.send();
            }
            return;
        }
        let left = self.base < self.text.len();
        match self.goal {
            Goal::Growing if self.plain || !left => {}
            Goal::Cancel => self.end(if self.messages > 0 { Via::Stream } else { Via::Nothing }, None),
            Goal::Finish if self.instead.is_some() || (self.plain && left) => self.send_plain(),
            Goal::Finish if !left => {
                self.end(if self.messages > 0 { Via::Stream } else { Via::Nothing }, None);
            }
            Goal::Growing | Goal::Finish => {
                // The older form shows nothing before its first line is whole.
                let whole = self.text.get(self.base..).is_some_and(|open| open.contains('\n'));
                let ready = self.limits.form == StreamForm::Whole || whole || self.goal == Goal::Finish;
                if ready && self.not_before <= self.now {
                    self.ask_slot(SlotFor::Stream);
                }
            }
        }
    }

    fn open_step(&mut self) -> (StreamStep, Timestamp) {
        self.last_step += 1;
        (StreamStep(self.last_step), self.now.after(self.limits.call.max(Duration::from_millis(1))))
    }

    fn ask_slot(&mut self, what: SlotFor) {
        let (step, give_up) = self.open_step();
        self.wait = Wait::Slot { step, give_up, what };
        self.out.push_back(StreamOutput::Action(StreamAction::Slot { step, what }));
    }

    /// A piece, or first a number for it.
    fn send(&mut self) {
        let next = self.bubble.as_ref().map(|bubble| self.next_piece(bubble));
        if let (Some((end, true)), Some(bubble)) = (next, &mut self.bubble) {
            if bubble.closing.replace(end).is_none() {
                // Its own tries begin.
                self.failures = 0;
            }
        }
        let first = self.bubble.as_ref().is_none_or(|bubble| bubble.id.is_none());
        if self.limits.form == StreamForm::Pieces && !first {
            self.ask_slot(SlotFor::Piece);
        } else {
            self.send_piece();
        }
    }

    fn send_piece(&mut self) {
        let Some(mut bubble) = self.bubble.take() else {
            return;
        };
        let (end, last) = self.next_piece(&bubble);
        if last {
            bubble.closing = Some(end);
        }
        let request = self.request(&bubble, end, last);
        // The index of a piece is used up even if nobody knows what became of it.
        if bubble.id.is_some() {
            bubble.index = if bubble.anew(self.limits.form) { 1 } else { bubble.index.saturating_add(1) };
        }
        self.bubble = Some(bubble);
        let (step, give_up) = self.open_step();
        self.wait = Wait::Piece { step, give_up, end, last };
        self.not_before = self.now.after(self.limits.every);
        self.out.push_back(StreamOutput::Action(StreamAction::Piece { step, request, last }));
    }

    fn request(&self, bubble: &Bubble, end: usize, last: bool) -> ApiRequest {
        let from = match self.limits.form {
            StreamForm::Pieces if !bubble.anew(self.limits.form) && bubble.id.is_some() => {
                bubble.sent.min(end)
            }
            StreamForm::Pieces | StreamForm::Whole => self.base,
        };
        Shape {
            target: &self.target,
            reply_to: &bubble.reply_to,
            seq: bubble.seq,
            id: bubble.id.as_deref(),
            index: if bubble.anew(self.limits.form) { 0 } else { bubble.index },
            reset: bubble.anew(self.limits.form),
            last,
            markdown: self.limits.markdown,
            content: self.text.get(from..end).unwrap_or_default(),
        }
        .request(self.limits.form)
    }

    fn send_plain(&mut self) {
        let open = || self.text.get(self.base..).unwrap_or_default().into();
        let text = self.instead.clone().unwrap_or_else(open);
        let (step, give_up) = self.open_step();
        self.wait = Wait::Plain { step, give_up };
        self.out.push_back(StreamOutput::Action(StreamAction::Plain { step, text }));
    }

    fn hand_back(&mut self, step: StreamStep, given: bool) {
        if given {
            self.out.push_back(StreamOutput::Action(StreamAction::Return { step }));
        }
    }

    fn slot(&mut self, step: StreamStep, what: SlotFor, slot: Option<(ReplyTo, u32)>) {
        self.wait = Wait::Idle;
        match (what, slot) {
            // Cancelled meanwhile, and there is nothing to show.
            (SlotFor::Stream, slot) if self.base >= self.text.len() => self.hand_back(step, slot.is_some()),
            (SlotFor::Stream, Some((reply_to, seq))) => {
                let (sent, chars) = (self.base, self.limits.chars.max(1));
                self.bubble = Some(Bubble {
                    reply_to,
                    seq,
                    id: None,
                    index: 0,
                    sent,
                    closing: None,
                    doubt: Doubt::Nothing,
                    chars,
                });
                self.send_piece();
            }
            (SlotFor::Piece, Some((_, seq))) => {
                if let Some(bubble) = &mut self.bubble {
                    bubble.seq = seq;
                }
                self.send_piece();
            }
            // No answer left: the whole goes the ordinary way, where it can be held.
            (SlotFor::Stream, None) => self.plain = true,
            (SlotFor::Piece, None) => self.fail(),
        }
    }

    fn outcome(&mut self, step: StreamStep, outcome: StreamOutcome) {
        match self.wait {
            Wait::Piece { step: open, end, last, .. } if open == step => {
                self.wait = Wait::Idle;
                self.piece_ended(end, last, outcome);
            }
            Wait::Plain { step: open, .. } if open == step => self.plain_ended(&outcome),
            Wait::Piece { .. }
            | Wait::Plain { .. }
            | Wait::Idle
            | Wait::Slot { .. }
            | Wait::Rest { .. }
            | Wait::Ended => {}
        }
    }

    /// One arm for each row of the table in ARCHITECTURE.md.
    fn piece_ended(&mut self, end: usize, last: bool, outcome: StreamOutcome) {
        let Some(bubble) = &mut self.bubble else {
            return;
        };
        let (first, form) = (bubble.id.is_none(), self.limits.form);
        match outcome {
            StreamOutcome::Delivered(body) => {
                let reply = wire::read(&body);
                bubble.sent = end;
                bubble.doubt = Doubt::Nothing;
                if let Some(remain) = reply.remain {
                    let shown = self.text.get(self.base..end).unwrap_or_default().chars().count();
                    bubble.chars = bubble.chars.min(shown.saturating_add(remain));
                }
                if first {
                    bubble.id = reply.id;
                    bubble.index = 1;
                }
                self.failures = 0;
                if last {
                    self.close(end);
                } else if first && self.bubble.as_ref().is_some_and(|bubble| bubble.id.is_none()) {
                    self.orphan();
                }
            }
            // The first piece had arrived, but its reply with the stream's name is lost for ever.
            StreamOutcome::Refused { code: wire::DUPLICATE, .. } if first && bubble.doubt == Doubt::First => {
                self.orphan();
            }
            // The same, and it was the last one as well.
            StreamOutcome::Refused { code: wire::DUPLICATE, .. } if first && bubble.doubt == Doubt::Last => {
                self.close(end);
            }
            // Somebody else has used the number: another one.
            StreamOutcome::Refused { code: wire::DUPLICATE, .. } if first => {
                self.fail();
                self.bubble = None;
            }
            StreamOutcome::Refused { code: wire::DUPLICATE, .. } if form == StreamForm::Pieces => self.fail(),
            StreamOutcome::Refused { again: true, .. } => self.fail(),
            // An earlier last piece had arrived, or so it seems.
            StreamOutcome::Refused { .. } if bubble.doubt == Doubt::Last => {
                self.sure = false;
                self.close(end);
            }
            StreamOutcome::Refused { .. } if first || last => self.give_up_bubble(),
            // The person is shown what had arrived, closed; the rest follows as a plain message.
            StreamOutcome::Refused { .. } => self.plain = true,
            StreamOutcome::Unknown => {
                bubble.doubt = match (first, last) {
                    (_, true) => Doubt::Last,
                    // Repeated with its number, so that the platform sees that it is the same.
                    (true, false) => Doubt::First,
                    (false, false) => Doubt::Piece,
                };
                bubble.sent = bubble.sent.max(end);
                self.fail();
            }
        }
    }

    /// The message is closed; what is left goes into the next.
    fn close(&mut self, end: usize) {
        self.base = end;
        self.bubble = None;
        self.messages = self.messages.saturating_add(1);
        self.failures = 0;
    }

    fn orphan(&mut self) {
        self.sure = false;
        self.orphans += 1;
        self.failures = 0;
        self.bubble = None;
        self.plain |= self.orphans >= 2;
    }

    /// This message cannot be closed: the person sees its first piece at most, so its text is sent again.
    fn give_up_bubble(&mut self) {
        self.sure &=
            self.bubble.as_ref().is_none_or(|bubble| bubble.id.is_none() && bubble.doubt == Doubt::Nothing);
        self.bubble = None;
        self.plain = true;
    }

    /// A pause. First and last pieces are tried a few times; those in between for as long as the text grows.
    fn fail(&mut self) {
        self.failures = self.failures.saturating_add(1);
        let counts =
            self.bubble.as_ref().is_none_or(|bubble| bubble.id.is_none() || bubble.closing.is_some());
        if counts && self.failures >= self.limits.attempts.max(1) {
            self.failures = 0;
            self.give_up_bubble();
            return;
        }
        self.wait = Wait::Rest { until: self.now.after(pause(self.failures, &mut self.rng)) };
    }

    fn plain_ended(&mut self, outcome: &StreamOutcome) {
        let text =
            self.instead.clone().unwrap_or_else(|| self.text.get(self.base..).unwrap_or_default().into());
        match outcome {
            StreamOutcome::Delivered(_) => self.end(Via::Plain, None),
            StreamOutcome::Unknown => {
                self.sure = false;
                self.end(Via::Plain, Some(text));
            }
            StreamOutcome::Refused { .. } => self.end(Via::Plain, Some(text)),
        }
    }

    fn end(&mut self, via: Via, unsent: Option<String>) {
        self.wait = Wait::Ended;
        let end = StreamEnd { via, sure: self.sure, messages: self.messages, unsent };
        self.out.push_back(StreamOutput::Ended(end));
    }

    fn fire_due(&mut self) {
        match self.wait {
            Wait::Rest { until } if until <= self.now => self.wait = Wait::Idle,
            Wait::Slot { give_up, what, step } if give_up <= self.now => self.slot(step, what, None),
            Wait::Piece { give_up, step, .. } | Wait::Plain { give_up, step } if give_up <= self.now => {
                self.outcome(step, StreamOutcome::Unknown);
            }
            Wait::Rest { .. }
            | Wait::Slot { .. }
            | Wait::Piece { .. }
            | Wait::Plain { .. }
            | Wait::Idle
            | Wait::Ended => {}
        }
    }
}

/// The state alone: people's texts do not belong into logs.
impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("goal", &self.goal)
            .field("wait", &self.wait)
            .field("open", &self.bubble.is_some())
            .field("plain", &self.plain)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

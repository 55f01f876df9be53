//! Answers on their way: taken in order, several at once, none lost because too many are open.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use qq_proto::model::Payload;
use qq_proto::{Dispatch, ReplyTo, Scene, TextReply, Trigger, Why};

use super::say;
use crate::handle::{Bot, Pending};
use crate::lock;

/// Replies that may wait to be taken; then reading waits for them.
const BACKLOG: usize = 1 << 16;

/// Answers messages with a text made from a template.
#[derive(Clone)]
pub(super) struct Replies {
    template: Arc<str>,
    jobs: SyncSender<TextReply>,
    open: Arc<Open>,
}

impl Replies {
    /// Starts the two threads that replies go through: one hands them to the bot, one waits for their outcomes.
    pub(super) fn begin(bot: Bot, template: String) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(BACKLOG);
        let (taken, outcomes) = channel();
        let open = Arc::new(Open::default());
        let (theirs, others) = (Arc::clone(&open), Arc::clone(&open));
        let thread = || thread::Builder::new().name("qq-reply".into());
        thread().spawn(move || submit(&bot, &waiting, &taken, &theirs))?;
        thread().spawn(move || {
            for (scene, pending) in outcomes {
                if let Err(error) = Pending::wait(pending) {
                    say(format_args!("a reply ({scene:?}) was not sent: {error}"));
                }
                others.done(true);
            }
        })?;
        Ok(Self { template: template.into(), jobs, open })
    }

    /// Answers an event, if it can be answered.
    pub(super) fn answer(&self, event: &Dispatch) {
        // Other events could be answered by their id; what is wanted is answers to messages.
        let to = event.reply_to().filter(|to| matches!(to.trigger(), Trigger::Message(_)));
        let Some(to) = to else { return };
        let text = self.template.replace("{content}", &content(event));
        self.open.one_more();
        if self.jobs.send(TextReply::new(to, text)).is_err() {
            self.open.done(false);
        }
    }

    /// Waits until all replies have their outcome, but not longer than that.
    pub(super) fn last(&self, until: Instant) {
        self.open.wait(until);
    }
}

/// Hands replies to the bot, in order.
fn submit(bot: &Bot, jobs: &Receiver<TextReply>, taken: &Sender<(Scene, Pending<TextReply>)>, open: &Open) {
    for mut reply in jobs {
        let scene = ReplyTo::scene(reply.to());
        loop {
            let before = open.outcomes();
            match bot.submit(reply) {
                Ok(pending) => {
                    let _ = taken.send((scene, pending));
                    break;
                }
                Err(refused) if refused.why == Why::Full => {
                    reply = refused.call;
                    open.wait_for_outcome(before);
                }
                Err(refused) => {
                    say(format_args!("a reply ({scene:?}) was not sent: {}", refused.why));
                    open.done(false);
                    break;
                }
            }
        }
    }
}

/// Replies that have been asked for and have no outcome yet.
#[derive(Default)]
struct Open {
    state: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    open: usize,
    /// Outcomes of replies that the bot had taken, ever.
    outcomes: u64,
}

impl Open {
    fn one_more(&self) {
        lock(&self.state).open += 1;
    }

    fn done(&self, was_taken: bool) {
        let mut state = lock(&self.state);
        state.open -= 1;
        state.outcomes += u64::from(was_taken);
        drop(state);
        self.changed.notify_all();
    }

    fn outcomes(&self) -> u64 {
        lock(&self.state).outcomes
    }

    /// Waits for an outcome after those `before`. Too many are open, and all of them are ours, so one will come.
    fn wait_for_outcome(&self, before: u64) {
        let mut state = lock(&self.state);
        while state.outcomes == before {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait(&self, until: Instant) {
        let mut state = lock(&self.state);
        while state.open > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The text of a message; empty if it has none.
fn content(event: &Dispatch) -> String {
    match event.event() {
        Ok(Payload::C2cMessageCreate(message)) => message.content.to_string(),
        Ok(Payload::GroupAtMessageCreate(message) | Payload::GroupMessageCreate(message)) => {
            message.content.to_string()
        }
        Ok(
            Payload::AtMessageCreate(message)
            | Payload::MessageCreate(message)
            | Payload::DirectMessageCreate(message),
        ) => message.content.to_string(),
        _ => String::new(),
    }
}

//! `listen`: a bot that prints what it receives, one JSON object per line, and may answer.
//!
//! The example `listen` is this. Events go to stdout, everything else to stderr.

mod line;
mod replies;

use std::fmt::Arguments;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use qq_proto::{Config, Fault, Halt, Leave, Shards};

use crate::error::StartError;
use crate::events::Events;
use crate::handle::Bot;
use crate::options::{Notice, Options};
use replies::Replies;

/// Replies that were begun have this long to end before the bot stops.
const LAST_REPLIES: Duration = Duration::from_millis(900);
/// Exchanges under way have this long after that.
const GRACE: Duration = Duration::from_millis(300);
/// After this the bot is left to the end of the process: who asked for an end shall have it within two seconds.
const PATIENCE: Duration = Duration::from_millis(1_800);
/// Lines are written together while events wait, up to this many bytes.
const TOGETHER: usize = 1 << 16;

/// What `listen` does beside printing.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Listen {
    /// The text with which each message is answered; `{content}` stands for the message's own text.
    pub reply: Option<String>,
    /// Where events come from if there is a [`Webhook`](crate::Webhook).
    pub source: Source,
}

/// Where events come from if there is a [`Webhook`](crate::Webhook). Without one they come from the gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// From the webhook alone: in the platform's console a bot has either that or the gateway.
    #[default]
    Webhook,
    /// From both.
    WebhookAndGateway,
}

impl Listen {
    /// Answers with this text.
    #[must_use]
    pub fn with_reply(mut self, template: Option<impl Into<String>>) -> Self {
        self.reply = template.map(Into::into);
        self
    }

    /// Takes events from there if there is a webhook.
    #[must_use]
    pub fn with_source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }
}

/// Why `listen` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// It was asked to, or nobody reads what it prints.
    Asked,
    /// It cannot work like this. What to do about it has been printed.
    Halted(Halt),
}

impl Ended {
    /// The exit code of the process: 0 or 2.
    pub const fn code(self) -> u8 {
        match self {
            Self::Asked => 0,
            Self::Halted(_) => 2,
        }
    }
}

/// What the threads of `listen` tell its main one.
enum News {
    Asked,
    Halted(Halt),
    /// All events are printed, or nobody reads them.
    Printed,
    Stopped,
}

/// Runs the bot until something comes from `until` (or its other end is gone), or until a shard halts.
pub fn listen(
    mut config: Config,
    options: Options,
    what: Listen,
    until: Receiver<()>,
) -> Result<Ended, StartError> {
    config.limits.stop_grace = GRACE;
    if options.webhook.is_some() && what.source == Source::Webhook {
        config.shards = Shards::None;
    }
    let alone = config.shards == Shards::None;
    let served = options.webhook.clone();
    let (news, told) = channel();
    let halts = news.clone();
    let options = options.on_notice(move |at, notice| {
        if let Some(reason) = halt_of(notice, alone) {
            let _ = halts.send(News::Halted(reason));
        }
        say(format_args!("{at}: {notice}"));
    });
    let (bot, events) = Bot::launch(config, options)?;
    if let (Some(webhook), Some(address)) = (served, bot.webhook_addr()) {
        let scheme = if webhook.has_certificate() { "https" } else { "http" };
        say(format_args!("the webhook listens at {scheme}://{address}{}", webhook.path));
    }
    let replies = what
        .reply
        .map(|template| Replies::begin(bot.clone(), template))
        .transpose()
        .map_err(|error| StartError::NoThread(error.kind()))?;
    let printing = replies.clone();
    in_thread(&news, move || {
        print(events, printing.as_ref());
        News::Printed
    })?;
    in_thread(&news, move || {
        let _ = until.recv();
        News::Asked
    })?;

    let ended = match told.recv() {
        Ok(News::Halted(reason)) => Ended::Halted(reason),
        Ok(News::Asked | News::Printed | News::Stopped) | Err(_) => Ended::Asked,
    };
    let patience = Instant::now() + PATIENCE;
    in_thread(&news, move || {
        if let Some(replies) = replies {
            replies.last(Instant::now() + LAST_REPLIES);
        }
        bot.stop(Leave::Final);
        News::Stopped
    })?;
    await_end(&told, patience);
    if let Ended::Halted(reason) = ended {
        say(format_args!("{reason}: {}", reason.advice()));
    }
    Ok(ended)
}

/// Why it cannot go on, if it cannot. Without shards (`alone`) there is none to say so.
fn halt_of(notice: &Notice, alone: bool) -> Option<Halt> {
    if let Notice::Halted { reason, .. } = notice {
        Some(*reason).filter(|reason| *reason != Halt::Stopped)
    } else if let Notice::Fault(Fault::Credentials { error }) = notice {
        alone.then(|| Halt::Credentials { code: error.number() })
    } else {
        None
    }
}

/// Waits until the bot has stopped and what it has received is printed, but not longer than that.
fn await_end(told: &Receiver<News>, patience: Instant) {
    let (mut stopped, mut printed) = (false, false);
    while !(stopped && printed) {
        match told.recv_timeout(patience.saturating_duration_since(Instant::now())) {
            Ok(News::Stopped) => stopped = true,
            // Printed may have been what ended it; then there is nobody to print for.
            Ok(News::Printed) => printed = true,
            Ok(News::Asked | News::Halted(_)) => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Runs something on a thread that the end of the process does not wait for.
fn in_thread(news: &Sender<News>, job: impl FnOnce() -> News + Send + 'static) -> Result<(), StartError> {
    let news = news.clone();
    thread::Builder::new()
        .name("qq-listen".into())
        .spawn(move || {
            let _ = news.send(job());
        })
        .map_err(|error| StartError::NoThread(error.kind()))?;
    Ok(())
}

/// A line on stderr. Nobody may be there to read it.
fn say(line: Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints events until there are no more, or nobody reads them. On a thread of its own, because a reader who is slow
/// must not keep the process from ending.
fn print(mut events: Events, replies: Option<&Replies>) {
    let mut out = io::stdout().lock();
    let mut lines = Vec::with_capacity(2 * TOGETHER);
    let mut flush = |lines: &mut Vec<u8>| {
        let written = out.write_all(lines).and_then(|()| out.flush());
        lines.clear();
        written.is_ok()
    };
    loop {
        let ready = events.try_next();
        // A line is never kept while there is nothing to do.
        if (ready.is_none() || lines.len() >= TOGETHER) && !flush(&mut lines) {
            return;
        }
        let Some(event) = ready.or_else(|| events.next()) else {
            return;
        };
        if line::push(&mut lines, &event).is_err() {
            say(format_args!(
                "shard {}: event {:?} with id {:?} has a body that is not JSON",
                event.shard(),
                event.name(),
                event.id().unwrap_or_default(),
            ));
        }
        if let Some(replies) = replies {
            replies.answer(&event);
        }
    }
}

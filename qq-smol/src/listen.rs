//! `listen`: a bot that prints what it receives, one JSON object per line, and may answer.
//!
//! The example `listen` and the command `qq listen` are this. Events go to stdout, everything else to stderr.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use qq_proto::{Config, Dispatch, Fault, Halt, Leave, ReplyTo, Shards, TextReply, Trigger, Why};
use serde::Deserialize;
use smol::channel::{Receiver, Sender};
use smol::future::{self, FutureExt as _};
use smol::{Task, Timer};

use crate::error::StartError;
use crate::events::Events;
use crate::handle::Bot;
use crate::options::{Notice, Options};

/// Replies that were begun have this long to end before the bot stops.
const LAST_REPLIES: Duration = Duration::from_millis(900);

/// Exchanges under way have this long after that.
const GRACE: Duration = Duration::from_millis(300);

/// After this the bot is left to the end of the process: who asked for an end shall have it within two seconds.
const PATIENCE: Duration = Duration::from_millis(1_800);

/// Replies that may wait to be taken; then reading waits for them.
const BACKLOG: usize = 1 << 16;

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

/// Runs the bot until `until` ends, or until a shard halts.
pub async fn listen(
    mut config: Config,
    options: Options,
    what: Listen,
    until: impl Future<Output = ()>,
) -> Result<Ended, StartError> {
    config.limits.stop_grace = GRACE;
    if options.webhook.is_some() && what.source == Source::Webhook {
        config.shards = Shards::None;
    }
    let alone = config.shards == Shards::None;
    let served = options.webhook.clone();
    let (halt, halted) = smol::channel::unbounded();
    let options = options.on_notice(move |at, notice| {
        match halt_of(notice, alone) {
            // The line that says what to do is the last one.
            Some(reason) => drop(halt.try_send(reason)),
            None => say(format_args!("{at}: {notice}")),
        }
    });
    let (bot, events) = Bot::launch(config, options)?;
    if let (Some(webhook), Some(address)) = (served, bot.webhook_addr()) {
        let scheme = if webhook.has_certificate() { "https" } else { "http" };
        say(format_args!("the webhook listens at {scheme}://{address}{}", webhook.path));
    }
    let (replier, answers) = match what.reply {
        Some(template) => {
            let (sender, receiver) = smol::channel::bounded(BACKLOG);
            let replier = Replier::new(bot.clone());
            let open = Arc::clone(&replier.open);
            let task = smol::spawn(replier.run(receiver));
            (Some((task, open.clone())), Some((template, sender, open)))
        }
        None => (None, None),
    };
    let (unread, nobody_reads) = smol::channel::bounded::<()>(1);
    let printer = thread::Builder::new().name("listen".into()).spawn(move || {
        print(events, answers.as_ref());
        drop(unread);
    });
    if printer.is_err() {
        say(format_args!("no thread to print with could be had"));
    }
    let asked = async {
        until.await;
        Ended::Asked
    };
    let halted = async {
        match halted.recv().await {
            Ok(reason) => Ended::Halted(reason),
            Err(_) => future::pending().await,
        }
    };
    let unread = async {
        let _ = nobody_reads.recv().await;
        Ended::Asked
    };
    let ended = asked.or(halted).or(unread).await;
    let leave = async {
        if let Some((task, open)) = replier {
            last_replies(&open).await;
            task.cancel().await;
        }
        bot.stop(Leave::Final).await;
        // What was received before the end is printed.
        let _ = nobody_reads.recv().await;
    };
    let give_up = async {
        Timer::after(PATIENCE).await;
    };
    leave.or(give_up).await;
    if let Ended::Halted(reason) = ended {
        say(format_args!("halted: {reason}; {}", reason.advice()));
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

/// Waits until all replies have been sent, for a while.
async fn last_replies(open: &Open) {
    let sent = async {
        while open.count.load(Ordering::Acquire) > 0 {
            let _ = open.fewer.recv().await;
        }
    };
    let late = async {
        Timer::after(LAST_REPLIES).await;
    };
    sent.or(late).await;
}

/// A line on stderr. Nobody may be there to read it.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints events until there are no more, or nobody reads them. On a thread of its own, because a reader who is slow
/// must not keep the process from ending.
fn print(mut events: Events, answers: Option<&(String, Sender<TextReply>, Arc<Open>)>) {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut line = String::new();
    loop {
        let mut next = events.try_next();
        if next.is_none() {
            if out.flush().is_err() {
                return;
            }
            next = smol::block_on(events.next());
        }
        let Some(event) = next else {
            return;
        };
        match write_line(&mut line, &event) {
            Ok(()) => {
                if out.write_all(line.as_bytes()).is_err() {
                    return;
                }
            }
            Err(Malformed) => say(format_args!(
                "shard {}: event {:?} {:?} has a body that is not JSON",
                event.shard(),
                event.name(),
                event.id().unwrap_or_default(),
            )),
        }
        if let Some((template, sender, open)) = answers {
            // Other events could be answered by their id; what is wanted is answers to messages.
            let to = event.reply_to().filter(|to| matches!(to.trigger(), Trigger::Message(_)));
            if let Some(to) = to {
                let reply = TextReply::new(to, template.replace("{content}", &content(&event)));
                open.count.fetch_add(1, Ordering::AcqRel);
                if sender.send_blocking(reply).is_err() {
                    open.done();
                }
            }
        }
    }
}

/// The body is not JSON.
#[derive(Debug)]
struct Malformed;

/// `{"t":..,"id":..,"s":..,"d":..}` and a line feed.
fn write_line(line: &mut String, event: &Dispatch) -> Result<(), Malformed> {
    let body = event.json().map_err(|_| Malformed)?;
    line.clear();
    line.push_str("{\"t\":");
    push_text(line, Some(event.name()).filter(|name| !name.is_empty()));
    line.push_str(",\"id\":");
    push_text(line, event.id());
    line.push_str(",\"s\":");
    match event.seq() {
        Some(seq) => {
            let _ = write!(line, "{seq}");
        }
        None => line.push_str("null"),
    }
    line.push_str(",\"d\":");
    // In JSON a raw line feed can only stand between tokens, where a space means the same.
    if body.bytes().any(|byte| byte == b'\n' || byte == b'\r') {
        line.extend(body.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }));
    } else {
        line.push_str(body);
    }
    line.push_str("}\n");
    Ok(())
}

fn push_text(line: &mut String, text: Option<&str>) {
    // A text always serialises.
    let text = text.and_then(|text| serde_json::to_string(text).ok());
    line.push_str(text.as_deref().unwrap_or("null"));
}

/// The text of a message; empty if it has none.
fn content(event: &Dispatch) -> String {
    #[derive(Deserialize)]
    struct Message<'a> {
        #[serde(borrow, default)]
        content: Option<Cow<'a, str>>,
    }
    let message = event.json().ok().and_then(|body| serde_json::from_str::<Message<'_>>(body).ok());
    message.and_then(|message| message.content).unwrap_or_default().into_owned()
}

/// Replies that have been asked for and are not done.
struct Open {
    count: AtomicUsize,
    fewer: Receiver<()>,
    /// Full when somebody has been told already.
    told: Sender<()>,
}

impl Open {
    fn done(&self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
        let _ = self.told.try_send(());
    }
}

/// Hands replies to the bot in order, and waits for room when it takes no more.
struct Replier {
    bot: Bot,
    open: Arc<Open>,
    running: Vec<Task<()>>,
}

impl Replier {
    fn new(bot: Bot) -> Self {
        let (told, fewer) = smol::channel::bounded(1);
        let count = AtomicUsize::new(0);
        Self { bot, open: Arc::new(Open { count, fewer, told }), running: Vec::new() }
    }

    async fn run(mut self, replies: Receiver<TextReply>) {
        while let Ok(mut reply) = replies.recv().await {
            let to = reply.to().clone();
            loop {
                match self.bot.submit(reply) {
                    Ok(pending) => {
                        let open = Arc::clone(&self.open);
                        self.running.retain(|task| !task.is_finished());
                        self.running.push(smol::spawn(async move {
                            report(&to, pending.await.map(drop).map_err(|error| error.to_string()));
                            open.done();
                        }));
                        break;
                    }
                    Err(refused) if refused.why == Why::Full => {
                        reply = refused.call;
                        let _ = self.open.fewer.recv().await;
                    }
                    Err(refused) => {
                        report(&to, Err(refused.why.to_string()));
                        self.open.done();
                        break;
                    }
                }
            }
        }
    }
}

fn report(to: &ReplyTo, outcome: Result<(), String>) {
    if let Err(error) = outcome {
        say(format_args!("a reply ({:?}) was not sent: {error}", to.scene()));
    }
}

//! The bots of the table.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use qq_proto::{Config, Dispatch, Hosts, Intents, Leave, Limits, ReplyTo, TextReply, Trigger};
use qq_testkit::conformance::{News, Process, Received, Subject, Target};
use serde_json::Value;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use smol::future::FutureExt as _;

use crate::table::Column;

/// Says to this program that it is a bot, and which.
const BOT: &str = "QQ_TESTKIT_BOT";

const NOTES: usize = 60;

pub(crate) fn columns() -> Vec<Column> {
    vec![
        Column { name: "smol", make: || Box::new(Smol::default()) },
        Column { name: "blocking", make: || Box::new(Blocking::default()) },
        Column { name: "listen/smol", make: || Box::new(this_program("smol")) },
        Column { name: "listen/blocking", make: || Box::new(this_program("blocking")) },
    ]
}

/// The bot that saboteurs are made of.
pub(crate) fn blocking() -> Box<dyn Subject> {
    Box::new(Blocking::default())
}

fn this_program(bot: &str) -> Process {
    Process::new(std::env::current_exe().unwrap()).env(BOT, bot)
}

/// What the examples `listen` do, if this process is to be one of them.
pub(crate) fn as_child() -> Option<ExitCode> {
    let bot = std::env::var(BOT).ok()?;
    let code = match listen(&bot) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    };
    Some(code)
}

fn listen(bot: &str) -> Result<u8, Box<dyn std::error::Error>> {
    let var = |name: &str| std::env::var(name).ok();
    let config = Config::from_vars(var)?;
    let reply = var("QQ_REPLY");
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    if bot == "smol" {
        let (ask, asked) = smol::channel::unbounded();
        thread::spawn(move || signals.forever().try_for_each(|_| ask.try_send(())));
        let until = async move {
            let _ = asked.recv().await;
        };
        let what = qq_smol::listen::Listen::default().with_reply(reply);
        let options = qq_smol::Options::from_vars(var)?;
        return Ok(smol::block_on(qq_smol::listen::listen(config, options, what, until))?.code());
    }
    let (ask, asked) = std::sync::mpsc::channel();
    thread::spawn(move || signals.forever().try_for_each(|_| ask.send(())));
    let what = qq_blocking::listen::Listen::default().with_reply(reply);
    let options = qq_blocking::Options::from_vars(var)?;
    Ok(qq_blocking::listen::listen(config, options, what, asked)?.code())
}

/// What a bot says while it runs.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Words>>);

#[derive(Default)]
struct Words {
    notes: VecDeque<String>,
    halted: Option<String>,
}

impl Said {
    fn note(&self, line: String) {
        let mut words = self.0.lock().unwrap();
        if words.notes.len() >= NOTES {
            words.notes.pop_front();
        }
        words.notes.push_back(line);
    }

    fn halted(&self, why: String) {
        self.0.lock().unwrap().halted.get_or_insert(why);
    }

    /// What to tell if there is no event.
    fn news(&self) -> News {
        match self.0.lock().unwrap().halted.clone() {
            Some(why) => News::Halted(why),
            None => News::Nothing,
        }
    }

    fn notes(&self) -> String {
        let words = self.0.lock().unwrap();
        words.notes.iter().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
    }
}

fn config(target: &Target) -> Config {
    // Where a scenario waits for something to be given up, it need not wait long.
    let mut limits = Limits::default();
    limits.exchange_timeout = Duration::from_secs(3);
    limits.attempt_timeout = Duration::from_secs(3);
    limits.dial_timeout = Duration::from_secs(3);
    limits.hello_timeout = Duration::from_secs(3);
    limits.join_timeout = Duration::from_secs(5);
    Config::new(target.app_id.as_str(), target.secret.expose())
        .with_hosts(Hosts::custom(target.base_url.as_str()))
        .with_intents(Intents::all())
        .with_intents_ladder(target.ladder)
        .with_limits(limits)
}

fn received(event: &Dispatch) -> Received {
    Received { name: event.name().to_owned(), id: event.id().map(str::to_owned), seq: event.seq() }
}

/// The answer to a message: its own text.
fn echo(event: &Dispatch) -> Option<TextReply> {
    let to: ReplyTo = event.reply_to().filter(|to| matches!(to.trigger(), Trigger::Message(_)))?;
    let body: Value = serde_json::from_str(event.json().ok()?).ok()?;
    Some(TextReply::new(to, body.get("content")?.as_str()?))
}

#[derive(Default)]
struct Smol {
    running: Option<(qq_smol::Bot, qq_smol::Events)>,
    echo: bool,
    said: Said,
}

impl Subject for Smol {
    fn start(&mut self, target: &Target) -> Result<(), String> {
        let said = self.said.clone();
        let options = qq_smol::Options::default().on_notice(move |at, notice| {
            if let qq_smol::Notice::Halted { reason, .. } = notice {
                if *reason != qq_proto::Halt::Stopped {
                    said.halted(notice.to_string());
                }
            }
            said.note(format!("{at}: {notice}"));
        });
        self.echo = target.echo;
        self.running =
            Some(qq_smol::Bot::launch(config(target), options).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn next(&mut self, at_most: Duration) -> News {
        let Some((bot, events)) = &mut self.running else {
            return News::Nothing;
        };
        let late = async {
            smol::Timer::after(at_most).await;
            None
        };
        let next = events.try_next().or_else(|| smol::block_on(async { events.next().await }.or(late)));
        let Some(event) = next else {
            return self.said.news();
        };
        if let Some(reply) = echo(&event).filter(|_| self.echo) {
            match bot.submit(reply) {
                Ok(pending) => {
                    let said = self.said.clone();
                    smol::spawn(async move {
                        if let Err(error) = pending.await {
                            said.note(format!("an answer failed: {error}"));
                        }
                    })
                    .detach();
                }
                Err(refused) => self.said.note(format!("an answer was refused: {}", refused.why)),
            }
        }
        News::Event(received(&event))
    }

    fn stop(&mut self) -> Result<(), String> {
        if let Some((bot, _)) = &self.running {
            smol::block_on(bot.stop(Leave::Final));
        }
        Ok(())
    }

    fn notes(&mut self) -> String {
        self.said.notes()
    }
}

#[derive(Default)]
struct Blocking {
    running: Option<(qq_blocking::Bot, qq_blocking::Events)>,
    echo: bool,
    said: Said,
}

impl Subject for Blocking {
    fn start(&mut self, target: &Target) -> Result<(), String> {
        let said = self.said.clone();
        let options = qq_blocking::Options::default().on_notice(move |at, notice| {
            if let qq_blocking::Notice::Halted { reason, .. } = notice {
                if *reason != qq_proto::Halt::Stopped {
                    said.halted(notice.to_string());
                }
            }
            said.note(format!("{at}: {notice}"));
        });
        self.echo = target.echo;
        self.running =
            Some(qq_blocking::Bot::launch(config(target), options).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn next(&mut self, at_most: Duration) -> News {
        let Some((bot, events)) = &mut self.running else {
            return News::Nothing;
        };
        let Some(event) = events.next_timeout(at_most) else {
            return self.said.news();
        };
        if let Some(reply) = echo(&event).filter(|_| self.echo) {
            // Its outcome is what the platform says about it.
            match bot.submit(reply) {
                Ok(pending) => drop(pending),
                Err(refused) => self.said.note(format!("an answer was refused: {}", refused.why)),
            }
        }
        News::Event(received(&event))
    }

    fn stop(&mut self) -> Result<(), String> {
        if let Some((bot, _)) = &self.running {
            bot.stop(Leave::Final);
        }
        Ok(())
    }

    fn notes(&mut self) -> String {
        self.said.notes()
    }
}

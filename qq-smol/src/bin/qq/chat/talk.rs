//! The conversation: what was typed, what happened, and what is being waited for.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use qq_proto::{Cause, Halt, PhaseName};
use qq_smol::{Bot, Notice};
use qq_testkit::platform::{Pushed, Scene};
use smol::Timer;
use smol::channel::Receiver;
use smol::future::{self, FutureExt as _};

use super::command::{Command, HELP, Play, scene_name};
use super::echo::Answered;
use super::screen::{CHAT, LINK, PLATFORM, Screen};
use super::stage::Stage;
use super::{Happening, aside, facts};
use crate::args::ChatArgs;
use crate::failure::Failure;
use crate::news::News;

/// How long an answer or a recovery is waited for; longer than everything the bot tries by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the loop is woken by.
enum Woken {
    Happening(Happening),
    Line(Option<String>),
    Time,
}

/// A link that was taken from the bot, and is to come back.
#[derive(Clone, Copy, Debug)]
struct Recovery {
    /// The connection that was lost.
    lost: Option<u64>,
    since: Instant,
}

/// The conversation.
pub(crate) struct Talk {
    screen: Screen,
    bot: Bot,
    /// The platform in this process, if it is there.
    stage: Option<Stage>,
    happenings: Receiver<Happening>,
    began: Instant,
    /// Where one talks.
    scene: Scene,
    /// The link was up once.
    ready: bool,
    /// Messages that are not answered yet, by id, and since when.
    open: BTreeMap<String, Instant>,
    recovery: Option<Recovery>,
    /// What is said when there is somebody to hear it.
    held: VecDeque<(Scene, String)>,
    input_ended: bool,
    /// What went wrong and does not end the conversation.
    wrong: Option<Failure>,
}

impl Talk {
    pub(crate) fn new(
        args: &ChatArgs,
        bot: Bot,
        stage: Option<Stage>,
        happenings: Receiver<Happening>,
    ) -> Self {
        Self {
            screen: Screen::new(args.json),
            bot,
            stage,
            happenings,
            began: Instant::now(),
            scene: Scene::C2c,
            ready: false,
            open: BTreeMap::new(),
            recovery: None,
            held: VecDeque::new(),
            input_ended: false,
            wrong: None,
        }
    }

    pub(crate) fn greet(&self, base: &str) {
        if self.stage.is_none() {
            return aside(&format!(
                "An echo bot on {base}. It answers whoever writes to it; Ctrl-C ends it."
            ));
        }
        aside(&format!("An echo bot, and the platform it is connected to in this process ({base})."));
        if self.screen.is_typed() {
            aside("Say something, or type /help.");
        }
    }

    /// Talks until the end of the input, of the platform's patience, or of the user's.
    pub(crate) async fn go(&mut self, lines: &Receiver<String>) -> Result<(), Failure> {
        let ended = self.go_on(lines).await;
        let left = self.screen.leave_prompt();
        ended.and(left)
    }

    async fn go_on(&mut self, lines: &Receiver<String>) -> Result<(), Failure> {
        loop {
            if self.is_done() {
                return self.outcome();
            }
            if self.wants_prompt() {
                self.screen.prompt(scene_name(self.scene))?;
            }
            match self.woken(lines).await {
                Woken::Happening(Happening::EndAsked) => return Ok(()),
                Woken::Happening(happening) => self.on_happening(happening)?,
                Woken::Line(Some(line)) => {
                    self.screen.was_typed();
                    let command = Command::read(&line);
                    if command == Command::Quit {
                        return self.outcome();
                    }
                    self.obey(command)?;
                }
                Woken::Line(None) => self.input_ended = true,
                Woken::Time => self.on_time()?,
            }
        }
    }

    fn outcome(&mut self) -> Result<(), Failure> {
        self.wrong.take().map_or(Ok(()), Err)
    }

    async fn woken(&self, lines: &Receiver<String>) -> Woken {
        let happening = async {
            match self.happenings.recv().await {
                Ok(happening) => Woken::Happening(happening),
                Err(_) => future::pending().await,
            }
        };
        let line = async {
            if !self.takes_lines() {
                return future::pending().await;
            }
            Woken::Line(lines.recv().await.ok())
        };
        let time = async {
            match self.deadline() {
                Some(at) => {
                    Timer::at(at).await;
                }
                None => future::pending().await,
            }
            Woken::Time
        };
        // What has happened is told before anything new is begun.
        happening.or(line).or(time).await
    }

    /// Nothing is being waited for.
    fn is_idle(&self) -> bool {
        self.ready && self.open.is_empty() && self.recovery.is_none() && self.held.is_empty()
    }

    /// A person may type at any time; of a file each line waits for the one before.
    fn takes_lines(&self) -> bool {
        !self.input_ended
            && (self.stage.is_none() || self.is_idle() || (self.ready && self.screen.is_typed()))
    }

    /// While an answer is on its way there is none: it will be here at once.
    fn wants_prompt(&self) -> bool {
        self.stage.is_some() && self.takes_lines() && (self.open.is_empty() || self.recovery.is_some())
    }

    /// The end of the input ends a conversation with the platform in this process. On the real one it
    /// goes on.
    fn is_done(&self) -> bool {
        self.stage.is_some() && self.input_ended && (self.is_idle() || self.screen.is_typed())
    }

    fn deadline(&self) -> Option<Instant> {
        self.stage.as_ref()?;
        let start = (!self.ready).then_some(self.began);
        let oldest = self.open.values().copied().min();
        let recovery = self.recovery.map(|recovery| recovery.since);
        [start, oldest, recovery].into_iter().flatten().min().map(|since| since + PATIENCE)
    }

    fn on_time(&mut self) -> Result<(), Failure> {
        let seconds = PATIENCE.as_secs();
        if !self.ready {
            return Err(Failure::Later(format!("the bot could not connect within {seconds} s")));
        }
        let now = Instant::now();
        let before = self.open.len();
        self.open.retain(|_, since| now < *since + PATIENCE);
        if self.open.len() < before {
            self.missed(format!("no answer within {seconds} s"))?;
        }
        if self.recovery.is_some_and(|recovery| now >= recovery.since + PATIENCE) {
            self.recovery = None;
            self.held.clear();
            self.missed(format!("the link did not come back within {seconds} s"))?;
        }
        Ok(())
    }

    /// Something that should have happened did not.
    fn missed(&mut self, what: String) -> Result<(), Failure> {
        self.screen.news(CHAT, &what)?;
        self.remember(Failure::Later(what));
        Ok(())
    }

    /// In the end it is told by the exit code, for scripts: a person has seen it.
    fn remember(&mut self, wrong: Failure) {
        if !self.screen.is_typed() {
            self.wrong.get_or_insert(wrong);
        }
    }

    fn on_happening(&mut self, happening: Happening) -> Result<(), Failure> {
        match happening {
            Happening::Platform(news) => self.on_platform(news),
            Happening::Link(notice) => self.on_notice(&notice),
            Happening::Heard(heard) if self.stage.is_none() => {
                self.screen.said(heard.scene, &heard.who, &heard.text)
            }
            Happening::Answered(answered) => self.on_answered(answered),
            Happening::Heard(_) | Happening::EndAsked => Ok(()),
        }
    }

    fn on_platform(&mut self, news: News) -> Result<(), Failure> {
        match news {
            News::Sent(sent) => self.screen.said(scene_name(sent.scene), "bot", &sent.content),
            // They come with every attempt, which says it better.
            News::Opened(_) | News::Ended(_) => Ok(()),
            // The start is no news.
            News::Token(_) | News::Attempt(_) if !self.ready => Ok(()),
            News::Token(_) | News::Attempt(_) | News::Violation(_) => {
                self.screen.news(PLATFORM, &news.to_string())
            }
        }
    }

    fn on_notice(&mut self, notice: &Notice) -> Result<(), Failure> {
        match notice {
            Notice::Halted { reason, .. } if *reason != Halt::Stopped => Err(Failure::halted(reason)),
            Notice::Ready(_) | Notice::Resumed { .. } => {
                if self.ready || self.stage.is_none() {
                    self.screen.news(LINK, &notice.to_string())?;
                }
                self.ready = true;
                self.back()
            }
            Notice::Moved { to, why, .. } if is_news(*to, *why) => {
                self.screen.news(LINK, &notice.to_string())
            }
            Notice::Moved { .. } | Notice::Halted { .. } => Ok(()),
            Notice::Fault(_) | Notice::SlotWanted { .. } | Notice::HandlerPanicked { .. } | _ => {
                self.screen.news(LINK, &notice.to_string())
            }
        }
    }

    /// A shard is connected: perhaps that was what one waits for.
    fn back(&mut self) -> Result<(), Failure> {
        let Some(stage) = &self.stage else {
            return Ok(());
        };
        if let Some(recovery) = self.recovery {
            let link = stage.link();
            if link.is_some() && link != recovery.lost {
                self.recovery = None;
                let after = match recovery.since.elapsed() {
                    short if short < Duration::from_secs(1) => format!("{} ms", short.as_millis()),
                    long => format!("{:.1} s", long.as_secs_f64()),
                };
                self.screen.news(LINK, &format!("back after {after}"))?;
            }
        }
        for (scene, text) in std::mem::take(&mut self.held) {
            self.say(scene, &text)?;
        }
        Ok(())
    }

    fn on_answered(&mut self, answered: Answered) -> Result<(), Failure> {
        self.open.remove(&answered.message);
        match answered.error {
            Some(error) => self.missed(format!("an answer was not sent: {error}")),
            // The platform in this process says so itself.
            None if self.stage.is_some() => Ok(()),
            None => self.screen.said(answered.scene, "bot", &answered.text),
        }
    }

    /// Does what was typed.
    fn obey(&mut self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Nothing | Command::Quit => {}
            Command::Help => self.screen.news(CHAT, HELP)?,
            Command::State => {
                let (state, sessions) = (self.bot.state(), self.bot.sessions());
                let value = facts::value(&state, &sessions);
                self.screen.facts("state", &facts::text(&state, &sessions), &value)?;
            }
            Command::Unknown(word) => {
                let what = format!("{word} is no command: /help lists them, and /{word} says it");
                self.screen.news(CHAT, &what)?;
                self.remember(Failure::Usage(what));
            }
            Command::Say(_) | Command::Scene(..) | Command::Play(..) if self.stage.is_none() => {
                let what =
                    "only with the platform in this process: start without QQ_APP_ID, or with --embedded";
                self.screen.news(CHAT, what)?;
            }
            Command::Say(text) => {
                self.show(self.scene, &text)?;
                self.say(self.scene, &text)?;
            }
            Command::Scene(scene, text) => {
                self.scene = scene;
                if let Some(text) = text {
                    self.show(scene, &text)?;
                    self.say(scene, &text)?;
                }
            }
            Command::Play(play, text) => self.play(play, text.as_deref())?,
        }
        Ok(())
    }

    /// Shows what was not typed on this screen.
    fn show(&mut self, scene: Scene, text: &str) -> Result<(), Failure> {
        if self.screen.is_typed() {
            return Ok(());
        }
        self.screen.said(scene_name(scene), "you", text)
    }

    fn say(&mut self, scene: Scene, text: &str) -> Result<(), Failure> {
        let Some(stage) = &self.stage else {
            return Ok(());
        };
        let pushed = stage.say(scene, text);
        self.was_said(pushed, scene, text)
    }

    fn was_said(&mut self, pushed: Pushed, scene: Scene, text: &str) -> Result<(), Failure> {
        if let (Some(_), Some(message)) = (pushed.session, pushed.message_id) {
            self.open.insert(message, Instant::now());
            return Ok(());
        }
        self.held.push_back((scene, text.to_owned()));
        self.screen.news(CHAT, "the bot has no session to hear it in; it is said when there is one")
    }

    fn play(&mut self, play: Play, text: Option<&str>) -> Result<(), Failure> {
        let Some(stage) = &self.stage else {
            return Ok(());
        };
        let (scene, lost) = (self.scene, stage.link());
        let (played, pushed) = stage.play(play, text.map(|text| (scene, text)));
        if !played {
            return self
                .screen
                .news(CHAT, "there is no connection that it could happen to: wait until it is back");
        }
        self.screen.news(PLATFORM, play.words())?;
        if play.costs_the_link() {
            self.recovery = Some(Recovery { lost, since: Instant::now() });
        }
        if let (Some(text), Some(pushed)) = (text, pushed) {
            self.show(scene, text)?;
            self.was_said(pushed, scene, text)?;
        }
        Ok(())
    }
}

/// Whether a move is worth telling: losses and pauses, not each step of the way back.
fn is_news(to: PhaseName, why: Cause) -> bool {
    let step = matches!(
        why,
        Cause::Turn
            | Cause::Opened
            | Cause::Hello
            | Cause::Slot
            | Cause::Rested
            | Cause::Ready
            | Cause::Resumed
            | Cause::Stop
    );
    !step || to == PhaseName::Resting
}

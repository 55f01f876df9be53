//! What the platform in this process sees of a bot, told as it happens.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use qq_testkit::platform::{Attempt, Handshake, Outcome, Platform, Sent};
use qq_testkit::serve::Server;

/// Something new on the platform's side.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// A connection was opened.
    Opened(u64),
    /// A connection is gone.
    Ended(u64),
    /// So many tokens were issued by now.
    Token(usize),
    /// An Identify or a Resume arrived.
    Attempt(Attempt),
    /// A message of the bot was accepted.
    Sent(Sent),
    /// The bot broke a rule.
    Violation(String),
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened(link) => write!(f, "connection {link} is open"),
            Self::Ended(link) => write!(f, "connection {link} is gone"),
            Self::Token(1) => f.write_str("a token was issued"),
            Self::Token(count) => write!(f, "a token was issued, number {count}"),
            Self::Attempt(attempt) => {
                match attempt.shard {
                    Some((shard, _)) => write!(f, "shard {shard} ")?,
                    None => f.write_str("a shard ")?,
                }
                match (attempt.what, attempt.seq) {
                    (Handshake::Identify, _) => f.write_str("identified")?,
                    (Handshake::Resume, Some(seq)) => write!(f, "resumed its session after event {seq}")?,
                    (Handshake::Resume, None) => f.write_str("resumed its session")?,
                }
                f.write_str(match attempt.outcome {
                    Outcome::Accepted => "",
                    Outcome::Refused => ": refused",
                    Outcome::Failed => ": failed, as was ordered",
                })
            }
            Self::Sent(sent) => {
                let scene = format!("{:?}", sent.scene).to_lowercase();
                write!(f, "{scene} message from the bot: {}", visible(&sent.content))
            }
            Self::Violation(text) => write!(f, "the bot broke a rule: {text}"),
        }
    }
}

/// A text of somebody else's with its control characters made visible, so that it moves no cursor.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// How much of the platform has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sight {
    links: Vec<u64>,
    tokens: usize,
    attempts: usize,
    sent: usize,
    violations: usize,
}

impl Sight {
    fn of(platform: &Platform) -> Self {
        Self {
            links: platform.links().iter().map(|view| view.link).collect(),
            tokens: platform.tokens_issued(),
            attempts: platform.attempts().len(),
            sent: platform.sent().len(),
            violations: platform.violations().len(),
        }
    }

    /// What has happened since, in the order of causes as far as it is known.
    fn advance(&mut self, platform: &Platform) -> Vec<News> {
        let now = Self::of(platform);
        if now.tokens < self.tokens || now.attempts < self.attempts || now.sent < self.sent {
            // It was set back to its beginning.
            *self = Self::default();
        }
        let mut news = Vec::new();
        let gone = self.links.iter().filter(|link| !now.links.contains(link));
        news.extend(gone.map(|&link| News::Ended(link)));
        news.extend((self.tokens..now.tokens).map(|before| News::Token(before + 1)));
        let opened = now.links.iter().filter(|link| !self.links.contains(link));
        news.extend(opened.map(|&link| News::Opened(link)));
        let since = |count: usize| count..;
        news.extend(rest(platform.attempts(), since(self.attempts)).cloned().map(News::Attempt));
        news.extend(rest(platform.sent(), since(self.sent)).cloned().map(News::Sent));
        let broken = rest(platform.violations(), since(self.violations));
        news.extend(broken.map(|broken| News::Violation(format!("{:?}, {}", broken.rule, broken.text))));
        *self = now;
        news
    }
}

fn rest<T>(rows: &[T], new: std::ops::RangeFrom<usize>) -> impl Iterator<Item = &T> {
    rows.get(new).unwrap_or_default().iter()
}

/// Watches a platform and tells each thing once.
pub(crate) struct Watch {
    server: Arc<Server>,
    seen: Mutex<Sight>,
    ended: AtomicBool,
    tell: Box<dyn Fn(News) + Send + Sync>,
}

impl Watch {
    pub(crate) fn new(server: Arc<Server>, tell: impl Fn(News) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { server, seen: Mutex::default(), ended: AtomicBool::new(false), tell: Box::new(tell) })
    }

    /// Tells what is new, and then does something before anything newer is told.
    pub(crate) fn and_then<T>(&self, next: impl FnOnce() -> T) -> T {
        let mut seen = self.seen();
        let news = seen.advance(&self.server.platform());
        for news in news {
            (self.tell)(news);
        }
        next()
    }

    /// Starts a thread that tells news without being asked.
    pub(crate) fn start(self: &Arc<Self>) -> io::Result<JoinHandle<()>> {
        let watch = Arc::clone(self);
        thread::Builder::new().name("news".to_owned()).spawn(move || watch.run())
    }

    fn run(&self) {
        // The wait ends with each piece of news, so its length matters to nobody.
        const LONG: Duration = Duration::from_secs(3600);
        while !self.ended() {
            let seen = self.seen().clone();
            self.server.wait_for(LONG, |platform| self.ended() || Sight::of(platform) != seen);
            self.and_then(|| ());
        }
    }

    /// Makes the thread end.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        // Letting go of the platform wakes who waits for it.
        drop(self.server.platform());
    }

    fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn seen(&self) -> MutexGuard<'_, Sight> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use qq_testkit::platform::{PlatformConfig, Request};

    use super::*;

    #[test]
    fn each_thing_is_told_once() {
        let mut platform = Platform::new(PlatformConfig::default());
        let mut sight = Sight::default();
        let mut told = |platform: &Platform| -> Vec<String> {
            sight.advance(platform).iter().map(ToString::to_string).collect()
        };
        assert!(told(&platform).is_empty());
        platform.handle(Duration::ZERO, Request::Dial { link: 7 });
        assert_eq!(told(&platform), ["connection 7 is open"]);
        assert!(told(&platform).is_empty());
        platform.handle(Duration::ZERO, Request::HangUp { link: 7, code: None });
        assert_eq!(told(&platform), ["connection 7 is gone"]);
    }

    #[test]
    fn control_characters_move_no_cursor() {
        assert_eq!(visible("a\u{1b}[2Jb\n你"), "a\\u{1b}[2Jb\\n你");
    }
}

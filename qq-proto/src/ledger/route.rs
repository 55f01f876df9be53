//! How a message goes out, and why not otherwise: in types and in words.

use core::fmt;
use core::time::Duration;

use crate::time::Timestamp;

/// The way of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// As an answer to a message.
    Message,
    /// As an answer to another event, such as being added to a group.
    Event,
    /// By itself, answering nothing.
    Active,
    /// As a wake-up (`is_wakeup`), for which one-to-one chats have a small quota of its own.
    WakeUp,
    /// Not now: it waits, for the next message of the conversation or for a time.
    Held,
    /// Not at all.
    Nothing,
}

/// The way of one message, with its reasons. `Display` says all of it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// How it goes.
    pub way: Way,
    /// How many more can go the same way after this one; `None` where there is no limit.
    pub left: Option<u32>,
    /// How long this way stays open; `None` where it does not close by itself.
    pub window_left: Option<Duration>,
    /// For one that waits: when it may go by itself. `None`: with the next message of the conversation.
    pub after: Option<Timestamp>,
    /// How long until then.
    pub wait: Option<Duration>,
    /// Why it is not an answer to a message or event.
    pub no_answer: Option<NoAnswer>,
    /// Why it does not go by itself.
    pub no_active: Option<NoActive>,
    /// Why it is no wake-up.
    pub no_wake_up: Option<NoWakeUp>,
    /// Why it cannot be at all, whatever the way.
    pub never: Option<Never>,
}

/// The short form of a [`Route`], for decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It can be sent now.
    Yes,
    /// It can be sent from this time on.
    After(Timestamp),
    /// It can be sent when somebody writes, or when the person or group allows messages that answer nothing.
    AskOptIn,
    /// It can be sent when somebody writes.
    WhenTheyWrite,
    /// It cannot be sent.
    No,
}

/// Why a message is not an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoAnswer {
    /// No message of this conversation is known.
    NothingCame,
    /// The time to answer the newest one is over.
    WindowOver,
    /// All answers of those that are still open are used.
    UsedUp,
    /// Only the answer that is kept for the final one is left.
    KeptForTheFinalOne,
    /// The platform no longer takes answers to it.
    Closed(i64),
}

/// Why a message does not go by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoActive {
    /// The settings exclude it.
    SwitchedOff,
    /// Whether the person or group allows it is not known.
    ConsentUnknown,
    /// The person or group does not allow it.
    ConsentRefused,
    /// A quota is used up.
    Quota,
    /// Typing and streams are answers by nature, and news of progress are not worth a quota.
    NotForThis,
}

/// Why a message is no wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoWakeUp {
    /// The settings exclude it.
    SwitchedOff,
    /// Only one-to-one chats have it.
    OtherScene,
    /// It is not known when the person wrote last.
    NeverWrote,
    /// The person wrote more than thirty days ago.
    TooLongAgo,
    /// The one of this time since the last contact is used.
    Used,
    /// The platform says that it does not take them here.
    Unsupported,
    /// Only final texts and media can be one.
    NotForThis,
}

/// Why a message cannot be sent by any way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Never {
    /// Typing and streams exist in one-to-one chats alone.
    OtherScene,
    /// The bot was removed from the group, or the person has removed the bot.
    Gone,
}

impl Route {
    pub(super) const fn new(way: Way) -> Self {
        Self {
            way,
            left: None,
            window_left: None,
            after: None,
            wait: None,
            no_answer: None,
            no_active: None,
            no_wake_up: None,
            never: None,
        }
    }

    /// Whether it goes out now.
    pub const fn goes(&self) -> bool {
        match self.way {
            Way::Message | Way::Event | Way::Active | Way::WakeUp => true,
            Way::Held | Way::Nothing => false,
        }
    }

    /// The short form.
    pub const fn verdict(&self) -> Verdict {
        match (self.way, self.after, self.no_active) {
            (Way::Message | Way::Event | Way::Active | Way::WakeUp, _, _) => Verdict::Yes,
            (Way::Nothing, _, _) => Verdict::No,
            (Way::Held, Some(at), _) => Verdict::After(at),
            (Way::Held, None, Some(NoActive::ConsentUnknown | NoActive::ConsentRefused)) => Verdict::AskOptIn,
            (Way::Held, None, _) => Verdict::WhenTheyWrite,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Message => "sent as an answer to a message",
            Way::Event => "sent as an answer to an event",
            Way::Active => "sent by itself, answering nothing",
            Way::WakeUp => "sent as a wake-up",
            Way::Held if self.wait.is_some() => "not now",
            Way::Held => "held until somebody writes in this conversation",
            Way::Nothing => "not sent",
        })?;
        if let Some(left) = self.left {
            write!(f, ", {left} more possible")?;
        }
        if let Some(window) = self.window_left {
            write!(f, " within {}", Span(window))?;
        }
        if let Some(wait) = self.wait {
            write!(f, ", possible in {}", Span(wait))?;
        }
        let reasons: [Option<&dyn fmt::Display>; 4] = [
            self.never.as_ref().map(|why| why as _),
            self.no_answer.as_ref().map(|why| why as _),
            self.no_active.as_ref().map(|why| why as _),
            self.no_wake_up.as_ref().map(|why| why as _),
        ];
        for (at, reason) in reasons.into_iter().flatten().enumerate() {
            write!(f, "{}{reason}", if at == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingCame => f.write_str("no message to answer is known here"),
            Self::WindowOver => f.write_str("the time to answer the last message is over"),
            Self::UsedUp => f.write_str("all answers to the last message are used"),
            Self::KeptForTheFinalOne => f.write_str("the last answer is kept for the final one"),
            Self::Closed(code) => write!(f, "the platform takes no more answers to it (code {code})"),
        }
    }
}

impl fmt::Display for NoActive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SwitchedOff => "messages that answer nothing are switched off",
            Self::ConsentUnknown => "whether messages that answer nothing are allowed here is not known",
            Self::ConsentRefused => "messages that answer nothing are not allowed here",
            Self::Quota => "the quota of messages that answer nothing is used up",
            Self::NotForThis => "this kind of message can only be an answer",
        })
    }
}

impl fmt::Display for NoWakeUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SwitchedOff => "wake-ups are switched off",
            Self::OtherScene => "wake-ups exist in one-to-one chats alone",
            Self::NeverWrote => "for a wake-up it is not known when they wrote last",
            Self::TooLongAgo => "for a wake-up they wrote too long ago",
            Self::Used => "the wake-up of this time is used",
            Self::Unsupported => "the platform takes no wake-up here",
            Self::NotForThis => "this kind of message cannot be a wake-up",
        })
    }
}

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherScene => "this kind of message exists in one-to-one chats alone",
            Self::Gone => "the bot has been removed here",
        })
    }
}

/// A time for people: in the largest unit that does not hide too much.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.as_secs();
        match secs {
            0 => f.write_str("a moment"),
            1..=119 => write!(f, "{secs} s"),
            120..=7199 => write!(f, "{} min", secs / 60),
            7200..=172_799 => write!(f, "{} h", secs / 3600),
            _ => write!(f, "{} days", secs / 86_400),
        }
    }
}

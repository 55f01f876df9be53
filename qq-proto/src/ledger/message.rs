//! What goes into the ledger and what comes out.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::route::Route;
use crate::api::{ApiError, Call, CallError, ErrorClass, ReplyTo, Scene, Trigger};
use crate::dispatch::Dispatch;

/// A place where people talk: a scene and the id of the person, group, channel or private session in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Conversation {
    scene: Scene,
    target: String,
}

impl Conversation {
    /// The conversation with this address.
    pub fn new(scene: Scene, target: impl Into<String>) -> Self {
        Self { scene, target: target.into() }
    }

    /// The conversation that an answer goes to.
    pub fn of(reply_to: &ReplyTo) -> Self {
        Self::new(reply_to.scene(), reply_to.target())
    }

    /// The scene.
    pub const fn scene(&self) -> Scene {
        self.scene
    }

    /// The openid, channel id or guild id, by scene.
    pub fn target(&self) -> &str {
        &self.target
    }
}

/// What kind of message it is, as far as the platform's rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// Text, Markdown, a card: anything in one request.
    Text,
    /// An uploaded picture, video, voice or file.
    Media,
    /// "Is typing". In one-to-one chats alone. It takes an answer from the budget like a text.
    Typing,
    /// A streaming reply. In one-to-one chats alone. One stream counts as one answer, however many pieces it has.
    Stream,
}

/// Whether an answer may use what is kept for the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Part {
    /// News of progress, a first part, "is typing": leaves the kept answers alone, and goes only as an answer.
    Interim,
    /// What the person waits for.
    Final,
}

/// What to do with a message that cannot go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Otherwise {
    /// Hold it until somebody writes there again.
    Hold,
    /// Give it back at once.
    GiveBack,
}

/// A message that is to be sent. The ledger never looks into the payload.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message<P> {
    pub(super) conversation: Conversation,
    pub(super) answers: Option<Trigger>,
    pub(super) kind: Kind,
    pub(super) part: Part,
    pub(super) otherwise: Otherwise,
    /// The number of an attempt whose outcome is unknown.
    pub(super) again: Option<(Trigger, u32)>,
    /// Whatever the program sends: a text, a call, a key into a table of its own.
    pub payload: P,
}

impl<P> Message<P> {
    /// The final answer to a message or event. If that can no longer be answered it goes another way.
    pub fn answer(to: &ReplyTo, kind: Kind, payload: P) -> Self {
        Self { answers: Some(to.trigger().clone()), ..Self::to(Conversation::of(to), kind, payload) }
    }

    /// A final message into a conversation, answering whatever came last there.
    pub const fn to(conversation: Conversation, kind: Kind, payload: P) -> Self {
        let otherwise = match kind {
            Kind::Text | Kind::Media => Otherwise::Hold,
            // Nobody wants to see them later.
            Kind::Typing | Kind::Stream => Otherwise::GiveBack,
        };
        let part = match kind {
            Kind::Text | Kind::Media | Kind::Stream => Part::Final,
            Kind::Typing => Part::Interim,
        };
        Self { conversation, answers: None, kind, part, otherwise, again: None, payload }
    }

    /// The same as news of progress: leaves the kept answers to the final one, and is given back rather than held.
    #[must_use]
    pub fn interim(mut self) -> Self {
        self.part = Part::Interim;
        self.otherwise = Otherwise::GiveBack;
        self
    }

    /// The same with another choice of what to do when it cannot go now. Typing and streams are never held.
    #[must_use]
    pub fn or(mut self, otherwise: Otherwise) -> Self {
        self.otherwise = match self.kind {
            Kind::Text | Kind::Media => otherwise,
            Kind::Typing | Kind::Stream => Otherwise::GiveBack,
        };
        self
    }

    /// Where it goes.
    pub const fn conversation(&self) -> &Conversation {
        &self.conversation
    }
}

/// People's texts do not belong into logs.
impl<P> fmt::Debug for Message<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("conversation", &self.conversation)
            .field("answers", &self.answers)
            .field("kind", &self.kind)
            .field("part", &self.part)
            .field("otherwise", &self.otherwise)
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}

/// The name of a message that the ledger has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SendId(pub(super) u64);

impl fmt::Display for SendId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "send {}", self.0)
    }
}

/// What has happened, told with [`Ledger::handle`](super::Ledger::handle).
#[derive(Debug)]
pub enum Input<'a> {
    /// Time has passed.
    Tick,
    /// An event came. Tell the ledger of every one: messages and some events can be answered, others bring consent,
    /// or its end.
    Dispatch(&'a Dispatch),
    /// Something that can be answered came by another way than a dispatch.
    Arrived(&'a ReplyTo),
    /// What became of a granted message.
    Outcome {
        /// The one from the grant.
        id: SendId,
        /// How it ended.
        outcome: Outcome,
    },
    /// News about a conversation from elsewhere, such as the settings of a group read by a call.
    Consent {
        /// Which.
        conversation: &'a Conversation,
        /// What is known now.
        consent: Consent,
    },
    /// A message was sent past the ledger; it is counted.
    Bypassed {
        /// What it answered.
        reply_to: &'a ReplyTo,
        /// The `msg_seq` it had, if it had one.
        seq: Option<u32>,
    },
}

/// Whether messages that answer nothing are allowed in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Consent {
    /// Nothing has been heard.
    #[default]
    Unknown,
    /// Allowed.
    Given,
    /// Not allowed.
    Refused,
    /// The bot has been removed: nothing can be sent at all, until something comes from there.
    Gone,
}

/// How a granted message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was delivered.
    Delivered,
    /// An earlier copy had been delivered.
    DeliveredBefore,
    /// It was accepted for review.
    UnderAudit,
    /// The platform refused it, with this number ([`ApiError::number`]).
    Refused(i64),
    /// Nobody knows: it may have been delivered.
    Unknown,
    /// It surely never left.
    NotSent,
}

impl Outcome {
    /// Reads the result of a call.
    pub fn of<T>(result: &Result<T, CallError>) -> Self {
        match result {
            // A reply that cannot be read is a success all the same.
            Ok(_) | Err(CallError::BadReply(_)) => Self::Delivered,
            Err(CallError::Api(error)) => Self::of_refusal(error),
            Err(CallError::TimedOut { sent: false } | CallError::Credentials) => Self::NotSent,
            Err(CallError::TimedOut { sent: true } | CallError::Transport(_) | CallError::Stopped) => {
                Self::Unknown
            }
        }
    }

    fn of_refusal(error: &ApiError) -> Self {
        match error.class() {
            ErrorClass::UnderAudit => Self::UnderAudit,
            // 5xx may have acted before it failed.
            ErrorClass::Retry if error.status >= 500 => Self::Unknown,
            ErrorClass::Retry
            | ErrorClass::WaitUntil
            | ErrorClass::NewToken
            | ErrorClass::ChangeRequest
            | ErrorClass::AskPerson
            | ErrorClass::Permanent
            | ErrorClass::AlreadyDelivered => Self::Refused(error.number()),
        }
    }
}

/// Something the ledger has decided; popped with [`Ledger::poll_output`](super::Ledger::poll_output).
#[derive(Debug)]
#[must_use = "a grant that is dropped is never sent"]
pub enum Output<P> {
    /// Send this now, and tell its outcome.
    Go(Box<Grant<P>>),
    /// It waits. News, no duty.
    Held {
        /// Which.
        id: SendId,
        /// Why, and for what.
        route: Route,
    },
    /// It was delivered, or accepted for review. The end of this message.
    Done {
        /// Which.
        id: SendId,
        /// How it went, and what is left.
        route: Route,
        /// Whether it still has to pass a review; the result of that comes as an event.
        under_audit: bool,
    },
    /// It was not delivered, or nobody knows. The end of this message; it is given back.
    Back {
        /// Which.
        id: SendId,
        /// The message. One of unknown outcome may be sent again as it is: it keeps its number, so that the platform
        /// drops a second copy.
        message: Box<Message<P>>,
        /// Why.
        why: Back,
        /// The way it was to go.
        route: Route,
    },
}

/// Why a message was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Back {
    /// It could not go now and was not to be held; the route says why.
    #[error("it cannot be sent now")]
    NoWay,
    /// It was held for too long.
    #[error("nobody has written for too long")]
    TooOld,
    /// Newer held messages took its place.
    #[error("too many messages are held")]
    PushedOut,
    /// The bot was removed from the conversation.
    #[error("the bot has been removed there")]
    Gone,
    /// The conversation was forgotten for newer ones.
    #[error("too many conversations are open")]
    Forgotten,
    /// The platform refused it, with this number.
    #[error("the platform refused it with code {0}")]
    Refused(i64),
    /// It never left.
    #[error("it was never sent")]
    NotSent,
    /// Nobody knows whether it was delivered.
    #[error("it may have been delivered or not")]
    Unknown,
    /// The program has taken it out.
    #[error("it was taken out")]
    Taken,
}

/// The leave to send one message.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant<P> {
    /// Names it for [`Input::Outcome`].
    pub id: SendId,
    /// Where it goes.
    pub conversation: Conversation,
    /// The way, and what is left of it.
    pub route: Route,
    /// What it answers; `None` for one that goes by itself or as a wake-up.
    pub reply_to: Option<ReplyTo>,
    /// The `msg_seq` to send: new for a new message, the old one for a repetition. `None` in scenes that have none.
    pub seq: Option<u32>,
    /// What to send.
    pub payload: P,
}

impl<P> Grant<P> {
    /// Puts the number into a call that has none yet.
    pub fn number(&self, call: &mut impl Call) {
        if let Some(seq) = self.seq {
            call.numbered(&mut |_| seq);
        }
    }
}

/// People's texts do not belong into logs.
impl<P> fmt::Debug for Grant<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("id", &self.id)
            .field("conversation", &self.conversation)
            .field("route", &self.route)
            .field("reply_to", &self.reply_to)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

/// A message that was not taken, given back.
pub struct Full<P> {
    /// The message as it was given.
    pub message: Message<P>,
}

impl<P> fmt::Debug for Full<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Full").field("message", &self.message).finish()
    }
}

impl<P> fmt::Display for Full<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many messages are open")
    }
}

impl<P> core::error::Error for Full<P> {}

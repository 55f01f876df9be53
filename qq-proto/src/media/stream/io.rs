//! What goes into a stream and what comes out.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;

use crate::api::{ApiRequest, CallError, ErrorClass, ReplyTo};

/// The two ways in which the platform takes streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StreamForm {
    /// `stream_messages`, the newer one: each piece has the whole text so far, so a lost reply does no harm.
    #[default]
    Whole,
    /// A `stream` object inside an ordinary message: each piece has what is new, ends with a line, and has a number of
    /// its own.
    Pieces,
}

/// Times and bounds of a stream.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StreamLimits {
    /// The way.
    pub form: StreamForm,
    /// Whether the text is Markdown; [`StreamForm::Pieces`] is always.
    pub markdown: bool,
    /// The least time between two pieces. 500 ms are what one large bot keeps; 300 ms have been seen to work.
    pub every: Duration,
    /// Characters in one message; a longer text goes on in the next. The platform may name fewer (`remain_msg_len`).
    pub chars: usize,
    /// A step without an answer is given up after this.
    pub call: Duration,
    /// How often a first or last piece is tried before the text is sent as a plain message.
    pub attempts: u32,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            form: StreamForm::Whole,
            markdown: true,
            every: Duration::from_millis(500),
            chars: 2048,
            call: Duration::from_secs(20),
            attempts: 5,
        }
    }
}

/// The name of one action; given back with its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamStep(pub(super) u64);

/// What an answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SlotFor {
    /// A new message: takes one answer of the budget, and its number.
    Stream,
    /// Another piece of the same message: takes a number alone.
    Piece,
}

/// What happened outside.
#[derive(Debug)]
pub enum StreamInput {
    /// Time has passed.
    Tick,
    /// The answer to [`StreamAction::Slot`]: what to answer with which `msg_seq`. `None`: there is none left.
    Slot {
        /// The one from the action.
        step: StreamStep,
        /// The answer.
        slot: Option<(ReplyTo, u32)>,
    },
    /// What became of a piece or of a plain message.
    Outcome {
        /// The one from the action.
        step: StreamStep,
        /// How it ended.
        outcome: StreamOutcome,
    },
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamOutcome {
    /// It arrived; the body of the reply.
    Delivered(Bytes),
    /// The platform refused it with this number.
    Refused {
        /// The number.
        code: i64,
        /// Whether the same may work in a while.
        again: bool,
    },
    /// Nobody knows.
    Unknown,
}

impl StreamOutcome {
    /// Reads the result of a [`RawCall`](crate::RawCall).
    pub fn of(result: Result<Bytes, CallError>) -> Self {
        match result {
            Ok(body) => Self::Delivered(body),
            Err(CallError::BadReply(_)) => Self::Delivered(Bytes::new()),
            Err(CallError::Api(error)) if error.class() == ErrorClass::UnderAudit => {
                Self::Delivered(Bytes::new())
            }
            Err(CallError::Api(error)) if error.status >= 500 => Self::Unknown,
            Err(CallError::Api(error)) => {
                Self::Refused { code: error.number(), again: error.class() == ErrorClass::Retry }
            }
            Err(CallError::TimedOut { sent: false }) => Self::Refused { code: 0, again: true },
            Err(CallError::Credentials) => Self::Refused { code: 0, again: false },
            Err(CallError::TimedOut { sent: true } | CallError::Transport(_) | CallError::Stopped) => {
                Self::Unknown
            }
        }
    }
}

/// Something the stream has decided.
#[derive(Debug)]
#[must_use = "an action that is not carried out stalls the stream"]
pub enum StreamOutput {
    /// A duty.
    Action(StreamAction),
    /// The end, told once.
    Ended(StreamEnd),
}

/// A duty of the embedder. None is waited for without a deadline of the stream's own.
pub enum StreamAction {
    /// Say what to answer, and with which number. Answer: [`StreamInput::Slot`].
    Slot {
        /// To be given back.
        step: StreamStep,
        /// For what.
        what: SlotFor,
    },
    /// The answer that was given for this step is not needed.
    Return {
        /// The one from [`StreamAction::Slot`].
        step: StreamStep,
    },
    /// Call this. Answer: [`StreamInput::Outcome`].
    Piece {
        /// To be given back.
        step: StreamStep,
        /// What to call.
        request: ApiRequest,
        /// Whether it closes its message.
        last: bool,
    },
    /// Send this as an ordinary message, by whatever way there is. Answer: [`StreamInput::Outcome`].
    Plain {
        /// To be given back.
        step: StreamStep,
        /// The text.
        text: String,
    },
}

/// People's texts do not belong into logs.
impl fmt::Debug for StreamAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot { step, what } => write!(f, "Slot({}, {what:?})", step.0),
            Self::Return { step } => write!(f, "Return({})", step.0),
            Self::Piece { step, last, .. } => write!(f, "Piece({}, last: {last})", step.0),
            Self::Plain { step, text } => write!(f, "Plain({}, {} bytes)", step.0, text.len()),
        }
    }
}

/// How the text reached the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Via {
    /// As a stream.
    Stream,
    /// As a plain message, at least its last part.
    Plain,
    /// Not at all: it was cancelled before anything was shown, or there was no text.
    Nothing,
}

/// The end of a stream.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEnd {
    /// How the text was shown.
    pub via: Via,
    /// Whether every step was confirmed; if not, some text may be shown twice or not at all.
    pub sure: bool,
    /// Messages that were streamed.
    pub messages: u32,
    /// What could not be shown, also not as a plain message.
    pub unsent: Option<String>,
}

/// People's texts do not belong into logs.
impl fmt::Debug for StreamEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamEnd")
            .field("via", &self.via)
            .field("sure", &self.sure)
            .field("messages", &self.messages)
            .field("unsent", &self.unsent.as_ref().map(String::len))
            .finish()
    }
}

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamUpdateError {
    /// It does not begin with what is already shown, which cannot be changed. [`Stream::finish`](super::Stream::finish) takes it all the same.
    #[error("the text does not begin with what is already shown")]
    Changed,
    /// The stream is finished or cancelled.
    #[error("the stream is finished")]
    Finished,
}

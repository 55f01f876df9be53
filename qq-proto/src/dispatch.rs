//! One event as it was pushed, undecoded and shared.

use core::fmt;

use crate::api::ReplyTo;
use crate::id::ShardIndex;
use crate::message::MessageView;
use crate::model::{DecodeError, Payload};
use crate::wire::{BodyError, Parts};

/// An event that the platform pushed: its envelope, and the frame it came in.
///
/// The payload is neither copied nor decoded on its way here: this is a reference count and a few offsets. It is
/// `'static`, `Send` and cheap to clone, so it may be decoded where and when it suits, on another thread if you like.
#[derive(Clone)]
pub struct Dispatch {
    shard: ShardIndex,
    generation: u32,
    parts: Parts,
}

impl Dispatch {
    pub(crate) const fn new(shard: ShardIndex, generation: u32, parts: Parts) -> Self {
        Self { shard, generation, parts }
    }

    /// The shard it came from.
    pub const fn shard(&self) -> ShardIndex {
        self.shard
    }

    /// Counts the sessions of the shard; sequence numbers are comparable within one.
    pub(crate) const fn generation(&self) -> u32 {
        self.generation
    }

    /// Its number within the session (`s`), rising from 1; gaps are legal. `None` if the frame had none.
    pub fn seq(&self) -> Option<u64> {
        self.parts.seq()
    }

    /// The platform's name of the event (`t`), such as `C2C_MESSAGE_CREATE`; empty if the frame had none.
    pub fn name(&self) -> &str {
        self.parts.name()
    }

    /// The event's id (`id`), which a passive reply to an event wants as `event_id`. Opaque.
    pub fn id(&self) -> Option<&str> {
        self.parts.id()
    }

    /// The payload (`d`) as the exact JSON text that came, checked to be well-formed; `null` if the frame had none.
    pub fn json(&self) -> Result<&str, BodyError> {
        self.parts.body()
    }

    /// The typed payload, borrowing from this dispatch.
    ///
    /// Each value that is passed over may be as deep as the whole is for [`json`](Self::json), which may so refuse what is
    /// decoded here. Events without a type come as [`Payload::Other`]. A payload that does not fit names the field that is wrong;
    /// [`json`](Self::json) still has the text.
    pub fn event(&self) -> Result<Payload<'_>, DecodeError> {
        crate::model::event(&self.parts)
    }

    /// The message, if this event is one, whichever scene it comes from; `None` for all other events, without a look at
    /// their payload.
    pub fn message(&self) -> Result<Option<MessageView<'_>>, DecodeError> {
        if MessageView::is_one(self.name()) { self.event().map(MessageView::new) } else { Ok(None) }
    }

    /// Where a passive reply to this event goes; `None` if it cannot be answered.
    pub fn reply_to(&self) -> Option<ReplyTo> {
        ReplyTo::from_dispatch(self)
    }
}

impl fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatch")
            .field("shard", &self.shard.get())
            .field("seq", &self.seq())
            .field("name", &self.name())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

//! One message that comes with two events.

use crate::message::MessageView;
use crate::recent::Recent;

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "it says whether the message is to be handed on"]
pub enum Half {
    /// It comes for the first time: hand it on.
    First,
    /// It came before, as a message between others; this event says that the bot is meant. Whoever acts on messages to
    /// the bot alone acts on this one; whoever acted on the first one drops it.
    Meant,
    /// It came before, and nothing is new: drop it.
    Repeat,
}

/// Tells whether a message came before, whatever its event is called.
///
/// A group that lets the bot hear everything may push a message that mentions it twice, as `GROUP_MESSAGE_CREATE` and as
/// `GROUP_AT_MESSAGE_CREATE`, with the same message id and different event ids; so may a guild channel to a
/// private-domain bot, as `MESSAGE_CREATE` and `AT_MESSAGE_CREATE`. Either may come first.
///
/// The first one is handed on, because waiting for a second that may never come would delay every message. The event's
/// name is all that only one half has, and only where the mention is missing from the other: so the second half counts
/// when it alone says that the bot is meant. A bot that acts on messages to it acts once, in either order:
///
/// ```
/// use qq_proto::{Half, Twins, message::MessageView};
///
/// fn for_me(twins: &mut Twins, message: &MessageView<'_>) -> bool {
///     twins.look(message) != Half::Repeat && message.addressed().personally()
/// }
/// ```
///
/// Ids are kept as keyed hashes, the newest `capacity` of them; no time, no allocation once it is full. One for each bot,
/// for all its shards. An event that is the same to the platform (the same event id) never gets so far: the client drops
/// it.
#[derive(Clone, Debug)]
pub struct Twins {
    seen: Recent,
    meant: Recent,
}

impl Twins {
    /// Twins come within seconds; a busy bot hears some hundred messages in that time.
    pub const CAPACITY: u32 = 4096;

    /// A memory of [`CAPACITY`](Self::CAPACITY) messages. `seed` keys the hashes: take one that nobody can guess.
    pub fn new(seed: u64) -> Self {
        Self::with_capacity(seed, Self::CAPACITY)
    }

    /// A memory of so many messages; of none it calls every message the first.
    pub fn with_capacity(seed: u64, capacity: u32) -> Self {
        Self { seen: Recent::new(seed, capacity), meant: Recent::new(seed, capacity) }
    }

    /// Looks at a message, and remembers it.
    ///
    /// In guilds it should be [seen by](MessageView::seen_by) the bot, or a `MESSAGE_CREATE` that mentions it passes as a
    /// message between others first.
    pub fn look(&mut self, message: &MessageView<'_>) -> Half {
        let id = message.id().as_bytes();
        let first = self.seen.insert(id);
        let meant = message.addressed().personally() && self.meant.insert(id);
        match (first, meant) {
            (true, _) => Half::First,
            (false, true) => Half::Meant,
            (false, false) => Half::Repeat,
        }
    }
}

//! What must be stored to continue after a restart.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::id::ShardIndex;

/// Sequence numbers are 32 bits wide in the official Go SDK. A larger one is not believed: it would make every later
/// event look like an old one.
pub(crate) const LARGEST_SEQ: u64 = 0xFFFF_FFFF;

/// A gateway session of one shard: enough to resume it, in this process or in the next one.
///
/// Store it **after** your program has finished an event, with that event's sequence number, and give it to
/// [`Config::sessions`](crate::Config::sessions) at the next start: the server then replays what was not finished
/// and no identify is spent. [`Progress`](crate::Progress) does the bookkeeping. It holds no secret. How long the
/// server keeps a session is not documented; minutes work, days do not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// Which shard it belongs to.
    pub shard: u32,
    /// Of how many; a session cannot be resumed with another number of shards.
    pub shards: u32,
    /// The id that READY gave, opaque.
    pub id: String,
    /// The highest sequence number (`s`) that was finished.
    pub seq: u64,
}

impl Session {
    /// A session put together from stored parts.
    pub fn new(shard: u32, shards: u32, id: impl Into<String>, seq: u64) -> Self {
        Self { shard, shards, id: id.into(), seq }
    }

    /// The shard that it belongs to.
    pub const fn shard_index(&self) -> ShardIndex {
        ShardIndex::new(self.shard)
    }
}

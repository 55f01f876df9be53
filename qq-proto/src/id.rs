//! Names for shards, connections, HTTP exchanges and calls.

use core::fmt;

/// Which shard of a bot: 0 up to the number of shards less one.
///
/// All events of one guild arrive on shard `(guild_id >> 22) % shards`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardIndex(u32);

impl ShardIndex {
    /// The shard with this number.
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for ShardIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One attempt at a WebSocket connection. Made only by the core, never used twice.
///
/// It carries the shard and an epoch, so a late word from an old socket is recognised and dropped. It is unique
/// within one [`Client`](crate::Client); a program with several bots keeps its sockets under `(bot, ConnId)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    pub(crate) shard: ShardIndex,
    pub(crate) epoch: u32,
}

impl ConnId {
    /// The shard that this connection serves.
    pub const fn shard(self) -> ShardIndex {
        self.shard
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.shard, self.epoch)
    }
}

/// One HTTP exchange: a repeated call gets a new one for each attempt. Made only by the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpId(pub(crate) u64);

impl fmt::Display for HttpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One call of the application, whatever number of HTTP exchanges it takes. Made only by the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! What can go wrong between two sockets, which frames and answers cannot express.

use serde::{Deserialize, Serialize};

/// A fault of the network, played on real sockets.
///
/// As JSON it is an object whose field `fault` names the kind: `{"fault":"reset","shard":0}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum SocketFault {
    /// The next bytes to a shard leave one by one.
    Trickle {
        /// Which shard.
        shard: u32,
        /// How many bytes.
        bytes: usize,
        /// The pause after each.
        pause_micros: u64,
    },
    /// The next bytes to a shard leave, and then the connection is reset in the middle of whatever was being
    /// said.
    CutAfter {
        /// Which shard.
        shard: u32,
        /// How many bytes still leave.
        bytes: usize,
    },
    /// The shard's connection is reset at once.
    Reset {
        /// Which shard.
        shard: u32,
    },
    /// Nothing is sent to a shard for a while; then everything is.
    Stall {
        /// Which shard.
        shard: u32,
        /// How long.
        millis: u64,
    },
    /// The port is closed for a while: connections are refused by the system.
    RefuseConnections {
        /// How long.
        millis: u64,
    },
    /// The next connections are accepted and nobody reads them.
    HangConnections {
        /// How many.
        count: u32,
    },
    /// The next HTTP answers leave byte by byte.
    TrickleHttp {
        /// How many answers.
        answers: u32,
        /// The pause after each byte.
        pause_micros: u64,
    },
    /// The next HTTP answers end in the middle.
    CutHttp {
        /// How many answers.
        answers: u32,
        /// How many bytes of each still leave.
        bytes: usize,
    },
}

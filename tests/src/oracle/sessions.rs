//! P10: what a shard knows of its session, and when it may give it up. Written from the platform's rules and the stated
//! limits, not from the core's tables.

use std::collections::BTreeMap;
use std::time::Duration;

use qq_proto::{ConnId, Session, ShardIndex, Timestamp};

use super::frames::Plain;

/// Resumes in a row without any effect after which the session may be given up.
const FAILED: u32 = 3;
/// Resumes in a row that were confirmed and lost at once after which it may be given up.
const LOST: u32 = 6;
const AT_ONCE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
struct Known {
    id: String,
    /// The newest number that was handed out.
    low: u64,
    /// The newest number that has arrived.
    high: u64,
}

/// A resume that is under way or has been confirmed.
#[derive(Clone, Debug)]
struct Join {
    conn: ConnId,
    confirmed: Option<Timestamp>,
    replayed: bool,
}

#[derive(Clone, Debug, Default)]
struct Shard {
    session: Option<Known>,
    join: Option<Join>,
    may_drop: bool,
    failed: u32,
    lost: u32,
    dead_tokens: u32,
}

/// All shards of one client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions {
    shards: BTreeMap<ShardIndex, Shard>,
}

impl Sessions {
    pub(crate) fn new(given: &[Session]) -> Self {
        let mut sessions = Self::default();
        for session in given {
            sessions.shard(session.shard_index()).session =
                Some(Known { id: session.id.clone(), low: session.seq, high: session.seq });
        }
        sessions
    }

    fn shard(&mut self, index: ShardIndex) -> &mut Shard {
        self.shards.entry(index).or_default()
    }

    /// A frame has arrived on a connection that counts.
    pub(crate) fn arrived(&mut self, index: ShardIndex, frame: &Plain) {
        let shard = self.shard(index);
        if let (Some(known), Some(seq)) = (&mut shard.session, frame.seq()) {
            known.high = known.high.max(seq);
        }
        if frame.op() == Some(9) {
            if frame.says_true() {
                shard.failed += 1;
            } else {
                shard.may_drop = true;
            }
        }
    }

    pub(crate) fn ready(&mut self, index: ShardIndex, session: &Session) {
        *self.shard(index) = Shard {
            session: Some(Known { id: session.id.clone(), low: session.seq, high: session.seq }),
            ..Shard::default()
        };
    }

    pub(crate) fn resumed(&mut self, index: ShardIndex, now: Timestamp) {
        let shard = self.shard(index);
        shard.failed = 0;
        shard.dead_tokens = 0;
        if let Some(join) = &mut shard.join {
            join.confirmed = Some(now);
        }
    }

    pub(crate) fn delivered(&mut self, index: ShardIndex, seq: Option<u64>) {
        let shard = self.shard(index);
        if let (Some(known), Some(seq)) = (&mut shard.session, seq) {
            known.low = known.low.max(seq);
        }
        if let Some(join) = &mut shard.join {
            join.replayed = true;
        }
        shard.failed = 0;
    }

    /// The program has asked for a restart of the shard.
    pub(crate) fn restarted(&mut self, index: ShardIndex, fresh: bool) {
        self.shard(index).may_drop |= fresh;
    }

    /// The connection is over. `code` is what the server closed it with.
    pub(crate) fn over(&mut self, conn: ConnId, code: Option<u16>, now: Timestamp) {
        let shard = self.shard(conn.shard());
        match code {
            Some(4001 | 4002 | 4006 | 4007 | 4010..=4014 | 4900..=4915) => shard.may_drop = true,
            Some(4004) => {
                shard.dead_tokens += 1;
                shard.may_drop |= shard.dead_tokens >= 2;
            }
            _ => {}
        }
        let Some(join) = shard.join.take_if(|join| join.conn == conn) else {
            return;
        };
        match join.confirmed {
            Some(at) if now.since(at) < AT_ONCE => shard.lost += 1,
            Some(_) => shard.lost = 0,
            None if join.replayed => shard.failed = 0,
            None => shard.failed += 1,
        }
        shard.may_drop |= shard.failed >= FAILED || shard.lost >= LOST;
    }

    /// An identify leaves; whether it should not.
    pub(crate) fn identify(&mut self, index: ShardIndex) -> Option<String> {
        let shard = self.shard(index);
        let allowed = shard.may_drop;
        shard.may_drop = false;
        shard.failed = 0;
        shard.lost = 0;
        let known = shard.session.take()?;
        (!allowed).then(|| format!("shard {index} identifies although session {} could be resumed", known.id))
    }

    /// A resume leaves; what is wrong with it.
    pub(crate) fn resume(&mut self, conn: ConnId, id: &str, seq: u64) -> Option<String> {
        let index = conn.shard();
        let shard = self.shard(index);
        shard.join = Some(Join { conn, confirmed: None, replayed: false });
        match &shard.session {
            None => Some(format!("shard {index} resumes a session that it does not have")),
            Some(known) if known.id != id => Some(format!("shard {index} resumes another session")),
            Some(known) if seq < known.low || seq > known.high => Some(format!(
                "shard {index} resumes from {seq}; {} was delivered, {} has arrived",
                known.low, known.high
            )),
            Some(_) => None,
        }
    }
}

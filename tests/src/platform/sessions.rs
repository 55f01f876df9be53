//! Sessions: what each one subscribed to, what it was sent, and what a Resume can bring back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

/// Why a session cannot be resumed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SessionEnd {
    /// The bot identified anew for the same shard.
    Replaced,
    /// The platform declared it invalid.
    Invalidated,
    /// The platform restarted.
    Forgotten,
}

/// One event that was put into a session, whether the bot was connected or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When.
    pub at: Duration,
    /// The session.
    pub session: Arc<str>,
    /// Its number within the session.
    pub seq: u64,
    /// The event id.
    pub id: Arc<str>,
    /// The event's name.
    pub name: Arc<str>,
    /// Whether a bot that keeps its session has to receive it: not so for frames that were damaged on
    /// purpose and for repetitions of an event.
    pub owed: bool,
}

/// What can be seen of a session from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionView {
    /// Its id.
    pub id: String,
    /// The shard pair it was identified with.
    pub shard: (u32, u32),
    /// The intents it was identified with.
    pub intents: u32,
    /// The newest number.
    pub seq: u64,
    /// The connection it is on.
    pub link: Option<u64>,
    /// Why it is over.
    pub ended: Option<SessionEnd>,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) shard: (u32, u32),
    pub(crate) intents: u32,
    /// The newest number that was given out; READY has 1.
    pub(crate) seq: u64,
    pub(crate) link: Option<u64>,
    pub(crate) ended: Option<SessionEnd>,
    pub(crate) log: Vec<Logged>,
    /// Frames after `trimmed`, for a Resume.
    buffer: VecDeque<(u64, Bytes)>,
    /// Everything up to here cannot be replayed any more.
    trimmed: u64,
}

impl Session {
    pub(crate) fn new(id: Arc<str>, shard: (u32, u32), intents: u32, link: u64) -> Self {
        Self {
            id,
            shard,
            intents,
            seq: 1,
            link: Some(link),
            ended: None,
            log: Vec::new(),
            buffer: VecDeque::new(),
            trimmed: 0,
        }
    }

    pub(crate) fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    pub(crate) fn keep(&mut self, seq: u64, frame: Bytes, limit: usize) {
        self.buffer.push_back((seq, frame));
        while self.buffer.len() > limit {
            if let Some((seq, _)) = self.buffer.pop_front() {
                self.trimmed = seq;
            }
        }
    }

    /// The frames after `seq`; nothing if some of them are gone.
    pub(crate) fn replay(&self, seq: u64) -> Option<Vec<Bytes>> {
        if seq == 0 || seq < self.trimmed {
            return None;
        }
        let start = self.buffer.partition_point(|(kept, _)| *kept <= seq);
        Some(self.buffer.range(start..).map(|(_, frame)| frame.clone()).collect())
    }

    pub(crate) fn newest(&self) -> Option<&Bytes> {
        self.buffer.back().map(|(_, frame)| frame)
    }

    pub(crate) fn end(&mut self, why: SessionEnd) {
        self.ended.get_or_insert(why);
        self.link = None;
        self.buffer.clear();
    }

    pub(crate) fn view(&self) -> SessionView {
        SessionView {
            id: self.id.to_string(),
            shard: self.shard,
            intents: self.intents,
            seq: self.seq,
            link: self.link,
            ended: self.ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replay_knows_what_it_lost() {
        let mut session = Session::new("s".into(), (0, 1), 1, 9);
        for _ in 0..5 {
            let seq = session.next_seq();
            session.keep(seq, Bytes::from(seq.to_string()), 3);
        }
        let replayed = |seq| session.replay(seq).map(|frames| frames.len());
        assert_eq!(replayed(6), Some(0));
        assert_eq!(replayed(4), Some(2));
        assert_eq!(replayed(3), Some(3));
        assert_eq!(replayed(2), None);
        assert_eq!(replayed(0), None);
    }
}

//! Which events the application has finished: the bookkeeping behind at-least-once delivery.

#[cfg(test)]
mod tests;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use crate::dispatch::Dispatch;
use crate::event::Ready;
use crate::id::ShardIndex;
use crate::session::{LARGEST_SEQ, Session};

/// Knows, for each shard, the session to store: the one whose `seq` is the highest below which everything that was
/// handed out has been finished.
///
/// Tell it of every [`Ready`] and every [`Dispatch`] when they come out of the core, and of each dispatch again when
/// your program is done with it, in any order. Events that were handed out and never finished hold the number back:
/// after a restart the server replays them.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    shards: BTreeMap<ShardIndex, Tracked>,
}

#[derive(Clone, Debug)]
struct Tracked {
    generation: u32,
    session: Session,
    /// Handed out and not yet known to be finished up to here, in the order of handing out.
    open: VecDeque<(u64, bool)>,
}

impl Progress {
    /// Starts with the sessions that the client was given.
    pub fn new(sessions: impl IntoIterator<Item = Session>) -> Self {
        let track = |session: Session| {
            (session.shard_index(), Tracked { generation: 0, session, open: VecDeque::new() })
        };
        Self { shards: sessions.into_iter().map(track).collect() }
    }

    /// A shard has a fresh session.
    pub fn ready(&mut self, ready: &Ready) {
        let tracked =
            Tracked { generation: ready.generation, session: ready.session.clone(), open: VecDeque::new() };
        self.shards.insert(ready.shard, tracked);
    }

    /// An event was handed to the application.
    pub fn delivered(&mut self, dispatch: &Dispatch) {
        // The core does not believe larger ones either.
        let seq = dispatch.seq().filter(|seq| *seq <= LARGEST_SEQ);
        if let (Some(tracked), Some(seq)) = (self.tracked(dispatch), seq) {
            tracked.open.push_back((seq, false));
        }
    }

    /// The application is done with an event.
    pub fn finished(&mut self, dispatch: &Dispatch) {
        let (Some(tracked), Some(seq)) = (self.tracked(dispatch), dispatch.seq()) else {
            return;
        };
        if let Some(entry) = tracked.open.iter_mut().find(|(open, _)| *open == seq) {
            entry.1 = true;
        }
        while let Some(&(seq, true)) = tracked.open.front() {
            tracked.open.pop_front();
            tracked.session.seq = tracked.session.seq.max(seq);
        }
    }

    /// The sessions to store now.
    pub fn sessions(&self) -> Vec<Session> {
        self.shards.values().map(|tracked| tracked.session.clone()).collect()
    }

    /// How many events were handed out and are not finished.
    pub fn unfinished(&self) -> usize {
        self.shards.values().map(|tracked| tracked.open.iter().filter(|(_, done)| !done).count()).sum()
    }

    fn tracked(&mut self, dispatch: &Dispatch) -> Option<&mut Tracked> {
        let tracked = self.shards.get_mut(&dispatch.shard())?;
        (tracked.generation == dispatch.generation()).then_some(tracked)
    }
}

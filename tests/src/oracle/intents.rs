//! P17: what identifies ask for. Written from the platform's list of grants and the decided ladder, not from the core's
//! tables.

use std::collections::BTreeMap;

use qq_proto::{ConnId, ShardIndex};

/// Granted to everyone (bits 0, 1, 30), and with the scenes (bit 25).
const ORDINARY: u32 = 1 | 1 << 1 | 1 << 25 | 1 << 30;
const GROUPS: u32 = 1 << 25;

/// What a connection has asked for by an identify, and how far that is.
#[derive(Clone, Copy, Debug)]
struct Asked {
    bits: u32,
    answered: bool,
}

/// What one client has asked for.
#[derive(Clone, Debug)]
pub(crate) struct Intents {
    whole: u32,
    ladder: bool,
    /// What all identifies ask for at the moment.
    now: u32,
    /// That was refused.
    refused: bool,
    conns: BTreeMap<ConnId, Asked>,
}

impl Intents {
    pub(crate) const fn new(whole: u32, ladder: bool) -> Self {
        Self { whole, ladder, now: whole, refused: false, conns: BTreeMap::new() }
    }

    /// The program has asked for a restart: everything may be asked for again.
    pub(crate) fn restarted(&mut self) {
        if self.now != self.whole {
            (self.now, self.refused) = (self.whole, false);
        }
    }

    /// An identify leaves; what is wrong with it.
    pub(crate) fn identify(&mut self, conn: ConnId, bits: u64) -> Option<String> {
        let Ok(bits) = u32::try_from(bits) else {
            return Some(format!("connection {conn} asks for the intents {bits:#x}, which are too many"));
        };
        // A shard has one connection at a time.
        self.conns.retain(|other, _| other.shard() != conn.shard());
        self.conns.insert(conn, Asked { bits, answered: false });
        if bits == self.now {
            return None;
        }
        let next = [self.whole & ORDINARY, self.whole & GROUPS]
            .into_iter()
            .find(|step| *step != 0 && *step != self.now && step & !self.now == 0);
        let wrong = match next {
            _ if !self.ladder => "the ladder is off",
            _ if bits & !self.now != 0 => "it only leads down",
            Some(next) if next == bits && self.refused => {
                (self.now, self.refused) = (bits, false);
                return None;
            }
            Some(next) if next == bits => "nothing was refused",
            Some(_) | None => "this is no step of it",
        };
        Some(format!("connection {conn} asks for the intents {bits:#x} instead of {:#x}: {wrong}", self.now))
    }

    /// The server has said op 9.
    pub(crate) fn invalid(&mut self, conn: ConnId) {
        let unanswered = self.conns.get(&conn).is_some_and(|asked| !asked.answered);
        if unanswered {
            self.says_no(conn);
        }
    }

    /// The newest identify of a shard was granted.
    pub(crate) fn granted(&mut self, shard: ShardIndex) {
        for (_, asked) in self.conns.iter_mut().filter(|(conn, _)| conn.shard() == shard) {
            asked.answered = true;
        }
    }

    /// The server has closed the connection.
    pub(crate) fn closed(&mut self, conn: ConnId, code: Option<u16>) {
        match code {
            Some(4013 | 4014) => self.says_no(conn),
            Some(4903) => self.invalid(conn),
            Some(_) | None => {}
        }
        self.conns.remove(&conn);
    }

    fn says_no(&mut self, conn: ConnId) {
        // What was no longer asked for is no news.
        self.refused |= self.conns.get(&conn).is_some_and(|asked| asked.bits == self.now);
    }
}

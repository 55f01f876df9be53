//! Waiting for what becomes of messages that are held back.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::{String, ToString};
use core::fmt;
use core::time::Duration;

use crate::api::error::{ApiError, CallError};
use crate::dispatch::Dispatch;
use crate::model::Payload;
use crate::time::Timestamp;

/// What became of a message that was held back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditEnd {
    /// It was sent.
    Passed {
        /// Its id; `None` if the platform did not say.
        message_id: Option<String>,
    },
    /// It was not.
    Rejected,
    /// Nobody said so in time. It may still pass.
    Unknown,
}

/// The end of an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audited {
    /// The audit, as the refusal of the send named it.
    pub audit_id: String,
    /// What became of the message.
    pub end: AuditEnd,
}

/// Matches messages that are held back with the events that tell what became of them.
///
/// A machine like the client: told of sends with [`wait`](Self::wait), of events with [`handle`](Self::handle), of time
/// with [`tick`](Self::tick); [`poll`](Self::poll) gives the ends. An event may come before the reply of its send does,
/// so verdicts that nobody waits for are kept for a while too.
#[derive(Clone)]
pub struct AuditWatch {
    patience: Duration,
    capacity: usize,
    waiting: BTreeMap<String, Timestamp>,
    deadlines: BTreeSet<(Timestamp, String)>,
    /// Came before they were waited for, oldest first.
    early: VecDeque<Audited>,
    ended: VecDeque<Audited>,
}

impl AuditWatch {
    /// How many audits are waited for at once, unless told.
    pub const CAPACITY: usize = 1000;
    /// How long one is waited for, unless told: audits by people take minutes.
    pub const PATIENCE: Duration = Duration::from_secs(30 * 60);

    /// A watch with the usual numbers.
    pub const fn new() -> Self {
        Self::with(Self::CAPACITY, Self::PATIENCE)
    }

    /// A watch for at most so many audits at once, each for so long.
    pub const fn with(capacity: usize, patience: Duration) -> Self {
        Self {
            patience,
            capacity,
            waiting: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            early: VecDeque::new(),
            ended: VecDeque::new(),
        }
    }

    /// Waits for an audit, if the failure of a send is that it waits for one. Says whether it does. When there are too
    /// many, the one that would be given up first ends as unknown.
    pub fn wait_for(&mut self, now: Timestamp, error: &CallError) -> bool {
        match error {
            CallError::Api(ApiError { audit_id: Some(id), .. }) => {
                self.wait(now, id);
                true
            }
            CallError::Api(_)
            | CallError::Transport(_)
            | CallError::TimedOut { .. }
            | CallError::Credentials
            | CallError::Stopped
            | CallError::BadReply(_) => false,
        }
    }

    /// Waits for an audit by its id.
    pub fn wait(&mut self, now: Timestamp, audit_id: &str) {
        if let Some(at) = self.early.iter().position(|audited| audited.audit_id == audit_id) {
            self.ended.extend(self.early.remove(at));
            return;
        }
        if self.waiting.contains_key(audit_id) {
            return;
        }
        let until = now.after(self.patience);
        self.waiting.insert(audit_id.to_string(), until);
        self.deadlines.insert((until, audit_id.to_string()));
        if self.waiting.len() > self.capacity {
            self.give_up_first();
        }
    }

    /// Takes an event. Says whether it was the end of an audit.
    pub fn handle(&mut self, dispatch: &Dispatch) -> bool {
        // Most events are not, and are not decoded for it.
        if !matches!(dispatch.name(), "MESSAGE_AUDIT_PASS" | "MESSAGE_AUDIT_REJECT") {
            return false;
        }
        let Ok(payload) = dispatch.event() else {
            return false;
        };
        let passed = matches!(payload, Payload::MessageAuditPass(_));
        let (Payload::MessageAuditPass(audit) | Payload::MessageAuditReject(audit)) = &payload else {
            return false;
        };
        let message_id = Some(audit.message_id.to_string()).filter(|id| !id.is_empty());
        let end = if passed { AuditEnd::Passed { message_id } } else { AuditEnd::Rejected };
        let audited = Audited { audit_id: audit.audit_id.to_string(), end };
        if let Some(until) = self.waiting.remove(&audited.audit_id) {
            self.deadlines.remove(&(until, audited.audit_id.clone()));
            self.ended.push_back(audited);
        } else if self.early.iter().all(|known| known.audit_id != audited.audit_id) {
            self.early.push_back(audited);
            if self.early.len() > self.capacity {
                self.early.pop_front();
            }
        }
        true
    }

    /// Gives up what was waited for long enough.
    pub fn tick(&mut self, now: Timestamp) {
        while self.deadlines.first().is_some_and(|(until, _)| *until <= now) {
            self.give_up_first();
        }
    }

    fn give_up_first(&mut self) {
        if let Some((_, audit_id)) = self.deadlines.pop_first() {
            self.waiting.remove(&audit_id);
            self.ended.push_back(Audited { audit_id, end: AuditEnd::Unknown });
        }
    }

    /// An audit that has ended.
    pub fn poll(&mut self) -> Option<Audited> {
        self.ended.pop_front()
    }

    /// When to [`tick`](Self::tick) at the latest; `None` while nothing is waited for.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// How many are waited for.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none is waited for.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Default for AuditWatch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AuditWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditWatch")
            .field("waiting", &self.waiting.len())
            .field("early", &self.early.len())
            .field("ended", &self.ended.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;

    use super::*;
    use crate::api::error::Answer;
    use crate::id::ShardIndex;
    use crate::io::HttpResponse;
    use crate::wire::{Incoming, decode};

    fn event(name: &str, audit: &str, message: &str) -> Dispatch {
        let d = format!(r#"{{"audit_id":"{audit}","message_id":"{message}"}}"#);
        let frame = format!(r#"{{"op":0,"s":1,"t":"{name}","id":"i","d":{d}}}"#);
        let Ok(Incoming::Dispatch(parts)) = decode(&frame.into()) else { panic!("no dispatch") };
        Dispatch::new(ShardIndex::new(0), 0, parts)
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn ends(watch: &mut AuditWatch) -> Vec<(String, AuditEnd)> {
        core::iter::from_fn(|| watch.poll()).map(|audited| (audited.audit_id, audited.end)).collect()
    }

    fn passed(id: &str) -> AuditEnd {
        AuditEnd::Passed { message_id: Some(id.into()) }
    }

    #[test]
    fn verdicts_find_their_messages() {
        let mut watch = AuditWatch::with(10, Duration::from_secs(60));
        let reply = r#"{"code":304023,"data":{"message_audit":{"audit_id":"A"}}}"#;
        let Answer::Refused(error) = Answer::sort(&HttpResponse::new(202, reply)) else {
            panic!("no refusal")
        };
        assert!(watch.wait_for(at(0), &error.into()));
        assert!(!watch.wait_for(at(0), &CallError::Stopped));
        watch.wait(at(1), "B");
        assert_eq!((watch.len(), watch.next_deadline()), (2, Some(at(60))));
        assert!(!watch.handle(&event("MESSAGE_DELETE", "A", "")));
        assert!(watch.handle(&event("MESSAGE_AUDIT_REJECT", "B", "")));
        assert!(watch.handle(&event("MESSAGE_AUDIT_PASS", "A", "M")));
        assert_eq!(ends(&mut watch), [("B".into(), AuditEnd::Rejected), ("A".into(), passed("M"))]);
        assert!(watch.is_empty() && watch.next_deadline().is_none());
        // The platform pushes it again.
        assert!(watch.handle(&event("MESSAGE_AUDIT_PASS", "A", "M")));
        assert!(ends(&mut watch).is_empty());
    }

    #[test]
    fn a_verdict_may_be_faster_than_the_reply() {
        let mut watch = AuditWatch::new();
        watch.handle(&event("MESSAGE_AUDIT_PASS", "A", ""));
        watch.handle(&event("MESSAGE_AUDIT_PASS", "A", ""));
        assert!(ends(&mut watch).is_empty());
        watch.wait(at(5), "A");
        assert_eq!(ends(&mut watch), [("A".into(), AuditEnd::Passed { message_id: None })]);
        assert!(watch.is_empty());
    }

    #[test]
    fn nothing_is_waited_for_without_end() {
        let mut watch = AuditWatch::with(10, Duration::from_secs(60));
        watch.wait(at(0), "A");
        watch.wait(at(30), "A");
        watch.tick(at(59));
        assert!(ends(&mut watch).is_empty());
        watch.tick(at(60));
        assert_eq!(ends(&mut watch), [("A".into(), AuditEnd::Unknown)]);
        assert_eq!(watch.next_deadline(), None);
    }

    #[test]
    fn it_does_not_grow() {
        let mut watch = AuditWatch::with(2, Duration::from_secs(60));
        for (second, id) in (0..).zip(["A", "B", "C"]) {
            watch.wait(at(second), id);
        }
        assert_eq!((watch.len(), ends(&mut watch)), (2, alloc::vec![("A".into(), AuditEnd::Unknown)]));
        for id in ["X", "Y", "Z"] {
            watch.handle(&event("MESSAGE_AUDIT_REJECT", id, ""));
        }
        watch.wait(at(9), "X");
        assert!(watch.waiting.contains_key("X"), "the oldest verdict is kept");
        watch.wait(at(9), "Y");
        assert_eq!(ends(&mut watch).last(), Some(&("Y".into(), AuditEnd::Rejected)));
    }
}

//! A test for each row, and the properties.

mod properties;
mod rows;
mod store;
mod words;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use super::*;
use crate::dispatch::Dispatch;
use crate::id::ShardIndex;
use crate::wire::Incoming;

fn ms(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn person(id: &str) -> Conversation {
    Conversation::new(Scene::C2c, id)
}

fn group(id: &str) -> Conversation {
    Conversation::new(Scene::Group, id)
}

fn message_in(conversation: &Conversation, id: &str) -> ReplyTo {
    ReplyTo::new(conversation.scene(), conversation.target(), Trigger::Message(id.into()))
}

/// An event as it comes out of the core.
fn dispatch(name: &str, body: &str) -> Dispatch {
    let frame = format!(r#"{{"op":0,"s":1,"t":"{name}","id":"{name}:e1","d":{body}}}"#);
    let Incoming::Dispatch(parts) = crate::wire::decode(&Bytes::from(frame)).unwrap() else {
        panic!("no dispatch");
    };
    Dispatch::new(ShardIndex::new(0), 0, parts)
}

/// A ledger with a clock, whose outputs are read as short texts.
struct Desk {
    ledger: Ledger<&'static str>,
    now: u64,
    grants: BTreeMap<SendId, Grant<&'static str>>,
    backs: Vec<Message<&'static str>>,
}

impl Desk {
    fn new(settings: Settings) -> Self {
        let (grants, backs) = (BTreeMap::new(), Vec::new());
        Self { ledger: Ledger::new(settings), now: 1000, grants, backs }
    }

    fn usual() -> Self {
        Self::new(Settings::default())
    }

    fn at(&mut self, secs: u64) -> Vec<String> {
        self.now = secs * 1000;
        self.tell(Input::Tick)
    }

    fn tell(&mut self, input: Input<'_>) -> Vec<String> {
        self.ledger.handle(ms(self.now), input);
        self.drain()
    }

    fn came(&mut self, conversation: &Conversation, id: &str) -> Vec<String> {
        self.tell(Input::Arrived(&message_in(conversation, id)))
    }

    fn event(&mut self, name: &str, body: &str) -> Vec<String> {
        self.tell(Input::Dispatch(&dispatch(name, body)))
    }

    fn send(&mut self, message: Message<&'static str>) -> Vec<String> {
        self.ledger.send(ms(self.now), message).unwrap();
        self.drain()
    }

    fn answer(&mut self, to: &ReplyTo, text: &'static str) -> Vec<String> {
        self.send(Message::answer(to, Kind::Text, text))
    }

    fn ended(&mut self, id: u64, outcome: Outcome) -> Vec<String> {
        self.tell(Input::Outcome { id: SendId(id), outcome })
    }

    fn refused(&mut self, id: u64, code: i64) -> Vec<String> {
        self.ended(id, Outcome::Refused(code))
    }

    /// All outputs, and the contract: after a full drain the deadline lies ahead.
    fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(output) = self.ledger.poll_output() {
            lines.push(match output {
                Output::Go(grant) => {
                    let trigger = grant.reply_to.as_ref().map(|to| match to.trigger() {
                        Trigger::Message(id) | Trigger::Event(id) => id.as_str(),
                    });
                    let line = format!(
                        "go {} {:?} {} {}",
                        grant.payload,
                        grant.route.way,
                        trigger.unwrap_or("-"),
                        grant.seq.map_or("-".to_string(), |seq| seq.to_string())
                    );
                    self.grants.insert(grant.id, *grant);
                    line
                }
                Output::Held { id, route } => format!("held {} {:?}", id.0, route.verdict()),
                Output::Done { id, route, under_audit } => {
                    let audit = if under_audit { " audit" } else { "" };
                    format!("done {} left {:?}{audit}", id.0, route.left)
                }
                Output::Back { id, message, why, .. } => {
                    self.backs.push(*message);
                    format!("back {} {why:?}", id.0)
                }
            });
        }
        if let Some(deadline) = self.ledger.next_deadline() {
            assert!(deadline.at > self.ledger.now, "{deadline:?} is not ahead of {}", self.ledger.now);
        }
        lines
    }
}

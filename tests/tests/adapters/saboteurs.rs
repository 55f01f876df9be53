//! Bots that do wrong, each in one way.

use std::time::Duration;

use qq_testkit::conformance::{News, Received, Subject, Target};

use crate::bots;

/// A bot that does wrong.
pub(crate) struct Saboteur {
    pub(crate) does: &'static str,
    /// What the report has to say about it.
    pub(crate) caught_by: &'static str,
    pub(crate) make: fn() -> Box<dyn Subject>,
}

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur {
            does: "hides its second event",
            caught_by: "missing",
            make: || wrong(|events| drop(events.remove(0))),
        },
        Saboteur {
            does: "hands out its second event twice",
            caught_by: "received twice",
            make: || wrong(|events| events.push(events[0].clone())),
        },
        Saboteur {
            does: "makes an event up",
            caught_by: "never sent",
            make: || {
                wrong(|events| {
                    let id = Some("C2C_MESSAGE_CREATE:made-up".to_owned());
                    events.push(Received { id, ..events[0].clone() });
                })
            },
        },
        Saboteur {
            does: "miscounts",
            caught_by: "received as number",
            make: || wrong(|events| events[0].seq = Some(77)),
        },
        Saboteur {
            does: "does not answer",
            caught_by: "unanswered",
            make: || Box::new(Wrong { echo: false, ..Wrong::new(|_| ()) }),
        },
        Saboteur {
            does: "leaves its connection behind",
            caught_by: "left open",
            make: || Box::new(Wrong { stops: false, ..Wrong::new(|_| ()) }),
        },
    ]
}

/// A bot that is right but for what is done to its second event, and in two other ways if wanted.
struct Wrong {
    inner: Box<dyn Subject>,
    change: fn(&mut Vec<Received>),
    seen: usize,
    waiting: Vec<Received>,
    echo: bool,
    stops: bool,
}

fn wrong(change: fn(&mut Vec<Received>)) -> Box<dyn Subject> {
    Box::new(Wrong::new(change))
}

impl Wrong {
    fn new(change: fn(&mut Vec<Received>)) -> Self {
        Self { inner: bots::blocking(), change, seen: 0, waiting: Vec::new(), echo: true, stops: true }
    }
}

impl Subject for Wrong {
    fn start(&mut self, target: &Target) -> Result<(), String> {
        let mut target = target.clone();
        target.echo &= self.echo;
        self.inner.start(&target)
    }

    fn next(&mut self, at_most: Duration) -> News {
        if let Some(event) = self.waiting.pop() {
            return News::Event(event);
        }
        match self.inner.next(at_most) {
            News::Event(event) => {
                self.seen += 1;
                let mut events = vec![event];
                if self.seen == 2 {
                    (self.change)(&mut events);
                }
                self.waiting = events;
                self.waiting.pop().map_or(News::Nothing, News::Event)
            }
            other @ (News::Nothing | News::Halted(_) | News::Ended(_)) => other,
        }
    }

    fn stop(&mut self) -> Result<(), String> {
        if self.stops { self.inner.stop() } else { Ok(()) }
    }
}

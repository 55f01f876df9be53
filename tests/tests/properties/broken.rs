//! Clients that break one sentence of the contract.

use std::cell::Cell;
use std::collections::VecDeque;

use qq_proto::{
    Action, Client, Config, ConnId, Deadline, HttpId, Input, Output, Signal, Timestamp, TransportError, Wake,
};
use qq_testkit::world::Subject;

/// What a client does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Takes a word of an unknown connection for one of its newest.
    PassesStrangersOn,
    /// Cannot bear ids it does not know.
    PanicsAtStrangers,
    /// Hands out the newest output first.
    PopsTheNewest,
    /// Makes time pass when an output is popped.
    WorksWhilePopping,
    /// Is due at once, always.
    AlwaysDue,
    /// Serves deadlines a second too early.
    Early,
    /// Makes up for every deadline that was missed.
    CatchesUp,
    /// Takes a clock that goes back for one that goes on.
    TakesAnyTime,
    /// Serves timers before the input that comes with them.
    TimersFirst,
    /// Waits for Hello and READY for ever.
    WaitsForHello,
    /// Waits for HTTP replies for ever.
    WaitsForReplies,
    /// Does something else in each life.
    Moody,
}

pub(crate) struct Broken {
    how: How,
    client: Client,
    out: VecDeque<Output>,
    now: Timestamp,
    life: u16,
    conns: Vec<ConnId>,
    over: Vec<ConnId>,
    exchanges: Vec<HttpId>,
}

impl Broken {
    pub(crate) fn make(how: How) -> impl Fn(Config, Timestamp) -> Box<dyn Subject> {
        let lives = Cell::new(0);
        move |config, now| {
            lives.set(lives.get() + 1);
            let client = Client::new(config, now).unwrap();
            let (conns, over, exchanges) = (Vec::new(), Vec::new(), Vec::new());
            let mut broken =
                Self { how, client, out: VecDeque::new(), now, life: lives.get(), conns, over, exchanges };
            broken.collect();
            Box::new(broken)
        }
    }

    fn collect(&mut self) {
        while let Some(mut output) = self.client.poll_output() {
            match &mut output {
                Output::Action(Action::Connect { conn, .. }) => self.conns.push(*conn),
                Output::Action(Action::Http { id, .. }) => self.exchanges.push(*id),
                Output::Action(Action::Disconnect { conn, code }) => {
                    self.over.push(*conn);
                    if self.how == How::Moody {
                        *code += self.life;
                    }
                }
                Output::Action(Action::Send { .. }) | Output::Event(_) => {}
            }
            self.out.push_back(output);
        }
    }

    const fn waits_for_ever(&self, wake: Wake) -> bool {
        let handshake = matches!(wake, Wake::Handshake(_));
        let reply = matches!(wake, Wake::Token | Wake::Discovery | Wake::Call);
        handshake && matches!(self.how, How::WaitsForHello)
            || reply && matches!(self.how, How::WaitsForReplies)
    }

    fn knows(&self, input: &Input) -> bool {
        match input {
            Input::Conn { conn, .. } => self.conns.contains(conn) && !self.over.contains(conn),
            Input::Http { id, .. } => self.exchanges.contains(id),
            Input::Tick | Input::IdentifySlot { .. } => true,
        }
    }
}

impl Subject for Broken {
    fn handle(&mut self, now: Timestamp, mut input: Input) {
        let mut at = now;
        match self.how {
            How::PassesStrangersOn => {
                if let (false, Some(newest)) = (self.knows(&input), self.conns.last().copied()) {
                    let signal = Signal::Failed(TransportError::Broken);
                    input = Input::Conn { conn: newest, signal };
                }
            }
            How::PanicsAtStrangers => assert!(self.knows(&input), "an unknown id"),
            How::Early => at = Timestamp::from(now.since_start() + std::time::Duration::from_secs(1)),
            How::CatchesUp => {
                while let Some(deadline) = self.client.next_deadline().filter(|deadline| deadline.at < now) {
                    self.client.handle(deadline.at, Input::Tick);
                    self.collect();
                }
            }
            How::TakesAnyTime if now < self.now => at = self.now.after(self.now.since(now)),
            How::TimersFirst => self.client.handle(now, Input::Tick),
            How::WaitsForHello | How::WaitsForReplies => {
                // Nothing that would pass the deadline is let through, but for an answer.
                let due = self.client.next_deadline().filter(|deadline| deadline.at <= now);
                if due.is_some_and(|deadline| self.waits_for_ever(deadline.why)) {
                    at = self.now;
                }
            }
            How::TakesAnyTime | How::PopsTheNewest | How::WorksWhilePopping | How::AlwaysDue | How::Moody => {
            }
        }
        self.now = self.now.max(at);
        self.client.handle(at, input);
        self.collect();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.collect();
        if self.how == How::PopsTheNewest {
            return self.out.pop_back();
        }
        let output = self.out.pop_front()?;
        if self.how == How::WorksWhilePopping {
            self.now = self.now.after(std::time::Duration::from_secs(1));
            self.client.handle(self.now, Input::Tick);
            self.collect();
        }
        Some(output)
    }

    fn next_deadline(&self) -> Option<Deadline> {
        if !self.out.is_empty() {
            return Some(Deadline { at: self.now, why: Wake::Outputs });
        }
        if self.how == How::AlwaysDue {
            return Some(Deadline { at: self.now, why: Wake::Token });
        }
        self.client.next_deadline().filter(|deadline| !self.waits_for_ever(deadline.why))
    }

    fn client(&self) -> &Client {
        &self.client
    }

    fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

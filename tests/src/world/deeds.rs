//! Faults, carried out.

use std::time::Duration;

use qq_proto::{Input, Restart, ShardIndex, Signal, TransportError};

use super::{Address, Happening, World};
use crate::faults::{Deed, Fault, Lost};
use crate::platform::Incident;

impl World<'_> {
    /// Perhaps something goes wrong.
    pub(super) fn draw_fault(&mut self) {
        let (classes, shards) = (self.plan.classes(), self.plan.shards);
        let clients = u32::try_from(self.processes.len()).unwrap_or(1);
        if let Some(fault) = Fault::draw(self.choices.0, &classes, shards, clients) {
            self.play(fault);
        }
    }

    /// Plays a fault. `false` if there was nothing it could happen to.
    pub(super) fn play(&mut self, fault: Fault) -> bool {
        if !self.carry(fault.deed(), &fault) {
            return false;
        }
        self.figures.faults += 1;
        self.trace.faults.push((self.now, fault));
        self.effects();
        true
    }

    fn carry(&mut self, deed: Deed, fault: &Fault) -> bool {
        match deed {
            Deed::Platform(incident) => {
                // The story is told in the order of causes.
                let rotated = matches!(incident, Incident::RotateSecret { .. });
                if let Incident::ServerHeartbeat { shard } = incident {
                    self.ledger.asked.extend(self.newest_link(shard));
                }
                if !self.platform.apply(self.now, incident) {
                    return false;
                }
                self.note(fault.to_string());
                if rotated {
                    self.figures.rotations += 1;
                }
                true
            }
            Deed::Cut { shard } => self.on_link(shard, fault, |world, number| {
                world.break_bot_end(number);
                world.lose(number, Lost::Both);
                let end = crate::platform::Request::HangUp { link: number, code: None };
                world.platform.handle(world.now, end);
            }),
            Deed::HalfOpen { shard, lost } => {
                self.on_link(shard, fault, |world, number| world.lose(number, lost))
            }
            Deed::BreakBotEnd { shard } => self.on_link(shard, fault, |world, number| {
                world.break_bot_end(number);
                world.lose(number, Lost::Both);
            }),
            Deed::Stall { shard, millis } => self.on_link(shard, fault, |world, number| {
                let until = world.now + Duration::from_millis(u64::from(millis));
                world.ledger.disturbed.insert(number);
                world.ledger.stalled_until = world.ledger.stalled_until.max(until + Duration::from_secs(10));
                if let Some(link) = world.links.get_mut(&number) {
                    link.to_bot = link.to_bot.max(until);
                    link.to_server = link.to_server.max(until);
                }
            }),
            Deed::LoseHttp { times, acted } => {
                self.note(fault.to_string());
                self.lose_http = (times, acted);
                true
            }
            Deed::LoseDials { times, told } => {
                self.note(fault.to_string());
                self.lose_dials = (times, told);
                true
            }
            Deed::Crash { client, seconds } => self.on_client(client, fault, |world, at| {
                world.end_process(at, seconds);
            }),
            Deed::Stop { client, seconds } => self.on_client(client, fault, |world, at| {
                world.stop(at.client);
                let due = world.now + Duration::from_secs(2);
                world.schedule(due, Happening::Leave { at, seconds });
            }),
            Deed::Pause { client, seconds } => {
                self.on_client(client, fault, |world, at| world.stop_reading(at, seconds))
            }
            Deed::Restart { shard, fresh } => {
                let how = if fresh { Restart::Fresh } else { Restart::Resume };
                let Some(at) = self.client_of(shard) else {
                    return false;
                };
                self.note(fault.to_string());
                let now = self.stamp();
                if let Some(driven) = self.alive(at).and_then(|process| process.driven.as_mut()) {
                    let outputs = driven.restart(now, ShardIndex::new(shard), how);
                    self.carry_out(at, outputs);
                }
                true
            }
        }
    }

    /// The client that runs a shard now.
    fn client_of(&self, shard: u32) -> Option<Address> {
        (0..self.processes.len()).map(|client| self.address(client)).find(|at| {
            self.processes
                .get(at.client)
                .and_then(|process| process.driven.as_ref().filter(|_| !process.stopping))
                .is_some_and(|driven| {
                    driven.client().shards().any(|view| view.index() == ShardIndex::new(shard))
                })
        })
    }

    fn on_client(&mut self, client: u32, fault: &Fault, act: impl FnOnce(&mut Self, Address)) -> bool {
        let at = self.address(usize::try_from(client).unwrap_or(usize::MAX));
        if self.alive(at).is_none_or(|process| process.stopping) {
            return false;
        }
        self.note(fault.to_string());
        act(self, at);
        true
    }

    fn newest_link(&self, shard: u32) -> Option<u64> {
        self.links
            .iter()
            .rev()
            .find(|(_, link)| link.conn.shard().get() == shard && !link.over)
            .map(|(number, _)| *number)
    }

    /// Acts on the newest connection of a shard that is not over at the bot's end.
    fn on_link(&mut self, shard: u32, fault: &Fault, act: impl FnOnce(&mut Self, u64)) -> bool {
        let Some(number) = self.newest_link(shard) else {
            return false;
        };
        self.note(fault.to_string());
        act(self, number);
        true
    }

    fn lose(&mut self, number: u64, lost: Lost) {
        self.ledger.disturbed.insert(number);
        if let Some(link) = self.links.get_mut(&number) {
            link.loses_to_bot |= lost != Lost::FromBot;
            link.loses_to_server |= lost != Lost::ToBot;
        }
    }

    /// The bot's end of a connection breaks, and the bot is told a moment later.
    fn break_bot_end(&mut self, number: u64) {
        let delay = self.delay();
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        link.over = true;
        let at = link.at;
        let input = Input::Conn { conn: link.conn, signal: Signal::Failed(TransportError::Broken) };
        self.schedule(self.now + delay, Happening::ToBot { at, input, link: None });
    }

    fn stop_reading(&mut self, at: Address, seconds: u32) {
        let until = self.now + Duration::from_secs(u64::from(seconds));
        if let Some(process) = self.alive(at) {
            process.paused_until = process.paused_until.max(until);
        }
        self.tell_reading(at, || Signal::ReadPaused);
        self.schedule(until, Happening::ReadAgain { at });
    }

    pub(super) fn read_again(&mut self, at: Address) {
        let now = self.now;
        if self.alive(at).is_some_and(|process| process.paused_until <= now) {
            self.tell_reading(at, || Signal::ReadResumed);
            let kept: Vec<u64> = self
                .links
                .iter()
                .filter(|(_, link)| link.at == at && !link.held.is_empty())
                .map(|(number, _)| *number)
                .collect();
            for number in kept {
                let held = self.links.get_mut(&number).map(|link| std::mem::take(&mut link.held));
                for input in held.into_iter().flatten() {
                    self.arrive(at, input, Some(number));
                }
            }
        }
    }

    fn tell_reading(&mut self, at: Address, signal: impl Fn() -> Signal) {
        let conns: Vec<_> = self
            .links
            .values()
            .filter(|link| link.at == at && link.opened && !link.over)
            .map(|link| link.conn)
            .collect();
        for conn in conns {
            let signal = signal();
            self.feed(at, Input::Conn { conn, signal });
        }
    }
}

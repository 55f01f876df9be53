//! The application: it takes events, finishes them later, answers some, stores sessions, and comes back after a stop.

use std::time::Duration;

use qq_proto::{
    Action, Config, Dispatch, Event, Fault, Halt, Hosts, IdentifySlots, Intents, Leave, Output, PhaseName,
    Progress, Reply, ReplyTo, Restart, Scene, Secret, ShardIndex, Shards, TextReply, Trigger,
};

use super::{Address, Happening, World};
use crate::oracle::{Driven, Expect};
use crate::platform::{Inbound, Pushed};

/// Answers are tried only while the platform takes them in every scene.
const ANSWERABLE: Duration = Duration::from_secs(200);
/// Someone looks at a halted bot after this.
const MENDED: Duration = Duration::from_secs(30);
/// Whose messages reach the program on another way than the gateway.
const ELSEWHERE: &str = "5E1F0000000000000000000000000A01";
/// A limiter outside keeps identifies this far apart.
const GRANTS: Duration = Duration::from_millis(5_500);

impl World<'_> {
    /// A process starts, with what is on its disk.
    pub(super) fn come_back(&mut self, client: usize) {
        let (first, count) = self.plan.range(u32::try_from(client).unwrap_or(0));
        let shards = if self.plan.shardless {
            Shards::None
        } else if self.plan.clients > 1 || self.plan.shards > 4 {
            Shards::Range { first, count, total: self.plan.shards }
        } else {
            Shards::Advised
        };
        let slots = if self.plan.clients > 1 { IdentifySlots::Granted } else { IdentifySlots::Own };
        let Some(process) = self.processes.get_mut(client) else {
            return;
        };
        process.life += 1;
        let config = Config::new(
            self.platform.config().app_id.clone(),
            Secret::new(self.platform.config().secret.expose()),
        )
        .with_seed(u64::from(process.life) << 8 | u64::try_from(client).unwrap_or(0))
        .with_shards(shards)
        .with_hosts(Hosts::current())
        .with_intents(Intents::default() | Intents::DIRECT_MESSAGE)
        .with_intents_ladder(self.plan.ladder)
        .with_identify_slots(slots)
        .with_sessions(process.disk.clone());
        let expect = Expect {
            dutiful: !self.plan.host,
            concurrency: Some(self.plan.concurrency),
            sessions: true,
            costly_every: self.plan.costly_every,
        };
        process.progress = Progress::new(process.disk.clone());
        process.tickets.clear();
        process.paused_until = Duration::ZERO;
        process.asleep_until = Duration::ZERO;
        (process.stopping, process.stopped) = (false, false);
        process.stale = None;
        let life = process.life;
        let (driven, outputs) = Driven::new(self.make.0, config, self.stamp(), expect);
        if let Some(process) = self.processes.get_mut(client) {
            process.driven = Some(driven);
        }
        if life > 1 {
            self.note(format!("client {client} is back"));
        }
        self.carry_out(Address { client, life }, outputs);
    }

    /// A process is gone, with its sockets and exchanges.
    pub(super) fn end_process(&mut self, at: Address, seconds: u32) {
        let make = self.make.0;
        let Some(process) = self.alive(at) else {
            return;
        };
        let Some(mut driven) = process.driven.take() else {
            return;
        };
        driven.check_repeatable(make);
        self.collect(&mut driven);
        let conns: Vec<_> =
            self.links.values().filter(|link| link.at == at && !link.over).map(|link| link.conn).collect();
        for conn in conns {
            self.hang_up(at, conn, None);
        }
        self.exchanges.retain(|_, exchange| exchange.at != at);
        let due = self.now + Duration::from_secs(u64::from(seconds));
        self.schedule(due, Happening::Return { client: at.client });
    }

    /// News from a client.
    pub(super) fn news(&mut self, at: Address, event: Event) {
        match event {
            Event::Ready(ready) => {
                self.note(format!("shard {} has a new session", ready.shard));
                if let Some(process) = self.alive(at) {
                    process.progress.ready(&ready);
                    process.disk = process.progress.sessions();
                }
            }
            Event::Resumed { shard, replayed } => {
                self.note(format!("shard {shard} goes on after {replayed} replayed events"));
            }
            Event::Dispatch(dispatch) => self.delivered(at, dispatch),
            Event::Reply(reply) => self.replied(at, &reply),
            Event::Moved { shard, to, why, .. } => self.note(format!("shard {shard} is {to}: {why}")),
            Event::Fault(fault) => {
                self.note(fault.to_string());
                if let Fault::SessionsDropped { shards, .. } = fault {
                    let disk = self.alive(at).map(|process| process.disk.clone()).unwrap_or_default();
                    for session in disk.iter().filter(|session| session.shards != shards) {
                        self.ledger.gave_up(&session.id);
                    }
                }
            }
            Event::Halted { reason: Halt::Stopped, .. } => {}
            Event::Halted { shard, reason } => {
                self.note(format!("shard {shard} is halted: {reason}"));
                let due = self.now + MENDED;
                self.schedule(due, Happening::Mend { at, shard });
            }
            Event::IdentifySlotWanted { shard } => {
                let due = self.now.max(self.next_grant);
                self.next_grant = due + GRANTS;
                self.schedule(due, Happening::Grant { at, shard });
            }
            Event::Stopped => {
                if let Some(process) = self.alive(at) {
                    process.stopped = true;
                }
            }
            _ => {}
        }
    }

    fn delivered(&mut self, at: Address, dispatch: Dispatch) {
        let (id, seq) = (dispatch.id().unwrap_or_default().to_owned(), dispatch.seq().unwrap_or_default());
        self.ledger.delivered(&id, seq);
        let fresh = self.pushed.get(&id).is_some_and(|pushed| self.now.saturating_sub(*pushed) < ANSWERABLE);
        if let Some(process) = self.alive(at) {
            process.progress.delivered(&dispatch);
        }
        if fresh && dispatch.reply_to().is_some() && self.pick("answer", 3) == 0 {
            let due = self.now + self.pause("answering");
            let dispatch = dispatch.clone();
            self.schedule(due, Happening::Answer { at, dispatch });
        }
        let finish = self.pause("finishing");
        self.schedule(self.now + finish, Happening::Finish { at, dispatch });
    }

    /// How long an application takes for something.
    fn pause(&mut self, what: &'static str) -> Duration {
        let at = usize::try_from(self.pick(what, 4)).unwrap_or(0);
        Duration::from_millis([0, 30, 400, 3_000].get(at).copied().unwrap_or(0))
    }

    pub(super) fn finish(&mut self, at: Address, dispatch: &Dispatch) {
        if let Some(process) = self.alive(at) {
            process.progress.finished(dispatch);
            process.disk = process.progress.sessions();
        }
    }

    pub(super) fn answer(&mut self, at: Address, dispatch: &Dispatch) {
        let Some(to) = dispatch.reply_to() else {
            return;
        };
        // The platform drops second copies in these scenes, so there must be one at most.
        let once = if matches!(to.scene(), Scene::C2c | Scene::Group) { "once" } else { "again" };
        let content = format!("{once} {}", dispatch.id().unwrap_or_default());
        self.submit(at, to, content);
    }

    /// Someone writes to the bot, and the first client's program answers although no event came through the gateway.
    pub(super) fn message_elsewhere(&mut self) {
        self.texts += 1;
        let author = Some(ELSEWHERE.to_owned());
        let text = format!("text {}", self.texts);
        let inbound = Inbound { author, ..Inbound::new(crate::platform::Scene::C2c, text) };
        let Pushed { event_id, message_id, .. } = self.platform.push_message(self.now, &inbound);
        self.effects();
        let Some(message) = message_id else {
            unreachable!("messages have ids");
        };
        let to = ReplyTo::new(Scene::C2c, ELSEWHERE, Trigger::Message(message));
        let content = format!("once {event_id}");
        self.submit(self.address(0), to, content);
    }

    fn submit(&mut self, at: Address, to: ReplyTo, content: String) {
        let now = self.stamp();
        let Some(process) = self.alive(at) else {
            return;
        };
        let Some(driven) = process.driven.as_mut() else {
            return;
        };
        let (taken, outputs) = driven.reply(now, TextReply::new(to, content.clone()));
        if let Ok(ticket) = taken {
            process.tickets.insert(ticket.id(), (ticket, content));
            self.figures.calls += 1;
        }
        self.carry_out(at, outputs);
    }

    fn replied(&mut self, at: Address, reply: &Reply) {
        let Some((ticket, content)) = self.alive(at).and_then(|process| process.tickets.remove(&reply.id()))
        else {
            return;
        };
        match reply.claim(&ticket) {
            Some(Ok(_)) => {
                self.figures.delivered_replies += 1;
                self.ledger.reported(&content);
            }
            Some(Err(error)) => self.note(format!("a reply failed: {error}")),
            None => {}
        }
    }

    /// Someone mends what halted a shard.
    pub(super) fn mend(&mut self, at: Address, shard: ShardIndex) {
        let secret = Secret::new(self.platform.config().secret.expose());
        let now = self.stamp();
        let Some(driven) = self.alive(at).and_then(|process| process.driven.as_mut()) else {
            return;
        };
        let mut outputs = Vec::new();
        if driven.client().config().secret != secret {
            outputs = driven.set_secret(now, &secret);
        }
        let halted =
            driven.client().shards().any(|view| view.index() == shard && view.phase() == PhaseName::Halted);
        if halted {
            outputs.extend(driven.restart(now, shard, Restart::Resume));
        }
        self.note(format!("someone mends shard {shard}"));
        self.carry_out(at, outputs);
    }

    /// Stops a client in order; it has a moment for its calls.
    pub(super) fn stop(&mut self, client: usize) {
        let (at, now) = (self.address(client), self.stamp());
        let Some(process) = self.alive(at).filter(|process| !process.stopping) else {
            return;
        };
        process.stopping = true;
        if let Some(driven) = process.driven.as_mut() {
            let outputs = driven.stop(now, Leave::Resumable);
            let quiet =
                outputs.iter().all(|output| !matches!(output, Output::Action(Action::Connect { .. })));
            debug_assert!(quiet, "a client that stops opens no connection");
            self.carry_out(at, outputs);
        }
    }

    /// Someone writes to the bot.
    pub(super) fn traffic(&mut self) {
        use crate::platform::Scene as S;
        let scene = [S::C2c, S::Group, S::Guild, S::Dm]
            .get(usize::try_from(self.pick("scene", 4)).unwrap_or(0))
            .copied()
            .unwrap_or(S::C2c);
        let shard = self.pick("shard", self.plan.shards);
        self.texts += 1;
        let mut inbound = Inbound::new(scene, format!("text {}", self.texts));
        if scene == S::Guild {
            // The guild decides about the shard.
            inbound.guild = Some((u64::from(shard) << 22 | 1).to_string());
        }
        let Pushed { event_id, .. } = self.platform.push_message(self.now, &inbound);
        self.pushed.insert(event_id, self.now);
        self.effects();
    }
}

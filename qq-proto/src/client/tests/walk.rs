//! A blind walk: whatever the surroundings do, in whatever order, the books of [`Bot`](super::Bot) stay right, every
//! secret stays hidden, and once they behave everything is live again.

use alloc::format;
use alloc::vec::Vec;

use super::{Bot, TOKEN, Way, at, config, limits};
use crate::api::{ApiRequest, RawCall, Repeat, ReplyTo, Scene, TextReply, Trigger};
use crate::client::Restart;
use crate::config::{IdentifySlots, Shards};
use crate::event::PhaseName;
use crate::id::{ConnId, HttpId, ShardIndex};
use crate::io::{HttpResponse, Input, Method, Signal, TransportError};
use crate::rng::Rng;

struct Walk {
    bot: Bot,
    rng: Rng,
    tokens: u32,
    old: Vec<ConnId>,
    seq: u64,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut config = config().with_seed(seed);
        config.shards = [Shards::Advised, Shards::all(1), Shards::all(3)][below(&mut rng, 3)];
        config.limits.calls = 20;
        config.limits.calls_in_flight = 4;
        if below(&mut rng, 4) == 0 {
            config.identify_slots = IdentifySlots::Granted;
        }
        Self { bot: Bot::new(config), rng, tokens: 0, old: Vec::new(), seq: 100 }
    }

    fn below(&mut self, end: usize) -> usize {
        below(&mut self.rng, end)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[below(&mut self.rng, from.len())]
    }

    fn token_body(&mut self) -> alloc::string::String {
        // Now and then the same value as before.
        if self.below(3) > 0 {
            self.tokens += 1;
        }
        let left = self.pick(&["\"7200\"", "7200", "60", "1", "0", "\"x\""]);
        self.bot.hide(&format!("tok{}en", self.tokens));
        format!(r#"{{"access_token":"tok{}en","expires_in":{left}}}"#, self.tokens)
    }

    fn http(&mut self) {
        let Some((id, url)) = self.some_exchange() else { return };
        let error = self.pick(&[TransportError::Dns, TransportError::Broken, TransportError::Timeout]);
        let odd = self.pick(&[
            (500, ""),
            (502, "<html>"),
            (504, ""),
            (401, "{}"),
            (401, r#"{"code":11244}"#),
            (429, "{}"),
            (200, "<html>"),
            (200, r#"{"code":100001}"#),
            (400, r#"{"err_code":40054005}"#),
            (200, "{}"),
            (403, ""),
        ]);
        let result = match self.below(8) {
            0 => Err(error),
            1 => Ok(HttpResponse::new(odd.0, odd.1)),
            2 if self.below(20) == 0 => Ok(HttpResponse::new(200, r#"{"code":100016}"#)),
            _ if url.ends_with(TOKEN) => Ok(HttpResponse::new(200, self.token_body())),
            _ if url.ends_with("/gateway/bot") || url.ends_with("/gateway") => {
                let remaining = self.pick(&[0, 1, 5, 1000]);
                let reset = self.pick(&[0, 1000, 30_000]);
                let max = self.pick(&[0, 1, 2, 50]);
                Ok(HttpResponse::new(200, limits(2, remaining, reset, max)))
            }
            _ => Ok(HttpResponse::new(200, r#"{"id":"x"}"#)),
        };
        // Sometimes it is answered and the exchange is still thought open: an answer that comes twice.
        if self.below(10) > 0 {
            self.bot.exchanges.remove(&id);
        }
        self.bot.handle(Input::Http { id, result });
    }

    fn some_exchange(&mut self) -> Option<(HttpId, alloc::string::String)> {
        let all: Vec<_> = self.bot.exchanges.iter().map(|(id, request)| (*id, request.url.clone())).collect();
        if all.is_empty() {
            return None;
        }
        let at = self.below(all.len());
        all.into_iter().nth(at)
    }

    fn conn(&mut self) {
        let mut conns: Vec<_> = self.bot.conns.values().copied().collect();
        if self.below(10) == 0 {
            // A late word.
            conns.extend(&self.old);
        }
        if conns.is_empty() {
            return;
        }
        let conn = self.pick(&conns);
        self.seq += 1;
        let seq = self.seq;
        let frame = match self.below(14) {
            0 | 1 => r#"{"op":10,"d":{"heartbeat_interval":40000}}"#.into(),
            2 => r#"{"op":10,"d":{"heartbeat_interval":200}}"#.into(),
            3 | 4 => format!(
                r#"{{"op":0,"s":{seq},"t":"READY","d":{{"session_id":"S{seq}","user":{{"id":"1"}}}}}}"#
            ),
            5 => format!(r#"{{"op":0,"s":{seq},"t":"RESUMED","d":""}}"#),
            6 | 7 => format!(r#"{{"op":0,"s":{seq},"t":"X","id":"i{}","d":{{}}}}"#, seq / 2),
            8 => r#"{"op":11}"#.into(),
            9 => r#"{"op":1}"#.into(),
            10 => r#"{"op":7}"#.into(),
            11 => r#"{"op":9,"d":true}"#.into(),
            12 => r#"{"op":9,"d":false}"#.into(),
            _ => "garbage".into(),
        };
        let code = self.pick(&[
            None,
            Some(4009),
            Some(4004),
            Some(4006),
            Some(4008),
            Some(4903),
            Some(4001),
            Some(4014),
            Some(1000),
        ]);
        let signal = match self.below(20) {
            0..4 => Signal::Opened,
            4 => Signal::Closed { code },
            5 => Signal::Failed(TransportError::Broken),
            6 => Signal::ReadPaused,
            7 | 8 => Signal::ReadResumed,
            _ => Signal::Text(frame.into()),
        };
        self.old.push(conn);
        self.old.truncate(30);
        let ends = matches!(signal, Signal::Closed { .. } | Signal::Failed(_));
        if ends && self.bot.conns.get(&conn.shard().get()) == Some(&conn) {
            self.bot.conns.remove(&conn.shard().get());
        }
        self.bot.handle(Input::Conn { conn, signal });
    }

    fn call(&mut self) {
        let now = at(self.bot.now);
        let target = self.pick(&["a", "b"]);
        let repeat = self.pick(&[Repeat::Never, Repeat::Refused, Repeat::Deduplicated]);
        if self.below(2) == 0 {
            let to = ReplyTo::new(Scene::Group, target, Trigger::Message("m".into()));
            let _ = self.bot.client.call(now, TextReply::new(to, "hi"));
        } else {
            let request = ApiRequest::new(Method::Get, &[target]).with_repeat(repeat);
            let _ = self.bot.client.call(now, RawCall(request));
        }
        self.bot.drain();
    }

    fn step(&mut self) {
        let shard = u32::try_from(self.below(4)).unwrap();
        match self.below(30) {
            0..5 if self.bot.client.next_deadline().is_some() => {
                self.bot.wake();
            }
            5..8 => {
                // Late, or before it is time.
                self.bot.now += u64::try_from(self.below(3000)).unwrap();
                self.bot.handle(Input::Tick);
            }
            8 => {
                self.bot.now += u64::try_from(self.below(200_000)).unwrap();
                self.bot.handle(Input::Tick);
            }
            9..14 => self.http(),
            14..26 => self.conn(),
            26 => {
                self.bot.handle(Input::IdentifySlot { shard: ShardIndex::new(shard) });
            }
            27 | 28 => self.call(),
            _ if self.below(4) == 0 => {
                let how = self.pick(&[Restart::Resume, Restart::Fresh]);
                self.bot.restart(shard, how);
            }
            _ if self.below(6) == 0 => {
                self.bot.client.set_secret(at(self.bot.now), super::SECRET);
                self.bot.drain();
            }
            _ => {}
        }
    }

    /// From now on everything behaves; gives the time until all shards are live.
    fn heal(&mut self) -> u64 {
        let start = self.bot.now;
        let conns: Vec<_> = self.bot.conns.values().copied().collect();
        for conn in conns {
            self.bot.handle(Input::Conn { conn, signal: Signal::ReadResumed });
        }
        self.bot.client.set_secret(at(self.bot.now), super::SECRET);
        self.bot.drain();
        for shard in self.bot.shards.clone() {
            self.bot.restart(shard.get(), Restart::Resume);
        }
        let mut served = alloc::collections::BTreeMap::new();
        while self.bot.now < start + 600_000 {
            let phases = self.bot.phases();
            if !phases.is_empty() && phases.iter().all(|phase| *phase == PhaseName::Live) {
                return self.bot.now - start;
            }
            if let Some((id, url)) = self.some_exchange() {
                self.tokens += 1;
                let body = if url.ends_with(TOKEN) {
                    format!(r#"{{"access_token":"tok{}en","expires_in":"7200"}}"#, self.tokens)
                } else {
                    limits(2, 1000, 86_400_000, 1)
                };
                self.bot.exchanges.remove(&id);
                self.bot.handle(Input::Http { id, result: Ok(HttpResponse::new(200, body)) });
                continue;
            }
            let next = self.bot.conns.values().copied().find(|conn| {
                let phase = self.bot.phase(conn.shard().get());
                phase != PhaseName::Live && served.get(conn) != Some(&phase)
            });
            let Some(conn) = next else {
                assert!(self.bot.client.next_deadline().is_some(), "nobody wakes {:?}", self.bot.client);
                self.bot.wake();
                continue;
            };
            let shard = conn.shard().get();
            let phase = self.bot.phase(shard);
            served.insert(conn, phase);
            match phase {
                PhaseName::Dialing => self.bot.open(shard),
                PhaseName::Greeting => self.bot.hello(shard),
                PhaseName::Greeted => self.bot.handle(Input::IdentifySlot { shard: conn.shard() }),
                PhaseName::Joining => {
                    self.seq += 1;
                    let seq = self.seq;
                    let frame = if self
                        .bot
                        .client
                        .shards()
                        .any(|v| v.index() == conn.shard() && v.session().is_some())
                    {
                        format!(r#"{{"op":0,"s":{seq},"t":"RESUMED","d":""}}"#)
                    } else {
                        format!(
                            r#"{{"op":0,"s":1,"t":"READY","d":{{"session_id":"H{seq}","user":{{"id":"1"}}}}}}"#
                        )
                    };
                    self.bot.frame(shard, &frame)
                }
                PhaseName::Live | PhaseName::Queued | PhaseName::Resting | PhaseName::Halted => Vec::new(),
            };
        }
        panic!("not live after ten minutes: {:?}", self.bot.client);
    }
}

fn below(rng: &mut Rng, end: usize) -> usize {
    usize::try_from(rng.below(u64::try_from(end).unwrap())).unwrap()
}

#[test]
fn whatever_happens_the_books_stay_right_and_it_heals() {
    let most = if cfg!(miri) { 1 } else { 40 };
    let seeds: u64 = option_env!("QQ_WALKS").map_or(most, |text| text.parse().unwrap());
    for seed in 0..seeds {
        let mut walk = Walk::new(seed);
        walk.bot.drain();
        for _ in 0..if cfg!(miri) { 40 } else { 250 } {
            walk.step();
        }
        let took = walk.heal();
        assert!(took < 300_000, "seed {seed}: {took} ms");
        // Every call has ended by its deadline, once.
        walk.bot.run_until(walk.bot.now + 16_000);
        let counts = walk.bot.client.calls();
        assert_eq!((counts.in_flight, counts.waiting), (0, 0), "seed {seed}");
        assert_eq!(
            u64::try_from(walk.bot.replies_seen.len()).unwrap(),
            counts.done + counts.failed,
            "seed {seed}"
        );
    }
}

/// Two clients on the same walk; one of them looks at every machine at each step.
#[test]
fn the_short_ways_do_what_the_long_way_does() {
    let most = if cfg!(miri) { 1 } else { 40 };
    let seeds: u64 = option_env!("QQ_WALKS").map_or(most, |text| text.parse().unwrap());
    let mut beats = 0;
    for seed in 1000..1000 + seeds {
        let mut walks = [Way::Short, Way::Long].map(|way| {
            let mut walk = Walk::new(seed);
            walk.bot.way = way;
            walk.bot.drain();
            walk
        });
        let mut step = |step: &dyn Fn(&mut Walk)| {
            let [short, long] = walks.each_mut().map(|walk| {
                step(walk);
                let lines = core::mem::take(&mut walk.bot.log);
                (walk.bot.now, lines, walk.bot.client.next_deadline(), format!("{:?}", walk.bot.client))
            });
            beats += short.1.iter().filter(|line| line.contains(r#"{"op":1,"#)).count();
            assert_eq!(short, long, "seed {seed}");
        };
        for _ in 0..if cfg!(miri) { 40 } else { 150 } {
            step(&|walk| walk.step());
        }
        // Quiet times, in which the short ways are nearly all there is; some links die of silence.
        step(&|walk| {
            walk.heal();
        });
        for _ in 0..if cfg!(miri) { 10 } else { 60 } {
            step(&|walk| {
                if walk.bot.client.next_deadline().is_some() {
                    walk.bot.wake();
                }
                if walk.below(3) > 0 {
                    walk.conn();
                }
            });
        }
    }
    assert!(beats > 0, "no short way was taken");
}

//! What happens outside: the moves, carried out on whatever is outstanding.

use bytes::Bytes;
use qq_proto::{
    HttpResponse, Input, ReplyTo, Restart, Scene, ShardIndex, Signal, TextReply, TransportError, Trigger,
};
use serde_json::{Value, json};

use super::{Asked, Awaits, Exchange, INTERVAL, Link, Past, Stage, at, tell};
use crate::strategies::moves::{Answer, Move, Said};
use crate::strategies::trace::Deed;

impl Stage<'_> {
    pub(super) fn serve(&mut self, which: usize) {
        let Some(which) = at(self.exchanges.len() + self.links.len(), which) else {
            return;
        };
        let Some(place) = which.checked_sub(self.exchanges.len()) else {
            self.answer(which, &Answer::Proper);
            return;
        };
        let Some(link) = self.links.get(place) else {
            return;
        };
        let frame = match link.awaits {
            Awaits::Socket => {
                self.play(&Move::Open { which: place });
                return;
            }
            Awaits::Hello => Said::Hello(INTERVAL),
            Awaits::Ready => Said::Ready,
            Awaits::Resumed => Said::Resumed,
            Awaits::Nothing if link.beats > 0 => Said::Ack,
            Awaits::Nothing => Said::sample(0),
        };
        self.frame(place, &frame);
    }

    pub(super) fn answer(&mut self, which: usize, outcome: &Answer) {
        let Some(which) = at(self.exchanges.len(), which) else {
            return;
        };
        let Exchange { id, asked, .. } = self.exchanges.remove(which);
        self.bury(Past::Http(id));
        let number = self.number();
        let result = match outcome {
            Answer::Proper => Ok(proper(asked, number)),
            Answer::Reply { status, body } => Ok(HttpResponse::new(*status, body.clone())),
            Answer::Failed(error) => Err(*error),
        };
        let what = match &result {
            Ok(response) => format!(
                "{asked:?} {id} is answered with {} and {} bytes",
                response.status,
                response.body.len()
            ),
            Err(error) => format!("{asked:?} {id}: {error}"),
        };
        self.input(&what, Input::Http { id, result });
    }

    /// Something happens to a connection that stays.
    pub(super) fn link(&mut self, which: usize, change: impl FnOnce(&mut Link), signal: Signal) {
        let which = at(self.links.len(), which);
        if let Some(link) = which.and_then(|which| self.links.get_mut(which)) {
            change(link);
            let conn = link.conn;
            self.input(&tell(conn, &signal), Input::Conn { conn, signal });
        }
    }

    pub(super) fn end(&mut self, which: usize, signal: Signal) {
        if let Some(which) = at(self.links.len(), which) {
            let conn = self.links.remove(which).conn;
            self.bury(Past::Conn(conn));
            self.input(&tell(conn, &signal), Input::Conn { conn, signal });
        }
    }

    pub(super) fn frame(&mut self, which: usize, frame: &Said) {
        let Some(which) = at(self.links.len(), which) else {
            return;
        };
        let Some(shard) = self.links.get(which).map(|link| link.conn.shard()) else {
            return;
        };
        let bytes = self.say(shard, frame);
        let change = |link: &mut Link| match (frame, link.awaits) {
            (Said::Hello(_), Awaits::Hello)
            | (Said::Ready, Awaits::Ready | Awaits::Resumed)
            | (Said::Resumed, Awaits::Resumed) => link.awaits = Awaits::Nothing,
            (Said::Ack, _) => link.beats = 0,
            _ => {}
        };
        self.link(which, change, Signal::Text(bytes));
    }

    pub(super) fn say(&mut self, shard: ShardIndex, frame: &Said) -> Bytes {
        let text = match frame {
            Said::Hello(interval) => json!({"op": 10, "d": {"heartbeat_interval": interval}}).to_string(),
            Said::Ready => {
                let session = format!("session-{}", self.number());
                self.pushed.insert(shard, (1, Bytes::new()));
                json!({"op": 0, "s": 1, "t": "READY", "d": {
                    "version": 1,
                    "session_id": session,
                    "user": {"id": "1", "username": "bot", "bot": true},
                    "shard": [shard.get(), 1],
                }})
                .to_string()
            }
            Said::Resumed => {
                let seq = self.pushed.get(&shard).map(|pushed| pushed.0);
                json!({"op": 0, "s": seq, "t": "RESUMED", "d": ""}).to_string()
            }
            Said::Ack => r#"{"op":11}"#.to_owned(),
            Said::Beat => r#"{"op":1}"#.to_owned(),
            Said::Reconnect => r#"{"op":7}"#.to_owned(),
            Said::Invalid { resumable } => json!({"op": 9, "d": resumable}).to_string(),
            Said::Event { name, d } => {
                let id = format!("{name}:{}", self.number());
                let pushed = self.pushed.entry(shard).or_default();
                pushed.0 = pushed.0.saturating_add(1);
                let name = Value::from(name.as_str());
                let text = format!(
                    r#"{{"op":0,"s":{},"t":{name},"id":{},"d":{d}}}"#,
                    pushed.0,
                    Value::from(id.as_str())
                );
                pushed.1 = text.clone().into();
                text
            }
            Said::Again => {
                return self.pushed.get(&shard).map(|pushed| pushed.1.clone()).unwrap_or_default();
            }
            Said::Raw(bytes) => return bytes.clone(),
        };
        text.into()
    }

    pub(super) fn lose(&mut self, which: usize) {
        let Some(which) = at(self.exchanges.len() + self.links.len(), which) else {
            return;
        };
        match which.checked_sub(self.exchanges.len()) {
            None => {
                let id = self.exchanges.remove(which).id;
                self.bury(Past::Http(id));
                self.note(format!("exchange {id} is lost"));
            }
            // Who says that he does not read for a while has not lost the connection: the client waits for his word.
            Some(place) if self.links.get(place).is_some_and(|link| link.paused) => {
                self.play(&Move::Resume { which: place });
            }
            Some(place) => {
                let conn = self.links.remove(place).conn;
                self.bury(Past::Conn(conn));
                self.note(format!("connection {conn} is lost"));
            }
        }
    }

    pub(super) fn late(&mut self, which: usize, frame: &Said) {
        let past = at(self.past.len(), which).and_then(|at| self.past.get(at).copied());
        match past {
            None => {}
            Some(Past::Http(id)) => {
                let result = Err(TransportError::Broken);
                self.input("a late word of an exchange", Input::Http { id, result });
            }
            Some(Past::Conn(conn)) => {
                let bytes = match frame {
                    Said::Raw(bytes) => bytes.clone(),
                    // Those would change what is said on the connections of now.
                    Said::Event { .. } | Said::Ready => Bytes::from_static(br#"{"op":7}"#),
                    Said::Hello(_)
                    | Said::Resumed
                    | Said::Ack
                    | Said::Beat
                    | Said::Reconnect
                    | Said::Invalid { .. }
                    | Said::Again => self.say(conn.shard(), frame),
                };
                let signal = Signal::Text(bytes);
                self.input("a late word of a connection", Input::Conn { conn, signal });
            }
        }
    }

    pub(super) fn call(&mut self, which: usize, text: &str) {
        let made_up = || ReplyTo::new(Scene::C2c, "U0", Trigger::Message("ROBOT1.0_0".into()));
        let to = at(self.answerable.len(), which).and_then(|at| self.answerable.get(at).cloned());
        let reply = TextReply::new(to.unwrap_or_else(made_up), text);
        self.deed("a reply is asked for", Deed::Call(reply.clone()), |driven, now| {
            driven.reply(now, reply).1
        });
    }

    pub(super) fn some_shard(&self, which: usize) -> Option<ShardIndex> {
        let shards: Vec<ShardIndex> = self.client().shards().map(|view| view.index()).collect();
        at(shards.len(), which).and_then(|at| shards.get(at).copied())
    }

    pub(super) fn restart(&mut self, shard: ShardIndex, how: Restart) {
        self.deed(&format!("shard {shard} is restarted"), Deed::Restart(shard, how), |driven, now| {
            driven.restart(now, shard, how)
        });
    }
}

fn proper(asked: Asked, number: u64) -> HttpResponse {
    let body = match asked {
        Asked::Token => json!({"access_token": format!("good-token-{number:08}"), "expires_in": "7200"}),
        Asked::Discovery => json!({
            "url": "wss://gateway.example/ws",
            "shards": 1,
            "session_start_limit":
                {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1},
        }),
        Asked::Send => {
            json!({"id": format!("ROBOT1.0_sent{number}"), "timestamp": "2026-01-02T03:04:05+08:00"})
        }
    };
    HttpResponse::new(200, body.to_string())
}

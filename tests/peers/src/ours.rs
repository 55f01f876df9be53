//! A live client of ours, and what it does with a frame.

use bytes::Bytes;
use qq_proto::model::Payload;
use qq_proto::{
    Action, Client, Config, ConnId, Dispatch, Event, HttpResponse, Input, Output, Shards, Signal, Timestamp,
};

use crate::samples::Frame;

pub struct Bot {
    client: Client,
    conn: ConnId,
    now: Timestamp,
    next: usize,
}

impl Bot {
    pub fn live() -> Self {
        let now = Timestamp::from_millis(1000);
        let config = Config::new("102000001", "secret").with_shards(Shards::all(1));
        let mut client = Client::new(config, now).expect("a good configuration");
        let mut live = None;
        while let Some(output) = client.poll_output() {
            let inputs = match output {
                Output::Action(Action::Http { id, request }) => {
                    let body = if request.url.ends_with("bot") {
                        r#"{"url":"wss://gateway.example/ws","shards":1}"#
                    } else {
                        r#"{"access_token":"t","expires_in":7200}"#
                    };
                    vec![Input::Http { id, result: Ok(HttpResponse::new(200, body)) }]
                }
                Output::Action(Action::Connect { conn, .. }) => {
                    live = Some(conn);
                    let hello = Bytes::from_static(br#"{"op":10,"d":{"heartbeat_interval":45000}}"#);
                    [Signal::Opened, Signal::Text(hello)].map(|signal| Input::Conn { conn, signal }).to_vec()
                }
                Output::Action(Action::Send { conn, .. }) => {
                    let ready = r#"{"op":0,"s":1,"t":"READY","d":{"session_id":"s","user":{"id":"1"}}}"#;
                    vec![Input::Conn { conn, signal: Signal::Text(ready.into()) }]
                }
                Output::Action(Action::Disconnect { .. }) | Output::Event(_) => Vec::new(),
            };
            for input in inputs {
                client.handle(now, input);
            }
        }
        Self { client, conn: live.expect("it has connected"), now, next: 2 }
    }

    /// The number of the next frame.
    pub fn next(&self) -> usize {
        self.next
    }

    /// These numbers are used up.
    pub fn skip(&mut self, count: usize) {
        self.next += count;
    }

    /// Passes so many small events through.
    pub fn warm(&mut self, count: usize) {
        for _ in 0..count {
            let n = self.next;
            self.next += 1;
            let text = format!(r#"{{"op":0,"s":{n},"t":"WARM","id":"WARM:{n}","d":{{}}}}"#);
            assert!(self.dispatch(&text.into()).is_some());
        }
    }

    /// From the frame to what the program is given.
    fn dispatch(&mut self, frame: &Bytes) -> Option<Dispatch> {
        let signal = Signal::Text(frame.clone());
        self.client.handle(self.now, Input::Conn { conn: self.conn, signal });
        match self.client.poll_output() {
            Some(Output::Event(Event::Dispatch(dispatch))) => Some(dispatch),
            Some(other) => panic!("not an event: {other:?}"),
            None => None,
        }
    }
}

/// The core alone: heartbeats, repeats and sequence numbers are looked after, the payload is left as it is.
pub fn through(bot: &mut Bot, frame: &Frame) -> usize {
    bot.dispatch(&frame.bytes).map_or(0, |dispatch| dispatch.name().len())
}

/// The same, and the payload as its type.
pub fn typed(bot: &mut Bot, frame: &Frame) -> usize {
    let Some(dispatch) = bot.dispatch(&frame.bytes) else {
        return 0;
    };
    match dispatch.event().expect("a good payload") {
        Payload::C2cMessageCreate(message) | Payload::GroupAtMessageCreate(message) => message.content.len(),
        Payload::AtMessageCreate(message) => message.content.len(),
        Payload::GuildCreate(guild) => guild.name.len(),
        other => panic!("not one of the samples: {other:?}"),
    }
}

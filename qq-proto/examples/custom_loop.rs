//! The drive loop of the crate root around a toy: the "platform" is a list of canned answers, time is a counter.
//!
//! ```text
//! cargo run -p qq-proto --example custom_loop
//! ```
//!
//! It prints every action that the core asks for and every event that it tells, until the bot has answered a message.

use std::collections::VecDeque;
use std::time::Duration;

use qq_proto::{
    Action, Client, Config, ConnId, Deadline, Event, Frame, HttpId, HttpRequest, HttpResponse, Input, Output,
    Payload, Shards, Signal, TextReply, Timestamp, TransportError,
};

/// What wakes the loop.
enum Woken {
    Timer,
    Http(HttpId, Result<HttpResponse, TransportError>),
    Conn(ConnId, Signal),
}

/// The toy reactor: whatever is asked for is answered at once, by the path or the frame.
#[derive(Default)]
struct Toy {
    now: Timestamp,
    ready: VecDeque<Woken>,
}

impl Toy {
    fn http(&mut self, id: HttpId, request: &HttpRequest) {
        println!("{}  {} {}", self.now, request.method, request.url);
        let path = request.url.rsplit('/').next().unwrap_or_default();
        let body = match path {
            "getAppAccessToken" => r#"{"access_token":"made-up","expires_in":"7200"}"#,
            "bot" => r#"{"url":"wss://gateway.example/ws","shards":1}"#,
            _ => r#"{"id":"answer-1","timestamp":"2026-01-01T00:00:00+08:00"}"#,
        };
        self.ready.push_back(Woken::Http(id, Ok(HttpResponse::new(200, body))));
    }

    fn dial(&mut self, conn: ConnId, url: &str, _timeout: Duration) {
        println!("{}  connect {conn} to {url}", self.now);
        self.ready.push_back(Woken::Conn(conn, Signal::Opened));
        self.push(conn, r#"{"op":10,"d":{"heartbeat_interval":45000}}"#);
    }

    fn send(&mut self, conn: ConnId, frame: &Frame) {
        // A frame prints its length only: it may hold the token.
        println!("{}  send on {conn}: {frame:?}", self.now);
        if frame.as_str().starts_with(r#"{"op":2"#) {
            self.push(conn, r#"{"op":0,"s":1,"t":"READY","d":{"session_id":"s1","user":{"id":"7"}}}"#);
            self.push(
                conn,
                concat!(
                    r#"{"op":0,"s":2,"t":"C2C_MESSAGE_CREATE","id":"C2C_MESSAGE_CREATE:e1","d":"#,
                    r#"{"id":"m1","content":"hello","author":{"user_openid":"U1"}}}"#
                ),
            );
        }
    }

    fn push(&mut self, conn: ConnId, frame: &'static str) {
        self.ready.push_back(Woken::Conn(conn, Signal::Text(frame.into())));
    }

    /// Waits by setting the clock.
    fn wait(&mut self, until: Option<Deadline>) -> Woken {
        self.ready.pop_front().unwrap_or_else(|| {
            if let Some(deadline) = until {
                self.now = deadline.at;
            }
            Woken::Timer
        })
    }
}

fn main() -> Result<(), qq_proto::ConfigError> {
    let mut toy = Toy::default();
    let config = Config::new("102000001", "not a real secret").with_shards(Shards::all(1));
    let mut bot = Client::new(config, toy.now)?;
    let mut answer = None;
    loop {
        while let Some(output) = bot.poll_output() {
            match output {
                Output::Action(Action::Http { id, request }) => toy.http(id, &request),
                Output::Action(Action::Connect { conn, url, timeout }) => toy.dial(conn, &url, timeout),
                Output::Action(Action::Send { conn, frame }) => toy.send(conn, &frame),
                Output::Action(Action::Disconnect { conn, code }) => println!("hang up {conn} with {code}"),
                Output::Event(Event::Dispatch(dispatch)) => {
                    if let Ok(Payload::C2cMessageCreate(message)) = dispatch.event() {
                        println!("{}  message: {}", toy.now, message.text());
                    }
                    if let Some(to) = dispatch.reply_to() {
                        answer = bot.call(toy.now, TextReply::new(to, "hello yourself")).ok();
                    }
                }
                Output::Event(Event::Reply(reply)) => {
                    let sent = answer.as_ref().and_then(|ticket| reply.claim(ticket));
                    println!("{}  answered: {sent:?}", toy.now);
                    return Ok(());
                }
                Output::Event(event) => println!("{}  {event:?}", toy.now),
            }
        }
        let input = match toy.wait(bot.next_deadline()) {
            Woken::Timer => Input::Tick,
            Woken::Http(id, result) => Input::Http { id, result },
            Woken::Conn(conn, signal) => Input::Conn { conn, signal },
        };
        bot.handle(toy.now, input);
    }
}

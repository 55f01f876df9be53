//! A platform that does what a test tells it: HTTP answered by a closure, WebSocket by the test itself.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, reason = "a test may fail")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use qq_smol::Config;
use qq_smol::qq_proto::Hosts;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};

/// Nothing here takes this long unless it is broken.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) enum Answer {
    Reply(u16, String),
    /// Say nothing, and keep the connection.
    Hang,
    /// What the platform usually says.
    Usual,
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

pub(crate) struct Fake {
    pub(crate) base: String,
    pub(crate) ws_port: u16,
    sockets: Mutex<Receiver<TcpStream>>,
    pub(crate) requests: Arc<Mutex<Vec<(String, String)>>>,
}

pub(crate) fn fake(shards: u32) -> Fake {
    fake_with(shards, |_| Answer::Usual)
}

/// With an answer of its own for paths that contain `part`.
pub(crate) fn fake_at(part: &'static str, answer: fn() -> Answer) -> Fake {
    fake_with(1, move |request| if request.path.contains(part) { answer() } else { Answer::Usual })
}

pub(crate) fn fake_with(shards: u32, handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Fake {
    let http = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", http.local_addr().unwrap());
    let ws_port = gateway.local_addr().unwrap().port();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let handler: Arc<Handler> = Arc::new(handler);
    thread::spawn(move || {
        for stream in http.incoming() {
            let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
            thread::spawn(move || serve(&stream.unwrap(), &*handler, &seen, ws_port, shards));
        }
    });
    let (sender, sockets) = channel();
    thread::spawn(move || {
        for stream in gateway.incoming() {
            if sender.send(stream.unwrap()).is_err() {
                return;
            }
        }
    });
    Fake { base, ws_port, sockets: Mutex::new(sockets), requests }
}

fn serve(
    mut stream: &TcpStream,
    handler: &Handler,
    seen: &Mutex<Vec<(String, String)>>,
    ws_port: u16,
    shards: u32,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let mut words = head.split(' ');
        let request = Request {
            method: words.next()?.into(),
            path: words.next()?.into(),
            body: String::from_utf8(body).ok()?,
            head,
        };
        let answer = handler(&request);
        seen.lock().unwrap().push((request.path.clone(), request.body.clone()));
        let (status, body) = match answer {
            Answer::Reply(status, body) => (status, body),
            Answer::Hang => {
                // Until the other end goes.
                let _ = reader.read(&mut [0]);
                return None;
            }
            Answer::Usual => (200, usual(&request.path, ws_port, shards)),
        };
        let reply = format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nX-Tps-trace-ID: trace-1\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(reply.as_bytes()).ok()?;
    }
}

fn usual(path: &str, ws_port: u16, shards: u32) -> String {
    if path.contains("getAppAccessToken") {
        r#"{"access_token":"t0ken-value","expires_in":"7200"}"#.into()
    } else if path.starts_with("/gateway") {
        format!(
            r#"{{"url":"ws://127.0.0.1:{ws_port}/","shards":{shards},"session_start_limit":{{"total":1000,"remaining":1000,"reset_after":1000,"max_concurrency":16}}}}"#
        )
    } else {
        r#"{"id":"sent-1","timestamp":"2026-01-01T00:00:00+08:00"}"#.into()
    }
}

impl Fake {
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new("1024", "s3cret-value").with_hosts(Hosts::custom(&self.base));
        config.limits.identify_window = Duration::from_millis(50);
        config.limits.identify_margin = Duration::from_millis(1);
        config
    }

    /// The next connection to the gateway, upgraded.
    pub(crate) fn accept(&self) -> Link {
        let stream = self.sockets.lock().unwrap().recv_timeout(LONG).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.set_nodelay(true).unwrap();
        Link { ws: tungstenite::accept(stream).unwrap() }
    }

    /// The next connection, through the handshake.
    pub(crate) fn accept_ready(&self, session: &str) -> Link {
        let mut link = self.accept();
        link.hello(45_000);
        link.expect(2);
        link.ready(session);
        link
    }

    pub(crate) fn count(&self, part: &str) -> usize {
        let seen = self.requests.lock().unwrap();
        seen.iter().filter(|(path, _)| path.contains(part)).count()
    }
}

/// The platform's end of a gateway connection.
pub(crate) struct Link {
    pub(crate) ws: WebSocket<TcpStream>,
}

impl Link {
    pub(crate) fn text(&mut self, text: impl Into<String>) {
        self.ws.send(Message::Text(text.into().into())).unwrap();
    }

    pub(crate) fn hello(&mut self, millis: u64) {
        self.text(format!(r#"{{"op":10,"d":{{"heartbeat_interval":{millis}}}}}"#));
    }

    pub(crate) fn ready(&mut self, session: &str) {
        self.text(format!(
            r#"{{"op":0,"s":1,"t":"READY","d":{{"version":1,"session_id":"{session}","user":{{"id":"7","username":"bot","bot":true}},"shard":[0,1]}}}}"#
        ));
    }

    pub(crate) fn c2c(&mut self, seq: u64, content: &str) {
        self.text(c2c(seq, content));
    }

    /// The next message that is not a heartbeat must have this op. Heartbeats are answered.
    pub(crate) fn expect(&mut self, op: u64) -> serde_json::Value {
        loop {
            let frame = self.next().unwrap();
            if frame["op"] == 1 && op != 1 {
                self.text(r#"{"op":11}"#);
                continue;
            }
            assert_eq!(frame["op"], op, "{frame}");
            return frame;
        }
    }

    /// The next JSON message; the close code if it ends.
    pub(crate) fn next(&mut self) -> Result<serde_json::Value, Option<u16>> {
        loop {
            match self.ws.read() {
                Ok(Message::Text(text)) => return Ok(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(frame)) => return Err(frame.map(|frame| frame.code.into())),
                Ok(_) => {}
                Err(_) => return Err(None),
            }
        }
    }

    /// Answers heartbeats until the connection ends.
    pub(crate) fn until_closed(&mut self) -> Option<u16> {
        loop {
            match self.next() {
                Ok(frame) if frame["op"] == 1 => self.text(r#"{"op":11}"#),
                Ok(_) => {}
                Err(code) => return code,
            }
        }
    }

    pub(crate) fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        let _ = self.ws.close(Some(frame));
        while self.ws.read().is_ok() {}
    }

    /// Ends the connection without a word.
    pub(crate) fn cut(self) {
        let _ = self.ws.get_ref().shutdown(std::net::Shutdown::Both);
    }
}

pub(crate) fn c2c(seq: u64, content: &str) -> String {
    let content = serde_json::to_string(content).unwrap();
    format!(
        r#"{{"op":0,"s":{seq},"t":"C2C_MESSAGE_CREATE","id":"C2C_MESSAGE_CREATE:e{seq}","d":{{"id":"m{seq}","content":{content},"timestamp":"2026-01-01T00:00:00+08:00","author":{{"id":"u1","user_openid":"u1","union_openid":"u1"}},"message_scene":{{"source":"default"}},"message_type":0}}}}"#
    )
}

/// Waits for a condition.
pub(crate) fn wait_for(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is() {
        assert!(Instant::now() < deadline, "waited too long: {what}");
        thread::park_timeout(Duration::from_millis(2));
    }
}

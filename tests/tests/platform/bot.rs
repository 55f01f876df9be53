//! The smallest bot: it does exactly what a test says and reads everything.

use std::time::Duration;

use qq_testkit::platform::{Effect, Inbound, Platform, PlatformConfig, Pushed, Request, Rule, Scene};
use serde_json::{Value, json};

pub(crate) struct Bot {
    pub(crate) platform: Platform,
    pub(crate) now: Duration,
    number: u64,
    /// What happened on connections while an exchange was looked at.
    backlog: Vec<Effect>,
}

impl Bot {
    pub(crate) fn new(config: PlatformConfig) -> Self {
        Self { platform: Platform::new(config), now: Duration::ZERO, number: 0, backlog: Vec::new() }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.wait_millis(seconds * 1000);
    }

    /// Lets time pass, and every deadline on the way be served at its time.
    pub(crate) fn wait_millis(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(due) = self.platform.next_deadline().filter(|due| *due <= end) {
            self.platform.tick(due);
            assert!(self.platform.next_deadline().is_none_or(|next| next > due), "a deadline that stays due");
        }
        self.now = end;
        self.platform.tick(end);
    }

    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        let mut effects = std::mem::take(&mut self.backlog);
        effects.extend(std::iter::from_fn(|| self.platform.poll_effect()));
        effects
    }

    pub(crate) fn raw_http(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Vec<Effect> {
        self.number += 1;
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request::Http {
            exchange: self.number,
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        };
        self.platform.handle(self.now, request);
        let (answer, rest) = self
            .effects()
            .into_iter()
            .partition(|effect| matches!(effect, Effect::Http { .. } | Effect::DropHttp { .. }));
        self.backlog = rest;
        answer
    }

    /// An exchange that is answered, with a body that is JSON.
    pub(crate) fn http(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let effects = self.raw_http(method, path, headers, body);
        let [Effect::Http { status, headers, body, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(headers.iter().any(|(name, value)| name == "X-Tps-trace-ID" && value.len() == 32));
        (*status, serde_json::from_slice(body).unwrap())
    }

    pub(crate) fn ask_token(&mut self) -> Value {
        let config = self.platform.config();
        let body = json!({"appId": config.app_id, "clientSecret": config.secret.expose()}).to_string();
        self.http("POST", "/app/getAppAccessToken", &[("content-type", "application/json")], &body).1
    }

    pub(crate) fn token(&mut self) -> String {
        self.ask_token()["access_token"].as_str().unwrap().to_owned()
    }

    /// A call with a fresh and good token.
    pub(crate) fn call(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let token = format!("QQBot {}", self.token());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.http(method, path, &[("Authorization", &token), ("Content-Type", "application/json")], &body)
    }

    /// Opens a connection and swallows Hello.
    pub(crate) fn dial(&mut self) -> u64 {
        self.number += 1;
        let link = self.number;
        self.platform.handle(self.now, Request::Dial { link });
        link
    }

    pub(crate) fn say(&mut self, link: u64, frame: &Value) {
        self.say_raw(link, &frame.to_string());
    }

    pub(crate) fn say_raw(&mut self, link: u64, text: &str) {
        self.platform.handle(self.now, Request::Text { link, text: text.to_owned().into() });
    }

    pub(crate) fn hang_up(&mut self, link: u64) {
        self.platform.handle(self.now, Request::HangUp { link, code: Some(1000) });
    }

    pub(crate) fn identify(&mut self, shard: [u32; 2]) -> u64 {
        let token = self.token();
        let link = self.dial();
        self.say(link, &identify(&token, shard));
        link
    }

    /// A live session: its connection and its id.
    pub(crate) fn live(&mut self) -> (u64, String) {
        let link = self.identify([0, 1]);
        let frames = self.frames();
        let session = frames.last().unwrap()["d"]["session_id"].as_str().unwrap().to_owned();
        (link, session)
    }

    pub(crate) fn resume(&mut self, session: &str, seq: u64) -> u64 {
        let token = self.token();
        let link = self.dial();
        self.say(link, &resume(&token, session, seq));
        link
    }

    pub(crate) fn beat(&mut self, link: u64) {
        self.say(link, &json!({"op": 1, "d": null}));
    }

    /// Everything on connections since the last look, in short: frames as JSON, the rest as text.
    pub(crate) fn frames(&mut self) -> Vec<Value> {
        let mut out = Vec::new();
        for effect in self.effects() {
            match effect {
                Effect::Text { bytes, .. } => {
                    let text = String::from_utf8(bytes.to_vec()).unwrap();
                    out.push(serde_json::from_str(&text).unwrap_or(Value::from(text)));
                }
                Effect::Binary { bytes, .. } => out.push(json!({"binary": bytes.len()})),
                Effect::Close { code, .. } => out.push(Value::from(format!("close {code}"))),
                Effect::Cut { .. } => out.push(Value::from("cut")),
                Effect::RefusedDial { .. } => out.push(Value::from("refused")),
                Effect::Accepted { .. } | Effect::Http { .. } | Effect::DropHttp { .. } => {}
            }
        }
        out
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.platform.violations().iter().map(|violation| violation.rule).collect()
    }

    pub(crate) fn message(&mut self, scene: Scene, text: &str) -> Pushed {
        self.platform.push_message(self.now, &Inbound::new(scene, text))
    }
}

pub(crate) fn identify(token: &str, shard: [u32; 2]) -> Value {
    json!({"op": 2, "d": {"token": format!("QQBot {token}"), "intents": 1 << 25 | 1 << 30 | 1, "shard": shard}})
}

pub(crate) fn resume(token: &str, session: &str, seq: u64) -> Value {
    json!({"op": 6, "d": {"token": format!("QQBot {token}"), "session_id": session, "seq": seq}})
}

/// What a list of frames is about: names of events, `op N` for the rest.
pub(crate) fn short(frames: &[Value]) -> Vec<String> {
    frames
        .iter()
        .map(|frame| match (&frame["t"], &frame["op"]) {
            (Value::String(name), _) => format!("{name} {}", frame["s"]),
            (_, Value::Number(op)) => format!("op {op}"),
            _ => frame.as_str().map_or_else(|| frame.to_string(), str::to_owned),
        })
        .collect()
}

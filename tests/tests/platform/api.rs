//! A bot that calls operations: always with a good token, with a live connection, in literal time.

use std::time::Duration;

use qq_testkit::platform::{Effect, PlatformConfig, RestConfig, Scene};
use serde_json::{Value, json};

use crate::bot::{Bot, identify};

/// Where the model's people and rooms are.
pub(crate) const GUILD: &str = "/guilds/4611686018427387904";
pub(crate) const GUILD_ID: &str = "4611686018427387904";
pub(crate) const CHANNEL: &str = "/channels/70010001";
pub(crate) const VOICE: &str = "/channels/70010003";
pub(crate) const FORUM: &str = "/channels/70010004";
pub(crate) const SCHEDULES: &str = "/channels/70010005";
pub(crate) const USER: &str = "9007199254740993";
pub(crate) const OWNER: &str = "9007199254740001";

pub(crate) struct Api {
    pub(crate) bot: Bot,
    token: String,
    minted: Duration,
}

impl Api {
    pub(crate) fn new() -> Self {
        Self::with(PlatformConfig::default())
    }

    pub(crate) fn rest(rest: RestConfig) -> Self {
        Self::with(PlatformConfig { rest, ..PlatformConfig::default() })
    }

    /// May speak unasked.
    pub(crate) fn active() -> Self {
        Self::with(PlatformConfig { allow_active: true, ..PlatformConfig::default() })
    }

    pub(crate) fn with(config: PlatformConfig) -> Self {
        let beat_limit = Some(Duration::from_secs(400 * 24 * 3600));
        let mut bot = Bot::new(PlatformConfig { beat_limit, ..config });
        let token = bot.token();
        let link = bot.dial();
        let mut frame = identify(&token, [0, 1]);
        frame["d"]["intents"] = json!(u32::MAX);
        bot.say(link, &frame);
        bot.frames();
        Self { bot, token, minted: Duration::ZERO }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.bot.wait(seconds);
    }

    pub(crate) fn raw(&mut self, method: &str, path: &str, body: &str) -> Vec<Effect> {
        if self.bot.now.saturating_sub(self.minted) > Duration::from_secs(7000) {
            self.token = self.bot.token();
            self.minted = self.bot.now;
        }
        let token = format!("QQBot {}", self.token);
        self.bot.raw_http(
            method,
            path,
            &[("Authorization", &token), ("Content-Type", "application/json")],
            body,
        )
    }

    /// A call; its status and its body, null if there is none.
    pub(crate) fn call(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        read(&self.raw(method, path, &body))
    }

    /// A call that has to succeed; its body.
    #[track_caller]
    pub(crate) fn ok(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert!(
            (200..=204).contains(&status) && answer.get("code").is_none(),
            "{method} {path}: {status} {answer}"
        );
        answer
    }

    /// A call that has to be refused with this number.
    #[track_caller]
    pub(crate) fn no(&mut self, method: &str, path: &str, body: &Value, code: i64) -> u16 {
        let (status, answer) = self.call(method, path, body);
        let numbers = [&answer["code"], &answer["err_code"]];
        assert!(
            numbers.contains(&&json!(code)),
            "{method} {path} {body}: {status} {answer} instead of {code}"
        );
        assert!(status >= 400, "{method} {path}: {status}");
        status
    }

    pub(crate) fn get(&mut self, path: &str) -> Value {
        self.ok("GET", path, &Value::Null)
    }

    /// The events since the last look.
    pub(crate) fn events(&mut self) -> Vec<(String, Value)> {
        let named = |frame: Value| Some((frame["t"].as_str()?.to_owned(), frame["d"].clone()));
        self.bot.frames().into_iter().filter_map(named).collect()
    }

    /// Somebody writes: where the answer goes, and what it answers.
    pub(crate) fn asked(&mut self, scene: Scene) -> (String, String) {
        self.events();
        let id = self.bot.message(scene, "question").message_id.unwrap();
        let (_, d) = self.events().remove(0);
        let at = |pointer: &str| d.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let place = match scene {
            Scene::C2c => format!("/v2/users/{}", at("/author/user_openid")),
            Scene::Group => format!("/v2/groups/{}", at("/group_openid")),
            Scene::Guild => format!("/channels/{}", at("/channel_id")),
            Scene::Dm => format!("/dms/{}", at("/guild_id")),
        };
        (place, id)
    }

    pub(crate) fn event(&mut self, name: &str, d: &Value) -> String {
        self.bot.platform.push(self.bot.now, name, d).event_id
    }
}

/// The last part of a place: what the platform calls it.
pub(crate) fn target(place: &str) -> &str {
    place.rsplit('/').next().unwrap()
}

/// A message id as a part of a path.
pub(crate) fn escaped(id: &str) -> String {
    id.replace('%', "%25").replace('!', "%21").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D")
}

pub(crate) fn read(effects: &[Effect]) -> (u16, Value) {
    let [Effect::Http { status, body, .. }] = effects else { panic!("{effects:?}") };
    if body.is_empty() {
        return (*status, Value::Null);
    }
    let text = String::from_utf8(body.clone()).unwrap();
    (*status, serde_json::from_str(&text).unwrap_or(Value::from(text)))
}

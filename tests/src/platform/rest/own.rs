//! The bot itself: its gateway, its name, links to it, and the older sessions over HTTP.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::ME;
use super::super::http::Answer;
use super::{Ask, bad_param};

/// What a link can carry back.
const CALLBACK_DATA: usize = 32;

impl Platform {
    pub(super) fn gateway_get(&mut self, _: &Ask) -> Answer {
        Answer::ok(json!({"url": self.config.gateway_url}))
    }

    pub(super) fn gateway_bot_get(&mut self, _: &Ask) -> Answer {
        let limit = self.starts.limit(self.now);
        let reset_after = u64::try_from(limit.reset_after.as_millis()).unwrap_or(u64::MAX);
        Answer::ok(json!({
            "url": self.config.gateway_url,
            "shards": self.config.shards,
            "session_start_limit": {
                "total": limit.total,
                "remaining": limit.remaining,
                "reset_after": reset_after,
                "max_concurrency": limit.max_concurrency,
            },
        }))
    }

    pub(super) fn users_me_get(&mut self, _: &Ask) -> Answer {
        let mut me = self.chats.me();
        if let Some(me) = me.as_object_mut() {
            me.insert("union_openid".to_owned(), Value::from(""));
            me.insert("union_user_account".to_owned(), Value::from(""));
            me.insert("share_url".to_owned(), Value::from(format!("https://share.example/{ME}")));
            me.insert("welcome_msg".to_owned(), Value::from("hello"));
        }
        Answer::ok(me)
    }

    pub(super) fn share_link_create(&mut self, ask: &Ask) -> Answer {
        let data = ask.text("callback_data").unwrap_or_default();
        if data.chars().count() > CALLBACK_DATA {
            return Answer::error(400, 10_001, "callback_data is too long");
        }
        let url = format!("https://share.example/{}?data={data}", self.config.app_id);
        Answer::ok(json!({"data": {"url": url}}))
    }

    pub(super) fn webhook_session_create(&mut self, ask: &Ask) -> Answer {
        let shards =
            ask.body.get("shards").filter(|shards| shards.as_array().is_some_and(|pair| pair.len() == 2));
        let (Some(intents), Some(shards), Some(url)) =
            (ask.number("intents"), shards, ask.text("callback_url"))
        else {
            return bad_param("intents, shards and callback_url are needed");
        };
        let id = self.ids.uuid();
        let app_id = self.config.app_id.parse::<u64>().unwrap_or_default();
        let session = json!({
            "app_id": app_id,
            "session_id": id,
            "callback_url": url,
            "env": "formal",
            "intents": intents,
            "last_heartbeat_time": self.timestamp(),
            "state": "active",
            "shards": shards,
        });
        let answer = json!({
            "version": 1,
            "session_id": id,
            "bot": {"id": ME, "username": "model bot"},
            "shard": shards,
        });
        self.rest.webhook_sessions.insert(id, session);
        Answer::ok(answer)
    }

    pub(super) fn webhook_session_list(&mut self, _: &Ask) -> Answer {
        Answer::ok(self.rest.webhook_sessions.values().cloned().collect())
    }

    pub(super) fn webhook_session_check(&mut self, ask: &Ask) -> Answer {
        if ask.query("action").as_deref() != Some("check") {
            return bad_param("action");
        }
        let now = self.timestamp();
        for session in self.rest.webhook_sessions.values_mut().filter_map(Value::as_object_mut) {
            session.insert("last_heartbeat_time".to_owned(), Value::from(now.as_str()));
        }
        self.webhook_session_list(ask)
    }

    pub(super) fn webhook_session_delete(&mut self, ask: &Ask) -> Answer {
        match self.rest.webhook_sessions.remove(ask.param(0)) {
            Some(_) => Answer::no_content(),
            None => bad_param("no such session"),
        }
    }
}

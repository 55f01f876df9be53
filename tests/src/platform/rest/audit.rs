//! Messages that are held for review.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::{Scene, Sent};
use super::super::http::Answer;
use super::super::push::Form;

/// A message that waits.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) due: Duration,
    pass: bool,
    id: String,
    created: String,
    sent: Sent,
    value: Value,
}

impl Platform {
    /// Holds a message instead of showing it. The answer is no failure and no success.
    pub(in super::super) fn hold(
        &mut self,
        sent: Sent,
        value: Value,
        (pass, after): (bool, Duration),
    ) -> Answer {
        let id = self.ids.uuid();
        let (code, message) = if sent.msg_id.is_none() && sent.event_id.is_none() {
            (304_023, "push message is waiting for audit now")
        } else {
            (304_024, "reply message is waiting for audit now")
        };
        let data = json!({"message_audit": {"audit_id": id}});
        let due = self.now.saturating_add(after);
        self.rest.held.push(Held { due, pass, id, created: self.timestamp(), sent, value });
        Answer::new(202, json!({"message": message, "code": code, "data": data}))
    }

    /// Tells how reviews ended.
    pub(in super::super) fn finish_audits(&mut self) {
        let now = self.now;
        if self.rest.held.iter().all(|held| held.due > now) {
            return;
        }
        let held = std::mem::take(&mut self.rest.held);
        let (due, later) = held.into_iter().partition(|held| held.due <= now);
        self.rest.held = later;
        let mut due: Vec<Held> = due;
        due.sort_by_key(|held| held.due);
        for held in due {
            self.finish(held);
        }
    }

    fn finish(&mut self, held: Held) {
        let mut d = json!({
            "audit_id": held.id,
            "audit_time": self.timestamp(),
            "create_time": held.created,
        });
        let place = |name: &str| held.value.get(name).cloned().unwrap_or_default();
        let mut put = |name: &str, value: Value| {
            if let Some(d) = d.as_object_mut() {
                d.insert(name.to_owned(), value);
            }
        };
        match held.sent.scene {
            Scene::Guild | Scene::Dm => {
                put("guild_id", place("guild_id"));
                put("channel_id", place("channel_id"));
            }
            Scene::Group => put("group_openid", Value::from(held.sent.target.as_str())),
            Scene::C2c => put("user_openid", Value::from(held.sent.target.as_str())),
        }
        if held.pass {
            put("message_id", Value::from(held.sent.id.as_str()));
            put("seq_in_channel", Value::from("1"));
            let message = Sent { at: self.now, ..held.sent };
            self.publish(message, held.value);
        }
        let name = if held.pass { "MESSAGE_AUDIT_PASS" } else { "MESSAGE_AUDIT_REJECT" };
        self.put(name, &d, Form::Text);
    }
}

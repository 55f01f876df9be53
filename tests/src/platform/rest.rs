//! The API behind the authorization: who the bot is, where its gateway is, and where messages go.

use serde_json::{Value, json};

use super::chats::Scene;
use super::http::{Answer, Call};
use super::{Platform, Rule};

impl Platform {
    pub(super) fn rest(&mut self, call: &Call) -> Answer {
        let route = call.route().to_owned();
        let parts: Vec<&str> = route.trim_matches('/').split('/').collect();
        let scene = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["gateway"]) => return Answer::ok(json!({"url": self.config.gateway_url})),
            ("GET", ["gateway", "bot"]) => return self.gateway_bot(),
            ("GET", ["users", "@me"]) => return Answer::ok(self.chats.me()),
            ("POST", ["v2", "users", target, "messages"]) => Some((Scene::C2c, *target)),
            ("POST", ["v2", "groups", target, "messages"]) => Some((Scene::Group, *target)),
            ("POST", ["channels", target, "messages"]) => Some((Scene::Guild, *target)),
            ("POST", ["dms", target, "messages"]) => Some((Scene::Dm, *target)),
            _ => None,
        };
        let Some((scene, target)) = scene else {
            self.violate(Rule::NoSuchEndpoint, None, format!("{} {route}", call.method));
            return Answer::error(404, 404, "api not found");
        };
        let Some(body) = serde_json::from_slice::<Value>(&call.body).ok().filter(Value::is_object) else {
            self.violate(Rule::BadBody, None, format!("the body for {route} is no JSON object"));
            return Answer::error(400, 40_011_000, "request param invalid");
        };
        let target = unescaped(target);
        self.message(scene, &target, body)
    }

    fn gateway_bot(&mut self) -> Answer {
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
}

/// Undoes percent-encoding in one part of a path.
fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        for (part, text) in [("plain", "plain"), ("a%21b%2F", "a!b/"), ("100%", "100%"), ("%zz", "%zz")] {
            assert_eq!(unescaped(part), text);
        }
    }
}

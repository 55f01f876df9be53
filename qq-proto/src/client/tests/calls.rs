//! Calls of the application through the client: tokens, caps, hosts, numbers.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Bot, FREE, TOKEN, at, config, count, fixed, has};
use crate::api::{
    ApiRequest, ChannelMessage, DeleteChannel, GetGuild, ImageFile, ListGuildMembers, RawCall, Repeat,
    ReplyTo, Scene, SendC2c, SendChannel, TextReply, Trigger,
};
use crate::calls::Why;
use crate::config::Shards;
use crate::event::Event;
use crate::io::{Method, Output, TransportError};

fn post(path: &str) -> RawCall {
    RawCall(ApiRequest::new(Method::Post, &[path]).with_body("{}").with_repeat(Repeat::Deduplicated))
}

fn text(target: &str, message: &str) -> TextReply {
    TextReply::new(ReplyTo::new(Scene::C2c, target, Trigger::Message(message.into())), "hi there")
}

impl Bot {
    /// Only calls, and a token for them.
    fn caller() -> Self {
        let mut bot = Self::new(config().with_shards(Shards::None));
        bot.drain();
        bot.token("T");
        bot
    }

    fn call(&mut self, path: &str) -> Vec<String> {
        let _ = self.client.call(at(self.now), post(path)).unwrap();
        self.drain()
    }

    fn body(&self, path: &str) -> String {
        let request = &self.exchanges[&self.exchange(path)];
        String::from_utf8(request.body.as_bytes().to_vec()).unwrap()
    }
}

#[test]
fn a_call_is_sent_at_once_with_the_token() {
    let mut bot = Bot::caller();
    assert_eq!(bot.call("x"), ["http POST https://api.bot.qq.com/x QQBot T-token"]);
    let request = &bot.exchanges[&bot.exchange("/x")];
    let headers: Vec<_> = request.headers().collect();
    assert_eq!(
        headers,
        [("Authorization", "QQBot T-token"), ("Content-Type", "application/json"), ("X-Union-Appid", "102")]
    );
    assert_eq!(bot.answer("/x", 200, "{}"), ["reply 1 after 1: ok 200"]);
    let counts = bot.client.calls();
    assert_eq!((counts.in_flight, counts.waiting, counts.done), (0, 0, 1));
}

#[test]
fn a_call_waits_for_a_token_and_ends_without_one() {
    let mut bot = Bot::new(config().with_shards(Shards::None));
    bot.drain();
    assert!(!bot.client.can_send());
    assert!(bot.call("x").is_empty());
    assert!(has(&bot.token("T"), "/x QQBot T-token"));
    assert!(bot.client.can_send());

    // None ever comes: every call ends, and their places are free again.
    let mut config = config().with_shards(Shards::None);
    config.limits.calls = 3;
    let mut bot = Bot::new(config);
    bot.drain();
    for round in 0..3 {
        for _ in 0..3 {
            bot.call("x");
        }
        let refused = bot.client.call(at(bot.now), post("x")).unwrap_err();
        assert_eq!((refused.why, refused.call.0.path.as_str()), (Why::Full, "/x"));
        let lines = bot.run_until(bot.now + 15_000);
        assert_eq!(count(&lines, "after 0: TimedOut { sent: false }"), 3, "{round}: {lines:?}");
    }
}

#[test]
fn no_more_than_the_cap_fly_at_once() {
    let mut bot = Bot::caller();
    for n in 0..100 {
        bot.call(&format!("c{n}"));
    }
    assert_eq!(bot.exchanges.len(), 64);
    // First come, first served; each place that is free is taken.
    let lines = bot.answer("/c3", 200, "");
    assert_eq!(lines, ["reply 4 after 1: ok 200", "http POST https://api.bot.qq.com/c64 QQBot T-token"]);
    // One that is given up frees its place, too.
    let lines = bot.run_until(6000);
    assert_eq!(count(&lines, "http POST"), 64, "the first attempts are repeated: {lines:?}");
    assert_eq!(bot.client.calls().in_flight, 64);
    let lines = bot.run_until(16_000);
    assert_eq!(bot.client.calls().in_flight + bot.client.calls().waiting, 0, "{lines:?}");
    assert_eq!(bot.replies_seen.len(), 100);
}

#[test]
fn a_dead_token_is_replaced_once_for_all_calls() {
    let mut bot = Bot::caller();
    bot.run_until(10_000);
    for n in 0..5 {
        bot.call(&format!("c{n}"));
    }
    let mut lines = Vec::new();
    for n in 0..5 {
        lines.extend(bot.answer(&format!("/c{n}"), 401, r#"{"code":11244}"#));
    }
    assert_eq!(lines, ["http POST https://api.bot.qq.com/app/getAppAccessToken"]);
    let lines = bot.token("U");
    assert_eq!(count(&lines, "QQBot U-token"), 5);
    // A second time it is the call's own matter, and nobody else loses the token.
    let lines = bot.answer("/c0", 401, r#"{"code":11244}"#);
    assert_eq!(lines, ["reply 1 after 2: refused 11244"]);
    assert!(bot.client.can_send());
    for n in 1..5 {
        assert_eq!(bot.answer(&format!("/c{n}"), 200, "").len(), 1);
    }
}

#[test]
fn a_refusal_for_another_reason_keeps_the_token() {
    let mut bot = Bot::caller();
    for (status, body) in [
        (401, r#"{"code":11298,"err_code":40023002}"#),
        (401, r#"{"code":4242}"#),
        (403, "{}"),
        (400, r#"{"code":11253}"#),
    ] {
        bot.call("x");
        let lines = bot.answer("/x", status, body);
        assert_eq!(lines.len(), 1, "{status} {body}: {lines:?}");
        assert!(bot.client.can_send(), "{status} {body}");
    }
}

#[test]
fn an_endpoint_that_always_says_401_makes_no_storm() {
    let mut bot = Bot::caller();
    let mut asked = 0;
    for _ in 0..60 {
        bot.call("odd");
        for _ in 0..10 {
            if bot.exchanges.values().any(|request| request.url.ends_with("/odd")) {
                bot.answer("/odd", 401, "{}");
            }
            if bot.exchanges.values().any(|request| request.url.ends_with(TOKEN)) {
                asked += 1;
                // The platform insists that this one is good.
                bot.token("T");
            }
            bot.run_until(bot.now + 500);
        }
    }
    // Five minutes; two requests for each time that the token is suspected, and ever longer pauses between.
    assert!(asked <= 40, "{asked}");
}

#[test]
fn replies_to_one_conversation_keep_their_order() {
    let mut bot = Bot::caller();
    for (target, message) in [("U1", "m1"), ("U1", "m1"), ("U2", "m2"), ("U1", "m3")] {
        let _ = bot.client.call(at(bot.now), text(target, message)).unwrap();
    }
    let lines = bot.drain();
    assert_eq!(count(&lines, "/v2/users/U1/messages"), 1);
    assert_eq!(count(&lines, "/v2/users/U2/messages"), 1);
    let first = r#"{"content":"hi there","msg_type":0,"msg_id":"m1","msg_seq":1}"#;
    assert_eq!(bot.body("U1/messages"), first);
    // The reply is lost: the same number again, and the others still wait.
    let lines = bot.fail_exchange("U1/messages", TransportError::Broken);
    assert_eq!(count(&lines, "U1/messages"), 1);
    assert_eq!(bot.body("U1/messages"), first);
    let duplicate = r#"{"err_code":40054005}"#;
    let lines = bot.answer("U1/messages", 400, duplicate);
    assert_eq!(lines[0], "reply 1 after 2: ok 400");
    assert!(bot.body("U1/messages").contains(r#""msg_id":"m1","msg_seq":2"#));
    bot.answer("U1/messages", 200, r#"{"id":"a"}"#);
    assert!(bot.body("U1/messages").contains(r#""msg_id":"m3","msg_seq":1"#));
}

#[test]
fn a_ticket_opens_its_reply_and_no_other() {
    let mut bot = Bot::caller();
    let first = bot.client.call(at(bot.now), text("U1", "m1")).unwrap();
    let second = bot.client.call(at(bot.now), text("U2", "m2")).unwrap();
    bot.drain();
    assert!(first.id() < second.id());
    let id = bot.exchange("U2/messages");
    let response = crate::io::HttpResponse::new(200, r#"{"id":"sent-2","timestamp":7}"#);
    bot.client.handle(at(bot.now), crate::io::Input::Http { id, result: Ok(response) });
    let Some(Output::Event(Event::Reply(reply))) = bot.client.poll_output() else { panic!() };
    assert!(reply.claim(&first).is_none());
    let sent = reply.claim(&second).unwrap().unwrap();
    assert_eq!((sent.id.as_deref(), sent.timestamp.as_deref()), (Some("sent-2"), Some("7")));
    assert!(!sent.delivered_before);
}

#[test]
fn a_call_that_is_given_back_has_used_no_number() {
    let mut config = config().with_shards(Shards::None);
    config.limits.calls = 1;
    let mut bot = Bot::new(config);
    bot.drain();
    bot.token("T");
    let _ = bot.client.call(at(1000), text("U1", "m1")).unwrap();
    bot.drain();
    let refused = bot.client.call(at(1000), text("U1", "m1")).unwrap_err();
    bot.answer("U1/messages", 200, "");
    let _ = bot.client.call(at(1000), refused.call).unwrap();
    bot.drain();
    assert!(bot.body("U1/messages").contains(r#""msg_seq":2"#));
}

#[test]
fn calls_go_to_the_host_that_answers() {
    let mut bot = Bot::caller();
    bot.call("x");
    let lines = bot.fail_exchange("/x", TransportError::Connect);
    assert!(has(&lines, "https://api.bot.qq.com/x"), "{lines:?}");
    bot.fail_exchange("/x", TransportError::Dns);
    let lines = bot.run_until(bot.now + 1300);
    assert_eq!(lines, ["http POST https://api.sgroup.qq.com/x QQBot T-token"]);
    assert_eq!(bot.answer("/x", 200, ""), ["reply 1 after 3: ok 200"]);
    assert!(has(&bot.call("y"), "https://api.sgroup.qq.com/y"), "it is kept");
}

#[test]
fn calls_do_not_wait_for_the_gateway() {
    let mut bot = Bot::new(fixed(1));
    bot.drain();
    bot.token("T");
    assert!(has(&bot.call("x"), "/x QQBot T-token"));
    bot.gateway(FREE);
    assert_eq!(bot.answer("/x", 200, ""), ["reply 1 after 1: ok 200"]);
}

#[test]
fn what_is_said_in_a_call_is_not_shown() {
    let mut bot = Bot::caller();
    bot.hide("hi there");
    let call = text("U1", "m1");
    bot.assert_hidden(&format!("{call:?}"));
    let _ = bot.client.call(at(bot.now), call).unwrap();
    bot.drain();
    let words = r#"{"err_code":40034005,"message":"you said hi there"}"#.to_string();
    bot.answer("U1/messages", 400, &words);
}

#[test]
fn a_late_call_that_is_given_back_has_served_what_was_due() {
    let mut config = fixed(1);
    config.limits.calls = 0;
    let mut bot = Bot::found(config, FREE);
    // The dial is given up at 11 s.
    bot.now = 50_000;
    let refused = bot.client.call(at(bot.now), post("x")).unwrap_err();
    assert_eq!(refused.why, Why::Full);
    // `drain` checks that nothing is still due.
    assert!(has(&bot.drain(), "disconnect 0.1 4000"));
}

#[test]
fn queries_forms_and_flaws() {
    let mut bot = Bot::caller();
    let list = ListGuildMembers::new("7").after("0").limit(2_u32);
    let _ = bot.client.call(at(bot.now), list).unwrap();
    assert_eq!(
        bot.drain(),
        ["http GET https://api.bot.qq.com/guilds/7/members?after=0&limit=2 QQBot T-token"]
    );
    let file = ImageFile::new("a.png", "image/png", &b"PNG"[..]);
    let _ = bot.client.call(at(bot.now), SendChannel::new("71", ChannelMessage::image_file(file))).unwrap();
    bot.drain();
    let request = &bot.exchanges[&bot.exchange("/channels/71/messages")];
    let kind = request.headers().find(|(name, _)| *name == "Content-Type").unwrap().1.to_string();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(request.body.as_bytes().starts_with(format!("--{boundary}\r\n").as_bytes()));
    // What can be seen to be wrong is given back and never sent.
    let refused = bot.client.call(at(bot.now), SendC2c::new("U", "")).unwrap_err();
    assert_eq!(refused.why.to_string(), "the call is not valid: content: is empty");
    assert!(bot.drain().is_empty());
}

#[test]
fn what_only_reads_is_asked_again() {
    let mut bot = Bot::caller();
    let _ = bot.client.call(at(bot.now), GetGuild::new("7")).unwrap();
    bot.drain();
    // Cut on its way, and silent: for a write that would be the end.
    assert!(has(&bot.fail_exchange("/guilds/7", TransportError::Broken), "http GET"));
    bot.fail_exchange("/guilds/7", TransportError::Timeout);
    assert!(has(&bot.run_until(bot.now + 2000), "http GET"));
    assert_eq!(bot.answer("/guilds/7", 200, r#"{"id":"7"}"#), ["reply 1 after 3: ok 200"]);

    let _ = bot.client.call(at(bot.now), DeleteChannel::new("71")).unwrap();
    bot.drain();
    let lines = bot.fail_exchange("/channels/71", TransportError::Broken);
    assert!(has(&lines, "reply 2 after 1"), "{lines:?}");
}

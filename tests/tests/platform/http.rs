//! Token endpoint, discovery, authorization.

use std::time::Duration;

use qq_testkit::platform::{
    Effect, Endpoint, Failure, Hidden, Incident, NumberAs, PlatformConfig, Request, Rule, StartLimit,
};
use serde_json::{Value, json};

use crate::bot::Bot;

const TOKEN: &str = "/app/getAppAccessToken";
const JSON: (&str, &str) = ("Content-Type", "application/json; charset=utf-8");

#[test]
fn the_token_endpoint_says_no_with_status_200() {
    let good = json!({"appId": "102030405", "clientSecret": "model-platform-secret"}).to_string();
    let cases = [
        (&[][..], good.clone(), 100_007),
        (&[("content-type", "text/plain")], good, 100_007),
        (&[JSON], "{".to_owned(), 100_007),
        (&[JSON], json!({"app_id": "102030405", "client_secret": "x"}).to_string(), 100_007),
        (&[JSON], json!({"appId": "letters", "clientSecret": "x"}).to_string(), 100_007),
        (&[JSON], json!({"appId": "102030406", "clientSecret": "x"}).to_string(), 10_004),
        (&[JSON], json!({"appId": "102030405", "clientSecret": "x"}).to_string(), 100_016),
    ];
    for (headers, body, code) in cases {
        let (status, answer) = Bot::new(PlatformConfig::default()).http("POST", TOKEN, headers, &body);
        assert_eq!((status, answer["code"].as_i64()), (200, Some(code)), "{headers:?} {body}");
        assert!(answer.get("access_token").is_none());
    }
}

#[test]
fn expires_in_is_written_as_configured_and_shrinks() {
    for (form, first, second) in
        [(NumberAs::Text, json!("7200"), json!("7190")), (NumberAs::Number, json!(7200), json!(7190))]
    {
        let mut bot = Bot::new(PlatformConfig { expires_in: form, ..PlatformConfig::default() });
        let one = bot.ask_token();
        bot.wait(10);
        let two = bot.ask_token();
        assert_eq!((&one["expires_in"], &two["expires_in"]), (&first, &second));
        assert_eq!(one["access_token"], two["access_token"]);
    }
}

#[test]
fn a_new_token_comes_in_the_last_minute_and_the_old_one_lives_on() {
    let mut bot = Bot::new(PlatformConfig::default());
    let old = format!("QQBot {}", bot.token());
    bot.wait(7139);
    assert_eq!(format!("QQBot {}", bot.token()), old);
    bot.wait(2);
    assert_ne!(format!("QQBot {}", bot.token()), old);
    bot.wait(58);
    assert_eq!(bot.http("GET", "/gateway", &[("Authorization", &old)], "").0, 200);
    bot.wait(2);
    let (status, body) = bot.http("GET", "/gateway", &[("Authorization", &old)], "");
    assert_eq!((status, body["code"].as_i64(), body["err_code"].as_i64()), (401, Some(11_244), Some(11_244)));
    assert!(bot.rules().is_empty(), "a second late is no crime");
    bot.wait(10);
    bot.http("GET", "/gateway", &[("Authorization", &old)], "");
    assert_eq!(bot.rules(), [Rule::ExpiredToken]);
}

#[test]
fn a_rotated_secret_stops_the_old_one() {
    let mut bot = Bot::new(PlatformConfig::default());
    let token = format!("QQBot {}", bot.token());
    bot.platform.apply(bot.now, Incident::RotateSecret { secret: Hidden::from("another") });
    bot.wait(1);
    let old = json!({"appId": "102030405", "clientSecret": "model-platform-secret"}).to_string();
    assert_eq!(bot.http("POST", TOKEN, &[JSON], &old).1["code"], 100_016);
    assert_eq!(bot.http("GET", "/gateway", &[("Authorization", &token)], "").0, 200);
    bot.wait(1);
    assert!(bot.ask_token().get("access_token").is_some());
}

#[test]
fn authorization_is_checked_before_anything_else() {
    for (header, code, rule) in [
        (None, 11_241, Rule::Authorization),
        (Some("Bot 102030405.abc"), 11_245, Rule::Authorization),
        (Some("Bearer abc"), 11_243, Rule::Authorization),
        (Some("QQBot abc"), 11_243, Rule::UnknownToken),
    ] {
        for path in ["/gateway", "/gateway/bot", "/users/@me", "/v2/users/U/messages", "/no/such/path"] {
            let mut bot = Bot::new(PlatformConfig::default());
            let headers: Vec<(&str, &str)> =
                header.map(|value| ("authorization", value)).into_iter().collect();
            let (status, body) = bot.http("GET", path, &headers, "");
            assert_eq!((status, body["err_code"].as_i64()), (401, Some(code)), "{header:?} {path}");
            assert_eq!(body["trace_id"].as_str().map(str::len), Some(32));
            assert_eq!(bot.rules(), [rule]);
        }
    }
}

#[test]
fn withdrawn_tokens_are_not_held_against_the_bot() {
    let mut bot = Bot::new(PlatformConfig::default());
    let old = format!("QQBot {}", bot.token());
    bot.platform.apply(bot.now, Incident::ExpireTokens);
    let (status, body) = bot.http("GET", "/users/@me", &[("Authorization", &old)], "");
    assert_eq!((status, body["code"].as_i64()), (401, Some(11_244)));
    bot.wait(1);
    assert_ne!(format!("QQBot {}", bot.token()), old);
    assert!(bot.rules().is_empty());
}

#[test]
fn discovery_tells_the_limits() {
    let starts =
        StartLimit { total: 50, remaining: 7, reset_after: Duration::from_secs(100), max_concurrency: 3 };
    let mut bot = Bot::new(PlatformConfig { starts, shards: 4, ..PlatformConfig::default() });
    let url = json!(bot.platform.config().gateway_url);
    assert_eq!(bot.call("GET", "/gateway", &Value::Null), (200, json!({"url": url})));
    bot.wait(1);
    let limit = |remaining: u32, reset_after: u64| {
        json!({"url": url, "shards": 4, "session_start_limit":
            {"total": 50, "remaining": remaining, "reset_after": reset_after, "max_concurrency": 3}})
    };
    assert_eq!(bot.call("GET", "/gateway/bot", &Value::Null), (200, limit(7, 99_000)));
    bot.wait(99);
    assert_eq!(bot.call("GET", "/gateway/bot?x=1", &Value::Null), (200, limit(50, 86_400_000)));
    bot.wait(1);
    bot.platform.apply(bot.now, Incident::SetRemaining { remaining: 0, reset_after_millis: 1500 });
    assert_eq!(bot.call("GET", "/gateway/bot", &Value::Null), (200, limit(0, 1500)));
}

#[test]
fn what_is_not_there_is_404() {
    let mut bot = Bot::new(PlatformConfig::default());
    for (method, path) in [("GET", "/nothing"), ("PUT", "/gateway"), ("GET", "/v2/users/U/messages")] {
        bot.wait(1);
        assert_eq!(bot.call(method, path, &Value::Null).0, 404, "{method} {path}");
    }
    assert_eq!(bot.rules(), [Rule::NoSuchEndpoint; 3]);
    bot.wait(1);
    let me = bot.call("GET", "/users/@me", &Value::Null).1;
    assert!(me["id"].as_str().unwrap().parse::<u64>().is_ok());
    assert_eq!(me["bot"], true);
}

#[test]
fn token_requests_keep_their_distance() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.token();
    bot.wait_millis(999);
    bot.token();
    assert_eq!(bot.rules(), [Rule::TokenTooSoon]);
    bot.wait_millis(1000);
    bot.token();
    assert_eq!(bot.rules().len(), 1);

    let hang = Incident::FailNext { endpoint: Endpoint::Token, how: Failure::Hang, times: 1 };
    bot.platform.apply(bot.now, hang);
    bot.wait(1);
    let body = "{}";
    bot.platform.handle(
        bot.now,
        Request::Http {
            exchange: 900,
            method: "POST".into(),
            path: TOKEN.into(),
            headers: vec![],
            body: body.into(),
        },
    );
    assert!(bot.effects().is_empty(), "it hangs");
    bot.wait(1);
    bot.token();
    assert_eq!(bot.rules(), [Rule::TokenTooSoon, Rule::TokenInParallel]);
    bot.platform.handle(bot.now, Request::Abandon { exchange: 900 });
    bot.wait(1);
    bot.token();
    assert_eq!(bot.rules().len(), 2);
}

#[test]
fn ordered_failures_hit_their_endpoint_and_nothing_else() {
    let status = |status, body: &str| Failure::Status { status, body: body.to_owned() };
    let cases: [(Failure, u16, &str); 6] = [
        (status(500, ""), 500, ""),
        (status(200, "{\"access_token\":\"\"}"), 200, "access_token"),
        (Failure::Error { status: 400, code: 22_009 }, 400, "22009"),
        (Failure::ErrorIn200 { code: 100_001 }, 200, "100001"),
        (Failure::Html502, 502, "<html>"),
        (Failure::Status429, 429, "22009"),
    ];
    for (endpoint, path) in [
        (Endpoint::Token, TOKEN),
        (Endpoint::Discovery, "/gateway/bot"),
        (Endpoint::Send, "/v2/groups/G/messages"),
        (Endpoint::Other, "/users/@me"),
    ] {
        for (how, expected, part) in &cases {
            let mut bot = Bot::new(PlatformConfig::default());
            bot.platform.apply(bot.now, Incident::FailNext { endpoint, how: how.clone(), times: 2 });
            for round in 0..3 {
                bot.wait(1);
                let other = if endpoint == Endpoint::Token { "/gateway" } else { TOKEN };
                let untouched = bot.raw_http("GET", other, &[], "");
                assert!(matches!(untouched.as_slice(), [Effect::Http { status: 401 | 405, .. }]));
                bot.wait(1);
                let effects = bot.raw_http("POST", path, &[], "");
                let [Effect::Http { status, body, .. }] = effects.as_slice() else { panic!("{effects:?}") };
                let text = String::from_utf8_lossy(body);
                let failed = status == expected && text.contains(part);
                let ordinary = if endpoint == Endpoint::Token { 200 } else { 401 };
                assert!(
                    if round < 2 { failed } else { *status == ordinary },
                    "{how:?} {round} {status} {text}"
                );
            }
        }
    }
}

#[test]
fn a_lost_request_does_nothing_and_a_lost_reply_does_it_all() {
    for (how, issued) in [(Failure::LostRequest, 0), (Failure::LostReply, 1)] {
        let mut bot = Bot::new(PlatformConfig::default());
        bot.platform.apply(bot.now, Incident::FailNext { endpoint: Endpoint::Token, how, times: 1 });
        let body = json!({"appId": "102030405", "clientSecret": "model-platform-secret"}).to_string();
        let effects = bot.raw_http("POST", TOKEN, &[JSON], &body);
        assert!(matches!(effects.as_slice(), [Effect::DropHttp { .. }]), "{effects:?}");
        assert_eq!(bot.platform.tokens_issued(), issued);
    }
}

#[test]
fn secrets_do_not_print() {
    let mut bot = Bot::new(PlatformConfig::default());
    let token = bot.token();
    let rotate = Incident::RotateSecret { secret: Hidden::from("model-platform-secret") };
    let request = Request::Text { link: 1, text: token.clone().into() };
    let effect = Effect::Text { link: 1, bytes: token.clone().into() };
    let printed = format!("{:?} {:?} {rotate:?} {request:?} {effect:?}", bot.platform, bot.platform.config());
    assert!(!printed.contains(&token) && !printed.contains("model-platform-secret"), "{printed}");
}

//! `qq simulate` and `qq listen` together, and what the command says to people.
#![cfg(unix)]

mod cli_process;
mod push;

use std::net::TcpListener;

use cli_process::{qq, run, simulate};
use serde_json::{Value, json};

#[test]
fn a_listener_prints_and_answers_what_is_injected() {
    let platform = simulate(&[]);
    let listen = qq(&["listen", "--reply", "pong: {content}"], &platform.bot());
    platform.wait_for_bot();
    let pushed = platform.post("message", &json!({"scene": "c2c", "text": "hello \"you\""}));
    let line: Value = serde_json::from_str(&listen.line()).unwrap();
    assert_eq!((&line["t"], &line["id"]), (&json!("C2C_MESSAGE_CREATE"), &pushed["event_id"]));
    assert_eq!((&line["s"], &line["d"]["content"]), (&json!(2), &json!("hello \"you\"")));
    let sent = platform.get("sent?wait_ms=100000");
    assert_eq!(sent["sent"][0]["content"], "pong: hello \"you\"");
    assert_eq!(sent["sent"][0]["msg_id"], pushed["message_id"]);
    assert_eq!(platform.get("violations")["violations"], json!([]));
    listen.signal("-TERM");
    let ended = listen.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.err.contains("model-platform-secret"), "{ended:?}");
    platform.process.signal("-TERM");
    let ended = platform.process.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for part in ["a token was issued", "shard 0 identified", "c2c message from the bot: pong: hello"] {
        assert!(ended.err.contains(part), "{part}: {ended:?}");
    }
}

#[test]
fn a_listener_takes_events_by_webhook() {
    let platform = simulate(&[]);
    let args = ["listen", "--webhook", "127.0.0.1:0/qq"];
    let listen = qq(&args, &platform.bot());
    let url = listen.said("an address", push::address);
    let answer = push::push(&url, "102030405", "model-platform-secret", "m1", "hello");
    assert!(answer.ends_with(r#"{"op":12,"d":0}"#), "{answer}");
    let line: Value = serde_json::from_str(&listen.line()).unwrap();
    assert_eq!((&line["s"], &line["d"]["content"]), (&json!(null), &json!("hello")));
    assert_eq!(platform.get("live?shards=0")["live_shards"], json!([]));
    listen.signal("-TERM");
    assert_eq!(listen.end().code, Some(0));
    // With the gateway beside it, and the address that the one before had.
    let address = url.strip_prefix("http://").unwrap();
    let listen = qq(&["listen", "--webhook", address, "--gateway"], &platform.bot());
    assert_eq!(listen.said("an address", push::address), url);
    platform.wait_for_bot();
    push::push(&url, "102030405", "model-platform-secret", "m2", "by webhook");
    assert!(listen.line().contains("by webhook"));
    platform.post("message", &json!({"scene": "c2c", "text": "by gateway"}));
    assert!(listen.line().contains("by gateway"));
    listen.signal("-INT");
    assert_eq!(listen.end().code, Some(0));
}

#[test]
fn an_address_in_use_may_be_free_later() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let named = [("QQ_APP_ID", "1"), ("QQ_APP_SECRET", "s")];
    let ended = run(&["listen", "--webhook", &address], &named, "");
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.contains(&format!("cannot listen at {address}")), "{ended:?}");
}

#[test]
fn a_listener_survives_an_incident_that_is_ordered_over_http() {
    let platform = simulate(&["--quiet"]);
    let listen = qq(&["listen"], &[&platform.bot()[..], &[("QQ_REPLY", "again: {content}")]].concat());
    platform.wait_for_bot();
    let cut = platform.post("incident", &json!({"incident": "close", "shard": 0, "code": 4009}));
    assert_eq!(cut, json!({"done": true}));
    platform.post("message", &json!({"scene": "dm", "text": "x"}));
    assert_eq!(platform.get("sent")["next"], 0, "direct messages are not among the default intents");
    platform.post("message", &json!({"scene": "guild", "text": "hello"}));
    assert!(listen.line().contains("AT_MESSAGE_CREATE"));
    let sent = platform.get("sent?wait_ms=100000");
    assert!(sent["sent"][0]["content"].as_str().unwrap().starts_with("again: "), "{sent}");
    platform.process.signal("-INT");
    let ended = platform.process.end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn intents_are_those_of_the_command_line() {
    let platform = simulate(&[]);
    let environment = [&platform.bot()[..], &[("QQ_INTENTS", "nonsense")]].concat();
    let _listen = qq(&["listen", "--intents", "guilds,direct_message"], &environment);
    platform.wait_for_bot();
    assert_eq!(platform.get("state")["sessions"][0]["intents"], 1 | 1 << 12);
}

#[test]
fn a_simulator_is_what_it_was_told_to_be() {
    let told = [
        "--app-id",
        "77",
        "--secret",
        "it's",
        "--shards",
        "2",
        "--max-concurrency",
        "2",
        "--heartbeat",
        "500ms",
        "--token-lifetime",
        "10m",
    ];
    let simulator = simulate(&told);
    let token = ureq::post(format!("{}/app/getAppAccessToken", simulator.base))
        .content_type("application/json")
        .send(json!({"appId": "77", "clientSecret": "it's"}).to_string());
    let token: Value = serde_json::from_str(&token.unwrap().body_mut().read_to_string().unwrap()).unwrap();
    assert_eq!(token["expires_in"], "600");
    let bot = [("QQ_APP_ID", "77"), ("QQ_APP_SECRET", "it's"), ("QQ_API_BASE", simulator.base.as_str())];
    let _listen = qq(&["listen"], &bot);
    let live = simulator.get("live?shards=2&wait_ms=100000");
    assert_eq!(live["live_shards"], json!([0, 1]));
}

#[test]
fn addresses_are_printed_for_people_and_shells() {
    let process = qq(&["simulate", "--port", "0", "--secret", "it's"], &[]);
    let base = process.line_with("REST").split_whitespace().last().unwrap().to_owned();
    assert!(process.line_with("token").contains(&format!("{base}/app/getAppAccessToken")));
    assert!(process.line_with("gateway").contains("ws://127.0.0.1:"));
    assert!(process.line_with("control").contains(&format!("{base}/_control")));
    assert_eq!(process.line_with("export"), "export QQ_APP_ID=102030405");
    assert_eq!(process.line(), r"export QQ_APP_SECRET='it'\''s'");
    assert_eq!(process.line(), format!("export QQ_API_BASE={base}"));
    process.signal("-TERM");
    assert_eq!(process.end().code, Some(0));
}

#[test]
fn a_port_in_use_may_be_free_later() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = run(&["simulate", "--port", &port], &[], "");
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.contains(&format!("port {port} is in use")), "{ended:?}");
}

#[test]
fn wrong_usage_ends_with_1_and_says_why() {
    let no_secret = [("QQ_APP_ID", "1")];
    let no_id = [("QQ_BOT_SECRET", "s")];
    let bad_intents = [("QQ_APP_ID", "1"), ("QQ_APP_SECRET", "s"), ("QQ_INTENTS", "nonsense")];
    let bad_proxy = [("QQ_APP_ID", "1"), ("QQ_APP_SECRET", "s"), ("QQ_PROXY", "ftp://x")];
    let bad_host = [("QQ_APP_ID", "1"), ("QQ_APP_SECRET", "s"), ("QQ_API_BASE", "http://example.com")];
    let named = [("QQ_APP_ID", "1"), ("QQ_APP_SECRET", "s")];
    let bad_webhook = [named[0], named[1], ("QQ_WEBHOOK", "localhost:8080")];
    for (arguments, environment, why) in [
        (&[][..], &[][..], "Usage: qq <COMMAND>"),
        (&["chatt"], &[], "chatt"),
        (&["chat", "--port", "1"], &[], "--port"),
        (&["simulate"], &[], "--port"),
        (&["simulate", "--port", "70000"], &[], "70000"),
        (&["simulate", "--port", "0", "--heartbeat", "soon"], &[], "45s"),
        (&["listen", "--intents", "nonsense"], &[], "nonsense"),
        (&["listen"], &[], "QQ_APP_ID"),
        (&["listen"], &no_secret, "QQ_APP_SECRET"),
        (&["listen"], &bad_intents, "nonsense"),
        (&["listen"], &bad_proxy, "QQ_PROXY"),
        (&["listen"], &bad_host, "http://example.com"),
        (&["listen", "--webhook", "8080"], &named, "qq: --webhook: the webhook's address must be ip:port"),
        (&["listen", "--webhook", "127.0.0.1:0/a b"], &named, "qq: --webhook: the webhook's path"),
        (&["listen", "--webhook-cert", "x"], &named, "--webhook-key"),
        (
            &["listen", "--webhook-cert", "x", "--webhook-key", "x"],
            &named,
            "qq: --webhook-cert: there is a certificate",
        ),
        (&["listen"], &bad_webhook, "qq: QQ_WEBHOOK: the webhook's address must be ip:port"),
        (&["chat"], &no_secret, "QQ_APP_SECRET"),
        (&["chat"], &no_id, "QQ_APP_ID"),
    ] {
        let ended = run(arguments, environment, "");
        assert_eq!(ended.code, Some(1), "{arguments:?} {ended:?}");
        assert!(ended.err.contains(why), "{arguments:?} {ended:?}");
        assert!(ended.out.is_empty(), "{arguments:?} {ended:?}");
    }
}

#[test]
fn help_and_version_are_fine() {
    for (arguments, part) in [
        (&["--help"][..], "simulate"),
        (&["--help"], "QQ_APP_SECRET"),
        (&["--help"], "Exit codes: 0 fine"),
        (&["chat", "--help"], "/silence"),
        (&["listen", "--help"], "--reply"),
        (&["listen", "--help"], "a bot has one or the other"),
        (&["--help"], "QQ_WEBHOOK_CERT"),
        (&["simulate", "--help"], "POST /_control/message"),
        (&["--version"], concat!("qq ", env!("CARGO_PKG_VERSION"))),
    ] {
        let ended = run(arguments, &[], "");
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(ended.out.join("\n").contains(part), "{arguments:?} {ended:?}");
    }
}

//! The gateway over real sockets.

use qq_testkit::platform::{Garbage, Incident};
use serde_json::{Value, json};
use tungstenite::Message;

use crate::client::{LIMIT, dial, hear, live, resume, say, server};

#[test]
fn a_session_from_hello_to_goodbye() {
    let server = server();
    let (mut socket, session) = live(&server);
    say(&mut socket, &json!({"op": 1, "d": 1}));
    assert_eq!(hear(&mut socket), json!({"op": 11}));
    let pushed = {
        let mut platform = server.platform();
        let now = platform.now();
        platform.push_c2c(now, "hello")
    };
    let event = hear(&mut socket);
    assert_eq!((event["t"].as_str(), event["s"].as_u64()), (Some("C2C_MESSAGE_CREATE"), Some(2)));
    assert_eq!(event["id"], pushed.event_id.as_str());
    socket.send(Message::Ping("x".into())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Pong("x".into()));
    socket.close(None).unwrap();
    assert_eq!(hear(&mut socket), json!({"close": null}));
    assert!(server.wait_for(LIMIT, |platform| platform.links().is_empty()));

    let mut socket = resume(&server, &session, 1);
    assert_eq!(hear(&mut socket), event);
    assert_eq!(hear(&mut socket)["t"], "RESUMED");
    assert!(crate::client::behaved(&server));
}

#[test]
fn every_close_code_arrives() {
    let server = server();
    for code in [1000, 4001, 4004, 4008, 4009, 4014, 4900, 4913, 4915, 4999] {
        server.apply(Incident::SetRemaining { remaining: 9, reset_after_millis: 9_999_999 });
        let mut socket = dial(&server).unwrap();
        hear(&mut socket);
        server.apply(Incident::FailHandshake {
            what: qq_testkit::platform::Handshake::Identify,
            how: qq_testkit::platform::HandshakeFailure::Close { code },
            times: 1,
        });
        say(&mut socket, &json!({"op": 2, "d": {"token": "QQBot x", "intents": 1, "shard": [0, 1]}}));
        assert_eq!(hear(&mut socket), json!({"close": code}));
    }
}

#[test]
fn dials_are_refused_or_left_without_hello() {
    let server = server();
    server.apply(Incident::RefuseDials { dials: 1 });
    assert!(dial(&server).is_err());
    server.apply(Incident::NoHello { dials: 1 });
    let socket = dial(&server).unwrap();
    socket.get_ref().set_nonblocking(true).unwrap();
    assert_eq!(socket.get_ref().peek(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_cut_has_no_close_frame_and_loses_nothing_before_it() {
    let server = server();
    let (mut socket, _) = live(&server);
    {
        let mut platform = server.platform();
        let now = platform.now();
        platform.push_c2c(now, "last words");
        platform.apply(now, Incident::Cut { shard: 0 });
    }
    assert_eq!(hear(&mut socket)["t"], "C2C_MESSAGE_CREATE");
    assert!(hear(&mut socket).as_str().unwrap().starts_with("error"));
}

#[test]
fn odd_frames_arrive_as_they_are() {
    let server = server();
    let (mut socket, _) = live(&server);
    let mut play = |kind| {
        server.apply(Incident::Garbage { shard: 0, kind });
        hear(&mut socket)
    };
    assert!(play(Garbage::Junk).is_string());
    assert!(play(Garbage::Truncated).is_string());
    assert_eq!(play(Garbage::Binary)["binary"]["t"], "MODEL_EVENT");
    assert!(play(Garbage::Huge)["d"]["content"].as_str().unwrap().len() > 5_000_000);
}

#[test]
fn fifty_thousand_events_in_a_burst() {
    let server = server();
    let (mut socket, _) = live(&server);
    let order = json!({"count": 50_000});
    let pushed = crate::client::control(&server, "burst", Some(&order));
    assert_eq!(pushed["last"][1], 50_001);
    for number in 0..50_000 {
        let Ok(Message::Text(text)) = socket.read() else { panic!("event {number} is missing") };
        // The first and the last are looked at closely; in between the order is enough.
        if number % 10_000 == 0 || number == 49_999 {
            let event: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(event["d"]["content"], format!("burst {number}"));
        }
        assert!(text.contains(&format!(r#""s":{},"#, number + 2)), "{number}");
    }
}

#[test]
fn a_bot_that_never_says_goodbye_does_not_hold_the_server() {
    let server = server();
    let (mut socket, _) = live(&server);
    server.apply(Incident::Close { shard: 0, code: 4009 });
    assert_eq!(hear(&mut socket), json!({"close": 4009}));
    // The socket stays open here, unread; stopping must not wait for it.
    server.stop();
    drop(socket);
}

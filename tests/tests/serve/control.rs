//! The control interface, driven as another language would.

use std::thread;

use serde_json::{Value, json};

use crate::client::{LIMIT, agent, control, hear, http, live, server, token};

#[test]
fn messages_go_in_and_answers_come_out() {
    let server = server();
    let (mut socket, _) = live(&server);
    let live = control(&server, "live?shards=1&wait_ms=20000", None);
    assert_eq!(live, json!({"live_shards": [0]}));
    let order = json!({"scene": "group", "text": "hi", "target": "SOME_GROUP", "author": "SOME_MEMBER"});
    let pushed = control(&server, "message", Some(&order));
    let event = hear(&mut socket);
    assert_eq!((&event["id"], &event["d"]["id"]), (&pushed["event_id"], &pushed["message_id"]));
    assert_eq!(pushed["session"][1], event["s"]);

    let token = token(&server);
    let url = format!("{}/v2/groups/SOME_GROUP/messages", server.base_url());
    thread::scope(|scope| {
        // The long poll is answered by the message that is sent after it was asked.
        let poll = scope.spawn(|| control(&server, "sent?after=0&wait_ms=20000", None));
        let body = json!({"content": "hello", "msg_id": pushed["message_id"], "msg_seq": 1});
        assert_eq!(http(&agent(), &url, &token, Some(&body)).0, 200);
        let sent = poll.join().unwrap();
        assert_eq!(sent["next"], 1);
        assert_eq!(
            (&sent["sent"][0]["scene"], &sent["sent"][0]["content"]),
            (&json!("group"), &json!("hello"))
        );
    });
    assert_eq!(control(&server, "sent?after=1&wait_ms=1", None), json!({"next": 1, "sent": []}));
}

#[test]
fn events_raw_frames_and_incidents() {
    let server = server();
    let (mut socket, _) = live(&server);
    control(&server, "event", Some(&json!({"t": "GROUP_ADD_ROBOT", "d": {"group_openid": "G"}})));
    assert_eq!(hear(&mut socket)["t"], "GROUP_ADD_ROBOT");
    control(&server, "raw", Some(&json!({"shard": 0, "text": "{\"op\":42}"})));
    assert_eq!(hear(&mut socket)["op"], 42);
    let play = |order: Value| control(&server, "incident", Some(&order))["done"] == true;
    assert!(play(json!({"fault": "trickle", "shard": 0, "bytes": 10, "pause_micros": 1})));
    assert!(play(json!({"incident": "reconnect_request", "shard": 0})));
    assert_eq!(hear(&mut socket), json!({"op": 7}));
    assert!(play(json!({"incident": "close", "shard": 0, "code": 4009})));
    assert_eq!(hear(&mut socket), json!({"close": 4009}));
    assert!(!play(json!({"incident": "close", "shard": 0, "code": 4009})));
}

#[test]
fn state_tells_everything_and_no_secret() {
    let server = server();
    let (_socket, session) = live(&server);
    let state = control(&server, "state", None);
    assert_eq!(state["sessions"][0]["id"], session.as_str());
    assert_eq!(state["links"][0]["shard"], json!([0, 1]));
    assert_eq!(state["attempts"][0]["outcome"], "accepted");
    http(&agent(), &format!("{}/gateway", server.base_url()), "made-up", None);
    let violations = control(&server, "violations", None);
    assert_eq!(violations["violations"][0]["rule"], "unknown_token");
    let text = control(&server, "state", None).to_string();
    assert!(!text.contains(&token(&server)) && !text.contains("made-up") && !text.contains("model-platform"));
}

#[test]
fn mistakes_are_explained() {
    let server = server();
    let call = |path: &str, body: Value| {
        let url = format!("{}/_control/{path}", server.base_url());
        http(&agent(), &url, "", Some(&body))
    };
    for (path, body, status, part) in [
        ("message", json!({"scene": "moon", "text": "x"}), 400, "moon"),
        ("incident", json!({"incident": "flood"}), 400, "flood"),
        ("incident", json!({"fault": "flood"}), 400, "flood"),
        ("incident", json!({}), 400, "incident"),
        ("nothing", json!({}), 404, "nothing"),
        ("state", json!({}), 404, "POST"),
    ] {
        let (got, answer) = call(path, body);
        assert_eq!(got, status, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(part), "{answer}");
    }
}

#[test]
fn reset_starts_anew() {
    let server = server();
    let (mut socket, _) = live(&server);
    control(&server, "reset", Some(&json!({})));
    assert!(hear(&mut socket).as_str().unwrap().starts_with("error"));
    let state = control(&server, "state", None);
    assert_eq!((&state["sessions"], &state["violations"]), (&json!([]), &json!([])));
    let (mut socket, _) = live(&server);
    control(&server, "message", Some(&json!({"scene": "c2c", "text": "again"})));
    assert_eq!(hear(&mut socket)["d"]["content"], "again");
    assert!(server.wait_for(LIMIT, |platform| platform.links().len() == 1));
}

#[test]
fn operations_fail_to_order_and_uploads_lead_to_this_port() {
    let server = server();
    let token = token(&server);
    let url = |path: &str| format!("{}{path}", server.base_url());
    let operations = control(&server, "operations", None);
    assert_eq!(operations["operations"].as_array().unwrap().len(), 111);
    let order = json!({"incident": "fail_operation", "operation": "guild_get", "times": 1,
        "how": {"error_pair": {"status": 400, "code": 11_253, "err_code": 40_012_010}}});
    assert_eq!(control(&server, "incident", Some(&order)), json!({"done": true}));
    let guild = url("/guilds/4611686018427387904");
    let (status, answer) = http(&agent(), &guild, &token, None);
    assert_eq!((status, &answer["err_code"]), (400, &json!(40_012_010)));
    assert_eq!(http(&agent(), &guild, &token, None).0, 200);
    let unknown = json!({"incident": "fail_operation", "operation": "no_such", "times": 1, "how": "hang"});
    assert_eq!(control(&server, "incident", Some(&unknown)), json!({"done": false}));

    // MD5 and SHA-1 of "hello".
    let md5 = "5d41402abc4b2a76b9719d911017c592";
    let body = json!({"file_type": 4, "file_size": "5", "file_name": "a.txt", "md5": md5,
        "sha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", "md5_10m": md5});
    let user = url("/v2/users/U");
    let plan = http(&agent(), &format!("{user}/upload_prepare"), &token, Some(&body)).1;
    let part = &plan["parts"][0];
    let address = part["presigned_url"].as_str().unwrap();
    assert!(address.starts_with(&server.base_url()), "{address}");
    let put = agent().put(address).send("hello").unwrap();
    assert_eq!(put.headers()["etag"], format!("\"{md5}\"").as_str());
    let body =
        json!({"upload_id": plan["upload_id"], "part_index": part["index"], "block_size": 5, "md5": md5});
    assert_eq!(http(&agent(), &format!("{user}/upload_part_finish"), &token, Some(&body)), (200, json!({})));
    let body = json!({"upload_id": plan["upload_id"]});
    let stored = http(&agent(), &format!("{user}/files"), &token, Some(&body)).1;
    let files = control(&server, "files", None);
    assert_eq!((&files["files"][0]["md5"], &files["files"][0]["uuid"]), (&json!(md5), &stored["file_uuid"]));
}

#[test]
fn what_people_see_is_told() {
    let server = server();
    let (_socket, _) = live(&server);
    let order = json!({"scene": "group", "text": "hi", "target": "SOME_GROUP", "author": "SOME_MEMBER"});
    let pushed = control(&server, "message", Some(&order));
    let token = token(&server);
    let url = format!("{}/v2/groups/SOME_GROUP/messages", server.base_url());
    for seq in 1..=2 {
        let body = json!({"content": "hello", "msg_id": pushed["message_id"], "msg_seq": seq});
        assert_eq!(http(&agent(), &url, &token, Some(&body)).0, 200);
    }
    let seen = control(&server, "seen?target=SOME_GROUP", None);
    assert_eq!((seen["seen"].as_array().unwrap().len(), &seen["seen"][0]["text"]), (2, &json!("hello")));
    assert_eq!(seen["twice"].as_array().unwrap().len(), 1);
    assert_eq!(control(&server, "seen?target=OTHER", None)["seen"], json!([]));
}

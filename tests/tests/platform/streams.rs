//! Texts that grow.

use qq_testkit::platform::{PlatformConfig, RestConfig, Rule, Scene};
use serde_json::{Value, json};

use crate::api::{Api, target};

/// A bot that was asked: where the answer goes, and what it answers.
fn asked() -> (Api, String, String) {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::C2c);
    (api, place, id)
}

fn fragment(id: &str, stream: Option<&str>, index: u64, state: u64, text: &str) -> Value {
    let mut body = json!({"input_mode": "replace", "input_state": state, "index": index, "content_type": "markdown",
        "content_raw": text, "msg_id": id, "msg_seq": 1});
    if let Some(stream) = stream {
        body["stream_msg_id"] = json!(stream);
    }
    body
}

/// Starts a stream; its path and its id.
fn begun(api: &mut Api, place: &str, id: &str, text: &str) -> (String, String) {
    let path = format!("{place}/stream_messages");
    let first = api.ok("POST", &path, &fragment(id, None, 0, 1, text));
    api.wait(1);
    (path, first["id"].as_str().unwrap().to_owned())
}

fn shown(api: &Api, place: &str) -> Vec<(String, bool)> {
    let seen = api.bot.platform.seen_in(Scene::C2c, target(place));
    seen.map(|seen| (seen.text.clone(), seen.finished)).collect()
}

#[test]
fn a_text_grows_and_ends() {
    let (mut api, place, id) = asked();
    let (path, stream) = begun(&mut api, &place, &id, "one");
    assert_eq!(shown(&api, &place), [("one".to_owned(), false)]);
    assert!(api.bot.platform.sent().is_empty(), "not yet");
    let next = api.ok("POST", &path, &fragment(&id, Some(&stream), 1, 1, "one two"));
    assert_eq!((&next["id"], &next["remain_msg_len"]), (&json!(stream), &json!(4993)));
    api.wait(1);
    api.ok("POST", &path, &fragment(&id, Some(&stream), 2, 10, "one two three"));
    assert_eq!(shown(&api, &place), [("one two three".to_owned(), true)]);
    let [sent] = api.bot.platform.sent() else { panic!() };
    assert_eq!((sent.content.as_str(), sent.msg_id.as_deref()), ("one two three", Some(id.as_str())));
    assert!(api.bot.rules().is_empty());
}

#[test]
fn pieces_are_appended() {
    let (mut api, place, id) = asked();
    let path = format!("{place}/stream_messages");
    let mut body = fragment(&id, None, 0, 1, "a");
    body.as_object_mut().unwrap().remove("input_mode");
    let stream = api.ok("POST", &path, &body)["id"].clone();
    body["stream_msg_id"] = stream;
    api.wait(1);
    (body["index"], body["content_raw"]) = (json!(2), json!("c"));
    api.no("POST", &path, &body, 40_011_000);
    (body["index"], body["content_raw"], body["input_state"]) = (json!(1), json!("b"), json!(10));
    api.ok("POST", &path, &body);
    assert_eq!(shown(&api, &place), [("ab".to_owned(), true)]);
    assert_eq!(api.bot.rules(), [Rule::StreamOrder], "a piece that is missing");
}

#[test]
fn what_was_shown_stays_and_numbers_go_forwards() {
    let (mut api, place, id) = asked();
    let (path, stream) = begun(&mut api, &place, &id, "one");
    let stream = Some(stream.as_str());
    api.no("POST", &path, &fragment(&id, stream, 1, 1, "two"), 40_007);
    api.no("POST", &path, &fragment(&id, stream, 0, 1, "one two"), 40_011_000);
    api.ok("POST", &path, &fragment(&id, stream, 0, 1, "one"));
    api.ok("POST", &path, &fragment(&id, stream, 5, 1, "one two"));
    api.wait(1);
    api.no("POST", &path, &fragment(&id, stream, 4, 1, "one two three"), 40_011_000);
    api.ok("POST", &path, &fragment(&id, stream, 6, 10, "one two three"));
    api.ok("POST", &path, &fragment(&id, stream, 6, 10, "one two three"));
    api.no("POST", &path, &fragment(&id, stream, 7, 10, "one two three four"), 40_034_018);
    api.no("POST", &path, &fragment(&id, Some("404"), 1, 1, "x"), 40_011_000);
    assert_eq!(shown(&api, &place), [("one two three".to_owned(), true)]);
    assert_eq!(api.bot.platform.sent().len(), 1);
    assert_eq!(api.bot.rules(), [Rule::StreamOrder; 5]);
}

#[test]
fn fragments_keep_their_distance_but_the_last_one() {
    let (mut api, place, id) = asked();
    let path = format!("{place}/stream_messages");
    let first = api.ok("POST", &path, &fragment(&id, None, 0, 1, "a"));
    let stream = first["id"].as_str();
    api.bot.wait_millis(299);
    assert_eq!(api.no("POST", &path, &fragment(&id, stream, 1, 1, "ab"), 50_002), 429);
    api.bot.wait_millis(1);
    api.ok("POST", &path, &fragment(&id, stream, 1, 1, "ab"));
    api.ok("POST", &path, &fragment(&id, stream, 2, 10, "abc"));
    assert!(api.bot.rules().is_empty());
}

#[test]
fn a_stream_is_one_reply() {
    let (mut api, place, id) = asked();
    let (path, stream) = begun(&mut api, &place, &id, "a");
    for index in 1..9 {
        let text = "a".repeat(usize::try_from(index).unwrap() + 1);
        api.ok("POST", &path, &fragment(&id, Some(&stream), index, 1, &text));
        api.wait(1);
    }
    api.no("POST", &path, &fragment(&id, None, 0, 1, "a"), 40_054_005);
    let send = format!("{place}/messages");
    for seq in 2..=4 {
        api.ok("POST", &send, &json!({"content": "x", "msg_id": id, "msg_seq": seq}));
    }
    api.no("POST", &send, &json!({"content": "x", "msg_id": id, "msg_seq": 5}), 40_034_128);
}

#[test]
fn streams_answer_something_and_in_time() {
    let (mut api, place, id) = asked();
    let path = format!("{place}/stream_messages");
    let mut body = fragment(&id, None, 0, 1, "a");
    body.as_object_mut().unwrap().remove("msg_id");
    api.no("POST", &path, &body, 40_011_000);
    body["msg_id"] = json!("made-up");
    api.no("POST", &path, &body, 40_034_024);
    for (field, value) in [
        ("input_state", json!(2)),
        ("input_state", json!("1")),
        ("index", json!(-1)),
        ("content_type", json!("html")),
        ("input_mode", json!("insert")),
        ("content_raw", Value::Null),
    ] {
        let mut body = fragment(&id, None, 0, 1, "a");
        body[field] = value;
        api.no("POST", &path, &body, 40_011_000);
    }
    api.no("POST", &path, &fragment(&id, None, 1, 1, "a"), 40_011_000);
    api.no("POST", &path, &fragment(&id, None, 0, 1, &"x".repeat(5001)), 40_054_007);
    let (path, stream) = begun(&mut api, &place, &id, "a");
    api.no("POST", &path, &fragment(&id, Some(&stream), 1, 1, &"a".repeat(5001)), 40_054_007);
    api.wait(3600);
    api.no("POST", &path, &fragment(&id, Some(&stream), 1, 10, "ab"), 40_034_005);
    let mut body = fragment(&id, Some(&stream), 1, 10, "ab");
    body["is_wakeup"] = json!(true);
    api.ok("POST", &path, &body);
    let elsewhere = path.replace(target(&place), "ELSEWHERE");
    api.no("POST", &elsewhere, &fragment(&id, Some(&stream), 2, 10, "abc"), 40_011_000);
    let rest = RestConfig { enforce_limits: false, ..RestConfig::default() };
    let mut api = Api::with(PlatformConfig { rest, ..PlatformConfig::default() });
    let (place, id) = api.asked(Scene::C2c);
    let path = format!("{place}/stream_messages");
    let first = api.ok("POST", &path, &fragment(&id, None, 0, 1, "a"));
    api.ok("POST", &path, &fragment(&id, first["id"].as_str(), 1, 1, "ab"));
}

#[test]
fn the_older_way_is_inside_of_messages() {
    let (mut api, place, id) = asked();
    let path = format!("{place}/messages");
    let body = |stream: &str, index: u64, state: u64, text: &str| {
        json!({"msg_type": 2, "markdown": {"content": text}, "msg_id": id, "msg_seq": index + 1,
            "stream": {"state": state, "id": stream, "index": index}})
    };
    api.no("POST", &path, &body("", 0, 1, "no line break"), 40_034_017);
    let stream = api.ok("POST", &path, &body("", 0, 1, "one\n"))["id"].as_str().unwrap().to_owned();
    api.no("POST", &path, &body("404", 1, 1, "two\n"), 40_011_000);
    api.no("POST", &path, &body(&stream, 2, 1, "two\n"), 40_011_000);
    api.ok("POST", &path, &body(&stream, 1, 1, "two\n"));
    let mut repeated = body(&stream, 2, 1, "three\n");
    repeated["msg_seq"] = json!(2);
    api.no("POST", &path, &repeated, 40_054_005);
    api.ok("POST", &path, &body(&stream, 2, 10, "three"));
    assert_eq!(shown(&api, &place), [("one\ntwo\nthree".to_owned(), true)]);
    api.no("POST", &path, &body(&stream, 3, 1, "four\n"), 40_034_018);
    api.ok("POST", &path, &body(&stream, 3, 20, "\n"));
    api.no("POST", &path, &body(&stream, 4, 11, "\n"), 40_034_018);
    assert_eq!(api.bot.platform.sent().len(), 1);
    let mut plain = body("", 0, 1, "x\n");
    plain["msg_type"] = json!(0);
    plain["content"] = json!("x");
    plain.as_object_mut().unwrap().remove("markdown");
    api.no("POST", &path, &plain, 40_034_016);
}

//! The agreement that `wire` promises.

use super::{BodyError, FrameError, Incoming, Parts, decode};
use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn read(text: &str) -> Result<Incoming, FrameError> {
    decode(&Bytes::copy_from_slice(text.as_bytes()))
}

fn parts(text: &str) -> Parts {
    match read(text) {
        Ok(Incoming::Dispatch(parts)) => parts,
        other => panic!("{other:?}: {text}"),
    }
}

#[test]
fn parts_are_small_and_travel() {
    fn travels<T: Send + Sync + Clone + 'static>() -> usize {
        size_of::<T>()
    }
    assert!(travels::<Parts>() <= 72);
}

#[test]
fn every_op() {
    for (text, expected) in [
        (r#"{"op":1,"d":251}"#, "Heartbeat"),
        (r#"{"op":1}"#, "Heartbeat"),
        (r#"{"op":7}"#, "Reconnect"),
        (r#"{"op":7,"d":null}"#, "Reconnect"),
        (r#"{"op":9,"d":true}"#, "InvalidSession { resumable: true }"),
        (r#"{"op":9,"d": true }"#, "InvalidSession { resumable: true }"),
        (r#"{"x":1,"op":9,"d":true}"#, "InvalidSession { resumable: true }"),
        (r#"{"op":9,"d":false}"#, "InvalidSession { resumable: false }"),
        (r#"{"op":9,"d":{"code":1}}"#, "InvalidSession { resumable: false }"),
        (r#"{"op":9,"d":"true"}"#, "InvalidSession { resumable: false }"),
        (r#"{"op":9}"#, "InvalidSession { resumable: false }"),
        (r#"{"op":10,"d":{"heartbeat_interval":45000}}"#, "Hello { interval_ms: Some(45000) }"),
        (r#"{"d":{"heartbeat_interval":45000.9},"op":10}"#, "Hello { interval_ms: Some(45000) }"),
        (r#"{"op":10,"d":{"heartbeat_interval":"45000"}}"#, "Hello { interval_ms: Some(45000) }"),
        (r#"{"op":10,"d":{"heartbeat_interval":4.5e4,"_trace":[]}}"#, "Hello { interval_ms: Some(45000) }"),
        (r#"{"op":10,"d":{"heartbeat_interval":0}}"#, "Hello { interval_ms: Some(0) }"),
        (r#"{"op":10,"d":{"heartbeat_interval":-1}}"#, "Hello { interval_ms: None }"),
        (r#"{"op":10,"d":{"heartbeat_interval":"soon"}}"#, "Hello { interval_ms: None }"),
        (r#"{"op":10,"d":{}}"#, "Hello { interval_ms: None }"),
        (r#"{"op":10,"d":null}"#, "Hello { interval_ms: None }"),
        (r#"{"op":10,"d":[1]}"#, "Hello { interval_ms: None }"),
        (r#"{"op":10}"#, "Hello { interval_ms: None }"),
        (r#"{"op":11}"#, "HeartbeatAck"),
        (r#"{"op":"11"}"#, "HeartbeatAck"),
        (r#"{"op":11.0}"#, "HeartbeatAck"),
        ("\u{feff} {\n \"op\" : 11 , \"d\" : 3 }\n", "HeartbeatAck"),
        (r#"{"op":99,"d":{"x":1}}"#, "Other { op: 99 }"),
        (r#"{"op":-3}"#, "Other { op: -3 }"),
    ] {
        assert_eq!(format!("{:?}", read(text).unwrap()), expected, "{text}");
    }
}

#[test]
fn what_is_no_frame() {
    for (text, expected) in [
        ("", FrameError::NotJson),
        ("hello", FrameError::NotJson),
        ("{", FrameError::NotJson),
        (r#"{"op":11"#, FrameError::NotJson),
        (r#"{"op":11}}"#, FrameError::NotJson),
        (r#"{"op":011}"#, FrameError::NotJson),
        (r#"{"op":11,"d":{"a" 1}}"#, FrameError::NotJson),
        ("[]", FrameError::NotAnObject),
        ("[11,null,null,null,null]", FrameError::NotAnObject),
        ("7", FrameError::NotAnObject),
        ("{}", FrameError::NoOp),
        (r#"{"op":null}"#, FrameError::NoOp),
        (r#"{"op":"x"}"#, FrameError::BadOp),
        (r#"{"op":1.5}"#, FrameError::BadOp),
        (r#"{"op":[]}"#, FrameError::BadOp),
        (r#"{"op":11,"op":11}"#, FrameError::DuplicateKey),
        (r#"{"op":0,"s":1,"s":2,"t":"X","d":{}}"#, FrameError::DuplicateKey),
    ] {
        assert_eq!(read(text).unwrap_err(), expected, "{text}");
    }
    assert_eq!(decode(&Bytes::from_static(b"{\"op\":11,\"d\":\"\xff\"}")).unwrap_err(), FrameError::NotUtf8);
}

#[test]
fn odd_envelopes() {
    let facts = |text: &str| {
        let parts = parts(text);
        (
            parts.seq(),
            parts.name().to_owned(),
            parts.id().map(ToOwned::to_owned),
            parts.body().unwrap().to_owned(),
        )
    };
    let case = |text: &str, seq: Option<u64>, name: &str, id: Option<&str>, body: &str| {
        assert_eq!(facts(text), (seq, name.to_owned(), id.map(ToOwned::to_owned), body.to_owned()), "{text}");
    };
    case(r#"{"op":0}"#, None, "", None, "null");
    case(r#"{"op":0,"s":null,"t":null,"id":null,"d":null}"#, None, "", None, "null");
    case(r#"{"op":0,"s":2002,"t":"RESUMED","d":""}"#, Some(2002), "RESUMED", None, "\"\"");
    case(r#"{"op":"0","s":"7","t":"A","id":5,"d":[1]}"#, Some(7), "A", Some("5"), "[1]");
    case(r#"{"op":0,"s":7.0,"t":5,"id":true,"d":1}"#, Some(7), "", None, "1");
    case(r#"{"op":0,"s":-7,"t":"A","id":"","d":{}}"#, None, "A", None, "{}");
    case(r#"{"op":0,"s":0.5,"t":"A","d":{}}"#, None, "A", None, "{}");
    case(r#"{"op":0,"s":0,"t":"A","d":{}}"#, Some(0), "A", None, "{}");
    case(r#"{"op":0,"s":18446744073709551615,"d":{}}"#, Some(u64::MAX), "", None, "{}");
    case(r#"{"op":0,"s":18446744073709551616,"d":{}}"#, None, "", None, "{}");
    case(r#"{"op":0,"s":1,"t":"A","id":"i","d":{"a":{}} }"#, Some(1), "A", Some("i"), r#"{"a":{}}"#);
    case(
        r#"{"op":0,"s":1,"t":"A","id":"i","d":{"a":1},"z":{"y":{}}}"#,
        Some(1),
        "A",
        Some("i"),
        r#"{"a":1}"#,
    );
    case(r#"{"op":0,"s":1,"t":"\u0041\"","id":"\u00e9","d":{}}"#, Some(1), "A\"", Some("é"), "{}");
    case(r#"{"op":0,"t":"\n"}"#, None, "\n", None, "null");
    case(r#"{"op":0,"s":1,"t":"甲","id":"乙","d":{}}"#, Some(1), "甲", Some("乙"), "{}");
    case(r#"{"\u006fp":0,"s":1}"#, Some(1), "", None, "null");
}

#[test]
fn a_bad_body_is_found_when_it_is_read() {
    for (d, expected) in [
        (r#"{"a" 1}}"#, BodyError::Malformed),
        (r#"{"a":1]}}"#, BodyError::Malformed),
        ("{}x}}", BodyError::Malformed),
        ("{},}}", BodyError::Malformed),
        (r#"{"a":{}}"#, BodyError::Malformed),
        (r#"{},"t":{}}"#, BodyError::DuplicateKey),
        (r#"{},"\u0074":{}}"#, BodyError::DuplicateKey),
        (r#"{},"z":{]}}"#, BodyError::Malformed),
    ] {
        let parts = parts(&format!(r#"{{"op":0,"s":1,"t":"A","id":"i","d":{d}"#));
        assert_eq!(parts.seq(), Some(1));
        assert_eq!(parts.body().unwrap_err(), expected, "{d}");
    }
    let deep = format!("{}{}", r#"{"a":"#.repeat(200), "}".repeat(199));
    let parts = parts(&format!(r#"{{"op":0,"s":1,"t":"A","id":"i","d":{deep}}}"#).replace(":}", ":{}}"));
    assert_eq!(parts.body().unwrap_err(), BodyError::TooDeep);
}

#[test]
fn a_body_that_is_not_text_is_found_when_it_is_read() {
    let frame = Bytes::from_static(b"{\"op\":0,\"s\":1,\"t\":\"A\",\"id\":\"i\",\"d\":{\"a\":\"\xff\"}}");
    let Ok(Incoming::Dispatch(parts)) = decode(&frame) else { panic!() };
    assert_eq!(parts.body().unwrap_err(), BodyError::NotUtf8);
}

#[test]
fn the_payload_is_shared() {
    let frame = Bytes::from_static(br#"{"op":0,"s":1,"t":"A","id":"i","d":{"a":1}}"#);
    let Ok(Incoming::Dispatch(parts)) = decode(&frame) else { panic!() };
    assert_eq!(parts.frame().as_ptr(), frame.as_ptr());
    assert_eq!(frame.slice_ref(parts.body().unwrap().as_bytes()), r#"{"a":1}"#);
}

/// What a generic decoder makes of a frame.
fn generic(frame: &Map<String, Value>) -> (Option<u64>, String, Option<String>, Value) {
    let get = |key: &str| frame.get(key).cloned().unwrap_or_default();
    let whole = |value: &Value| {
        value.as_u64().or_else(|| value.as_str()?.parse().ok()).or_else(|| {
            let text = value.as_f64()?.to_string();
            text.parse().ok()
        })
    };
    let id = match get("id") {
        Value::String(id) => Some(id),
        number @ Value::Number(_) => whole(&number).map(|_| number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let name = get("t").as_str().unwrap_or_default().to_owned();
    (whole(&get("s")), name, id.filter(|id| !id.is_empty()), get("d"))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        "[a-z\"\\\\{}\\[\\]\n中é😀]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z\"中]{0,4}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Members of a frame in any order, mostly as the platform sends them.
fn members() -> impl Strategy<Value = Vec<(String, Value)>> {
    let seq = prop_oneof![
        4 => (0_u64..100_000).prop_map(Value::from),
        1 => prop::sample::select(vec![json!(null), json!("7"), json!(7.0), json!(0.5), json!(-1), json!("x"), json!([])]),
    ];
    let word = || {
        prop_oneof![
            4 => "[A-Z_]{1,20}(:[a-z0-9-]{0,40})?".prop_map(Value::from),
            1 => "[a-z\"\n中]{0,6}".prop_map(Value::from),
            1 => prop::sample::select(vec![json!(null), json!("READY"), json!(5), json!(true), json!({})]),
        ]
    };
    let body = prop_oneof![
        3 => prop::collection::vec(("[a-z]{1,4}", json_value()), 0..5).prop_map(|m| Value::Object(m.into_iter().collect())),
        1 => json_value(),
    ];
    let fields =
        (seq, word(), word(), body, json_value(), prop::collection::vec(prop::bool::weighted(0.85), 5));
    let frame = fields.prop_map(|(s, t, id, d, other, kept)| {
        let all = [("s", s), ("t", t), ("id", id), ("d", d), ("other", other)];
        let kept = all.into_iter().zip(kept).filter_map(|(member, keep)| keep.then_some(member));
        let op = [("op", json!(0))];
        op.into_iter().chain(kept).map(|(key, value)| (key.to_owned(), value)).collect::<Vec<_>>()
    });
    (frame.prop_shuffle(), any::<bool>()).prop_map(|(mut frame, sorted)| {
        if sorted {
            let usual = ["op", "s", "t", "id", "d", "other"];
            frame.sort_by_key(|(key, _)| usual.iter().position(|usual| usual == key));
        }
        frame
    })
}

fn text_of(members: &[(String, Value)], gap: &str) -> String {
    let members: Vec<_> =
        members.iter().map(|(key, value)| format!("{gap}{}{gap}:{gap}{value}{gap}", json!(key))).collect();
    format!("{gap}{{{}}}{gap}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 2000 }))]

    #[test]
    fn agrees_with_serde_json(members in members(), gap in "[ \n]?") {
        let text = text_of(&members, &gap);
        let parts = parts(&text);
        let (seq, name, id, d) = generic(&members.into_iter().collect());
        prop_assert_eq!(parts.seq(), seq, "{}", text);
        prop_assert_eq!(parts.name(), name, "{}", text);
        prop_assert_eq!(parts.id().map(ToString::to_string), id, "{}", text);
        prop_assert_eq!(serde_json::from_str::<Value>(parts.body().unwrap()).unwrap(), d, "{}", text);
    }

    #[test]
    fn accepts_nothing_serde_json_does_not(
        members in members(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{},:\"\\\\a0 ]?"), 1..4),
    ) {
        let mut text = text_of(&members, "");
        for (at, with) in edits {
            let mut at = at.index(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
            text.replace_range(at..end, &with);
        }
        let ours = match read(&text) {
            Ok(Incoming::Dispatch(parts)) => parts.body().is_ok(),
            Ok(_) => true,
            Err(_) => false,
        };
        if ours {
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn a_cut_frame_is_no_good(members in members(), cut in any::<prop::sample::Index>()) {
        let text = text_of(&members, "");
        let cut = &text.as_bytes()[..cut.index(text.len())];
        match decode(&Bytes::copy_from_slice(cut)) {
            Ok(Incoming::Dispatch(parts)) => {
                prop_assert!(parts.body().is_err());
                prop_assert!(cut.trim_ascii_end().ends_with(b"}}"));
            }
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(_) => {}
        }
    }

    #[test]
    fn survives_anything(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = decode(&Bytes::from(bytes));
    }
}

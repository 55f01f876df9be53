//! Every type against samples of our own and, where `QQ_FIXTURES` names them, against those of the project.

extern crate std;

mod sheet;

use super::check::{Check, same};
use super::{Expected, List, MAX_LEVEL, MsgElement, Payload, decode, event};
use crate::samples;
use crate::wire::{self, Incoming, Parts};
use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAMES: &[&str] = Payload::NAMES;

/// In the samples wherever something must not be printed.
const SECRET: &str = "do-not-show-this";

fn samples() -> Vec<String> {
    samples::all().map(|sample| sample.frame.to_owned()).collect()
}

fn sample(label: &str) -> &'static str {
    samples::get(label).unwrap().frame
}

fn dispatch(frame: &str) -> Parts {
    match wire::decode(&frame.to_owned().into()) {
        Ok(Incoming::Dispatch(parts)) => parts,
        other => panic!("{other:?}"),
    }
}

/// Frames of the project's fixtures whose file names begin with `prefix`.
fn fixtures(prefix: &str) -> Vec<String> {
    let Some(dir) = std::env::var_os("QQ_FIXTURES") else {
        return Vec::new();
    };
    let dir = std::path::Path::new(&dir).join("gateway");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
    files.sort();
    files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// What the comparison expects: the rules of the sheets applied to JSON that was sent differently.
fn tidy(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = number.as_f64().filter(|_| number.is_f64()).map(|float| float.to_string()) {
                *value = Value::Number(whole.parse().unwrap());
            }
        }
        Value::Array(values) => values.iter_mut().for_each(tidy),
        Value::Object(values) => values.values_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[test]
fn fields_are_what_serde_json_says() {
    let fixtures = [fixtures("ev_"), fixtures("op00_")].concat();
    let mut seen = Vec::new();
    for frame in samples().into_iter().chain(fixtures) {
        let parts = dispatch(&frame);
        let mut generic: Value = serde_json::from_str(&frame).unwrap();
        tidy(&mut generic);
        let payload = event(&parts).unwrap_or_else(|error| panic!("{error}: {frame}"));
        payload.check(&generic["d"], "d");
        assert_eq!(payload == Payload::Other, !NAMES.contains(&parts.name()), "{}", parts.name());
        seen.push(parts.name().to_owned());
        // Both ways to decode agree.
        assert_eq!(decode(parts.name(), parts.body().unwrap()).unwrap(), payload);
        rewrite(&generic["d"], &payload);
        let shown = format!("{payload:?} {payload:#?} {parts:?}");
        assert!(!shown.contains(SECRET) && !shown.contains("rkey"), "{shown}");
        assert!(!shown.contains("MADEUP0AUTH"), "{shown}");
    }
    for name in NAMES {
        assert!(seen.iter().any(|seen| seen == name), "{name} has no sample");
    }
}

/// A payload that is written again says the same, to us and to others, with and without its frame.
fn rewrite(original: &Value, payload: &Payload<'_>) {
    if matches!(payload, Payload::Resumed | Payload::Other) {
        return;
    }
    let text = serde_json::to_string(payload).unwrap();
    same(original, &serde_json::from_str(&text).unwrap(), "d");
    let owned: Payload<'static> = payload.clone().into_owned();
    assert_eq!(&owned, payload);
    assert_eq!(format!("{owned:?}"), format!("{payload:?}"));
    assert_eq!(serde_json::to_string(&owned).unwrap(), text);
    assert_eq!(owned.clone().into_owned(), owned);
}

#[test]
fn what_is_written_reads_back() {
    for frame in samples() {
        let parts = dispatch(&frame);
        let payload = event(&parts).unwrap();
        if !matches!(payload, Payload::Resumed) {
            let text = serde_json::to_string(&payload).unwrap();
            assert_eq!(decode(parts.name(), &text).unwrap(), payload);
        }
    }
}

#[test]
fn an_owned_payload_outlives_its_frame() {
    let owned = {
        let parts = dispatch(sample("GROUP_MESSAGE_CREATE/everything"));
        event(&parts).unwrap().into_owned()
    };
    let Payload::GroupMessageCreate(message) = std::thread::spawn(move || owned).join().unwrap() else {
        panic!()
    };
    let urls: Vec<_> =
        message.attachments.iter().flatten().map(|file| file.url.absolute().into_owned()).collect();
    assert_eq!(urls[0], "https://pic.example/2?rkey=do-not-show-this");
    assert_eq!((urls.len(), message.attachments.len(), message.attachments.is_empty()), (2, 2, false));
    let quote = message.msg_elements.iter().next().unwrap().unwrap();
    assert_eq!(quote.msg_elements.iter().next().unwrap().unwrap().content, "inner");
    assert_eq!(message.message_scene.ext.msg_idx().unwrap(), "REFIDX_a=b==");
}

#[test]
fn a_bad_element_is_written_as_it_came() {
    let body = r#"{"id":"a","author":{"id":"x"},"attachments":[{"size":"x", "new":1},{"size":"2"},3,null]}"#;
    let payload = decode("C2C_MESSAGE_CREATE", body).unwrap();
    for payload in [payload.clone(), payload.into_owned()] {
        let text = serde_json::to_string(&payload).unwrap();
        let expected =
            r#"{"id":"a","author":{"id":"x"},"attachments":[{"size":"x", "new":1},{"size":2},3,{}]}"#;
        assert_eq!(text, expected);
    }
}

#[test]
fn rich_text_reads_as_text() {
    let mut plain = Vec::new();
    for frame in samples() {
        if let Ok(Payload::ForumThreadCreate(thread)) = event(&dispatch(&frame)) {
            plain.push((thread.thread_info.title.plain(), thread.thread_info.content.plain()));
        }
    }
    let expected = [("On \"tea\"", "first link\n"), ("tea", "#CT"), ("plain words", "")];
    assert_eq!(plain, expected.map(|(title, content)| (title.to_owned(), content.to_owned())));
}

#[test]
fn a_group_message_reads_like_plain_text() {
    let parts = dispatch(sample("GROUP_AT_MESSAGE_CREATE/full"));
    let Payload::GroupAtMessageCreate(message) = event(&parts).unwrap() else { panic!() };
    assert_eq!(message.text(), "明天几点集合");
    assert_eq!(message.author.openid(), "0A1B2C3D4E5F60718293A4B5C6D7E8F9");
    assert_eq!(message.author.member_role.as_ref().unwrap().as_str(), "admin");
    assert!(message.mentions_bot());
    let ext = &message.message_scene.ext;
    assert_eq!(ext.msg_idx().unwrap(), "REFIDX_QmFzZTY0b2ZzYW1wbGVzYW1wbGVzYW1wbGU=");
    assert_eq!(ext.ref_msg_idx(), None);
    assert_eq!(ext.get("auth_token").unwrap(), SECRET);
    // A piece of the frame, not a copy.
    assert!(message.content.as_borrowed().is_some());
}

#[test]
fn a_wrong_field_is_named() {
    let full = |d: Value| decode("C2C_MESSAGE_CREATE", &d.to_string()).map(drop).unwrap_err().to_string();
    let good = json!({"id": "i", "author": {"user_openid": "u"}});
    assert!(decode("C2C_MESSAGE_CREATE", &good.to_string()).is_ok());
    for (field, value, expected) in [
        ("id", json!(null), "d.id: expected a value"),
        ("id", json!({}), "d.id: expected text"),
        ("author", json!({"user_openid": []}), "d.author.user_openid: expected text"),
        ("author", json!({"user_openid": ""}), "d.author.user_openid: expected a value"),
        ("author", json!({"user_openid": "u", "bot": 1}), "d.author.bot: expected true or false"),
        ("author", json!(7), "d.author: expected an object"),
        ("mentions", json!({}), "d.mentions: expected an array"),
        ("message_type", json!(1.5), "d.message_type: expected a whole number in range"),
        ("message_type", json!("x"), "d.message_type: expected a whole number in range"),
        ("message_scene", json!({"ext": "x"}), "d.message_scene.ext: expected an array"),
    ] {
        let mut d = good.clone();
        d[field] = value;
        assert_eq!(full(d), expected);
    }
    assert_eq!(full(json!(null)), "d.id: expected a value");
    assert_eq!(full(json!("")), "d: expected an object");
}

#[test]
fn the_last_of_two_keys_wins() {
    let body = r#"{"id":"a","author":{"id":"x","username":"n"},"id":"b","author":{"user_openid":"y"}}"#;
    let Payload::C2cMessageCreate(message) = decode("C2C_MESSAGE_CREATE", body).unwrap() else { panic!() };
    assert_eq!((&*message.id, &**message.author.openid(), &*message.author.username), ("b", "y", ""));
}

#[test]
fn a_bad_element_does_not_hide_the_next() {
    let body = r#"{"id":"a","author":{"id":"x"},"attachments":[{"size":"x"},{"size":2}, 3 ,{"url":{}}]}"#;
    let Payload::C2cMessageCreate(message) = decode("C2C_MESSAGE_CREATE", body).unwrap() else { panic!() };
    let sizes: Vec<_> = message.attachments.iter().map(|file| file.map(|file| file.size)).collect();
    assert_eq!(sizes.len(), 4);
    assert_eq!(sizes[0].unwrap_err().to_string(), "attachments[].size: expected a whole number in range");
    assert_eq!(sizes[1], Ok(Some(2)));
    assert_eq!(sizes[2].unwrap_err().to_string(), "attachments[]: expected an object");
    assert_eq!(sizes[3].unwrap_err().path().collect::<Vec<_>>(), ["attachments", "[]", "url"]);
}

#[test]
fn quotes_of_quotes_end() {
    let deep = |n: usize| format!("{}{}", r#"{"msg_elements":["#.repeat(n), "]}".repeat(n));
    let levels = |elements: List<'_, MsgElement<'_>>| {
        let (mut elements, mut levels) = (elements, 0);
        while let Some(Ok(element)) = elements.iter().next() {
            elements = element.msg_elements;
            levels += 1;
        }
        (levels, elements.is_cut())
    };
    for (n, expected) in [(3, (2, false)), (40, (usize::from(MAX_LEVEL) + 1, true))] {
        let body = deep(n).replacen('{', r#"{"id":"a","author":{"id":"x"},"#, 1);
        let Payload::C2cMessageCreate(message) = decode("C2C_MESSAGE_CREATE", &body).unwrap() else {
            panic!()
        };
        assert_eq!(levels(message.msg_elements), expected);
    }
    let error = decode("C2C_MESSAGE_CREATE", &deep(100)).unwrap_err();
    assert_eq!(error.expected(), Expected::Shallow);
}

#[test]
fn resumed_takes_anything() {
    for body in ["\"\"", "null", "{}", "7", "[]"] {
        assert_eq!(decode("RESUMED", body).unwrap(), Payload::Resumed);
    }
    assert_eq!(decode("RESUMED", "{").unwrap_err().expected(), Expected::Json);
    assert_eq!(decode("SOMETHING_NEW", "[1,{}]").unwrap(), Payload::Other);
    assert!(decode("SOMETHING_NEW", "[1,{}] x").is_err());
}

/// Walks through everything there is: no list, no text, no moment may panic.
fn exhaust(name: &str, body: &str) {
    if let Ok(payload) = decode(name, body) {
        let _ = format!("{payload:?}");
        let text = serde_json::to_string(&payload).unwrap();
        let owned = payload.clone().into_owned();
        assert_eq!(serde_json::to_string(&owned).unwrap(), text);
        assert_eq!(owned, payload);
        if !matches!(payload, Payload::Resumed | Payload::Other) {
            assert_eq!(decode(name, &text).unwrap(), payload);
        }
    }
}

/// Every place of a JSON value, as pointers.
fn places(value: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.to_owned());
    match value {
        Value::Array(values) => {
            for (n, value) in values.iter().enumerate() {
                places(value, &format!("{here}/{n}"), all);
            }
        }
        Value::Object(values) => {
            for (key, value) in values {
                places(value, &format!("{here}/{key}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn odd() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(7.0),
        json!(0.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("7"),
        json!("中文 \" \\ \n \u{1f600}"),
        json!([]),
        json!([null, 1, "a", {}, []]),
        json!({}),
        json!({"id": {"id": {"id": []}}, "msg_elements": [{"msg_elements": [{}]}]}),
    ])
}

/// The same value in other words: members in any order, blanks anywhere, keys with escapes; and, where it is not kept as it
/// came, a member nobody knows.
fn dress(value: &Value, root: bool, choices: &mut impl Iterator<Item = u8>, out: &mut String) {
    fn blank(choices: &mut impl Iterator<Item = u8>, out: &mut String) {
        out.push_str(["", "", "", "", "", " ", "\n\t", " \r "][usize::from(choices.next().unwrap() % 8)]);
    }
    blank(choices, out);
    match value {
        Value::Object(members) => {
            let known = members.keys();
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (choices.next(), key.as_str(), value)).collect();
            members.sort_by_key(|(place, ..)| *place);
            let unknown = json!({"a": [{}, "\u{1}"], "b": 1e3});
            let names = ["unknown", "i", "ids", "an_unknown_key_of_some_length"];
            let place = usize::from(choices.next().unwrap());
            if let Some(name) =
                names.get(place % 8).filter(|name| root && !known.clone().any(|key| key == *name))
            {
                members.insert(place % (members.len() + 1), (None, name, &unknown));
            }
            out.push('{');
            for (at, (place, key, value)) in members.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                blank(choices, out);
                let escaped = match choices.next().unwrap() % 8 {
                    0 => format!("\\u{:04x}{}", u32::from(key.as_bytes()[0]), &key[1..]),
                    _ => String::from(*key),
                };
                out.push('"');
                out.push_str(&escaped);
                out.push('"');
                blank(choices, out);
                out.push(':');
                match place {
                    Some(_) => dress(value, false, choices, out),
                    None => out.push_str(&value.to_string()),
                }
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                dress(element, false, choices, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
    blank(choices, out);
}

proptest! {
    #[test]
    fn any_dress_says_the_same(which in any::<prop::sample::Index>(), choices in prop::collection::vec(any::<u8>(), 1..200)) {
        let frames = samples();
        let frame: Value = serde_json::from_str(&frames[which.index(frames.len())]).unwrap();
        let name = frame["t"].as_str().unwrap();
        let plain = frame["d"].to_string();
        let mut dressed = String::new();
        dress(&frame["d"], true, &mut choices.iter().copied().cycle(), &mut dressed);
        let [plain, dressed] = [&plain, &dressed].map(|body| {
            serde_json::to_value(decode(name, body).unwrap()).unwrap()
        });
        prop_assert_eq!(plain, dressed);
    }

    #[test]
    fn mutated_samples_never_panic(which in any::<prop::sample::Index>(), swaps in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..4), cut in any::<prop::sample::Index>()) {
        let samples = samples();
        let mut frame: Value = serde_json::from_str(&samples[which.index(samples.len())]).unwrap();
        let name = frame["t"].as_str().unwrap().to_owned();
        for (place, value) in swaps {
            let mut all = Vec::new();
            places(&frame["d"], "/d", &mut all);
            *frame.pointer_mut(&all[place.index(all.len())]).unwrap() = value;
        }
        let body = frame["d"].to_string();
        // Whole and well-formed: an error, if any, is about a field.
        if let Err(error) = decode(&name, &body) {
            prop_assert_ne!(error.expected(), Expected::Json);
        }
        exhaust(&name, &body);
        let mut end = cut.index(body.len());
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        exhaust(&name, &body[..end]);
        if body.starts_with(['{', '[']) {
            prop_assert!(decode(&name, &body[..end]).is_err());
        }
    }

    #[test]
    fn any_text_never_panics(which in prop::sample::select(NAMES), text in "[ \\[\\]{}:,\"\\\\a-f0-9.eE+\u{e9}-]{0,60}") {
        let ours = decode(which, &text).map_err(|error| error.expected());
        if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
            prop_assert!(ours.is_err());
        }
        exhaust(which, &text);
    }
}

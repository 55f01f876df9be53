//! Samples of all events, damaged in all ways: nothing panics, no link ends, and what does not fit says where.
//!
//! With `QQ_FIXTURES`, the frames of its folder `gateway` as well.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use qq_proto::Payload;
use qq_testkit::fuzzing::{agree, examine};
use qq_testkit::samples;
use serde_json::{Value, json};

/// Names and payloads.
static PAYLOADS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let own = samples::all().map(|sample| sample.frame.to_owned());
    let theirs = samples::fixtures().unwrap().into_iter().map(|(_, frame)| frame);
    own.chain(theirs)
        .map(|frame| {
            let mut frame: Value = serde_json::from_str(&frame).unwrap();
            (frame["t"].as_str().unwrap().to_owned(), frame["d"].take())
        })
        .filter(|(name, _)| !matches!(name.as_str(), "READY" | "RESUMED"))
        .collect()
});

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

#[derive(Clone, Debug)]
enum Damage {
    /// A value is gone, with its key.
    Dropped(Index),
    /// A value is this text instead, which need not be JSON.
    Replaced(Index, String),
    /// An object has one key more, with this text for a value.
    Added(Index, &'static str, String),
    /// An object has one of its keys twice, the second time with this text for a value.
    Doubled(Index, Index, String),
    /// The payload ends early.
    Cut(Index),
}

const HOLE: &str = "a hole in the sample";
const TWICE: &str = "a key that comes twice";

/// Does the damage, and gives the text.
fn damaged(payload: &Value, damages: &[Damage]) -> String {
    let (mut payload, mut fills, mut cut) = (payload.clone(), Vec::new(), None);
    let hole = |fills: &mut Vec<(String, String)>, text: &str| {
        let mark = format!("{HOLE} {}", fills.len());
        fills.push((Value::from(mark.clone()).to_string(), text.to_owned()));
        Value::from(mark)
    };
    for damage in damages {
        let mut all = Vec::new();
        places(&payload, "", &mut all);
        let objects = |payload: &Value| -> Vec<String> {
            all.iter().filter(|place| payload.pointer(place).unwrap().is_object()).cloned().collect()
        };
        match damage {
            Damage::Dropped(at) => {
                let place = at.get::<String>(&all);
                let Some((parent, key)) = place.rsplit_once('/') else { continue };
                match payload.pointer_mut(parent).unwrap() {
                    Value::Object(members) => drop(members.remove(key)),
                    Value::Array(elements) => drop(elements.remove(key.parse().unwrap())),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                }
            }
            Damage::Replaced(at, text) => {
                *payload.pointer_mut(at.get::<String>(&all)).unwrap() = hole(&mut fills, text);
            }
            Damage::Added(at, key, text) => {
                let objects = objects(&payload);
                if !objects.is_empty() {
                    payload.pointer_mut(at.get::<String>(&objects)).unwrap()[*key] = hole(&mut fills, text);
                }
            }
            Damage::Doubled(at, which, text) => {
                let objects = objects(&payload);
                let Some(object) =
                    (!objects.is_empty()).then(|| payload.pointer_mut(at.get::<String>(&objects)).unwrap())
                else {
                    continue;
                };
                let keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
                if !keys.is_empty() {
                    object[TWICE] = hole(&mut fills, text);
                    fills.push((
                        Value::from(TWICE).to_string(),
                        Value::from(which.get::<String>(&keys).as_str()).to_string(),
                    ));
                }
            }
            Damage::Cut(at) => cut = Some(*at),
        }
    }
    let mut text = payload.to_string();
    for (mark, fill) in fills {
        text = text.replace(&mark, &fill);
    }
    if let Some(at) = cut {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        if !ends.is_empty() {
            text.truncate(*at.get(&ends));
        }
    }
    text
}

fn fill() -> impl Strategy<Value = String> {
    let deep =
        |n: usize| format!("{}{}", "[{\"msg_elements\":".repeat(n), "1}]".to_owned() + &"}]".repeat(n - 1));
    prop_oneof![
        // Another type, another size, nothing.
        8 => select(vec![
            "null", "true", "false", "0", "7", "-1", "1.5", "7.0", "70e-1", "\"\"", "\"7\"", "\"-7\"", "\"x\"", "[]", "{}", "[null]",
            "[[]]", "[{}]", "{\"id\":{}}", "{\"id\":\"x\",\"type\":99}", "[1,\"a\",{\"url\":1},null]", " 7 ", "\"中文\\n\\\"\"",
        ]).prop_map(str::to_owned),
        // Numbers beyond all bounds, and what is nearly a number.
        3 => select(vec![
            "18446744073709551615", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890123456789012345",
            "1e308", "1e999", "-1e-999", "1e99999999999", "\"1e999\"", "01", "1.", ".5", "+1", "-", "NaN", "Infinity", "0x10",
        ]).prop_map(str::to_owned),
        // Escapes that are half, wrong or needless, and control characters.
        3 => select(vec![
            "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\u12\"", "\"\\x\"", "\"\\\"", "\"\\u0000\"", "\"\u{1}\"",
            "\"\\/\\b\\f\"", "\"open", "'x'", "\"\\u00e9\\u4e2d\"",
        ]).prop_map(str::to_owned),
        // Depth, with and without an end.
        1 => (1_usize..80).prop_map(deep),
        1 => (1_usize..300).prop_map(|n| "[".repeat(n) + &"]".repeat(n)),
        1 => (1_usize..300).prop_map(|n| "{\"a\":".repeat(n)),
        1 => ".{0,12}",
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    let keys = select(vec![
        "id",
        "author",
        "content",
        "new_thing",
        "",
        "\u{0}",
        "attachments",
        "msg_elements",
        "type",
    ]);
    prop_oneof![
        3 => at().prop_map(Damage::Dropped),
        6 => (at(), fill()).prop_map(|(at, text)| Damage::Replaced(at, text)),
        2 => (at(), keys, fill()).prop_map(|(at, key, text)| Damage::Added(at, key, text)),
        2 => (at(), any::<Index>(), fill()).prop_map(|(at, which, text)| Damage::Doubled(at, which, text)),
        1 => at().prop_map(Damage::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1000), ..ProptestConfig::default() })]

    #[test]
    fn damage_is_survived_and_named(which in any::<Index>(), damages in prop::collection::vec(damage(), 1..4)) {
        let (name, payload) = which.get(PAYLOADS.as_slice());
        examine(name, &damaged(payload, &damages));
    }

    #[test]
    fn any_payload_may_come_under_any_name(which in any::<Index>(), name in select(Payload::NAMES)) {
        if !matches!(name, "READY" | "RESUMED") {
            examine(name, &which.get(PAYLOADS.as_slice()).1.to_string());
        }
    }
}

#[test]
fn undamaged_samples_pass() {
    for (name, payload) in PAYLOADS.iter() {
        examine(name, &payload.to_string());
    }
}

/// The comparison would see a decoder that gets a field wrong: each leaf that was written is changed in turn.
#[test]
fn a_field_that_is_wrong_is_seen() {
    let mut seen = 0;
    for (name, payload) in PAYLOADS.iter() {
        let Some(shape) = Payload::shape(name) else { continue };
        assert_eq!(agree(shape, payload, payload), Ok(()));
        let mut all = Vec::new();
        places(payload, "", &mut all);
        for place in all {
            let mut wrong = payload.clone();
            let value = wrong.pointer_mut(&place).unwrap();
            let other = match &*value {
                Value::String(text) => json!(format!("{text}!")),
                Value::Number(number) => json!(number.as_f64().unwrap() + 1e6),
                Value::Bool(truth) => json!(!truth),
                Value::Null | Value::Array(_) | Value::Object(_) => continue,
            };
            *value = other;
            assert!(agree(shape, payload, &wrong).is_err(), "{name}{place}");
            // And one that is lost, unless it said nothing.
            let (parent, key) = place.rsplit_once('/').unwrap();
            let said = !matches!(payload.pointer(&place).unwrap(), Value::Bool(false))
                && payload.pointer(&place) != Some(&json!(""));
            if let Some(members) = wrong.pointer_mut(parent).unwrap().as_object_mut().filter(|_| said) {
                members.remove(key);
                assert!(agree(shape, payload, &wrong).is_err(), "{name}{place}");
            }
            seen += 1;
        }
    }
    assert!(seen > 1000, "{seen}");
}

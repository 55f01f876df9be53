use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Drift, Radar};
use crate::event::{Event, Fault};
use crate::id::ShardIndex;
use crate::samples;

fn look(name: &str, json: &str) -> Vec<(Drift, String, String)> {
    let mut radar = Radar::new();
    radar.look_at(name, json);
    radar.findings().iter().map(|found| (found.kind, found.path.clone(), found.value.clone())).collect()
}

fn found(expected: &[(Drift, &str, &str)]) -> Vec<(Drift, String, String)> {
    expected.iter().map(|(kind, path, value)| (*kind, path.to_string(), value.to_string())).collect()
}

#[test]
fn samples_hold_nothing_unknown_but_what_they_are_there_for() {
    let mut radar = Radar::new();
    for sample in samples::all() {
        radar.look_at(sample.name(), sample.payload());
    }
    let told: Vec<_> = radar
        .findings()
        .iter()
        .map(|found| (found.kind, &*found.event, &*found.path, &*found.value))
        .collect();
    for expected in [
        (Drift::Event, "SOMETHING_NEW", "", ""),
        (Drift::Value, "CHANNEL_UPDATE", "type", "77"),
        (Drift::Value, "GROUP_MESSAGE_CREATE", "author.member_role", "herald"),
        (Drift::Value, "GROUP_MESSAGE_CREATE", "message_scene.source", "somewhere_new"),
        (Drift::Value, "MESSAGE_REACTION_ADD", "target.type", "ReactionTargetType_STORY"),
        (Drift::Value, "SUBSCRIBE_MESSAGE_STATUS", "result.op", "9"),
        (Drift::Value, "INTERACTION_CREATE", "data.resolved.feedback_opt", "MEH"),
    ] {
        assert!(told.contains(&expected), "{expected:?}\n{radar}");
    }
    assert!(told.iter().all(|(kind, ..)| matches!(kind, Drift::Event | Drift::Value)), "{radar}");
    assert_eq!((radar.looked(), radar.untold()), (samples::all().count() as u64, 0));
}

#[test]
fn each_kind_is_found_where_it_is() {
    use Drift as D;
    let deep =
        r#"{"msg_elements":[{"author":{"x":1,"bot":1}},{"message_type":104}],"new":{"a":1},"content":[]}"#;
    let expected = [
        (D::Field, "msg_elements.author.x", ""),
        (D::Shape, "msg_elements.author.bot", "true or false"),
        (D::Value, "msg_elements.message_type", "104"),
        (D::Field, "new", ""),
        (D::Shape, "content", "text"),
    ];
    assert_eq!(look("C2C_MESSAGE_CREATE", deep), found(&expected));
    let shapes =
        r#"{"id":"1","author":7,"mentions":{},"attachments":[3,{"size":-1,"width":"x"}],"timestamp":"soon"}"#;
    let expected = [
        (D::Shape, "author", "an object"),
        (D::Shape, "mentions", "an array"),
        (D::Shape, "attachments", "an object"),
        (D::Shape, "attachments.size", "a whole number in range"),
        (D::Shape, "attachments.width", "a whole number in range"),
        (D::Shape, "timestamp", "text"),
    ];
    assert_eq!(look("C2C_MESSAGE_CREATE", shapes), found(&expected));
    let rich = r#"{"thread_info":{"title":"{\"paragraphs\":[{\"elems\":[{\"hologram\":{}}]}]}","content":[{"new":1}]}}"#;
    let expected = [
        (D::Field, "thread_info.title.paragraphs.elems.hologram", ""),
        (D::Field, "thread_info.content.new", ""),
    ];
    assert_eq!(look("FORUM_THREAD_CREATE", rich), found(&expected));
    assert_eq!(
        look("FORUM_THREAD_CREATE", r#"{"thread_info":{"title":"{oops"}}"#),
        found(&[(D::Shape, "thread_info.title", "well-formed JSON")])
    );
    // Null is nothing everywhere, and a field that may hold any JSON does.
    assert_eq!(look("GUILD_CREATE", r#"{"id":null,"channels":{"a":[]},"owner":null,"joined_at":null}"#), []);
    assert_eq!(look("GUILD_CREATE", "[1]"), found(&[(D::Shape, "", "an object")]));
    assert_eq!(look("RESUMED", "[1]"), []);
}

#[test]
fn no_text_of_people_is_kept() {
    let message = r#"{"author":{"member_role":"the quick brown fox"},"message_scene":{"source":"中文"},"content":{"secret":1}}"#;
    let mut radar = Radar::new();
    radar.look_at("GROUP_MESSAGE_CREATE", message);
    let shown = format!("{radar}{radar:?}");
    assert!(!shown.contains("fox") && !shown.contains('中') && !shown.contains("secret"), "{shown}");
    assert!(shown.contains("(not a word)"));
}

#[test]
fn memory_is_bounded_and_names_are_clipped() {
    let many = if cfg!(miri) { 100 } else { 10_000 };
    let mut radar = Radar::new();
    for n in 0..many {
        radar.look_at(&format!("EVENT_{n}"), "{}");
        radar.look_at(
            "FRIEND_ADD",
            &format!(r#"{{"{}\u001b{n}":1,"scene":{}}}"#, "k".repeat(n % 100), n + 5000),
        );
    }
    assert_eq!(radar.findings().len(), 3 * Radar::SHARE);
    assert_eq!(radar.untold(), 3 * (many as u64 - Radar::SHARE as u64));
    for name in crate::Payload::NAMES {
        for n in 0..if cfg!(miri) { 20 } else { 100 } {
            radar.look_at(name, &format!(r#"{{"{}{n}":1}}"#, "é".repeat(70)));
        }
    }
    assert!(radar.findings().len() <= Radar::CAPACITY);
    let longest = radar.findings().iter().map(|found| found.path.len().max(found.event.len())).max();
    assert!(longest <= Some(Radar::LONGEST));
    assert!(radar.to_string().chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic()));
}

#[test]
fn hears_all_and_looks_into_some() {
    let mut radar = Radar::new().with_every(10);
    let frame = r#"{"op":0,"s":1,"t":"NEWS","d":{}}"#;
    let known = r#"{"op":0,"s":1,"t":"FRIEND_ADD","d":{"openid":"x","new":1}}"#;
    let dispatch = |frame: &str| match crate::wire::decode(&frame.to_string().into()) {
        Ok(crate::wire::Incoming::Dispatch(parts)) => {
            Event::Dispatch(crate::Dispatch::new(ShardIndex::new(0), 0, parts))
        }
        other => panic!("{other:?}"),
    };
    for _ in 0..10 {
        radar.hear(&dispatch(frame));
        radar.hear(&dispatch(known));
    }
    radar.hear(&Event::Fault(Fault::UnknownOp { shard: ShardIndex::new(0), op: 42 }));
    radar.hear(&Event::Stopped);
    radar.look_at("FRIEND_ADD", r#"{"openid":"x","scene":9999}"#);
    let counts: Vec<_> = radar.findings().iter().map(|found| (found.kind, found.count)).collect();
    assert_eq!(counts, [(Drift::Event, 10), (Drift::Field, 2), (Drift::Op, 1), (Drift::Value, 1)]);
    assert_eq!((radar.heard(), radar.looked()), (21, 3));
    assert_eq!(
        radar.to_string(),
        "   count  kind   event       where  value\n      \
              10  event  NEWS\n       \
               2  field  FRIEND_ADD  new\n       \
               1  op                        42\n       \
               1  value  FRIEND_ADD  scene  9999\n\
         looked into 3 of 21 events\n"
    );
    radar.clear();
    assert_eq!(radar.to_string(), "nothing unknown in 0 of 0 events\n");
}

#[test]
fn a_broken_payload_is_a_finding() {
    let mut radar = Radar::new();
    let frame = r#"{"op":0,"s":1,"t":"FRIEND_ADD","d":{"openid":}}"#;
    match crate::wire::decode(&frame.to_string().into()) {
        Ok(crate::wire::Incoming::Dispatch(parts)) => {
            radar.look(&crate::Dispatch::new(ShardIndex::new(0), 0, parts));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((radar.findings()[0].kind, &*radar.findings()[0].value), (Drift::Shape, "well-formed JSON"));
    // Text that is not JSON at all is no reason to panic or to spin.
    for text in ["", "{", "[1,", r#"{"author":{"#, r#"{"attachments":[}"#, "{\"a\"", "nul"] {
        radar.look_at("C2C_MESSAGE_CREATE", text);
    }
}

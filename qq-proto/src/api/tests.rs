//! Every operation against its samples, and against what is known about all of them.

mod build;
mod fixtures;
mod list;
mod samples;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::api::*;
use crate::io::HttpResponse;
use crate::model::check::Check;
use crate::model::{ChannelKind, ChannelSubKind};
use proptest::prelude::{any, proptest};

/// Compares a reply with its JSON, field by field.
trait Inspect {
    fn inspect(&self, json: &Value, path: &str);
}

impl<T: Check> Inspect for T {
    fn inspect(&self, json: &Value, path: &str) {
        // Some replies come alone or wrapped.
        let alone = json.as_object().filter(|members| members.len() == 1);
        let only = alone.and_then(|members| members.iter().next());
        let number = core::any::type_name::<T>() == core::any::type_name::<Option<u64>>();
        let inner = only.filter(|(key, _)| number || ["message", "thread", "data"].contains(&key.as_str()));
        self.check(inner.map_or(json, |(_, inner)| inner), path);
    }
}

impl Inspect for () {
    fn inspect(&self, _: &Value, _: &str) {}
}

impl<T: Check> Inspect for Vec<T> {
    fn inspect(&self, json: &Value, path: &str) {
        let elements = json.as_array().unwrap();
        assert_eq!(self.len(), elements.len(), "{path}");
        for (ours, json) in self.iter().zip(elements) {
            ours.check(json, path);
        }
    }
}

impl Inspect for Sent {
    fn inspect(&self, json: &Value, path: &str) {
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
        };
        assert_eq!(self.id, text(&json["id"]), "{path}");
        assert_eq!(self.timestamp, text(&json["timestamp"]), "{path}");
        assert_eq!(self.ref_idx, text(&json["ext_info"]["ref_idx"]), "{path}");
        assert_eq!(self.audit_id, text(&json["audit_id"]), "{path}");
        assert_eq!(self.audit_tips, text(&json["audit_tips"]), "{path}");
        assert!(!self.delivered_before, "{path}");
    }
}

/// What [`samples`] does with a reply.
fn inspect(reply: &impl Inspect, json: &Value, path: &str) {
    reply.inspect(json, path);
}

/// The body of a request as JSON; a form as its text.
fn body_of(request: &ApiRequest) -> Value {
    let bytes = request.body.as_bytes();
    if bytes.is_empty() {
        return Value::Null;
    }
    match &request.content_type {
        ContentType::Json => serde_json::from_slice(bytes).unwrap(),
        ContentType::Multipart { boundary } => {
            Value::String(String::from_utf8_lossy(bytes).replace(boundary, "BOUNDARY"))
        }
    }
}

#[test]
fn requests_are_what_the_samples_say() {
    for sample in samples::all() {
        let request = (sample.request)();
        let name = sample.name;
        assert_eq!((sample.check)(), Ok(()), "{name}");
        assert_eq!(request.method.as_str(), sample.method, "{name}");
        assert_eq!(request.path, sample.path, "{name}");
        assert_eq!(request.query, sample.query, "{name}");
        let body = match sample.body {
            "" => Value::Null,
            form if form.starts_with("--") => Value::String(form.replace('\n', "\r\n")),
            json => serde_json::from_str(json).unwrap(),
        };
        assert_eq!(body_of(&request), body, "{name}");
    }
}

#[test]
fn replies_are_read_field_by_field() {
    for sample in samples::all() {
        let json = serde_json::from_str(sample.reply).unwrap_or_default();
        let outcome = Outcome::new(sample.status, sample.reply);
        (sample.read)(&outcome, &json).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
    }
}

#[test]
fn every_operation_has_a_sample_of_its_own_path() {
    let samples: Vec<_> = samples::all();
    // The token is the client's own, and a part of a file goes to another host; both have tests where they are.
    for operation in OPERATIONS.iter().filter(|operation| ![1, 20].contains(&operation.number)) {
        let own: Vec<_> = samples.iter().filter(|sample| sample.number == operation.number).collect();
        assert!(!own.is_empty(), "{} has no sample", operation.name);
        for sample in own {
            assert_eq!(sample.method, operation.method.as_str(), "{}", sample.name);
            assert!(fits(operation.path, sample.path), "{}: {}", sample.name, operation.path);
        }
    }
    let mut names: Vec<_> = samples.iter().map(|sample| sample.name.to_string()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), samples.len(), "two samples have one name");
}

#[test]
fn the_table_is_that_of_the_documents() {
    let plain = |path: &str| {
        let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
        segments.collect::<Vec<_>>().join("/")
    };
    let ours: Vec<_> = OPERATIONS
        .iter()
        .map(|row| {
            let limit = row.limit.map(|limit| limit.to_string()).unwrap_or_default();
            let flags = [(Flag::PrivateDomain, 'P'), (Flag::Admin, 'A')];
            let flags = flags.into_iter().filter(|(flag, _)| row.has(*flag)).map(|(_, letter)| letter);
            (row.number, row.method.as_str(), plain(row.path), limit, flags.collect::<String>())
        })
        .collect();
    let theirs = list::LIST.iter().map(|(number, method, path, limit, flags)| {
        (*number, *method, path.to_string(), limit.to_string(), flags.to_string())
    });
    assert_eq!(ours, theirs.collect::<Vec<_>>());
    assert_eq!(ours.len(), 111);
}

/// Whether a path is of this template.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, is)| wanted == is || wanted.starts_with('{'))
}

/// A reply with something wrong in it.
fn damaged(reply: &str, at: usize, how: u8) -> Vec<u8> {
    let mut bytes = reply.as_bytes().to_vec();
    let at = at % bytes.len().max(1);
    match how {
        0 => bytes.truncate(at),
        1..=9 => {
            let junk: [&[u8]; 9] =
                [b"\"", b"{", b"}", b"[", b"null", b"-1", b"\xff", b"\\", b",\"x\":[[[]]]"];
            let end = bytes.len().min(at + 1);
            bytes.splice(at..end, junk[usize::from(how) - 1].iter().copied());
        }
        _ => bytes = bytes.get(at..).unwrap_or_default().to_vec(),
    }
    bytes
}

proptest! {
    #[test]
    fn no_reply_makes_a_call_panic(at in any::<usize>(), how in 0..=10_u8, junk in any::<Vec<u8>>()) {
        for sample in samples::all() {
            for body in [damaged(sample.reply, at, how), junk.clone()] {
                let response = HttpResponse::new(sample.status, body.clone());
                if matches!(Answer::sort(&response), Answer::Done) {
                    (sample.reads)(&Outcome::new(sample.status, body));
                }
            }
        }
    }
}

#[test]
fn replies_that_say_little_or_odd_things() {
    let read = |body: &str| GetGuild::read(&Outcome::new(200, body.to_string()));
    // Missing and null are the same; numbers and texts stand for each other; unknown keys are passed over.
    let guild =
        read(r#"{"id":7,"name":null,"member_count":"12","owner":null,"new":[{"x":1}],"channels":[]}"#)
            .unwrap();
    assert_eq!((guild.id.as_str(), guild.name.as_str(), guild.member_count), ("7", "", Some(12)));
    assert_eq!(read("\u{feff}{}").unwrap(), read(" null ").unwrap());
    // What is wrong says where, and never what.
    for (body, said) in [
        ("", "reply: expected well-formed JSON"),
        ("{\"id\":[\"secret\"]}", "reply.id: expected text"),
        ("{} {}", "reply: expected well-formed JSON"),
        ("<html>", "reply: expected well-formed JSON"),
        ("[]", "reply: expected an object"),
    ] {
        assert_eq!(
            read(body).unwrap_err().to_string(),
            format!("the reply could not be read: {said}"),
            "{body}"
        );
    }
    // An unknown value of an enum is kept.
    let channel = GetChannel::read(&Outcome::new(200, r#"{"type":10099,"sub_type":"77"}"#)).unwrap();
    assert_eq!(
        (channel.kind.map(ChannelKind::code), channel.sub_kind.map(ChannelSubKind::code)),
        (Some(10_099), Some(77))
    );
    // An element of a list is judged with the list.
    let members = ListGuildMembers::read(&Outcome::new(200, r#"[{"user":{"id":"1"}},{"user":5}]"#));
    assert_eq!(
        members.unwrap_err().to_string(),
        "the reply could not be read: reply[].user: expected an object"
    );
    // Nothing has to be copied to be read.
    let outcome = Outcome::new(200, r#"[{"user":{"id":"1"}},{"user":{"id":"2"}}]"#);
    let ids: Vec<_> =
        ListGuildMembers::view(&outcome).unwrap().iter().map(|member| member.unwrap().user.id).collect();
    assert_eq!(ids, ["1", "2"]);
    assert!(ids.iter().all(|id| id.as_borrowed().is_some()));
}

type Checked<'a> = (&'a dyn Fn() -> Result<(), Invalid>, &'a str, Flaw);

#[expect(clippy::too_many_lines, reason = "a row for each rule")]
#[test]
fn what_can_be_seen_to_be_wrong_is_not_sent() {
    let flaw = |call: &dyn Fn() -> Result<(), Invalid>| call().unwrap_err();
    let rows: &[Checked<'_>] = &[
        (&|| SendC2c::new("U", "").check(), "content", Flaw::Empty),
        (&|| SendC2c::new("U", C2cMessage::typing(0)).check(), "input_second", Flaw::OutOfRange),
        (&|| SendC2c::new("U", C2cMessage::text("a").msg_id("")).check(), "msg_id", Flaw::Empty),
        (&|| SendGroup::new("G", GroupMedia::new("")).check(), "file_info", Flaw::Empty),
        (&|| SendGroup::new("G", GroupMessage::ark(Ark::new(1))).check(), "ark.kv", Flaw::Empty),
        (
            &|| SendC2c::new("U", C2cMessage::text("a\n").stream(StreamState::new(1_u32, 0_u32))).check(),
            "stream",
            Flaw::Conflict { with: "content" },
        ),
        (
            &|| SendC2c::new("U", C2cMessage::markdown("a").stream(StreamState::new(1_u32, 0_u32))).check(),
            "markdown.content",
            Flaw::OutOfRange,
        ),
        (
            &|| SendC2c::new("U", Markdown::from(Template::custom("t").param("k", ["a\nb"]))).check(),
            "markdown.params.values",
            Flaw::OutOfPlace,
        ),
        (
            &|| SendC2c::new("U", Markdown::from(Template::custom("t").param("k", [""]))).check(),
            "markdown.params.values",
            Flaw::Empty,
        ),
        (&|| SendChannel::new("71", ChannelMessage::new()).check(), "content", Flaw::Empty),
        (
            &|| SendChannel::new("71", ChannelMessage::markdown("a").with_text("b")).check(),
            "markdown",
            Flaw::Conflict { with: "content" },
        ),
        (
            &|| {
                let file = ImageFile::new("a.png", "image/png", &b"x"[..]);
                SendDm::new("99", ChannelMessage::embed(Embed::new("t", "p")).with_image_file(file)).check()
            },
            "file_image",
            Flaw::Conflict { with: "embed" },
        ),
        (&|| PatchRole::new("7", "1", RoleChange::new()).check(), "name", Flaw::Missing),
        (&|| AddMemberRole::new("7", "1", "5").check(), "channel", Flaw::Missing),
        (&|| AddMemberRole::new("7", "1", "4").channel("71").check(), "channel", Flaw::OutOfPlace),
        (&|| RemoveMemberRole::new("7", "1", "5").check(), "channel", Flaw::Missing),
        (&|| SetUserPermissions::new("71", "1").check(), "add", Flaw::Missing),
        (&|| SetUserPermissions::new("71", "1").grant(ChannelBits::MANAGE).check(), "add", Flaw::OutOfPlace),
        (
            &|| SetRolePermissions::new("71", "1").grant(ChannelBits::VIEW).check(),
            "role_id",
            Flaw::OutOfPlace,
        ),
        (&|| MuteGuildMembers::new("7", Ids::default(), MuteTime::off()).check(), "user_ids", Flaw::Empty),
        (
            &|| CreateSchedule::new("71", NewSchedule::new("n", 2_u64, 1_u64)).check(),
            "end_timestamp",
            Flaw::OutOfRange,
        ),
        (
            &|| PatchSchedule::new("71", "8", NewSchedule::new("n", 0_u64, 604_800_001_u64)).check(),
            "end_timestamp",
            Flaw::OutOfRange,
        ),
        (
            &|| CreateChannel::new("7", "c", ChannelKind::Category).position(1_u32).check(),
            "position",
            Flaw::OutOfRange,
        ),
        (
            &|| ListMessages::new("71").before("a").after("b").check(),
            "before",
            Flaw::Conflict { with: "after" },
        ),
        (&|| ListMessages::new("71").limit(21_u32).check(), "limit", Flaw::OutOfRange),
        (&|| ListGuildMembers::new("7").limit(401_u32).check(), "limit", Flaw::OutOfRange),
        (
            &|| {
                let decided = DecideJoinRequest::new("G", "M", JoinDecision::Approve);
                decided.add_to_member_blacklist(true).check()
            },
            "add_to_member_blacklist",
            Flaw::Conflict { with: "op" },
        ),
        (
            &|| CreatePanel::new(PanelScope::Dm, panel()).target_type(PanelTarget::Specific).check(),
            "target_type",
            Flaw::OutOfPlace,
        ),
        (
            &|| CreatePanel::new(PanelScope::Group, panel()).user_openids(["U"]).check(),
            "user_openids",
            Flaw::OutOfPlace,
        ),
        (
            &|| PutPanelTarget::new("p", ListOp::Add).user_openids(["U"]).group_openids(["G"]).check(),
            "user_openids",
            Flaw::Conflict { with: "group_openids" },
        ),
        (
            &|| PutPanel::new("p", NewPanel::of([NewPanelItem::opens("l", "http://l.example")])).check(),
            "link",
            Flaw::NotHttps,
        ),
        (&|| PutMenu::new([NewMenuItem::opens("l", "http://l.example")]).check(), "link", Flaw::NotHttps),
        (
            &|| {
                let piece = StreamPiece::new(1, StreamMode::Append, StreamFormat::Text, "a");
                SendStreamPiece::new("U", Trigger::Message("M".into()), piece).check()
            },
            "stream_msg_id",
            Flaw::Missing,
        ),
        (
            &|| {
                let patch = PatchMessage::new("71", "m", Keyboard::template("k"));
                patch.markdown(Markdown::new("a").keyboard(Keyboard::template("k"))).check()
            },
            "markdown",
            Flaw::Conflict { with: "keyboard" },
        ),
    ];
    for (call, field, expected) in rows {
        let invalid = flaw(call);
        assert_eq!((invalid.field, invalid.flaw), (*field, *expected));
    }
}

fn panel() -> NewPanel {
    NewPanel::of([NewPanelItem::command("w", "d")])
}

#[test]
fn only_what_is_safe_is_repeated() {
    for sample in samples::all() {
        let repeat = (sample.request)().repeat;
        let answers = sample.body.contains("msg_seq") && [11, 12].contains(&sample.number);
        let expected: &[Repeat] = match sample.method {
            "GET" => &[Repeat::Idempotent],
            "PUT" | "PATCH" => &[Repeat::Idempotent, Repeat::Refused],
            "DELETE" => &[Repeat::Refused],
            _ if answers => &[Repeat::Deduplicated],
            // Making something again that is there already; saying again that a part is there; a list by POST.
            _ if [21, 22, 28, 78].contains(&sample.number) => &[Repeat::Idempotent],
            _ => &[Repeat::Refused],
        };
        assert!(expected.contains(&repeat), "{}: {repeat:?}", sample.name);
    }
}

#[test]
fn conversations_keep_their_order() {
    let text = TextReply::new(ReplyTo::new(Scene::C2c, "U", Trigger::Message("M".into())), "a");
    let sent = SendC2c::new("U", "a").request();
    assert_eq!(text.request().lane, sent.lane);
    assert!(sent.lane.is_some() && sent.lane != SendGroup::new("U", "a").request().lane);
    assert_eq!(
        SendChannel::new("71", "a").request().lane,
        PatchMessage::new("71", "m", Keyboard::template("k")).request().lane
    );
    assert_eq!(SendDm::new("9", "a").request().lane, SendDmSettingGuide::new("9", "7").request().lane);
    assert_eq!(GetGuild::new("7").request().lane, None);
}

#[test]
fn answers_are_numbered_and_others_are_not() {
    let number = |mut call: SendC2c| {
        call.numbered(&mut |id| if id == "M" { 7 } else { 9 });
        body_of(&call.request())["msg_seq"].clone()
    };
    assert_eq!(number(SendC2c::new("U", C2cMessage::text("a").msg_id("M"))), 7);
    assert_eq!(number(SendC2c::new("U", C2cMessage::typing(5).event_id("E"))), 9);
    assert_eq!(number(SendC2c::new("U", C2cMessage::text("a").msg_id("M").msg_seq(3))), 3);
    assert_eq!(number(SendC2c::new("U", "a")), Value::Null);
    assert_eq!(number(SendC2c::new("U", C2cMessage::text("a").wake_up())), Value::Null);
}

#[test]
fn nothing_said_is_shown() {
    for sample in samples::all() {
        let shown = format!("{} {:?}", (sample.debug)(), (sample.request)().body);
        for word in ["天气", "https://", "密"] {
            assert!(!shown.contains(word), "{}: {shown}", sample.name);
        }
    }
}

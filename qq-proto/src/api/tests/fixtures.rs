//! The project's fixtures, where `QQ_FIXTURES` names them: of each the typed call is built from what its request says, and
//! must become that request again; its reply must be read, field by field, or be the error it is.

extern crate std;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::build::build;
use super::{Inspect, body_of, fits};
use crate::api::{
    Answer, ApiRequest, Call, CallError, ContentType, ErrorClass, Invalid, OPERATIONS, Outcome,
};
use crate::io::HttpResponse;

type Read = dyn Fn(&Outcome, &Value) -> Result<(), CallError>;

/// A call, whatever its type.
pub(super) struct Made {
    request: ApiRequest,
    check: Result<(), Invalid>,
    read: Box<Read>,
}

pub(super) fn made<C: Call>(call: &C) -> Made
where
    C::Reply: Inspect,
{
    Made {
        request: call.request(),
        check: call.check(),
        read: Box::new(|outcome, json| {
            C::read(outcome)?.inspect(json, "reply");
            Ok(())
        }),
    }
}

/// The request of a fixture.
pub(super) struct Asked {
    path: Vec<String>,
    query: Value,
    pub(super) body: Value,
}

impl Asked {
    /// A segment of the path, from 0.
    pub(super) fn at(&self, place: usize) -> &str {
        &self.path[place]
    }

    pub(super) fn query(&self, key: &str) -> Option<&str> {
        self.query[key].as_str()
    }

    pub(super) fn number(&self, key: &str) -> Option<u32> {
        self.query(key).map(|text| text.parse().unwrap())
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.body[key].as_str()
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.body[key].as_bool()
    }

    pub(super) fn ids(&self, key: &str) -> Option<Vec<&str>> {
        Some(self.body[key].as_array()?.iter().map(|id| id.as_str().unwrap()).collect())
    }
}

fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let hex = core::str::from_utf8(&rest[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What has no field because it says nothing: left-overs that are in send replies and member lists alone.
fn pruned(json: &Value) -> Value {
    match json {
        Value::Object(members) => {
            let left_over = |key: &str| {
                let sent = members.contains_key("tts") && matches!(key, "tts" | "pinned" | "type" | "flags");
                sent || matches!(key, "public_flags" | "system" | "deaf" | "pending")
                    || (key == "mute" && members.contains_key("deaf"))
            };
            let members = members.iter().filter(|(key, _)| !left_over(key));
            Value::Object(members.map(|(key, value)| (key.clone(), pruned(value))).collect())
        }
        Value::Array(elements) => elements.iter().map(pruned).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json.clone(),
    }
}

/// A form as a fixture has it: `{"$multipart": [..]}`.
fn form(request: &ApiRequest) -> Value {
    let ContentType::Multipart { boundary } = &request.content_type else {
        return body_of(request);
    };
    let text = String::from_utf8_lossy(request.body.as_bytes()).into_owned();
    let inner = text.strip_prefix(&format!("--{boundary}\r\n")).unwrap();
    let inner = inner.strip_suffix(&format!("\r\n--{boundary}--\r\n")).unwrap();
    let between = format!("\r\n--{boundary}\r\n");
    let parts = inner.split(&between).map(|part| {
        let (head, value) = part.split_once("\r\n\r\n").unwrap();
        let quoted =
            |key: &str| head.split_once(&format!("{key}=\"")).map(|(_, rest)| rest.split('"').next());
        let mut out = json!({"name": quoted(" name").unwrap(), "value": value});
        if let Some(name) = quoted("filename") {
            out["filename"] = json!(name);
            out["content_type"] = json!(head.split_once("Content-Type: ").unwrap().1);
        }
        out
    });
    json!({"$multipart": parts.collect::<Vec<_>>()})
}

/// Which operation a request is.
fn operation(method: &str, path: &str, body: &Value) -> Option<u16> {
    let mut rows = OPERATIONS.iter().filter(|row| row.method.as_str() == method && fits(row.path, path));
    // Members who are silenced and the whole guild have one path.
    let many = !body["user_ids"].is_null();
    // "join_approval_strategy" also looks like a group.
    let exact =
        rows.clone().find(|row| !row.path.contains("group_openid") && row.path.contains("join_approval"));
    let first = exact.or_else(|| rows.clone().find(|row| row.number != 94))?;
    Some(rows.find(|row| many && row.number == 94).unwrap_or(first).number)
}

/// The classes of the errors, by the first number that says something.
fn class(name: &str) -> ErrorClass {
    use ErrorClass as C;
    match name {
        "err_token_bad_secret" | "err_token_appid_invalid" | "err_fixed_token_disabled" => C::Permanent,
        "err_unauthorized_401" | "err_token_expired_500" => C::NewToken,
        "err_token_rate"
        | "err_rate_429"
        | "err_gateway_rate_400"
        | "err_send_limit_22009"
        | "err_upload_retry"
        | "err_interaction_expired"
        | "err_html_502"
        | "err_html_429"
        | "err_channel_send_500"
        | "err_file_download_failed" => C::Retry,
        "err_active_quota" | "err_channel_push_quota" | "err_upload_daily_quota" => C::WaitUntil,
        "err_active_no_permission"
        | "err_active_no_permission_group"
        | "err_not_in_group"
        | "err_user_rejects"
        | "err_no_api_privilege"
        | "err_admin_required"
        | "err_no_gateway_session" => C::AskPerson,
        "err_duplicate_msg_seq" => C::AlreadyDelivered,
        "err_audit_push_202" | "err_audit_reply_202" => C::UnderAudit,
        "err_msg_id_expired"
        | "err_passive_limit"
        | "err_url_not_allowed_group"
        | "err_content_unsafe"
        | "err_channel_url_not_allowed"
        | "err_channel_empty"
        | "err_channel_msg_expired"
        | "err_file_too_big"
        | "err_recall_too_late"
        | "err_reaction_already_set"
        | "err_panel_limit"
        | "err_not_found_404"
        | "err_stream_prefix_changed"
        | "err_ok_status_with_error_body"
        | "err_html_413" => C::ChangeRequest,
        other => panic!("{other} has no class here"),
    }
}

fn run(name: &str, fixture: &Value) {
    let (request, response) = (&fixture["request"], &fixture["response"]);
    let status = response["status"].as_u64().unwrap().try_into().unwrap();
    let body = match &response["body"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        json @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => json.to_string(),
    };
    let trace = response["headers"]["X-Tps-trace-ID"].as_str();
    let answer = Answer::sort(&HttpResponse::new(status, body.clone()).with_trace_id(trace));
    let is_error = name.starts_with("err_");
    if is_error {
        let Answer::Refused(error) = answer else { panic!("{name} passed for a success") };
        assert_eq!(error.class(), class(name), "{name}: {error}");
        let says = |key: &str| response["body"][key].as_i64().unwrap_or_default();
        assert_eq!((error.code, error.err_code), (says("code"), says("err_code")), "{name}");
        assert_eq!(error.audit_id.as_deref(), response["body"]["data"]["message_audit"]["audit_id"].as_str());
        let named = response["body"]["trace_id"].as_str().or(trace);
        assert_eq!(error.trace_id.as_deref(), named, "{name}");
    } else {
        assert!(matches!(answer, Answer::Done), "{name} passed for an error");
    }

    let (method, path) = (request["method"].as_str().unwrap(), request["path"].as_str().unwrap());
    // Those of the client itself, and what is no operation at all.
    let elsewhere = name.starts_with("token_") || name.starts_with("err_token_") && path.starts_with("/app/");
    if elsewhere || name == "upload_part_put" || name == "err_not_found_404" {
        return;
    }
    let number = operation(method, path, &request["body"]);
    let number = number.unwrap_or_else(|| panic!("{name}: {method} {path} is no operation"));
    let asked = Asked {
        path: path.split('/').skip(1).map(decoded).collect(),
        query: request["query"].clone(),
        body: request["body"].clone(),
    };
    let made = build(number, &asked);
    let pairs = request["query"].as_object().into_iter().flatten();
    let wanted: Vec<_> = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect();
    let mut query: Vec<_> =
        made.request.query.split('&').filter(|pair| !pair.is_empty()).map(decoded).collect();
    query.sort();
    assert_eq!(query, wanted, "{name}");
    assert_eq!((made.request.method.as_str(), made.request.path.as_str()), (method, path), "{name}");
    assert_eq!(form(&made.request), request["body"], "{name}");
    // What the platform would refuse for its content is refused beforehand, where that can be seen.
    assert_eq!(made.check.is_err(), name == "err_channel_empty", "{name}: {:?}", made.check);
    if !is_error {
        let outcome = Outcome::new(status, body);
        (made.read)(&outcome, &pruned(&response["body"])).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_fixture_passes() {
    let Some(dir) = std::env::var_os("QQ_FIXTURES") else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(std::path::Path::new(&dir).join("openapi")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let fixture = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            run(&path.file_stem().unwrap().to_string_lossy(), &fixture);
            count += 1;
        }
    }
    assert!(count > 180, "only {count} fixtures: {}", dir.to_string_lossy());
}

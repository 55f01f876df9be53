//! Every operation against its samples, and against what is known about all of them.

mod build;
mod fixtures;
mod list;
mod samples;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::api::{ApiRequest, ContentType, Flag, OPERATIONS, Outcome, Sent};
use crate::model::check::Check;

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
            number => Some(number.to_string()),
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

#[test]
fn nothing_said_is_shown() {
    for sample in samples::all() {
        let shown = format!("{} {:?}", (sample.debug)(), (sample.request)().body);
        for word in ["天气", "https://", "密"] {
            assert!(!shown.contains(word), "{}: {shown}", sample.name);
        }
    }
}

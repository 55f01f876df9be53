//! Compares what was decoded with what `serde_json` says, field by field. Tests only.

use super::cursor::Fill;
use super::list::List;
use super::record::Object;
use super::text::{Raw, Str, Url};
use super::time::Time;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde_json::Value;

/// Panics if self is not what the rules of the sheets make of `json`, null for missing.
pub(crate) trait Check {
    fn check(&self, json: &Value, path: &str);
}

/// No key may be unknown: the samples are there to show all there are.
pub(crate) fn keys(json: &Value, known: &[&str], path: &str) {
    for key in json.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
        assert!(known.contains(&key), "{path}.{key} has no field");
    }
}

impl Check for Str<'_> {
    fn check(&self, json: &Value, path: &str) {
        let expected = match json {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => panic!("{path} is {json}"),
        };
        assert_eq!(*self, expected.as_str(), "{path}");
    }
}

impl Check for Url<'_> {
    fn check(&self, json: &Value, path: &str) {
        Str::borrowed(self.as_str()).check(json, path);
    }
}

impl Check for Time<'_> {
    fn check(&self, json: &Value, path: &str) {
        Str::borrowed(self.as_str()).check(json, path);
        assert_eq!(self.unix_ms().is_some(), !self.is_empty(), "{path} is not understood: {self}");
    }
}

impl Check for Raw<'_> {
    fn check(&self, json: &Value, path: &str) {
        let text = if self.is_empty() { "null" } else { self.as_str() };
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), *json, "{path}");
    }
}

impl Check for bool {
    fn check(&self, json: &Value, path: &str) {
        assert_eq!(*self, json.as_bool().unwrap_or_default(), "{path}");
    }
}

macro_rules! integers {
    ($($int:ty),*) => { $(
        impl Check for Option<$int> {
            fn check(&self, json: &Value, path: &str) {
                let text = self.map(|number| number.to_string()).unwrap_or_default();
                Str::borrowed(&text).check(json, path);
            }
        }
    )* };
}

integers!(i64, u64, u32);

impl<'a, T: Fill<'a> + Check> Check for List<'a, T> {
    fn check(&self, json: &Value, path: &str) {
        let expected = json.as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(self.len(), expected.len(), "{path}");
        assert_eq!(self.is_empty(), expected.is_empty(), "{path}");
        assert_eq!(self.iter().count(), expected.len(), "{path}");
        for (n, (element, json)) in self.iter().zip(expected).enumerate() {
            element.unwrap().check(json, &format!("{path}[{n}]"));
        }
    }
}

impl<'a, T: Object<'a> + Check> Check for Option<T> {
    fn check(&self, json: &Value, path: &str) {
        assert_eq!(self.is_some(), !json.is_null(), "{path}");
        if let Some(inner) = self {
            inner.check(json, path);
        }
    }
}

/// The rules of the sheets: these say as much as nothing.
fn blank(json: &Value) -> bool {
    match json {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.values().all(blank),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Panics unless `written` says all that `original` says and nothing else. Numbers and the same as text are
/// equal, as are all ways to say nothing.
pub(crate) fn same(original: &Value, written: &Value, path: &str) {
    let text = |json: &Value| match json {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match (original, written) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for key in ours.keys().chain(theirs.keys()) {
                same(&original[key], &written[key], &format!("{path}.{key}"));
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{path}");
            for (n, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                same(ours, theirs, &format!("{path}[{n}]"));
            }
        }
        _ if blank(original) && blank(written) => {}
        _ => {
            let equal = original == written || (text(original).is_some() && text(original) == text(written));
            assert!(equal, "{path}: {original} was written as {written}");
        }
    }
}

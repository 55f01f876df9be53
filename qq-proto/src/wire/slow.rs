//! The envelope of any frame that is JSON, read with `serde_json`.

use super::{Envelope, FrameError, Incoming, Parts, Span, control, number, scan};
use alloc::{borrow::Cow, string::String};
use bytes::Bytes;
use core::str;
use serde::Deserialize;
use serde_json::{error::Category, value::RawValue};

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    op: Option<&'a RawValue>,
    #[serde(borrow, default)]
    s: Option<&'a RawValue>,
    #[serde(borrow, default)]
    t: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    d: Option<&'a RawValue>,
}

/// Reads a frame about which nothing is known.
pub(super) fn read(frame: &Bytes) -> Result<Incoming, FrameError> {
    let text = str::from_utf8(frame).map_err(|_| FrameError::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let members = members(text)?;
    let op = op(members.op.ok_or(FrameError::NoOp)?)?;
    let body = members.d.map(RawValue::get).unwrap_or_default();
    if op != 0 {
        return Ok(control(op, body));
    }
    let seq = members.s.and_then(|raw| u64::try_from(whole(raw)?).ok());
    let name = match members.t {
        Some(raw) if raw.get().starts_with('"') => plain(raw)?,
        _ => Cow::default(),
    };
    let id = match members.id {
        Some(raw) if raw.get().starts_with('"') => plain(raw)?,
        Some(raw) if whole(raw).is_some() => Cow::Borrowed(raw.get()),
        _ => Cow::default(),
    };
    let (Cow::Borrowed(name_text), Cow::Borrowed(id_text)) = (&name, &id) else {
        return Ok(Incoming::Dispatch(Parts::rebuilt(seq, &name, &id, body)));
    };
    let [name, id, body] = [*name_text, *id_text, body].map(|part| span(frame, part));
    Ok(Incoming::Dispatch(Parts::new(frame.clone(), Envelope { op, seq, name, id, body })))
}

fn members(text: &str) -> Result<Members<'_>, FrameError> {
    // `serde` would take an array for a struct.
    let start = scan::space(text.as_bytes(), 0);
    if text.as_bytes().get(start) != Some(&b'{') {
        let json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        return Err(if json { FrameError::NotAnObject } else { FrameError::NotJson });
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        // Every field is raw text, so the only thing that can be wrong with well-formed data is a second one.
        Category::Data => FrameError::DuplicateKey,
        Category::Syntax | Category::Eof | Category::Io => FrameError::NotJson,
    })
}

fn op(raw: &RawValue) -> Result<i64, FrameError> {
    whole(raw).and_then(|op| i64::try_from(op).ok()).ok_or(FrameError::BadOp)
}

/// A whole number, also if it is written as text. One of the many fields the platform's SDKs disagree on.
fn whole(raw: &RawValue) -> Option<i128> {
    let text = raw.get();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    number::integer(text)
}

fn plain(raw: &RawValue) -> Result<Cow<'_, str>, FrameError> {
    let inner = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('\\') => Ok(Cow::Borrowed(inner)),
        // An escape that stands for half a character is JSON by the grammar and still no text.
        _ => serde_json::from_str::<String>(raw.get()).map(Cow::Owned).map_err(|_| FrameError::NotJson),
    }
}

/// Where in the frame `part`, a piece of it, lies.
fn span(frame: &Bytes, part: &str) -> Span {
    if part.is_empty() {
        return Span::default();
    }
    let at = part.as_ptr().addr().saturating_sub(frame.as_ptr().addr());
    Span::new(at, at + part.len())
}

#[derive(Deserialize)]
struct Hello<'a> {
    #[serde(borrow, default)]
    heartbeat_interval: Option<&'a RawValue>,
}

/// Milliseconds between beats from the `d` of a Hello: documented as a number, taken as text too. A fraction
/// is cut off.
pub(super) fn interval(body: &str) -> Option<u64> {
    if !body.starts_with('{') {
        return None;
    }
    let raw = serde_json::from_str::<Hello<'_>>(body).ok()?.heartbeat_interval?;
    let value = whole(raw).or_else(|| {
        let text = raw.get().trim_matches('"');
        let (whole, fraction) = text.split_once('.')?;
        fraction.bytes().all(|byte| byte.is_ascii_digit()).then(|| number::integer(whole))?
    })?;
    u64::try_from(value).ok()
}

//! The envelope as the platform writes it, read by hand.
//!
//! Anything not expected here is not an error: `None` hands the frame to the slow way.

use super::{BodyError, Envelope, Span, scan};
use crate::model::Str;

const OP: u8 = 1;
const S: u8 = 2;
const T: u8 = 4;
const ID: u8 = 8;
const D: u8 = 16;

/// Reads a dispatch with its keys in the order in which the platform writes them, and nothing else.
pub(super) fn usual(bytes: &[u8]) -> Option<Envelope> {
    let at = scan::word(bytes, 0, b"{\"op\":0,\"s\":").ok()?;
    let (seq, at) = natural(bytes, at)?;
    let name_at = scan::word(bytes, at, b",\"t\":\"").ok()?;
    let name_end = scan::ascii(bytes, name_at)?;
    let id_at = scan::word(bytes, name_end, b"\",\"id\":\"").ok()?;
    let id_end = scan::ascii(bytes, id_at)?;
    let body_at = scan::word(bytes, id_end, b"\",\"d\":").ok()?;
    (bytes.get(body_at) == Some(&b'{') && closes_twice(bytes)).then(|| Envelope {
        op: 0,
        seq: Some(seq),
        name: Span::new(name_at, name_end),
        id: Span::new(id_at, id_end),
        body: Span::new(body_at, 0),
    })
}

/// Reads the members of the frame up to `d`, or, if something needed comes later, all of them.
pub(super) fn scan(bytes: &[u8]) -> Option<Envelope> {
    let mut envelope = Envelope::default();
    let mut seen = 0;
    let mut at = scan::space(bytes, if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 });
    at = scan::word(bytes, at, b"{").ok()?;
    loop {
        at = scan::space(bytes, at);
        let (key, length) = match bytes.get(at..)? {
            [b'"', b'o', b'p', b'"', ..] => (OP, 4),
            [b'"', b's', b'"', ..] => (S, 3),
            [b'"', b't', b'"', ..] => (T, 3),
            [b'"', b'i', b'd', b'"', ..] => (ID, 4),
            [b'"', b'd', b'"', ..] => (D, 3),
            _ => return None,
        };
        if seen & key != 0 {
            return None;
        }
        at = scan::word(bytes, scan::space(bytes, at + length), b":").ok()?;
        at = scan::space(bytes, at);
        match key {
            OP => {
                let (value, end) = natural(bytes, at)?;
                envelope.op = i64::try_from(value).ok()?;
                at = end;
            }
            S if bytes.get(at) == Some(&b'n') => at = scan::word(bytes, at, b"null").ok()?,
            S => {
                let (value, end) = natural(bytes, at)?;
                envelope.seq = Some(value);
                at = end;
            }
            D => {
                let object = bytes.get(at) == Some(&b'{');
                // READY and RESUMED have no id, so for them the frame is read to its end: they are rare and
                // small.
                if object && envelope.op == 0 && seen == OP | S | T | ID && closes_twice(bytes) {
                    envelope.body = Span::new(at, 0);
                    return Some(envelope);
                }
                let end = if object || bytes.get(at) == Some(&b'[') {
                    scan::balance(bytes, at)?
                } else {
                    scan::value(bytes, at).ok()?
                };
                envelope.body = Span::new(at, end);
                at = end;
            }
            name_or_id => {
                let span = if bytes.get(at) == Some(&b'"') {
                    let end = scan::ascii(bytes, at + 1)?;
                    let span = Span::new(at + 1, end);
                    at = end + 1;
                    span
                } else {
                    at = scan::word(bytes, at, b"null").ok()?;
                    Span::default()
                };
                if name_or_id == T {
                    envelope.name = span;
                } else {
                    envelope.id = span;
                }
            }
        }
        seen |= key;
        at = scan::space(bytes, at);
        match bytes.get(at)? {
            b',' => at += 1,
            b'}' if scan::space(bytes, at + 1) == bytes.len() && seen & OP != 0 => return Some(envelope),
            _ => return None,
        }
    }
}

/// A whole number that is not negative, of at most 19 digits, which is what always fits.
fn natural(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    let mut end = at;
    while let Some(digit @ b'0'..=b'9') = bytes.get(end) {
        if end - at == 19 {
            return None;
        }
        value = value * 10 + u64::from(digit - b'0');
        end += 1;
    }
    // JSON knows no leading zeros.
    (end > at && (end == at + 1 || bytes.get(at) != Some(&b'0'))).then_some((value, end))
}

/// Whether the frame ends with two closing braces: the payload's and its own. A frame that was cut off hardly
/// ever does.
fn closes_twice(bytes: &[u8]) -> bool {
    let mut rest = bytes.trim_ascii_end();
    for _ in 0..2 {
        let Some((b'}', before)) = rest.split_last() else {
            return false;
        };
        rest = before.trim_ascii_end();
    }
    true
}

/// Checks what follows a payload whose end was not looked for: further members, a brace, the end.
pub(super) fn tail(text: &str, mut at: usize) -> Result<(), BodyError> {
    let bytes = text.as_bytes();
    loop {
        at = scan::space(bytes, at);
        match bytes.get(at) {
            Some(b',') => at = scan::space(bytes, at + 1),
            Some(b'}') if scan::space(bytes, at + 1) == bytes.len() => return Ok(()),
            _ => return Err(BodyError::Malformed),
        }
        at = scan::word(bytes, at, b"\"")?;
        let quoted = scan::string(bytes, at)?;
        let key = text.get(at..quoted.end).ok_or(BodyError::Malformed)?;
        let key = if quoted.plain { Str::borrowed(key) } else { Str::unescaped(key) };
        // All five stood in front.
        if matches!(&*key, "op" | "s" | "t" | "id" | "d") {
            return Err(BodyError::DuplicateKey);
        }
        at = scan::word(bytes, scan::space(bytes, quoted.end + 1), b":")?;
        at = scan::value(bytes, at)?;
    }
}

//! Address validation (op 13): the platform wants a text signed.
//!
//! Events and the answer to a validation are signed with the same key and in the same layout: digits, then text. Who
//! may have any text signed could ask for the signature of a timestamp and a frame, and send us that frame as an event.
//! So nothing is ever signed that could be an event: a frame has a brace in it, and a text with a brace is refused.

use alloc::string::String;
use core::fmt::Write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;
use crate::webhook::request::seconds;
use crate::webhook::{Limits, Refusal, WebhookKey};

/// The longest unsigned body that is read. A validation has less than 200 bytes.
pub(crate) const UNSIGNED_BYTES: usize = 4096;

/// The longest text that is signed; the platform's have 20 characters.
const TOKEN: usize = 128;

#[derive(Deserialize)]
struct Frame {
    d: Ask,
}

#[derive(Deserialize)]
struct Ask {
    plain_token: String,
    // Documented as text.
    event_ts: Value,
}

#[derive(Serialize)]
struct Signed<'a> {
    plain_token: &'a str,
    signature: &'a str,
}

/// The body that answers a validation. `signed` says that the request itself bears a signature of ours.
pub(crate) fn answer(body: &[u8], signed: bool, key: &WebhookKey) -> Result<Bytes, Refusal> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let Frame { d: Ask { plain_token, event_ts } } =
        serde_json::from_slice(body).map_err(|_| Refusal::BadValidation)?;
    let mut text = match event_ts {
        Value::String(text) => text,
        Value::Number(number) if number.is_u64() => {
            let mut text = String::new();
            write!(text, "{number}").map_err(|_| Refusal::BadValidation)?;
            text
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            return Err(Refusal::BadValidation);
        }
    };
    // Strangers get letters and digits signed. Whoever has the key may use other characters, but no braces either.
    let fits = if signed { harmless } else { plain };
    let length = 1..=TOKEN;
    if seconds(text.as_bytes()).is_none()
        || !length.contains(&plain_token.len())
        || !plain_token.bytes().all(fits)
    {
        return Err(Refusal::BadValidation);
    }
    text.push_str(&plain_token);
    let mut hex = String::with_capacity(128);
    for byte in key.sign(text.as_bytes()) {
        write!(hex, "{byte:02x}").map_err(|_| Refusal::BadValidation)?;
    }
    let reply = Signed { plain_token: &plain_token, signature: &hex };
    serde_json::to_vec(&reply).map(Bytes::from).map_err(|_| Refusal::BadValidation)
}

const fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

const fn harmless(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}' | b'"' | b'\\')
}

/// How many unsigned validations may be answered now: so many in a row, then one per interval.
#[derive(Debug)]
pub(crate) struct Rate {
    left: u32,
    /// Since when the next one is being saved up for.
    since: Timestamp,
}

impl Rate {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self { left: limits.validation_burst, since: Timestamp::ZERO }
    }

    /// Whether one more is allowed; takes it.
    pub(crate) fn take(&mut self, now: Timestamp, limits: &Limits) -> bool {
        let interval = limits.validation_interval;
        while self.left < limits.validation_burst && now.since(self.since) >= interval {
            self.left += 1;
            self.since = self.since.after(interval);
        }
        if self.left >= limits.validation_burst {
            self.since = now;
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

//! P16: what a frame says, read in the plainest way.

use qq_proto::Dispatch;
use serde_json::Value;

/// Sequence numbers are 32 bits wide; a larger one is not believed.
const LARGEST_SEQ: u64 = 0xFFFF_FFFF;

/// A frame, read as a generic JSON value.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    value: Value,
}

impl Plain {
    /// `None` if it is not JSON at all.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let value = serde_json::from_slice(bytes).ok()?;
        Some(Self { value })
    }

    pub(crate) fn op(&self) -> Option<u64> {
        self.value.get("op").and_then(Value::as_u64)
    }

    /// The sequence number of a dispatch.
    pub(crate) fn seq(&self) -> Option<u64> {
        (self.op()? == 0)
            .then(|| self.value.get("s").and_then(Value::as_u64))
            .flatten()
            .filter(|seq| *seq <= LARGEST_SEQ)
    }

    pub(crate) fn name(&self) -> &str {
        self.value.get("t").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn says_true(&self) -> bool {
        self.value.get("d") == Some(&Value::Bool(true))
    }

    /// Whether a dispatch that came out of the core says what the frame says.
    pub(crate) fn disagrees(&self, dispatch: &Dispatch) -> Option<&'static str> {
        let text = |name: &str| self.value.get(name).and_then(Value::as_str);
        if self.op() != Some(0) {
            return Some("a dispatch from a frame that is none");
        }
        if dispatch.name() != self.name() {
            return Some("another name");
        }
        // An empty id counts as none.
        let id = text("id").filter(|id| !id.is_empty());
        if id.is_some() && dispatch.id() != id {
            return Some("another id");
        }
        if self.value.get("s").is_none_or(Value::is_u64)
            && dispatch.seq() != self.value.get("s").and_then(Value::as_u64)
        {
            return Some("another number");
        }
        let Ok(json) = dispatch.json() else {
            return Some("a payload that counts as broken");
        };
        match serde_json::from_str::<Value>(json) {
            Ok(payload) if payload == *self.value.get("d").unwrap_or(&Value::Null) => None,
            Ok(_) => Some("another payload"),
            Err(_) => Some("a payload that is no JSON"),
        }
    }
}

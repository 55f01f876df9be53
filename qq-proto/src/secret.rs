//! Values that do not print themselves: secrets, frames that carry a token, request bodies.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A text that must not be seen: an app secret, an access token, an authorization header.
///
/// It has no `Display` and no serde; its `Debug` prints dots. [`expose`](Self::expose) is the only way to read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Room for the longest heartbeat, `{"op":1,"d":18446744073709551615}`.
const SMALL: usize = 34;

/// One WebSocket text message to send. It may hold an access token, so it does not print its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Repr);

#[derive(Clone, PartialEq, Eq)]
enum Repr {
    /// A heartbeat: kept in place, because one is made every half minute on every connection.
    Small {
        len: u8,
        text: [u8; SMALL],
    },
    Large(String),
}

impl Frame {
    pub(crate) fn large(text: String) -> Self {
        Self(Repr::Large(text))
    }

    /// A heartbeat with this sequence number, written in place: one is made every half minute on every connection.
    pub(crate) fn beat(seq: u64) -> Self {
        let mut text = *b"{\"op\":1,\"d\":                      ";
        let from = 12;
        let mut end = from + 1;
        let mut rest = seq / 10;
        while rest > 0 {
            rest /= 10;
            end += 1;
        }
        rest = seq;
        for digit in text.get_mut(from..end).unwrap_or_default().iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        if let Some(brace) = text.get_mut(end) {
            *brace = b'}';
        }
        Self(Repr::Small { len: u8::try_from(end + 1).unwrap_or(0), text })
    }

    /// A frame of up to 34 ASCII bytes without an allocation; longer text is kept on the heap.
    pub(crate) fn small(parts: &[&str]) -> Self {
        let mut text = [0; SMALL];
        let mut at = 0;
        for part in parts {
            let Some(room) = text.get_mut(at..at + part.len()) else {
                return Self(Repr::Large(parts.concat()));
            };
            room.copy_from_slice(part.as_bytes());
            at += part.len();
        }
        Self(Repr::Small { len: u8::try_from(at).unwrap_or(u8::MAX), text })
    }

    /// The JSON text to put into one WebSocket text message.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Small { len, text } => text
                .get(..usize::from(*len))
                .and_then(|text| core::str::from_utf8(text).ok())
                .unwrap_or_default(),
            Repr::Large(text) => text,
        }
    }

    /// The same as an owned text.
    pub fn into_string(self) -> String {
        match self.0 {
            Repr::Small { .. } => self.as_str().into(),
            Repr::Large(text) => text,
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes)", self.as_str().len())
    }
}

/// The body of an HTTP request. The one for a token holds the app secret, so none of them prints its bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body(Vec<u8>);

impl Body {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to send.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to send, owned.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Whether the request has no body at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn nothing_prints_itself() {
        let text = "s3cr3t-value";
        for shown in [
            format!("{:?}", Secret::new(text)),
            format!("{:#?}", Frame::large(text.to_string())),
            format!("{:?}", Frame::small(&[text])),
            format!("{:?}", Body::from(text.to_string())),
        ] {
            assert!(!shown.contains("s3cr3t"), "{shown}");
            // The leak that a search for the text does not find: a list of decimal bytes.
            assert!(!shown.contains("115, 51"), "{shown}");
        }
    }

    #[test]
    fn small_frames_keep_their_text() {
        assert_eq!(Frame::small(&["{\"op\":1,\"d\":", "18446744073709551615", "}"]).as_str().len(), 33);
        let long = "x".repeat(60);
        assert_eq!(Frame::small(&[&long]).as_str(), long);
        assert_eq!(Frame::small(&["a", "b"]).into_string(), "ab");
    }
}

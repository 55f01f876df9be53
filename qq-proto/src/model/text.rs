//! Text and links as they stand in a payload.

use super::cursor::{Cursor, Fill};
use super::error::{DecodeError, Expected};
use super::field::{Field, Kind, Shape};
use alloc::{borrow::Cow, string::String};
use core::{fmt, ops::Deref};
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

/// Text of a payload. Reads like a `&str`; empty where the platform sent nothing or null.
///
/// It is a piece of the payload wherever JSON needed no escapes, which is nearly always, and owned otherwise.
/// Ids are of this type too: some of them are documented as text and sent as numbers, or the other way round,
/// and become their digits here.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Str<'a>(Cow<'a, str>);

impl<'a> Str<'a> {
    /// A text that is a piece of something else.
    pub const fn borrowed(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The text as a slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text for as long as the payload lives, if it is a piece of it.
    pub fn as_borrowed(&self) -> Option<&'a str> {
        match self.0 {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(_) => None,
        }
    }

    /// The same text without the payload.
    pub fn into_owned(self) -> Str<'static> {
        Str(Cow::Owned(self.0.into_owned()))
    }

    /// The part behind the first `separator`, if there is one, and the part in front of it.
    pub(crate) fn split_once(&self, separator: char) -> Option<(&str, Self)> {
        match &self.0 {
            Cow::Borrowed(text) => text.split_once(separator).map(|(key, rest)| (key, Self::borrowed(rest))),
            Cow::Owned(text) => {
                text.split_once(separator).map(|(key, rest)| (key, Self(Cow::Owned(String::from(rest)))))
            }
        }
    }

    /// What a JSON string with escapes says. Half of a surrogate pair becomes U+FFFD: a broken nickname is no
    /// reason to lose a message.
    pub(crate) fn unescaped(raw: &str) -> Self {
        Self(Cow::Owned(unescape(raw)))
    }
}

fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escape.chars();
        let kind = chars.next();
        rest = chars.as_str();
        text.push(match kind {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => unicode(&mut rest),
            // Quote, backslash, slash: themselves.
            Some(other) => other,
            None => break,
        });
    }
    text.push_str(rest);
    text
}

/// The character of a `\u` escape; `rest` begins with its digits, and loses what was used.
fn unicode(rest: &mut &str) -> char {
    let unit = |rest: &mut &str| {
        let (hex, after) = rest.split_at_checked(4)?;
        let unit = u32::from_str_radix(hex, 16).ok()?;
        *rest = after;
        Some(unit)
    };
    let Some(first) = unit(rest) else {
        return char::REPLACEMENT_CHARACTER;
    };
    if let 0xD800..0xDC00 = first {
        let mut after = *rest;
        if let Some(low) = after.strip_prefix("\\u") {
            after = low;
            if let Some(second @ 0xDC00..0xE000) = unit(&mut after) {
                *rest = after;
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
    }
    char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
}

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Str<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq<str> for Str<'_> {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Str<'_> {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialEq<Str<'_>> for str {
    fn eq(&self, other: &Str<'_>) -> bool {
        *self == **other
    }
}

impl PartialEq<Str<'_>> for &str {
    fn eq(&self, other: &Str<'_>) -> bool {
        **self == **other
    }
}

impl<'a> From<&'a str> for Str<'a> {
    fn from(text: &'a str) -> Self {
        Self::borrowed(text)
    }
}

impl From<String> for Str<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<Str<'_>> for String {
    fn from(text: Str<'_>) -> Self {
        text.0.into_owned()
    }
}

impl<'a> From<Str<'a>> for Cow<'a, str> {
    fn from(text: Str<'a>) -> Self {
        text.0
    }
}

impl Serialize for Str<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'a> Fill<'a> for Str<'a> {
    #[inline(never)]
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        *self = cursor.text().map_err(|expected| DecodeError::at(field, expected))?;
        Ok(())
    }
}

/// A link to a file or a picture. Reads like a `&str`: exactly what the platform sent, which may lack the
/// scheme.
///
/// The query of such a link is a key to the file for a while, so `Debug` leaves it out.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Url<'a>(Str<'a>);

impl<'a> Url<'a> {
    /// The link as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The link with a scheme: the platform also sends `host/path` and `//host/path`, both of which mean
    /// https. Empty if the platform sent none.
    pub fn absolute(&self) -> Cow<'_, str> {
        let url = self.as_str();
        let lead = if url.is_empty() || url.contains("://") {
            return Cow::Borrowed(url);
        } else if url.starts_with("//") {
            "https:"
        } else {
            "https://"
        };
        let mut whole = String::with_capacity(lead.len() + url.len());
        whole.push_str(lead);
        whole.push_str(url);
        Cow::Owned(whole)
    }

    /// The link as plain text of a payload.
    pub fn into_str(self) -> Str<'a> {
        self.0
    }

    /// The same link without the payload.
    pub fn into_owned(self) -> Url<'static> {
        Url(self.0.into_owned())
    }
}

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl Field for Url<'_> {
    type Owned = Url<'static>;
    const SHAPE: Shape = Shape(Kind::Link);

    fn into_owned(self) -> Url<'static> {
        Self::into_owned(self)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Deref for Url<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Url<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<&str> for Url<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == **other
    }
}

impl fmt::Debug for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split(['?', '#']).next().unwrap_or_default();
        let more = if shown.len() < self.0.len() { "?.." } else { "" };
        write!(f, "\"{}{more}\"", shown.escape_debug())
    }
}

impl<'a> Fill<'a> for Url<'a> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        self.0.fill(cursor, field)
    }
}

/// JSON the platform does not describe well enough to give it a type. Empty if it sent nothing or null.
///
/// Well-formed; hand it to any JSON decoder. `Debug` shows only its size, because nobody knows what is in it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Raw<'a>(Str<'a>);

impl Raw<'_> {
    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Nothing was sent, or null.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same JSON without the payload.
    pub fn into_owned(self) -> Raw<'static> {
        Raw(self.0.into_owned())
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

impl<'a> Fill<'a> for Raw<'a> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        let text = cursor.skip().map_err(|expected| DecodeError::at(field, expected))?;
        self.0 = Str::borrowed(if text == "null" { "" } else { text });
        Ok(())
    }
}

/// Byte for byte the same, where the format is JSON.
impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        verbatim(self.as_str(), serializer)
    }
}

impl Field for Raw<'_> {
    type Owned = Raw<'static>;
    const SHAPE: Shape = Shape(Kind::Json);

    fn into_owned(self) -> Raw<'static> {
        Self::into_owned(self)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Writes a piece of JSON as it is.
pub(super) fn verbatim<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<&RawValue>(if json.is_empty() { "null" } else { json })
        .map_err(S::Error::custom)?
        .serialize(serializer)
}

impl From<super::scan::Flaw> for Expected {
    fn from(flaw: super::scan::Flaw) -> Self {
        match flaw {
            super::scan::Flaw::Malformed => Self::Json,
            super::scan::Flaw::TooDeep => Self::Shallow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Str, Url};
    use alloc::{format, string::String};
    use core::fmt::Write;
    use proptest::prelude::*;

    #[test]
    fn a_link_gets_its_scheme_and_hides_its_key() {
        for (sent, whole) in [
            ("https://a.example/f?rkey=k", "https://a.example/f?rkey=k"),
            ("//a.example/f", "https://a.example/f"),
            ("a.example/f", "https://a.example/f"),
            ("", ""),
        ] {
            assert_eq!(Url(Str::borrowed(sent)).absolute(), whole);
        }
        let shown = format!("{:?}", Url(Str::borrowed("https://a.example/f?rkey=secret")));
        assert_eq!(shown, "\"https://a.example/f?..\"");
    }

    #[test]
    fn half_a_pair_is_replaced() {
        assert_eq!(Str::unescaped(r"a\ud83d!"), "a\u{fffd}!");
        assert_eq!(Str::unescaped(r"\ude00\ud83d\ud83d\ude00"), "\u{fffd}\u{fffd}😀");
    }

    proptest! {
        #[test]
        fn unescape_agrees_with_serde_json(text in any::<String>(), ascii in any::<bool>()) {
            let mut json = serde_json::to_string(&text).unwrap();
            if ascii {
                let mut escaped = String::new();
                for c in json.chars() {
                    if c.is_ascii() {
                        escaped.push(c);
                    } else {
                        for unit in c.encode_utf16(&mut [0; 2]) {
                            write!(escaped, "\\u{unit:04x}").unwrap();
                        }
                    }
                }
                json = escaped;
            }
            prop_assert_eq!(Str::unescaped(&json[1..json.len() - 1]), text.as_str());
        }
    }
}

//! Pulls typed values out of JSON text, one after the other, in the order in which they stand there.
//!
//! What is not wanted is passed over, but checked: a payload that decodes is well-formed to its last byte.

use super::error::{DecodeError, Expected};
use super::text::Str;
use super::{number, scan};

/// A place in a JSON text.
#[expect(unnameable_types, reason = "sealed: only the payloads of this crate are read with it")]
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// What stood between the quotes of the string that was read last.
    raw: &'a str,
    /// It had no escapes.
    plain: bool,
}

/// A value that can take itself out of a payload. Sealed: the payloads are the platform's.
#[expect(unnameable_types, reason = "sealed: only the payloads of this crate are read with it")]
pub trait Fill<'a>: Default + Clone {
    /// Reads the value that stands at the cursor, which is the value of `field`. Null is the default.
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError>;

    /// Called on an element of a list: how many lists deep it lies.
    fn nested(&mut self, _level: u8) {}
}

/// The first eight bytes of a key and the quote behind it, zeros behind that.
pub(crate) const fn word(key: &str) -> u64 {
    let mut rest = key.as_bytes();
    let mut word = 0;
    let mut shift = 0;
    while shift < 64 {
        if let [byte, more @ ..] = rest {
            word |= (*byte as u64) << shift;
            rest = more;
        } else {
            return word | (b'"' as u64) << shift;
        }
        shift += 8;
    }
    word
}

/// Which bits of eight bytes [`word`] is about.
pub(crate) const fn mask(key: &str) -> u64 {
    if key.len() >= 8 { u64::MAX } else { u64::MAX >> (56 - 8 * key.len()) }
}

/// Whether a key is written without escapes.
pub(crate) const fn is_plain(key: &str) -> bool {
    let mut rest = key.as_bytes();
    while let [byte, more @ ..] = rest {
        if !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') {
            return false;
        }
        rest = more;
    }
    true
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, raw: "", plain: true }
    }

    /// Where the cursor stands.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Moves back to a place it has been at.
    pub(crate) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// The byte with which the next token begins.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.at = scan::space(self.text.as_bytes(), self.at);
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes `byte` if it is next.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes a null if it is next.
    #[inline]
    pub(crate) fn null(&mut self) -> Result<bool, Expected> {
        if self.peek() != Some(b'n') {
            return Ok(false);
        }
        self.at = scan::word(self.text.as_bytes(), self.at, b"null")?;
        Ok(true)
    }

    /// Passes over a value and gives its text.
    #[inline]
    pub(crate) fn skip(&mut self) -> Result<&'a str, Expected> {
        self.peek();
        let start = self.at;
        self.at = scan::value(self.text.as_bytes(), start)?;
        self.text.get(start..self.at).ok_or(Expected::Json)
    }

    /// Stops at the brace of an object, and gives it: the `lead` of its first member.
    #[inline]
    pub(crate) fn object(&mut self) -> Result<u8, Expected> {
        match self.peek() {
            Some(brace @ b'{') => Ok(brace),
            _ => Err(self.unlike(Expected::Object)),
        }
    }

    /// The eight bytes behind `lead` and a quote, if exactly they come next.
    #[inline]
    pub(crate) fn ahead(&self, lead: u8) -> Option<u64> {
        match self.text.as_bytes().get(self.at..)? {
            [byte, b'"', rest @ ..] if *byte == lead => rest.first_chunk().copied().map(u64::from_le_bytes),
            _ => None,
        }
    }

    /// Takes the byte that stands here, and `key`, its quotes and its colon included, if exactly that follows.
    #[inline]
    pub(crate) fn usual(&mut self, key: &str) -> bool {
        let start = self.at + 1;
        let end = start + key.len();
        let found = self.text.as_bytes().get(start..end) == Some(key.as_bytes());
        if found {
            self.at = end;
        }
        found
    }

    /// Takes `lead`, the key of the next member and its colon, and says yes; or takes the brace that closes
    /// the object and says no. `lead` is the brace that opens the object for its first member, then a comma.
    #[inline]
    pub(crate) fn member(&mut self, lead: &mut u8) -> Result<bool, Expected> {
        let first = *lead == b'{';
        if first {
            self.at += 1;
        }
        match self.peek() {
            Some(b'"') if first => {}
            Some(b',') if !first => {
                self.at += 1;
                if self.peek() != Some(b'"') {
                    return Err(Expected::Json);
                }
            }
            Some(b'}') => {
                self.at += 1;
                return Ok(false);
            }
            _ => return Err(Expected::Json),
        }
        *lead = b',';
        self.quoted()?;
        if self.take(b':') { Ok(true) } else { Err(Expected::Json) }
    }

    /// The key that [`member`](Self::member) took. `store` keeps it if it had escapes.
    #[inline]
    pub(crate) fn key<'s>(&self, store: &'s mut Str<'a>) -> &'s str
    where
        'a: 's,
    {
        if self.plain {
            return self.raw;
        }
        *store = Str::unescaped(self.raw);
        store
    }

    /// Takes a string, of which the opening quote is known to be next, into `raw` and `plain`.
    #[inline]
    fn quoted(&mut self) -> Result<(), Expected> {
        let start = self.at + 1;
        let quoted = scan::string(self.text.as_bytes(), start)?;
        self.raw = self.text.get(start..quoted.end).ok_or(Expected::Json)?;
        self.plain = quoted.plain;
        self.at = quoted.end + 1;
        Ok(())
    }

    #[inline]
    fn last(&self) -> Str<'a> {
        if self.plain { Str::borrowed(self.raw) } else { Str::unescaped(self.raw) }
    }

    fn number(&mut self) -> Result<&'a str, Expected> {
        let start = self.at;
        self.at = scan::number(self.text.as_bytes(), start)?;
        self.text.get(start..self.at).ok_or(Expected::Json)
    }

    /// Text; a number gives its digits, null gives nothing.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<Str<'a>, Expected> {
        if let Some(text) = self.plain() {
            return Ok(Str::borrowed(text));
        }
        self.odd_text()
    }

    /// Takes a string without escapes if it stands right here.
    #[inline]
    fn plain(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let end = scan::plain(bytes, start)?;
        let text = self.text.get(start..end)?;
        self.at = end + 1;
        Some(text)
    }

    #[inline(never)]
    fn odd_text(&mut self) -> Result<Str<'a>, Expected> {
        match self.peek() {
            Some(b'"') => {
                self.quoted()?;
                Ok(self.last())
            }
            Some(b'-' | b'0'..=b'9') => Ok(Str::borrowed(self.number()?)),
            Some(b'n') if self.null()? => Ok(Str::default()),
            _ => Err(self.unlike(Expected::Text)),
        }
    }

    /// A whole number, or one written as text. Null and an empty text are none.
    #[inline]
    pub(crate) fn integer(&mut self) -> Result<Option<i128>, Expected> {
        let text = match self.peek() {
            Some(b'"') => {
                self.quoted()?;
                if self.raw.is_empty() {
                    return Ok(None);
                }
                self.last()
            }
            Some(b'-' | b'0'..=b'9') => Str::borrowed(self.number()?),
            Some(b'n') if self.null()? => return Ok(None),
            _ => return Err(self.unlike(Expected::Integer)),
        };
        number::integer(&text).map(Some).ok_or(Expected::Integer)
    }

    /// A truth value. Null is none.
    #[inline]
    pub(crate) fn bool(&mut self) -> Result<Option<bool>, Expected> {
        let (word, value): (&[u8], _) = match self.peek() {
            Some(b't') => (b"true", Some(true)),
            Some(b'f') => (b"false", Some(false)),
            Some(b'n') => (b"null", None),
            _ => return Err(self.unlike(Expected::Bool)),
        };
        self.at = scan::word(self.text.as_bytes(), self.at, word)?;
        Ok(value)
    }

    /// Why what stands here is not `wanted`: it is something else, or it is nothing.
    #[cold]
    pub(crate) fn unlike(&self, wanted: Expected) -> Expected {
        match scan::value(self.text.as_bytes(), self.at) {
            Ok(_) => wanted,
            Err(flaw) => flaw.into(),
        }
    }
}

macro_rules! integers {
    ($($int:ty),*) => { $(
        impl<'a> Fill<'a> for Option<$int> {
            #[inline]
            fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
                let fail = |expected| DecodeError::at(field, expected);
                *self = match cursor.integer().map_err(fail)? {
                    Some(value) => Some(value.try_into().map_err(|_| fail(Expected::Integer))?),
                    None => None,
                };
                Ok(())
            }
        }
    )* };
}

integers!(i64, u64, u32);

impl<'a> Fill<'a> for bool {
    #[inline]
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        // Rule of the sheets: missing and null are false.
        *self = cursor.bool().map_err(|expected| DecodeError::at(field, expected))?.unwrap_or(false);
        Ok(())
    }
}

//! Arrays that stay text until somebody walks through them.

use super::cursor::{Cursor, Fill};
use super::error::{DecodeError, ELEMENT, Expected};
use super::field::{Field, Kind, Shape};
use super::text::verbatim;
use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;
use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};

/// How deep lists inside elements of lists are followed. Quotes of quotes have no other limit than the
/// frame's size.
pub const MAX_LEVEL: u8 = 8;

/// An array of a payload. Empty where the platform sent nothing or null.
///
/// It is decoded while it is walked through, again each time: an array nobody reads costs nothing. So an
/// element of the wrong shape is met here and not when the event is decoded; the elements after it can still
/// be read.
pub struct List<'a, T> {
    /// The whole array, checked to be well-formed; or nothing.
    raw: &'a str,
    field: &'static str,
    level: u8,
    /// In place of `raw`, without the payload.
    kept: Option<Arc<Kept<T>>>,
}

/// A list that has outlived its payload: its text cannot be borrowed for as long as the elements may live, so
/// they are here.
struct Kept<T> {
    raw: String,
    elements: Vec<Result<T, DecodeError>>,
}

impl<'a, T: Fill<'a>> List<'a, T> {
    /// Walks through the elements.
    pub fn iter(&self) -> ListIter<'a, T> {
        let mut cursor = Cursor::new(self.raw);
        let open = self.level <= MAX_LEVEL && cursor.take(b'[') && cursor.peek() != Some(b']');
        let kept = self.kept.clone().map(|kept| (kept, 0));
        ListIter { cursor, field: self.field, level: self.level, open, kept }
    }

    /// How many elements there are. Walks through the text of all of them.
    pub fn len(&self) -> usize {
        let mut cursor = Cursor::new(self.as_str());
        let mut count = 0;
        if self.is_empty() || !cursor.take(b'[') {
            return 0;
        }
        while cursor.skip().is_ok() {
            count += 1;
            if !cursor.take(b',') {
                break;
            }
        }
        count
    }

    /// There is no element.
    pub fn is_empty(&self) -> bool {
        let mut cursor = Cursor::new(self.as_str());
        !cursor.take(b'[') || cursor.peek() == Some(b']')
    }

    /// Lies too deep in other lists to be walked through: [`iter`](Self::iter) gives nothing,
    /// [`as_str`](Self::as_str) still gives the text.
    pub fn is_cut(&self) -> bool {
        self.level > MAX_LEVEL
    }
}

impl<T> List<'_, T> {
    /// The array as JSON text, empty if there was none.
    pub fn as_str(&self) -> &str {
        self.kept.as_ref().map_or(self.raw, |kept| &kept.raw)
    }
}

impl<'a, T: Fill<'a> + Field> List<'a, T> {
    /// The same list without the payload, all its elements decoded.
    pub fn into_owned(self) -> List<'static, T::Owned> {
        let kept = (!self.as_str().is_empty()).then(|| {
            let elements = self.iter().map(|element| element.map(Field::into_owned)).collect();
            Arc::new(Kept { raw: String::from(self.as_str()), elements })
        });
        List { raw: "", field: self.field, level: self.level, kept }
    }
}

impl<'a, T: Fill<'a> + Field> Field for List<'a, T> {
    type Owned = List<'static, T::Owned>;
    const SHAPE: Shape = Shape(Kind::List(&T::SHAPE));

    fn into_owned(self) -> Self::Owned {
        Self::into_owned(self)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Elements that cannot be decoded, and lists that are cut, are written as they came.
impl<'a, T: Fill<'a> + Serialize> Serialize for List<'a, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_cut() {
            return verbatim(self.as_str(), serializer);
        }
        let mut texts = Cursor::new(self.as_str());
        let mut sequence = serializer.serialize_seq(None)?;
        for element in self {
            // The bracket or the comma in front of it.
            let _ = texts.take(b'[') || texts.take(b',');
            let text = texts.skip().map_err(S::Error::custom)?;
            match element {
                Ok(element) => sequence.serialize_element(&element)?,
                Err(_) => sequence.serialize_element(&Verbatim(text))?,
            }
        }
        sequence.end()
    }
}

struct Verbatim<'a>(&'a str);

impl Serialize for Verbatim<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        verbatim(self.0, serializer)
    }
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        Self { raw: self.raw, field: self.field, level: self.level, kept: self.kept.clone() }
    }
}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self { raw: "", field: "", level: 0, kept: None }
    }
}

impl<'a, T: Fill<'a> + PartialEq> PartialEq for List<'a, T> {
    /// The same text, or the same elements.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() || (!self.is_cut() && !other.is_cut() && self.iter().eq(other))
    }
}

impl<'a, T: Fill<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for element in self {
            match element {
                Ok(element) => list.entry(&element),
                Err(error) => list.entry(&error),
            };
        }
        list.finish()
    }
}

impl<'a, T: Fill<'a>> Fill<'a> for List<'a, T> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        let fail = |expected| DecodeError::at(field, expected);
        self.field = field;
        self.kept = None;
        self.raw = match cursor.peek() {
            Some(b'[') => cursor.skip().map_err(fail)?,
            Some(b'n') if cursor.null().map_err(fail)? => "",
            _ => return Err(fail(cursor.unlike(Expected::List))),
        };
        Ok(())
    }

    fn nested(&mut self, level: u8) {
        self.level = level;
    }
}

impl<'a, T: Fill<'a>> IntoIterator for &List<'a, T> {
    type Item = Result<T, DecodeError>;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Fill<'a>> IntoIterator for List<'a, T> {
    type Item = Result<T, DecodeError>;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

/// Walks through a [`List`].
#[must_use = "nothing is read until it is asked"]
pub struct ListIter<'a, T> {
    cursor: Cursor<'a>,
    field: &'static str,
    level: u8,
    open: bool,
    /// Goes through these instead; how many were given.
    kept: Option<(Arc<Kept<T>>, usize)>,
}

impl<'a, T: Fill<'a>> Iterator for ListIter<'a, T> {
    type Item = Result<T, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((kept, given)) = &mut self.kept {
            let element = kept.elements.get(*given).cloned();
            *given += 1;
            return element;
        }
        if !self.open {
            return None;
        }
        let start = self.cursor.at();
        let mut element = T::default();
        let result = element.fill(&mut self.cursor, ELEMENT);
        if result.is_err() {
            // The cursor stands somewhere inside: begin again and pass over the whole element.
            self.cursor.rewind(start);
            self.open = self.cursor.skip().is_ok();
        }
        self.open = self.open && self.cursor.take(b',');
        element.nested(self.level + 1);
        Some(result.map(|()| element).map_err(|error| error.under(self.field)))
    }
}

impl<T> Clone for ListIter<'_, T> {
    fn clone(&self) -> Self {
        let Self { cursor, field, level, open, kept } = self;
        Self { cursor: cursor.clone(), field, level: *level, open: *open, kept: kept.clone() }
    }
}

impl<T> fmt::Debug for ListIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListIter")
            .field("field", &self.field)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

//! Arrays that stay text until somebody walks through them.

use super::cursor::{Cursor, Fill};
use super::error::{DecodeError, ELEMENT, Expected};
use core::{fmt, marker::PhantomData};

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
    of: PhantomData<fn() -> T>,
}

impl<'a, T: Fill<'a>> List<'a, T> {
    /// Walks through the elements.
    pub fn iter(&self) -> ListIter<'a, T> {
        let mut cursor = Cursor::new(self.raw);
        let open = self.level <= MAX_LEVEL && cursor.take(b'[') && cursor.peek() != Some(b']');
        ListIter { cursor, field: self.field, level: self.level, open, of: PhantomData }
    }

    /// How many elements there are. Walks through the text of all of them.
    pub fn len(&self) -> usize {
        let mut cursor = Cursor::new(self.raw);
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
        let mut cursor = Cursor::new(self.raw);
        !cursor.take(b'[') || cursor.peek() == Some(b']')
    }

    /// Lies too deep in other lists to be walked through: [`iter`](Self::iter) gives nothing,
    /// [`as_str`](Self::as_str) still gives the text.
    pub fn is_cut(&self) -> bool {
        self.level > MAX_LEVEL
    }
}

impl<'a, T> List<'a, T> {
    /// The array as JSON text, empty if there was none.
    pub const fn as_str(&self) -> &'a str {
        self.raw
    }
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self { raw: "", field: "", level: 0, of: PhantomData }
    }
}

impl<T> PartialEq for List<'_, T> {
    /// Compares the text.
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
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
#[derive(Clone)]
#[must_use = "nothing is read until it is asked"]
pub struct ListIter<'a, T> {
    cursor: Cursor<'a>,
    field: &'static str,
    level: u8,
    open: bool,
    of: PhantomData<fn() -> T>,
}

impl<'a, T: Fill<'a>> Iterator for ListIter<'a, T> {
    type Item = Result<T, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
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

impl<T> fmt::Debug for ListIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListIter")
            .field("field", &self.field)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

//! What can be wrong with a payload.

use core::fmt;

/// What a payload should have held. The words complete "expected ..".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// The payload, or what follows it in its frame, is not well-formed JSON, or was cut off.
    Json,
    /// It is nested too deeply to be meant well.
    Shallow,
    /// UTF-8.
    Utf8,
    /// An object.
    Object,
    /// An array.
    List,
    /// Text, or a number in its place.
    Text,
    /// A whole number, perhaps as text, that fits the field.
    Integer,
    /// `true` or `false`.
    Bool,
    /// A value: without it the event cannot be answered or told from others.
    Present,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "well-formed JSON",
            Self::Shallow => "JSON of reasonable depth",
            Self::Utf8 => "UTF-8",
            Self::Object => "an object",
            Self::List => "an array",
            Self::Text => "text",
            Self::Integer => "a whole number in range",
            Self::Bool => "true or false",
            Self::Present => "a value",
        })
    }
}

/// Deepest path that is told: as deep as the fields of any payload lie.
const STEPS: usize = 6;

/// A payload does not have the shape its event's name promises. Says where and what was expected, never what
/// was found: that is what users wrote.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}", PathOf(.path))]
pub struct DecodeError {
    /// Outermost first; unused ones are empty.
    path: [&'static str; STEPS],
    expected: Expected,
}

/// Stands for an element of an array in a path.
pub(crate) const ELEMENT: &str = "[]";

impl DecodeError {
    pub(crate) const fn at(field: &'static str, expected: Expected) -> Self {
        Self { path: [field, "", "", "", "", ""], expected }
    }

    /// The same error seen from the object around it.
    pub(crate) fn under(mut self, field: &'static str) -> Self {
        self.path.rotate_right(1);
        if let Some(first) = self.path.first_mut() {
            *first = field;
        }
        self
    }

    /// What should have been there.
    pub const fn expected(&self) -> Expected {
        self.expected
    }

    /// Where: keys from the outside to the inside, `d` first. `[]` stands for an element of an array; an
    /// error met while walking through one begins with the array's key.
    pub fn path(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.path.iter().copied().filter(|step| !step.is_empty())
    }
}

struct PathOf<'a>(&'a [&'static str; STEPS]);

impl fmt::Display for PathOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.0.iter().filter(|step| !step.is_empty()).enumerate() {
            if n > 0 && *step != ELEMENT {
                f.write_str(".")?;
            }
            f.write_str(step)?;
        }
        Ok(())
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{DecodeError, ELEMENT, Expected};
    use alloc::string::ToString;

    #[test]
    fn says_where_and_what() {
        let error = DecodeError::at("id", Expected::Text).under("author").under("d");
        assert_eq!(error.to_string(), "d.author.id: expected text");
        let error = DecodeError::at("size", Expected::Integer).under(ELEMENT).under("attachments");
        assert_eq!(error.to_string(), "attachments[].size: expected a whole number in range");
    }
}

//! What is wrong with a call before it is sent.

use core::fmt;

/// A call breaks a rule of the platform that is known beforehand. Names the field and the rule, never what was
/// in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{field}: {flaw}")]
pub struct Invalid {
    /// The field, as the platform calls it.
    pub field: &'static str,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What can be wrong with a field of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flaw {
    /// It is empty.
    Empty,
    /// It is longer than this many characters, or has more elements.
    TooLong {
        /// The most there may be.
        limit: u32,
    },
    /// It is a number outside of what is allowed.
    OutOfRange,
    /// It is a link that does not begin with `https://`.
    NotHttps,
    /// It cannot go together with another field of the same call.
    Conflict {
        /// The other field.
        with: &'static str,
    },
    /// It is missing, and without it the call says nothing.
    Missing,
    /// It is not allowed at this place.
    OutOfPlace,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { limit } => write!(f, "is longer than {limit}"),
            Self::OutOfRange => f.write_str("is out of range"),
            Self::NotHttps => f.write_str("must begin with https://"),
            Self::Conflict { with } => write!(f, "cannot go together with {with}"),
            Self::Missing => f.write_str("is missing"),
            Self::OutOfPlace => f.write_str("is not allowed here"),
        }
    }
}

/// The call is fine unless `wrong`.
pub(crate) fn unless(wrong: bool, field: &'static str, flaw: Flaw) -> Result<(), Invalid> {
    if wrong { Err(Invalid { field, flaw }) } else { Ok(()) }
}

/// At most `limit` elements.
pub(crate) fn at_most(count: usize, limit: u32, field: &'static str) -> Result<(), Invalid> {
    unless(u32::try_from(count).is_ok_and(|count| count > limit), field, Flaw::TooLong { limit })
}

/// At least one element, and at most `limit`.
pub(crate) fn some(count: usize, limit: u32, field: &'static str) -> Result<(), Invalid> {
    unless(count == 0, field, Flaw::Empty)?;
    at_most(count, limit, field)
}

/// At most `limit` characters.
pub(crate) fn short(text: &str, limit: u32, field: &'static str) -> Result<(), Invalid> {
    at_most(text.chars().count(), limit, field)
}

/// At most `limit` half-width units, of which a wide character takes two.
pub(crate) fn narrow(text: &str, limit: u32, field: &'static str) -> Result<(), Invalid> {
    at_most(text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum(), limit, field)
}

/// A link over TLS.
pub(crate) fn https(link: &str, field: &'static str) -> Result<(), Invalid> {
    let tls = link.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    unless(!tls, field, Flaw::NotHttps)
}

/// A number from `low` to `high`, if there is one.
pub(crate) fn within(number: Option<u32>, low: u32, high: u32, field: &'static str) -> Result<(), Invalid> {
    unless(number.is_some_and(|number| !(low..=high).contains(&number)), field, Flaw::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn rules() {
        assert!(at_most(3, 3, "x").is_ok() && at_most(4, 3, "x").is_err());
        assert!(some(0, 3, "x").is_err() && some(1, 3, "x").is_ok());
        assert!(short("四个汉字", 4, "x").is_ok() && short("五个汉字!", 4, "x").is_err());
        // From the sheet: a description of 16 Han characters is over 30 units.
        assert!(
            narrow(&"汉".repeat(15), 30, "desc").is_ok() && narrow(&"汉".repeat(16), 30, "desc").is_err()
        );
        assert!(https("HTTPS://a.example", "x").is_ok());
        assert!(
            https("http://a.example", "x").is_err()
                && https("", "x").is_err()
                && https("https:/你好", "x").is_err()
        );
        assert!(within(None, 1, 2, "x").is_ok() && within(Some(0), 1, 2, "x").is_err());
        let shown = Invalid { field: "label", flaw: Flaw::TooLong { limit: 10 } }.to_string();
        assert_eq!(shown, "label: is longer than 10");
    }
}

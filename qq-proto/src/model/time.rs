//! Moments, in whatever dress the platform sends them.

use super::cursor::{Cursor, Fill};
use super::error::DecodeError;
use super::field::{Field, Kind, Shape};
use super::number;
use super::text::{Str, verbatim};
use core::fmt;
use serde::{Serialize, Serializer};

/// A moment as it was sent; empty where the platform sent none.
///
/// Documented as RFC 3339 in messages and as seconds in group and friend events. Seen as well: seconds as
/// text, milliseconds, and once what Go prints by default (`2024-07-17 12:34:56.789 +0800 CST m=+1.2`). The
/// text is kept and understood only when asked.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Time<'a> {
    text: Str<'a>,
    /// It came as a number: it is written as one.
    number: bool,
}

/// A bare number above this counts milliseconds, below it seconds: the year 33658, or September 2001.
const MILLISECONDS_ABOVE: i128 = 1_000_000_000_000;

impl<'a> Time<'a> {
    /// As it was sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Nothing was sent.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Milliseconds since 1970-01-01T00:00:00Z. `None` if nothing was sent or it cannot be understood; a
    /// moment without its offset from UTC cannot.
    pub fn unix_ms(&self) -> Option<i64> {
        let text = self.text.trim();
        match number::integer(text) {
            Some(number) if number.abs() > MILLISECONDS_ABOVE => number.try_into().ok(),
            Some(number) => (number * 1000).try_into().ok(),
            None => calendar(text.as_bytes()),
        }
    }

    /// The moment as plain text of a payload.
    pub fn into_str(self) -> Str<'a> {
        self.text
    }

    /// The same moment without the payload.
    pub fn into_owned(self) -> Time<'static> {
        Time { text: self.text.into_owned(), number: self.number }
    }
}

/// As it was sent: a number where it was one.
impl Serialize for Time<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.number { verbatim(&self.text, serializer) } else { serializer.serialize_str(&self.text) }
    }
}

impl Field for Time<'_> {
    type Owned = Time<'static>;
    const SHAPE: Shape = Shape(Kind::Time);

    fn into_owned(self) -> Time<'static> {
        Self::into_owned(self)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// `2026-07-21T10:00:00.123+08:00`, with a blank for the `T`, blanks before the offset, no colon in it, or
/// `Z`; text behind a blank after the offset is ignored.
fn calendar(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else {
        return None;
    };
    let (clock, rest) = rest.split_first_chunk::<9>()?;
    let [b'T' | b't' | b' ', h1, h2, b':', i1, i2, b':', s1, s2] = *clock else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?);
    if !(1..=12).contains(&month)
        || day == 0
        || day > days_in(year, month)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let (millisecond, rest) = fraction(rest)?;
    let offset = offset(rest.trim_ascii_start())?;
    let minutes = (days_before(year, month, day) * 24 + hour) * 60 + minute - offset;
    Some((minutes * 60 + second) * 1000 + millisecond)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, digit| Some(value * 10 + i64::from(char::from(*digit).to_digit(10)?)))
}

/// Milliseconds of `.123456789`, if it stands there, and what follows.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = text.split_first() else {
        return Some((0, text));
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at_checked(length)?;
    let thousandths = digits.iter().chain(b"000").take(3);
    let value = thousandths.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    (length > 0).then_some((value, rest))
}

/// Minutes east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = text.split_first()?;
    let (minutes, rest) = match (sign, rest) {
        (b'Z' | b'z', rest) => (0, rest),
        (b'+' | b'-', [h1, h2, b':', m1, m2, rest @ ..] | [h1, h2, m1, m2, rest @ ..]) => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let east = (hours <= 23 && minutes <= 59).then_some(hours * 60 + minutes)?;
            (if *sign == b'-' { -east } else { east }, rest)
        }
        _ => return None,
    };
    matches!(rest, [] | [b' ', ..]).then_some(minutes)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01. Counts years from March, so that the day that comes and goes is a year's last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719 468 days lie between 0000-03-01 and 1970-01-01; 153 days make five months from March on.
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

impl fmt::Display for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.text, f)
    }
}

impl fmt::Debug for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<'a> Fill<'a> for Time<'a> {
    #[inline]
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        self.number = matches!(cursor.peek(), Some(b'-' | b'0'..=b'9'));
        self.text.fill(cursor, field)
    }
}

#[cfg(test)]
mod tests {
    use super::{Str, Time};
    use proptest::prelude::*;

    fn ms(text: &str) -> Option<i64> {
        Time { text: Str::borrowed(text), number: false }.unix_ms()
    }

    #[test]
    fn every_dress() {
        for (text, expected) in [
            ("", None),
            ("0", Some(0)),
            ("1784599200", Some(1_784_599_200_000)),
            ("1784599200.0", Some(1_784_599_200_000)),
            ("1784599200123", Some(1_784_599_200_123)),
            ("2026-07-21T10:00:00+08:00", Some(1_784_599_200_000)),
            ("2026-07-21T02:00:00Z", Some(1_784_599_200_000)),
            ("2026-07-21t02:00:00.5z", Some(1_784_599_200_500)),
            ("2026-07-20T21:30:00-0430", Some(1_784_599_200_000)),
            ("2026-07-21 10:00:00.123456789 +0800 CST m=+7.5", Some(1_784_599_200_123)),
            ("2026-07-21 10:00:00 +0800 CST", Some(1_784_599_200_000)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59.999Z", Some(-1)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000)),
            ("2023-02-29T00:00:00Z", None),
            ("2026-07-21T10:00:00", None),
            ("2026-07-21T10:00:00.Z", None),
            ("2026-07-21T24:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-07-21T10:00:00+08:00x", None),
            ("2026-07-21", None),
            ("yesterday", None),
            ("99999999999999999999999999", None),
        ] {
            assert_eq!(ms(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn survives_anything(text in "[-+0-9TZ:. 日]{0,40}") {
            let _ = ms(&text);
        }

        #[test]
        fn days_follow_each_other(year in 0_i64..9999, month in 1_i64..=12) {
            let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            let length = super::days_before(next_year, next_month, 1) - super::days_before(year, month, 1);
            prop_assert_eq!(length, super::days_in(year, month));
        }
    }
}

//! Whole numbers, which the platform sends as numbers, as text, and with an empty fraction.

/// The whole number that a JSON number, or the same as text, stands for: `7`, `-7`, `7.0`, `70e-1`.
///
/// `None` for a fraction, for text that is no number, and for what does not fit.
pub(crate) fn integer(text: &str) -> Option<i128> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let magnitude = match short(rest) {
        Some(value) => i128::from(value),
        None => long(rest)?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Up to 18 plain digits: nearly every number there is.
fn short(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    let mut value = 0;
    for byte in text.bytes() {
        value = value * 10 + u64::from(digit(byte)?);
    }
    Some(value)
}

fn long(text: &str) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().ok()?)
        }
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty()
        || whole.len() + fraction.len() != mantissa.len() - usize::from(mantissa.contains('.'))
    {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let mut value: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit(byte)?))?;
    }
    let mut shift = exponent.saturating_sub(i32::try_from(fraction.len()).ok()?);
    // Both loops end after about 39 rounds: the value overflows, or a digit other than 0 comes up.
    while shift > 0 && value != 0 {
        value = value.checked_mul(10)?;
        shift -= 1;
    }
    while shift < 0 && value != 0 {
        if value % 10 != 0 {
            return None;
        }
        value /= 10;
        shift += 1;
    }
    Some(value)
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn integers_in_every_dress() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("251", Some(251)),
            ("7.0", Some(7)),
            ("7.000", Some(7)),
            ("7.5", None),
            ("1e3", Some(1000)),
            ("1.5E+1", Some(15)),
            ("1200e-2", Some(12)),
            ("1e-1", None),
            ("0e999999", Some(0)),
            ("1e999999", None),
            ("1e99999999999", None),
            ("18446744073709551615", Some(i128::from(u64::MAX))),
            ("", None),
            ("-", None),
            (".5", None),
            ("1.2.3", None),
            ("12a", None),
            ("+1", None),
        ] {
            assert_eq!(integer(text), expected, "{text:?}");
        }
    }
}

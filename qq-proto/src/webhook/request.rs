//! The headers that count, and what they say.

use core::fmt;
use core::hint::black_box;

use crate::webhook::Refusal;
use crate::webhook::key::is_plausible;

/// The bot that is meant.
const APP_ID: &str = "X-Bot-Appid";
/// 128 hexadecimal digits.
const SIGNATURE: &str = "X-Signature-Ed25519";
/// Unix seconds, part of what is signed.
const TIMESTAMP: &str = "X-Signature-Timestamp";

/// The headers of one request that count here; all others are left alone.
///
/// `X-Signature-Method` is one of those: it is undocumented, and what it could name beside Ed25519 would not pass.
#[derive(Clone, Copy, Default)]
pub struct Head<'a> {
    app_id: Option<&'a [u8]>,
    signature: Option<&'a [u8]>,
    timestamp: Option<&'a [u8]>,
    twice: bool,
}

impl<'a> Head<'a> {
    /// Picks them out of all headers, as names and values; names in any case.
    pub fn read<V: AsRef<[u8]> + ?Sized + 'a>(headers: impl IntoIterator<Item = (&'a str, &'a V)>) -> Self {
        let mut head = Self::default();
        for (name, value) in headers {
            let place = if name.eq_ignore_ascii_case(APP_ID) {
                &mut head.app_id
            } else if name.eq_ignore_ascii_case(SIGNATURE) {
                &mut head.signature
            } else if name.eq_ignore_ascii_case(TIMESTAMP) {
                &mut head.timestamp
            } else {
                continue;
            };
            let value = value.as_ref().trim_ascii();
            // Something in front of us may check the one while we read the other.
            head.twice |= place.is_some_and(|before| before != value);
            *place = Some(value);
        }
        head
    }

    /// The app id, if there is one at all.
    pub(crate) fn app_id(&self) -> Result<&'a [u8], Refusal> {
        if self.twice {
            return Err(Refusal::HeaderTwice);
        }
        self.app_id.filter(|id| !id.is_empty()).ok_or(Refusal::NoAppId)
    }

    /// What the request claims about its signature; `None` if it does not even claim to have one.
    pub(crate) fn claim(&self) -> Result<Option<Claim<'a>>, Refusal> {
        if self.signature.is_none() && self.timestamp.is_none() {
            return Ok(None);
        }
        let hex = self.signature.ok_or(Refusal::NoSignature)?;
        let text = self.timestamp.ok_or(Refusal::NoTimestamp)?;
        let signature = unhex(hex).ok_or(Refusal::SignatureNotHex)?;
        if !is_plausible(&signature) {
            return Err(Refusal::SignatureImpossible);
        }
        let seconds = seconds(text).ok_or(Refusal::BadTimestamp)?;
        Ok(Some(Claim { signature, text, seconds }))
    }
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("app_id", &format_args!("{}", self.app_id.unwrap_or_default().escape_ascii()))
            .field("signed", &self.signature.is_some())
            .finish_non_exhaustive()
    }
}

/// A signature that is not checked yet.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) signature: [u8; 64],
    /// The time as it was received, which is what was signed.
    pub(crate) text: &'a [u8],
    /// The same as a number.
    pub(crate) seconds: u64,
}

/// 1 to 20 digits as a number. What does not fit is the end of time: refused by every window.
pub(crate) fn seconds(text: &[u8]) -> Option<u64> {
    if !(1..=20).contains(&text.len()) || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |sum: u64, digit: &u8| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
    Some(text.iter().try_fold(0, add).unwrap_or(u64::MAX))
}

fn unhex(text: &[u8]) -> Option<[u8; 64]> {
    let mut bytes = [0; 64];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (to, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let different = one.iter().zip(other).fold(0, |sum, (a, b)| black_box(sum | (a ^ b)));
    one.len() == other.len() && black_box(different) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_any_case_and_with_space_around() {
        let head = Head::read([("x-BOT-appid", " 102 "), ("Content-Type", "x"), ("X-Bot-Appid", "102")]);
        assert_eq!(head.app_id().ok(), Some(&b"102"[..]));
        assert!(head.claim().is_ok_and(|claim| claim.is_none()));
    }

    #[test]
    fn a_header_with_two_values_is_refused() {
        for name in [APP_ID, SIGNATURE, TIMESTAMP] {
            let head = Head::read([(APP_ID, "102"), (name, "1"), (name, "2")]);
            assert_eq!(head.app_id(), Err(Refusal::HeaderTwice), "{name}");
        }
    }

    #[test]
    fn times() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1725442341", Some(1_725_442_341)),
            ("0001725442341", Some(1_725_442_341)),
            ("18446744073709551615", Some(u64::MAX)),
            ("99999999999999999999", Some(u64::MAX)),
            ("", None),
            ("100000000000000000000", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("１", None),
        ] {
            assert_eq!(seconds(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn hexadecimal_digits() {
        let all = "0123456789abcdefABCDEF00".repeat(6);
        let text = &all.as_bytes()[..128];
        let bytes = unhex(text).unwrap();
        assert_eq!(bytes[..12], [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xAB, 0xCD, 0xEF, 0]);
        for at in 0..128 {
            for wrong in [b'g', b' ', b'-', 0, 0xFF] {
                let mut text = text.to_vec();
                text[at] = wrong;
                assert_eq!(unhex(&text), None);
            }
        }
        assert_eq!(unhex(&text[..126]), None);
        assert_eq!(unhex(all.as_bytes()), None);
    }

    #[test]
    fn comparison() {
        for (one, other) in [("", ""), ("102", "102")] {
            assert!(same(one.as_bytes(), other.as_bytes()));
        }
        for (one, other) in
            [("", "1"), ("1", ""), ("102", "10"), ("10", "102"), ("102", "103"), ("102", "202")]
        {
            assert!(!same(one.as_bytes(), other.as_bytes()), "{one} {other}");
        }
    }
}

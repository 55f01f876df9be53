//! Where a piece of JSON text ends, found without building anything.
//!
//! Every function takes the bytes and a position and gives a position back. None recurses, none allocates,
//! none looks at a byte that is not there. Grammar is that of RFC 8259, strictly; UTF-8 is the caller's
//! business.

/// Deepest nesting that is followed. The envelope is one level more, which makes the 128 of `serde_json`.
pub(crate) const MAX_DEPTH: u32 = 127;

/// Why a text is not a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Not JSON, or cut off.
    Malformed,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// A string whose opening quote was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted {
    /// Position of the closing quote.
    pub(crate) end: usize,
    /// No escapes: the text between the quotes is the value.
    pub(crate) plain: bool,
}

/// First position from `at` that is not white space.
#[inline]
pub(crate) fn space(bytes: &[u8], mut at: usize) -> usize {
    // Mostly there is none: one comparison says so.
    while let Some(&byte) = bytes.get(at) {
        if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            break;
        }
        at += 1;
    }
    at
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// High bits set at bytes that end a run of plain text. The lowest set bit is exact; a borrow may set wrong
/// ones above it, which is why only the lowest may be used.
#[inline]
const fn marks(word: u64, ascii: bool) -> u64 {
    // Swaps the quote (0x22) with the blank (0x20), so that it is next to the control characters: one
    // comparison finds both.
    let low = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
    let slash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    let found = (low | slash) & !word;
    (if ascii { found | word } else { found }) & HIGHS
}

/// First position from `at` that holds a quote, a backslash, a control character, or, if `ASCII`, a byte
/// beyond ASCII.
#[expect(
    clippy::inline_always,
    reason = "called for each string of a payload; a call is a tenth of the decoder"
)]
#[inline(always)]
fn run<const ASCII: bool>(bytes: &[u8], at: usize) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default();
    // Keys and ids end in this part.
    let mut words = 0;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let found = marks(u64::from_le_bytes(*word), ASCII);
        if found != 0 {
            return bytes.len() - rest.len() + (found.trailing_zeros() / 8) as usize;
        }
        if words == 5 {
            break;
        }
        words += 1;
        rest = after;
    }
    long_run::<ASCII>(bytes, bytes.len() - rest.len())
}

/// The same in larger steps.
#[inline(never)]
fn long_run<const ASCII: bool>(bytes: &[u8], at: usize) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some((block, after)) = rest.split_first_chunk::<16>() {
        if !plain_block::<ASCII>(block) {
            break;
        }
        rest = after;
    }
    let stops = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\' || (ASCII && byte >= 0x80);
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let found = marks(u64::from_le_bytes(*word), ASCII);
        if found != 0 {
            return bytes.len() - rest.len() + (found.trailing_zeros() / 8) as usize;
        }
        rest = after;
    }
    bytes.len() - rest.len() + rest.iter().take_while(|&&byte| !stops(byte)).count()
}

/// Whether all of these are plain text: the test of [`marks`] byte by byte, in a form that compilers turn into a few
/// instructions on sixteen bytes at once.
#[expect(clippy::needless_bitwise_bool, reason = "no branches: that is what makes it that form")]
#[inline]
fn plain_block<const ASCII: bool>(block: &[u8; 16]) -> bool {
    let mut found = 0;
    for byte in *block {
        let stops = (byte ^ 2 < 0x21) | (byte == b'\\') | (ASCII & (byte >= 0x80));
        found |= if stops { 0xFF } else { 0_u8 };
    }
    found == 0
}

/// End of a string of plain ASCII, or `None` if it is anything else. `at` is behind the opening quote.
#[inline]
pub(crate) fn ascii(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run::<true>(bytes, at);
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

/// End of a string without escapes, or `None` if it has some or has no end. `at` is behind the opening quote.
#[inline]
pub(crate) fn plain(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run::<false>(bytes, at);
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

/// End of a string. `at` is behind the opening quote.
#[inline]
pub(crate) fn string(bytes: &[u8], at: usize) -> Result<Quoted, Flaw> {
    let end = run::<false>(bytes, at);
    if bytes.get(end) == Some(&b'"') { Ok(Quoted { end, plain: true }) } else { escaped(bytes, end) }
}

/// The rest of a string, from where its plain beginning ends. Apart, so that a string without escapes is all
/// the caller has to make room for.
#[cold]
#[inline(never)]
fn escaped(bytes: &[u8], mut at: usize) -> Result<Quoted, Flaw> {
    loop {
        match bytes.get(at) {
            Some(b'"') => {
                return Ok(Quoted { end: at, plain: false });
            }
            Some(b'\\') => at = run::<false>(bytes, escape(bytes, at + 1)?),
            _ => return Err(Flaw::Malformed),
        }
    }
}

fn escape(bytes: &[u8], at: usize) -> Result<usize, Flaw> {
    match bytes.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 1),
        Some(b'u') => match bytes.get(at + 1..at + 5) {
            Some(hex) if hex.iter().all(u8::is_ascii_hexdigit) => Ok(at + 5),
            _ => Err(Flaw::Malformed),
        },
        _ => Err(Flaw::Malformed),
    }
}

#[inline]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    at
}

/// End of a number.
#[inline]
pub(crate) fn number(bytes: &[u8], mut at: usize) -> Result<usize, Flaw> {
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        Some(b'1'..=b'9') => digits(bytes, at + 1),
        _ => return Err(Flaw::Malformed),
    };
    if bytes.get(at) == Some(&b'.') {
        let end = digits(bytes, at + 1);
        if end == at + 1 {
            return Err(Flaw::Malformed);
        }
        at = end;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        let end = digits(bytes, at);
        if end == at {
            return Err(Flaw::Malformed);
        }
        at = end;
    }
    Ok(at)
}

/// End of `word` if it stands at `at`.
#[inline]
pub(crate) fn word(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, Flaw> {
    match bytes.get(at..) {
        Some(rest) if rest.starts_with(word) => Ok(at + word.len()),
        _ => Err(Flaw::Malformed),
    }
}

/// End of a member's key and colon. `at` is where the opening quote should be.
#[inline]
fn key(bytes: &[u8], at: usize) -> Result<usize, Flaw> {
    if bytes.get(at) != Some(&b'"') {
        return Err(Flaw::Malformed);
    }
    let end = run::<false>(bytes, at + 1);
    // As nearly all of them are written.
    if let Some([b'"', b':']) = bytes.get(end..end + 2) {
        return Ok(end + 2);
    }
    odd_key(bytes, end)
}

/// The same for one with escapes or white space, from where its plain beginning ends.
#[cold]
#[inline(never)]
fn odd_key(bytes: &[u8], end: usize) -> Result<usize, Flaw> {
    let end = if bytes.get(end) == Some(&b'"') { end } else { escaped(bytes, end)?.end };
    word(bytes, space(bytes, end + 1), b":")
}

/// End of one whole value, checked to the last byte. White space in front of it is passed over.
pub(crate) fn value(bytes: &[u8], mut at: usize) -> Result<usize, Flaw> {
    // One bit per open bracket, newest lowest: set for an object. MAX_DEPTH of them fit.
    let mut kinds: u128 = 0;
    let mut depth = 0;
    loop {
        at = space(bytes, at);
        match bytes.get(at) {
            Some(b'"') => at = string(bytes, at + 1)?.end + 1,
            Some(b'-' | b'0'..=b'9') => at = number(bytes, at)?,
            Some(b't') => at = word(bytes, at, b"true")?,
            Some(b'f') => at = word(bytes, at, b"false")?,
            Some(b'n') => at = word(bytes, at, b"null")?,
            Some(&open @ (b'{' | b'[')) => {
                if depth == MAX_DEPTH {
                    return Err(Flaw::TooDeep);
                }
                let object = open == b'{';
                at = space(bytes, at + 1);
                if bytes.get(at) == Some(if object { &b'}' } else { &b']' }) {
                    at += 1;
                } else {
                    depth += 1;
                    kinds = (kinds << 1) | u128::from(object);
                    if object {
                        at = key(bytes, at)?;
                    }
                    continue;
                }
            }
            _ => return Err(Flaw::Malformed),
        }
        loop {
            if depth == 0 {
                return Ok(at);
            }
            at = space(bytes, at);
            let object = kinds & 1 == 1;
            match bytes.get(at) {
                Some(b',') if object => {
                    at = key(bytes, space(bytes, at + 1))?;
                    break;
                }
                Some(b',') => {
                    at += 1;
                    break;
                }
                Some(b'}') if object => {}
                Some(b']') if !object => {}
                _ => return Err(Flaw::Malformed),
            }
            at += 1;
            depth -= 1;
            kinds >>= 1;
        }
    }
}

/// End of an object or array, found by counting brackets outside strings. What is inside is not checked.
pub(crate) fn balance(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => at = string(bytes, at + 1).ok()?.end,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Flaw, MAX_DEPTH, balance, value};
    use alloc::{format, string::String};
    use proptest::prelude::*;

    #[test]
    fn depth_has_a_limit_and_no_stack() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        let limit = MAX_DEPTH as usize;
        assert_eq!(value(deep(limit + 1).as_bytes(), 0), Err(Flaw::TooDeep));
        // An empty pair of brackets at the limit would need one more level only if something were in it.
        assert!(value(deep(limit).as_bytes(), 0).is_ok());
        let levels = if cfg!(miri) { 1000 } else { 1_000_000 };
        assert_eq!(balance(deep(levels).as_bytes(), 0), Some(2 * levels));
    }

    fn odd_json() -> impl Strategy<Value = String> {
        // Pieces that are likely to be put together into something nearly right.
        let piece = prop::sample::select(
            &[
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "\"",
                "\"a\"",
                "\"\\n\"",
                "\"\\u00e9\"",
                "\"\\x\"",
                "\\",
                "0",
                "-1",
                "01",
                "1.5",
                "1.",
                "2e9",
                "true",
                "fals",
                "null",
                " ",
                "\n",
                "\u{1}",
                "中",
                "\"长一点的文字在这里\"",
            ][..],
        );
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn value_accepts_what_serde_json_accepts(text in odd_json()) {
            let ours = value(text.as_bytes(), 0).is_ok_and(|end| super::space(text.as_bytes(), end) == text.len());
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{}", text);
        }

        /// Word by word, block by block, byte by byte.
        #[test]
        fn a_run_ends_at_the_first_byte_that_ends_it(
            plain in prop::collection::vec(prop::sample::select(&[b'a', b' ', b'!', b'#', b'[', b']', 0x7F][..]), 0..150),
            high in prop::collection::vec((any::<prop::sample::Index>(), 0x80_u8..), 0..3),
            ends in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            at in 0..20_usize,
        ) {
            let mut bytes = plain;
            for (place, byte) in high.into_iter().chain(ends) {
                if !bytes.is_empty() {
                    let place = place.index(bytes.len());
                    bytes[place] = byte;
                }
            }
            let at = at.min(bytes.len());
            let first = |stops: &dyn Fn(u8) -> bool| {
                bytes[at..].iter().position(|byte| stops(*byte)).map_or(bytes.len(), |place| at + place)
            };
            let stops = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
            prop_assert_eq!(super::run::<false>(&bytes, at), first(&stops));
            prop_assert_eq!(super::run::<true>(&bytes, at), first(&|byte| stops(byte) || byte >= 0x80));
        }

        #[test]
        fn value_survives_anything(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = value(&bytes, 0);
            let _ = balance(&bytes, 0);
        }
    }
}

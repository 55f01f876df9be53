//! The names the platform gives to a file's content.

use alloc::string::String;
use core::fmt;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

use crate::api::MD5_10M_BYTES;

/// The hashes of one file, in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hashes {
    /// How many bytes it has.
    pub size: u64,
    /// MD5 of all of it.
    pub md5: String,
    /// SHA-1 of all of it.
    pub sha1: String,
    /// MD5 of its first [`MD5_10M_BYTES`]; that is not 10 MiB, although one SDK takes it so.
    pub md5_10m: String,
}

/// Hashes a file piece by piece, in any pieces.
#[derive(Clone, Default)]
pub struct Hasher {
    size: u64,
    md5: Md5,
    sha1: Sha1,
    head: Md5,
}

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let head = usize::try_from(MD5_10M_BYTES.saturating_sub(self.size)).unwrap_or(usize::MAX);
        self.head.update(bytes.get(..head).unwrap_or(bytes));
        self.md5.update(bytes);
        self.sha1.update(bytes);
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    /// The hashes of what was shown.
    pub fn finish(self) -> Hashes {
        Hashes {
            size: self.size,
            md5: hex(&self.md5.finalize()),
            sha1: hex(&self.sha1.finalize()),
            md5_10m: hex(&self.head.finalize()),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({} bytes)", self.size)
    }
}

/// Hashes one part of a file.
#[derive(Clone, Default)]
pub(super) struct PartHasher(Md5);

impl PartHasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

impl fmt::Debug for PartHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartHasher")
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_texts_have_known_hashes() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        let abc = hasher.finish();
        assert_eq!(abc.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(abc.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!((abc.md5_10m, abc.size), (abc.md5, 3));
        assert_eq!(Hasher::default().finish().md5, "d41d8cd98f00b204e9800998ecf8427e");
    }

    #[test]
    fn the_head_ends_at_its_byte() {
        // Ten megabytes take an interpreter too long.
        if cfg!(miri) {
            return;
        }
        let head = usize::try_from(MD5_10M_BYTES).unwrap();
        let bytes = vec![7; head + 5];
        let mut whole = Hasher::default();
        // A piece that lies across the border.
        whole.update(&bytes[..head - 3]);
        whole.update(&bytes[head - 3..]);
        let mut short = Hasher::default();
        short.update(&bytes[..head]);
        let (whole, short) = (whole.finish(), short.finish());
        assert_eq!(whole.md5_10m, short.md5);
        assert_ne!(whole.md5, short.md5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 64 }))]

        #[test]
        fn pieces_do_not_matter(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let (mut by_piece, mut at_once) = (Hasher::default(), Hasher::default());
            for piece in &pieces {
                by_piece.update(piece);
            }
            at_once.update(&pieces.concat());
            prop_assert_eq!(by_piece.finish(), at_once.finish());
        }
    }
}

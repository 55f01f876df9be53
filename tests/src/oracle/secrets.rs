//! P13: nothing that must not be seen is seen, in any of the forms in which it leaks.

use std::collections::BTreeSet;

/// Leading characters of a secret that are searched for: enough to be unmistakable, so that a cut-off secret is found
/// as well.
const NEEDLE: usize = 14;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The secrets of a run, as the texts that would give them away.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    known: BTreeSet<String>,
    needles: Vec<(String, &'static str)>,
    /// The pairs of bytes that a needle begins with: a week has hundreds of tokens, and most texts begin none of them.
    beginnings: Vec<bool>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { known: BTreeSet::new(), needles: Vec::new(), beginnings: vec![false; 1 << 16] }
    }
}

fn pair(bytes: &[u8]) -> usize {
    match bytes {
        [first, second, ..] => usize::from(*first) << 8 | usize::from(*second),
        _ => 0,
    }
}

impl Secrets {
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() < 8 || !self.known.insert(secret.to_owned()) {
            return;
        }
        let head: String = secret.chars().take(NEEDLE).collect();
        let old = self.needles.len();
        let bytes: Vec<String> = head.bytes().take(6).map(|byte| byte.to_string()).collect();
        self.needles.push((bytes.join(", "), "as a list of bytes"));
        for skipped in 0..3 {
            let text = base64(head.as_bytes().get(skipped..).unwrap_or_default());
            self.needles.push((text, "as base64"));
        }
        self.needles.push((head, "as text"));
        for (needle, _) in self.needles.iter().skip(old) {
            if let Some(begins) = self.beginnings.get_mut(pair(needle.as_bytes())) {
                *begins = true;
            }
        }
    }

    /// How a secret shows in a text, if one does.
    pub(crate) fn leak(&self, text: &str) -> Option<&'static str> {
        let bytes = text.as_bytes();
        (0..bytes.len()).find_map(|at| {
            let rest = bytes.get(at..).unwrap_or_default();
            let begins = self.beginnings.get(pair(rest)).copied().unwrap_or(false);
            begins
                .then(|| self.needles.iter().find(|(needle, _)| rest.starts_with(needle.as_bytes())))
                .flatten()
                .map(|(_, how)| *how)
        })
    }
}

/// The whole groups of three bytes; what a neighbour would change is left off.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks_exact(3) {
        let word = group.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
        for shift in [18, 12, 6, 0] {
            let at = usize::try_from((word >> shift) & 63).unwrap_or(0);
            text.push(ALPHABET.get(at).copied().map_or('?', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found() {
        let mut secrets = Secrets::default();
        let secret = "model-platform-secret";
        secrets.add(secret);
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        for (text, leak) in [
            (format!("Secret({secret})"), Some("as text")),
            (format!("{:?}", secret.as_bytes()), Some("as a list of bytes")),
            (format!("QQBot {}", base64(secret.as_bytes())), Some("as base64")),
            (base64(format!("x{secret}").as_bytes()), Some("as base64")),
            (base64(format!("xy{secret}").as_bytes()), Some("as base64")),
            ("Secret(..)".to_owned(), None),
        ] {
            assert_eq!(secrets.leak(&text), leak, "{text}");
        }
    }
}

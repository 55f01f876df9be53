//! The platform's side of webhook signatures, made after the official Go SDK and not after the core: what a program's
//! own webhook tests sign their requests with.
//!
//! ```
//! use qq_testkit::signer::Signer;
//!
//! let signer = Signer::new("DG5g3B4j9X2KOErG");
//! let signature = signer.sign("1725442341", b"Arq0D5A61EgUu4OxUvOp");
//! assert!(signature.starts_with("87befc99c42c651b3aac0278e71ada33"));
//! assert!(signer.verifies("1725442341", b"Arq0D5A61EgUu4OxUvOp", &signature));
//! ```

use std::fmt::{self, Write as _};

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _};

/// The size of a seed.
const SEED_SIZE: usize = 32;

/// The key pair that belongs to a bot's secret.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

impl Signer {
    /// The key pair of a secret.
    ///
    /// # Panics
    ///
    /// If the secret is empty.
    pub fn new(secret: &str) -> Self {
        assert!(!secret.is_empty(), "an empty secret has no key");
        // As the official SDK does it, word for word: double until it is long enough, then cut.
        let mut seed = secret.as_bytes().to_vec();
        while seed.len() < SEED_SIZE {
            seed = seed.repeat(2);
        }
        seed.truncate(SEED_SIZE);
        let seed: [u8; SEED_SIZE] = seed.try_into().unwrap_or_default();
        Self { key: SigningKey::from_bytes(&seed) }
    }

    /// The signature of a time and what follows it, as hexadecimal digits.
    pub fn sign(&self, timestamp: &str, text: &[u8]) -> String {
        let mut message = timestamp.as_bytes().to_vec();
        message.extend_from_slice(text);
        let mut hex = String::new();
        for byte in self.key.sign(&message).to_bytes() {
            // Writing to memory does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// Whether this is such a signature.
    pub fn verifies(&self, timestamp: &str, text: &[u8], hex: &str) -> bool {
        let mut message = timestamp.as_bytes().to_vec();
        message.extend_from_slice(text);
        let pairs = hex.as_bytes().chunks(2).map(|pair| {
            let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(digits, 16).ok()
        });
        let bytes: Option<Vec<u8>> = pairs.collect();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.key.verifying_key().verify(&message, &signature).is_ok())
    }

    /// The headers of a request that is signed at this time, beside those of any request.
    pub fn headers(&self, app_id: &str, unix_seconds: u64, body: &[u8]) -> Vec<(String, String)> {
        let timestamp = unix_seconds.to_string();
        let signature = self.sign(&timestamp, body);
        [
            ("User-Agent", "QQBot-Callback"),
            ("Content-Type", "application/json"),
            ("X-Bot-Appid", app_id),
            ("X-Signature-Ed25519", &signature),
            ("X-Signature-Timestamp", &timestamp),
            ("X-Signature-Method", "Ed25519"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }
}

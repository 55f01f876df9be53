//! The key pair of one secret: the platform signs with it, and wants to see at set-up that we have it.

use core::fmt;

use ed25519_dalek::ed25519::signature::MultipartVerifier;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::secret::Secret;
use crate::webhook::SetupError;

/// Bytes of an Ed25519 signature.
const SIGNATURE: usize = 64;

/// Bytes of the seed that an Ed25519 key is made from.
const SEED: usize = 32;

/// The Ed25519 key pair that belongs to an app secret.
///
/// The platform makes it from the secret: the bytes of the secret are doubled until there are at least 32, and the first
/// 32 are the seed. Both sides have the whole pair, so a valid signature says "somebody with the app secret". It does
/// not print itself and is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct WebhookKey(SigningKey);

impl WebhookKey {
    /// The key pair of an app secret.
    ///
    /// # Errors
    ///
    /// [`SetupError::NoSecret`] if the secret is empty: everybody could make that key.
    pub fn new(secret: &Secret) -> Result<Self, SetupError> {
        let secret = secret.expose().as_bytes();
        if secret.is_empty() {
            return Err(SetupError::NoSecret);
        }
        let mut seed = [0; SEED];
        // Doubling until there are enough and cutting is the same as repeating until there are enough.
        for (to, from) in seed.iter_mut().zip(secret.iter().cycle()) {
            *to = *from;
        }
        let key = SigningKey::from_bytes(&seed);
        seed.fill(0);
        Ok(Self(key))
    }

    /// The public half, which may be shown: 32 bytes.
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Whether `signature` was made with this key over `timestamp` followed by `body`, each exactly as it was received.
    ///
    /// Strict: beside what RFC 8032 asks for, a signature whose first half is a point of small order is refused. So
    /// there is one valid signature that the platform can have made, and none that anybody can derive from it.
    pub fn verify(&self, timestamp: &[u8], body: &[u8], signature: &[u8; 64]) -> bool {
        if !is_plausible(signature) {
            return false;
        }
        let signature = Signature::from_bytes(signature);
        // The two steps are `verify_strict`, which wants the whole message in one piece and would have the body copied.
        let strict = VerifyingKey::from_bytes(signature.r_bytes()).is_ok_and(|point| !point.is_weak());
        strict && self.0.verifying_key().multipart_verify(&[timestamp, body], &signature).is_ok()
    }

    /// The signature of a text.
    pub(crate) fn sign(&self, text: &[u8]) -> [u8; SIGNATURE] {
        self.0.sign(text).to_bytes()
    }
}

/// Whether these bytes can be a signature at all: its second half is a number below 2^253.
pub(crate) fn is_plausible(signature: &[u8; SIGNATURE]) -> bool {
    signature.last().is_some_and(|last| last & 0xE0 == 0)
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey(..)")
    }
}

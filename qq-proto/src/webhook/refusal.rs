//! Why a request is not believed.

use core::fmt;

use crate::wire::FrameError;

/// Why a request was refused. What it says is for the log; the sender is told a status and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The body is longer than [`Limits::body_bytes`](crate::webhook::Limits::body_bytes).
    TooLong,
    /// There is no `X-Bot-Appid`, or none that is text.
    NoAppId,
    /// `X-Bot-Appid` names a bot that is not served here.
    UnknownApp,
    /// One of the headers stands in the request twice, with different values.
    HeaderTwice,
    /// There is no `X-Signature-Ed25519`.
    NoSignature,
    /// `X-Signature-Ed25519` is not 128 hexadecimal digits.
    SignatureNotHex,
    /// `X-Signature-Ed25519` is no signature at all: its last byte has one of the three highest bits set.
    SignatureImpossible,
    /// There is no `X-Signature-Timestamp`.
    NoTimestamp,
    /// `X-Signature-Timestamp` is not 1 to 20 digits.
    BadTimestamp,
    /// The signature is not the one of this timestamp and body with the bot's secret: forged, damaged on the way, or
    /// the secret here is not the bot's.
    BadSignature,
    /// The signature is right, but its time is too far from ours: a replay, or one of the clocks is wrong.
    Stale {
        /// Seconds that the request is behind our clock; negative if it is ahead.
        behind: i64,
    },
    /// The signature is right, but the body is not a frame.
    NotAFrame(FrameError),
    /// An address validation (op 13) without `plain_token` and `event_ts`, or with text in them that is not signed for
    /// strangers.
    BadValidation,
    /// An unsigned address validation (op 13) while [`Validation`](crate::webhook::Validation) is off.
    ValidationOff,
    /// More unsigned address validations (op 13) than the rate allows.
    ValidationTooOften,
}

impl Refusal {
    /// How many kinds there are.
    pub(crate) const KINDS: usize = 15;

    /// The HTTP status of the answer, which has no body.
    pub const fn status(self) -> u16 {
        match self {
            Self::TooLong => 413,
            Self::NoAppId | Self::HeaderTwice | Self::NotAFrame(_) | Self::BadValidation => 400,
            Self::UnknownApp | Self::ValidationOff => 403,
            Self::NoSignature
            | Self::SignatureNotHex
            | Self::SignatureImpossible
            | Self::NoTimestamp
            | Self::BadTimestamp
            | Self::BadSignature
            | Self::Stale { .. } => 401,
            Self::ValidationTooOften => 429,
        }
    }

    /// A short name for counters, such as `bad_signature`.
    pub fn name(self) -> &'static str {
        NAMES.get(self.kind()).copied().unwrap_or_default()
    }

    /// Its place among the kinds, in the order of the list above.
    pub(crate) const fn kind(self) -> usize {
        match self {
            Self::TooLong => 0,
            Self::NoAppId => 1,
            Self::UnknownApp => 2,
            Self::HeaderTwice => 3,
            Self::NoSignature => 4,
            Self::SignatureNotHex => 5,
            Self::SignatureImpossible => 6,
            Self::NoTimestamp => 7,
            Self::BadTimestamp => 8,
            Self::BadSignature => 9,
            Self::Stale { .. } => 10,
            Self::NotAFrame(_) => 11,
            Self::BadValidation => 12,
            Self::ValidationOff => 13,
            Self::ValidationTooOften => 14,
        }
    }
}

/// The names of the kinds, by their place.
pub(crate) const NAMES: [&str; Refusal::KINDS] = [
    "too_long",
    "no_app_id",
    "unknown_app",
    "header_twice",
    "no_signature",
    "signature_not_hex",
    "signature_impossible",
    "no_timestamp",
    "bad_timestamp",
    "bad_signature",
    "stale",
    "not_a_frame",
    "bad_validation",
    "validation_off",
    "validation_too_often",
];

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the body is too long",
            Self::NoAppId => "there is no X-Bot-Appid",
            Self::UnknownApp => "X-Bot-Appid names a bot that is not served here",
            Self::HeaderTwice => "a header came twice with different values",
            Self::NoSignature => "there is no X-Signature-Ed25519",
            Self::SignatureNotHex => "X-Signature-Ed25519 is not 128 hexadecimal digits",
            Self::SignatureImpossible => "X-Signature-Ed25519 cannot be a signature",
            Self::NoTimestamp => "there is no X-Signature-Timestamp",
            Self::BadTimestamp => "X-Signature-Timestamp is not a number of seconds",
            Self::BadSignature => "the signature does not fit: forged, damaged, or not this bot's secret",
            Self::Stale { behind } => {
                let (seconds, word) =
                    (behind.unsigned_abs(), if *behind < 0 { "ahead of" } else { "behind" });
                return write!(
                    f,
                    "the signature is {seconds} s {word} this clock: replayed, or a clock is wrong"
                );
            }
            Self::NotAFrame(error) => return write!(f, "signed, but no frame: {error}"),
            Self::BadValidation => "a validation with text that is not signed for strangers",
            Self::ValidationOff => "unsigned validations are switched off",
            Self::ValidationTooOften => "too many unsigned validations",
        })
    }
}

impl core::error::Error for Refusal {}

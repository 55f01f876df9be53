//! Files, streams, downloads and voice, as far as they are decisions and not input or output.
//!
//! | you want | look at |
//! |---|---|
//! | to send a picture, video, voice or file to a person or a group | [`Uploader`] |
//! | to know beforehand whether it will be taken | [`fits`], [`size_rules`], [`Format`] |
//! | to show an answer while it grows | [`Stream`] |
//! | to fetch what somebody sent, without being led into your own network | [`check_url`], [`check_address`], [`DownloadRules`] |
//!
//! None of this opens a file or a socket. An [`Uploader`] asks for bytes piece by piece and never holds a large file; its
//! calls go through [`Client::call`](crate::Client::call), and the parts of a file go to a foreign host, **without the
//! bot's token**.

mod cache;
mod download;
mod hash;
mod kind;
mod stream;
mod upload;

pub use cache::{CacheKey, FileCache, SavedCache, Uploaded};
pub use download::{BadUrl, CheckedUrl, DownloadRules, Host, check_address, check_url, redirect};
pub use hash::{Hasher, Hashes};
pub use kind::{Fit, Format, MediaKind, SizeRules, Unfit, fits, fits_format, size_rules};
pub use stream::{
    SlotFor, Stream, StreamAction, StreamEnd, StreamForm, StreamInput, StreamLimits, StreamOutcome,
    StreamOutput, StreamStep, StreamUpdateError, Via,
};
pub use upload::{
    Job, Put, ResumeError, SavedUpload, Source, Stage, StepId, UploadAction, UploadError, UploadEvent,
    UploadId, UploadInput, UploadLimits, UploadOutput, UploadRefused, UploadWhy, Uploader,
};

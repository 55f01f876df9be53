//! Pictures, voice, video and files: upload in one piece or in parts.

use alloc::string::String;
use core::ops::Deref;
use core::time::Duration;

use bytes::Bytes;

use crate::api::body::{Decimal, Members, Object};
use crate::api::error::CallError;
use crate::api::invalid::{Flaw, Invalid, unless};
use crate::api::media::{C2cMedia, GroupMedia};
use crate::api::operation::{member, operations, whole};
use crate::api::request::Outcome;
use crate::api::{Family, Flag, OperationInfo};
use crate::io::{HttpRequest, Method};
use crate::model::record::{codes, record};
use crate::model::{List, Raw, Str, Url};
use crate::secret::Body;
use crate::url::may_carry_secret;

/// Of this many first bytes the platform wants a checksum of their own.
pub const MD5_10M_BYTES: u64 = 10_002_432;

codes! {
    /// Kind of a file.
    FileKind {
        /// A picture: png or jpg; up to 20 MB as a picture, 200 MB as a file.
        1 => Image,
        /// A video: mp4; up to 30 MB as a video, 200 MB as a file.
        2 => Video,
        /// Voice: silk is sure to be taken; up to 20 MB as voice, 200 MB as a file.
        3 => Voice,
        /// Any file, up to 200 MB.
        4 => File,
    }
}

impl FileKind {
    /// Bytes up to which it is sent as what it is. Above it is sent as a file.
    pub const fn soft_limit(self) -> u64 {
        const MB: u64 = 1024 * 1024;
        match self {
            Self::Image | Self::Voice => 20 * MB,
            Self::Video => 30 * MB,
            Self::File | Self::Other(_) => Self::HARD_LIMIT,
        }
    }

    /// Bytes above which nothing is taken.
    pub const HARD_LIMIT: u64 = 200 * 1024 * 1024;
}

record! {
    /// A file that was uploaded. It can be sent any number of times to the kind of place it was uploaded for, until
    /// its time is over.
    UploadedFile {
        /// Its id.
        "file_uuid" => file_uuid: Str<'a>,
        /// What a message names to send it. Opaque.
        "file_info" => file_info: Str<'a>,
        /// Seconds for which it can be sent; 0 is for ever.
        "ttl" => ttl: Option<u64>,
        /// The message, if it was sent at once.
        "id" => id: Str<'a>,
        /// Where it is kept, for as long as it can be sent. Only after an upload in parts, and not of any file.
        "raw_url" => raw_url: Url<'a>,
    }

    /// How to upload a file in parts.
    UploadPlan {
        /// The upload.
        "upload_id" => upload_id: Str<'a>,
        /// Bytes of each part but the last.
        "block_size" => block_size: Option<u64>,
        /// The parts, in their order.
        "parts" => parts: List<'a, UploadPart<'a>>,
        /// How to go about it; see [`config`](Self::config).
        "upload_config" => upload_config: Raw<'a>,
        /// How many parts at once, where one SDK has it.
        "concurrency" => concurrency: Option<u64>,
        /// Seconds, where one SDK has it.
        "retry_timeout" => retry_timeout: Option<u64>,
        /// Seconds.
        "retry_delay" => retry_delay: Option<u64>,
    }

    /// A part of a file.
    UploadPart {
        /// Its number, to be told back as it is. The documents count from 0, one SDK from 1; where a part begins is
        /// decided by its place in the list.
        "index" => index: Option<u64>,
        /// Where it is put. A key to the upload.
        "presigned_url" => presigned_url: Url<'a>,
        /// Its bytes, where sent.
        "block_size" => block_size: Option<u64>,
    }
}

/// How to go about an upload in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadConfig {
    /// How many parts at once.
    pub concurrency: u64,
    /// For how long a part is told again while the platform says 40093001.
    pub retry_timeout: Duration,
    /// How long to wait in between.
    pub retry_delay: Duration,
}

impl UploadPlan<'_> {
    /// How to go about it, from wherever the platform has put it; what it does not say is as in its documents.
    pub fn config(&self) -> UploadConfig {
        let json = self.upload_config.as_str().as_bytes();
        let inner = |key| member::<Option<u64>>(json, key).unwrap_or_default();
        let seconds =
            |key, outer: Option<u64>, usual| Duration::from_secs(inner(key).or(outer).unwrap_or(usual));
        UploadConfig {
            concurrency: inner("concurrency").or(self.concurrency).unwrap_or(1).max(1),
            retry_timeout: seconds("retry_timeout", self.retry_timeout, 300),
            retry_delay: seconds("retry_delay", self.retry_delay, 1),
        }
    }
}

/// Where the bytes of a file come from.
#[derive(Clone, PartialEq, Eq)]
pub struct FileSource {
    kind: Option<FileKind>,
    from: Origin,
}

#[derive(Clone, PartialEq, Eq)]
enum Origin {
    Url(String),
    Base64(String),
    Upload(String),
}

impl FileSource {
    /// The platform fetches it from this link.
    pub fn url(kind: FileKind, url: impl Into<String>) -> Self {
        Self { kind: Some(kind), from: Origin::Url(url.into()) }
    }

    /// These are its bytes. All SDKs send them so, the documents do not mention it; above some 24 MB the platform's
    /// edge refuses it with 413 and an upload in parts is needed.
    pub fn bytes(kind: FileKind, bytes: &[u8]) -> Self {
        Self { kind: Some(kind), from: Origin::Base64(base64(bytes)) }
    }

    /// These are its bytes, in base64.
    pub fn base64(kind: FileKind, text: impl Into<String>) -> Self {
        Self { kind: Some(kind), from: Origin::Base64(text.into()) }
    }

    /// It was uploaded in parts.
    pub fn upload(upload_id: impl Into<String>) -> Self {
        Self { kind: None, from: Origin::Upload(upload_id.into()) }
    }

    /// The same with its kind told again. The documents want it after an upload in parts, SDKs leave it out.
    #[must_use]
    pub const fn of_kind(mut self, kind: FileKind) -> Self {
        self.kind = Some(kind);
        self
    }
}

impl Members for FileSource {
    fn put(&self, object: &mut Object) {
        object.maybe("file_type", self.kind.as_ref());
        match &self.from {
            Origin::Url(url) => object.put("url", url),
            Origin::Base64(text) => object.put("file_data", text),
            Origin::Upload(id) => object.put("upload_id", id),
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        let (text, field) = match &self.from {
            Origin::Url(url) => (url, "url"),
            Origin::Base64(text) => (text, "file_data"),
            Origin::Upload(id) => (id, "upload_id"),
        };
        unless(text.is_empty(), field, Flaw::Empty)
    }
}

/// Base64 with padding, RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let digit = (group >> (18 - 6 * place)) & 63;
            let char = DIGITS.get(digit as usize).copied().unwrap_or(b'=');
            text.push(if place > chunk.len() { '=' } else { char.into() });
        }
    }
    text
}

/// What is to be uploaded in parts. Checksums are hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileToUpload {
    /// Its kind.
    pub kind: FileKind,
    /// Its bytes.
    pub size: u64,
    /// Its name.
    pub name: String,
    /// MD5 of the whole.
    pub md5: String,
    /// SHA-1 of the whole.
    pub sha1: String,
    /// MD5 of its first [`MD5_10M_BYTES`].
    pub md5_10m: String,
    /// Writes the size as a number, as some SDKs do, and not as a text, as the documents say. Both are taken.
    pub numeric_size: bool,
}

impl Members for FileToUpload {
    fn put(&self, object: &mut Object) {
        object.put("file_type", &self.kind);
        if self.numeric_size {
            object.put("file_size", &self.size);
        } else {
            object.put("file_size", &Decimal(self.size));
        }
        object.put("file_name", &self.name);
        object.put("md5", &self.md5);
        object.put("sha1", &self.sha1);
        object.put("md5_10m", &self.md5_10m);
    }

    fn check(&self) -> Result<(), Invalid> {
        unless(self.size == 0, "file_size", Flaw::Empty)?;
        unless(self.size > FileKind::HARD_LIMIT, "file_size", Flaw::OutOfRange)?;
        unless(self.name.is_empty(), "file_name", Flaw::Empty)?;
        let hex = |text: &str, digits| text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
        unless(!hex(&self.md5, 32), "md5", Flaw::OutOfRange)?;
        unless(!hex(&self.sha1, 40), "sha1", Flaw::OutOfRange)?;
        unless(!hex(&self.md5_10m, 32), "md5_10m", Flaw::OutOfRange)
    }
}

macro_rules! scenes {
    ($($(#[$about:meta])* $name:ident gives $media:ident;)+) => { $(
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name(UploadedFile<'static>);

        impl $name {
            /// What a message names to send it.
            pub fn media(&self) -> $media {
                $media::new(self.0.file_info.as_str())
            }

            fn read(outcome: &Outcome) -> Result<Self, CallError> {
                whole::<UploadedFile<'_>>(&outcome.body).map(|file| Self(file.into_owned()))
            }
        }

        impl Deref for $name {
            type Target = UploadedFile<'static>;

            fn deref(&self) -> &UploadedFile<'static> {
                &self.0
            }
        }

        #[cfg(test)]
        impl crate::model::check::Check for $name {
            fn check(&self, json: &serde_json::Value, path: &str) {
                self.0.check(json, path);
            }
        }
    )+ };
}

scenes! {
    /// A file that was uploaded for one-to-one chats.
    C2cFile gives C2cMedia;
    /// A file that was uploaded for groups.
    GroupFile gives GroupMedia;
}

operations! { Files;
    /// Uploads a file for one-to-one chats, or finishes an upload in parts.
    16 UploadC2cFile Post ["v2", "users" user_openid, "files"] => other C2cFile {
        limit: 50 per 1,
        check: c2c,
        parts {
            source: FileSource
        }
        body {
            /// Whether it is sent at once, unasked and out of the quota for that. Such a file cannot be sent again.
            "srv_send_msg" => send_at_once: bool,
            /// Its name, for files of any kind.
            "file_name" => name: String,
        }
    }

    /// Uploads a file for groups, or finishes an upload in parts.
    17 UploadGroupFile Post ["v2", "groups" group_openid, "files"] => other GroupFile {
        limit: 50 per 1,
        check: group,
        parts {
            source: FileSource
        }
        body {
            /// Whether it is sent at once, unasked and out of the quota for that. Such a file cannot be sent again.
            "srv_send_msg" => send_at_once: bool,
            /// Its name, for files of any kind.
            "file_name" => name: String,
        }
    }

    /// Begins an upload in parts, for one-to-one chats.
    18 PrepareC2cUpload Post ["v2", "users" user_openid, "upload_prepare"] => one UploadPlan {
        limit: 10 per 1,
        check: prepare_c2c,
        parts {
            file: FileToUpload
        }
    }

    /// Begins an upload in parts, for groups.
    19 PrepareGroupUpload Post ["v2", "groups" group_openid, "upload_prepare"] => one UploadPlan {
        limit: 10 per 1,
        check: prepare_group,
        parts {
            file: FileToUpload
        }
    }

    /// Says that a part is there, for one-to-one chats. After 40093001 it is said again, see
    /// [`UploadPlan::config`].
    21 FinishC2cPart Post ["v2", "users" user_openid, "upload_part_finish"] => none {
        limit: 10 per 1,
        repeat: Idempotent,
        needs {
            "upload_id" => upload_id: String,
            "part_index" => part_index: u64,
            "block_size" => block_size: Decimal,
            "md5" => md5: String,
        }
    }

    /// Says that a part is there, for groups. After 40093001 it is said again, see [`UploadPlan::config`].
    22 FinishGroupPart Post ["v2", "groups" group_openid, "upload_part_finish"] => none {
        limit: 10 per 1,
        repeat: Idempotent,
        needs {
            "upload_id" => upload_id: String,
            "part_index" => part_index: u64,
            "block_size" => block_size: Decimal,
            "md5" => md5: String,
        }
    }
}

fn c2c(call: &UploadC2cFile) -> Result<(), Invalid> {
    call.source.check()
}

fn group(call: &UploadGroupFile) -> Result<(), Invalid> {
    call.source.check()
}

fn prepare_c2c(call: &PrepareC2cUpload) -> Result<(), Invalid> {
    call.file.check()
}

fn prepare_group(call: &PrepareGroupUpload) -> Result<(), Invalid> {
    call.file.check()
}

/// Puts a part of a file where the plan says. Not a call: it goes to another host, and without the bot's token. Any 2xx
/// is a success.
#[derive(Clone)]
pub struct PutPart {
    url: String,
    bytes: Bytes,
}

impl PutPart {
    /// Puts these bytes at this address, which comes from [`UploadPart::presigned_url`].
    pub fn new(url: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { url: url.into(), bytes: bytes.into() }
    }

    /// The exchange to make. An address that is not fit to carry a secret is refused: it is a key to the upload.
    pub fn request(&self, timeout: Duration) -> Result<HttpRequest, Invalid> {
        unless(!may_carry_secret(&self.url), "presigned_url", Flaw::NotHttps)?;
        Ok(HttpRequest {
            method: Method::Put,
            url: self.url.clone(),
            authorization: None,
            content_type: Some("application/octet-stream".into()),
            app_id: String::new(),
            body: Body::new(self.bytes.to_vec()),
            timeout,
        })
    }
}

/// Its address is a key.
impl core::fmt::Debug for PutPart {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PutPart({} bytes)", self.bytes.len())
    }
}

/// What is not a call to the API's host.
pub(crate) const ELSEWHERE: &[OperationInfo] = &[
    OperationInfo {
        number: 1,
        name: "token",
        method: Method::Post,
        path: "/app/getAppAccessToken",
        family: Family::Token,
        flags: &[Flag::Core],
        limit: None,
    },
    OperationInfo {
        number: 20,
        name: "PutPart",
        method: Method::Put,
        path: "{presigned_url}",
        family: Family::Files,
        flags: &[],
        limit: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    #[test]
    fn a_plan_says_how_wherever_it_says_it() {
        for (body, expected) in [
            (r#"{"upload_config":{"concurrency":3,"retry_timeout":"60","retry_delay":2}}"#, (3, 60, 2)),
            (r#"{"concurrency":2,"retry_timeout":120}"#, (2, 120, 1)),
            (r#"{"upload_config":{"concurrency":0},"retry_delay":5}"#, (1, 300, 5)),
            (r#"{"upload_config":[]}"#, (1, 300, 1)),
        ] {
            let plan: UploadPlan<'_> = whole(body.as_bytes()).unwrap();
            let config = plan.config();
            let seconds = (config.retry_timeout.as_secs(), config.retry_delay.as_secs());
            assert_eq!((config.concurrency, seconds.0, seconds.1), expected, "{body}");
        }
    }

    #[test]
    fn a_part_goes_without_a_token_and_only_where_it_is_safe() {
        let part = PutPart::new("https://cos.example/up?n=1&sign=s3cret", &b"bytes"[..]);
        let request = part.request(Duration::from_secs(300)).unwrap();
        let headers = request.headers().map(|(name, _)| name.to_string());
        assert_eq!(headers.collect::<alloc::vec::Vec<_>>(), ["Content-Type"]);
        assert_eq!((request.method, request.body.as_bytes()), (Method::Put, &b"bytes"[..]));
        assert!(!format!("{part:?} {request:?}").contains("s3cret"));
        let refused = PutPart::new("http://cos.example/up", &b""[..]).request(Duration::from_secs(1));
        assert_eq!(refused.unwrap_err().flaw, Flaw::NotHttps);
    }

    #[test]
    fn a_file_is_checked_before_it_is_asked_for() {
        let file = FileToUpload {
            kind: FileKind::File,
            size: 5,
            name: "a".into(),
            md5: "0".repeat(32),
            sha1: "a".repeat(40),
            md5_10m: "F".repeat(32),
            numeric_size: false,
        };
        assert_eq!(file.check(), Ok(()));
        let flaws = [
            FileToUpload { size: 0, ..file.clone() },
            FileToUpload { size: FileKind::HARD_LIMIT + 1, ..file.clone() },
            FileToUpload { name: String::new(), ..file.clone() },
            FileToUpload { md5: "0".repeat(31), ..file.clone() },
            FileToUpload { sha1: "g".repeat(40), ..file.clone() },
            FileToUpload { md5_10m: String::new(), ..file },
        ];
        for flawed in flaws {
            assert!(flawed.check().is_err(), "{flawed:?}");
        }
    }
}

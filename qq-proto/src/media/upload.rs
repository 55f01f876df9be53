//! Uploading files to people and groups.

mod asks;
mod job;
mod parts;
mod plan;
mod store;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

use bytes::Bytes;

use super::cache::{CacheKey, FileCache, Uploaded};
use super::kind::{MediaKind, Unfit, fits};
use crate::api::{ApiRequest, CallError, Scene};
use crate::io::TransportError;
use crate::rng::Rng;
use crate::secret::Secret;
use crate::time::{Deadline, Timestamp, Wake};
use job::Upload;
pub use store::{ResumeError, SavedUpload};

/// A file to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub(super) scene: Scene,
    pub(super) target: String,
    pub(super) kind: MediaKind,
    pub(super) name: String,
    pub(super) source: Source,
}

/// Where the file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The platform fetches it from this URL, which may carry a key.
    Url(Secret),
    /// The embedder reads it; so many bytes.
    Bytes(u64),
}

impl Job {
    /// A file of so many bytes that the embedder can read, for a person (`Scene::C2c`) or a group.
    pub fn file(scene: Scene, target: impl Into<String>, kind: MediaKind, size: u64) -> Self {
        let (target, source) = (target.into(), Source::Bytes(size));
        Self { scene, target, kind, name: String::from("file"), source }
    }

    /// A file that the platform fetches.
    pub fn url(scene: Scene, target: impl Into<String>, kind: MediaKind, url: impl Into<Secret>) -> Self {
        let (target, source) = (target.into(), Source::Url(url.into()));
        Self { scene, target, kind, name: String::new(), source }
    }

    /// The same with the name that people see.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What is known to be wrong with it before anything is sent.
    pub const fn check(&self) -> Result<(), Unfit> {
        let size = match self.source {
            Source::Bytes(size) => size,
            Source::Url(_) => 1,
        };
        match fits(self.scene, self.kind, size) {
            Ok(_) => Ok(()),
            Err(why) => Err(why),
        }
    }
}

/// Times and bounds of uploads.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UploadLimits {
    /// Uploads at once; more are refused.
    pub uploads: usize,
    /// Parts at once in one upload; the platform may ask for fewer.
    pub parallel: u32,
    /// Bytes asked for in one [`UploadAction::Read`].
    pub piece: u64,
    /// Files up to this size travel inside one request. About 24 MB are refused there with 413, and the official pages
    /// do not name that form at all, so larger ones go in parts.
    pub inline: u64,
    /// An upload is given up after this.
    pub time: Duration,
    /// A read is given up after this.
    pub read: Duration,
    /// A call is given up after this; the client does so earlier by itself.
    pub call: Duration,
    /// A part that is being put is given up after this.
    pub put: Duration,
    /// Attempts for each part and each call.
    pub attempts: u32,
    /// How often the platform is asked for new places, when the old ones are no longer valid.
    pub plans: u32,
    /// Files kept in the cache.
    pub cached: usize,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self {
            uploads: 16,
            parallel: 4,
            piece: 256 * 1024,
            inline: 3 * 1024 * 1024,
            time: Duration::from_secs(30 * 60),
            read: Duration::from_secs(60),
            call: Duration::from_secs(120),
            put: Duration::from_secs(5 * 60),
            attempts: 4,
            plans: 3,
            cached: 1000,
        }
    }
}

/// The name of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(u64);

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upload {}", self.0)
    }
}

/// The name of one action; given back with its outcome. Each is used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(u64);

/// What happened outside.
#[derive(Debug)]
pub enum UploadInput<'a> {
    /// Time has passed.
    Tick,
    /// Bytes that were asked for, from the beginning of the range: at least one, and fewer are fine.
    Bytes {
        /// The one from the action.
        step: StepId,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// They could not be read, or the file is shorter than was said.
    ReadFailed {
        /// The one from the action.
        step: StepId,
    },
    /// The outcome of a call.
    Reply {
        /// The one from the action.
        step: StepId,
        /// The body, or why there is none.
        result: Result<Bytes, CallError>,
    },
    /// The outcome of a put: its status, or why there is none.
    Put {
        /// The one from the action.
        step: StepId,
        /// The status, whatever it is.
        result: Result<u16, TransportError>,
    },
}

/// Something the uploader has decided.
#[derive(Debug)]
#[must_use = "an action that is not carried out stalls the upload"]
pub enum UploadOutput {
    /// A duty.
    Action(UploadAction),
    /// News.
    Event(UploadEvent),
}

/// A duty of the embedder. None is waited for without a deadline of the uploader's own.
#[derive(Debug)]
pub enum UploadAction {
    /// Read these bytes of the file. Answer: [`UploadInput::Bytes`] or [`UploadInput::ReadFailed`].
    Read {
        /// To be given back.
        step: StepId,
        /// Whose file.
        upload: UploadId,
        /// Which bytes.
        range: Range<u64>,
    },
    /// Give this to [`Client::call`](crate::Client::call) as a [`RawCall`](crate::RawCall). Answer:
    /// [`UploadInput::Reply`].
    Call {
        /// To be given back.
        step: StepId,
        /// What to call.
        request: ApiRequest,
    },
    /// Put bytes of the file to a foreign host. Answer: [`UploadInput::Put`].
    Put {
        /// To be given back.
        step: StepId,
        /// Whose file.
        upload: UploadId,
        /// What to put where.
        put: Put,
    },
    /// The outcome of this step is no longer wanted; stop it if that is easy.
    Abandon {
        /// Which.
        step: StepId,
    },
}

/// One part on its way to the place that the platform has named for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Put {
    /// The address, which carries its own permission. Send **no** token and no other header of the bot with it, and do
    /// not follow redirects.
    pub url: Secret,
    /// The bytes of the file that are the body.
    pub range: Range<u64>,
    /// How long it may take.
    pub timeout: Duration,
}

impl Put {
    /// The length of the body, the only header to send.
    pub const fn content_length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }
}

/// What an upload is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The file is being read and hashed.
    Hashing,
    /// Its parts are on their way.
    Sending,
}

/// News of an upload.
#[derive(Debug)]
#[non_exhaustive]
pub enum UploadEvent {
    /// It goes on.
    Progress {
        /// Which.
        upload: UploadId,
        /// With what.
        stage: Stage,
        /// Bytes done in this stage.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The file is there. The end of this upload.
    Done {
        /// Which.
        upload: UploadId,
        /// What to put into the message.
        file: Uploaded,
        /// Whether it had been uploaded before, and nothing was sent.
        cached: bool,
    },
    /// It failed. The end of this upload.
    Failed {
        /// Which.
        upload: UploadId,
        /// Why.
        error: UploadError,
        /// What has been done so far, for [`Uploader::resume`]; `None` if there is nothing to go on with.
        saved: Option<Box<SavedUpload>>,
    },
}

/// Why an upload failed. `Display` says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The file is not fit for this.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The platform refused a step.
    #[error("the platform refused the upload: {0}")]
    Call(CallError),
    /// A part could not be put where the platform wanted it.
    #[error("a part of the file could not be sent{}", match .0 { Some(status) => Status(*status), None => Status(0) })]
    Part(Option<u16>),
    /// The file could not be read, or it is shorter than was said.
    #[error("the file could not be read, or is shorter than was said")]
    Source,
    /// The file is not the one the upload was begun with.
    #[error("the file has changed since the upload was begun")]
    Changed,
    /// The platform's plan does not fit the file, or names a place that is not safe to send to.
    #[error("the platform's plan for the parts cannot be followed")]
    Plan,
    /// It took too long.
    #[error("the upload took too long")]
    TooLong,
    /// The program has stopped it.
    #[error("the upload was cancelled")]
    Cancelled,
}

/// A status in words, nothing for none.
struct Status(u16);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            status => write!(f, " (status {status})"),
        }
    }
}

/// A job that was not taken, given back.
#[derive(Clone, Debug)]
pub struct UploadRefused {
    /// The job as it was given.
    pub job: Job,
    /// Why it was not taken.
    pub why: UploadWhy,
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadWhy {
    /// Wait for one of those under way.
    #[error("too many uploads are under way")]
    Full,
    /// It will not be taken by the platform.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// Uploads files to people and groups.
///
/// A file that is not too small goes in parts: it is read once to be hashed, the platform names a place for each part,
/// each part is put there and reported, and the whole is asked for. Small files travel inside one request, and a URL is
/// fetched by the platform itself. The result, an [`Uploaded`], goes into a message ([`Uploaded::file_info`]).
///
/// It never holds the file: it asks for pieces with [`UploadAction::Read`] and lets the embedder put whole
/// parts with [`UploadAction::Put`].
///
/// It works like the client: [`start`](Self::start) and [`handle`](Self::handle), pop with
/// [`poll_output`](Self::poll_output), wake at [`next_deadline`](Self::next_deadline).
pub struct Uploader {
    uploads: BTreeMap<UploadId, Upload>,
    last_upload: u64,
    desk: Desk,
}

/// What the uploads share.
struct Desk {
    limits: UploadLimits,
    now: Timestamp,
    rng: Rng,
    out: VecDeque<UploadOutput>,
    last_step: u64,
    /// Open steps: whose, and for which part.
    steps: BTreeMap<StepId, (UploadId, Option<usize>)>,
    cache: FileCache,
}

impl Desk {
    fn open(&mut self, upload: UploadId, part: Option<usize>) -> StepId {
        self.last_step += 1;
        let step = StepId(self.last_step);
        self.steps.insert(step, (upload, part));
        step
    }

    fn close(&mut self, step: StepId) {
        self.steps.remove(&step);
    }

    fn act(&mut self, action: UploadAction) {
        self.out.push_back(UploadOutput::Action(action));
    }

    fn tell(&mut self, event: UploadEvent) {
        self.out.push_back(UploadOutput::Event(event));
    }

    fn read(&mut self, upload: UploadId, part: Option<usize>, from: u64, end: u64) -> StepId {
        let step = self.open(upload, part);
        let range = from..end.min(from.saturating_add(self.limits.piece.max(1)));
        self.act(UploadAction::Read { step, upload, range });
        step
    }

    fn abandon(&mut self, step: StepId) {
        if self.steps.remove(&step).is_some() {
            self.act(UploadAction::Abandon { step });
        }
    }
}

impl Uploader {
    /// An uploader without uploads. The seed spreads pauses.
    pub fn new(limits: UploadLimits, seed: u64) -> Self {
        Self::with_cache(limits, seed, FileCache::new(limits.cached))
    }

    /// The same with files that were uploaded before.
    pub fn with_cache(limits: UploadLimits, seed: u64, cache: FileCache) -> Self {
        // A time of nothing would never lie ahead.
        let least = |time: Duration| time.max(Duration::from_millis(1));
        let limits = UploadLimits {
            time: least(limits.time),
            read: least(limits.read),
            call: least(limits.call),
            put: least(limits.put),
            ..limits
        };
        let desk = Desk {
            limits,
            now: Timestamp::ZERO,
            rng: Rng::new(seed),
            out: VecDeque::new(),
            last_step: 0,
            steps: BTreeMap::new(),
            cache,
        };
        Self { uploads: BTreeMap::new(), last_upload: 0, desk }
    }

    /// Begins an upload. One that cannot be taken is given back.
    pub fn start(&mut self, now: Timestamp, job: Job) -> Result<UploadId, UploadRefused> {
        self.desk.now = self.desk.now.max(now);
        if let Err(why) = job.check() {
            return Err(UploadRefused { job, why: why.into() });
        }
        if self.uploads.len() >= self.desk.limits.uploads {
            return Err(UploadRefused { job, why: UploadWhy::Full });
        }
        let id = self.next_id();
        let upload = Upload::start(id, job, None, &mut self.desk);
        self.keep(id, upload);
        Ok(id)
    }

    fn next_id(&mut self) -> UploadId {
        self.last_upload += 1;
        UploadId(self.last_upload)
    }

    fn keep(&mut self, id: UploadId, upload: Upload) {
        if !upload.ended() {
            self.uploads.insert(id, upload);
        }
    }

    /// Takes something that happened. Any input is legal in any state; unknown and outdated steps are ignored.
    pub fn handle(&mut self, now: Timestamp, input: UploadInput<'_>) {
        self.desk.now = self.desk.now.max(now);
        match input {
            UploadInput::Tick => {}
            UploadInput::Bytes { step, bytes } => self.step(step, job::Word::Bytes(bytes)),
            UploadInput::ReadFailed { step } => self.step(step, job::Word::ReadFailed),
            UploadInput::Reply { step, result } => self.step(step, job::Word::Reply(result)),
            UploadInput::Put { step, result } => self.step(step, job::Word::Put(result)),
        }
        self.fire_due();
    }

    fn step(&mut self, step: StepId, word: job::Word<'_>) {
        let Some((id, part)) = self.desk.steps.get(&step).copied() else {
            return;
        };
        let Some(upload) = self.uploads.get_mut(&id) else {
            return;
        };
        // The wrong kind of answer is none.
        if !upload.expects(step, part, &word) {
            return;
        }
        self.desk.close(step);
        upload.step(part, word, &mut self.desk);
        if upload.ended() {
            self.uploads.remove(&id);
        }
    }

    fn fire_due(&mut self) {
        let ids: alloc::vec::Vec<UploadId> = self.uploads.keys().copied().collect();
        for id in ids {
            if let Some(upload) = self.uploads.get_mut(&id) {
                upload.fire_due(&mut self.desk);
                if upload.ended() {
                    self.uploads.remove(&id);
                }
            }
        }
    }

    /// Pops the oldest output. It only pops.
    #[must_use = "an action that is dropped stalls the upload"]
    pub fn poll_output(&mut self) -> Option<UploadOutput> {
        self.desk.out.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`UploadInput::Tick`] at the latest.
    pub fn next_deadline(&self) -> Option<Deadline> {
        if !self.desk.out.is_empty() {
            return Some(Deadline { at: self.desk.now, why: Wake::Outputs });
        }
        let due = self.uploads.values().map(Upload::due).min()?;
        Some(Deadline { at: due, why: Wake::Media })
    }

    /// Stops an upload. It ends with [`UploadError::Cancelled`]; nothing happens if it has ended.
    pub fn cancel(&mut self, now: Timestamp, id: UploadId) {
        self.desk.now = self.desk.now.max(now);
        if let Some(mut upload) = self.uploads.remove(&id) {
            upload.fail(UploadError::Cancelled, &mut self.desk);
        }
    }

    /// What has been done of an upload, to go on with after a restart; `None` while there is nothing yet.
    pub fn save(&self, id: UploadId) -> Option<SavedUpload> {
        self.uploads.get(&id)?.save()
    }

    /// Goes on with an upload that was interrupted, of a file of `size` bytes. The file is read and hashed again, so that
    /// parts of two files are never mixed; parts that were sent are not sent again. If the places have expired it
    /// begins anew by itself.
    pub fn resume(&mut self, now: Timestamp, saved: SavedUpload, size: u64) -> Result<UploadId, ResumeError> {
        self.desk.now = self.desk.now.max(now);
        if self.uploads.len() >= self.desk.limits.uploads {
            return Err(ResumeError::Full(Box::new(saved)));
        }
        let (job, before) = saved.open(size)?;
        let id = self.next_id();
        let upload = Upload::start(id, job, Some(Box::new(before)), &mut self.desk);
        self.keep(id, upload);
        Ok(id)
    }

    /// The files that were uploaded.
    pub const fn cache(&self) -> &FileCache {
        &self.desk.cache
    }

    /// Forgets a file that the platform no longer knows.
    pub fn forget(&mut self, key: &CacheKey) {
        self.desk.cache.remove(key);
    }

    /// How many uploads are under way.
    pub fn len(&self) -> usize {
        self.uploads.len()
    }

    /// Whether none is under way.
    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty()
    }
}

impl fmt::Debug for Uploader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploader")
            .field("now", &self.desk.now)
            .field("uploads", &self.uploads)
            .field("steps", &self.desk.steps.len())
            .field("cache", &self.desk.cache)
            .finish_non_exhaustive()
    }
}

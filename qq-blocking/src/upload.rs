//! Uploads: the core's machine decides, here files are read and parts are put.

mod lines;
mod run;
mod source;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use bytes::Bytes;
use qq_proto::Secret;
use qq_proto::api::Scene;
use qq_proto::media::{MediaKind, Stage, UploadError, UploadLimits};

pub(crate) use lines::Uploads;
pub(crate) use run::{Word, run};

/// A file to be uploaded for messages to a person or a group, see [`Bot::upload`](crate::Bot::upload).
///
/// ```no_run
/// use qq_blocking::Upload;
/// use qq_blocking::qq_proto::api::{GroupMedia, GroupMessage, Scene, SendGroup};
/// use qq_blocking::qq_proto::media::MediaKind;
///
/// # fn send(bot: qq_blocking::Bot, group: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let upload = Upload::file(Scene::Group, group, MediaKind::Image, "cat.png")
///     .on_progress(|progress| eprintln!("{progress}"));
/// let file = bot.upload(upload)?;
/// let message = GroupMessage::media(GroupMedia::new(file.file_info).caption("a cat"));
/// bot.call(SendGroup::new(group, message))?;
/// # Ok(())
/// # }
/// ```
#[must_use = "it does nothing until it is given to a bot"]
pub struct Upload {
    scene: Scene,
    target: String,
    kind: MediaKind,
    name: Option<String>,
    from: Origin,
    limits: UploadLimits,
    tell: Option<Tell>,
    sender: Sender<Word>,
    words: Receiver<Word>,
}

/// Whom to tell how far it is.
type Tell = Box<dyn FnMut(Progress) + Send>;

/// Where the bytes come from.
enum Origin {
    File(PathBuf),
    Bytes(Bytes),
    Url(Secret),
}

impl Upload {
    fn new(scene: Scene, target: impl Into<String>, kind: MediaKind, from: Origin) -> Self {
        let (target, limits) = (target.into(), UploadLimits::default());
        let (sender, words) = channel();
        Self { scene, target, kind, name: None, from, limits, tell: None, sender, words }
    }

    /// A file of this machine, for a person (`Scene::C2c`) or a group. It is read in pieces and never held as a whole,
    /// unless it is small enough to travel inside one request. It must not change meanwhile.
    pub fn file(scene: Scene, target: impl Into<String>, kind: MediaKind, path: impl AsRef<Path>) -> Self {
        Self::new(scene, target, kind, Origin::File(path.as_ref().to_owned()))
    }

    /// These bytes.
    pub fn bytes(scene: Scene, target: impl Into<String>, kind: MediaKind, bytes: impl Into<Bytes>) -> Self {
        Self::new(scene, target, kind, Origin::Bytes(bytes.into()))
    }

    /// A file that the platform fetches from this URL by itself.
    pub fn url(scene: Scene, target: impl Into<String>, kind: MediaKind, url: impl Into<Secret>) -> Self {
        Self::new(scene, target, kind, Origin::Url(url.into()))
    }

    /// The same with the name that people see. Without it a file has its own name.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with other times and bounds.
    pub const fn with_limits(mut self, limits: UploadLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with somebody to tell how far it is: after each piece that was read, and after each part that has
    /// arrived. It is called on the thread that waits for the upload.
    pub fn on_progress(mut self, tell: impl FnMut(Progress) + Send + 'static) -> Self {
        self.tell = Some(Box::new(tell));
        self
    }

    /// What ends it from another thread.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.sender.clone())
    }
}

/// Ends one upload, which then fails with [`UploadError::Cancelled`].
#[derive(Clone, Debug)]
pub struct Canceller(Sender<Word>);

impl Canceller {
    /// Ends it at once, whether it has begun or not. Nothing happens if it has ended.
    pub fn cancel(&self) {
        let _ = self.0.send(Word::Cancel);
    }
}

/// A URL may carry a key, and what is sent is nobody's business.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("scene", &self.scene).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What it is busy with.
    pub stage: Stage,
    /// Bytes done in this stage.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doing = match self.stage {
            Stage::Hashing => "read",
            Stage::Sending => "sent",
            // Stages of a later core.
            _ => "done",
        };
        write!(f, "{doing} {} of {} bytes", self.done, self.total)
    }
}

/// Why an upload failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadFailed {
    /// The file cannot be opened.
    #[error("the file cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// It was begun and failed, or is not fit for it.
    #[error(transparent)]
    Failed(#[from] UploadError),
}

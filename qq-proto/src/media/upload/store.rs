//! An upload that was interrupted, as data.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::parts::Parts;
use super::plan::Plan;
use super::{Job, Source};
use crate::api::Scene;
use crate::media::hash::Hashes;
use crate::media::kind::MediaKind;

/// What has been done of an upload. It holds addresses that carry their own permission: store it like a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedUpload {
    scene: Scene,
    target: String,
    kind: MediaKind,
    name: String,
    before: Before,
}

/// The part of it that is compared with the file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) hashes: Hashes,
    pub(super) plan: Plan,
    pub(super) done: Vec<bool>,
}

/// Why an upload cannot be resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// Wait for one of those under way; it is given back.
    #[error("too many uploads are under way")]
    Full(Box<SavedUpload>),
    /// The file has another size than the one it was begun with.
    #[error("the file has changed since the upload was begun")]
    Changed,
    /// What was stored was not written by this crate.
    #[error("the stored upload is damaged")]
    Damaged,
}

impl SavedUpload {
    pub(super) fn new(job: &Job, hashes: &Hashes, parts: &Parts) -> Self {
        let before = Before { hashes: hashes.clone(), plan: parts.plan.clone(), done: parts.done() };
        Self::again(job, &before)
    }

    pub(super) fn again(job: &Job, before: &Before) -> Self {
        Self {
            scene: job.scene,
            target: job.target.clone(),
            kind: job.kind,
            name: job.name.clone(),
            before: before.clone(),
        }
    }

    pub(super) fn open(self, size: u64) -> Result<(Job, Before), ResumeError> {
        let Self { scene, target, kind, name, before } = self;
        if before.hashes.size != size {
            return Err(ResumeError::Changed);
        }
        let job = Job { scene, target, kind, name, source: Source::Bytes(size) };
        if job.check().is_err() || !before.plan.sound(size) {
            return Err(ResumeError::Damaged);
        }
        Ok((job, before))
    }

    /// How many bytes the file has.
    pub const fn size(&self) -> u64 {
        self.before.hashes.size
    }

    /// How many parts are done, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.before.done.iter().filter(|done| **done).count(), self.before.plan.len())
    }
}

impl fmt::Debug for SavedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (done, all) = self.progress();
        write!(f, "SavedUpload({done} of {all} parts)")
    }
}

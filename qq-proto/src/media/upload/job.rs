//! One upload: phases and what moves it from one to the next.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use bytes::Bytes;

use super::asks::Encoder;
use super::parts::{Again, Expects, News, Parts, again};
use super::plan::Plan;
use super::store::{Before, SavedUpload};
use super::{Desk, Job, Source, Stage, StepId, UploadAction, UploadError, UploadEvent, UploadId};
use crate::api::CallError;
use crate::io::TransportError;
use crate::media::cache::{CacheKey, Uploaded};
use crate::media::hash::{Hasher, Hashes};
use crate::media::kind::{Format, fits_format};
use crate::time::Timestamp;

/// The pause before a call is made again; doubled each time.
const PAUSE: Duration = Duration::from_secs(2);

/// What came back for a step.
#[derive(Debug)]
pub(super) enum Word<'a> {
    Bytes(&'a [u8]),
    ReadFailed,
    Reply(Result<Bytes, CallError>),
    Put(Result<u16, TransportError>),
}

/// A call that an upload makes as a whole.
#[derive(Debug)]
enum Ask {
    ByUrl,
    /// The base64 of the file.
    Inline(String),
    Prepare,
    Complete(Box<Parts>),
}

/// How a call stands.
#[derive(Clone, Copy, Debug)]
enum Wait {
    Step { step: StepId, give_up: Timestamp },
    Rest { until: Timestamp },
}

enum Phase {
    /// The file is read from its beginning.
    Hashing { reading: Box<Reading>, step: StepId, give_up: Timestamp },
    /// A call is under way, or pauses.
    Asking { ask: Ask, hashes: Option<Hashes>, wait: Wait, failures: u32 },
    /// The parts are under way.
    Sending { hashes: Hashes, parts: Box<Parts> },
    /// Done or failed, and told.
    Ended,
}

struct Reading {
    hasher: Hasher,
    /// Up to here.
    at: u64,
    /// The first bytes, which tell the format.
    head: Vec<u8>,
    /// Small files are encoded on the way.
    inline: Option<Encoder>,
    /// What was done before an interruption.
    before: Option<Box<Before>>,
}

pub(super) struct Upload {
    id: UploadId,
    job: Job,
    /// When it is given up whatever its phase.
    deadline: Timestamp,
    /// Plans that were asked for.
    plans: u32,
    phase: Phase,
}

impl Upload {
    pub(super) fn start(id: UploadId, job: Job, before: Option<Box<Before>>, desk: &mut Desk) -> Self {
        let deadline = desk.now.after(desk.limits.time);
        let mut upload = Self { id, job, deadline, plans: 0, phase: Phase::Ended };
        upload.phase = match upload.job.source {
            Source::Url(_) => upload.ask(Ask::ByUrl, None, 0, desk),
            Source::Bytes(size) => {
                let inline = (size <= desk.limits.inline && before.is_none()).then(Encoder::default);
                let reading = Reading { hasher: Hasher::default(), at: 0, head: Vec::new(), inline, before };
                upload.read_on(Box::new(reading), size, desk)
            }
        };
        upload
    }

    pub(super) const fn ended(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    fn read_on(&self, reading: Box<Reading>, size: u64, desk: &mut Desk) -> Phase {
        let step = desk.read(self.id, None, reading.at, size);
        Phase::Hashing { reading, step, give_up: desk.now.after(desk.limits.read) }
    }

    fn ask(&self, ask: Ask, hashes: Option<Hashes>, failures: u32, desk: &mut Desk) -> Phase {
        let request = match (&ask, &hashes) {
            (Ask::ByUrl, _) => self.job.by_url(),
            (Ask::Inline(data), _) => self.job.inline(data),
            (Ask::Prepare, Some(hashes)) => self.job.prepare(hashes),
            (Ask::Complete(parts), _) => self.job.complete(&parts.plan.upload_id),
            // Nothing is prepared before it was hashed.
            (Ask::Prepare, None) => return self.failed(UploadError::Source, None, desk),
        };
        let step = desk.open(self.id, None);
        desk.act(UploadAction::Call { step, request });
        let wait = Wait::Step { step, give_up: desk.now.after(desk.limits.call) };
        Phase::Asking { ask, hashes, wait, failures }
    }

    /// Whether this is the answer that the step waits for.
    pub(super) fn expects(&self, step: StepId, part: Option<usize>, word: &Word<'_>) -> bool {
        let (open, expects) = match (&self.phase, part) {
            (Phase::Hashing { step, .. }, None) => (*step, Expects::Bytes),
            (Phase::Asking { wait: Wait::Step { step, .. }, .. }, None) => (*step, Expects::Reply),
            (Phase::Sending { parts, .. }, Some(at)) => match parts.step_of(at) {
                Some(open) => open,
                None => return false,
            },
            (Phase::Hashing { .. } | Phase::Asking { .. } | Phase::Sending { .. } | Phase::Ended, _) => {
                return false;
            }
        };
        let kind = match word {
            Word::Bytes(_) | Word::ReadFailed => Expects::Bytes,
            Word::Reply(_) => Expects::Reply,
            Word::Put(_) => Expects::Put,
        };
        open == step && expects == kind
    }

    /// One arm for each row of the table in ARCHITECTURE.md. The step is the phase's own.
    pub(super) fn step(&mut self, part: Option<usize>, word: Word<'_>, desk: &mut Desk) {
        let phase = mem::replace(&mut self.phase, Phase::Ended);
        self.phase = match (phase, word) {
            (Phase::Hashing { reading, .. }, Word::Bytes(bytes)) => self.hash(reading, bytes, desk),
            (Phase::Hashing { .. }, Word::ReadFailed) => self.failed(UploadError::Source, None, desk),
            (Phase::Asking { ask, hashes, failures, .. }, Word::Reply(result)) => match result {
                Ok(body) => self.answered(ask, hashes, &body, failures, desk),
                Err(error) => self.refused(ask, hashes, error, failures, desk),
            },
            (Phase::Sending { hashes, mut parts }, word) => {
                let news = match (part, word) {
                    (Some(at), Word::Bytes(bytes)) => parts.bytes(at, bytes, self.id, desk),
                    (Some(_), Word::ReadFailed) => News::Failed(UploadError::Source),
                    (Some(at), Word::Reply(result)) => parts.reported(at, result.map(|_| ()), desk),
                    (Some(at), Word::Put(result)) => parts.put(at, result.ok(), &self.job, self.id, desk),
                    (None, _) => News::Same,
                };
                self.sending(hashes, parts, news, desk)
            }
            // `expects` has let no other pair through.
            (phase @ (Phase::Hashing { .. } | Phase::Asking { .. } | Phase::Ended), _) => phase,
        };
    }

    fn hash(&mut self, mut reading: Box<Reading>, bytes: &[u8], desk: &mut Desk) -> Phase {
        let Source::Bytes(size) = self.job.source else {
            return Phase::Ended;
        };
        let left = size.saturating_sub(reading.at).min(desk.limits.piece.max(1));
        let bytes = bytes.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(bytes);
        if bytes.is_empty() {
            return self.failed(UploadError::Source, None, desk);
        }
        reading.hasher.update(bytes);
        if let Some(inline) = &mut reading.inline {
            inline.update(bytes);
        }
        reading.at = reading.at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let head = reading.head.len();
        if head < Format::BYTES {
            let more = bytes.len().min(Format::BYTES - head);
            reading.head.extend_from_slice(bytes.get(..more).unwrap_or_default());
            if reading.head.len() == Format::BYTES || reading.at == size {
                if let Err(why) = fits_format(self.job.kind, &reading.head) {
                    return self.failed(why.into(), None, desk);
                }
            }
        }
        desk.tell(UploadEvent::Progress {
            upload: self.id,
            stage: Stage::Hashing,
            done: reading.at,
            total: size,
        });
        if reading.at < size {
            return self.read_on(reading, size, desk);
        }
        self.hashed(*reading, desk)
    }

    fn hashed(&mut self, reading: Reading, desk: &mut Desk) -> Phase {
        let hashes = reading.hasher.finish();
        let key = CacheKey::new(self.job.scene, self.job.kind, &hashes);
        if let Some(file) = desk.cache.get(desk.now, &key) {
            desk.tell(UploadEvent::Done { upload: self.id, file, cached: true });
            return Phase::Ended;
        }
        if let Some(before) = reading.before {
            if before.hashes != hashes {
                return self.failed(UploadError::Changed, None, desk);
            }
            let parts = Box::new(Parts::new(before.plan, &before.done));
            return self.sending(hashes, parts, News::Advanced, desk);
        }
        let ask = reading.inline.map_or(Ask::Prepare, |inline| Ask::Inline(inline.finish()));
        self.ask(ask, Some(hashes), 0, desk)
    }

    fn answered(
        &mut self,
        ask: Ask,
        hashes: Option<Hashes>,
        body: &[u8],
        failures: u32,
        desk: &mut Desk,
    ) -> Phase {
        match (ask, hashes) {
            (Ask::Prepare, Some(hashes)) => {
                self.plans += 1;
                match Plan::read(body, hashes.size) {
                    Some(plan) => {
                        let parts = Box::new(Parts::new(plan, &[]));
                        self.sending(hashes, parts, News::Advanced, desk)
                    }
                    None => self.failed(UploadError::Plan, None, desk),
                }
            }
            (ask @ (Ask::ByUrl | Ask::Inline(_) | Ask::Complete(_) | Ask::Prepare), hashes) => {
                let file = match Uploaded::read(body) {
                    Ok(file) => file,
                    // The edge answers with pages now and then.
                    Err(error) => return self.refused(ask, hashes, error, failures, desk),
                };
                if let Some(hashes) = hashes {
                    let key = CacheKey::new(self.job.scene, self.job.kind, &hashes);
                    desk.cache.put(desk.now, key, file.clone());
                }
                desk.tell(UploadEvent::Done { upload: self.id, file, cached: false });
                Phase::Ended
            }
        }
    }

    fn refused(
        &mut self,
        ask: Ask,
        hashes: Option<Hashes>,
        error: CallError,
        failures: u32,
        desk: &mut Desk,
    ) -> Phase {
        let failures = failures.saturating_add(1);
        match (again(&error), ask) {
            // Some bots and some files are only taken in parts.
            (Again::Differently, Ask::Inline(_)) => self.ask(Ask::Prepare, hashes, 0, desk),
            (Again::Later, ask) if failures < desk.limits.attempts => {
                let pause = PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(5));
                let wait = Wait::Rest { until: desk.now.after(desk.rng.jitter(pause)) };
                Phase::Asking { ask, hashes, wait, failures }
            }
            (Again::Later | Again::Never | Again::Differently, ask) => {
                let saved = match (ask, hashes) {
                    (Ask::Complete(parts), Some(hashes)) => Some(self.saved(&hashes, &parts)),
                    (Ask::Complete(_) | Ask::ByUrl | Ask::Inline(_) | Ask::Prepare, _) => None,
                };
                self.failed(UploadError::Call(error), saved, desk)
            }
        }
    }

    fn sending(&mut self, hashes: Hashes, mut parts: Box<Parts>, news: News, desk: &mut Desk) -> Phase {
        match news {
            News::Same => {
                parts.fill(self.id, desk);
                Phase::Sending { hashes, parts }
            }
            News::Advanced => {
                let (done, total) = (parts.bytes_done(), hashes.size);
                desk.tell(UploadEvent::Progress { upload: self.id, stage: Stage::Sending, done, total });
                if parts.all_done() {
                    return self.ask(Ask::Complete(parts), Some(hashes), 0, desk);
                }
                parts.fill(self.id, desk);
                Phase::Sending { hashes, parts }
            }
            News::Stale if self.plans < desk.limits.plans => {
                parts.abandon(desk);
                self.ask(Ask::Prepare, Some(hashes), 0, desk)
            }
            News::Stale => {
                parts.abandon(desk);
                self.failed(UploadError::Part(Some(403)), None, desk)
            }
            News::Failed(error) => {
                parts.abandon(desk);
                let saved = Some(self.saved(&hashes, &parts));
                self.failed(error, saved, desk)
            }
        }
    }

    fn failed(&self, error: UploadError, saved: Option<Box<SavedUpload>>, desk: &mut Desk) -> Phase {
        desk.tell(UploadEvent::Failed { upload: self.id, error, saved });
        Phase::Ended
    }

    /// Ends it from outside, or at its deadline.
    pub(super) fn fail(&mut self, error: UploadError, desk: &mut Desk) {
        let saved = self.save().map(Box::new);
        match &self.phase {
            Phase::Hashing { step, .. } | Phase::Asking { wait: Wait::Step { step, .. }, .. } => {
                desk.abandon(*step);
            }
            Phase::Sending { parts, .. } => parts.abandon(desk),
            Phase::Asking { wait: Wait::Rest { .. }, .. } => {}
            Phase::Ended => return,
        }
        self.phase = self.failed(error, saved, desk);
    }

    pub(super) fn due(&self) -> Timestamp {
        let due = match &self.phase {
            Phase::Hashing { give_up, .. } => Some(*give_up),
            Phase::Asking { wait: Wait::Step { give_up: at, .. } | Wait::Rest { until: at }, .. } => {
                Some(*at)
            }
            Phase::Sending { parts, .. } => parts.due(),
            Phase::Ended => None,
        };
        due.map_or(self.deadline, |due| due.min(self.deadline))
    }

    pub(super) fn fire_due(&mut self, desk: &mut Desk) {
        if self.due() > desk.now {
            return;
        }
        if self.deadline <= desk.now {
            return self.fail(UploadError::TooLong, desk);
        }
        let phase = mem::replace(&mut self.phase, Phase::Ended);
        self.phase = match phase {
            Phase::Hashing { step, .. } => {
                desk.abandon(step);
                self.failed(UploadError::Source, None, desk)
            }
            Phase::Asking { ask, hashes, wait: Wait::Step { step, .. }, failures } => {
                desk.abandon(step);
                self.refused(ask, hashes, CallError::TimedOut { sent: true }, failures, desk)
            }
            Phase::Asking { ask, hashes, wait: Wait::Rest { .. }, failures } => {
                self.ask(ask, hashes, failures, desk)
            }
            Phase::Sending { hashes, mut parts } => {
                let news = parts.fire_due(&self.job, self.id, desk);
                self.sending(hashes, parts, news, desk)
            }
            Phase::Ended => Phase::Ended,
        };
    }

    pub(super) fn save(&self) -> Option<SavedUpload> {
        match &self.phase {
            Phase::Sending { hashes, parts }
            | Phase::Asking { ask: Ask::Complete(parts), hashes: Some(hashes), .. } => {
                Some(SavedUpload::new(&self.job, hashes, parts))
            }
            // Hashing again what was interrupted costs no exchange.
            Phase::Hashing { reading, .. } => {
                let before = reading.before.as_ref()?;
                Some(SavedUpload::again(&self.job, before))
            }
            Phase::Asking { .. } | Phase::Ended => None,
        }
    }

    fn saved(&self, hashes: &Hashes, parts: &Parts) -> Box<SavedUpload> {
        Box::new(SavedUpload::new(&self.job, hashes, parts))
    }
}

impl core::fmt::Debug for Upload {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let phase = match &self.phase {
            Phase::Hashing { .. } => "hashing",
            Phase::Asking { ask: Ask::ByUrl, .. } => "by URL",
            Phase::Asking { ask: Ask::Inline(_), .. } => "in one request",
            Phase::Asking { ask: Ask::Prepare, .. } => "preparing",
            Phase::Asking { ask: Ask::Complete(_), .. } => "completing",
            Phase::Sending { .. } => "sending",
            Phase::Ended => "ended",
        };
        write!(f, "Upload({phase}, due {})", self.due())
    }
}

//! The parts of one upload: each is hashed, put and reported.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::plan::Plan;
use super::{Desk, Job, Put, StepId, UploadAction, UploadError, UploadId};
use crate::api::{CallError, ErrorClass};
use crate::backoff::pause;
use crate::media::hash::PartHasher;
use crate::time::Timestamp;

/// Where one part stands.
#[derive(Debug)]
enum State {
    Waiting,
    /// Being read for its hash, up to here.
    Hashing {
        hasher: PartHasher,
        at: u64,
        step: StepId,
        give_up: Timestamp,
    },
    Putting {
        md5: String,
        step: StepId,
        give_up: Timestamp,
    },
    Reporting {
        md5: String,
        step: StepId,
        give_up: Timestamp,
    },
    /// Pauses; then it is put again, or reported again if it has been put.
    Resting {
        until: Timestamp,
        put: Option<String>,
    },
    Done,
}

#[derive(Debug)]
struct Part {
    state: State,
    /// Attempts that failed.
    failures: u32,
    /// When a part that was put is no longer reported again.
    report_until: Option<Timestamp>,
}

/// What a word about a part means for the upload.
#[derive(Debug)]
pub(super) enum News {
    Same,
    /// A part is done.
    Advanced,
    /// The places are no longer valid.
    Stale,
    Failed(UploadError),
}

/// All parts of a file.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) plan: Plan,
    parts: Vec<Part>,
}

impl Parts {
    pub(super) fn new(plan: Plan, done: &[bool]) -> Self {
        let part = |at: usize| Part {
            state: if done.get(at).copied().unwrap_or(false) { State::Done } else { State::Waiting },
            failures: 0,
            report_until: None,
        };
        let parts = (0..plan.len()).map(part).collect();
        Self { plan, parts }
    }

    pub(super) fn done(&self) -> Vec<bool> {
        self.parts.iter().map(|part| matches!(part.state, State::Done)).collect()
    }

    pub(super) fn all_done(&self) -> bool {
        self.parts.iter().all(|part| matches!(part.state, State::Done))
    }

    pub(super) fn bytes_done(&self) -> u64 {
        let done = self.parts.iter().enumerate().filter(|(_, part)| matches!(part.state, State::Done));
        done.map(|(at, _)| self.plan.range(at)).map(|range| range.end - range.start).sum()
    }

    fn busy(&self) -> u32 {
        let busy = self.parts.iter().filter(|part| match part.state {
            State::Hashing { .. } | State::Putting { .. } | State::Reporting { .. } => true,
            State::Waiting | State::Resting { .. } | State::Done => false,
        });
        u32::try_from(busy.count()).unwrap_or(u32::MAX)
    }

    /// Begins parts, as many as may be under way.
    pub(super) fn fill(&mut self, upload: UploadId, desk: &mut Desk) {
        let most = self.plan.parallel.min(desk.limits.parallel).max(1);
        let mut free = most.saturating_sub(self.busy());
        for at in 0..self.parts.len() {
            if free == 0 {
                return;
            }
            if matches!(self.parts.get(at), Some(Part { state: State::Waiting, .. })) {
                self.begin(at, upload, desk);
                free -= 1;
            }
        }
    }

    fn begin(&mut self, at: usize, upload: UploadId, desk: &mut Desk) {
        let range = self.plan.range(at);
        if let Some(part) = self.parts.get_mut(at) {
            let step = desk.read(upload, Some(at), range.start, range.end);
            let give_up = desk.now.after(desk.limits.read);
            part.state = State::Hashing { hasher: PartHasher::default(), at: range.start, step, give_up };
        }
    }

    pub(super) fn step_of(&self, at: usize) -> Option<(StepId, Expects)> {
        match self.parts.get(at)?.state {
            State::Hashing { step, .. } => Some((step, Expects::Bytes)),
            State::Putting { step, .. } => Some((step, Expects::Put)),
            State::Reporting { step, .. } => Some((step, Expects::Reply)),
            State::Waiting | State::Resting { .. } | State::Done => None,
        }
    }

    pub(super) fn bytes(&mut self, at: usize, bytes: &[u8], upload: UploadId, desk: &mut Desk) -> News {
        let range = self.plan.range(at);
        let url = self.plan.url(at);
        let Some(Part { state, .. }) = self.parts.get_mut(at) else {
            return News::Same;
        };
        let State::Hashing { hasher, at: done, step, give_up } = state else {
            return News::Same;
        };
        let left = range.end.saturating_sub(*done).min(desk.limits.piece.max(1));
        let bytes = bytes.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(bytes);
        if bytes.is_empty() {
            return News::Failed(UploadError::Source);
        }
        hasher.update(bytes);
        *done = done.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if *done < range.end {
            *step = desk.read(upload, Some(at), *done, range.end);
            *give_up = desk.now.after(desk.limits.read);
            return News::Same;
        }
        let md5 = core::mem::take(hasher).finish();
        let step = desk.open(upload, Some(at));
        let timeout = desk.limits.put;
        let give_up = desk.now.after(timeout);
        *state = State::Putting { md5, step, give_up };
        desk.act(UploadAction::Put { step, upload, put: Put { url, range, timeout } });
        News::Same
    }

    /// The outcome of a put: its status, none if there is none.
    pub(super) fn put(
        &mut self,
        at: usize,
        status: Option<u16>,
        job: &Job,
        upload: UploadId,
        desk: &mut Desk,
    ) -> News {
        let Some(Part { state: State::Putting { md5, .. }, .. }) = self.parts.get_mut(at) else {
            return News::Same;
        };
        match status {
            Some(200..=299) => {
                let md5 = core::mem::take(md5);
                self.report(at, md5, job, upload, desk);
                News::Same
            }
            // The address has expired, or is not known any more.
            Some(401 | 403 | 404 | 410) => News::Stale,
            Some(_) | None => self.rest(at, UploadError::Part(status), desk),
        }
    }

    fn report(&mut self, at: usize, md5: String, job: &Job, upload: UploadId, desk: &mut Desk) {
        let range = self.plan.range(at);
        let request = job.finish(&self.plan.upload_id, self.plan.index(at), range.end - range.start, &md5);
        let until = desk.now.after(self.plan.retry_for);
        if let Some(part) = self.parts.get_mut(at) {
            let step = desk.open(upload, Some(at));
            part.report_until.get_or_insert(until);
            part.state = State::Reporting { md5, step, give_up: desk.now.after(desk.limits.call) };
            desk.act(UploadAction::Call { step, request });
        }
    }

    /// The outcome of a report.
    pub(super) fn reported(&mut self, at: usize, result: Result<(), CallError>, desk: &mut Desk) -> News {
        let wait = self.plan.retry_pause;
        let Some(part) = self.parts.get_mut(at) else {
            return News::Same;
        };
        let State::Reporting { md5, .. } = &mut part.state else {
            return News::Same;
        };
        let error = match result {
            Ok(()) => {
                part.state = State::Done;
                return News::Advanced;
            }
            Err(error) => error,
        };
        match again(&error) {
            Again::Later if part.report_until.is_some_and(|until| until > desk.now.after(wait)) => {
                let put = Some(core::mem::take(md5));
                part.state =
                    State::Resting { until: desk.now.after(wait.max(Duration::from_millis(1))), put };
                News::Same
            }
            // What was put is not what was hashed, perhaps: put it once more.
            Again::Differently => self.rest(at, UploadError::Call(error), desk),
            Again::Later | Again::Never => News::Failed(UploadError::Call(error)),
        }
    }

    /// Pauses a part before it is begun again, or gives it up.
    fn rest(&mut self, at: usize, error: UploadError, desk: &mut Desk) -> News {
        let Some(part) = self.parts.get_mut(at) else {
            return News::Same;
        };
        part.failures = part.failures.saturating_add(1);
        if part.failures >= desk.limits.attempts {
            return News::Failed(error);
        }
        part.report_until = None;
        part.state = State::Resting { until: desk.now.after(pause(part.failures, &mut desk.rng)), put: None };
        News::Same
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        let due = |part: &Part| match part.state {
            State::Hashing { give_up: at, .. }
            | State::Putting { give_up: at, .. }
            | State::Reporting { give_up: at, .. }
            | State::Resting { until: at, .. } => Some(at),
            State::Waiting | State::Done => None,
        };
        self.parts.iter().filter_map(due).min()
    }

    /// Serves every part whose time has come.
    pub(super) fn fire_due(&mut self, job: &Job, upload: UploadId, desk: &mut Desk) -> News {
        for at in 0..self.parts.len() {
            let Some(part) = self.parts.get_mut(at) else {
                continue;
            };
            let news = match &mut part.state {
                State::Resting { until, put } if *until <= desk.now => {
                    let put = put.take();
                    part.state = State::Waiting;
                    if let Some(md5) = put {
                        self.report(at, md5, job, upload, desk);
                    }
                    News::Same
                }
                State::Hashing { step, give_up, .. } if *give_up <= desk.now => {
                    desk.abandon(*step);
                    News::Failed(UploadError::Source)
                }
                State::Putting { step, give_up, .. } if *give_up <= desk.now => {
                    desk.abandon(*step);
                    self.rest(at, UploadError::Part(None), desk)
                }
                State::Reporting { step, give_up, .. } if *give_up <= desk.now => {
                    desk.abandon(*step);
                    self.reported(at, Err(CallError::TimedOut { sent: true }), desk)
                }
                State::Waiting
                | State::Done
                | State::Resting { .. }
                | State::Hashing { .. }
                | State::Putting { .. }
                | State::Reporting { .. } => News::Same,
            };
            match news {
                News::Same | News::Advanced => {}
                News::Stale | News::Failed(_) => return news,
            }
        }
        self.fill(upload, desk);
        News::Same
    }

    /// Ends all steps.
    pub(super) fn abandon(&self, desk: &mut Desk) {
        for at in 0..self.parts.len() {
            if let Some((step, _)) = self.step_of(at) {
                desk.abandon(step);
            }
        }
    }
}

/// What kind of answer a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expects {
    Bytes,
    Reply,
    Put,
}

/// Whether a refused step may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Later,
    /// Only with something else in it.
    Differently,
    Never,
}

pub(super) fn again(error: &CallError) -> Again {
    match error {
        CallError::Transport(_) | CallError::TimedOut { .. } | CallError::BadReply(_) => Again::Later,
        CallError::Credentials | CallError::Stopped => Again::Never,
        CallError::Api(error) => match (error.status, error.class()) {
            // A page of the edge: the request was too large.
            (413, _) => Again::Differently,
            (_, ErrorClass::Retry) => Again::Later,
            (_, ErrorClass::ChangeRequest | ErrorClass::AlreadyDelivered | ErrorClass::UnderAudit) => {
                Again::Differently
            }
            (
                _,
                ErrorClass::WaitUntil | ErrorClass::NewToken | ErrorClass::AskPerson | ErrorClass::Permanent,
            ) => Again::Never,
        },
    }
}

//! One upload, on the thread that waits for it: feeds the core's machine and carries out what it decides. Parts are put on
//! threads of their own.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::mem::swap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use qq_proto::media::{
    Job, Put, StepId, UploadAction, UploadError, UploadEvent, UploadId, UploadInput, UploadOutput, UploadWhy,
    Uploaded, Uploader,
};
use qq_proto::{ApiRequest, CallError, RawCall, Reply, Ticket, TransportError, Why};

use super::lines::Line;
use super::source::{Part, Source, Unwanted};
use super::{Origin, Progress, Tell, Upload, UploadFailed};
use crate::lock;
use crate::shared::{Shared, Waiter};

/// What an upload is told by other threads.
#[derive(Debug)]
pub(crate) enum Word {
    /// The outcome of a call.
    Reply { step: StepId, reply: Reply },
    /// The outcome of a put.
    Put { step: StepId, result: Result<u16, TransportError> },
    /// It is no longer wanted.
    Cancel,
    /// The bot has stopped.
    Stopped,
}

/// Uploads a file.
pub(crate) fn run(shared: &Arc<Shared>, upload: Upload) -> Result<Uploaded, UploadFailed> {
    let Upload { scene, target, kind, name, from, limits, tell, sender, words } = upload;
    let (source, size, job) = match from {
        Origin::Url(url) => (None, 0, Job::url(scene, target, kind, url)),
        Origin::Bytes(bytes) => {
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            (Some(Source::Bytes(bytes)), size, Job::file(scene, target, kind, size))
        }
        Origin::File(path) => {
            let opened = Source::open(&path);
            let (source, size) = opened.map_err(|error| UploadFailed::Unreadable(error.kind()))?;
            let job = Job::file(scene, target, kind, size);
            let own = path.file_name().map(|name| name.to_string_lossy().into_owned());
            (Some(source), size, if let Some(own) = own { job.named(own) } else { job })
        }
    };
    let job = if let Some(name) = name { job.named(name) } else { job };
    let seed = RandomState::new().build_hasher().finish();
    let mut uploader = Uploader::new(limits, seed);
    let id = uploader.start(shared.clock.now(), job).map_err(|refused| match refused.why {
        UploadWhy::Unfit(why) => UploadError::Unfit(why),
        // The limits allow none at all.
        UploadWhy::Full | _ => UploadError::Cancelled,
    })?;
    let line = Line::open(shared, &sender);
    let source = source.map(Arc::new);
    let (shared, tickets, puts, threads) = (Arc::clone(shared), BTreeMap::new(), BTreeMap::new(), Vec::new());
    Running { shared, line, source, size, uploader, id, sender, tickets, puts, threads, tell }.finish(&words)
}

struct Running {
    shared: Arc<Shared>,
    line: Line,
    source: Option<Arc<Source>>,
    size: u64,
    uploader: Uploader,
    id: UploadId,
    sender: Sender<Word>,
    /// Calls that are waited for.
    tickets: BTreeMap<StepId, Ticket<RawCall>>,
    /// Parts on their way, and the threads that they are on.
    puts: BTreeMap<StepId, Unwanted>,
    threads: Vec<JoinHandle<()>>,
    tell: Option<Tell>,
}

impl Running {
    fn finish(mut self, words: &Receiver<Word>) -> Result<Uploaded, UploadFailed> {
        loop {
            // Also between two pieces of a long file.
            while let Ok(word) = words.try_recv() {
                self.take_in(word)?;
            }
            match self.uploader.poll_output() {
                Some(UploadOutput::Action(action)) => self.carry_out(action),
                Some(UploadOutput::Event(UploadEvent::Progress { stage, done, total, .. })) => {
                    if let Some(tell) = &mut self.tell {
                        tell(Progress { stage, done, total });
                    }
                }
                Some(UploadOutput::Event(UploadEvent::Done { file, .. })) => return Ok(file),
                Some(UploadOutput::Event(UploadEvent::Failed { error, .. })) => return Err(error.into()),
                // News of a later core.
                Some(UploadOutput::Event(_)) => {}
                None => self.wait(words)?,
            }
        }
    }

    fn wait(&mut self, words: &Receiver<Word>) -> Result<(), UploadFailed> {
        let word = match self.uploader.next_deadline() {
            Some(deadline) => {
                let at = self.shared.clock.to_std(deadline.at);
                words.recv_timeout(at.saturating_duration_since(Instant::now())).ok()
            }
            None => words.recv().ok(),
        };
        if let Some(word) = word {
            return self.take_in(word);
        }
        self.handle(UploadInput::Tick, false);
        Ok(())
    }

    fn take_in(&mut self, word: Word) -> Result<(), UploadFailed> {
        match word {
            Word::Reply { step, reply } => {
                if let Some(ticket) = self.tickets.remove(&step) {
                    let result = reply.claim(&ticket).unwrap_or(Err(CallError::Stopped));
                    self.handle(UploadInput::Reply { step, result }, true);
                }
            }
            Word::Put { step, result } => {
                self.puts.remove(&step);
                self.handle(UploadInput::Put { step, result }, false);
            }
            Word::Cancel => self.uploader.cancel(self.shared.clock.now(), self.id),
            Word::Stopped => return Err(UploadError::Call(CallError::Stopped).into()),
        }
        Ok(())
    }

    /// `lends`: the machine may look for the file among those that were uploaded before, or add it to them. Hashing is
    /// long, so the other uploads of the bot do not wait for every piece of it.
    fn handle(&mut self, input: UploadInput<'_>, lends: bool) {
        let now = self.shared.clock.now();
        if !lends {
            return self.uploader.handle(now, input);
        }
        let mut cache = lock(&self.shared.uploads.cache);
        swap(self.uploader.cache_mut(), &mut cache);
        self.uploader.handle(now, input);
        swap(self.uploader.cache_mut(), &mut cache);
    }

    fn carry_out(&mut self, action: UploadAction) {
        match action {
            UploadAction::Read { step, range, .. } => {
                let piece = self.source.as_ref().map(|source| source.piece(&range));
                match piece {
                    Some(Ok(bytes)) => {
                        let last = range.end >= self.size;
                        self.handle(UploadInput::Bytes { step, bytes: &bytes }, last);
                    }
                    Some(Err(_)) | None => self.handle(UploadInput::ReadFailed { step }, false),
                }
            }
            UploadAction::Put { step, put, .. } => self.put(step, put),
            UploadAction::Call { step, request } => self.call(step, request),
            UploadAction::Abandon { step } => {
                self.tickets.remove(&step);
                if let Some(unwanted) = self.puts.remove(&step) {
                    unwanted.set();
                }
            }
        }
    }

    fn put(&mut self, step: StepId, put: Put) {
        self.threads.retain(|thread| !thread.is_finished());
        let (puts, sender) = (self.line.puts.clone(), self.sender.clone());
        let unwanted = Unwanted::default();
        self.puts.insert(step, unwanted.clone());
        let thread = self.source.clone().and_then(|source| {
            let work = move || {
                let length = put.content_length();
                let part = Part::new(source, put.range, unwanted);
                let result = puts.put(put.url.expose(), part, length, put.timeout);
                let _ = sender.send(Word::Put { step, result });
            };
            thread::Builder::new().name("qq-put".into()).spawn(work).ok()
        });
        match thread {
            Some(thread) => self.threads.push(thread),
            // Without a thread the part fails; it is tried again.
            None => self.handle(UploadInput::Put { step, result: Err(TransportError::Connect) }, false),
        }
    }

    fn call(&mut self, step: StepId, request: ApiRequest) {
        let sender = self.sender.clone();
        let taken = self.shared.with_core(|core, now| {
            if core.ended {
                return Err(CallError::Stopped);
            }
            let ticket = core.client.call(now, RawCall(request)).map_err(|refused| match refused.why {
                // Later there may be room.
                Why::Full => CallError::TimedOut { sent: false },
                Why::Credentials => CallError::Credentials,
                Why::Stopping | Why::Invalid(_) | _ => CallError::Stopped,
            })?;
            core.waiting.insert(ticket.id(), Waiter::Upload { step, sender });
            Ok(ticket)
        });
        match taken {
            Ok(ticket) => drop(self.tickets.insert(step, ticket)),
            Err(error) => self.handle(UploadInput::Reply { step, result: Err(error) }, true),
        }
    }
}

/// Leaves no thread behind.
impl Drop for Running {
    fn drop(&mut self) {
        self.line.puts.stop();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

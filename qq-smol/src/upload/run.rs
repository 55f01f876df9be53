//! One upload: feeds the core's machine and carries out what it decides. What blocks is done on the bot's threads.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::mem::swap;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use qq_proto::media::{
    Job, StepId, UploadAction, UploadError, UploadEvent, UploadInput, UploadOutput, UploadWhy, Uploaded,
    Uploader,
};
use qq_proto::{CallError, RawCall, TransportError, Why};
use smol::channel::{Receiver, Sender};
use smol::{Task, Timer, future};

use super::lines::Line;
use super::source::{Part, Source, Unwanted};
use super::{Origin, Progress, Tell, Upload, UploadFailed};
use crate::handle::Bot;
use crate::shared::{Mail, Shared};

/// What came of a step.
enum Word {
    /// `last`: up to the end of the file.
    Read {
        step: StepId,
        bytes: io::Result<Vec<u8>>,
        last: bool,
    },
    Reply {
        step: StepId,
        result: Result<Bytes, CallError>,
    },
    Put {
        step: StepId,
        result: Result<u16, TransportError>,
    },
}

/// Uploads a file. Dropping the future ends everything that is under way for it.
pub(crate) async fn run(
    bot: Bot,
    shared: Arc<Shared>,
    done: Receiver<()>,
    upload: Upload,
) -> Result<Uploaded, UploadFailed> {
    let Upload { scene, target, kind, name, from, limits, tell } = upload;
    let (source, size, job) = match from {
        Origin::Url(url) => (None, 0, Job::url(scene, target, kind, url)),
        Origin::Bytes(bytes) => {
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            (Some(Source::Bytes(bytes)), size, Job::file(scene, target, kind, size))
        }
        Origin::File(path) => {
            let own = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let opened = on_thread(&shared, &done, move || Source::open(&path)).await;
            let opened = opened.ok_or(UploadError::Call(CallError::Stopped))?;
            let (source, size) = opened.map_err(|error| UploadFailed::Unreadable(error.kind()))?;
            let job = Job::file(scene, target, kind, size);
            (Some(source), size, if let Some(own) = own { job.named(own) } else { job })
        }
    };
    let job = if let Some(name) = name { job.named(name) } else { job };
    let seed = RandomState::new().build_hasher().finish();
    let mut uploader = Uploader::new(limits, seed);
    let started = uploader.start(shared.clock.now(), job);
    if let Err(refused) = started {
        return Err(match refused.why {
            UploadWhy::Unfit(why) => UploadError::Unfit(why).into(),
            // The limits allow none at all.
            UploadWhy::Full | _ => UploadError::Cancelled.into(),
        });
    }
    let (sender, words) = smol::channel::unbounded();
    let line = Line::open(&shared);
    let source = source.map(Arc::new);
    let (calls, puts) = (BTreeMap::new(), BTreeMap::new());
    let running = Running { bot, shared, line, source, size, uploader, sender, calls, puts, tell };
    running.finish(words, done).await
}

/// Does something that blocks on a thread of the bot; `None` if that has stopped.
async fn on_thread<T: Send + 'static>(
    shared: &Shared,
    done: &Receiver<()>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, outcome) = smol::channel::bounded(1);
    shared.inbox.send(Mail::Work(Box::new(move || {
        let _ = sender.try_send(work());
    })));
    let stopped = async {
        let _ = done.recv().await;
        None
    };
    future::or(async { outcome.recv().await.ok() }, stopped).await
}

struct Running {
    bot: Bot,
    shared: Arc<Shared>,
    line: Line,
    source: Option<Arc<Source>>,
    size: u64,
    uploader: Uploader,
    sender: Sender<Word>,
    /// Calls that are waited for.
    calls: BTreeMap<StepId, Task<()>>,
    /// Parts on their way.
    puts: BTreeMap<StepId, Unwanted>,
    tell: Option<Tell>,
}

impl Running {
    async fn finish(mut self, words: Receiver<Word>, done: Receiver<()>) -> Result<Uploaded, UploadFailed> {
        loop {
            while let Some(output) = self.uploader.poll_output() {
                match output {
                    UploadOutput::Action(action) => self.carry_out(action),
                    UploadOutput::Event(UploadEvent::Progress { stage, done, total, .. }) => {
                        if let Some(tell) = &mut self.tell {
                            tell(Progress { stage, done, total });
                        }
                    }
                    UploadOutput::Event(UploadEvent::Done { file, .. }) => return Ok(file),
                    UploadOutput::Event(UploadEvent::Failed { error, .. }) => return Err(error.into()),
                    // News of a later core.
                    UploadOutput::Event(_) => {}
                }
            }
            let deadline = self.uploader.next_deadline();
            let timer = deadline.and_then(|deadline| self.shared.clock.instant(deadline.at));
            let timer = timer.map_or_else(Timer::never, Timer::at);
            let time = async {
                timer.await;
                Some(None)
            };
            let word = async { words.recv().await.ok().map(Some) };
            let stopped = async {
                // It ends with an error, when nobody drives the bot any more.
                let _ = done.recv().await;
                None
            };
            match future::or(word, future::or(time, stopped)).await {
                Some(word) => self.take_in(word),
                None => return Err(UploadError::Call(CallError::Stopped).into()),
            }
        }
    }

    fn take_in(&mut self, word: Option<Word>) {
        match word {
            None => self.handle(UploadInput::Tick, false),
            Some(Word::Read { step, bytes: Ok(bytes), last }) => {
                self.handle(UploadInput::Bytes { step, bytes: &bytes }, last);
            }
            Some(Word::Read { step, bytes: Err(_), .. }) => {
                self.handle(UploadInput::ReadFailed { step }, false);
            }
            Some(Word::Reply { step, result }) => {
                self.calls.remove(&step);
                self.handle(UploadInput::Reply { step, result }, true);
            }
            Some(Word::Put { step, result }) => {
                self.puts.remove(&step);
                self.handle(UploadInput::Put { step, result }, false);
            }
        }
    }

    /// `lends`: the machine may look for the file among those that were uploaded before, or add it to them. Hashing is
    /// long, so the other uploads of the bot do not wait for every piece of it.
    fn handle(&mut self, input: UploadInput<'_>, lends: bool) {
        let now = self.shared.clock.now();
        if !lends {
            return self.uploader.handle(now, input);
        }
        let mut cache = self.shared.uploads.cache.lock().unwrap_or_else(PoisonError::into_inner);
        swap(self.uploader.cache_mut(), &mut cache);
        self.uploader.handle(now, input);
        swap(self.uploader.cache_mut(), &mut cache);
    }

    fn carry_out(&mut self, action: UploadAction) {
        let sender = self.sender.clone();
        match action {
            UploadAction::Read { step, range, .. } => {
                let (source, last) = (self.source.clone(), range.end >= self.size);
                self.work(move || {
                    let missing = || Err(io::ErrorKind::NotFound.into());
                    let bytes = source.map_or_else(missing, |source| source.piece(&range));
                    let _ = sender.try_send(Word::Read { step, bytes, last });
                });
            }
            UploadAction::Put { step, put, .. } => {
                let (http, source) = (self.line.http.clone(), self.source.clone());
                let unwanted = Unwanted::default();
                self.puts.insert(step, unwanted.clone());
                self.work(move || {
                    let result = source.map_or(Err(TransportError::Broken), |source| {
                        let length = put.content_length();
                        let part = Part::new(source, put.range, unwanted);
                        http.put(put.url.expose(), part, length, put.timeout)
                    });
                    let _ = sender.try_send(Word::Put { step, result });
                });
            }
            UploadAction::Call { step, request } => match self.bot.submit(RawCall(request)) {
                Ok(pending) => {
                    let waiting = smol::spawn(async move {
                        let result = pending.await;
                        let _ = sender.try_send(Word::Reply { step, result });
                    });
                    self.calls.insert(step, waiting);
                }
                Err(refused) => {
                    let result = Err(match refused.why {
                        // Later there may be room.
                        Why::Full => CallError::TimedOut { sent: false },
                        Why::Credentials => CallError::Credentials,
                        Why::Stopping | Why::Invalid(_) | _ => CallError::Stopped,
                    });
                    let _ = sender.try_send(Word::Reply { step, result });
                }
            },
            UploadAction::Abandon { step } => {
                self.calls.remove(&step);
                if let Some(unwanted) = self.puts.remove(&step) {
                    unwanted.set();
                }
            }
        }
    }

    fn work(&self, work: impl FnOnce() + Send + 'static) {
        self.shared.inbox.send(Mail::Work(Box::new(work)));
    }
}

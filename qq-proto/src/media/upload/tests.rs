//! A platform that assembles the file, a test for each row, and properties.

mod properties;
mod rows;

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use serde_json::{Value, json};

use super::*;
use crate::api::Answer;
use crate::io::HttpResponse;
use crate::media::hash::Hasher;

const fn ms(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn hashes(bytes: &[u8]) -> crate::media::Hashes {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

fn refusal(status: u16, body: &str) -> CallError {
    match Answer::sort(&HttpResponse::new(status, body.to_string())) {
        Answer::Refused(error) => CallError::Api(error),
        Answer::Done => panic!("{body} passed for a success"),
    }
}

fn code(code: i64) -> CallError {
    refusal(400, &format!(r#"{{"code":{code},"err_code":{code}}}"#))
}

const BLOCK: usize = 10;

fn limits() -> UploadLimits {
    UploadLimits { inline: 0, piece: 4, parallel: 2, ..UploadLimits::default() }
}

fn job(size: usize) -> Job {
    Job::file(Scene::Group, "G", MediaKind::File, u64::try_from(size).unwrap()).named("a.bin")
}

/// An embedder with a file, and a platform that keeps what it is sent.
struct Rig {
    uploader: Uploader,
    now: u64,
    file: Vec<u8>,
    /// What the platform has of each part.
    stored: BTreeMap<u64, Vec<u8>>,
    reported: BTreeSet<u64>,
    plans: u32,
    parallel: u32,
    /// Puts that are open.
    putting: BTreeSet<StepId>,
    most: usize,
    /// The next outcomes of calls and puts, when they are not to be fine.
    call_faults: Vec<CallError>,
    put_faults: Vec<Result<u16, TransportError>>,
    log: Vec<String>,
    steps: BTreeSet<StepId>,
    events: Vec<UploadEvent>,
    /// Actions that are not carried out by themselves.
    by_hand: bool,
    open: Vec<UploadAction>,
}

impl Rig {
    fn new(limits: UploadLimits, file: Vec<u8>) -> Self {
        Self {
            uploader: Uploader::new(limits, 1),
            now: 0,
            file,
            stored: BTreeMap::new(),
            reported: BTreeSet::new(),
            plans: 0,
            parallel: 3,
            putting: BTreeSet::new(),
            most: 0,
            call_faults: Vec::new(),
            put_faults: Vec::new(),
            log: Vec::new(),
            steps: BTreeSet::new(),
            events: Vec::new(),
            by_hand: false,
            open: Vec::new(),
        }
    }

    fn start(&mut self, job: Job) -> UploadId {
        let id = self.uploader.start(ms(self.now), job).unwrap();
        self.pump();
        id
    }

    fn pump(&mut self) {
        while let Some(output) = self.uploader.poll_output() {
            match output {
                UploadOutput::Event(UploadEvent::Progress { stage, done, total, .. }) => {
                    assert!(done <= total, "{stage:?} {done} of {total}");
                }
                UploadOutput::Event(event) => self.events.push(event),
                UploadOutput::Action(action) => {
                    if let UploadAction::Read { step, .. }
                    | UploadAction::Call { step, .. }
                    | UploadAction::Put { step, .. } = &action
                    {
                        assert!(self.steps.insert(*step), "{step:?} twice");
                    }
                    if let UploadAction::Put { step, .. } = &action {
                        self.putting.insert(*step);
                        self.most = self.most.max(self.putting.len());
                    }
                    self.open.push(action);
                }
            }
            if !self.by_hand {
                while !self.open.is_empty() {
                    let action = self.open.remove(0);
                    self.carry_out(action);
                }
            }
        }
        if let Some(deadline) = self.uploader.next_deadline() {
            assert!(deadline.at > ms(self.now), "{deadline:?} at {}", self.now);
        }
    }

    fn carry_out(&mut self, action: UploadAction) {
        let input = match action {
            UploadAction::Read { step, range, .. } => {
                let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                match self.file.get(range).map(<[u8]>::to_vec) {
                    Some(bytes) => {
                        let input = UploadInput::Bytes { step, bytes: &bytes };
                        return self.uploader.handle(ms(self.now), input);
                    }
                    None => UploadInput::ReadFailed { step },
                }
            }
            UploadAction::Call { step, request } => {
                let result = match self.call_faults.pop() {
                    // It had acted: what was lost is the reply.
                    Some(CallError::TimedOut { sent: true }) => {
                        let _ = self.answer(&request);
                        Err(CallError::TimedOut { sent: true })
                    }
                    Some(error) => {
                        self.log.push(format!("{} refused", request.path));
                        Err(error)
                    }
                    None => Ok(self.answer(&request)),
                };
                UploadInput::Reply { step, result }
            }
            UploadAction::Put { step, put, .. } => {
                self.putting.remove(&step);
                let result = self.put_faults.pop().unwrap_or(Ok(200));
                if result.is_ok_and(|status| status < 300) {
                    self.store(&put);
                }
                UploadInput::Put { step, result }
            }
            UploadAction::Abandon { step } => {
                self.putting.remove(&step);
                return;
            }
        };
        self.uploader.handle(ms(self.now), input);
    }

    fn store(&mut self, put: &Put) {
        let url = put.url.expose();
        let (plan, index) = url.strip_prefix("https://store.example/").unwrap().split_once('/').unwrap();
        assert_eq!(plan, self.plans.to_string(), "an old place");
        let range = usize::try_from(put.range.start).unwrap()..usize::try_from(put.range.end).unwrap();
        assert_eq!(put.content_length(), u64::try_from(range.len()).unwrap());
        self.log.push(format!("put {index}"));
        self.stored.insert(index.parse().unwrap(), self.file[range].to_vec());
    }

    fn answer(&mut self, request: &ApiRequest) -> Bytes {
        let body: Value = serde_json::from_slice(request.body.as_bytes()).unwrap();
        let operation = request.path.rsplit('/').next().unwrap();
        self.log.push(operation.to_string());
        let reply = match operation {
            "upload_prepare" => {
                let hashes = hashes(&self.file);
                assert_eq!(body["md5"], hashes.md5.as_str());
                assert_eq!(body["sha1"], hashes.sha1.as_str());
                assert_eq!(body["md5_10m"], hashes.md5_10m.as_str());
                assert_eq!(body["file_size"], self.file.len().to_string());
                self.plans += 1;
                self.stored.clear();
                self.reported.clear();
                let part = |at: usize| {
                    // Counted from one, as one SDK has seen it.
                    json!({"index": at + 1, "presigned_url": format!("https://store.example/{}/{}", self.plans, at + 1)})
                };
                let parts: Vec<Value> = (0..self.file.len().div_ceil(BLOCK)).map(part).collect();
                json!({"upload_id": format!("up{}", self.plans), "block_size": BLOCK.to_string(), "parts": parts,
                    "upload_config": {"concurrency": self.parallel, "retry_timeout": 10, "retry_delay": 2}})
            }
            "upload_part_finish" => {
                assert_eq!(body["upload_id"], format!("up{}", self.plans));
                let index = body["part_index"].as_u64().unwrap();
                let stored = &self.stored[&index];
                assert_eq!(body["block_size"], stored.len().to_string());
                assert_eq!(body["md5"], hashes(stored).md5.as_str());
                self.reported.insert(index);
                json!({})
            }
            "files" => {
                assert_eq!(body["srv_send_msg"], false);
                if let Some(data) = body["file_data"].as_str() {
                    let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
                    assert_eq!(bytes, self.file);
                } else if body["url"].is_null() {
                    assert_eq!(self.reported.len(), self.stored.len());
                    let whole: Vec<u8> = self.stored.values().flatten().copied().collect();
                    assert_eq!(whole, self.file);
                }
                json!({"file_uuid": "u", "file_info": "info-secret", "ttl": 3600})
            }
            other => panic!("{other}"),
        };
        Bytes::from(reply.to_string())
    }

    /// Lets time pass to the next deadline, again and again.
    fn run(&mut self) {
        for _ in 0..300 {
            let Some(deadline) = self.uploader.next_deadline() else { return };
            self.wait_until(deadline.at);
        }
    }

    fn wait_until(&mut self, at: Timestamp) {
        self.now = u64::try_from(at.since_start().as_millis()).unwrap();
        self.uploader.handle(at, UploadInput::Tick);
        self.pump();
    }

    fn end(&mut self) -> String {
        let end = match self.events.pop() {
            Some(UploadEvent::Done { file, cached, .. }) => {
                assert_eq!(file.file_info, "info-secret");
                format!("done{}", if cached { " cached" } else { "" })
            }
            Some(UploadEvent::Failed { error, saved, .. }) => {
                format!("failed: {error}{}", if saved.is_some() { " (saved)" } else { "" })
            }
            other => format!("{other:?}"),
        };
        assert!(self.events.is_empty() && self.uploader.is_empty() && self.putting.is_empty());
        end
    }
}

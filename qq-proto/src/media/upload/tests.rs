//! A test for each row, and a platform that assembles the file for the properties.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use proptest::prelude::*;
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

#[test]
fn a_url_is_fetched_by_the_platform() {
    let mut rig = Rig::new(limits(), Vec::new());
    rig.by_hand = true;
    rig.start(Job::url(Scene::C2c, "U/1", MediaKind::Image, "https://pic.example/?key=k"));
    let Some(UploadAction::Call { request, .. }) = rig.open.first() else { panic!("no call") };
    assert_eq!(request.path, "/v2/users/U%2F1/files");
    assert_eq!(
        core::str::from_utf8(request.body.as_bytes()).unwrap(),
        r#"{"file_type":1,"url":"https://pic.example/?key=k","srv_send_msg":false}"#
    );
    assert!(!format!("{:?} {:?}", rig.uploader, rig.open).contains("key"));
    // It could not fetch it, twice.
    rig.by_hand = false;
    rig.call_faults = vec![code(850_026), code(850_026)];
    let action = rig.open.remove(0);
    rig.carry_out(action);
    rig.pump();
    rig.run();
    assert_eq!(rig.end(), "done");
    assert_eq!(rig.log, ["/v2/users/U%2F1/files refused", "/v2/users/U%2F1/files refused", "files"]);
}

#[test]
fn a_small_file_travels_inside_one_request_and_is_known_the_second_time() {
    for size in [1, 2, 3, 4, 11, 30] {
        let mut rig = Rig::new(UploadLimits { inline: 30, ..limits() }, content(size));
        rig.start(job(size));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done", 1));
        rig.start(job(size));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done cached", 1));
        // Another scene is another world.
        rig.start(Job::file(Scene::C2c, "U", MediaKind::File, u64::try_from(size).unwrap()));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done", 2));
        // And it does not last.
        rig.now = 3_541_000;
        rig.start(job(size));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done", 3));
    }
}

#[test]
fn one_request_that_is_too_large_becomes_parts() {
    let mut rig = Rig::new(UploadLimits { inline: 30, ..limits() }, content(25));
    rig.call_faults = vec![refusal(413, "<html>too large</html>")];
    rig.start(job(25));
    assert_eq!(rig.end(), "done");
    assert_eq!(rig.log[0], "/v2/groups/G/files refused");
    assert_eq!(rig.log[1], "upload_prepare");
}

#[test]
fn a_file_goes_in_parts() {
    let mut rig = Rig::new(limits(), content(25));
    rig.start(job(25));
    assert_eq!(rig.end(), "done");
    let finish = "upload_part_finish";
    let mut log = rig.log.clone();
    assert_eq!((log.remove(0).as_str(), log.pop().unwrap().as_str()), ("upload_prepare", "files"));
    log.sort_unstable();
    assert_eq!(log, ["put 1", "put 2", "put 3", finish, finish, finish]);
}

#[test]
fn only_so_many_parts_are_under_way() {
    for (parallel, most) in [(1, 1), (2, 2), (9, 2)] {
        let mut rig = Rig::new(limits(), content(95));
        (rig.parallel, rig.by_hand) = (parallel, true);
        rig.start(job(95));
        while !rig.open.is_empty() {
            // Everything that is read or called is answered first, so that puts pile up.
            let next =
                rig.open.iter().position(|action| !matches!(action, UploadAction::Put { .. })).unwrap_or(0);
            let action = rig.open.remove(next);
            rig.carry_out(action);
            rig.pump();
        }
        assert_eq!((rig.end().as_str(), rig.most), ("done", most));
    }
}

#[test]
fn a_lost_part_is_put_again_and_not_for_ever() {
    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(500), Err(TransportError::Broken), Ok(200), Err(TransportError::Timeout)];
    rig.start(job(25));
    rig.run();
    assert_eq!(rig.end(), "done");

    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(503); 99];
    rig.start(job(25));
    rig.run();
    assert_eq!(rig.end(), "failed: a part of the file could not be sent (status 503) (saved)");
}

#[test]
fn places_that_have_expired_are_asked_for_anew() {
    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(403), Ok(200), Ok(403)];
    rig.start(job(25));
    rig.run();
    assert_eq!((rig.end().as_str(), rig.plans), ("done", 3));
    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(403); 9];
    rig.start(job(25));
    assert_eq!(rig.end(), "failed: a part of the file could not be sent (status 403)");
    assert_eq!(rig.plans, 3);
}

#[test]
fn a_part_that_the_platform_is_not_ready_for_is_reported_again() {
    // Prepare is fine (the last is popped first).
    let mut rig = Rig::new(limits(), content(9));
    rig.by_hand = true;
    rig.start(job(9));
    let puts = |rig: &mut Rig| {
        while !rig.open.is_empty() {
            let action = rig.open.remove(0);
            if matches!(&action, UploadAction::Call { request, .. } if request.path.ends_with("part_finish"))
            {
                rig.call_faults.push(code(40_093_001));
            }
            rig.carry_out(action);
            rig.pump();
        }
    };
    puts(&mut rig);
    let begun = rig.now;
    let mut times = 1;
    while rig.events.is_empty() {
        let at = rig.uploader.next_deadline().unwrap().at;
        rig.wait_until(at);
        times += 1;
        puts(&mut rig);
    }
    // Every two seconds for ten, as the plan says; then it is given up, to be resumed.
    assert_eq!((times, rig.now - begun), (5, 8000));
    assert!(rig.end().ends_with("try again in a while (saved)"));
    assert_eq!(rig.log.iter().filter(|line| *line == "put 1").count(), 1);
}

#[test]
fn what_is_not_granted_is_not_asked_again() {
    for (fault, end) in [
        (
            code(11_253),
            "failed: the platform refused the upload: the platform answered with status 400, code 11253: a \
                        permission is missing: see the platform's console",
        ),
        (
            code(40_093_002),
            "failed: the platform refused the upload: the platform answered with status 400, code \
                            40093002: a quota is used up: wait until it resets",
        ),
        (
            CallError::Stopped,
            "failed: the platform refused the upload: the client was stopped before the call had its \
                              outcome",
        ),
    ] {
        let mut rig = Rig::new(limits(), content(25));
        rig.call_faults = vec![fault];
        rig.start(job(25));
        assert_eq!(rig.end(), end);
        assert_eq!(rig.log.len(), 1);
    }
    // A passing failure is tried four times in all.
    let mut rig = Rig::new(limits(), content(25));
    rig.call_faults = vec![CallError::TimedOut { sent: false }; 9];
    rig.start(job(25));
    rig.run();
    assert!(rig.end().starts_with("failed: the platform refused the upload: the call was given up"));
    assert_eq!(rig.call_faults.len(), 5);
}

#[test]
fn files_are_checked_before_anything_is_sent() {
    let mut rig = Rig::new(limits(), b"ID3\x04 no silk at all".to_vec());
    rig.start(Job::file(Scene::C2c, "U", MediaKind::Voice, 19));
    assert_eq!(
        rig.end(),
        "failed: voice has to be SILK and this is MP3: convert it to SILK (mono, 24 kHz), or send it as a file"
    );
    assert!(rig.log.is_empty());
    let refused = rig.uploader.start(ms(0), Job::file(Scene::Channel, "C", MediaKind::File, 1)).unwrap_err();
    assert_eq!(refused.why, UploadWhy::Unfit(Unfit::Scene));
    let mut rig = Rig::new(UploadLimits { uploads: 1, ..limits() }, content(25));
    rig.by_hand = true;
    rig.start(job(25));
    assert_eq!(rig.uploader.start(ms(0), job(25)).unwrap_err().why, UploadWhy::Full);
}

#[test]
fn a_file_that_cannot_be_read_fails() {
    // Shorter than was said.
    let mut rig = Rig::new(limits(), content(20));
    rig.start(job(25));
    assert_eq!(rig.end(), "failed: the file could not be read, or is shorter than was said");
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    let Some(UploadAction::Read { step, .. }) = rig.open.pop() else { panic!("no read") };
    rig.uploader.handle(ms(0), UploadInput::Bytes { step, bytes: &[] });
    rig.pump();
    assert_eq!(rig.end(), "failed: the file could not be read, or is shorter than was said");
    // The embedder never answers.
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    rig.run();
    assert_eq!((rig.end().starts_with("failed: the file could not"), rig.now), (true, 60_000));
}

#[test]
fn a_plan_that_cannot_be_followed_fails() {
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    while let Some(action) = (!rig.open.is_empty()).then(|| rig.open.remove(0)) {
        if let UploadAction::Call { step, .. } = action {
            rig.uploader.handle(ms(0), UploadInput::Reply { step, result: Ok(Bytes::from_static(b"{}")) });
        } else {
            rig.carry_out(action);
        }
        rig.pump();
    }
    assert_eq!(rig.end(), "failed: the platform's plan for the parts cannot be followed");
}

#[test]
fn it_can_be_cancelled_at_every_step() {
    for steps in 0..40 {
        let mut rig = Rig::new(limits(), content(25));
        rig.by_hand = true;
        let id = rig.start(job(25));
        for _ in 0..steps {
            if !rig.open.is_empty() {
                let action = rig.open.remove(0);
                rig.carry_out(action);
                rig.pump();
            }
        }
        if rig.uploader.is_empty() {
            assert_eq!(rig.end(), "done");
            continue;
        }
        let open = core::mem::take(&mut rig.open);
        rig.uploader.cancel(ms(0), id);
        rig.pump();
        // Every open step is abandoned.
        assert_eq!(rig.open.len(), open.len(), "after {steps}");
        assert!(rig.open.iter().all(|action| matches!(action, UploadAction::Abandon { .. })));
        while let Some(action) = rig.open.pop() {
            rig.carry_out(action);
        }
        assert!(rig.end().starts_with("failed: the upload was cancelled"));
        // Late words change nothing.
        for action in open {
            rig.carry_out(action);
        }
        assert!(rig.uploader.poll_output().is_none() && rig.uploader.next_deadline().is_none());
        assert_eq!(rig.uploader.desk.steps.len(), 0);
    }
}

#[test]
fn it_is_given_up_at_its_deadline() {
    let mut rig = Rig::new(UploadLimits { time: Duration::from_secs(100), ..limits() }, content(25));
    rig.put_faults = vec![Err(TransportError::Timeout); 2];
    rig.by_hand = true;
    rig.start(job(25));
    for _ in 0..30 {
        if let Some(at) = rig.open.iter().position(|action| !matches!(action, UploadAction::Put { .. })) {
            let action = rig.open.remove(at);
            rig.carry_out(action);
            rig.pump();
        }
    }
    rig.run();
    rig.putting.clear();
    assert_eq!((rig.end().as_str(), rig.now), ("failed: the upload took too long (saved)", 100_000));
}

#[test]
fn an_interrupted_upload_goes_on_where_it_was() {
    let mut rig = Rig::new(limits(), content(35));
    rig.by_hand = true;
    let id = rig.start(job(35));
    assert!(rig.uploader.save(id).is_none());
    while rig.reported.len() < 2 {
        let action = rig.open.remove(0);
        rig.carry_out(action);
        rig.pump();
    }
    let saved = rig.uploader.save(id).unwrap();
    assert_eq!(saved.progress(), (2, 4));
    let text = serde_json::to_string(&saved).unwrap();
    let debug = format!("{saved:?}");
    assert!(!debug.contains("store.example"), "{debug}");
    let stored = || serde_json::from_str::<SavedUpload>(&text).unwrap();

    // A new process: the platform's side stays as it is.
    rig.uploader = Uploader::new(limits(), 2);
    rig.open.clear();
    rig.putting.clear();
    (rig.by_hand, rig.steps, rig.log) = (false, BTreeSet::new(), Vec::new());
    let id = rig.uploader.resume(ms(rig.now), stored(), 35).unwrap();
    assert!(rig.uploader.save(id).is_some());
    rig.pump();
    assert_eq!(rig.end(), "done");
    let puts = rig.log.iter().filter(|line| line.starts_with("put")).count();
    assert!(puts <= 2 && !rig.log.contains(&"upload_prepare".to_string()), "{:?}", rig.log);

    // Another file, of another size or of the same.
    assert!(matches!(rig.uploader.resume(ms(0), stored(), 36), Err(ResumeError::Changed)));
    let mut other = Rig::new(limits(), vec![1; 35]);
    other.uploader.resume(ms(0), stored(), 35).unwrap();
    other.pump();
    assert_eq!(other.end(), "failed: the file has changed since the upload was begun");
    // Damaged.
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["before"]["plan"]["block"] = json!(0);
    let broken: SavedUpload = serde_json::from_value(value).unwrap();
    assert!(matches!(other.uploader.resume(ms(0), broken, 35), Err(ResumeError::Damaged)));
}

#[test]
fn nothing_prints_secrets_or_contents() {
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    let mut shown = String::new();
    while !rig.open.is_empty() {
        shown = format!("{shown}{:?}{:?}", rig.open, rig.uploader);
        let action = rig.open.remove(0);
        rig.carry_out(action);
        rig.pump();
    }
    shown = format!("{shown}{:?}", rig.events);
    assert!(!shown.contains("store.example") && !shown.contains("info-secret"), "{shown}");
}

fn call_fault() -> impl Strategy<Value = CallError> {
    prop::sample::select(vec![
        CallError::TimedOut { sent: true },
        CallError::TimedOut { sent: false },
        CallError::Transport(TransportError::Broken),
        CallError::BadReply(crate::model::DecodeError::at("d", crate::model::Expected::Json)),
        code(40_093_001),
        refusal(502, "<html>"),
    ])
}

fn put_fault() -> impl Strategy<Value = Result<u16, TransportError>> {
    prop::sample::select(vec![Ok(200), Ok(500), Err(TransportError::Timeout), Err(TransportError::Broken)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 128 }))]

    /// Whatever is lost, as long as it is not always: the platform has the file in the end, byte for byte.
    #[test]
    fn the_file_arrives_whole(
        size in 1_usize..80,
        piece in 1_u64..20,
        parallel in 1_u32..5,
        calls in prop::collection::vec(call_fault(), 0..3),
        puts in prop::collection::vec(put_fault(), 0..3),
        inline: bool,
    ) {
        let limits = UploadLimits { piece, parallel, inline: if inline { 40 } else { 0 }, ..limits() };
        let mut rig = Rig::new(limits, content(size));
        (rig.call_faults, rig.put_faults) = (calls, puts);
        rig.start(job(size));
        rig.run();
        prop_assert_eq!(rig.end(), "done");
        prop_assert_eq!(rig.uploader.desk.steps.len(), 0);
    }

    /// Actions carried out in any order, late, twice or never, and nonsense in between: it ends, and tells so once.
    #[test]
    fn it_ends_whatever_the_embedder_does(
        size in 1_usize..60,
        moves in prop::collection::vec((0_u8..6, any::<u8>()), 0..80),
    ) {
        let mut rig = Rig::new(limits(), content(size));
        rig.by_hand = true;
        let id = rig.start(job(size));
        for (what, which) in moves {
            let at = usize::from(which) % rig.open.len().max(1);
            match what {
                0..=2 if !rig.open.is_empty() => {
                    let action = rig.open.remove(at);
                    rig.carry_out(action);
                }
                3 => {
                    let step = StepId(u64::from(which) % 40);
                    rig.uploader.handle(ms(rig.now), UploadInput::Put { step, result: Ok(200) });
                    rig.uploader.handle(ms(rig.now), UploadInput::Bytes { step, bytes: b"" });
                }
                4 if !rig.open.is_empty() => {
                    // Never carried out.
                    rig.open.remove(at);
                }
                5 => rig.now += u64::from(which) * 1000,
                _ => {}
            }
            rig.uploader.handle(ms(rig.now), UploadInput::Tick);
            rig.pump();
            // A put that was made up may be followed by a report of what is not there.
            rig.open.retain(|action| match action {
                UploadAction::Call { request, .. } => !request.path.ends_with("part_finish"),
                UploadAction::Put { .. } | UploadAction::Read { .. } | UploadAction::Abandon { .. } => true,
            });
        }
        rig.uploader.cancel(ms(rig.now), id);
        rig.pump();
        prop_assert_eq!(rig.events.len(), 1);
        prop_assert!(rig.uploader.is_empty());
        prop_assert_eq!(rig.uploader.desk.steps.len(), 0);
    }
}

//! The platform's API for uploads, and the foreign host that its plans name, each on a port of its own.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Nothing here takes this long unless it is broken.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Bytes of each part but the last.
pub(crate) const BLOCK: usize = 300_000;

/// Parts at once that the plan allows.
pub(crate) const PARALLEL: usize = 3;

#[derive(Default)]
pub(crate) struct State {
    /// Connections that were accepted.
    pub(crate) api_connections: usize,
    pub(crate) store_connections: usize,
    /// What was asked of the API.
    pub(crate) calls: Vec<(String, Value)>,
    /// The heads of all puts.
    pub(crate) puts: Vec<String>,
    pub(crate) parts: BTreeMap<usize, Vec<u8>>,
    pub(crate) finished: BTreeSet<u64>,
    /// Puts that were begun and not answered, and the most at once.
    pub(crate) putting: usize,
    pub(crate) most: usize,
    /// Puts whose connection has ended before they were answered.
    pub(crate) abandoned: usize,
    /// Parts that fail with 500 the next time.
    pub(crate) fail: BTreeSet<usize>,
    /// A part that is not answered before another one has been.
    pub(crate) slow: Option<usize>,
    /// What messages are refused with.
    pub(crate) refuse: Option<(u16, Value)>,
    /// A part that is never answered, and of which only the head is read.
    pub(crate) stuck: Option<usize>,
}

pub(crate) struct Store {
    pub(crate) base: String,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Store {
    pub(crate) fn start(state: State) -> Self {
        let api = TcpListener::bind("127.0.0.1:0").unwrap();
        let store = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", api.local_addr().unwrap());
        let places = format!("http://{}", store.local_addr().unwrap());
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let there = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in api.incoming() {
                let (shared, places) = (Arc::clone(&there), places.clone());
                shared.0.lock().unwrap().api_connections += 1;
                thread::spawn(move || serve_api(&stream.unwrap(), &shared.0, &places));
            }
        });
        let there = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in store.incoming() {
                let shared = Arc::clone(&there);
                shared.0.lock().unwrap().store_connections += 1;
                thread::spawn(move || serve_store(&stream.unwrap(), &shared));
            }
        });
        Self { base, shared }
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.0.lock().unwrap())
    }

    /// Waits until this is so.
    pub(crate) fn wait_for(&self, so: impl Fn(&State) -> bool) {
        let state = self.shared.0.lock().unwrap();
        let waited = self.shared.1.wait_timeout_while(state, LONG, |state| !so(state)).unwrap();
        assert!(!waited.1.timed_out());
    }

    /// The paths of the calls, without their first parts.
    pub(crate) fn called(&self) -> Vec<String> {
        let last = |path: &String| path.rsplit('/').next().unwrap().to_owned();
        self.look(|state| state.calls.iter().map(|(path, _)| last(path)).collect())
    }
}

/// A request's head and, unless it is unwanted, its body.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, usize)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    Some((head, length.unwrap_or(0)))
}

fn reply(mut stream: &TcpStream, status: u16, body: &str) -> Option<()> {
    let text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).ok()
}

fn serve_api(stream: &TcpStream, state: &Mutex<State>, places: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (head, length) = request(&mut reader)?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let path = head.split(' ').nth(1)?.to_owned();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let answer = answer(&mut state.lock().unwrap(), &path, &body, places);
        let mut now = state.lock().unwrap();
        let refused = if path.ends_with("/messages") { now.refuse.clone() } else { None };
        now.calls.push((path, body));
        drop(now);
        let (status, answer) = refused.unwrap_or((200, answer));
        reply(stream, status, &answer.to_string())?;
    }
}

fn answer(state: &mut State, path: &str, body: &Value, places: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "getAppAccessToken" => json!({"access_token": "t0ken-value", "expires_in": "7200"}),
        "upload_prepare" => {
            let size: usize = body["file_size"].as_str().unwrap().parse().unwrap();
            let place = |at: usize| json!({"index": at, "presigned_url": format!("{places}/{at}?sign=k3y")});
            let parts: Vec<Value> = (1..=size.div_ceil(BLOCK)).map(place).collect();
            json!({"upload_id": "up-1", "block_size": BLOCK.to_string(), "parts": parts,
                "upload_config": {"concurrency": PARALLEL, "retry_timeout": 10, "retry_delay": 1}})
        }
        "upload_part_finish" => {
            let index = body["part_index"].as_u64().unwrap();
            let stored = &state.parts[&usize::try_from(index).unwrap()];
            assert_eq!(body["block_size"], stored.len().to_string());
            state.finished.insert(index);
            json!({})
        }
        "files" => json!({"file_uuid": "u", "file_info": "info-1", "ttl": 3600}),
        _ => json!({"id": "sent-1", "timestamp": "2026-01-01T00:00:00+08:00"}),
    }
}

fn serve_store(stream: &TcpStream, shared: &(Mutex<State>, Condvar)) -> Option<()> {
    let (state, changed) = shared;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (head, length) = request(&mut reader)?;
        let place: usize = head.split(['/', '?']).nth(1)?.parse().unwrap();
        let mut now = state.lock().unwrap();
        now.putting += 1;
        now.most = now.most.max(now.putting);
        now.puts.push(head);
        changed.notify_all();
        if now.stuck == Some(place) {
            drop(now);
            // What is on its way fills the buffers, then nothing moves any more.
            let mut byte = [0];
            thread::sleep(Duration::from_millis(50));
            while let Ok(1..) = reader.read(&mut byte) {}
            state.lock().unwrap().abandoned += 1;
            changed.notify_all();
            return None;
        }
        let fails = now.fail.remove(&place);
        let slow = now.slow == Some(place);
        drop(now);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let mut now = state.lock().unwrap();
        if slow {
            let before = now.parts.len();
            now = changed.wait_timeout_while(now, LONG, |state| state.parts.len() == before).unwrap().0;
        }
        now.putting -= 1;
        if !fails {
            now.parts.insert(place, body);
        }
        changed.notify_all();
        drop(now);
        reply(stream, if fails { 500 } else { 200 }, "<x/>")?;
    }
}

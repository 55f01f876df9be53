//! Uploads over sockets, and the connections that calls are made over.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod store;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use qq_blocking::{Bot, Config, Events, Leave, Options, Upload, UploadFailed};
use qq_proto::api::{GroupMedia, GroupMessage, Scene, SendGroup};
use qq_proto::media::{MediaKind, Stage, Unfit, UploadError, UploadLimits};
use qq_proto::{CallError, Hosts, Shards};
use store::{BLOCK, PARALLEL, State, Store};

fn bot(store: &Store) -> (Bot, Events) {
    let config =
        Config::new("1024", "s3cret").with_hosts(Hosts::custom(&store.base)).with_shards(Shards::None);
    Bot::launch(config, Options::default()).unwrap()
}

/// Bytes that differ from part to part.
fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from((at ^ (at >> 11)) & 0xff).unwrap()).collect()
}

/// A file that is gone with this.
struct File(PathBuf);

impl File {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("qq-blocking-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Everything in parts, none inside a request.
fn in_parts() -> UploadLimits {
    let mut limits = UploadLimits::default();
    limits.inline = 0;
    limits
}

fn upload(file: &File) -> Upload {
    Upload::file(Scene::Group, "G", MediaKind::File, &file.0).with_limits(in_parts())
}

#[test]
fn a_file_goes_in_parts_to_a_foreign_host() {
    let bytes = content(4 * BLOCK + 1234);
    let file = File::new("parts.bin", &bytes);
    let state = State { fail: [2].into(), slow: Some(1), ..State::default() };
    let store = Store::start(state);
    let (bot, _events) = bot(&store);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let upload = upload(&file).named("notes.txt").on_progress(move |progress| {
        telling.lock().unwrap().push((progress.stage, progress.done, progress.total));
    });
    let uploaded = bot.upload(upload).unwrap();
    assert_eq!(uploaded.file_info, "info-1");
    store.look(|state| {
        let whole: Vec<u8> = state.parts.values().flatten().copied().collect();
        assert!(whole == bytes, "{} bytes arrived", whole.len());
        assert_eq!(state.finished, (1..=5).collect());
        // The one that failed was put again.
        assert_eq!(state.puts.len(), 6);
        assert!((2..=PARALLEL).contains(&state.most), "{}", state.most);
        // Parts one after the other take the same connection.
        assert!(state.store_connections <= PARALLEL, "{}", state.store_connections);
        for head in &state.puts {
            let names = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            let mut names: Vec<String> = names.map(|(name, _)| name.to_ascii_lowercase()).collect();
            names.sort();
            assert_eq!(names, ["content-length", "host"], "{head}");
            assert!(head.starts_with("PUT /") && head.contains("?sign=k3y HTTP/1.1"), "{head}");
        }
        let prepare = state.calls.iter().find(|(path, _)| path.ends_with("upload_prepare"));
        assert_eq!(prepare.unwrap().1["file_name"], "notes.txt");
        let complete = state.calls.iter().find(|(path, _)| path == "/v2/groups/G/files");
        assert_eq!(complete.unwrap().1["upload_id"], "up-1");
    });
    let told = told.lock().unwrap().clone();
    let size = u64::try_from(bytes.len()).unwrap();
    assert!(told.contains(&(Stage::Hashing, size, size)), "{told:?}");
    assert_eq!(told.last(), Some(&(Stage::Sending, size, size)));
    assert!(told.iter().all(|(_, done, total)| done <= total && *total == size));
    // The same bytes for the same kind of place are known.
    let again = Upload::bytes(Scene::Group, "H", MediaKind::File, bytes).with_limits(in_parts());
    assert_eq!(bot.upload(again).unwrap().file_info, "info-1");
    assert_eq!(store.look(|state| state.puts.len()), 6);
    bot.stop(Leave::Final);
}

#[test]
fn small_files_and_urls_go_in_one_request_and_into_a_message() {
    let store = Store::start(State::default());
    let (bot, _events) = bot(&store);
    let picture = b"\x89PNG\r\n\x1a\n and so on";
    let picture = Upload::bytes(Scene::Group, "G", MediaKind::Image, &picture[..]).named("a.png");
    let file = bot.upload(picture).unwrap();
    let message = GroupMessage::media(GroupMedia::new(file.file_info.as_str()));
    bot.call(SendGroup::new("G", message)).unwrap();
    let url = Upload::url(Scene::C2c, "U", MediaKind::Video, "https://media.example/v.mp4");
    bot.upload(url).unwrap();
    assert_eq!(file.file_info, "info-1");
    assert_eq!(store.called(), ["getAppAccessToken", "files", "messages", "files"]);
    store.look(|state| {
        assert_eq!(state.calls[1].1["file_data"], "iVBORw0KGgogYW5kIHNvIG9u");
        assert_eq!(state.calls[2].1["media"]["file_info"], "info-1");
        assert_eq!(state.calls[3].1["url"], "https://media.example/v.mp4");
        assert_eq!(state.calls[3].0, "/v2/users/U/files");
    });
    bot.stop(Leave::Final);
}

#[test]
fn what_is_wrong_with_a_file_is_said_before_anything_is_sent() {
    let store = Store::start(State::default());
    let (bot, _events) = bot(&store);
    let missing = Upload::file(Scene::Group, "G", MediaKind::File, "/nowhere/at/all");
    let failed = bot.upload(missing).unwrap_err();
    assert_eq!(failed, UploadFailed::Unreadable(std::io::ErrorKind::NotFound));
    let empty = File::new("empty", b"");
    let failed = bot.upload(upload(&empty)).unwrap_err();
    assert_eq!(failed, UploadFailed::Failed(UploadError::Unfit(Unfit::Empty)));
    let text = Upload::bytes(Scene::Group, "G", MediaKind::Image, &b"no picture at all"[..]);
    let failed = bot.upload(text).unwrap_err();
    assert!(failed.to_string().contains("this format is not taken"), "{failed}");
    let channel = Upload::bytes(Scene::Channel, "C", MediaKind::Image, &b"x"[..]);
    assert!(bot.upload(channel).is_err());
    assert!(store.called().iter().all(|call| call == "getAppAccessToken"));
    bot.stop(Leave::Final);
}

#[test]
fn cancelling_an_upload_ends_what_is_under_way() {
    let file = File::new("cancelled.bin", &content(40 * BLOCK));
    let store = Store::start(State { stuck: Some(1), ..State::default() });
    let (bot, _events) = bot(&store);
    let upload = upload(&file);
    let canceller = upload.canceller();
    let there = bot.clone();
    let uploading = thread::spawn(move || there.upload(upload));
    store.wait_for(|state| state.puts.iter().any(|head| head.starts_with("PUT /1?")));
    assert_eq!(store.look(|state| state.abandoned), 0);
    canceller.cancel();
    assert_eq!(uploading.join().unwrap(), Err(UploadFailed::Failed(UploadError::Cancelled)));
    store.wait_for(|state| state.abandoned == 1);
    assert!(!store.called().contains(&"files".to_owned()));
    // It has ended.
    canceller.cancel();
    bot.stop(Leave::Final);
}

#[test]
fn a_stop_ends_uploads() {
    let file = File::new("stopped.bin", &content(BLOCK));
    let store = Store::start(State { stuck: Some(1), ..State::default() });
    let (bot, _events) = bot(&store);
    let (there, first) = (bot.clone(), upload(&file));
    let uploading = thread::spawn(move || there.upload(first));
    store.wait_for(|state| state.putting == 1);
    bot.stop(Leave::Final);
    let stopped = UploadFailed::Failed(UploadError::Call(CallError::Stopped));
    assert_eq!(uploading.join().unwrap(), Err(stopped.clone()));
    assert_eq!(bot.upload(upload(&file)), Err(stopped));
}

#[test]
fn calls_one_after_the_other_take_one_connection() {
    let store = Store::start(State::default());
    let (bot, _events) = bot(&store);
    for n in 0..5 {
        bot.call(SendGroup::new("G", GroupMessage::text(format!("{n}")))).unwrap();
    }
    bot.stop(Leave::Final);
    assert_eq!(store.called().len(), 6);
    assert_eq!(store.look(|state| state.api_connections), 1);
}

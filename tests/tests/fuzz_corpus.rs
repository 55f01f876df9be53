//! The fuzz targets over their corpus, on any compiler.

#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use qq_testkit::fuzzing;

fn replay(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut seeds: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(seeds.len() >= 10, "{} seeds for {target}", seeds.len());
    for seed in seeds {
        let data = fs::read(&seed).unwrap();
        let passed = catch_unwind(|| body(&data)).is_ok();
        assert!(passed, "fuzz target {target} fails with {}", seed.display());
    }
}

#[test]
fn frame() {
    replay("frame", fuzzing::frame);
}

#[test]
fn replies() {
    replay("replies", fuzzing::replies);
}

#[test]
fn client() {
    replay("client", fuzzing::client);
}

#[test]
fn webhook() {
    replay("webhook", fuzzing::webhook);
}

#[test]
fn world() {
    replay("world", fuzzing::world);
}

#[test]
fn event() {
    replay("event", fuzzing::event);
}

#[test]
fn text() {
    replay("text", fuzzing::text);
}

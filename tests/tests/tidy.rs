//! House rules as tests, so that no rule exists only on a build server.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All files below `folder` with this ending, except build output.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&root().join(folder), ".rs", &mut found);
    found.sort();
    assert!(!found.is_empty(), "no sources in {folder}");
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The lines of a source that are neither comments nor inside its test module.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]\nmod") && *line != "mod tests {")
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(at, line)| (at + 1, line))
}

fn complain(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

#[test]
fn the_core_has_no_clock_no_socket_no_thread() {
    let forbidden = [
        "std::time",
        "std::net",
        "std::thread",
        "std::fs",
        "std::env",
        "Instant",
        "SystemTime",
        "RandomState",
        "HashMap",
        "HashSet",
        "static mut",
        "thread_local",
        "OnceLock",
        "Mutex",
        "RefCell",
        "extern crate std",
        "tracing::",
        "log::",
    ];
    let mut offences = Vec::new();
    for (path, text) in sources("qq-proto/src") {
        if path.ends_with("tests.rs") || path.to_string_lossy().contains("/tests/") {
            continue;
        }
        for (line, code) in code(&text) {
            for word in forbidden {
                if code.contains(word) {
                    offences.push(format!("{}:{line}: {word}", path.display()));
                }
            }
        }
    }
    complain("the core asks nothing of its surroundings", &offences);
}

#[test]
fn adapters_know_no_protocol() {
    // Op codes, close codes, paths and event names belong into the core. `1000` is WebSocket's own.
    let forbidden = [
        "\"op\"",
        "\"heartbeat_interval\"",
        "getAppAccessToken",
        "/gateway",
        "/v2/",
        "/channels/",
        "/dms/",
        "QQBot ",
        "session_id",
        "msg_seq",
        "READY\"",
        "RESUMED\"",
        "_CREATE\"",
        "4009",
        "4004",
        "4000",
        "4006",
        "4007",
        "4013",
        "4014",
        "4914",
        "4915",
        "401 ",
        "40054005",
        "22009",
    ];
    let mut offences = Vec::new();
    for folder in ["qq-smol/src", "qq-blocking/src"] {
        for (path, text) in sources(folder) {
            // The command plays the platform as well, which the library does not.
            if path.to_string_lossy().contains("/bin/") {
                continue;
            }
            for (line, code) in code(&text) {
                for word in forbidden {
                    if code.contains(word) {
                        offences.push(format!("{}:{line}: {word}", path.display()));
                    }
                }
            }
        }
    }
    complain("adapters know no protocol", &offences);
}

#[test]
fn the_adapters_have_the_same_files() {
    // One can be read next to the other; each may have more for what its runtime lacks.
    let shared = [
        "lib.rs",
        "clock.rs",
        "driver.rs",
        "error.rs",
        "events.rs",
        "handle.rs",
        "http.rs",
        "listen.rs",
        "options.rs",
        "proxy.rs",
        "socket.rs",
    ];
    for folder in ["qq-smol/src", "qq-blocking/src"] {
        for file in shared {
            assert!(root().join(folder).join(file).is_file(), "{folder}/{file} is missing");
        }
    }
}

#[test]
fn what_the_adapters_share_is_the_same_in_both() {
    // Neither depends on the other, and the core has no room for HTTP: these files are kept twice.
    for file in
        ["webhook.rs", "webhook/http.rs", "webhook/http/tests.rs", "webhook/tests.rs", "webhook/tls.rs"]
    {
        let read = |folder: &str| fs::read_to_string(root().join(folder).join("src").join(file)).unwrap();
        assert!(read("qq-smol") == read("qq-blocking"), "{file} differs between the adapters");
    }
}

/// The names under `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let mut names = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
        } else if inside && !line.trim_start().starts_with('#') {
            if let Some(name) = line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty()) {
                names.push(name.to_string());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn the_core_depends_on_five_packages_and_others_behind_features() {
    let always = ["bitflags", "bytes", "serde", "serde_json", "thiserror"];
    let optional = ["base64", "ed25519-dalek", "md-5", "sha1", "simdutf8", "unicode-segmentation"];
    let mut allowed = [&always[..], &optional[..]].concat();
    allowed.sort_unstable();
    assert_eq!(dependencies("qq-proto/Cargo.toml"), allowed);
    let manifest = fs::read_to_string(root().join("qq-proto/Cargo.toml")).unwrap();
    for name in optional {
        let line = manifest.lines().find(|line| line.starts_with(&format!("{name} ="))).unwrap();
        assert!(line.contains("optional = true"), "{line}");
    }
    assert!(!manifest.contains("default = ["), "nothing is on by itself");
}

#[test]
fn no_runtime_but_smol() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ["tokio", "async-std", "actix-rt", "glommio"] {
        assert!(!lock.contains(&format!("name = \"{name}\"\n")), "{name} is in the tree");
    }
}

#[test]
fn the_minimum_compiler_is_written_once_and_the_readme_agrees() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = manifest.lines().find(|line| line.starts_with("rust-version")).unwrap();
    let version = line.split('"').nth(1).unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(&format!("Rust {version}")), "README does not name Rust {version}");
    for package in ["qq-proto", "qq-smol", "qq-blocking", "tests"] {
        let text = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        assert!(text.contains("rust-version.workspace = true"), "{package}");
        assert!(text.contains("license.workspace = true"), "{package}");
        assert!(text.contains("[lints]\nworkspace = true"), "{package}");
    }
}

#[test]
fn files_are_about_one_thing() {
    // Lines, not counting tests. The tables and the families of events and calls may be long.
    const LONGEST: usize = 520;
    let mut offences = Vec::new();
    for folder in ["qq-proto", "qq-smol", "qq-blocking", "tests", "fuzz"] {
        for (path, text) in sources(folder) {
            let name = path.to_string_lossy().into_owned();
            let lines = code(&text).count();
            if lines > LONGEST && !name.contains("/model/") && !name.contains("/api/") {
                offences.push(format!("{name}: {lines} lines"));
            }
        }
    }
    complain(&format!("files stay below {LONGEST} lines of code"), &offences);
}

#[test]
fn the_top_level_is_fixed() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "qq-proto",
        "qq-smol",
        "qq-blocking",
        "fuzz",
        "tests",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "target",
        "clippy.toml",
        "rustfmt.toml",
    ];
    let mut offences = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !allowed.contains(&name.as_str()) {
            offences.push(name);
        }
    }
    complain("nothing else lies at the top level", &offences);
}

#[test]
fn every_package_has_a_changelog_and_the_core_its_architecture() {
    for file in [
        "qq-proto/CHANGELOG.md",
        "qq-smol/CHANGELOG.md",
        "qq-blocking/CHANGELOG.md",
        "tests/CHANGELOG.md",
        "qq-proto/ARCHITECTURE.md",
    ] {
        assert!(root().join(file).is_file(), "{file} is missing");
    }
}

#[test]
fn nothing_is_left_unfinished() {
    // Split, so that this file does not complain about itself.
    let marks = [["to", "do!("], ["unimple", "mented!("], ["TO", "DO"], ["FIX", "ME"], ["#[ig", "nore"]];
    let mut offences = Vec::new();
    for folder in ["qq-proto", "qq-smol", "qq-blocking", "tests", "fuzz"] {
        for (path, text) in sources(folder) {
            for mark in marks {
                let mark = mark.concat();
                for (at, _) in text.lines().enumerate().filter(|(_, line)| line.contains(&mark)) {
                    offences.push(format!("{}:{}: {mark}", path.display(), at + 1));
                }
            }
        }
    }
    complain("no unfinished marks", &offences);
}

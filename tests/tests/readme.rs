//! One text, one place: what the README shows is what the crate root has. That it compiles is a documentation test.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

/// The lines of the first code block that has this one, without those that documentation hides.
fn block_with(text: &str, line: &str) -> Vec<String> {
    let (mut block, mut inside) = (Vec::new(), false);
    for row in text.lines() {
        if row.starts_with("```") {
            if inside && block.iter().any(|shown: &String| shown.starts_with(line)) {
                return block;
            }
            inside = !inside;
            block.clear();
        } else if inside && row != "#" && !row.starts_with("# ") {
            block.push(row.to_owned());
        }
    }
    panic!("no block with {line:?}");
}

#[test]
fn the_loop_is_that_of_the_crate_root() {
    let root = read("qq-proto/src/lib.rs");
    let root: Vec<&str> = root.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let root: Vec<&str> = root.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let head = "fn drive(bot: &mut Client";
    let ours = block_with(&root.join("\n"), head);
    assert!(ours.len() > 20, "{ours:?}");
    assert_eq!(block_with(&read("README.md"), head), ours);
}

#[test]
fn every_rust_block_is_compiled() {
    let readme = read("README.md");
    let fences: Vec<&str> = readme.lines().filter(|line| line.starts_with("```rust")).collect();
    assert!(fences.len() >= 3, "{fences:?}");
    for fence in fences {
        assert!(["```rust", "```rust,no_run"].contains(&fence), "{fence} is not compiled");
    }
}

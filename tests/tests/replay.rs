//! Stored traces: the bugs of the past, and faults worth a story.

use std::fs;
use std::path::Path;

use qq_testkit::oracle::honest;
use qq_testkit::trace::Trace;
use qq_testkit::world::World;

#[test]
fn every_stored_trace_holds_now() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "trace") {
            continue;
        }
        count += 1;
        let stored: Trace = fs::read_to_string(&path)
            .unwrap()
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let report = World::replay(&stored, &honest)
            .unwrap_or_else(|error| panic!("{} does not apply any more: {error}", path.display()));
        assert_eq!(report.trace.findings, [], "{}\n{}", path.display(), report.trace);
    }
    assert!(count >= 3, "only {count} traces");
}

#[test]
fn a_trace_that_does_not_apply_says_so() {
    // Shard 3 does not exist.
    let trace: Trace = "plan shards 1\n60.000 s server closes shard 3 with 4009\n".parse().unwrap();
    let error = World::replay(&trace, &honest).unwrap_err().to_string();
    assert_eq!(error, "at 60.000 s there was nothing it could happen to: server closes shard 3 with 4009");
    // A choice that is not asked for there.
    let trace: Trace = "plan shards 1, network\nchoice 0 weather 1 of 2\n".parse().unwrap();
    let error = World::replay(&trace, &honest).unwrap_err().to_string();
    assert!(error.starts_with("choice 1 was `weather 1 of 2`"), "{error}");
}

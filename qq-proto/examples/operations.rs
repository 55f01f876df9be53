//! Prints every operation of the platform with the samples it is tested with, and whether they hold here and now.
//!
//! `cargo run -p qq-proto --example operations`

// The samples are a module of the tests, and name what they use as a crate without `std` does.
extern crate alloc;

#[expect(clippy::wildcard_imports, clippy::unwrap_used, reason = "the samples are tests elsewhere")]
#[path = "../src/api/tests/samples/mod.rs"]
mod samples;

use std::process::ExitCode;

use qq_proto::api::{ApiRequest, ContentType, OPERATIONS, Outcome};
use serde_json::Value;

/// The tests compare replies field by field; here it is enough that they are read.
fn inspect<T>(_: &T, _: &Value, _: &str) {}

fn main() -> ExitCode {
    println!("{:>3}  {:<6} {:<68} {:<24} {:<30} request  reply", "no", "method", "path", "call", "sample");
    let samples = samples::all();
    let (mut rows, mut failures) = (0, 0);
    for operation in OPERATIONS {
        let own = samples.iter().filter(|sample| sample.number == operation.number);
        let mut any = false;
        for sample in own {
            any = true;
            rows += 1;
            let request = (sample.request)();
            let built = request.method.as_str() == sample.method
                && request.path == sample.path
                && request.query == sample.query
                && same_body(&request, sample.body)
                && (sample.check)().is_ok();
            let json = serde_json::from_str(sample.reply).unwrap_or_default();
            let outcome = Outcome::new(sample.status, sample.reply);
            let read = (sample.read)(&outcome, &json).is_ok() && (sample.reads)(&outcome);
            let shown = !(sample.debug)().is_empty();
            failures += usize::from(!built || !read || !shown);
            println!(
                "{:>3}  {:<6} {:<68} {:<24} {:<30} {:<7}  {}",
                operation.number,
                operation.method.as_str(),
                operation.path,
                operation.name,
                sample.name,
                mark(built),
                mark(read)
            );
        }
        if !any {
            println!(
                "{:>3}  {:<6} {:<68} {:<24} not a call of applications",
                operation.number,
                operation.method.as_str(),
                operation.path,
                operation.name
            );
        }
    }
    println!("{} operations, {rows} samples, {failures} failures", OPERATIONS.len());
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const fn mark(fine: bool) -> &'static str {
    if fine { "ok" } else { "FAILED" }
}

fn same_body(request: &ApiRequest, wanted: &str) -> bool {
    let bytes = request.body.as_bytes();
    if let ContentType::Multipart { boundary } = &request.content_type {
        let text = String::from_utf8_lossy(bytes).replace(boundary, "BOUNDARY");
        return text == wanted.replace('\n', "\r\n");
    }
    if bytes.is_empty() {
        return wanted.is_empty();
    }
    serde_json::from_slice::<Value>(bytes).ok() == serde_json::from_str(wanted).ok()
}

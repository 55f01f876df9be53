//! All events as a table: the samples, the intent each needs, what its type knows, and what it does not.
//!
//! ```sh
//! cargo run -p qq-testkit --example events
//! QQ_FIXTURES=my/frames cargo run -p qq-testkit --example events   # frames in my/frames/gateway/*.json as well
//! cargo run -p qq-testkit --example events -- --json
//! ```

use std::error::Error;
use std::io::Write;

use qq_testkit::samples::{Table, fixtures};

fn main() -> Result<(), Box<dyn Error>> {
    let mut json = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--json" => json = true,
            other => return Err(format!("unknown argument {other}; there is --json").into()),
        }
    }
    let table = Table::new(&fixtures()?);
    let text = if json { serde_json::to_string_pretty(&table)? + "\n" } else { table.to_string() };
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever looks at the first lines only is done.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

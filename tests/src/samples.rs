//! A frame of every event, in every form in which the platform sends it; more from a folder of yours; a table of them.
//!
//! ```
//! use qq_testkit::samples;
//!
//! let quote = samples::get("GROUP_MESSAGE_CREATE/quote_of_the_bot").unwrap();
//! assert!(quote.frame.contains(quote.payload()));
//! ```

use std::fmt;
use std::io;
use std::path::Path;

use qq_proto::drift::{Drift, Radar};
use qq_proto::model::Shape;
use qq_proto::{Intents, Payload};
use serde::Serialize;
use serde_json::Value;

pub use qq_proto::samples::{Sample, all, get};

/// Dispatch frames from a folder: name of each file, and what is in it. Files that are not such frames are left out.
pub fn folder(path: &Path) -> io::Result<Vec<(String, String)>> {
    let mut frames = Vec::new();
    for entry in path.read_dir()? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let frame: Value = serde_json::from_str(&text).unwrap_or_default();
        if frame.get("op").is_some_and(|op| *op == 0) && frame.get("t").is_some_and(Value::is_string) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            frames.push((name, text));
        }
    }
    frames.sort();
    Ok(frames)
}

/// Dispatch frames of the folder `gateway` in the one that `QQ_FIXTURES` names; none if it names none.
pub fn fixtures() -> io::Result<Vec<(String, String)>> {
    match std::env::var_os("QQ_FIXTURES") {
        Some(root) => folder(&Path::new(&root).join("gateway")),
        None => Ok(Vec::new()),
    }
}

/// What a type makes of one sample.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The event.
    pub event: String,
    /// What is special about the sample, or the name of its file.
    pub sample: String,
    /// The intents any of which lets the event through; empty for events that need none.
    pub intents: String,
    /// Fields of the type, those inside of fields included.
    pub typed: usize,
    /// How many of them the sample has.
    pub seen: usize,
    /// Fields that the type does not know.
    pub unknown: Vec<String>,
    /// Values that have no name, as `field=value`.
    pub unnamed: Vec<String>,
    /// Why it cannot be decoded.
    pub error: Option<String>,
}

/// All samples, and frames of your own, beside what the types make of them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// A table of the samples and of these frames, ordered by event.
    pub fn new(frames: &[(String, String)]) -> Self {
        let mut rows: Vec<Row> = all()
            .map(|sample| {
                let label = sample.label.split_once('/').map_or("", |(_, label)| label);
                row(label, sample.frame)
            })
            .chain(frames.iter().map(|(name, frame)| row(name, frame)))
            .collect();
        let place = |name: &str| Payload::NAMES.iter().position(|known| *known == name).unwrap_or(usize::MAX);
        rows.sort_by_key(|row| (place(&row.event), row.event.clone()));
        Self { rows }
    }

    /// Its rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

fn row(sample: &str, frame: &str) -> Row {
    let value: Value = serde_json::from_str(frame).unwrap_or_default();
    let event = value.get("t").and_then(Value::as_str).unwrap_or_default().to_owned();
    let payload = value.get("d").unwrap_or(&Value::Null);
    let shape = Payload::shape(&event);
    let mut radar = Radar::new();
    radar.look_at(&event, &payload.to_string());
    let (mut unknown, mut unnamed) = (Vec::new(), Vec::new());
    for finding in radar.findings() {
        // Another shape is an error, told below.
        if finding.kind == Drift::Field {
            unknown.push(finding.path.clone());
        } else if finding.kind == Drift::Value {
            unnamed.push(format!("{}={}", finding.path, finding.value));
        }
    }
    let misfit = radar.findings().iter().find(|finding| finding.kind == Drift::Shape);
    Row {
        intents: Intents::of_event(&event).map(|bits| bits.to_string()).unwrap_or_default(),
        typed: shape.map_or(0, |shape| fields(shape, 0)),
        seen: shape.map_or(0, |shape| seen(shape, payload)),
        error: misfit.map(|finding| format!("{}: expected {}", finding.path, finding.value)),
        sample: sample.to_owned(),
        event,
        unknown,
        unnamed,
    }
}

/// Types may hold themselves; quotes of quotes have no other fields than quotes.
const DEEPEST: usize = 4;

fn fields(shape: Shape, depth: usize) -> usize {
    if depth > DEEPEST {
        return 0;
    }
    let inner = shape.fields().iter();
    inner
        .map(|(key, inner)| {
            1 + if *key == "msg_elements" && depth > 0 { 0 } else { fields(*inner, depth + 1) }
        })
        .sum()
}

fn seen(shape: Shape, value: &Value) -> usize {
    // Of a list, the element that has most.
    if let Value::Array(elements) = value {
        return elements.iter().map(|element| seen(shape, element)).max().unwrap_or(0);
    }
    let present = shape.fields().iter().filter_map(|(key, inner)| Some((inner, value.get(key)?)));
    present.map(|(inner, value)| 1 + seen(*inner, value)).sum()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Row) -> usize| self.rows.iter().map(of).max().unwrap_or(0);
        let event = width(|row| row.event.len());
        let sample = width(|row| row.sample.len());
        let intents = width(|row| row.intents.len());
        writeln!(
            f,
            "{:event$}  {:sample$}  {:intents$}  {:9}  unknown",
            "event", "sample", "intent", "fields"
        )?;
        let mut before = "";
        let (mut events, mut unknown, mut failed) = (0, 0, 0);
        for row in &self.rows {
            let new = row.event != before;
            before = &row.event;
            events += u32::from(new);
            unknown += row.unknown.len();
            failed += u32::from(row.error.is_some());
            let (name, bits) = if new { (row.event.as_str(), row.intents.as_str()) } else { ("", "") };
            let odd = row.error.iter().map(|error| format!("! {error}"));
            let odd: Vec<String> =
                odd.chain(row.unknown.iter().cloned()).chain(row.unnamed.iter().cloned()).collect();
            let odd =
                if row.typed == 0 && row.event != "RESUMED" { "no type".to_owned() } else { odd.join(", ") };
            let fields =
                if row.typed == 0 { String::new() } else { format!("{:>2} of {:>2}", row.seen, row.typed) };
            let line = format!("{name:event$}  {:sample$}  {bits:intents$}  {fields:9}  {odd}", row.sample);
            writeln!(f, "{}", line.trim_end())?;
        }
        let samples = self.rows.len();
        writeln!(f, "\n{events} events, {samples} samples, {unknown} unknown fields, {failed} not decoded")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_its_rows() {
        let table = Table::new(&fixtures().unwrap());
        for name in Payload::NAMES {
            let rows: Vec<_> = table.rows().iter().filter(|row| row.event == *name).collect();
            assert!(!rows.is_empty(), "{name}");
            let free = ["READY", "RESUMED"].contains(name);
            assert_eq!(rows.iter().all(|row| row.intents.is_empty()), free, "{name}");
            assert!(rows.iter().all(|row| row.seen <= row.typed), "{rows:?}");
        }
        for row in table.rows() {
            assert!(row.error.is_none() && row.unknown.is_empty(), "{row:?}");
        }
        // Whatever a type knows is in one sample or the other, but for what quotes and users have in common.
        let full = table.rows().iter().find(|row| row.event == "GUILD_CREATE").unwrap();
        assert_eq!((full.seen, full.typed), (13, 13));
    }

    #[test]
    fn what_is_unknown_is_in_the_table() {
        let frame = r#"{"op":0,"t":"FRIEND_ADD","d":{"openid":"x","shoe_size":4,"scene":7,"timestamp":[]}}"#;
        let table = Table::new(&[("mine".to_owned(), frame.to_owned())]);
        let row = table.rows().iter().find(|row| row.sample == "mine").unwrap();
        assert_eq!(
            (&row.unknown, &row.unnamed),
            (&vec!["shoe_size".to_owned()], &vec!["scene=7".to_owned()])
        );
        assert_eq!(row.error.as_deref(), Some("timestamp: expected text"));
        let shown = table.to_string();
        assert!(shown.contains("! timestamp: expected text, shoe_size, scene=7\n"), "{shown}");
        assert!(shown.ends_with("1 unknown fields, 1 not decoded\n"), "{shown}");
        assert!(serde_json::to_string(&table).unwrap().contains(r#""unknown":["shoe_size"]"#));
    }

    #[test]
    fn labels_are_unique_and_frames_are_what_they_say() {
        let mut labels: Vec<&str> = all().map(|sample| sample.label).collect();
        let count = labels.len();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), count);
        for sample in all() {
            let frame: Value = serde_json::from_str(sample.frame).unwrap();
            assert!(frame["op"] == 0 || frame["op"] == "0", "{}", sample.label);
            assert_eq!(frame["t"], sample.name());
            assert_eq!(serde_json::from_str::<Value>(sample.payload()).unwrap(), frame["d"]);
        }
    }
}

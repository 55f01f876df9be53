//! What the platform sends and this version does not know: new events, fields, values, shapes.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::dispatch::Dispatch;
use crate::event::{Event, Fault};
use crate::model::{Expected, Odd, Payload, survey};

/// Counts what the platform sends and this version does not know, so that somebody can be told before users are.
///
/// Nothing of it is needed to run: unknown things pass through a bot unharmed. Keep a radar beside the client, give it
/// the events you see, and print it now and then. It walks through whole payloads, so a busy bot looks into every nth:
///
/// ```
/// use qq_proto::{Event, drift::Radar};
///
/// fn on(radar: &mut Radar, event: &Event) {
///     radar.hear(event);
/// }
///
/// let radar = Radar::new().with_every(20);
/// assert_eq!(radar.to_string(), "nothing unknown in 0 of 0 events\n");
/// ```
///
/// Bounded whatever is sent: at most [`CAPACITY`](Self::CAPACITY) findings, of which one event may have
/// [`SHARE`](Self::SHARE), with names cut to [`LONGEST`](Self::LONGEST) bytes; the rest is a number. It keeps no values
/// of payloads but unknown words and numbers of fields that have a list of them, and words only if they look like one.
#[derive(Clone, Debug)]
pub struct Radar {
    every: u32,
    turn: u32,
    heard: u64,
    looked: u64,
    untold: u64,
    findings: Vec<Finding>,
}

/// Kind of a thing that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Drift {
    /// An op of a frame.
    Op,
    /// An event.
    Event,
    /// A field.
    Field,
    /// A value of a field that has a list of them.
    Value,
    /// A field whose value has another shape than it should.
    Shape,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Op => "op",
            Self::Event => "event",
            Self::Field => "field",
            Self::Value => "value",
            Self::Shape => "shape",
        })
    }
}

/// Something that is not known, and how often it came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing.
    pub kind: Drift,
    /// The event it came with; empty for an op.
    pub event: String,
    /// Where in the payload: `author.shoe_size`. Lists are not told from what they hold. Empty for ops and events.
    pub path: String,
    /// The unknown value, or what a shape should have been. Empty otherwise.
    pub value: String,
    /// How often.
    pub count: u64,
}

impl Default for Radar {
    fn default() -> Self {
        Self::new()
    }
}

impl Radar {
    /// At most so many findings.
    pub const CAPACITY: usize = 256;
    /// At most so many findings of one kind with one event, and so many unknown events and ops.
    pub const SHARE: usize = 16;
    /// At most so many bytes of a name.
    pub const LONGEST: usize = 64;

    /// A radar that looks into every event.
    pub const fn new() -> Self {
        Self { every: 1, turn: 0, heard: 0, looked: 0, untold: 0, findings: Vec::new() }
    }

    /// The same that [hears](Self::hear) of all events and looks into every nth; zero is one.
    #[must_use]
    pub const fn with_every(mut self, n: u32) -> Self {
        self.every = n;
        self
    }

    /// Takes notice of an event of the client: unknown events and ops always, payloads in their turn.
    pub fn hear(&mut self, event: &Event) {
        if let Event::Fault(Fault::UnknownOp { op, .. }) = event {
            self.note(Drift::Op, "", "", &op.to_string());
        }
        let Event::Dispatch(dispatch) = event else { return };
        self.turn = self.turn.saturating_add(1);
        if self.turn >= self.every {
            self.turn = 0;
            self.look(dispatch);
        } else {
            self.heard = self.heard.saturating_add(1);
            if Payload::shape(dispatch.name()).is_none() {
                self.note(Drift::Event, dispatch.name(), "", "");
            }
        }
    }

    /// Looks into an event.
    pub fn look(&mut self, dispatch: &Dispatch) {
        let name = dispatch.name();
        if let Ok(json) = dispatch.json() {
            self.look_at(name, json);
        } else {
            self.heard = self.heard.saturating_add(1);
            self.note(Drift::Shape, name, "", &Expected::Json.to_string());
        }
    }

    /// Looks into the payload of the event `name`, which is well-formed JSON; of anything else it looks into what comes
    /// before the flaw.
    pub fn look_at(&mut self, name: &str, json: &str) {
        self.heard = self.heard.saturating_add(1);
        self.looked = self.looked.saturating_add(1);
        let Some(shape) = Payload::shape(name) else {
            self.note(Drift::Event, name, "", "");
            return;
        };
        survey(shape, json, &mut |steps, odd| {
            let path = steps.join(".");
            match odd {
                Odd::Key => self.note(Drift::Field, name, &path, ""),
                Odd::Code(code) => self.note(Drift::Value, name, &path, &code.to_string()),
                Odd::Word(word) => self.note(Drift::Value, name, &path, shown(word)),
                Odd::Misfit(expected) => self.note(Drift::Shape, name, &path, &expected.to_string()),
            }
        });
    }

    fn note(&mut self, kind: Drift, event: &str, path: &str, value: &str) {
        let (event, path) = (clipped(event), clipped(path));
        let same = |finding: &Finding| finding.kind == kind && finding.event == event;
        let mut share = 0;
        for finding in &mut self.findings {
            if same(finding) && finding.path == path && finding.value == value {
                finding.count = finding.count.saturating_add(1);
                return;
            }
            // All unknown events and ops share one part: there is no end to their names.
            share += usize::from(same(finding) || (finding.kind == kind && kind == Drift::Event));
        }
        if share >= Self::SHARE || self.findings.len() >= Self::CAPACITY {
            self.untold = self.untold.saturating_add(1);
            return;
        }
        self.findings.push(Finding { kind, event, path, value: value.to_string(), count: 1 });
    }

    /// What was found, in the order in which it was first seen.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Events it was told of.
    pub const fn heard(&self) -> u64 {
        self.heard
    }

    /// Events whose payload it looked into.
    pub const fn looked(&self) -> u64 {
        self.looked
    }

    /// Things that it saw and had no room for.
    pub const fn untold(&self) -> u64 {
        self.untold
    }

    /// Forgets everything, for the next report.
    pub fn clear(&mut self) {
        *self = Self::new().with_every(self.every);
    }
}

/// A name as it may stand in a table: no longer than [`Radar::LONGEST`], nothing in it that moves a cursor.
fn clipped(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    name.chars().map(plain).take(Radar::LONGEST).collect()
}

/// An unknown word, if it looks like a word of a program and not like what people write.
fn shown(word: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if word.len() <= 32 && word.bytes().all(plain) { word } else { "(not a word)" }
}

/// A table, the most frequent first.
impl fmt::Display for Radar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { heard, looked, untold, .. } = self;
        if self.findings.is_empty() {
            return writeln!(f, "nothing unknown in {looked} of {heard} events");
        }
        let mut rows: Vec<&Finding> = self.findings.iter().collect();
        rows.sort_by(|a, b| (b.count, a.kind, &a.event, &a.path).cmp(&(a.count, b.kind, &b.event, &b.path)));
        let wide =
            |of: fn(&Finding) -> usize, least: usize| rows.iter().map(|row| of(row)).fold(least, usize::max);
        let event = wide(|row| row.event.len(), 5);
        let path = wide(|row| row.path.len(), 5);
        writeln!(f, "{:>8}  {:5}  {:event$}  {:path$}  value", "count", "kind", "event", "where")?;
        for Finding { kind, event: name, path: place, value, count } in rows {
            let value = if *kind == Drift::Shape { ["not ", value].concat() } else { value.clone() };
            let line = alloc::format!("{count:>8}  {kind:5}  {name:event$}  {place:path$}  {value}");
            writeln!(f, "{}", line.trim_end())?;
        }
        write!(f, "looked into {looked} of {heard} events")?;
        if *untold > 0 {
            write!(f, "; {untold} more things had no room")?;
        }
        f.write_str("\n")
    }
}

#[cfg(test)]
mod tests;

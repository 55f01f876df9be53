//! A run as something to read, to store and to play again.
//!
//! A trace is a plan, the faults that were played, each as a sentence with its time, and what was seen. It is stored as
//! text. It can be played in two ways: exactly, from its choices, or by its sentences alone, with all else quiet. Either
//! way a trace that does not apply any more says so; it does not quietly test something else.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::choices::Pick;
use crate::faults::Fault;
use crate::oracle::Finding;
use crate::world::Plan;

/// The most lines of a story that are kept; more would not be read.
const KEPT: usize = 50_000;

/// A line of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Duration,
    /// What, as a sentence.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.at.as_secs(), self.at.subsec_millis());
        write!(f, "{seconds}.{millis:03} s {}", self.text)
    }
}

/// A run. See the [module](self).
#[derive(Clone, Debug)]
pub struct Trace {
    /// What it is about, for people.
    pub title: String,
    /// How the world was set up.
    pub plan: Plan,
    /// The faults, in their order.
    pub faults: Vec<(Duration, Fault)>,
    /// Everything that was seen, faults included.
    pub story: Vec<Line>,
    /// The choices of the run, if it is to be played exactly.
    pub picks: Vec<Pick>,
    /// What the oracle found.
    pub findings: Vec<Finding>,
}

impl Trace {
    /// An empty one.
    pub const fn new(plan: Plan) -> Self {
        Self {
            title: String::new(),
            plan,
            faults: Vec::new(),
            story: Vec::new(),
            picks: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Adds a line to the story.
    pub(crate) fn note(&mut self, at: Duration, text: String) {
        if self.story.len() < KEPT {
            self.story.push(Line { at, text });
        }
    }

    /// The text to store: the plan, the faults and, with `exact`, the choices.
    pub fn store(&self, exact: bool) -> String {
        let mut lines = vec![format!("# {}", self.title.replace('\n', " ")), format!("plan {}", self.plan)];
        lines.extend(
            self.faults.iter().map(|(at, fault)| Line { at: *at, text: fault.to_string() }.to_string()),
        );
        let lively = self.picks.iter().enumerate().filter(|(_, pick)| exact && pick.value > 0);
        lines.extend(
            lively.map(|(at, pick)| format!("choice {at} {} {} of {}", pick.what, pick.value, pick.of)),
        );
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }
}

/// The story, then what was found.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.story {
            writeln!(f, "{line}")?;
        }
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}

/// Why a text is no trace, or a trace does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError(pub String);

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TraceError {}

impl FromStr for Trace {
    type Err = TraceError;

    fn from_str(text: &str) -> Result<Self, TraceError> {
        let mut title = String::new();
        let mut trace: Option<Self> = None;
        for (number, line) in text.lines().enumerate() {
            let wrong = |what: &str| TraceError(format!("line {}: {what}: {line}", number + 1));
            if let Some(words) = line.strip_prefix('#') {
                title.push_str(words.trim());
            } else if let Some(plan) = line.strip_prefix("plan ") {
                trace = Some(Self::new(plan.parse().map_err(|error: TraceError| wrong(&error.0))?));
            } else if !line.trim().is_empty() {
                let trace = trace.as_mut().ok_or_else(|| wrong("there is no plan before it"))?;
                if let Some(pick) = line.strip_prefix("choice ") {
                    trace.read_pick(pick).ok_or_else(|| wrong("no choice"))?;
                } else {
                    let (at, fault) = read_line(line).ok_or_else(|| wrong("no time"))?;
                    let fault = fault.parse().map_err(|_| wrong("no fault that is known"))?;
                    trace.faults.push((at, fault));
                }
            }
        }
        let mut trace = trace.ok_or_else(|| TraceError("there is no plan".to_owned()))?;
        trace.title = title;
        Ok(trace)
    }
}

impl Trace {
    fn read_pick(&mut self, text: &str) -> Option<()> {
        let words: Vec<&str> = text.split(' ').collect();
        let [at, what, value, "of", of] = words.as_slice() else {
            return None;
        };
        let at: usize = at.parse().ok()?;
        let quiet = || Pick { what: String::new(), value: 0, of: 0 };
        while self.picks.len() < at {
            self.picks.push(quiet());
        }
        self.picks.push(Pick { what: (*what).to_owned(), value: value.parse().ok()?, of: of.parse().ok()? });
        Some(())
    }
}

/// `12.400 s what`
fn read_line(line: &str) -> Option<(Duration, &str)> {
    let (time, what) = line.split_once(" s ")?;
    let (seconds, millis) = time.split_once('.')?;
    let seconds: u64 = seconds.parse().ok()?;
    let millis: u64 = (millis.len() == 3).then(|| millis.parse().ok())??;
    Some((Duration::from_millis(seconds.checked_mul(1000)? + millis), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# a half-hourly close\nplan shards 2, concurrency 1, active 60 s\n\
                        12.400 s server closes shard 0 with 4009\n\
                        13.000 s the next 2 token requests are left hanging\n\
                        choice 3 fault 2 of 9\n";

    #[test]
    fn text_is_read_and_written() {
        let trace: Trace = TEXT.parse().unwrap();
        assert_eq!(trace.title, "a half-hourly close");
        assert_eq!(trace.faults.len(), 2);
        assert_eq!(trace.faults[0].0, Duration::from_millis(12_400));
        assert_eq!((trace.picks.len(), trace.picks[3].value), (4, 2));
        let again: Trace = trace.store(true).parse().unwrap();
        assert_eq!(again.store(true), trace.store(true));
        assert!(trace.store(false).contains("12.400 s server closes shard 0 with 4009"));
    }

    #[test]
    fn what_does_not_apply_is_refused() {
        for text in [
            "",
            "1.000 s server cuts shard 0",
            "plan shards 1\n1.000 s server does something new",
            "plan shards 1\n1.0 s server cuts shard 0",
            "plan towers 1",
            "plan shards 1\nchoice x",
        ] {
            assert!(text.parse::<Trace>().is_err(), "{text}");
        }
    }
}

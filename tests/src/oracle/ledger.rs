//! What only an observer of the whole run can tell: P11 across restarts, P12, and what became of calls.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use qq_proto::Timestamp;

use super::{Finding, Property};
use crate::platform::{Platform, Rule, Violation};

/// What was pushed within the last moments may still be on its way.
const IN_FLIGHT: Duration = Duration::from_secs(1);

/// What was delivered and answered, over all lives of all clients.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Event ids with their numbers, as they came out of a core.
    delivered: BTreeSet<(String, u64)>,
    /// Contents of replies that were reported as sent.
    reported: BTreeSet<String>,
    /// Violations of the platform's rules that were looked at.
    looked_at: usize,
    /// Connections on which the network did something, so that the bot is not to blame.
    pub(crate) disturbed: BTreeSet<u64>,
    /// Until then frames may arrive closer together than they were sent.
    pub(crate) stalled_until: Duration,
    /// Connections on which the server asked for a beat, which may follow a regular one at once.
    pub(crate) asked: BTreeSet<u64>,
}

impl Ledger {
    pub(crate) fn delivered(&mut self, id: &str, seq: u64) {
        self.delivered.insert((id.to_owned(), seq));
    }

    pub(crate) fn reported(&mut self, content: &str) {
        self.reported.insert(content.to_owned());
    }

    pub(crate) fn count(&self) -> usize {
        self.delivered.len()
    }

    /// New violations of the platform's rules, as findings.
    pub(crate) fn look(&mut self, platform: &Platform, one_client: bool) -> Vec<Finding> {
        let all = platform.violations();
        let new = all.get(self.looked_at..).unwrap_or_default();
        self.looked_at = all.len();
        new.iter().filter_map(|violation| self.judge(violation, one_client)).collect()
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other rules, those to come as well, are plain rules"
    )]
    fn judge(&self, violation: &Violation, one_client: bool) -> Option<Finding> {
        let disturbed = violation.link.is_some_and(|link| self.disturbed.contains(&link));
        let property = match violation.rule {
            Rule::IdentifyTooSoon if !one_client || violation.at < self.stalled_until => return None,
            Rule::IdentifyTooSoon | Rule::NoStartsLeft => Property::P9,
            Rule::ResumeFromFuture => Property::P10,
            // What the server sees late or never is no fault of the bot; P8 and P15 are measured at the bot. And an
            // unknown token is one that the platform itself handed out as if it were good.
            Rule::SecondLink | Rule::TokenTooSoon | Rule::TokenInParallel | Rule::UnknownToken => {
                return None;
            }
            Rule::BeatFlood if violation.link.is_some_and(|link| self.asked.contains(&link)) => return None,
            Rule::BeatLate | Rule::BeatsStopped | Rule::BeatFlood if disturbed => return None,
            Rule::BeatLate | Rule::BeatsStopped | Rule::BeatFlood | Rule::BeatBeforeHello => Property::P4,
            Rule::FrameAfterHangUp | Rule::HandshakeBeforeHello | Rule::HandshakeTwice => Property::P7,
            _ => Property::Rules,
        };
        Some(Finding {
            property,
            at: Timestamp::from(violation.at),
            text: format!("the platform saw {:?}: {}", violation.rule, violation.text),
        })
    }

    /// What was lost. `calm` at the end of a run in which all shards are live again.
    pub(crate) fn losses(&self, platform: &Platform, now: Timestamp, calm: bool) -> Vec<Finding> {
        let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
        for row in platform.log() {
            if self.delivered.contains(&(row.id.to_string(), row.seq)) {
                let seq = newest.entry(&row.session).or_default();
                *seq = row.seq.max(*seq);
            }
        }
        let over: BTreeSet<String> = platform
            .sessions()
            .into_iter()
            .filter(|session| session.ended.is_some())
            .map(|session| session.id)
            .collect();
        let mut findings = Vec::new();
        for row in platform.log().filter(|row| row.owed && row.at + IN_FLIGHT <= now.since_start()) {
            let behind = newest.get(&*row.session).is_some_and(|newest| row.seq <= *newest);
            let due = behind || (calm && !over.contains(&*row.session));
            if due && !self.delivered.contains(&(row.id.to_string(), row.seq)) {
                findings.push(Finding {
                    property: Property::P11,
                    at: now,
                    text: format!(
                        "event number {} of session {}, pushed at {}, was never delivered",
                        row.seq,
                        row.session,
                        Timestamp::from(row.at)
                    ),
                });
            }
        }
        findings
    }

    /// Replies that arrived twice where the platform drops second copies, or never although they were reported.
    pub(crate) fn replies(&self, platform: &Platform, now: Timestamp) -> Vec<Finding> {
        let mut arrived: BTreeMap<&str, u32> = BTreeMap::new();
        for sent in platform.sent() {
            *arrived.entry(&sent.content).or_default() += 1;
        }
        let find = |text: String| Finding { property: Property::P6, at: now, text };
        let mut findings: Vec<Finding> = self
            .reported
            .iter()
            .filter(|content| !arrived.contains_key(content.as_str()))
            .map(|content| find(format!("the reply {content} was reported as sent and is not there")))
            .collect();
        findings.extend(
            arrived
                .iter()
                .filter(|(content, count)| **count > 1 && content.starts_with("once "))
                .map(|(content, count)| find(format!("the reply {content} arrived {count} times"))),
        );
        findings
    }
}

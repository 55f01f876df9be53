//! How often an operation may be called.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::super::Platform;
use super::super::http::Answer;
use super::table::Route;

/// How often one bot may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many calls ..
    pub calls: u32,
    /// .. within this time.
    pub per: Duration,
    /// How many may come at once, where that is more than the steady number: then the limit is a bucket of this
    /// size that fills steadily.
    pub burst: Option<u32>,
}

impl Limit {
    pub(super) const fn second(calls: u32) -> Self {
        Self { calls, per: Duration::from_secs(1), burst: None }
    }

    pub(super) const fn minute(calls: u32) -> Self {
        Self { calls, per: Duration::from_secs(60), burst: None }
    }
}

/// The calls that still count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    at: BTreeMap<u16, VecDeque<Duration>>,
    /// When the bucket of a limit with a burst will be full again.
    full: BTreeMap<u16, Duration>,
    /// How many were refused.
    refused: BTreeMap<&'static str, u64>,
}

impl Calls {
    /// Counts a call; false if it is one too many. A call that is refused does not count.
    fn take(&mut self, number: u16, limit: Limit, now: Duration, margin: Duration) -> bool {
        if let Some(burst) = limit.burst {
            let each = limit.per / limit.calls.max(1);
            let most = each.saturating_mul(burst.saturating_sub(1)).saturating_add(margin);
            let full = self.full.get(&number).copied().unwrap_or(now).max(now);
            let granted = full.saturating_sub(now) <= most;
            if granted {
                self.full.insert(number, full.saturating_add(each));
            }
            return granted;
        }
        let per = limit.per.saturating_sub(margin);
        let calls = self.at.entry(number).or_default();
        while calls.front().is_some_and(|&at| now.saturating_sub(at) >= per) {
            calls.pop_front();
        }
        let granted = calls.len() < usize::try_from(limit.calls).unwrap_or(usize::MAX);
        if granted {
            calls.push_back(now);
        }
        granted
    }
}

impl Platform {
    /// How many calls of which operations were refused because they were too many. That is no broken rule: a bot that
    /// backs off then does what it should; a bot that paces itself is never here.
    pub fn over_limits(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.rest.calls.refused.iter().map(|(name, count)| (*name, *count))
    }

    pub(super) fn count_refused(&mut self, operation: &'static str) {
        *self.rest.calls.refused.entry(operation).or_default() += 1;
    }

    /// The refusal of a call that is one too many.
    pub(super) fn over_limit(&mut self, route: &'static Route) -> Option<Answer> {
        let limit = route.limit.filter(|_| self.config.rest.enforce_limits)?;
        if self.rest.calls.take(route.number, limit, self.now, self.config.arrival_margin) {
            return None;
        }
        self.count_refused(route.name);
        Some(match route.name {
            // The one refusal of this kind that was seen for sure has status 400.
            "gateway_get" => Answer::pair(400, 100_017, 40_023_001, "api call rate exceeded"),
            "c2c_message_send" | "group_message_send" => Answer::error(429, 22_009, "msg limit exceed"),
            "c2c_stream_send" => Answer::error(429, 50_002, "stream rate exceeded"),
            name if name.starts_with("c2c_")
                || name.starts_with("group_")
                || route.path.starts_with("/v2/") =>
            {
                Answer::pair(429, 100_017, 40_023_001, "api call rate exceeded")
            }
            _ => Answer::old(429, 1_100_308, "too many requests"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_and_a_bucket_fills() {
        let mut calls = Calls::default();
        let at = Duration::from_millis;
        let limit = Limit::second(2);
        let mut take = |now: u64| calls.take(1, limit, at(now), Duration::ZERO);
        assert_eq!(
            [0, 400, 900, 999, 1000, 1399, 1400].map(&mut take),
            [true, true, false, false, true, false, true]
        );
        let limit = Limit { calls: 2, per: Duration::from_secs(60), burst: Some(3) };
        let mut take = |now: u64| calls.take(2, limit, at(now), Duration::ZERO);
        assert_eq!(
            [0, 0, 0, 0, 29_999, 30_000, 30_001, 60_000].map(&mut take),
            [true, true, true, false, false, true, false, true]
        );
    }
}

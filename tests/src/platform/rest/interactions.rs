//! Button presses, which the bot has to acknowledge.

use std::time::Duration;

use serde_json::Value;

use super::super::http::Answer;
use super::super::{Platform, Rule};
use super::Ask;

/// Whoever pressed waits about this long.
const PATIENCE: Duration = Duration::from_secs(3);
/// What a bot can say about it.
const CODES: std::ops::RangeInclusive<u64> = 0..=5;

/// A press.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) at: Duration,
    /// What the bot said.
    pub(crate) acknowledged: Option<u64>,
}

impl Platform {
    /// What the bot said to a press; nothing if it said nothing in time.
    pub fn acknowledged(&self, interaction: &str) -> Option<u64> {
        self.rest.interactions.get(interaction)?.acknowledged
    }

    pub(super) fn interaction_ack(&mut self, ask: &Ask) -> Answer {
        let id = ask.param(0);
        if id.starts_with("INTERACTION_CREATE:") {
            self.violate(
                Rule::Acknowledgement,
                None,
                "the id of the event instead of that of the interaction",
            );
            return Answer::error(400, 630_001, "interaction id is invalid");
        }
        let code = ask.body.get("code").and_then(Value::as_u64).filter(|code| CODES.contains(code));
        let Some(code) = code else {
            return Answer::error(400, 630_001, "code is 0 to 5");
        };
        let (now, margin) = (self.now, self.config.arrival_margin);
        let wrong = match self.rest.interactions.get_mut(id) {
            None => "no such interaction",
            Some(known) if known.acknowledged.is_some() => "acknowledged before",
            Some(known) if now.saturating_sub(known.at) > PATIENCE.saturating_add(margin) => "too late",
            Some(known) => {
                known.acknowledged = Some(code);
                return Answer::done();
            }
        };
        self.violate(Rule::Acknowledgement, None, wrong);
        Answer::error(400, 630_005, "get interaction data failed")
    }
}

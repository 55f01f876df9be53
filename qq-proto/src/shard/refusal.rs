//! Refused identifies: the token, the intents, or both may be meant.

use crate::event::{Cause, Fault};
use crate::id::ConnId;
use crate::io::Action;
use crate::ladder::{Refusal, Sign};
use crate::shard::context::{CLOSE_TO_RESUME, Cx};
use crate::shard::{Phase, Verdict};

/// Identifies refused in a row after which the token is suspected as well as the intents: the platform answers both
/// the same way. Once only: if it was the intents, calls and other shards still need the token.
const SUSPECT_TOKEN_AT: u32 = 2;

impl Cx<'_, '_> {
    /// Op 9 in answer to identify: intents or token. The close that follows it finds no connection any more, so the
    /// two are one refusal.
    pub(crate) fn identify_refused(&mut self, conn: ConnId, token: u64) -> Phase {
        self.act(Action::Disconnect { conn, code: CLOSE_TO_RESUME });
        let times = self.kept.refusals.saturating_add(1);
        self.refused(token, Cause::IdentifyRefused, Some(Sign::Doubtful { times }))
    }

    /// A close in answer to identify.
    pub(crate) fn identify_closed(&mut self, token: u64, code: Option<u16>) -> Phase {
        if (self.shared.config.verdict)(code) == Verdict::Identify {
            let sign = Sign::of(code, self.kept.refusals.saturating_add(1));
            return self.refused(token, Cause::Closed { code }, sign);
        }
        self.closed(None, Some(token), code)
    }

    fn refused(&mut self, token: u64, why: Cause, sign: Option<Sign>) -> Phase {
        self.kept.refusals = self.kept.refusals.saturating_add(1);
        let times = self.kept.refusals;
        let stepped = sign.map(|sign| self.step_down(sign));
        if !matches!(stepped, Some(Refusal::Stepped { .. })) {
            let intents = self.kept.asked.unwrap_or(self.shared.ladder.intents());
            self.fault(|shard| Fault::IdentifyRefused { shard, times, intents });
        }
        if times == SUSPECT_TOKEN_AT {
            self.shared.dead_token = Some(token);
        }
        let wait = self.moment();
        self.rest(None, why, wait)
    }

    /// A close that would halt, but names the intents: less is asked for, if there is less. `None` if it halts.
    pub(super) fn intents_closed(&mut self, had_session: bool, code: u16) -> Option<Phase> {
        let sign = Sign::of(Some(code), 0).filter(|sign| *sign == Sign::Named)?;
        if self.step_down(sign) == Refusal::Stays {
            return None;
        }
        if had_session {
            self.drop_session();
        }
        let wait = self.moment();
        Some(self.rest(None, Cause::Closed { code: Some(code) }, wait))
    }

    /// Tells the ladder of a refusal, and the application if a step was taken.
    fn step_down(&mut self, sign: Sign) -> Refusal {
        let refusal = self.shared.ladder.refused(self.kept.asked, sign);
        if let Refusal::Stepped { refused, left } = refusal {
            self.fault(|shard| Fault::IntentsRefused { shard, refused, left });
        }
        refusal
    }
}

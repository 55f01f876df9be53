//! Incidents, carried out.

use std::time::Duration;

use serde_json::{Value, json};

use super::incident::{Garbage, Incident};
use super::link::EndedBy;
use super::push::Form;
use super::sessions::SessionEnd;
use super::{Effect, Platform, rest};

/// The body of an event that is as large as the largest that were seen, and then some.
const HUGE: usize = 5 * 1024 * 1024;

impl Platform {
    /// Plays an incident. False if there is nothing it could happen to, for instance no connection.
    pub fn apply(&mut self, now: Duration, incident: Incident) -> bool {
        self.advance(now);
        match incident {
            Incident::Close { shard, code } => self.on(shard, |platform, link| {
                let reason = if code == 4009 { "Session timed out" } else { "" };
                platform.close(link, code, reason);
            }),
            Incident::Cut { shard } => self.on(shard, Self::cut),
            Incident::ReconnectRequest { shard } => {
                self.on(shard, |platform, link| platform.send(link, r#"{"op":7}"#))
            }
            Incident::InvalidSession { shard, resumable } => self.invalidate(shard, resumable),
            Incident::WithholdAcks { shard, on } => self.on(shard, |platform, link| {
                if let Some(known) = platform.links.open.get_mut(&link) {
                    known.acks = !on;
                }
            }),
            Incident::Silence { shard } => self.on(shard, Self::silence),
            Incident::ServerHeartbeat { shard } => self.on(shard, |platform, link| {
                if let Some(known) = platform.links.open.get_mut(&link) {
                    known.asked += 1;
                }
                platform.send(link, r#"{"op":1}"#);
            }),
            Incident::Garbage { shard, kind } => self.garbage(shard, kind),
            Incident::DuplicateLast { shard, renumbered } => self.duplicate(shard, renumbered),
            Incident::SkipSeq { shard, by } => match self.session_index(shard) {
                Some(index) => {
                    if let Some(session) = self.sessions.get_mut(index) {
                        session.seq += u64::from(by);
                    }
                    true
                }
                None => false,
            },
            Incident::FailOperation { operation, how, times } => match rest::name(&operation) {
                Some(name) => {
                    self.operation_failures.push((name, how, times));
                    self.operation_failures.retain(|row| row.2 > 0);
                    true
                }
                None => false,
            },
            Incident::MuteBot { group, seconds } => {
                let until = self.now.saturating_add(Duration::from_secs(seconds));
                match self.rest.groups.get_mut(&group) {
                    Some(group) => {
                        group.bot_muted_until = Some(until);
                        true
                    }
                    None => false,
                }
            }
            later @ (Incident::ExpireTokens
            | Incident::ForgetSessions
            | Incident::NoHello { .. }
            | Incident::OddHello { .. }
            | Incident::RefuseDials { .. }
            | Incident::RefuseDialsFor { .. }
            | Incident::HangDials { .. }
            | Incident::RotateSecret { .. }
            | Incident::Grant { .. }
            | Incident::FailNext { .. }
            | Incident::FailHandshake { .. }
            | Incident::SetRemaining { .. }) => {
                self.order(later);
                true
            }
        }
    }

    /// Incidents that concern no connection that exists now.
    fn order(&mut self, incident: Incident) {
        match incident {
            Incident::ExpireTokens => self.tokens.withdraw_all(),
            Incident::ForgetSessions => self.restart(),
            Incident::NoHello { dials } => self.links.no_hello = dials,
            Incident::OddHello { dials, interval } => self.links.odd_hello = Some((dials, interval)),
            Incident::RefuseDials { dials } => self.links.refuse = dials,
            Incident::RefuseDialsFor { millis } => {
                self.links.refuse_until = self.now + Duration::from_millis(millis);
            }
            Incident::HangDials { dials } => self.links.hang = dials,
            Incident::RotateSecret { secret } => self.config.secret = secret,
            Incident::Grant { intents } => self.config.granted_intents = intents,
            Incident::FailNext { endpoint, how, times } => self.failures.push((endpoint, how, times)),
            Incident::FailHandshake { what, how, times } => self.handshake_failures.push((what, how, times)),
            Incident::SetRemaining { remaining, reset_after_millis } => {
                self.starts.set(remaining, self.now + Duration::from_millis(reset_after_millis));
            }
            Incident::Close { .. }
            | Incident::Cut { .. }
            | Incident::ReconnectRequest { .. }
            | Incident::InvalidSession { .. }
            | Incident::WithholdAcks { .. }
            | Incident::Silence { .. }
            | Incident::ServerHeartbeat { .. }
            | Incident::Garbage { .. }
            | Incident::DuplicateLast { .. }
            | Incident::SkipSeq { .. }
            | Incident::FailOperation { .. }
            | Incident::MuteBot { .. } => {}
        }
        self.failures.retain(|row| row.2 > 0);
        self.handshake_failures.retain(|row| row.2 > 0);
    }

    fn on(&mut self, shard: u32, act: impl FnOnce(&mut Self, u64)) -> bool {
        match self.link_of(shard) {
            Some(link) => {
                act(self, link);
                true
            }
            None => false,
        }
    }

    /// The newest session of a shard that is not over.
    fn session_index(&self, shard: u32) -> Option<usize> {
        self.sessions.iter().rposition(|session| session.shard.0 == shard && session.ended.is_none())
    }

    /// The connection of a shard that still hears.
    pub(super) fn link_of(&self, shard: u32) -> Option<u64> {
        self.sessions
            .iter()
            .rev()
            .filter(|session| session.shard.0 == shard)
            .find_map(|session| session.link.filter(|&link| self.links.hears(link)))
    }

    fn invalidate(&mut self, shard: u32, resumable: bool) -> bool {
        let Some(index) = self.session_index(shard) else {
            return false;
        };
        let link = self.sessions.get(index).and_then(|session| session.link);
        if let Some(link) = link {
            self.send(link, format!(r#"{{"op":9,"d":{resumable}}}"#));
        }
        if !resumable {
            if let Some(session) = self.sessions.get_mut(index) {
                session.end(SessionEnd::Invalidated);
            }
            // The connection is of no use without its session, and an Identify on it would be refused.
            if let Some(link) = link {
                self.close(link, 4902, "reset by resume");
            }
        }
        true
    }

    fn restart(&mut self) {
        let open: Vec<u64> = self.links.open.keys().copied().collect();
        for link in open {
            self.cut(link);
            self.links.end(link, EndedBy::Platform);
        }
        for session in &mut self.sessions {
            session.end(SessionEnd::Forgotten);
        }
    }

    fn garbage(&mut self, shard: u32, kind: Garbage) -> bool {
        let junk = match kind {
            Garbage::Junk => "!?\u{0} not json {",
            Garbage::NotAFrame => r#"["op", 0]"#,
            Garbage::UnknownOp => r#"{"op":99,"d":{"why":"nobody knows"}}"#,
            Garbage::Truncated => return self.odd_event(shard, "half of this is missing", Form::Truncated),
            Garbage::Binary => return self.odd_event(shard, "sent as binary", Form::Binary),
            Garbage::Huge => return self.odd_event(shard, &"x".repeat(HUGE), Form::Text),
        };
        self.on(shard, |platform, link| platform.send(link, junk))
    }

    /// An event for a certain shard whatever its intents are; it has a name no client knows.
    fn odd_event(&mut self, shard: u32, content: &str, form: Form) -> bool {
        let Some(index) = self.session_index(shard) else {
            return false;
        };
        let event = format!("MODEL_EVENT:{}", self.ids.uuid());
        let d: Value = json!({"content": content});
        self.put_into(index, "MODEL_EVENT", &event, &d, form).is_some()
    }

    fn duplicate(&mut self, shard: u32, renumbered: bool) -> bool {
        let Some(index) = self.session_index(shard) else {
            return false;
        };
        let Some(session) = self.sessions.get(index) else {
            return false;
        };
        let Some(frame) = session.newest().cloned() else {
            return false;
        };
        if !renumbered {
            let Some(link) = session.link.filter(|&link| self.links.hears(link)) else {
                return false;
            };
            self.effects.push_back(Effect::Text { link, bytes: frame });
            return true;
        }
        let Some(row) = session.log.last().cloned() else {
            return false;
        };
        let Ok(read) = serde_json::from_slice::<Value>(&frame) else {
            return false;
        };
        let d = read.get("d").cloned().unwrap_or_default();
        self.put_into(index, &row.name, &row.id, &d, Form::Repeat).is_some()
    }
}

//! Identify and Resume: who may have a session, and how it starts or goes on.

use std::time::Duration;

use serde_json::{Value, json};

use super::config::{IntentRefusal, TokenRefusal};
use super::incident::{Handshake, HandshakeFailure};
use super::link::{Attempt, EndedBy, Outcome, Phase};
use super::sessions::{Session, SessionEnd};
use super::starts::Pace;
use super::tokens::Standing;
use super::{Platform, Rule, events};

/// What stands before a token.
const PREFIX: &str = "QQBot ";
/// A token that ran out this recently may have been on its way; it is refused, but not held against the bot.
const EXPIRY_GRACE: Duration = Duration::from_secs(10);
const INVALID_SESSION: &str = r#"{"op":9,"d":false}"#;

impl Platform {
    pub(super) fn identify(&mut self, link: u64, d: &Value) {
        self.check_order(link);
        let shard = shard_pair(d);
        let (Some(token), Some(intents), Some(shard)) =
            (d.get("token").and_then(Value::as_str), d.get("intents").and_then(Value::as_u64), shard)
        else {
            return self.bad_payload(link, "Identify without token, intents or shard");
        };
        let pace = self.starts.arrive(self.now, self.config.arrival_margin);
        let outcome = self.identified(link, token, intents, shard, pace);
        let session = self.session_of(link).map(|session| session.id.to_string());
        self.attempts.push(Attempt {
            at: self.now,
            link,
            what: Handshake::Identify,
            intents: Some(intents),
            shard: u32::try_from(shard.0).ok().zip(u32::try_from(shard.1).ok()),
            session,
            seq: None,
            outcome,
        });
        self.after(link, Handshake::Identify, outcome);
    }

    fn identified(&mut self, link: u64, token: &str, intents: u64, shard: (u64, u64), pace: Pace) -> Outcome {
        if self.session_of(link).is_some() {
            self.violate(Rule::HandshakeTwice, Some(link), "Identify on a connection with a session");
            self.close(link, 4005, "already authenticated");
            return Outcome::Refused;
        }
        if self.ordered_failure(link, Handshake::Identify) {
            return Outcome::Failed;
        }
        if !self.token_is_good(link, token, true) {
            return Outcome::Refused;
        }
        let (Ok(index), Ok(count)) = (u32::try_from(shard.0), u32::try_from(shard.1)) else {
            return self.bad_shard(link, shard);
        };
        if index >= count {
            return self.bad_shard(link, shard);
        }
        if intents == 0 {
            self.violate(Rule::ZeroIntents, Some(link), "Identify without intents");
            return self.refuse(link, 4903, "create session error");
        }
        let Some(intents) =
            u32::try_from(intents).ok().filter(|bits| bits & !self.config.granted_intents == 0)
        else {
            return self.refuse_intents(link, intents);
        };
        if pace == Pace::TooSoon {
            self.violate(Rule::IdentifyTooSoon, Some(link), "more Identifies in five seconds than allowed");
            return self.refuse(link, 4903, "create session error");
        }
        if !self.starts.take(self.now) {
            self.violate(Rule::NoStartsLeft, Some(link), "no session start is left");
            return self.refuse(link, 4903, "create session error");
        }
        self.start_session(link, intents, (index, count));
        Outcome::Accepted
    }

    fn refuse_intents(&mut self, link: u64, intents: u64) -> Outcome {
        match self.config.intent_refusal {
            IntentRefusal::InvalidSession => return self.refuse(link, 4903, "create session error"),
            IntentRefusal::SessionError => self.close(link, 4903, "create session error"),
            IntentRefusal::Close if intents & !u64::from(events::EXISTING) != 0 => {
                self.close(link, 4013, "invalid intent");
            }
            IntentRefusal::Close => self.close(link, 4014, "intent not permitted"),
        }
        Outcome::Refused
    }

    fn bad_shard(&mut self, link: u64, shard: (u64, u64)) -> Outcome {
        self.violate(Rule::ShardPair, Some(link), format!("shard {} of {}", shard.0, shard.1));
        self.close(link, 4010, "invalid shard");
        Outcome::Refused
    }

    fn start_session(&mut self, link: u64, intents: u32, shard: (u32, u32)) {
        let older: Vec<usize> = (0..self.sessions.len())
            .filter(|&index| {
                self.sessions.get(index).is_some_and(|old| old.shard == shard && old.ended.is_none())
            })
            .collect();
        for index in older {
            self.replace_link(index, link);
            if let Some(session) = self.sessions.get_mut(index) {
                session.end(SessionEnd::Replaced);
            }
        }
        self.shard_count = shard.1;
        let id = self.ids.uuid();
        let index = self.sessions.len();
        self.sessions.push(Session::new(id.as_str().into(), shard, intents, link));
        self.bind(link, index);
        let ready = json!({
            "version": 1,
            "session_id": id,
            "user": self.chats.me(),
            "shard": [shard.0, shard.1],
        });
        self.send(link, format!(r#"{{"op":0,"s":1,"t":"READY","d":{ready}}}"#));
    }

    pub(super) fn resume(&mut self, link: u64, d: &Value) {
        self.check_order(link);
        let (Some(token), Some(id), Some(seq)) = (
            d.get("token").and_then(Value::as_str),
            d.get("session_id").and_then(Value::as_str),
            d.get("seq").and_then(Value::as_u64),
        ) else {
            return self.bad_payload(link, "Resume without token, session_id or seq");
        };
        let outcome = self.resumed(link, token, id, seq);
        let shard = self.sessions.iter().find(|session| &*session.id == id).map(|session| session.shard);
        self.attempts.push(Attempt {
            at: self.now,
            link,
            what: Handshake::Resume,
            intents: None,
            shard,
            session: Some(id.to_owned()),
            seq: Some(seq),
            outcome,
        });
        self.after(link, Handshake::Resume, outcome);
    }

    fn resumed(&mut self, link: u64, token: &str, id: &str, seq: u64) -> Outcome {
        if self.session_of(link).is_some() {
            self.violate(Rule::HandshakeTwice, Some(link), "Resume on a connection with a session");
            self.close(link, 4005, "already authenticated");
            return Outcome::Refused;
        }
        if self.ordered_failure(link, Handshake::Resume) {
            return Outcome::Failed;
        }
        // One official client sends the bare token here and gets through.
        if !self.token_is_good(link, token, false) {
            return Outcome::Refused;
        }
        let found = self.sessions.iter().position(|known| &*known.id == id && known.ended.is_none());
        let Some((index, newest)) = found.and_then(|index| Some((index, self.sessions.get(index)?.seq)))
        else {
            return self.refuse(link, 4902, "reset by resume");
        };
        if seq > newest {
            let text = format!("Resume from {seq} when the newest is {newest}");
            self.violate(Rule::ResumeFromFuture, Some(link), text);
            self.close(link, 4007, "invalid seq");
            return Outcome::Refused;
        }
        let Some(frames) = self.sessions.get(index).and_then(|session| session.replay(seq)) else {
            self.close(link, 4007, "invalid seq");
            return Outcome::Refused;
        };
        self.replace_link(index, link);
        self.bind(link, index);
        for frame in frames {
            self.send(link, frame);
        }
        if let Some(session) = self.sessions.get_mut(index) {
            session.link = Some(link);
            // RESUMED takes a number of its own, as every dispatch does, but nobody is owed it.
            let seq = session.next_seq();
            self.send(link, format!(r#"{{"op":0,"s":{seq},"t":"RESUMED","d":""}}"#));
        }
        Outcome::Accepted
    }

    fn check_order(&mut self, link: u64) {
        if self.links.open.get(&link).is_some_and(|known| known.phase == Phase::Mute) {
            self.violate(Rule::HandshakeBeforeHello, Some(link), "Identify or Resume before Hello");
        }
    }

    fn bind(&mut self, link: u64, session: usize) {
        if let Some(known) = self.links.open.get_mut(&link) {
            known.phase = Phase::Live(session);
            // Beats may begin with the session; Hello may be long ago where Identifies queue.
            if known.beats == 0 {
                known.beaten = self.now;
            }
        }
    }

    /// Ends the connection a session is on, because another one takes its place.
    fn replace_link(&mut self, session: usize, newer: u64) {
        let Some(old) = self.sessions.get(session).and_then(|session| session.link) else {
            return;
        };
        if self.links.hears(old) {
            let text = format!("connection {old} is still open for this shard");
            self.violate(Rule::SecondLink, Some(newer), text);
            self.close(old, 4908, "resume duplicate");
        } else {
            self.detach(old, EndedBy::Platform);
        }
    }

    fn token_is_good(&mut self, link: u64, token: &str, prefix_needed: bool) -> bool {
        let bare = token.strip_prefix(PREFIX);
        if bare.is_none() {
            self.violate(Rule::TokenPrefix, Some(link), "the token lacks the prefix `QQBot `");
            if prefix_needed {
                self.refuse_token(link);
                return false;
            }
        }
        match self.tokens.standing(bare.unwrap_or(token), self.now) {
            Standing::Valid => return true,
            Standing::Unknown => self.violate(Rule::UnknownToken, Some(link), "a token that was not issued"),
            Standing::Expired(Some(ago)) if ago > EXPIRY_GRACE => {
                let text = format!("the token ran out {} s ago", ago.as_secs());
                self.violate(Rule::ExpiredToken, Some(link), text);
            }
            Standing::Expired(_) => {}
        }
        self.refuse_token(link);
        false
    }

    fn refuse_token(&mut self, link: u64) {
        match self.config.token_refusal {
            TokenRefusal::Close => self.close(link, 4004, "authentication failed"),
            TokenRefusal::InvalidSession => {
                self.refuse(link, 4903, "create session error");
            }
        }
    }

    /// Op 9 with `false`, and the close that follows it.
    fn refuse(&mut self, link: u64, code: u16, reason: &'static str) -> Outcome {
        self.send(link, INVALID_SESSION);
        self.close(link, code, reason);
        Outcome::Refused
    }

    /// Plays the failure that was ordered for this handshake, unless it is one that comes after success.
    fn ordered_failure(&mut self, link: u64, what: Handshake) -> bool {
        let Some(how) = self.handshake_failures.iter().find(|row| row.0 == what).map(|row| row.1) else {
            return false;
        };
        match how {
            HandshakeFailure::InvalidSession { resumable } => {
                self.send(link, format!(r#"{{"op":9,"d":{resumable}}}"#));
            }
            HandshakeFailure::Close { code } => self.close(link, code, "ordered"),
            HandshakeFailure::Cut => self.cut(link),
            HandshakeFailure::Ignore => {}
            HandshakeFailure::AcceptThenClose { .. } | HandshakeFailure::AcceptThenSilence => return false,
        }
        self.spend_failure(what);
        true
    }

    /// Plays the failures that come after success.
    fn after(&mut self, link: u64, what: Handshake, outcome: Outcome) {
        if outcome != Outcome::Accepted {
            return;
        }
        match self.handshake_failures.iter().find(|row| row.0 == what).map(|row| row.1) {
            Some(HandshakeFailure::AcceptThenClose { code }) => self.close(link, code, "ordered"),
            Some(HandshakeFailure::AcceptThenSilence) => self.silence(link),
            Some(
                HandshakeFailure::InvalidSession { .. }
                | HandshakeFailure::Close { .. }
                | HandshakeFailure::Cut
                | HandshakeFailure::Ignore,
            )
            | None => return,
        }
        self.spend_failure(what);
    }

    fn spend_failure(&mut self, what: Handshake) {
        if let Some(row) = self.handshake_failures.iter_mut().find(|row| row.0 == what) {
            row.2 = row.2.saturating_sub(1);
        }
        self.handshake_failures.retain(|row| row.2 > 0);
    }
}

fn shard_pair(d: &Value) -> Option<(u64, u64)> {
    let [index, count] = d.get("shard")?.as_array()?.as_slice() else {
        return None;
    };
    Some((index.as_u64()?, count.as_u64()?))
}

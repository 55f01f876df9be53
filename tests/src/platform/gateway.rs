//! The gateway: Hello, beats, and every way to end a connection.

use std::time::Duration;

use serde_json::Value;

use super::io::Effect;
use super::link::{EndedBy, Link, Phase};
use super::sessions::Session;
use super::{Platform, Rule};

const MINUTE: Duration = Duration::from_secs(60);
/// Beats closer together than this were not made by a timer.
const FLOOD: Duration = Duration::from_secs(1);

impl Platform {
    pub(super) fn dial(&mut self, link: u64) {
        if self.links.open.contains_key(&link) || self.links.ended(link).is_some() {
            self.violate(Rule::LinkNumber, Some(link), "a connection number was used twice");
            return;
        }
        if self.links.hang > 0 {
            self.links.hang -= 1;
            return;
        }
        if self.links.refuse > 0 || self.now < self.links.refuse_until {
            self.links.refuse = self.links.refuse.saturating_sub(1);
            self.links.end(link, EndedBy::Platform);
            self.effects.push_back(Effect::RefusedDial { link });
            return;
        }
        self.effects.push_back(Effect::Accepted { link });
        if self.links.no_hello > 0 {
            self.links.no_hello -= 1;
            self.links.open.insert(link, Link::new(self.now, Phase::Mute, self.config.hello_interval));
            return;
        }
        let (hello, interval) = self.hello();
        self.links.open.insert(link, Link::new(self.now, Phase::Greeted, interval));
        self.send(link, hello);
    }

    /// Hello, and the interval a bot makes of it.
    fn hello(&mut self) -> (String, Duration) {
        let usual = self.config.hello_interval;
        let asked = match &mut self.links.odd_hello {
            Some((dials, interval)) if *dials > 0 => {
                *dials -= 1;
                interval.clone()
            }
            Some(_) | None => Value::from(u64::try_from(usual.as_millis()).unwrap_or(u64::MAX)),
        };
        let interval = asked.as_u64().filter(|millis| *millis > 0).map_or(usual, Duration::from_millis);
        if asked.is_null() {
            return (r#"{"op":10,"d":{}}"#.to_owned(), interval);
        }
        (format!(r#"{{"op":10,"d":{{"heartbeat_interval":{asked}}}}}"#), interval)
    }

    pub(super) fn hang_up(&mut self, link: u64) {
        if self.links.ended(link).is_none() && !self.links.open.contains_key(&link) {
            // A dial that was left hanging, or one that was lost on its way.
            self.links.end(link, EndedBy::Bot);
            return;
        }
        self.detach(link, EndedBy::Bot);
    }

    pub(super) fn binary(&mut self, link: u64) {
        if self.listening(link) {
            self.violate(Rule::BinaryFrame, Some(link), "the gateway takes text only");
            self.close(link, 4002, "invalid payload");
        }
    }

    /// Whether a frame that arrived on a connection is looked at.
    fn listening(&mut self, link: u64) -> bool {
        match self.links.ended(link) {
            Some(EndedBy::Bot) => {
                self.violate(Rule::FrameAfterHangUp, Some(link), "a frame after the bot's own hang-up");
                return false;
            }
            // It crossed the end of the connection.
            Some(EndedBy::Platform) => return false,
            None => {}
        }
        let Some(known) = self.links.open.get_mut(&link) else {
            self.violate(Rule::LinkNumber, Some(link), "a frame on a connection that was never accepted");
            return false;
        };
        if known.silent {
            return false;
        }
        let now = self.now;
        while known.arrivals.front().is_some_and(|&at| at + MINUTE <= now) {
            known.arrivals.pop_front();
        }
        known.arrivals.push_back(now);
        // Beats in time are not held against anyone, however short the interval is.
        let beats = MINUTE.as_millis() / known.interval.as_millis().max(1);
        let limit = self.config.frames_per_minute as usize + usize::try_from(beats).unwrap_or(usize::MAX / 2);
        if known.arrivals.len() > limit {
            self.violate(Rule::FrameFlood, Some(link), "too many frames within a minute");
            self.close(link, 4008, "payloads sent too fast");
            return false;
        }
        true
    }

    pub(super) fn frame(&mut self, link: u64, text: &[u8]) {
        if !self.listening(link) {
            return;
        }
        let Ok(Value::Object(frame)) = serde_json::from_slice::<Value>(text) else {
            return self.bad_payload(link, "not a JSON object");
        };
        let d = frame.get("d").unwrap_or(&Value::Null);
        match frame.get("op").map(Value::as_u64) {
            Some(Some(1)) => self.beat(link, d),
            Some(Some(2)) => self.identify(link, d),
            Some(Some(6)) => self.resume(link, d),
            Some(Some(op)) => {
                self.violate(Rule::UnknownOp, Some(link), format!("op {op} is not for bots to send"));
                self.close(link, 4001, "invalid opcode");
            }
            Some(None) | None => self.bad_payload(link, "no op"),
        }
    }

    pub(super) fn bad_payload(&mut self, link: u64, what: &str) {
        self.violate(Rule::BadPayload, Some(link), what);
        self.close(link, 4002, "invalid payload");
    }

    fn beat(&mut self, link: u64, d: &Value) {
        let newest = self.session_of(link).map(|session| session.seq);
        let Some(known) = self.links.open.get_mut(&link) else {
            return;
        };
        let interval = known.interval;
        let gap = self.now.saturating_sub(known.beaten);
        // Some bots beat from Hello on, some from the start of the session; both are fine.
        let expected = known.beats > 0 || known.session().is_some();
        let latest = interval.saturating_add(interval / 4).saturating_add(self.config.arrival_margin);
        let mut broken = Vec::new();
        if known.phase == Phase::Mute {
            broken.push((Rule::BeatBeforeHello, "a beat before Hello".to_owned()));
        }
        // The network may hold a beat up; a quarter of the interval is forgiven.
        if expected && gap > latest {
            broken.push((Rule::BeatLate, format!("{} ms after the one before", gap.as_millis())));
        }
        if known.beats > 0 && gap < FLOOD.min(interval / 4) && known.asked == 0 {
            broken.push((Rule::BeatFlood, format!("{} ms after the one before", gap.as_millis())));
        }
        match (d, newest) {
            (Value::Null, _) => {}
            (Value::Number(number), newest) => match (number.as_u64(), newest) {
                (Some(number), Some(newest)) if number > newest => {
                    broken.push((Rule::BeatNumber, format!("{number} when the newest is {newest}")));
                }
                (Some(_), _) => {}
                (None, _) => broken.push((Rule::BeatNumber, "no sequence number".to_owned())),
            },
            (Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_), _) => {
                broken.push((Rule::BeatNumber, "no sequence number".to_owned()));
            }
        }
        known.beaten = self.now;
        known.beats += 1;
        known.asked = known.asked.saturating_sub(1);
        let answered = known.acks;
        for (rule, text) in broken {
            self.violate(rule, Some(link), text);
        }
        if answered {
            self.send(link, r#"{"op":11}"#);
        }
    }

    pub(super) fn close(&mut self, link: u64, code: u16, reason: &'static str) {
        let heard = self.links.hears(link);
        self.detach(link, EndedBy::Platform);
        if heard {
            self.effects.push_back(Effect::Close { link, code, reason });
        }
    }

    pub(super) fn cut(&mut self, link: u64) {
        let heard = self.links.hears(link);
        self.detach(link, EndedBy::Platform);
        if heard {
            self.effects.push_back(Effect::Cut { link });
        }
    }

    pub(super) fn silence(&mut self, link: u64) {
        if let Some(known) = self.links.open.get_mut(&link) {
            known.silent = true;
        }
    }

    pub(super) fn detach(&mut self, link: u64, by: EndedBy) {
        let ended = self.links.end(link, by);
        if let Some(session) =
            ended.and_then(|link| link.session()).and_then(|index| self.sessions.get_mut(index))
        {
            if session.link == Some(link) {
                session.link = None;
            }
        }
    }

    pub(super) fn session_of(&self, link: u64) -> Option<&Session> {
        self.sessions.get(self.links.open.get(&link)?.session()?)
    }

    pub(super) fn serve_deadlines(&mut self) {
        self.finish_audits();
        self.serve_callbacks();
        let now = self.now;
        let due: Vec<(u64, Duration, Option<Duration>)> = self
            .links
            .open
            .iter()
            .map(|(&number, link)| {
                let (end, notice) = link.due(&self.config);
                (number, end, notice)
            })
            .filter(|&(_, end, notice)| end <= now || notice.is_some_and(|at| at <= now))
            .collect();
        for (link, end, _) in due {
            if end > now {
                self.notice(link);
            } else if !self.links.hears(link) {
                self.detach(link, EndedBy::Platform);
            } else if self.beats_stopped(link) {
                // Whoever has no session yet may have been kept waiting.
                if self.session_of(link).is_some() {
                    self.violate(Rule::BeatsStopped, Some(link), "no beat for as long as the server waits");
                }
                self.cut(link);
            } else {
                self.close(link, 4009, "Session timed out");
            }
        }
    }

    fn notice(&mut self, link: u64) {
        if let Some(known) = self.links.open.get_mut(&link) {
            known.noticed = true;
        }
        self.send(link, r#"{"op":7}"#);
    }

    fn beats_stopped(&self, link: u64) -> bool {
        let limit = self.config.beat_limit();
        self.links.open.get(&link).is_some_and(|known| known.beaten.saturating_add(limit) <= self.now)
    }
}

//! Events over HTTP: the callback address of a bot, as the platform serves it.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Platform;
use super::events;
use super::violation::Rule;
use crate::signer::Signer;

/// How callbacks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackManner {
    /// An address has so long to answer.
    pub answer_within: Duration,
    /// How often a request that failed is made again, with the same id.
    pub retries: u32,
    /// The pause before each.
    pub retry_after: Duration,
    /// Whether a retry is signed anew, with its own time. Not known of the real platform.
    pub sign_anew: bool,
    /// Whether the request that validates an address is signed. Not known of the real platform.
    pub sign_validation: bool,
    /// At most so many requests at once.
    pub at_once: usize,
}

impl Default for CallbackManner {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(3),
            retries: 3,
            retry_after: Duration::from_secs(1),
            sign_anew: true,
            sign_validation: false,
            at_once: 16,
        }
    }
}

/// A request for the embedder to make. Whatever comes of it goes to [`Platform::posted`], also "nothing".
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    /// Comes back with the answer; no number is used twice.
    pub number: u64,
    /// Where to.
    pub url: String,
    /// The headers, without `Content-Length` and `Host`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Give it up after this.
    pub timeout: Duration,
}

impl std::fmt::Debug for Post {
    /// Without the body: it is what people wrote.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Post {{ number: {}, {} bytes }}", self.number, self.body.len())
    }
}

/// What the address answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Requests that the platform would never make, and copies of those it made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// The newest event once more with the same id, as a retry that was not necessary.
    Repeat,
    /// The newest request once more, byte for byte.
    Replay,
    /// The newest request as it was signed, with another body.
    OtherBody,
    /// The newest request as it was signed, with another time.
    OtherTime,
    /// The newest request with one digit of the signature changed.
    OtherSignature,
    /// An event signed with another secret.
    OtherSecret,
    /// An event signed for another bot.
    OtherBot,
    /// An event without a signature.
    Unsigned,
    /// An event signed rightly, an hour ago.
    Old,
    /// A validation that asks for the signature of an event. If it is given, the event follows.
    Oracle,
}

impl Forgery {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Repeat,
        Self::Replay,
        Self::OtherBody,
        Self::OtherTime,
        Self::OtherSignature,
        Self::OtherSecret,
        Self::OtherBot,
        Self::Unsigned,
        Self::Old,
        Self::Oracle,
    ];

    /// Whether an answer that says "received" is right.
    const fn may_be_received(self) -> bool {
        matches!(self, Self::Repeat | Self::Replay)
    }
}

/// How far an address has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The validation is under way.
    Validating,
    /// It did not answer the validation as it should.
    Failed,
    /// Events go there.
    Valid,
}

/// What became of an event that went to the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PushEnd {
    /// Not over yet.
    Open,
    /// The address has received it.
    Received,
    /// All attempts failed.
    GivenUp,
}

/// An event on its way to the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushView {
    /// The event's id.
    pub event_id: String,
    /// The event's name.
    pub name: String,
    /// Requests made for it.
    pub attempts: u32,
    /// What became of it.
    pub end: PushEnd,
}

/// An event, and the request that was made for it first.
#[derive(Clone, Debug)]
struct Push {
    view: PushView,
    body: Bytes,
    /// When it was signed last.
    signed: Option<Duration>,
}

/// What a request under way is for.
#[derive(Clone, Debug)]
enum Purpose {
    Validation { time: String, token: String },
    Event { at: usize },
    Forged { how: Forgery, text: Option<(String, String)> },
}

#[derive(Clone, Debug)]
struct Flight {
    number: u64,
    purpose: Purpose,
    until: Duration,
}

/// The callback address of a bot.
#[derive(Clone, Debug)]
pub(super) struct Callback {
    url: String,
    standing: Standing,
    pushes: Vec<Push>,
    /// When the next attempts are due, for those of which none is under way.
    due: BTreeSet<(Duration, usize)>,
    flights: Vec<Flight>,
    /// The newest request that carried an event.
    newest: Option<Post>,
}

/// All that is about callbacks.
#[derive(Clone, Debug, Default)]
pub(super) struct Callbacks {
    numbers: u64,
    address: Option<Callback>,
    posts: VecDeque<Post>,
}

impl Callbacks {
    pub(super) fn next_deadline(&self, manner: &CallbackManner) -> Option<Duration> {
        let address = self.address.as_ref()?;
        let ends = address.flights.iter().map(|flight| flight.until);
        let room = address.flights.len() < manner.at_once;
        ends.chain(address.due.first().filter(|_| room).map(|(due, _)| *due)).min()
    }

    /// Whether events go to an address instead of a session.
    pub(super) fn takes_events(&self) -> bool {
        self.address.as_ref().is_some_and(|address| address.standing == Standing::Valid)
    }
}

impl Platform {
    /// The bot's callback address is entered in the console: it is validated, and if it answers well, events go there
    /// and no longer to sessions. `None` takes it out again. Whatever was on its way to the old one is forgotten.
    pub fn set_callback(&mut self, now: Duration, url: Option<&str>) {
        self.advance(now);
        self.callbacks.posts.clear();
        self.callbacks.address = url.map(|url| Callback {
            url: url.to_owned(),
            standing: Standing::Validating,
            pushes: Vec::new(),
            due: BTreeSet::new(),
            flights: Vec::new(),
            newest: None,
        });
        if url.is_none() {
            return;
        }
        let token: String = self.ids.hex32().chars().take(20).collect();
        let time = self.unix().to_string();
        let body = json!({"d": {"plain_token": token, "event_ts": time}, "op": 13}).to_string();
        let body = Bytes::from(body);
        let headers = if self.config.callback.sign_validation { self.signed(&body) } else { self.bare() };
        self.post(Purpose::Validation { time, token }, headers, body);
    }

    /// How far the address has come, if there is one.
    pub fn callback(&self) -> Option<Standing> {
        self.callbacks.address.as_ref().map(|address| address.standing)
    }

    /// The events that went to the address, the oldest first.
    pub fn pushes(&self) -> impl Iterator<Item = &PushView> {
        self.callbacks.address.iter().flat_map(|address| &address.pushes).map(|push| &push.view)
    }

    /// The next request to make; only pops.
    pub fn poll_post(&mut self) -> Option<Post> {
        self.callbacks.posts.pop_front()
    }

    /// A request was answered, or nothing came of it.
    pub fn posted(&mut self, now: Duration, number: u64, answer: Option<&Posted>) {
        self.advance(now);
        self.take_answer(number, answer);
        self.serve_deadlines();
    }

    /// Makes a request that is none of the platform's. False if there is no address, or no event to forge it from.
    pub fn forge(&mut self, now: Duration, how: Forgery) -> bool {
        self.advance(now);
        let Some(newest) = self.callbacks.address.as_ref().and_then(|address| address.newest.clone()) else {
            return false;
        };
        let Post { mut headers, mut body, .. } = newest;
        let id = format!("C2C_MESSAGE_CREATE:forged-{}", self.ids.uuid());
        let d = json!({"id": "forged", "content": "forged", "author": {"user_openid": "F"}});
        let forged = events::dispatch(self.config.key_order, 1, "C2C_MESSAGE_CREATE", Some(&id), &d);
        let mut text = None;
        match how {
            Forgery::Replay => {}
            Forgery::Repeat => headers = self.signed(&body),
            Forgery::OtherBody => body = forged,
            Forgery::OtherTime => change(&mut headers, "X-Signature-Timestamp", |time| time.push('0')),
            Forgery::OtherSignature => change(&mut headers, "X-Signature-Ed25519", |digits| {
                let first = if digits.starts_with('0') { "1" } else { "0" };
                digits.replace_range(..1, first);
            }),
            Forgery::OtherSecret => {
                let signer = Signer::new("a secret that was guessed");
                headers = signer.headers(&self.config.app_id, self.unix(), &forged);
                body = forged;
            }
            Forgery::OtherBot => {
                headers = self.signer().headers("998877665", self.unix(), &forged);
                body = forged;
            }
            Forgery::Unsigned => (headers, body) = (self.bare(), forged),
            Forgery::Old => {
                let hour = 3600;
                headers =
                    self.signer().headers(&self.config.app_id, self.unix().saturating_sub(hour), &forged);
                body = forged;
            }
            Forgery::Oracle => {
                let time = self.unix().to_string();
                let frame = String::from_utf8_lossy(&forged).into_owned();
                let ask = json!({"op": 13, "d": {"plain_token": frame, "event_ts": time}});
                (headers, body) = (self.bare(), Bytes::from(ask.to_string()));
                text = Some((time, frame));
            }
        }
        self.post(Purpose::Forged { how, text }, headers, body);
        true
    }

    /// An event for the address.
    pub(super) fn put_to_callback(&mut self, name: &str, event_id: &str, d: &Value) {
        let (order, now) = (self.config.key_order, self.now);
        let Some(address) = &mut self.callbacks.address else {
            return;
        };
        let at = address.pushes.len();
        let number = u64::try_from(at).unwrap_or(0) + 1;
        let body = events::dispatch(order, number, name, Some(event_id), d);
        let view = PushView { event_id: event_id.into(), name: name.into(), attempts: 0, end: PushEnd::Open };
        address.pushes.push(Push { view, body, signed: None });
        address.due.insert((now, at));
        self.make_pushes();
    }

    /// What is due: requests that take too long end, and events are tried again.
    pub(super) fn serve_callbacks(&mut self) {
        let now = self.now;
        let Some(address) = &self.callbacks.address else {
            return;
        };
        let late: Vec<u64> =
            address.flights.iter().filter(|flight| flight.until <= now).map(|flight| flight.number).collect();
        for number in late {
            self.take_answer(number, None);
        }
        self.make_pushes();
    }

    fn make_pushes(&mut self) {
        loop {
            let (now, manner) = (self.now, self.config.callback);
            let Some(address) = &mut self.callbacks.address else {
                return;
            };
            if address.flights.len() >= manner.at_once {
                return;
            }
            let Some((due, at)) = address.due.first().copied().filter(|(due, _)| *due <= now) else {
                return;
            };
            address.due.remove(&(due, at));
            let Some(push) = address.pushes.get_mut(at) else {
                return;
            };
            push.view.attempts += 1;
            let signed = push.signed.filter(|_| !manner.sign_anew).unwrap_or(now);
            push.signed = Some(signed);
            let body = push.body.clone();
            let unix = (self.config.epoch + signed).as_secs();
            let headers = self.signer().headers(&self.config.app_id, unix, &body);
            self.post(Purpose::Event { at }, headers, body);
        }
    }

    fn post(&mut self, purpose: Purpose, headers: Vec<(String, String)>, body: Bytes) {
        let (now, timeout) = (self.now, self.config.callback.answer_within);
        let Some(address) = &mut self.callbacks.address else {
            return;
        };
        self.callbacks.numbers += 1;
        let number = self.callbacks.numbers;
        let post = Post { number, url: address.url.clone(), headers, body, timeout };
        if matches!(purpose, Purpose::Event { .. }) {
            address.newest = Some(post.clone());
        }
        address.flights.push(Flight { number, purpose, until: now + timeout });
        self.callbacks.posts.push_back(post);
    }

    fn take_answer(&mut self, number: u64, answer: Option<&Posted>) {
        let Some(address) = &mut self.callbacks.address else {
            return;
        };
        let Some(at) = address.flights.iter().position(|flight| flight.number == number) else {
            return;
        };
        match address.flights.remove(at).purpose {
            Purpose::Validation { time, token } => self.validated(&time, &token, answer),
            Purpose::Event { at } => self.pushed_once(at, answer),
            Purpose::Forged { how, text } => self.forged(how, text, answer),
        }
    }

    fn validated(&mut self, time: &str, token: &str, answer: Option<&Posted>) {
        let wrong = match answer {
            // A console shows that the address cannot be reached; nobody has broken a rule.
            None => None,
            Some(Posted { status: 200, body }) => match serde_json::from_slice::<Value>(body) {
                Ok(reply) if reply.get("plain_token").and_then(Value::as_str) != Some(token) => {
                    Some("another plain_token".to_owned())
                }
                Ok(reply) => {
                    let signature = reply.get("signature").and_then(Value::as_str).unwrap_or_default();
                    if self.signer().verifies(time, token.as_bytes(), signature) {
                        return self.stand(Standing::Valid);
                    }
                    Some("a signature that does not fit".to_owned())
                }
                Err(_) => Some("a body that is not JSON".to_owned()),
            },
            Some(Posted { status, .. }) => Some(format!("status {status}")),
        };
        self.stand(Standing::Failed);
        if let Some(wrong) = wrong {
            self.violate(Rule::CallbackValidation, None, format!("the validation is answered with {wrong}"));
        }
    }

    fn stand(&mut self, standing: Standing) {
        if let Some(address) = &mut self.callbacks.address {
            address.standing = standing;
        }
    }

    fn pushed_once(&mut self, at: usize, answer: Option<&Posted>) {
        let (now, manner) = (self.now, self.config.callback);
        let verdict = answer.map(read);
        let Some(address) = &mut self.callbacks.address else {
            return;
        };
        let Some(push) = address.pushes.get_mut(at) else {
            return;
        };
        let id = push.view.event_id.clone();
        match verdict {
            Some(Verdict::Received) => push.view.end = PushEnd::Received,
            Some(Verdict::Again | Verdict::Failing | Verdict::Refused | Verdict::Nonsense) | None
                if push.view.attempts > manner.retries =>
            {
                push.view.end = PushEnd::GivenUp;
            }
            Some(Verdict::Again | Verdict::Failing | Verdict::Refused | Verdict::Nonsense) | None => {
                address.due.insert((now + manner.retry_after, at));
            }
        }
        match verdict {
            Some(Verdict::Refused) => {
                self.violate(Rule::CallbackRefused, None, format!("{id} was signed rightly and is refused"));
            }
            Some(Verdict::Nonsense) => {
                self.violate(Rule::CallbackAnswer, None, format!("the answer to {id} cannot be read"));
            }
            Some(Verdict::Received | Verdict::Again | Verdict::Failing) | None => {}
        }
    }

    fn forged(&mut self, how: Forgery, text: Option<(String, String)>, answer: Option<&Posted>) {
        let Some(answer) = answer else {
            return;
        };
        if let Some((time, frame)) = text {
            let reply: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let signature = reply.get("signature").and_then(Value::as_str).unwrap_or_default();
            if self.signer().verifies(&time, frame.as_bytes(), signature) {
                let text = "a validation made it sign an event";
                self.violate(Rule::CallbackOracle, None, text);
                let mut headers = self.bare();
                headers.push(("X-Signature-Ed25519".into(), signature.into()));
                headers.push(("X-Signature-Timestamp".into(), time));
                let how = Forgery::OtherSecret;
                self.post(Purpose::Forged { how, text: None }, headers, Bytes::from(frame));
            }
        } else if matches!(read(answer), Verdict::Received) && !how.may_be_received() {
            let text = format!("a forged request ({how:?}) is answered as received");
            self.violate(Rule::CallbackForged, None, text);
        }
    }

    fn signer(&self) -> Signer {
        Signer::new(self.config.secret.expose())
    }

    fn unix(&self) -> u64 {
        (self.config.epoch + self.now).as_secs()
    }

    fn signed(&self, body: &[u8]) -> Vec<(String, String)> {
        self.signer().headers(&self.config.app_id, self.unix(), body)
    }

    /// The headers of a request without a signature.
    fn bare(&self) -> Vec<(String, String)> {
        let mut headers = self.signed(b"");
        headers.retain(|(name, _)| !name.starts_with("X-Signature"));
        headers
    }
}

fn change(headers: &mut [(String, String)], name: &str, change: impl FnOnce(&mut String)) {
    if let Some((_, value)) = headers.iter_mut().find(|(other, _)| other == name) {
        change(value);
    }
}

/// What an answer to an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Received,
    /// `d` is not 0.
    Again,
    /// 5xx, or 429.
    Failing,
    /// 4xx.
    Refused,
    /// None of these.
    Nonsense,
}

/// The forms that are accepted in practice: op 12 with `d` 0 or an object, `opcode` instead of `op`, nothing at all.
fn read(answer: &Posted) -> Verdict {
    match answer.status {
        500..=599 | 429 => return Verdict::Failing,
        400..=499 => return Verdict::Refused,
        200..=204 => {}
        _ => return Verdict::Nonsense,
    }
    if answer.body.is_empty() {
        return Verdict::Received;
    }
    let Ok(reply) = serde_json::from_slice::<Value>(&answer.body) else {
        return Verdict::Nonsense;
    };
    let op = reply.get("op").or_else(|| reply.get("opcode")).and_then(Value::as_u64);
    match (op, reply.get("d")) {
        (Some(12), None | Some(Value::Null | Value::Object(_))) => Verdict::Received,
        (Some(12), Some(Value::Number(number))) if number.as_u64() == Some(0) => Verdict::Received,
        (Some(12), Some(Value::Number(_))) => Verdict::Again,
        _ => Verdict::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_accepted_in_practice() {
        for (status, body, expected) in [
            (200, r#"{"op":12,"d":0}"#, Verdict::Received),
            (200, r#"{"op":12,"d":{}}"#, Verdict::Received),
            (200, r#"{"opcode":12}"#, Verdict::Received),
            (200, "", Verdict::Received),
            (204, "", Verdict::Received),
            (200, r#"{"op":12,"d":1}"#, Verdict::Again),
            (503, "", Verdict::Failing),
            (401, "", Verdict::Refused),
            (302, "", Verdict::Nonsense),
            (200, "ok", Verdict::Nonsense),
            (200, r#"{"op":11,"d":0}"#, Verdict::Nonsense),
        ] {
            let answer = Posted { status, body: body.into() };
            assert_eq!(read(&answer), expected, "{status} {body}");
        }
    }
}

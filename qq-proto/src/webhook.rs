//! Events that the platform pushes over HTTP (webhook mode): verified, answered, delivered once.
//!
//! [`Webhook`] is given each request and says what to answer. It has no server and no clock. What comes out is the same
//! [`Dispatch`] as from the gateway, sharing the body it came in.
//!
//! ```
//! use bytes::Bytes;
//! use qq_proto::Timestamp;
//! use qq_proto::webhook::{Answer, Head, Received, Settings, Webhook};
//! # fn enqueue(_: qq_proto::Dispatch) -> bool { true }
//!
//! let mut webhook = Webhook::new(Settings::new("102000001", "an app secret"))?;
//!
//! // For each POST to the address: the time since the start, the time of day, and what came.
//! let mut serve = |now: Timestamp, unix_seconds: u64, headers: &[(&str, &[u8])], body: Bytes| -> Answer {
//!     let head = Head::read(headers.iter().copied());
//!     match webhook.handle(now, unix_seconds, &head, &body) {
//!         Received::Done(answer) => answer,
//!         Received::Event(event) => match enqueue(event.dispatch) {
//!             true => webhook.accepted(event.receipt),
//!             false => webhook.full(event.receipt),
//!         },
//!     }
//! };
//! let answer = serve(Timestamp::ZERO, 1_795_478_400, &[("X-Bot-Appid", b"102000001")], Bytes::new());
//! assert_eq!((answer.response.status, answer.response.body.len()), (401, 0));
//! # Ok::<(), qq_proto::webhook::SetupError>(())
//! ```
//!
//! Send the answer within [`ANSWER_WITHIN`], and work on the event afterwards. It never wants to be woken.
//!
//! # Once
//!
//! The platform sends a request again, up to three times and with the same id, if it believes that it failed. An event
//! is known from the moment its receipt comes back as accepted; copies that come later are answered as accepted and
//! not delivered. A copy that comes while the receipt is out is put off (`d` 1): it cannot be answered as accepted,
//! because the first may yet find the queue full, and not be delivered, because it may yet be accepted.
//!
//! What is remembered is lost with the value. After a restart, what was accepted in the minutes before may be delivered
//! once more, if the platform or somebody else sends it again within the [`Window`].

mod answer;
mod key;
mod memory;
mod refusal;
mod request;
mod settings;
#[cfg(test)]
mod tests;
mod validation;

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

pub use self::answer::{Answer, Delivery, Notice, Receipt, Received, Response, Totals};
pub use self::key::WebhookKey;
pub use self::refusal::Refusal;
pub use self::request::Head;
pub use self::settings::{Bot, Limits, Settings, SetupError, Validation, Window};

use self::memory::{Known, Memory};
use self::request::{Claim, same};
use self::validation::{Rate, UNSIGNED_BYTES};
use crate::dispatch::Dispatch;
use crate::id::ShardIndex;
use crate::recent::hash;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::wire::{Incoming, Parts, decode};

/// The platform waits so long for an answer; then it believes that the request failed.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// The op that asks for a signature when the address is set up.
const VALIDATION: i64 = 13;

/// The receiving end of a callback address, for any number of bots.
///
/// `now` is the time since the embedder's start and only goes forward; `unix_seconds` is the time of day, which may
/// jump.
#[derive(Debug)]
pub struct Webhook {
    bots: Vec<Served>,
    window: Window,
    validation: Validation,
    limits: Limits,
    seed: u64,
    /// Counts what was handed out, so that a receipt names one of it.
    serial: u64,
    now: Timestamp,
    totals: Totals,
}

/// One bot of the endpoint.
#[derive(Debug)]
struct Served {
    app_id: Arc<str>,
    key: WebhookKey,
    previous: Option<(WebhookKey, Timestamp)>,
    memory: Memory,
    rate: Rate,
}

impl Served {
    /// The key that made this signature.
    fn key_of(&self, claim: &Claim<'_>, body: &[u8], now: Timestamp) -> Option<&WebhookKey> {
        let previous = self.previous.iter().filter(|(_, until)| *until > now).map(|(key, _)| key);
        let mut keys = core::iter::once(&self.key).chain(previous);
        keys.find(|key| key.verify(claim.text, body, &claim.signature))
    }
}

/// What a request came to, before it is counted.
enum Step {
    Event { bot: usize, key: u64, parts: Parts },
    Done(Notice, Response),
}

impl Webhook {
    /// An endpoint with these settings.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let Settings { bots, window, validation, limits, seed } = settings;
        if bots.is_empty() {
            return Err(SetupError::NoBot);
        }
        if limits.body_bytes == 0 || limits.in_flight == 0 || limits.receipt_timeout.is_zero() {
            return Err(SetupError::NoRoom);
        }
        let mut webhook = Self {
            bots: Vec::new(),
            window,
            validation,
            limits,
            seed,
            serial: 0,
            now: Timestamp::ZERO,
            totals: Totals::default(),
        };
        for bot in bots {
            webhook.add(bot)?;
        }
        Ok(webhook)
    }

    /// Serves one more bot.
    pub fn add(&mut self, bot: Bot) -> Result<(), SetupError> {
        let Bot { app_id, secret, previous } = bot;
        if app_id.is_empty() {
            return Err(SetupError::NoAppId);
        }
        if !app_id.chars().all(|c| c.is_ascii_graphic()) {
            return Err(SetupError::BadAppId);
        }
        if self.find(app_id.as_bytes()).is_some() {
            return Err(SetupError::AppIdTwice { app_id });
        }
        let key = WebhookKey::new(&secret)?;
        let previous = match previous {
            Some((secret, until)) => Some((WebhookKey::new(&secret)?, until)),
            None => None,
        };
        let memory = Memory::new(hash(self.seed, app_id.as_bytes()), self.limits.remembered_events);
        let rate = Rate::new(&self.limits);
        self.bots.push(Served { app_id: app_id.into(), key, previous, memory, rate });
        Ok(())
    }

    /// Serves a bot no longer; `false` if it was not served. What was handed out for it is forgotten.
    pub fn remove(&mut self, app_id: &str) -> bool {
        let found = self.find(app_id.as_bytes());
        if let Some(at) = found {
            self.bots.remove(at);
        }
        found.is_some()
    }

    /// A bot has a new secret. Signatures with the one before count as well until `keep_old_until`; of the one before
    /// that, no longer.
    pub fn rotate(
        &mut self,
        app_id: &str,
        secret: &Secret,
        keep_old_until: Timestamp,
    ) -> Result<(), SetupError> {
        let key = WebhookKey::new(secret)?;
        let found = self.find(app_id.as_bytes()).and_then(|at| self.bots.get_mut(at));
        let bot = found.ok_or_else(|| SetupError::UnknownApp { app_id: app_id.into() })?;
        let old = core::mem::replace(&mut bot.key, key);
        bot.previous = Some((old, keep_old_until));
        Ok(())
    }

    /// From now on, answer unsigned address validations or not.
    pub fn set_validation(&mut self, validation: Validation) {
        self.validation = validation;
    }

    /// The longest body to read; [`look`](Self::look) refuses a request that announces a longer one.
    pub const fn body_limit(&self) -> usize {
        self.limits.body_bytes
    }

    /// The public half of a bot's key.
    pub fn public_key(&self, app_id: &str) -> Option<[u8; 32]> {
        self.find(app_id.as_bytes()).and_then(|at| self.bots.get(at)).map(|bot| bot.key.public_key())
    }

    /// Counts since the start.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Looks at the head of a request before its body is read: an answer if it is refused in any case. `length` is what
    /// `Content-Length` says.
    ///
    /// Optional: [`handle`](Self::handle) looks at everything.
    pub fn look(&mut self, head: &Head<'_>, length: Option<u64>) -> Option<Answer> {
        let length = length.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        let why = self.judge(head, length).err()?;
        Some(self.refuse(head, why))
    }

    /// Takes a whole request. An event keeps a reference to `body`, not a copy.
    pub fn handle(&mut self, now: Timestamp, unix_seconds: u64, head: &Head<'_>, body: &Bytes) -> Received {
        self.now = self.now.max(now);
        match self.step(unix_seconds, head, body) {
            Ok(Step::Event { bot, key, parts }) => self.hand_out(bot, key, parts),
            Ok(Step::Done(notice, response)) => Received::Done(self.done(head, notice, response)),
            Err(why) => Received::Done(self.refuse(head, why)),
        }
    }

    /// The event of this receipt was enqueued; gives the answer to send.
    pub fn accepted(&mut self, receipt: Receipt) -> Answer {
        let Receipt { app_id, serial, key, since } = receipt;
        self.totals.accepted = self.totals.accepted.saturating_add(1);
        if let Some(bot) = self.find(app_id.as_bytes()).and_then(|at| self.bots.get_mut(at)) {
            bot.memory.close(serial);
            let forgotten = bot.memory.accept(key, since);
            // A replay is taken as long as its signature is in the window, which lies on both sides of our time.
            let early = match self.window {
                Window::Within(window) => {
                    forgotten.is_some_and(|then| self.now.since(then) < window.saturating_mul(2))
                }
                Window::ClockIsKnownToBeWrong => forgotten.is_some(),
            };
            self.totals.forgotten = self.totals.forgotten.saturating_add(u64::from(early));
        }
        Answer { response: Response::received(), notice: Notice::Accepted, app_id: Some(app_id) }
    }

    /// The event of this receipt could not be enqueued: the platform shall send it again. Gives the answer to send.
    pub fn full(&mut self, receipt: Receipt) -> Answer {
        let Receipt { app_id, serial, .. } = receipt;
        self.totals.full = self.totals.full.saturating_add(1);
        if let Some(bot) = self.find(app_id.as_bytes()).and_then(|at| self.bots.get_mut(at)) {
            bot.memory.close(serial);
        }
        Answer { response: Response::again(), notice: Notice::Full, app_id: Some(app_id) }
    }

    /// The place of the bot with this app id. All are compared, each in constant time.
    fn find(&self, app_id: &[u8]) -> Option<usize> {
        let mut found = None;
        for (at, bot) in self.bots.iter().enumerate() {
            if same(bot.app_id.as_bytes(), app_id) {
                found = Some(at);
            }
        }
        found
    }

    /// What can be said without the body.
    fn judge<'h>(&self, head: &Head<'h>, length: usize) -> Result<(usize, Option<Claim<'h>>), Refusal> {
        let bot = self.find(head.app_id()?).ok_or(Refusal::UnknownApp)?;
        let claim = head.claim()?;
        let longest = match claim {
            Some(_) => self.limits.body_bytes,
            // Only a validation may be unsigned.
            None => self.limits.body_bytes.min(UNSIGNED_BYTES),
        };
        match (length <= longest, claim) {
            (true, claim) => Ok((bot, claim)),
            (false, None) if length <= self.limits.body_bytes => Err(Refusal::NoSignature),
            (false, _) => Err(Refusal::TooLong),
        }
    }

    /// One arm per row of the table in ARCHITECTURE.md, in the same order.
    fn step(&mut self, unix_seconds: u64, head: &Head<'_>, body: &Bytes) -> Result<Step, Refusal> {
        let (at, claim) = self.judge(head, body.len())?;
        let Some(bot) = self.bots.get_mut(at) else {
            return Err(Refusal::UnknownApp);
        };
        let Some(claim) = claim else {
            return unsigned(bot, body, self.now, self.validation, &self.limits);
        };
        let Some(key) = bot.key_of(&claim, body, self.now) else {
            return Err(Refusal::BadSignature);
        };
        // Only now: that the clocks differ is worth telling if it is the platform who says so.
        within(self.window, claim.seconds, unix_seconds)?;
        let (notice, response) = match decode(body).map_err(Refusal::NotAFrame)? {
            Incoming::Dispatch(parts) => return Ok(self.event(at, &claim, parts)),
            Incoming::Heartbeat => (Notice::Heartbeat, Response::json(beat(body))),
            Incoming::Other { op: VALIDATION } => {
                (Notice::Validated { signed: true }, Response::json(validation::answer(body, true, key)?))
            }
            Incoming::Other { op } => (Notice::Other { op }, Response::received()),
            Incoming::Reconnect => (Notice::Other { op: 7 }, Response::received()),
            Incoming::InvalidSession { .. } => (Notice::Other { op: 9 }, Response::received()),
            Incoming::Hello { .. } => (Notice::Other { op: 10 }, Response::received()),
            Incoming::HeartbeatAck => (Notice::Other { op: 11 }, Response::received()),
        };
        Ok(Step::Done(notice, response))
    }

    /// A verified event: is it new?
    fn event(&mut self, at: usize, claim: &Claim<'_>, parts: Parts) -> Step {
        let Some(bot) = self.bots.get_mut(at) else {
            return Step::Done(Notice::Busy, Response::again());
        };
        let overdue = bot.memory.give_up(self.now, self.limits.receipt_timeout);
        self.totals.lost_receipts =
            self.totals.lost_receipts.saturating_add(u64::try_from(overdue).unwrap_or(u64::MAX));
        let key = bot.memory.key(parts.id_bytes(), &claim.signature);
        match bot.memory.known(key) {
            Known::Accepted => Step::Done(Notice::Duplicate, Response::received()),
            Known::Open => Step::Done(Notice::InFlight, Response::again()),
            Known::New if bot.memory.open() >= self.limits.in_flight => {
                Step::Done(Notice::Busy, Response::again())
            }
            Known::New => Step::Event { bot: at, key, parts },
        }
    }

    fn hand_out(&mut self, at: usize, key: u64, parts: Parts) -> Received {
        let (serial, since) = (self.serial, self.now);
        self.serial = self.serial.wrapping_add(1);
        let app_id = match self.bots.get_mut(at) {
            Some(bot) => {
                bot.memory.hand_out(serial, key, since);
                Arc::clone(&bot.app_id)
            }
            None => Arc::from(""),
        };
        // Of no session: whoever keeps the books of sessions must not count it.
        let dispatch = Dispatch::new(ShardIndex::new(0), u32::MAX, parts);
        let receipt = Receipt { app_id: Arc::clone(&app_id), serial, key, since };
        Received::Event(Delivery { app_id, dispatch, receipt })
    }

    fn done(&mut self, head: &Head<'_>, notice: Notice, response: Response) -> Answer {
        let totals = &mut self.totals;
        let count = match notice {
            Notice::Accepted => &mut totals.accepted,
            Notice::Full | Notice::Busy => &mut totals.full,
            Notice::Duplicate => &mut totals.duplicates,
            Notice::InFlight => &mut totals.in_flight,
            Notice::Validated { .. } => &mut totals.validations,
            Notice::Heartbeat => &mut totals.heartbeats,
            Notice::Other { .. } => &mut totals.others,
            Notice::Refused(why) => match totals.refused.get_mut(why.kind()) {
                Some(count) => count,
                None => &mut totals.others,
            },
        };
        *count = count.saturating_add(1);
        let app_id = head.app_id().ok().and_then(|id| self.find(id)).and_then(|at| self.bots.get(at));
        Answer { response, notice, app_id: app_id.map(|bot| Arc::clone(&bot.app_id)) }
    }

    fn refuse(&mut self, head: &Head<'_>, why: Refusal) -> Answer {
        self.done(head, Notice::Refused(why), Response::refusal(why))
    }
}

/// A request without any signature: a validation or nothing.
fn unsigned(
    bot: &mut Served,
    body: &Bytes,
    now: Timestamp,
    validation: Validation,
    limits: &Limits,
) -> Result<Step, Refusal> {
    let Ok(Incoming::Other { op: VALIDATION }) = decode(body) else {
        return Err(Refusal::NoSignature);
    };
    match validation {
        Validation::Refused => return Err(Refusal::ValidationOff),
        Validation::Answered if !bot.rate.take(now, limits) => return Err(Refusal::ValidationTooOften),
        Validation::Answered => {}
    }
    let answer = validation::answer(body, false, &bot.key)?;
    Ok(Step::Done(Notice::Validated { signed: false }, Response::json(answer)))
}

fn within(window: Window, claimed: u64, ours: u64) -> Result<(), Refusal> {
    let Window::Within(window) = window else {
        return Ok(());
    };
    if ours.abs_diff(claimed) <= window.as_secs() {
        return Ok(());
    }
    let far = i64::try_from(ours.abs_diff(claimed)).unwrap_or(i64::MAX);
    Err(Refusal::Stale { behind: if claimed < ours { far } else { -far } })
}

/// Op 11 with the number of the op 1 in `body`.
fn beat(body: &[u8]) -> Bytes {
    #[derive(Deserialize)]
    struct Beat {
        d: Option<u64>,
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    match serde_json::from_slice(body) {
        Ok(Beat { d: Some(d) }) => Bytes::from(format!(r#"{{"op":11,"d":{d}}}"#)),
        Ok(Beat { d: None }) | Err(_) => Bytes::from_static(br#"{"op":11,"d":null}"#),
    }
}

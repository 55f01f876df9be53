//! Where the gateway is, and how many sessions may be started.

#[cfg(test)]
mod tests;

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use serde_json::Value;

use crate::api::{Answer, ErrorClass};
use crate::backoff::pause;
use crate::config::{FAILURES_PER_HOST, Hosts, Limits};
use crate::event::{ExchangeError, Fault};
use crate::id::HttpId;
use crate::io::{HttpRequest, HttpResponse, Method, TransportError};
use crate::rng::Rng;
use crate::secret::{Body, Secret};
use crate::time::{Deadline, Timestamp, Wake};
use crate::url::may_carry_secret;

/// When the count of identifies resets, if the platform says that none is left but not until when.
const UNKNOWN_RESET: Duration = Duration::from_secs(10);

/// The least time after which limits are asked for again.
const SOON: Duration = Duration::from_secs(1);

/// Identifies are counted per 24 hours, so no reset lies further ahead.
const LONGEST_RESET: Duration = Duration::from_secs(24 * 60 * 60);

/// Refusals of `GET /gateway/bot` as not for this bot after which the plain `GET /gateway` is asked in turns with it.
const PLAIN_AFTER_REFUSALS: u32 = 2;

/// Failures of any other kind after which it is: more of them, because the plain one does not say how many shards are
/// wanted, and a bot that starts with one keeps one.
const PLAIN_AFTER_FAILURES: u32 = 4;

/// What discovery found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) url: String,
    /// The number of shards the platform advises; `/gateway` does not say.
    pub(crate) shards: Option<u64>,
    /// Identifies left until the count resets.
    pub(crate) remaining: Option<u64>,
    pub(crate) reset_at: Timestamp,
    /// Identifies allowed per window, at least 1.
    pub(crate) max_concurrency: u32,
}

#[derive(Debug)]
enum State {
    /// No request is under way.
    Idle,
    Fetching {
        id: HttpId,
        give_up: Timestamp,
        token: u64,
    },
    /// The last request failed.
    Resting {
        until: Timestamp,
    },
}

#[derive(Debug)]
pub(crate) struct Gateway {
    state: State,
    /// What was found last. It serves on while asking again fails: the API's hosts may be down and the gateway up.
    found: Option<Found>,
    /// Whether that is in force; otherwise it is to be asked for again.
    current: bool,
    /// How often `GET /gateway/bot` was refused as not for this bot. The plain `GET /gateway` is open to every bot, but
    /// does not advise a number of shards.
    refusals: u32,
    failures: u32,
    host_failures: u32,
}

/// What a reply has brought about.
#[derive(Debug)]
pub(crate) enum News {
    /// The address is known.
    Found(Found),
    /// Nothing came of it; if a token is named, the platform has called that one dead.
    Failed { fault: Fault, dead_token: Option<u64> },
}

impl Gateway {
    pub(crate) const fn new() -> Self {
        Self { state: State::Idle, found: None, current: false, refusals: 0, failures: 0, host_failures: 0 }
    }

    /// The address to dial now; none while a newer one is being asked for.
    pub(crate) const fn known(&self) -> Option<&Found> {
        match &self.state {
            State::Fetching { .. } if !self.current => None,
            State::Idle | State::Fetching { .. } | State::Resting { .. } => self.found.as_ref(),
        }
    }

    fn plain(&self) -> bool {
        let worn = self.refusals >= PLAIN_AFTER_REFUSALS || self.failures >= PLAIN_AFTER_FAILURES;
        worn && self.failures % 2 == 0
    }

    /// Counts the changes of host.
    pub(crate) const fn host(&self) -> u32 {
        self.host_failures / FAILURES_PER_HOST
    }

    /// A call has reached its host or not; many calls may say so of one host at once.
    pub(crate) fn host_seen(&mut self, host: u32, reached: bool) {
        if host != self.host() {
            return;
        }
        if reached {
            self.host_failures -= self.host_failures % FAILURES_PER_HOST;
        } else {
            self.host_failures = self.host_failures.wrapping_add(1);
        }
    }

    /// The base of the REST API that answers.
    pub(crate) fn api_base<'a>(&self, hosts: &'a Hosts) -> &'a str {
        &hosts.after(self.host_failures).api_base
    }

    pub(crate) fn owns(&self, id: HttpId) -> bool {
        matches!(&self.state, State::Fetching { id: ours, .. } if *ours == id)
    }

    pub(crate) const fn wanted(&self) -> bool {
        matches!(self.state, State::Idle) && !self.current
    }

    pub(crate) const fn deadline(&self) -> Option<Deadline> {
        let at = match &self.state {
            State::Fetching { give_up, .. } => *give_up,
            State::Resting { until } => *until,
            State::Idle => return None,
        };
        Some(Deadline { at, why: Wake::Discovery })
    }

    /// What was found may be out of date: ask again.
    pub(crate) fn forget(&mut self) {
        if self.current {
            self.refusals = 0;
            self.current = false;
        }
    }

    /// Begins the request; the caller has found it wanted.
    pub(crate) fn begin(
        &mut self,
        now: Timestamp,
        id: HttpId,
        token: (Secret, u64),
        app_id: &str,
        hosts: &Hosts,
        limits: &Limits,
    ) -> HttpRequest {
        self.state = State::Fetching { id, give_up: now.after(limits.exchange_timeout), token: token.1 };
        let path = if self.plain() { "/gateway" } else { "/gateway/bot" };
        HttpRequest {
            method: Method::Get,
            url: format!("{}{path}", self.api_base(hosts)),
            authorization: Some(token.0),
            content_type: None,
            app_id: app_id.into(),
            body: Body::default(),
            timeout: limits.exchange_timeout,
        }
    }

    /// Takes the outcome of our own request.
    pub(crate) fn answer(
        &mut self,
        now: Timestamp,
        result: Result<HttpResponse, TransportError>,
        hosts: &Hosts,
        rng: &mut Rng,
    ) -> News {
        let response = match result {
            Ok(response) => response,
            Err(error) => return self.failed(now, ExchangeError::Transport(error), rng),
        };
        match Answer::sort(&response) {
            Answer::Refused(error) => self.failed(now, ExchangeError::Api(error), rng),
            Answer::Done => match read(&response.body, now, hosts) {
                Some(found) if may_carry_secret(&found.url) => {
                    self.failures = 0;
                    self.host_failures -= self.host_failures % FAILURES_PER_HOST;
                    self.state = State::Idle;
                    self.found = Some(found.clone());
                    self.current = true;
                    News::Found(found)
                }
                Some(_) => {
                    let mut news =
                        self.failed(now, ExchangeError::Malformed { status: response.status }, rng);
                    if let News::Failed { fault, .. } = &mut news {
                        *fault = Fault::InsecureGateway;
                    }
                    news
                }
                None => self.failed(now, ExchangeError::Malformed { status: response.status }, rng),
            },
        }
    }

    fn failed(&mut self, now: Timestamp, error: ExchangeError, rng: &mut Rng) -> News {
        let token = match self.state {
            State::Fetching { token, .. } => Some(token),
            State::Idle | State::Resting { .. } => None,
        };
        let mut dead_token = None;
        let mut of_host = true;
        if let ExchangeError::Api(error) = &error {
            of_host = error.status >= 500;
            match error.class() {
                ErrorClass::NewToken => {
                    dead_token = token;
                    of_host = false;
                }
                ErrorClass::Retry | ErrorClass::WaitUntil => {}
                // Not for this bot: the plain operation gives the address as well.
                ErrorClass::ChangeRequest
                | ErrorClass::AskPerson
                | ErrorClass::Permanent
                | ErrorClass::UnderAudit
                | ErrorClass::AlreadyDelivered => self.refusals = self.refusals.saturating_add(1),
            }
        }
        self.failures = self.failures.saturating_add(1);
        self.host_failures = self.host_failures.wrapping_add(u32::from(of_host));
        let next_try = now.after(pause(self.failures, rng));
        self.state = State::Resting { until: next_try };
        News::Failed { fault: Fault::Discovery { error, next_try }, dead_token }
    }

    /// The deadline has come: a request is given up, or a pause ends.
    pub(crate) fn fire(&mut self, now: Timestamp, rng: &mut Rng) -> Option<News> {
        match &self.state {
            State::Fetching { give_up, .. } if *give_up <= now => {
                Some(self.failed(now, ExchangeError::Transport(TransportError::Timeout), rng))
            }
            State::Resting { until } if *until <= now => {
                self.state = State::Idle;
                None
            }
            State::Idle | State::Fetching { .. } | State::Resting { .. } => None,
        }
    }

    /// The configuration says all that is needed.
    pub(crate) fn set(&mut self, url: String) {
        self.current = true;
        self.found =
            Some(Found { url, shards: None, remaining: None, reset_at: Timestamp::ZERO, max_concurrency: 1 });
    }
}

/// Reads the reply of either operation; numbers may be texts.
fn read(body: &[u8], now: Timestamp, hosts: &Hosts) -> Option<Found> {
    let reply: Value = serde_json::from_slice(body).ok()?;
    let url = match &hosts.gateway {
        Some(url) => url.clone(),
        None => reply.get("url")?.as_str()?.trim().into(),
    };
    let limit = reply.get("session_start_limit");
    let remaining = limit.and_then(|limit| number(limit.get("remaining")));
    // "Now" is said by a platform that is asked in the moment before the reset: ask again soon.
    let reset_after = limit.and_then(|limit| number(limit.get("reset_after")));
    let reset_after = reset_after.map(|millis| Duration::from_millis(millis).clamp(SOON, LONGEST_RESET));
    let max_concurrency = limit.and_then(|limit| number(limit.get("max_concurrency"))).unwrap_or(1);
    Some(Found {
        url,
        shards: number(reply.get("shards")),
        remaining,
        reset_at: now.after(reset_after.unwrap_or(UNKNOWN_RESET)),
        max_concurrency: u32::try_from(max_concurrency).unwrap_or(u32::MAX).max(1),
    })
}

fn number(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

//! The access token: fetched once for everybody, refreshed in time, forgotten when it is called dead.

#[cfg(test)]
mod tests;

use alloc::string::String;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{Answer, ApiError};
use crate::backoff::pause;
use crate::config::{FAILURES_PER_HOST, Hosts, Limits};
use crate::event::{ExchangeError, Fault};
use crate::id::HttpId;
use crate::io::{HttpRequest, HttpResponse, Method, TransportError};
use crate::rng::{Rng, millis};
use crate::secret::{Body, Secret};
use crate::time::{Deadline, Timestamp, Wake};

/// A token never lives longer than this, whatever the reply claims: documented as "at most 7200".
const LONGEST: Duration = Duration::from_secs(7200);

/// Assumed when the reply has no usable `expires_in`: short, so that a wrong guess is soon mended.
const ASSUMED: Duration = Duration::from_secs(60);

/// A token that was called dead and has served this long since is no longer under suspicion.
const SERVED: Duration = Duration::from_secs(60);

/// Codes of the token endpoint that no retry will change: "appid invalid" (also for banned and deleted bots),
/// "invalid appid or secret", "bot does not exist".
const FINAL: [i64; 3] = [100_007, 100_016, 10_004];

/// A token in hand.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// The value of the `Authorization` header and of `token` in frames: `QQBot <token>`.
    pub(crate) header: Secret,
    /// Counts the values, so that "this one is dead" names the right one.
    pub(crate) generation: u64,
    pub(crate) since: Timestamp,
    pub(crate) expires_at: Timestamp,
    refresh_at: Timestamp,
}

#[derive(Debug)]
enum State {
    /// No request is under way, none is held.
    Missing,
    /// A request is under way; the old token serves meanwhile.
    Fetching {
        id: HttpId,
        give_up: Timestamp,
        old: Option<Held>,
    },
    Held(Held),
    /// The last request failed; the old token serves until it expires.
    Resting {
        until: Timestamp,
        old: Option<Held>,
    },
    /// The platform refuses the app id or secret: asking again is pointless until they change.
    Refused {
        code: i64,
        old: Option<Held>,
    },
}

/// A token that was called dead, to be recognised when it comes back.
#[derive(Debug)]
struct Dead {
    header: Secret,
    /// How often it came back or was called dead again.
    times: u32,
    /// A pause has been made on its account: it is taken when it comes back once more, because the platform may have
    /// been wrong about it, and it repeats one token for hours.
    paused: bool,
    /// When it was last taken after such a pause.
    accepted_at: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct Token {
    state: State,
    dead: Option<Dead>,
    generation: u64,
    /// Failures in a row, for the backoff.
    failures: u32,
    /// Failures of hosts, for the choice between them.
    host_failures: u32,
    last_request: Option<Timestamp>,
    /// The secret has changed while a request with the old one is under way: never two at once, so ask again after it.
    again: bool,
}

/// What a reply has brought about.
#[derive(Debug)]
pub(crate) enum News {
    /// A token is in hand.
    Fetched,
    /// Nothing came of it.
    Failed(Fault),
    /// The platform refuses app id or secret.
    Refused(ApiError),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ask<'a> {
    app_id: &'a str,
    client_secret: &'a str,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    // Documented as a number, sent as a string.
    #[serde(default)]
    expires_in: serde_json::Value,
}

impl Token {
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Missing,
            dead: None,
            generation: 0,
            failures: 0,
            host_failures: 0,
            last_request: None,
            again: false,
        }
    }

    /// The token to use now, if there is one that has not expired.
    pub(crate) fn usable(&self, now: Timestamp) -> Option<&Held> {
        self.old().filter(|held| held.expires_at > now)
    }

    fn old(&self) -> Option<&Held> {
        match &self.state {
            State::Missing => None,
            State::Held(held) => Some(held),
            State::Fetching { old, .. } | State::Resting { old, .. } | State::Refused { old, .. } => {
                old.as_ref()
            }
        }
    }

    /// The platform's code, if it refuses app id or secret.
    pub(crate) const fn refused(&self) -> Option<i64> {
        match &self.state {
            State::Refused { code, .. } => Some(*code),
            State::Missing | State::Fetching { .. } | State::Held(_) | State::Resting { .. } => None,
        }
    }

    pub(crate) fn owns(&self, id: HttpId) -> bool {
        matches!(&self.state, State::Fetching { id: ours, .. } if *ours == id)
    }

    pub(crate) const fn is_fetching(&self) -> bool {
        matches!(self.state, State::Fetching { .. })
    }

    /// The earliest time for the next request.
    fn spaced(&self, limits: &Limits) -> Timestamp {
        self.last_request.map_or(Timestamp::ZERO, |last| last.after(limits.token_spacing))
    }

    pub(crate) fn deadline(&self, limits: &Limits) -> Option<Deadline> {
        let at = match &self.state {
            State::Missing => self.spaced(limits),
            State::Fetching { give_up, .. } => *give_up,
            State::Held(held) => held.refresh_at.max(self.spaced(limits)),
            State::Resting { until, .. } => *until,
            State::Refused { old, .. } => old.as_ref()?.expires_at,
        };
        Some(Deadline { at, why: Wake::Token })
    }

    /// Whether a request is to be made now.
    pub(crate) fn wanted(&self, now: Timestamp, limits: &Limits) -> bool {
        let due = match &self.state {
            State::Missing => true,
            State::Held(held) => held.refresh_at <= now,
            State::Fetching { .. } | State::Resting { .. } | State::Refused { .. } => false,
        };
        due && self.spaced(limits) <= now
    }

    /// Begins the request; the caller has found it wanted.
    pub(crate) fn begin(
        &mut self,
        now: Timestamp,
        id: HttpId,
        app_id: &str,
        secret: &Secret,
        hosts: &Hosts,
        limits: &Limits,
    ) -> HttpRequest {
        self.last_request = Some(now);
        self.state =
            State::Fetching { id, give_up: now.after(limits.exchange_timeout), old: self.take_old() };
        let ask = Ask { app_id, client_secret: secret.expose() };
        HttpRequest {
            method: Method::Post,
            url: hosts.after(self.host_failures).token_url.clone(),
            authorization: None,
            // Without it the platform answers "appid invalid".
            content_type: Some("application/json".into()),
            app_id: String::new(),
            body: Body::new(serde_json::to_vec(&ask).unwrap_or_default()),
            timeout: limits.exchange_timeout,
        }
    }

    fn take_old(&mut self) -> Option<Held> {
        match core::mem::replace(&mut self.state, State::Missing) {
            State::Missing => None,
            State::Held(held) => Some(held),
            State::Fetching { old, .. } | State::Resting { old, .. } | State::Refused { old, .. } => old,
        }
    }

    /// Takes the outcome of our own request.
    pub(crate) fn answer(
        &mut self,
        now: Timestamp,
        result: Result<HttpResponse, TransportError>,
        rng: &mut Rng,
        limits: &Limits,
    ) -> News {
        let news = self.read(now, result, rng, limits);
        if core::mem::take(&mut self.again) {
            self.renew();
        }
        news
    }

    fn read(
        &mut self,
        now: Timestamp,
        result: Result<HttpResponse, TransportError>,
        rng: &mut Rng,
        limits: &Limits,
    ) -> News {
        let response = match result {
            Ok(response) => response,
            Err(error) => return self.failed(now, ExchangeError::Transport(error), rng, limits),
        };
        // An error comes inside HTTP 200, and a grant may come with any 2xx.
        match Answer::sort(&response) {
            Answer::Refused(error) if FINAL.contains(&error.number()) => {
                let old = self.take_old();
                self.state = State::Refused { code: error.number(), old };
                News::Refused(error)
            }
            Answer::Refused(error) => self.failed(now, ExchangeError::Api(error), rng, limits),
            Answer::Done => {
                if let Some((header, left)) = read_grant(&response.body) {
                    return self.granted(now, header, left, rng, limits);
                }
                let error = ExchangeError::Malformed { status: response.status };
                self.failed(now, error, rng, limits)
            }
        }
    }

    fn granted(
        &mut self,
        now: Timestamp,
        header: Secret,
        left: Duration,
        rng: &mut Rng,
        limits: &Limits,
    ) -> News {
        self.host_failures -= self.host_failures % FAILURES_PER_HOST;
        let in_use = self.old().is_some_and(|old| old.header == header);
        if let Some(dead) = self.dead.as_mut().filter(|dead| dead.header == header && !dead.paused && !in_use)
        {
            dead.paused = true;
            dead.times = dead.times.saturating_add(1);
            let wait = pause(dead.times, rng);
            return self.pause_until(now.after(wait.max(limits.token_spacing)), None);
        }
        match &mut self.dead {
            Some(dead) if dead.header == header => {
                dead.paused = false;
                dead.accepted_at = dead.accepted_at.filter(|_| in_use).or(Some(now));
            }
            Some(_) | None => self.dead = None,
        }
        self.failures = 0;
        let same = self.take_old().filter(|old| old.header == header);
        if same.is_none() {
            self.generation += 1;
        }
        // The platform repeats a token until its last 60 s, so a refresh that is too early brings the same one with
        // less time left; the rule is then applied to what is left.
        // Whole milliseconds, for readable traces and embedders that round.
        let margin = limits.token_margin.min(Duration::from_millis(millis(left) / 3));
        self.state = State::Held(Held {
            header,
            generation: self.generation,
            since: same.map_or(now, |old| old.since),
            expires_at: now.after(left),
            refresh_at: now.after(left.saturating_sub(margin)),
        });
        News::Fetched
    }

    fn failed(&mut self, now: Timestamp, error: ExchangeError, rng: &mut Rng, limits: &Limits) -> News {
        self.failures = self.failures.saturating_add(1);
        let of_host = match &error {
            ExchangeError::Transport(_) | ExchangeError::Malformed { .. } => true,
            ExchangeError::Api(error) => error.status >= 500,
        };
        self.host_failures = self.host_failures.wrapping_add(u32::from(of_host));
        let next_try = now.after(pause(self.failures, rng)).max(self.spaced(limits));
        let old = self.take_old();
        self.state = State::Resting { until: next_try, old };
        News::Failed(Fault::Token { error, next_try })
    }

    fn pause_until(&mut self, until: Timestamp, old: Option<Held>) -> News {
        self.state = State::Resting { until, old };
        News::Failed(Fault::SameToken { next_try: until })
    }

    /// The deadline has come: a request is given up, or a pause ends.
    pub(crate) fn fire(&mut self, now: Timestamp, rng: &mut Rng, limits: &Limits) -> Option<News> {
        match &self.state {
            State::Fetching { give_up, .. } if *give_up <= now => {
                Some(self.answer(now, Err(TransportError::Timeout), rng, limits))
            }
            State::Resting { until, .. } if *until <= now => {
                self.state = match self.take_old().filter(|old| old.expires_at > now) {
                    Some(old) => State::Held(old),
                    None => State::Missing,
                };
                None
            }
            State::Refused { code, old: Some(old) } if old.expires_at <= now => {
                self.state = State::Refused { code: *code, old: None };
                None
            }
            State::Missing
            | State::Fetching { .. }
            | State::Held(_)
            | State::Resting { .. }
            | State::Refused { .. } => None,
        }
    }

    /// The platform has called the token of this generation dead: forget it, once per value.
    pub(crate) fn reject(&mut self, now: Timestamp, generation: u64) {
        let old = match &mut self.state {
            State::Missing => None,
            State::Held(_) => self.take_old_if(generation),
            State::Fetching { old, .. } | State::Resting { old, .. } | State::Refused { old, .. } => {
                old.take_if(|old| old.generation == generation)
            }
        };
        let Some(Held { header, .. }) = old else {
            return;
        };
        // One that has served for a while since then begins anew: the pauses are for loops.
        let looping = |dead: &Dead| {
            dead.header == header && dead.accepted_at.is_none_or(|accepted| now.since(accepted) < SERVED)
        };
        let times = self.dead.take().filter(looping).map_or(0, |dead| dead.times);
        self.dead = Some(Dead { header, times, paused: false, accepted_at: None });
    }

    fn take_old_if(&mut self, generation: u64) -> Option<Held> {
        let ours = matches!(&self.state, State::Held(held) if held.generation == generation);
        if ours { self.take_old() } else { None }
    }

    /// The secret has changed: ask at once, also after a refusal.
    pub(crate) fn renew(&mut self) {
        if self.is_fetching() {
            self.again = true;
            return;
        }
        self.failures = 0;
        self.state = match self.take_old() {
            Some(old) => State::Held(Held { refresh_at: Timestamp::ZERO, ..old }),
            None => State::Missing,
        };
    }
}

/// Reads a grant: the header value and the time left.
fn read_grant(body: &[u8]) -> Option<(Secret, Duration)> {
    let grant: Grant = serde_json::from_slice(body).ok()?;
    // It becomes the value of a header.
    if grant.access_token.is_empty() || !grant.access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut header = String::from("QQBot ");
    header.push_str(&grant.access_token);
    Some((Secret::new(header), lifetime(&grant.expires_in)))
}

/// Seconds as an integer, a float or a text; anything else, and what is not in the future, is not believed.
fn lifetime(expires_in: &serde_json::Value) -> Duration {
    let seconds = expires_in
        .as_u64()
        .or_else(|| expires_in.as_str()?.trim().parse().ok())
        .or_else(|| Some(Duration::try_from_secs_f64(expires_in.as_f64()?).ok()?.as_secs()));
    match seconds {
        Some(seconds) if seconds > 0 => Duration::from_secs(seconds).min(LONGEST),
        Some(_) | None => ASSUMED,
    }
}

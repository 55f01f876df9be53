//! What a bot is told at the start.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use crate::intents::{Intents, UnknownIntent};
use crate::secret::Secret;
use crate::session::Session;
use crate::shard::{Verdict, verdict};
use crate::url::may_carry_secret;

/// Everything a [`Client`](crate::Client) is told at the start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The bot's app id, digits.
    pub app_id: String,
    /// The app secret.
    pub secret: Secret,
    /// Which events to ask for.
    pub intents: Intents,
    /// Whether to go on with fewer intents when the platform refuses some: those that need no grant, then those of
    /// groups and one-to-one chats alone. [`Fault::IntentsRefused`](crate::Fault::IntentsRefused) names what was
    /// refused. Off by default: a bot that hears less than it was written for is better mended. Each start, and each
    /// [`Client::restart`](crate::Client::restart), asks for the whole set again.
    pub intents_ladder: bool,
    /// Which shards this process runs.
    pub shards: Shards,
    /// Where the platform is.
    pub hosts: Hosts,
    /// Feeds all chance in the core (jitter, first beats). Give each process another one, for example from the
    /// system's entropy; the same seed and inputs give the same outputs.
    pub seed: u64,
    /// Times and sizes.
    pub limits: Limits,
    /// Sessions to continue, one for each shard at most.
    pub sessions: Vec<Session>,
    /// Who says when a shard may identify.
    pub identify_slots: IdentifySlots,
    /// What each close code means. The platform's own sources disagree, so it can be replaced.
    pub verdict: fn(Option<u16>) -> Verdict,
}

impl Config {
    /// A bot with the defaults: [`Intents::default`], as many shards as the platform advises, current hosts.
    pub fn new(app_id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self {
            app_id: app_id.into(),
            secret: secret.into(),
            intents: Intents::default(),
            intents_ladder: false,
            shards: Shards::Advised,
            hosts: Hosts::current(),
            seed: 0,
            limits: Limits::default(),
            sessions: Vec::new(),
            identify_slots: IdentifySlots::Own,
            verdict,
        }
    }

    /// Reads the configuration from named variables, usually those of the environment: `QQ_APP_ID` and
    /// `QQ_APP_SECRET` (or `QQ_BOT_ID`, `QQ_BOT_SECRET`), `QQ_API_BASE`, `QQ_TOKEN_URL`, `QQ_INTENTS` (names or a
    /// number), `QQ_INTENTS_LADDER` and `QQ_SANDBOX` (`1`, `true`, `yes` or `on`). Empty variables count as missing.
    /// Which shards a process runs is for the program to say: one that has none waits for no event.
    ///
    /// With `QQ_API_BASE` alone the token is asked for at the same host, as the current platform does.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let read = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| var(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
        };
        let app_id = read(&["QQ_APP_ID", "QQ_BOT_ID"]).ok_or(ConfigError::NoAppId)?;
        let secret = read(&["QQ_APP_SECRET", "QQ_BOT_SECRET"]).ok_or(ConfigError::NoSecret)?;
        let mut config = Self::new(app_id, secret);
        let on = |name| {
            read(&[name]).is_some_and(|flag| {
                ["1", "true", "yes", "on"].iter().any(|word| flag.eq_ignore_ascii_case(word))
            })
        };
        config.intents_ladder = on("QQ_INTENTS_LADDER");
        if on("QQ_SANDBOX") {
            config.hosts = Hosts::sandbox();
        }
        if let Some(base) = read(&["QQ_API_BASE"]) {
            config.hosts = Hosts::custom(base);
        }
        if let Some(url) = read(&["QQ_TOKEN_URL"]) {
            config.hosts = config.hosts.with_token_url(url);
        }
        if let Some(intents) = read(&["QQ_INTENTS"]) {
            config.intents = intents.parse()?;
        }
        config.check()?;
        Ok(config)
    }

    /// The same with these intents.
    #[must_use]
    pub fn with_intents(mut self, intents: Intents) -> Self {
        self.intents = intents;
        self
    }

    /// The same that goes on with fewer intents when some are refused, or does not.
    #[must_use]
    pub fn with_intents_ladder(mut self, on: bool) -> Self {
        self.intents_ladder = on;
        self
    }

    /// The same with these shards.
    #[must_use]
    pub fn with_shards(mut self, shards: Shards) -> Self {
        self.shards = shards;
        self
    }

    /// The same with these hosts.
    #[must_use]
    pub fn with_hosts(mut self, hosts: Hosts) -> Self {
        self.hosts = hosts;
        self
    }

    /// The same with this seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The same with these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with sessions to continue.
    #[must_use]
    pub fn with_sessions(mut self, sessions: impl IntoIterator<Item = Session>) -> Self {
        self.sessions = sessions.into_iter().collect();
        self
    }

    /// The same with identify slots from this source.
    #[must_use]
    pub fn with_identify_slots(mut self, slots: IdentifySlots) -> Self {
        self.identify_slots = slots;
        self
    }

    /// The same with another meaning of close codes.
    #[must_use]
    pub fn with_verdict(mut self, verdict: fn(Option<u16>) -> Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    /// Whether a client can be built from this.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.app_id.is_empty() {
            return Err(ConfigError::NoAppId);
        }
        // The app id becomes the value of a header.
        if !self.app_id.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ConfigError::BadAppId);
        }
        if self.secret.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        // Nobody identifies without shards.
        if self.intents.is_empty() && self.shards != Shards::None {
            return Err(ConfigError::NoIntents);
        }
        if let Shards::Range { first, count, total } = self.shards {
            let fits = first.checked_add(count).is_some_and(|end| end <= total);
            if count == 0 || !fits || count > self.limits.shards {
                return Err(ConfigError::BadShards { first, count, total });
            }
        }
        let l = &self.limits;
        let waits = [
            l.token_spacing,
            l.exchange_timeout,
            l.call_timeout,
            l.attempt_timeout,
            l.dial_timeout,
            l.hello_timeout,
            l.join_timeout,
            l.slot_timeout,
            l.shortest_interval,
            l.usual_interval,
        ];
        if waits.iter().any(|wait| *wait < Duration::from_millis(1)) {
            return Err(ConfigError::NoTime);
        }
        let mut hosts = Some(&self.hosts);
        while let Some(these) = hosts {
            let urls = [&these.token_url, &these.api_base].into_iter().chain(&these.gateway);
            if let Some(bad) = urls.into_iter().find(|url| !may_carry_secret(url)) {
                return Err(ConfigError::InsecureUrl { url: bad.clone() });
            }
            hosts = these.fallback.as_deref();
        }
        Ok(())
    }
}

/// Which shards this process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shards {
    /// All of as many as the platform advises (`shards` of `GET /gateway/bot`).
    Advised,
    /// `count` shards from `first` on, of `total` in all processes together.
    Range {
        /// The first shard of this process.
        first: u32,
        /// How many this process runs.
        count: u32,
        /// How many there are in all.
        total: u32,
    },
    /// None: calls only, no gateway, for scripts and for bots whose events come to a webhook. There is a token from
    /// the start on; [`Config::intents`] may be empty.
    None,
}

impl Shards {
    /// All of `total` shards in this process.
    pub const fn all(total: u32) -> Self {
        Self::Range { first: 0, count: total, total }
    }
}

/// Who says when a shard may identify.
///
/// The platform allows `max_concurrency` identifies per five seconds and bot, whatever the number of processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdentifySlots {
    /// The core paces them; right for one process. Several processes must be started apart.
    #[default]
    Own,
    /// A limiter outside grants them: the core says [`Event::IdentifySlotWanted`](crate::Event::IdentifySlotWanted)
    /// and waits for [`Input::IdentifySlot`](crate::Input::IdentifySlot). The core's own pacing still holds.
    Granted,
}

/// The path of the token endpoint, the same on every host.
const TOKEN_PATH: &str = "/app/getAppAccessToken";

/// Where the platform is: it has moved before, so nothing is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hosts {
    /// The whole URL of the token endpoint.
    pub token_url: String,
    /// The base of the REST API, without a slash at its end.
    pub api_base: String,
    /// The gateway's address, if it is not to be asked for.
    pub gateway: Option<String>,
    /// Where to go when these hosts are unreachable or answer with 5xx twice in a row.
    pub fallback: Option<Box<Hosts>>,
}

impl Hosts {
    /// The hosts in force since 2026-08-10, with the [`legacy`](Self::legacy) ones to fall back on.
    pub fn current() -> Self {
        let mut hosts = Self::custom("https://api.bot.qq.com");
        hosts.fallback = Some(Box::new(Self::legacy()));
        hosts
    }

    /// The hosts of the time before; still served.
    pub fn legacy() -> Self {
        Self::custom("https://api.sgroup.qq.com").with_token_url("https://bots.qq.com/app/getAppAccessToken")
    }

    /// The sandbox: only the guilds, groups and users that are set up for testing. The documented host is the legacy
    /// one; one under the new domain is used by some clients but undocumented, so it comes second. The token is the
    /// production one.
    pub fn sandbox() -> Self {
        let mut hosts = Self::custom("https://sandbox.api.sgroup.qq.com")
            .with_token_url("https://api.bot.qq.com/app/getAppAccessToken");
        let newer = Self::custom("https://sandbox.api.bot.qq.com")
            .with_token_url("https://bots.qq.com/app/getAppAccessToken");
        hosts.fallback = Some(Box::new(newer));
        hosts
    }

    /// One host for the API and the token, for example a simulator.
    pub fn custom(api_base: impl Into<String>) -> Self {
        let api_base: String = api_base.into();
        let api_base = api_base.trim_end_matches('/').to_string();
        let token_url = format!("{api_base}{TOKEN_PATH}");
        Self { token_url, api_base, gateway: None, fallback: None }
    }

    /// The same with another token endpoint: its whole URL, or a host to which the usual path is added.
    #[must_use]
    pub fn with_token_url(mut self, url: impl Into<String>) -> Self {
        let url: String = url.into();
        let bare = url.split_once("://").is_some_and(|(_, rest)| !rest.trim_end_matches('/').contains('/'));
        self.token_url = if bare { format!("{}{TOKEN_PATH}", url.trim_end_matches('/')) } else { url };
        // A secret that was meant for this endpoint goes to no other.
        if let Some(fallback) = &mut self.fallback {
            fallback.token_url.clone_from(&self.token_url);
        }
        self
    }

    /// The same with a fixed gateway address.
    #[must_use]
    pub fn with_gateway(mut self, url: impl Into<String>) -> Self {
        self.gateway = Some(url.into());
        self
    }

    /// These hosts, or those of the fallback if `failures` says it is time to change: after every second one.
    pub(crate) fn after(&self, failures: u32) -> &Self {
        match &self.fallback {
            Some(fallback) if (failures / FAILURES_PER_HOST) % 2 == 1 => fallback,
            Some(_) | None => self,
        }
    }
}

/// How often a host may fail in a row before the other one is tried. One failure is nothing; three would be a long
/// wait for a user whose DNS lost a name.
pub(crate) const FAILURES_PER_HOST: u32 = 2;

/// Times and sizes. All have defaults that suit the platform; change them for tests or odd networks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// A token is refreshed this long before it expires, or after two thirds of what was left if that is later. The
    /// platform hands out a new one only in the last 60 s and keeps the old one valid meanwhile. 45 s.
    pub token_margin: Duration,
    /// The least time between two token requests. 1 s.
    pub token_spacing: Duration,
    /// An exchange for a token or the gateway's address is given up after this. 10 s.
    pub exchange_timeout: Duration,
    /// An application's call is given up after this, all its attempts together. 15 s.
    pub call_timeout: Duration,
    /// One attempt at a call that may safely be repeated is given up after this. 5 s: the docs ask for no less.
    pub attempt_timeout: Duration,
    /// Dialling is given up after this, TLS and upgrade included. 10 s.
    pub dial_timeout: Duration,
    /// Hello must come this long after the socket opened. 10 s.
    pub hello_timeout: Duration,
    /// READY, RESUMED or a replayed event must come this long after it was asked for. 15 s.
    pub join_timeout: Duration,
    /// A shard that has Hello waits this long for its identify slot. 60 s.
    pub slot_timeout: Duration,
    /// The shortest heartbeat interval taken from Hello. 100 ms.
    pub shortest_interval: Duration,
    /// The longest heartbeat interval taken from Hello. 5 min.
    pub longest_interval: Duration,
    /// The heartbeat interval if Hello has none or one outside these bounds. 30 s.
    pub usual_interval: Duration,
    /// A shard that was live this long has its failed attempts forgotten. 1 min.
    pub stable_after: Duration,
    /// The window in which `max_concurrency` identifies are allowed. 5 s.
    pub identify_window: Duration,
    /// Added between identifies, because the server measures arrival, not sending. 250 ms.
    pub identify_margin: Duration,
    /// Calls in flight at once: how many conversations may hang before a further one has to wait. 64.
    pub calls_in_flight: u32,
    /// Calls in all, waiting ones included; more are refused. 1,024.
    pub calls: u32,
    /// After a stop, calls in flight have this long to end. 1 s.
    pub stop_grace: Duration,
    /// Shards one client runs at most, whatever the platform advises. 1,024.
    pub shards: u32,
    /// The largest frame that is read. 16 MiB: the platform documents none, quoted chats are tens of kilobytes.
    pub frame_bytes: usize,
    /// Event ids remembered to deliver once what is pushed twice. 10,000.
    pub remembered_events: u32,
}

impl Default for Limits {
    fn default() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        Self {
            token_margin: SECOND.saturating_mul(45),
            token_spacing: SECOND,
            exchange_timeout: SECOND.saturating_mul(10),
            call_timeout: SECOND.saturating_mul(15),
            attempt_timeout: SECOND.saturating_mul(5),
            dial_timeout: SECOND.saturating_mul(10),
            hello_timeout: SECOND.saturating_mul(10),
            join_timeout: SECOND.saturating_mul(15),
            slot_timeout: SECOND.saturating_mul(60),
            shortest_interval: Duration::from_millis(100),
            longest_interval: SECOND.saturating_mul(300),
            usual_interval: SECOND.saturating_mul(30),
            stable_after: SECOND.saturating_mul(60),
            identify_window: SECOND.saturating_mul(5),
            identify_margin: Duration::from_millis(250),
            calls_in_flight: 64,
            calls: 1024,
            stop_grace: SECOND,
            shards: 1024,
            frame_bytes: 16 << 20,
            remembered_events: 10_000,
        }
    }
}

/// Why no client can be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no app id.
    #[error("no app id: set QQ_APP_ID")]
    NoAppId,
    /// The app id has characters that no app id has.
    #[error("the app id has spaces or control characters in it")]
    BadAppId,
    /// There is no secret.
    #[error("no app secret: set QQ_APP_SECRET")]
    NoSecret,
    /// No intents: the platform refuses an identify without any.
    #[error("no intents: a bot without any receives nothing")]
    NoIntents,
    /// A name among the intents is unknown.
    #[error(transparent)]
    UnknownIntent(#[from] UnknownIntent),
    /// One of the times in [`Limits`] is shorter than a millisecond: what it bounds could never happen.
    #[error("a timeout or interval in the limits is shorter than a millisecond")]
    NoTime,
    /// The range of shards is empty, too large, or not inside the total.
    #[error("{count} shards from {first} on do not fit into {total}")]
    BadShards {
        /// The first shard.
        first: u32,
        /// How many.
        count: u32,
        /// Of how many.
        total: u32,
    },
    /// A URL that would carry a secret in the clear to another machine.
    #[error("{url} is neither https nor on this machine")]
    InsecureUrl {
        /// The URL.
        url: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The configuration from these variables.
    fn from(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_vars(|name| {
            vars.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_string())
        })
    }

    const BOT: [(&str, &str); 2] = [("QQ_APP_ID", "102"), ("QQ_APP_SECRET", "s")];

    fn with(more: &[(&str, &str)]) -> Result<Config, ConfigError> {
        from(&[&BOT[..], more].concat())
    }

    #[test]
    fn app_id_and_secret_under_both_names() {
        let config = with(&[("QQ_BOT_ID", "other"), ("QQ_BOT_SECRET", "other")]).unwrap();
        assert_eq!((config.app_id.as_str(), config.secret.expose()), ("102", "s"));
        let config = from(&[("QQ_BOT_ID", " 7 "), ("QQ_BOT_SECRET", " t\n"), ("QQ_APP_ID", " ")]).unwrap();
        assert_eq!((config.app_id.as_str(), config.secret.expose()), ("7", "t"));
        assert_eq!(from(&[]).unwrap_err(), ConfigError::NoAppId);
        assert_eq!(from(&[("QQ_APP_ID", "1")]).unwrap_err(), ConfigError::NoSecret);
        assert_eq!(from(&[("QQ_APP_ID", "1"), ("QQ_APP_SECRET", "")]).unwrap_err(), ConfigError::NoSecret);
    }

    /// Variables; token endpoint, API, and both of the fallback.
    type HostRow<'a> = (&'a [(&'a str, &'a str)], String, &'a str, Option<(String, &'a str)>);

    #[test]
    fn hosts_by_variables() {
        let token = "/app/getAppAccessToken";
        let (new, old) = ("https://api.bot.qq.com", "https://api.sgroup.qq.com");
        let rows: [HostRow<'_>; 7] = [
            (&[], format!("{new}{token}"), new, Some((format!("https://bots.qq.com{token}"), old))),
            (
                &[("QQ_SANDBOX", "0")],
                format!("{new}{token}"),
                new,
                Some((format!("https://bots.qq.com{token}"), old)),
            ),
            (
                &[("QQ_SANDBOX", "Yes")],
                format!("{new}{token}"),
                "https://sandbox.api.sgroup.qq.com",
                Some((format!("https://bots.qq.com{token}"), "https://sandbox.api.bot.qq.com")),
            ),
            (
                &[("QQ_API_BASE", "http://127.0.0.1:9/")],
                format!("http://127.0.0.1:9{token}"),
                "http://127.0.0.1:9",
                None,
            ),
            (
                &[("QQ_API_BASE", "https://a.example/x//"), ("QQ_TOKEN_URL", "https://t.example")],
                format!("https://t.example{token}"),
                "https://a.example/x",
                None,
            ),
            (
                &[("QQ_API_BASE", "https://a.example"), ("QQ_TOKEN_URL", "https://t.example/my/token")],
                "https://t.example/my/token".into(),
                "https://a.example",
                None,
            ),
            // A secret that is meant for this endpoint goes to no other.
            (
                &[("QQ_TOKEN_URL", "https://t.example/")],
                format!("https://t.example{token}"),
                new,
                Some((format!("https://t.example{token}"), old)),
            ),
        ];
        for (vars, token_url, api_base, fallback) in rows {
            let hosts = with(vars).unwrap().hosts;
            assert_eq!((&hosts.token_url, hosts.api_base.as_str()), (&token_url, api_base), "{vars:?}");
            let found = hosts.fallback.map(|hosts| (hosts.token_url, hosts.api_base));
            assert_eq!(found, fallback.map(|(token, api)| (token, api.to_string())), "{vars:?}");
        }
    }

    #[test]
    fn nothing_goes_in_the_clear_to_another_machine() {
        for vars in [
            [("QQ_API_BASE", "http://api.bot.qq.com")],
            [("QQ_TOKEN_URL", "http://10.0.0.1/app")],
            [("QQ_API_BASE", "api.bot.qq.com")],
            [("QQ_API_BASE", "ftp://127.0.0.1")],
        ] {
            assert!(matches!(with(&vars).unwrap_err(), ConfigError::InsecureUrl { .. }), "{vars:?}");
        }
        let hosts = Hosts::current().with_gateway("ws://gw.example");
        let config = Config::new("1", "s").with_hosts(hosts);
        assert_eq!(config.check(), Err(ConfigError::InsecureUrl { url: "ws://gw.example".into() }));
        // Those of the fallback count as well.
        let mut hosts = Hosts::current();
        hosts.fallback = Some(Box::new(Hosts::custom("http://old.example")));
        assert!(Config::new("1", "s").with_hosts(hosts).check().is_err());
    }

    #[test]
    fn intents_by_name_or_number() {
        assert_eq!(with(&[("QQ_INTENTS", "1")]).unwrap().intents, Intents::GUILDS);
        assert!(matches!(with(&[("QQ_INTENTS", "nonsense")]).unwrap_err(), ConfigError::UnknownIntent(_)));
        assert_eq!(with(&[("QQ_INTENTS", "0")]).unwrap_err(), ConfigError::NoIntents);
        assert_eq!(with(&[]).unwrap().intents, Intents::default());
    }

    #[test]
    fn the_ladder_is_off_unless_it_is_asked_for() {
        assert!(!with(&[]).unwrap().intents_ladder);
        for (flag, on) in
            [("1", true), (" ON ", true), ("yes", true), ("0", false), ("off", false), ("", false)]
        {
            assert_eq!(with(&[("QQ_INTENTS_LADDER", flag)]).unwrap().intents_ladder, on, "{flag:?}");
        }
    }

    #[test]
    fn who_has_no_shards_needs_no_intents() {
        let config = Config::new("1", "s").with_intents(Intents::empty());
        assert_eq!(config.check(), Err(ConfigError::NoIntents));
        assert_eq!(config.with_shards(Shards::None).check(), Ok(()));
    }

    #[test]
    fn an_app_id_is_fit_for_a_header() {
        for app_id in ["1 2", "1\r\nX: y", "\u{4e2d}", "1\0"] {
            assert_eq!(Config::new(app_id, "s").check(), Err(ConfigError::BadAppId), "{app_id:?}");
        }
    }

    #[test]
    fn a_range_lies_within_its_total() {
        for (first, count, total, fits) in [
            (0, 1, 1, true),
            (3, 2, 5, true),
            (0, 1024, 1024, true),
            (0, 1, 5000, true),
            (0, 0, 1, false),
            (4, 2, 5, false),
            (0, 1, 0, false),
            (u32::MAX, 1, u32::MAX, false),
            (0, 1025, 2000, false),
        ] {
            let config = Config::new("1", "s").with_shards(Shards::Range { first, count, total });
            let expected = if fits { Ok(()) } else { Err(ConfigError::BadShards { first, count, total }) };
            assert_eq!(config.check(), expected);
        }
        assert_eq!(Shards::all(4), Shards::Range { first: 0, count: 4, total: 4 });
    }

    #[test]
    fn every_second_failure_changes_the_host() {
        let hosts = Hosts::current();
        let used: Vec<bool> = (0..8).map(|failures| *hosts.after(failures) == hosts).collect();
        assert_eq!(used, [true, true, false, false, true, true, false, false]);
        let alone = Hosts::legacy();
        assert!((0..8).all(|failures| *alone.after(failures) == alone));
        assert_eq!(*hosts.after(u32::MAX), Hosts::legacy());
    }

    #[test]
    fn times_are_as_decided() {
        let limits = Limits::default();
        let seconds = |duration: Duration| duration.as_millis();
        assert_eq!(
            [
                limits.token_margin,
                limits.token_spacing,
                limits.exchange_timeout,
                limits.call_timeout,
                limits.dial_timeout,
                limits.hello_timeout,
                limits.join_timeout,
                limits.shortest_interval,
                limits.longest_interval,
                limits.usual_interval,
                limits.stable_after,
                limits.identify_window,
                limits.identify_margin,
            ]
            .map(seconds),
            [45_000, 1000, 10_000, 15_000, 10_000, 10_000, 15_000, 100, 300_000, 30_000, 60_000, 5000, 250]
        );
    }

    #[test]
    fn the_secret_is_not_shown() {
        let config = Config::new("102", "s3cr3t");
        let shown = format!("{config:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("115, 51"), "{shown}");
    }
}

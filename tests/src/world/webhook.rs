//! A bot without a gateway connection: its webhook against the model platform in virtual time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use qq_proto::webhook::{Answer, Delivery, Head, Limits, Receipt, Received, Refusal, Settings, Webhook};
use qq_proto::webhook::{Notice, Response};
use qq_proto::{Dispatch, Secret, Timestamp};

use crate::choices::Choices;
use crate::oracle::{Finding, Property};
use crate::platform::{
    CallbackManner, Forgery, Hidden, Inbound, Incident, Platform, PlatformConfig, Post, Posted, PushEnd,
    Scene, Standing,
};
use crate::signer::Signer;

/// What a world drives: the core's own [`Webhook`], or one that does something wrong.
pub trait Receiver {
    /// As [`Webhook::handle`].
    fn handle(
        &mut self,
        now: Timestamp,
        unix_seconds: u64,
        headers: &[(String, String)],
        body: &Bytes,
    ) -> Received;

    /// As [`Webhook::accepted`].
    fn accepted(&mut self, receipt: Receipt) -> Answer;

    /// As [`Webhook::full`].
    fn full(&mut self, receipt: Receipt) -> Answer;

    /// As [`Webhook::rotate`].
    fn rotate(&mut self, app_id: &str, secret: &Secret, keep_old_until: Timestamp);
}

impl Receiver for Webhook {
    fn handle(
        &mut self,
        now: Timestamp,
        unix_seconds: u64,
        headers: &[(String, String)],
        body: &Bytes,
    ) -> Received {
        let head = Head::read(headers.iter().map(|(name, value)| (name.as_str(), value)));
        Self::handle(self, now, unix_seconds, &head, body)
    }

    fn accepted(&mut self, receipt: Receipt) -> Answer {
        Self::accepted(self, receipt)
    }

    fn full(&mut self, receipt: Receipt) -> Answer {
        Self::full(self, receipt)
    }

    fn rotate(&mut self, app_id: &str, secret: &Secret, keep_old_until: Timestamp) {
        // A bot that is not there is not in this world.
        let _ = Self::rotate(self, app_id, secret, keep_old_until);
    }
}

/// Makes what a world drives, from the settings it shall have.
pub type Receive<'a> = &'a dyn Fn(Settings) -> Box<dyn Receiver>;

/// The core's own.
///
/// # Panics
///
/// If the settings make no sense.
pub fn receive(settings: Settings) -> Box<dyn Receiver> {
    match Webhook::new(settings) {
        Ok(webhook) => Box::new(webhook),
        Err(error) => panic!("{error}"),
    }
}

/// Webhooks that do one thing wrong, to prove that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WebhookSabotage {
    /// Forgets which events were accepted.
    DeliverTwice,
    /// Takes every signature.
    SkipSignature,
    /// Says "received" of what did not fit into the queue.
    LoseWhenFull,
    /// Signs whatever a validation asks for.
    SignAnything,
}

impl WebhookSabotage {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::DeliverTwice, Self::SkipSignature, Self::LoseWhenFull, Self::SignAnything];

    /// A maker of webhooks that do this wrong.
    pub fn make(self) -> impl Fn(Settings) -> Box<dyn Receiver> {
        move |mut settings| {
            if self == Self::DeliverTwice {
                settings.limits.remembered_events = 0;
            }
            let secret = settings.bots.first().map_or("", |bot| bot.secret.expose()).to_owned();
            Box::new(Saboteur { how: self, inner: receive(settings), secret })
        }
    }
}

struct Saboteur {
    how: WebhookSabotage,
    inner: Box<dyn Receiver>,
    secret: String,
}

impl Saboteur {
    /// Puts the body of another answer into one.
    fn say(mut answer: Answer, body: &'static str) -> Answer {
        answer.response.status = 200;
        answer.response.body = Bytes::from_static(body.as_bytes());
        answer
    }

    fn sign_for(&self, answer: &mut Answer, body: &[u8]) {
        let ask: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| ask.pointer(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let (time, token) = (text("/d/event_ts"), text("/d/plain_token"));
        let signature = Signer::new(&self.secret).sign(time, token.as_bytes());
        let reply = serde_json::json!({"plain_token": token, "signature": signature});
        answer.response.status = 200;
        answer.response.body = Bytes::from(reply.to_string());
    }
}

impl Receiver for Saboteur {
    fn handle(
        &mut self,
        now: Timestamp,
        unix_seconds: u64,
        headers: &[(String, String)],
        body: &Bytes,
    ) -> Received {
        if self.how == WebhookSabotage::SkipSignature {
            let app_id = headers.iter().find(|(name, _)| name == "X-Bot-Appid");
            let app_id = app_id.map_or("", |(_, value)| value.as_str());
            let resigned = Signer::new(&self.secret).headers(app_id, unix_seconds, body);
            return self.inner.handle(now, unix_seconds, &resigned, body);
        }
        match self.inner.handle(now, unix_seconds, headers, body) {
            Received::Done(mut answer) => {
                let refused = answer.notice == Notice::Refused(Refusal::BadValidation);
                if self.how == WebhookSabotage::SignAnything && refused {
                    self.sign_for(&mut answer, body);
                }
                Received::Done(answer)
            }
            Received::Event(delivery) => Received::Event(delivery),
        }
    }

    fn accepted(&mut self, receipt: Receipt) -> Answer {
        self.inner.accepted(receipt)
    }

    fn full(&mut self, receipt: Receipt) -> Answer {
        let answer = self.inner.full(receipt);
        match self.how {
            WebhookSabotage::LoseWhenFull => Self::say(answer, r#"{"op":12,"d":0}"#),
            WebhookSabotage::DeliverTwice
            | WebhookSabotage::SkipSignature
            | WebhookSabotage::SignAnything => answer,
        }
    }

    fn rotate(&mut self, app_id: &str, secret: &Secret, keep_old_until: Timestamp) {
        secret.expose().clone_into(&mut self.secret);
        self.inner.rotate(app_id, secret, keep_old_until);
    }
}

/// Room in the application's queue.
const QUEUE: usize = 4;
/// How long events come and things go wrong.
const ACTIVE: Duration = Duration::from_secs(300);
/// All requests, all retries and the longest pauses fit into this.
const SETTLE: Duration = Duration::from_secs(120);

/// Something that will happen.
enum Happening {
    /// A message is written to the bot.
    Traffic,
    /// Perhaps something goes wrong.
    Fault,
    /// A request arrives at the bot.
    Arrive { post: Post, copy: bool },
    /// The application is asked whether it has room.
    Enqueue { dispatch: Dispatch, receipt: Receipt, number: u64, copy: bool },
    /// The application finishes an event.
    Drain,
    /// An answer arrives at the platform.
    Answered { number: u64, answer: Option<Posted> },
    /// The address is entered in the console.
    SetUp,
}

/// What a life of a webhook came to.
#[derive(Debug, Default)]
pub struct WebhookReport {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Events that reached the application.
    pub delivered: u64,
    /// Events of which the platform says that they were received.
    pub received: u64,
    /// Events that the platform gave up.
    pub given_up: u64,
    /// Requests beyond the first for an event.
    pub retries: u64,
    /// Requests that were forged or copied, and made.
    pub forged: u64,
    /// Events that did not fit into the application's queue.
    pub full: u64,
}

/// The webhook of one bot against the model platform.
///
/// Requests and answers take their time, and are lost or doubled; the application is slow; requests are forged; the
/// secret is changed. Each event reaches the application once at most, exactly once if the platform has been told so,
/// and nothing reaches it that the platform has not sent.
pub struct WebhookWorld<'a> {
    choices: &'a mut dyn Choices,
    now: Duration,
    queue: BTreeMap<(Duration, u64), Happening>,
    order: u64,
    platform: Platform,
    receiver: Box<dyn Receiver>,
    /// How far the bot's clock is ahead of the platform's, seconds.
    skew: i64,
    waiting: VecDeque<String>,
    delivered: BTreeSet<String>,
    report: WebhookReport,
    rotated: bool,
}

impl std::fmt::Debug for WebhookWorld<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookWorld").field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> WebhookWorld<'a> {
    /// One life from set-up to silence.
    pub fn run(choices: &'a mut dyn Choices, make: Receive<'_>) -> WebhookReport {
        let sign_validation = choices.pick("validation is signed", 2) == 1;
        let sign_anew = choices.pick("retries keep their signature", 2) == 0;
        let callback = CallbackManner { sign_anew, sign_validation, ..CallbackManner::default() };
        let config = PlatformConfig { callback, ..PlatformConfig::default() };
        let mut limits = Limits::default();
        // Small enough to be reached.
        limits.in_flight = 8;
        let settings = Settings::new(config.app_id.clone(), config.secret.expose()).with_limits(limits);
        let skew = i64::from(choices.pick("skew", 5)) * 100;
        let skew = if choices.pick("clock is behind", 2) == 1 { -skew } else { skew };
        let mut world = Self {
            choices,
            now: Duration::ZERO,
            queue: BTreeMap::new(),
            order: 0,
            platform: Platform::new(config),
            receiver: make(settings),
            skew,
            waiting: VecDeque::new(),
            delivered: BTreeSet::new(),
            report: WebhookReport::default(),
            rotated: false,
        };
        for first in [Happening::SetUp, Happening::Traffic, Happening::Fault, Happening::Drain] {
            world.schedule(Duration::ZERO, first);
        }
        world.live();
        world.judge();
        world.report
    }

    fn live(&mut self) {
        let end = ACTIVE + SETTLE;
        loop {
            self.posts();
            let next = self.queue.first_key_value().map(|((at, _), _)| *at);
            let due = self.platform.next_deadline();
            let Some(at) = next.into_iter().chain(due).min().filter(|at| *at <= end) else {
                return;
            };
            self.now = self.now.max(at);
            if next == Some(at) {
                if let Some((_, happening)) = self.queue.pop_first() {
                    self.happen(happening);
                }
            } else {
                self.platform.tick(self.now);
            }
        }
    }

    fn calm(&self) -> bool {
        self.now >= ACTIVE
    }

    fn pick(&mut self, what: &'static str, n: u32) -> u32 {
        self.choices.pick(what, n)
    }

    fn schedule(&mut self, wait: Duration, what: Happening) {
        self.order += 1;
        self.queue.insert((self.now + wait, self.order), what);
    }

    /// One way over the network: mostly quick, sometimes longer than the platform waits.
    fn delay(&mut self) -> Duration {
        let slow = !self.calm() && self.pick("slow", 20) == 1;
        let longest = if slow { 5000 } else { 150 };
        Duration::from_millis(u64::from(self.pick("delay", longest)))
    }

    fn lost(&mut self, what: &'static str) -> bool {
        !self.calm() && self.pick(what, 12) == 1
    }

    /// Puts the platform's requests on their way.
    fn posts(&mut self) {
        while let Some(post) = self.platform.poll_post() {
            if self.lost("request lost") {
                let (number, wait) = (post.number, self.delay());
                self.schedule(wait, Happening::Answered { number, answer: None });
                continue;
            }
            if self.lost("request doubled") {
                let wait = self.delay();
                self.schedule(wait, Happening::Arrive { post: post.clone(), copy: true });
            }
            let wait = self.delay();
            self.schedule(wait, Happening::Arrive { post, copy: false });
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::SetUp => self.set_up(),
            Happening::Traffic => self.traffic(),
            Happening::Fault => self.fault(),
            Happening::Arrive { post, copy } => self.arrive(&post, copy),
            Happening::Enqueue { dispatch, receipt, number, copy } => {
                self.enqueue(&dispatch, receipt, number, copy);
            }
            Happening::Drain => {
                self.waiting.pop_front();
                let stalls = !self.calm() && self.pick("application stalls", 30) == 1;
                let longest = if stalls { 8000 } else { 400 };
                let wait = Duration::from_millis(1 + u64::from(self.pick("work", longest)));
                self.schedule(wait, Happening::Drain);
            }
            Happening::Answered { number, answer } => self.platform.posted(self.now, number, answer.as_ref()),
        }
    }

    /// Somebody looks whether the address is set up, and tries again.
    fn set_up(&mut self) {
        match self.platform.callback() {
            Some(Standing::Valid) => return,
            Some(Standing::Validating) => {}
            Some(Standing::Failed) | None => {
                self.platform.set_callback(self.now, Some("http://127.0.0.1:1/webhook"));
            }
        }
        self.schedule(Duration::from_secs(10), Happening::SetUp);
    }

    fn traffic(&mut self) {
        if self.calm() {
            return;
        }
        let scene = [Scene::C2c, Scene::Group, Scene::Guild, Scene::Dm];
        let at = self.pick("scene", 4) as usize;
        let scene = scene.get(at).copied().unwrap_or(Scene::C2c);
        if self.platform.callback() == Some(Standing::Valid) {
            self.platform.push_message(self.now, &Inbound::new(scene, "hello"));
        }
        let wait = Duration::from_millis(u64::from(self.pick("traffic", 1500)));
        self.schedule(wait, Happening::Traffic);
    }

    fn fault(&mut self) {
        if self.calm() {
            return;
        }
        let many = u32::try_from(Forgery::ALL.len()).unwrap_or(0);
        let which = self.pick("forgery", many + 2) as usize;
        if let Some(how) = which.checked_sub(1).and_then(|at| Forgery::ALL.get(at)) {
            self.report.forged += u64::from(self.platform.forge(self.now, *how));
        } else if which > 0 && !self.rotated && self.platform.callback() == Some(Standing::Valid) {
            // The bot learns of the new secret before the console does, as the documentation says.
            self.rotated = true;
            let (secret, until) = ("the secret after that", Timestamp::from(self.now + SETTLE));
            let app_id = self.platform.config().app_id.clone();
            self.receiver.rotate(&app_id, &Secret::new(secret), until);
            self.platform.apply(self.now, Incident::RotateSecret { secret: Hidden::from(secret) });
        }
        let wait = Duration::from_millis(500 + u64::from(self.pick("quiet", 4000)));
        self.schedule(wait, Happening::Fault);
    }

    fn arrive(&mut self, post: &Post, copy: bool) {
        let unix = (self.platform.config().epoch + self.now).as_secs().saturating_add_signed(self.skew);
        match self.receiver.handle(Timestamp::from(self.now), unix, &post.headers, &post.body) {
            Received::Done(answer) => self.answer(post.number, copy, &answer.response),
            Received::Event(Delivery { dispatch, receipt, .. }) => {
                let longest = if !self.calm() && self.pick("room is waited for", 8) == 1 { 4000 } else { 3 };
                let wait = Duration::from_millis(u64::from(self.pick("think", longest)));
                let number = post.number;
                self.schedule(wait, Happening::Enqueue { dispatch, receipt, number, copy });
            }
        }
    }

    fn enqueue(&mut self, dispatch: &Dispatch, receipt: Receipt, number: u64, copy: bool) {
        let id = dispatch.id().unwrap_or_default().to_owned();
        let answer = if self.waiting.len() < QUEUE {
            self.report.delivered += 1;
            self.waiting.push_back(id.clone());
            if !self.platform.pushes().any(|push| push.event_id == id) {
                self.find(Property::Rules, format!("{id} was delivered, and never sent"));
            }
            if !self.delivered.insert(id.clone()) {
                self.find(Property::P11, format!("{id} was delivered twice"));
            }
            self.receiver.accepted(receipt)
        } else {
            self.report.full += 1;
            self.receiver.full(receipt)
        };
        self.answer(number, copy, &answer.response);
    }

    /// An answer on its way. That to a copy of a request reaches nobody.
    fn answer(&mut self, number: u64, copy: bool, response: &Response) {
        if copy {
            return;
        }
        let answer = Posted { status: response.status, body: response.body.to_vec() };
        let answer = if self.lost("answer lost") { None } else { Some(answer) };
        let wait = self.delay();
        self.schedule(wait, Happening::Answered { number, answer });
    }

    fn find(&mut self, property: Property, text: String) {
        self.report.findings.push(Finding { property, at: Timestamp::from(self.now), text });
    }

    /// What must hold in the end.
    fn judge(&mut self) {
        let mut found = Vec::new();
        for push in self.platform.pushes() {
            self.report.retries += u64::from(push.attempts.saturating_sub(1));
            let id = &push.event_id;
            match push.end {
                PushEnd::Received => {
                    self.report.received += 1;
                    if !self.delivered.contains(id) {
                        found.push((Property::P11, format!("{id} counts as received and was not delivered")));
                    }
                }
                PushEnd::GivenUp => self.report.given_up += 1,
                PushEnd::Open => found.push((Property::P12, format!("{id} is still under way"))),
            }
        }
        if self.platform.callback() != Some(Standing::Valid) {
            found.push((Property::P12, "the address was never validated".to_owned()));
        }
        // Only one in many may be lost by bad luck four times in a row.
        if self.report.given_up * 5 > self.report.received {
            let text = format!("{} events were given up", self.report.given_up);
            found.push((Property::P12, text));
        }
        for violation in self.platform.violations() {
            found.push((Property::Rules, format!("{:?}: {}", violation.rule, violation.text)));
        }
        for (property, text) in found {
            self.find(property, text);
        }
    }
}

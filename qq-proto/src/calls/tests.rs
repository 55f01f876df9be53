//! The table of calls by itself, at literal times.

mod outcomes;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Calls, Step};
use crate::api::{ApiRequest, CallError, Repeat};
use crate::config::Limits;
use crate::id::{HttpId, RequestId};
use crate::io::{HttpResponse, Method, TransportError};
use crate::rng::Rng;
use crate::time::{Timestamp, Wake};

struct Bench {
    calls: Calls,
    rng: Rng,
    limits: Limits,
    now: u64,
    last: u64,
    dead_tokens: Vec<u64>,
    /// What is certain about hosts: which one, and whether it was reached.
    hosts: Vec<(u32, bool)>,
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

impl Bench {
    fn new() -> Self {
        Self {
            calls: Calls::default(),
            rng: Rng::new(1),
            limits: Limits::default(),
            now: 1000,
            last: 0,
            dead_tokens: Vec::new(),
            hosts: Vec::new(),
        }
    }

    fn admit(&mut self, lane: Option<&str>, repeat: Repeat) -> RequestId {
        let mut request = ApiRequest::new(Method::Post, &["x"]).with_repeat(repeat);
        request.lane = lane.map(ToString::to_string);
        self.calls.admit(at(self.now), request, &self.limits)
    }

    /// One call of this kind, sent.
    fn one(repeat: Repeat) -> Self {
        let mut bench = Self::new();
        bench.admit(None, repeat);
        bench.fly();
        bench
    }

    /// Begins an exchange for the call whose turn it is, with token 1 to host 0; gives its timeout in ms.
    fn fly(&mut self) -> u64 {
        self.last += 1;
        let launch = self.calls.launch(at(self.now), HttpId(self.last), 1, 0, &self.limits);
        u64::try_from(launch.expect("a call is ready").timeout.as_millis()).unwrap()
    }

    fn answer(&mut self, http: u64, result: Result<HttpResponse, TransportError>) -> String {
        let answered = self.calls.answer(at(self.now), HttpId(http), result, &mut self.rng);
        let Some((step, host)) = answered else { return "not ours".into() };
        self.hosts.extend(host);
        self.show(step)
    }

    /// The answer to the newest exchange.
    fn reply(&mut self, status: u16, body: &str) -> String {
        self.answer(self.last, Ok(HttpResponse::new(status, body.to_string())))
    }

    fn fail(&mut self, error: TransportError) -> String {
        self.answer(self.last, Err(error))
    }

    fn show(&mut self, step: Step) -> String {
        match step {
            Step::Goes { dead_token } => {
                self.dead_tokens.extend(dead_token);
                "goes on".into()
            }
            Step::Done(reply) => {
                let result = match reply.result {
                    Ok(outcome) if outcome.delivered_before => "delivered before".to_string(),
                    Ok(outcome) => format!("ok {} {} bytes", outcome.status, outcome.body.len()),
                    Err(CallError::Api(error)) => format!("refused {} {}", error.status, error.number()),
                    Err(CallError::TimedOut { sent }) => format!("timed out, sent {sent}"),
                    Err(error) => format!("{error:?}"),
                };
                format!("{} after {}: {result}", reply.id, reply.attempts)
            }
        }
    }

    /// When it next wants to be woken.
    fn wakes(&self) -> Option<u64> {
        let deadline = self.calls.deadline()?;
        assert_eq!(deadline.why, Wake::Call);
        Some(u64::try_from(deadline.at.since_start().as_millis()).unwrap())
    }

    /// Serves what is due by then.
    fn wait_until(&mut self, now: u64) -> Vec<String> {
        self.now = now;
        let mut shown = Vec::new();
        while let Some(step) = self.calls.fire(at(now), &mut self.rng) {
            let step = self.show(step);
            shown.push(step);
        }
        assert!(self.wakes().is_none_or(|next| next > now), "still due at {now}");
        shown
    }

    fn wake(&mut self) -> Vec<String> {
        self.wait_until(self.wakes().unwrap())
    }

    /// In flight, waiting, done, failed, repeats.
    fn counts(&self) -> [u64; 5] {
        let counts = self.calls.counts();
        [counts.in_flight.into(), counts.waiting.into(), counts.done, counts.failed, counts.repeats]
    }

    /// Nothing is left over of any call.
    fn assert_empty(&self) {
        assert_eq!((self.calls.len(), self.calls.in_flight(), self.calls.any_ready()), (0, 0, false));
        assert!(self.calls.lanes.is_empty() && self.calls.timers.is_empty());
    }
}

#[test]
fn calls_without_a_lane_go_side_by_side_first_come_first_served() {
    let mut bench = Bench::new();
    let ids: Vec<_> = (0..3).map(|_| bench.admit(None, Repeat::Never)).collect();
    assert!(ids.is_sorted());
    for _ in 0..3 {
        bench.fly();
    }
    assert!(!bench.calls.any_ready());
    assert_eq!(bench.counts(), [3, 0, 0, 0, 0]);
    assert_eq!(bench.answer(2, Ok(HttpResponse::new(200, "{}"))), "2 after 1: ok 200 2 bytes");
    assert_eq!(bench.answer(1, Ok(HttpResponse::new(204, ""))), "1 after 1: ok 204 0 bytes");
    assert_eq!(bench.answer(1, Ok(HttpResponse::new(204, ""))), "not ours");
    assert_eq!(bench.answer(3, Ok(HttpResponse::new(200, "[]"))), "3 after 1: ok 200 2 bytes");
    assert_eq!(bench.counts(), [0, 0, 3, 0, 0]);
    bench.assert_empty();
}

#[test]
fn one_lane_keeps_its_order_and_others_do_not_wait() {
    let mut bench = Bench::new();
    bench.admit(Some("a"), Repeat::Deduplicated);
    bench.admit(Some("a"), Repeat::Deduplicated);
    bench.admit(Some("b"), Repeat::Deduplicated);
    bench.admit(Some("a"), Repeat::Deduplicated);
    bench.fly();
    bench.fly();
    assert!(!bench.calls.any_ready(), "the second of a waits for the first");
    assert_eq!(bench.answer(2, Ok(HttpResponse::new(200, ""))), "3 after 1: ok 200 0 bytes");
    // The first is repeated: the second still waits, while it rests and while it flies.
    assert_eq!(bench.answer(1, Ok(HttpResponse::new(429, ""))), "goes on");
    assert!(!bench.calls.any_ready());
    assert_eq!(bench.wake(), ["goes on"]);
    bench.fly();
    assert!(!bench.calls.any_ready());
    assert_eq!(bench.reply(400, ""), "1 after 2: refused 400 0");
    // A failure lets the next one go as well.
    bench.fly();
    assert_eq!(bench.reply(200, ""), "2 after 1: ok 200 0 bytes");
    bench.fly();
    assert_eq!(bench.reply(200, ""), "4 after 1: ok 200 0 bytes");
    bench.assert_empty();
}

#[test]
fn a_repeat_goes_before_later_calls() {
    let mut bench = Bench::new();
    bench.admit(None, Repeat::Deduplicated);
    bench.fly();
    bench.admit(None, Repeat::Deduplicated);
    assert_eq!(bench.fail(TransportError::Broken), "goes on");
    bench.fly();
    assert_eq!(bench.reply(200, ""), "1 after 2: ok 200 0 bytes");
}

#[test]
fn the_deadline_takes_a_call_out_of_any_place_of_its_lane() {
    let mut bench = Bench::new();
    bench.admit(Some("a"), Repeat::Deduplicated);
    bench.now = 2000;
    bench.admit(Some("a"), Repeat::Deduplicated);
    bench.admit(Some("a"), Repeat::Deduplicated);
    bench.now = 3000;
    bench.fly();
    assert_eq!(bench.reply(429, ""), "goes on");
    // The head has its deadline at 16 s, the others at 17 s.
    assert_eq!(bench.wait_until(15_999), ["goes on"]);
    bench.fly();
    assert_eq!(bench.wait_until(16_000), ["1 after 2: timed out, sent true"]);
    assert_eq!(bench.answer(2, Ok(HttpResponse::new(200, ""))), "not ours");
    bench.fly();
    let timed_out = ["2 after 1: timed out, sent true", "3 after 0: timed out, sent false"];
    assert_eq!(bench.wait_until(17_000), timed_out);
    assert_eq!(bench.counts(), [0, 0, 0, 3, 1]);
    bench.assert_empty();

    // One that waits behind goes, and the head does not notice.
    let mut bench = Bench::new();
    bench.admit(Some("a"), Repeat::Never);
    bench.limits.call_timeout = core::time::Duration::from_secs(1);
    bench.admit(Some("a"), Repeat::Never);
    bench.limits.call_timeout = core::time::Duration::from_secs(15);
    bench.admit(Some("a"), Repeat::Never);
    bench.fly();
    assert_eq!(bench.wait_until(2000), ["2 after 0: timed out, sent false"]);
    assert!(!bench.calls.any_ready());
    assert_eq!(bench.reply(200, ""), "1 after 1: ok 200 0 bytes");
    bench.fly();
    assert_eq!(bench.reply(200, ""), "3 after 1: ok 200 0 bytes");
    bench.assert_empty();
}

#[test]
fn a_call_that_is_never_sent_ends_at_its_deadline() {
    let mut bench = Bench::new();
    bench.admit(None, Repeat::Deduplicated);
    assert_eq!(bench.wakes(), Some(16_000));
    assert!(bench.wait_until(15_999).is_empty());
    assert_eq!(bench.wait_until(16_000), ["1 after 0: timed out, sent false"]);
    bench.assert_empty();
}

#[test]
fn attempts_have_their_timeout_within_the_deadline() {
    for (repeat, timeout) in
        [(Repeat::Never, 15_000), (Repeat::Refused, 15_000), (Repeat::Deduplicated, 5000)]
    {
        let mut bench = Bench::new();
        bench.admit(None, repeat);
        assert_eq!(bench.fly(), timeout, "{repeat:?}");
        assert_eq!(bench.wakes(), Some(1000 + timeout), "{repeat:?}");
    }
    // What is left is less.
    for (repeat, timeout) in [(Repeat::Never, 3000), (Repeat::Deduplicated, 3000)] {
        let mut bench = Bench::new();
        bench.admit(None, repeat);
        bench.now = 13_000;
        assert_eq!(bench.fly(), timeout, "{repeat:?}");
    }
}

#[test]
fn silence_is_repeated_where_a_second_copy_is_dropped() {
    let mut bench = Bench::new();
    bench.admit(None, Repeat::Deduplicated);
    assert_eq!(bench.fly(), 5000);
    // The first repeat comes at once.
    assert_eq!(bench.wait_until(6000), ["goes on"]);
    assert!(bench.calls.any_ready());
    assert_eq!(bench.fly(), 5000);
    assert_eq!(bench.answer(1, Ok(HttpResponse::new(200, ""))), "not ours", "too late");
    assert_eq!(bench.wait_until(11_000), ["goes on"]);
    // The second after a second.
    assert!(!bench.calls.any_ready());
    let next = bench.wakes().unwrap();
    assert!((11_800..=12_200).contains(&next), "{next}");
    assert_eq!(bench.wait_until(next), ["goes on"]);
    assert_eq!(bench.fly(), 16_000 - next);
    assert_eq!(bench.wait_until(16_000), ["1 after 3: timed out, sent true"]);
    assert_eq!(bench.counts(), [0, 0, 0, 1, 2]);
    bench.assert_empty();

    for repeat in [Repeat::Never, Repeat::Refused] {
        let mut bench = Bench::one(repeat);
        assert!(bench.wait_until(15_999).is_empty(), "{repeat:?}");
        assert_eq!(bench.wait_until(16_000), ["1 after 1: timed out, sent true"], "{repeat:?}");
    }
}

#[test]
fn everything_that_is_not_flying_can_be_given_up() {
    let mut bench = Bench::new();
    for lane in [None, Some("a"), Some("a"), Some("b")] {
        bench.admit(lane, Repeat::Deduplicated);
    }
    bench.fly();
    bench.fly();
    let mut given_up = Vec::new();
    while let Some(reply) = bench.calls.give_up_one(at(1000), false, CallError::Stopped) {
        assert_eq!(reply.result.unwrap_err(), CallError::Stopped);
        given_up.push(reply.id.0);
    }
    assert_eq!(given_up, [3, 4]);
    assert_eq!(bench.counts(), [2, 0, 0, 2, 0]);
    while bench.calls.give_up_one(at(1000), true, CallError::Stopped).is_some() {}
    bench.assert_empty();
    assert_eq!(bench.reply(200, ""), "not ours");
}

#[test]
fn thousands_leave_nothing_behind() {
    let rounds = if cfg!(miri) { 60 } else { 3000 };
    let mut bench = Bench::new();
    for round in 0..rounds {
        let lane = format!("{}", round % 7);
        bench.admit(Some(&lane).filter(|_| round % 3 > 0).map(|lane| &**lane), Repeat::Deduplicated);
        bench.now += 3;
        if round % 2 == 0 && bench.calls.any_ready() {
            bench.fly();
            match round % 10 {
                0 => bench.reply(429, ""),
                2 => bench.fail(TransportError::Broken),
                4 => String::new(),
                _ => bench.reply(200, ""),
            };
        }
        bench.wait_until(bench.now);
    }
    bench.wait_until(bench.now + 15_000);
    bench.assert_empty();
    let [_, _, done, failed, _] = bench.counts();
    assert_eq!(done + failed, rounds);
}

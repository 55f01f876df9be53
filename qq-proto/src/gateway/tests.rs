//! Discovery by itself, at literal times.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Found, Gateway, News};
use crate::config::{Hosts, Limits};
use crate::event::Fault;
use crate::id::HttpId;
use crate::io::{HttpRequest, HttpResponse, Method, TransportError};
use crate::rng::Rng;
use crate::secret::Secret;
use crate::time::{Timestamp, Wake};

struct Bench {
    gateway: Gateway,
    rng: Rng,
    hosts: Hosts,
    limits: Limits,
    last: u64,
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

type Reply<'a> = Result<(u16, &'a str), TransportError>;

impl Bench {
    fn new() -> Self {
        Self {
            gateway: Gateway::new(),
            rng: Rng::new(1),
            hosts: Hosts::current(),
            limits: Limits::default(),
            last: 0,
        }
    }

    fn begin(&mut self, now: u64) -> HttpRequest {
        assert!(self.gateway.wanted(), "no request is wanted at {now}");
        self.last += 1;
        let token = (Secret::new("QQBot T"), 4);
        let request = self.gateway.begin(at(now), HttpId(self.last), token, "102", &self.hosts, &self.limits);
        assert!(!self.gateway.wanted(), "one request at a time");
        assert!(self.gateway.owns(HttpId(self.last)) && !self.gateway.owns(HttpId(self.last + 1)));
        request
    }

    fn answer(&mut self, now: u64, reply: Reply<'_>) -> News {
        let reply = reply.map(|(status, body)| HttpResponse::new(status, body.to_string()));
        let news = self.gateway.answer(at(now), reply, &self.hosts, &mut self.rng);
        assert!(!self.gateway.owns(HttpId(self.last)));
        news
    }

    fn ask(&mut self, now: u64, reply: Reply<'_>) -> News {
        self.begin(now);
        self.answer(now, reply)
    }

    fn wakes(&self) -> Option<u64> {
        let deadline = self.gateway.deadline()?;
        assert_eq!(deadline.why, Wake::Discovery);
        Some(u64::try_from(deadline.at.since_start().as_millis()).unwrap())
    }

    /// Serves its deadline, which ends a pause, and gives the time.
    fn wake(&mut self) -> u64 {
        let now = self.wakes().unwrap();
        assert!(self.gateway.fire(at(now), &mut self.rng).is_none());
        now
    }
}

const BOT: &str = r#"{"url":"wss://gw.example/ws","shards":4,"session_start_limit":
    {"total":1000,"remaining":997,"reset_after":14400000,"max_concurrency":2}}"#;

fn found(news: News) -> Found {
    match news {
        News::Found(found) => found,
        News::Failed { .. } => panic!("{news:?}"),
    }
}

fn fault(news: &News) -> String {
    match news {
        News::Failed { fault, .. } => fault.to_string(),
        News::Found(_) => panic!("{news:?}"),
    }
}

#[test]
fn the_request_is_as_documented() {
    let mut bench = Bench::new();
    let request = bench.begin(0);
    assert_eq!((request.method, request.url.as_str()), (Method::Get, "https://api.bot.qq.com/gateway/bot"));
    let headers: alloc::vec::Vec<_> = request.headers().collect();
    assert_eq!(headers, [("Authorization", "QQBot T"), ("X-Union-Appid", "102")]);
    assert!(request.body.is_empty());
    assert_eq!(request.timeout, bench.limits.exchange_timeout);
}

#[test]
fn both_replies_are_read() {
    let mut bench = Bench::new();
    let expected = Found {
        url: "wss://gw.example/ws".into(),
        shards: Some(4),
        remaining: Some(997),
        reset_at: at(14_401_000),
        max_concurrency: 2,
    };
    assert_eq!(found(bench.ask(1000, Ok((200, BOT)))), expected);
    assert_eq!(bench.gateway.known(), Some(&expected));
    assert_eq!(bench.wakes(), None);

    let mut bench = Bench::new();
    let plain = found(bench.ask(1000, Ok((200, r#"{"url":" wss://gw.example/ws "}"#))));
    assert_eq!(
        plain,
        Found { shards: None, remaining: None, reset_at: at(11_000), max_concurrency: 1, ..expected }
    );
}

#[test]
fn numbers_come_in_every_shape() {
    // Fields of the limit; shards; what is found: shards, remaining, reset in ms, concurrency.
    for (limit, shards, expected) in [
        (
            r#""remaining":"0","reset_after":"5000","max_concurrency":"3""#,
            r#""2""#,
            (Some(2), Some(0), 5000, 3),
        ),
        (r#""remaining":0,"reset_after":0,"max_concurrency":0"#, "0", (Some(0), Some(0), 1000, 1)),
        (r#""remaining":-1,"reset_after":-1,"max_concurrency":-1"#, "-1", (None, None, 10_000, 1)),
        (r#""remaining":null"#, "null", (None, None, 10_000, 1)),
        (r#""remaining":7"#, r#""x""#, (None, Some(7), 10_000, 1)),
        (
            r#""remaining":18446744073709551615,"max_concurrency":18446744073709551615"#,
            "18446744073709551615",
            (Some(u64::MAX), Some(u64::MAX), 10_000, u32::MAX),
        ),
    ] {
        let mut bench = Bench::new();
        let reply =
            format!(r#"{{"url":"wss://gw.example","shards":{shards},"session_start_limit":{{{limit}}}}}"#);
        let found = found(bench.ask(0, Ok((200, &reply))));
        let reset = u64::try_from(found.reset_at.since_start().as_millis()).unwrap();
        assert_eq!((found.shards, found.remaining, reset, found.max_concurrency), expected, "{limit}");
    }
    // A reset beyond the end of time is survived.
    let mut bench = Bench::new();
    let reply =
        r#"{"url":"wss://g","session_start_limit":{"remaining":0,"reset_after":18446744073709551615}}"#;
    assert!(found(bench.ask(u64::MAX, Ok((200, reply)))).reset_at > at(u64::MAX));
}

#[test]
fn a_reply_without_an_address_is_none() {
    for (status, body) in [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, r#"{"url":7}"#),
        (200, "[]"),
        (200, r#"{"code":100017,"message":"slow down"}"#),
        (500, ""),
        (502, "<html>"),
        (429, "{}"),
    ] {
        let mut bench = Bench::new();
        let news = bench.ask(0, Ok((status, body)));
        assert!(fault(&news).starts_with("no gateway address"), "{status} {body}: {}", fault(&news));
        assert_eq!(bench.gateway.known(), None);
        let next = bench.wake();
        assert!((800..=1200).contains(&next), "{status} {body}: {next}");
        assert!(bench.gateway.wanted());
    }
}

#[test]
fn a_secret_goes_only_where_it_is_safe() {
    for url in
        ["ws://gw.example/ws", "http://gw.example", "", "gw.example", "wss://user@gw.example", "wss://a b"]
    {
        let mut bench = Bench::new();
        let news = bench.ask(0, Ok((200, &format!(r#"{{"url":"{url}"}}"#))));
        assert!(matches!(news, News::Failed { fault: Fault::InsecureGateway, .. }), "{url}: {news:?}");
        assert_eq!(bench.gateway.known(), None, "{url}");
        assert!(bench.wakes().is_some(), "{url}: it is asked again");
    }
    for url in ["ws://127.0.0.1:9/ws", "WSS://gw.example"] {
        let mut bench = Bench::new();
        assert_eq!(found(bench.ask(0, Ok((200, &format!(r#"{{"url":"{url}"}}"#))))).url, url);
    }
}

#[test]
fn a_fixed_address_wins() {
    let mut bench = Bench::new();
    bench.hosts.gateway = Some("wss://mine.example".into());
    let found = found(bench.ask(0, Ok((200, BOT))));
    assert_eq!((found.url.as_str(), found.shards), ("wss://mine.example", Some(4)));

    let mut bench = Bench::new();
    bench.gateway.set("wss://mine.example".into());
    let known = bench.gateway.known().unwrap();
    assert_eq!((known.url.as_str(), known.remaining, known.max_concurrency), ("wss://mine.example", None, 1));
}

#[test]
fn an_exchange_is_given_up_after_ten_seconds() {
    let mut bench = Bench::new();
    bench.begin(500);
    assert_eq!(bench.wakes(), Some(10_500));
    assert!(bench.gateway.fire(at(10_499), &mut bench.rng).is_none());
    let news = bench.gateway.fire(at(10_500), &mut bench.rng).unwrap();
    assert!(fault(&news).contains("it took too long"));
    assert!(!bench.gateway.owns(HttpId(1)));
    assert!(bench.wakes().unwrap() > 10_500);
}

#[test]
fn failures_back_off_and_a_success_forgets_them() {
    let mut bench = Bench::new();
    let mut now = 0;
    for about in [1000, 2000, 5000, 10_000, 30_000, 60_000, 60_000] {
        bench.ask(now, Err(TransportError::Broken));
        let next = bench.wake();
        assert!((about * 4 / 5..=about * 6 / 5).contains(&(next - now)), "{about}: {} ms", next - now);
        now = next;
    }
    bench.ask(now, Ok((200, BOT)));
    bench.gateway.forget();
    bench.ask(now, Err(TransportError::Broken));
    assert!(bench.wakes().unwrap() <= now + 1200);
}

#[test]
fn a_dead_token_is_named() {
    for (status, body, named) in [
        (401, "{}", Some(4)),
        (401, r#"{"code":11244}"#, Some(4)),
        (500, r#"{"code":11244,"err_code":40011027}"#, Some(4)),
        // Not on the list of allowed addresses: no token helps.
        (401, r#"{"code":11298,"err_code":40023002}"#, None),
        (403, "{}", None),
        (500, "", None),
    ] {
        let mut bench = Bench::new();
        let News::Failed { dead_token, .. } = bench.ask(0, Ok((status, body))) else {
            panic!("{status} {body}")
        };
        assert_eq!(dead_token, named, "{status} {body}");
    }
}

#[test]
fn two_failures_change_the_host_and_the_one_that_works_is_kept() {
    let (current, legacy) = ("https://api.bot.qq.com", "https://api.sgroup.qq.com");
    let mut bench = Bench::new();
    let mut now = 0;
    let rounds: [(&str, Reply<'_>); 9] = [
        (current, Err(TransportError::Dns)),
        (current, Ok((500, ""))),
        (legacy, Err(TransportError::Timeout)),
        (legacy, Ok((200, "<html>hotel"))),
        (current, Err(TransportError::Tls)),
        // A refusal with a reason is not the host's fault.
        (current, Ok((401, "{}"))),
        (current, Ok((429, "{}"))),
        (current, Ok((502, "<html>"))),
        (legacy, Ok((200, BOT))),
    ];
    for (round, (host, reply)) in rounds.into_iter().enumerate() {
        assert_eq!(bench.gateway.api_base(&bench.hosts), host, "round {round}");
        assert!(bench.begin(now).url.starts_with(host), "round {round}");
        bench.answer(now, reply);
        now = if bench.gateway.known().is_some() { now } else { bench.wake() };
    }
    assert_eq!(bench.gateway.api_base(&bench.hosts), legacy, "calls go where discovery worked");
    bench.gateway.forget();
    bench.ask(now, Err(TransportError::Dns));
    assert_eq!(bench.gateway.api_base(&bench.hosts), legacy, "one failure is nothing");
}

#[test]
fn calls_that_do_not_reach_their_host_change_it() {
    let mut bench = Bench::new();
    assert_eq!(bench.gateway.host(), 0);
    // Many that were sent to the first host fail at once: that host is left, once.
    for _ in 0..7 {
        bench.gateway.host_seen(0, false);
    }
    assert_eq!(bench.gateway.host(), 1);
    assert_eq!(bench.gateway.api_base(&bench.hosts), "https://api.sgroup.qq.com");
    bench.gateway.host_seen(1, false);
    bench.gateway.host_seen(1, false);
    assert_eq!(bench.gateway.api_base(&bench.hosts), "https://api.bot.qq.com");
}

#[test]
fn who_may_not_ask_for_the_bot_asks_plainly() {
    let mut bench = Bench::new();
    let mut now = 0;
    for _ in 0..2 {
        assert!(bench.begin(now).url.ends_with("/gateway/bot"), "once is no proof");
        bench.answer(now, Ok((403, r#"{"code":11253}"#)));
        now = bench.wake();
    }
    assert!(bench.begin(now).url.ends_with("/gateway"));
    assert_eq!(found(bench.answer(now, Ok((200, r#"{"url":"wss://g"}"#)))).shards, None);
    // The next time it tries the better one again.
    bench.gateway.forget();
    assert!(bench.begin(now).url.ends_with("/gateway/bot"));
}

#[test]
fn only_what_is_known_can_be_forgotten() {
    let mut bench = Bench::new();
    bench.begin(0);
    bench.gateway.forget();
    assert!(bench.gateway.owns(HttpId(1)), "a request under way goes on");
    bench.answer(0, Err(TransportError::Dns));
    bench.gateway.forget();
    assert!(!bench.gateway.wanted(), "a pause goes on");
    let now = bench.wake();
    bench.ask(now, Ok((200, BOT)));
    bench.gateway.forget();
    assert!(bench.gateway.wanted());
    bench.begin(now);
    assert!(bench.gateway.known().is_none(), "a newer one is on its way");
    bench.answer(now, Err(TransportError::Dns));
    assert!(bench.gateway.known().is_some(), "the old one serves on");
}

#[test]
fn it_shows_no_token() {
    let mut bench = Bench::new();
    bench.begin(0);
    assert!(!format!("{:?}", bench.gateway).contains("QQBot"));
}

#[test]
fn the_plain_operation_is_asked_in_turns_when_the_other_keeps_failing() {
    let mut bench = Bench::new();
    let mut now = 0;
    let mut asked = String::new();
    for _ in 0..8 {
        let url = bench.begin(now).url;
        asked.push(if url.ends_with("/gateway/bot") { 'b' } else { 'p' });
        bench.answer(now, Ok((500, "")));
        now = bench.wake();
    }
    assert_eq!(asked, "bbbbpbpb");
}

#[test]
fn a_reset_is_at_most_a_day_ahead() {
    for (millis, believed) in
        [("86399999", 86_399_999), ("86400001", 86_400_000), ("18446744073709551615", 86_400_000)]
    {
        let reply =
            format!(r#"{{"url":"wss://g","session_start_limit":{{"remaining":0,"reset_after":{millis}}}}}"#);
        assert_eq!(
            found(Bench::new().ask(1000, Ok((200, &reply)))).reset_at,
            at(1000 + believed),
            "{millis}"
        );
    }
}

//! The token machine by itself, at literal times.

mod dead;

use alloc::format;
use alloc::string::String;

use super::{News, Token};
use crate::config::{Hosts, Limits};
use crate::event::{ExchangeError, Fault};
use crate::id::HttpId;
use crate::io::{HttpRequest, HttpResponse, Method, TransportError};
use crate::rng::Rng;
use crate::secret::Secret;
use crate::time::{Timestamp, Wake};

struct Bench {
    token: Token,
    rng: Rng,
    hosts: Hosts,
    limits: Limits,
    last: u64,
}

type Reply<'a> = Result<(u16, &'a str), TransportError>;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

impl Bench {
    fn new() -> Self {
        Self {
            token: Token::new(),
            rng: Rng::new(1),
            hosts: Hosts::current(),
            limits: Limits::default(),
            last: 0,
        }
    }

    /// Has been granted T at the start, for 7200 s.
    fn with_token() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.ask(0, Ok(grant("T", "7200"))), "fetched");
        bench
    }

    fn begin(&mut self, now: u64) -> HttpRequest {
        assert!(self.token.wanted(at(now), &self.limits), "no request is wanted at {now}");
        self.last += 1;
        let secret = Secret::new("s3cr3t");
        self.token.begin(at(now), HttpId(self.last), "102", &secret, &self.hosts, &self.limits)
    }

    fn answer(&mut self, now: u64, result: Result<HttpResponse, TransportError>) -> String {
        assert!(self.token.owns(HttpId(self.last)));
        let news = self.token.answer(at(now), result, &mut self.rng, &self.limits);
        assert!(!self.token.owns(HttpId(self.last)), "an exchange is answered once");
        show(&news)
    }

    /// One exchange that takes no time.
    fn ask(&mut self, now: u64, result: Result<HttpResponse, TransportError>) -> String {
        self.begin(now);
        self.answer(now, result)
    }

    /// When it next wants to be woken.
    fn wakes(&self) -> Option<u64> {
        let deadline = self.token.deadline(&self.limits)?;
        assert_eq!(deadline.why, Wake::Token);
        Some(u64::try_from(deadline.at.since_start().as_nanos().div_ceil(1_000_000)).unwrap())
    }

    /// Serves its deadline, and gives the time.
    fn wake(&mut self) -> u64 {
        let now = self.wakes().unwrap();
        assert!(self.token.fire(at(now), &mut self.rng, &self.limits).is_none());
        now
    }

    fn value(&self, now: u64) -> Option<&str> {
        self.token.usable(at(now)).map(|held| held.header.expose())
    }

    fn generation(&self) -> u64 {
        self.token.generation
    }
}

fn show(news: &News) -> String {
    match news {
        News::Fetched => "fetched".into(),
        News::Failed(Fault::Token { error, .. }) => format!("failed: {error}"),
        News::Failed(Fault::SameToken { .. }) => "same again".into(),
        News::Failed(other) => format!("{other:?}"),
        News::Refused(error) => format!("refused {}", error.number()),
    }
}

fn grant(token: &str, expires_in: &str) -> HttpResponse {
    HttpResponse::new(200, format!(r#"{{"access_token":"{token}","expires_in":{expires_in}}}"#))
}

#[test]
fn the_request_is_as_documented() {
    let mut bench = Bench::new();
    let request = bench.begin(5);
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "https://api.bot.qq.com/app/getAppAccessToken");
    assert_eq!(request.body.as_bytes(), br#"{"appId":"102","clientSecret":"s3cr3t"}"#);
    let headers: alloc::vec::Vec<_> = request.headers().collect();
    assert_eq!(headers, [("Content-Type", "application/json")]);
    assert_eq!(request.timeout, bench.limits.exchange_timeout);
    assert!(!format!("{request:?} {:?}", bench.token).contains("s3cr3t"));
}

#[test]
fn refreshed_at_expiry_less_45_s_or_a_third() {
    // Seconds left, refresh and expiry in ms after a grant at 1 s.
    for (left, refresh, expires) in [
        (7200, 7_156_000, 7_201_000),
        (136, 92_000, 137_000),
        (135, 91_000, 136_000),
        (134, 90_334, 135_000),
        (60, 41_000, 61_000),
        (30, 21_000, 31_000),
        (3, 3_000, 4_000),
        // Requests are a second apart, and this one was made at 1 s.
        (1, 2_000, 2_000),
        // No longer than documented.
        (7201, 7_156_000, 7_201_000),
        (1_000_000_000_000_u64, 7_156_000, 7_201_000),
    ] {
        let mut bench = Bench::new();
        bench.ask(1000, Ok(grant("T", &format!("{left}"))));
        assert_eq!(bench.wakes(), Some(refresh), "{left}");
        assert!(!bench.token.wanted(at(refresh - 1), &bench.limits), "{left}");
        assert!(bench.token.wanted(at(refresh), &bench.limits), "{left}");
        assert_eq!(bench.value(expires - 1), Some("QQBot T"), "{left}");
        assert_eq!(bench.value(expires), None, "{left}");
    }
}

#[test]
fn expires_in_comes_in_every_shape() {
    // As it is written, and the seconds that are believed.
    for (written, seconds) in [
        (r#""7200""#, 7200),
        ("7200", 7200),
        ("7200.0", 7200),
        ("100.0", 100),
        ("100.9", 100),
        (r#"" 5097 ""#, 5097),
        ("1e3", 1000),
        // Nonsense is a minute.
        (r#""abc""#, 60),
        (r#""""#, 60),
        ("0", 60),
        (r#""0""#, 60),
        ("-1", 60),
        (r#""-1""#, 60),
        ("0.5", 60),
        ("null", 60),
        ("[7200]", 60),
        ("true", 60),
        (r#""7200.5""#, 60),
        // Too much is what is documented at most.
        ("1000000000000", 7200),
        ("1e12", 7200),
        ("18446744073709551615", 7200),
        (r#""99999999""#, 7200),
    ] {
        let mut bench = Bench::new();
        assert_eq!(bench.ask(0, Ok(grant("T", written))), "fetched", "{written}");
        assert_eq!(bench.token.usable(at(0)).unwrap().expires_at, at(seconds * 1000), "{written}");
    }
    let mut bench = Bench::new();
    assert_eq!(bench.ask(0, Ok(HttpResponse::new(200, r#"{"access_token":"T","x":1}"#))), "fetched");
    assert_eq!(bench.token.usable(at(0)).unwrap().expires_at, at(60_000));
}

#[test]
fn a_number_beyond_all_numbers_is_no_reason_to_refuse() {
    for written in ["1e300", "99999999999999999999999999"] {
        let mut bench = Bench::new();
        assert_eq!(bench.ask(0, Ok(grant("T", written))), "fetched", "{written}");
        assert!(bench.value(59_999).is_some(), "{written}");
    }
}

#[test]
fn the_same_value_with_less_time_is_refreshed_by_the_same_rule() {
    let mut bench = Bench::with_token();
    let generation = bench.generation();
    assert_eq!(bench.ask(7_155_000, Ok(grant("T", "45"))), "fetched");
    assert_eq!(bench.wakes(), Some(7_185_000));
    // It is the same value, in hand since the first time.
    assert_eq!(bench.generation(), generation);
    assert_eq!(bench.token.usable(at(7_185_000)).unwrap().since, at(0));
    assert_eq!(bench.ask(7_185_000, Ok(grant("U", "7200"))), "fetched");
    assert_eq!(bench.value(7_185_000), Some("QQBot U"), "used at once");
    assert_eq!(bench.generation(), generation + 1);
    assert_eq!(bench.token.usable(at(7_185_000)).unwrap().since, at(7_185_000));
}

#[test]
fn the_last_seconds_do_not_become_a_storm() {
    // The platform keeps repeating the same token until it dies: each time two thirds of what is left.
    let mut bench = Bench::with_token();
    let mut requests = 0;
    let mut now = 7_155_000;
    while now < 7_200_000 {
        requests += 1;
        let left = (7_200_000 - now) / 1000;
        assert_eq!(bench.ask(now, Ok(grant("T", &format!("{}", left.max(1))))), "fetched");
        let next = bench.wakes().unwrap();
        assert!(next >= now + 1000, "{now} {next}");
        now = next;
    }
    assert!(requests <= 6, "{requests}");
}

#[test]
fn one_request_at_a_time() {
    let mut bench = Bench::new();
    bench.begin(0);
    for now in [0, 1, 1000, 9_999] {
        assert!(!bench.token.wanted(at(now), &bench.limits), "{now}");
        assert!(bench.token.is_fetching());
    }
    // A stranger's answer is none.
    assert!(!bench.token.owns(HttpId(99)));
}

#[test]
fn an_exchange_is_given_up_after_ten_seconds() {
    let mut bench = Bench::new();
    bench.begin(500);
    assert_eq!(bench.wakes(), Some(10_500));
    assert!(bench.token.fire(at(10_499), &mut bench.rng, &bench.limits).is_none());
    assert!(bench.token.is_fetching());
    let news = bench.token.fire(at(10_500), &mut bench.rng, &bench.limits).unwrap();
    assert_eq!(show(&news), "failed: it took too long");
    assert!(!bench.token.owns(HttpId(1)), "its answer comes too late");
    let next = bench.wakes().unwrap();
    assert!((11_300..=11_700).contains(&next), "{next}");
}

#[test]
fn failures_back_off() {
    let mut bench = Bench::new();
    let mut now = 0;
    for about in [1000, 2000, 5000, 10_000, 30_000, 60_000, 60_000, 60_000] {
        bench.ask(now, Err(TransportError::Connect));
        let next = bench.wakes().unwrap();
        // Never closer than a second, whatever the jitter.
        let low = (about * 4 / 5).max(1000);
        assert!((low..=about * 6 / 5).contains(&(next - now)), "{about}: {} ms", next - now);
        assert!(!bench.token.wanted(at(next), &bench.limits), "it rests until it is told");
        now = bench.wake();
        assert!(bench.token.wanted(at(now), &bench.limits));
    }
    // A success forgets them.
    assert_eq!(bench.ask(now, Ok(grant("T", "7200"))), "fetched");
    let later = now + 7_155_000;
    bench.ask(later, Err(TransportError::Connect));
    assert!(bench.wakes().unwrap() <= later + 1200);
}

#[test]
fn refusals_come_inside_http_200() {
    for (status, body, outcome) in [
        (200, r#"{"code":100016,"message":"invalid appid or secret"}"#, "refused 100016"),
        (200, r#"{"code":100007,"message":"appid invalid"}"#, "refused 100007"),
        (200, r#"{"code":"10004"}"#, "refused 10004"),
        (400, r#"{"code":100016}"#, "refused 100016"),
        // A token beside an error is none.
        (200, r#"{"code":100016,"access_token":"T","expires_in":"7200"}"#, "refused 100016"),
    ] {
        let mut bench = Bench::new();
        assert_eq!(bench.ask(0, Ok(HttpResponse::new(status, body))), outcome, "{body}");
        assert_eq!(bench.token.refused().is_some(), outcome.starts_with("refused"));
        assert_eq!(bench.value(0), None);
        // Nothing is asked again, and nothing is due.
        assert_eq!(bench.wakes(), None, "{body}");
        assert!(!bench.token.wanted(at(1_000_000_000), &bench.limits));
    }
}

#[test]
fn passing_errors_pass() {
    for (status, body) in [
        (200, r#"{"code":100001,"message":"Too many requests"}"#),
        (200, r#"{"code":100017}"#),
        (200, r#"{"code":7}"#),
        (502, "<html><body>502 Bad Gateway</body></html>"),
        (500, ""),
        (404, "404 page not found"),
        (200, "<html>welcome to the hotel</html>"),
        (200, ""),
        (200, "null"),
        (200, "[]"),
        (200, r#"{"expires_in":"7200"}"#),
        (200, r#"{"access_token":"","expires_in":"7200"}"#),
        (200, r#"{"access_token":null}"#),
        (200, r#"{"access_token":17}"#),
    ] {
        let mut bench = Bench::new();
        let news = bench.ask(0, Ok(HttpResponse::new(status, body)));
        assert!(news.starts_with("failed"), "{status} {body}: {news}");
        assert_eq!(bench.token.refused(), None, "{status} {body}");
        let next = bench.wake();
        assert!((1000..=1200).contains(&next), "{status} {body}: {next}");
        assert_eq!(bench.ask(next, Ok(grant("T", "7200"))), "fetched");
    }
}

#[test]
fn a_token_that_is_not_fit_for_a_header_is_none() {
    for token in ["a b", r"a\r\nX-Evil: 1", r"\u0000", "中", r"a\tb", r"\u007f"] {
        let mut bench = Bench::new();
        let news = bench.ask(0, Ok(grant(token, "7200")));
        assert_eq!(news, "failed: the reply with status 200 could not be understood", "{token}");
        assert_eq!(bench.value(0), None);
    }
    let mut bench = Bench::new();
    assert_eq!(bench.ask(0, Ok(grant("!~A9-._+/=", "7200"))), "fetched");
    assert_eq!(bench.value(0), Some("QQBot !~A9-._+/="));
}

#[test]
fn the_old_one_serves_until_it_expires() {
    let mut bench = Bench::with_token();
    let mut now = 7_155_000;
    bench.begin(now);
    assert_eq!(bench.value(now), Some("QQBot T"), "while it is fetched");
    bench.answer(now, Ok(HttpResponse::new(500, "")));
    loop {
        let next = bench.wakes().unwrap();
        assert!(next > now);
        if next >= 7_200_000 {
            break;
        }
        assert_eq!(bench.value(next), Some("QQBot T"), "while it rests");
        now = bench.wake();
        assert!(bench.token.wanted(at(now), &bench.limits));
        bench.ask(now, Err(TransportError::Timeout));
    }
    assert_eq!(bench.value(7_199_999), Some("QQBot T"));
    assert_eq!(bench.value(7_200_000), None);
    let now = bench.wake();
    assert!(bench.token.wanted(at(now), &bench.limits));
    assert_eq!(bench.ask(now, Ok(grant("U", "7200"))), "fetched");
}

#[test]
fn a_refusal_lets_the_old_one_serve_and_wakes_when_it_is_over() {
    let mut bench = Bench::with_token();
    bench.ask(7_155_000, Ok(HttpResponse::new(200, r#"{"code":100016}"#)));
    assert_eq!(bench.token.refused(), Some(100_016));
    assert_eq!(bench.value(7_199_999), Some("QQBot T"));
    assert_eq!(bench.wakes(), Some(7_200_000), "somebody has to tell that it is over");
    bench.wake();
    assert_eq!(bench.value(7_200_000), None);
    assert_eq!((bench.wakes(), bench.token.refused()), (None, Some(100_016)));
}

#[test]
fn requests_are_a_second_apart() {
    let mut bench = Bench::with_token();
    bench.token.reject(at(300), 1);
    assert!(!bench.token.wanted(at(999), &bench.limits));
    assert_eq!(bench.wakes(), Some(1000));
    assert!(bench.token.wanted(at(1000), &bench.limits));

    let mut bench = Bench::new();
    for now in [0, 1000, 2000] {
        bench.begin(now);
        bench.token.renew();
        bench.answer(now, Err(TransportError::Dns));
        assert!(!bench.token.wanted(at(now + 999), &bench.limits), "{now}");
        assert_eq!(bench.wakes(), Some(now + 1000));
    }
}

#[test]
fn two_failures_change_the_host_and_the_one_that_works_is_kept() {
    let (current, legacy) = ("https://api.bot.qq.com/", "https://bots.qq.com/");
    let mut bench = Bench::new();
    let mut now = 0;
    let rounds: [(&str, Reply<'_>); 14] = [
        (current, Err(TransportError::Dns)),
        (current, Ok((502, "<html>"))),
        (legacy, Err(TransportError::Timeout)),
        (legacy, Ok((200, "<html>hotel"))),
        (current, Err(TransportError::Connect)),
        (current, Err(TransportError::Connect)),
        // It works, and is kept after a single failure later.
        (legacy, Ok((200, r#"{"access_token":"T","expires_in":"60"}"#))),
        (legacy, Err(TransportError::Connect)),
        (legacy, Ok((200, r#"{"access_token":"U","expires_in":"60"}"#))),
        (legacy, Err(TransportError::Connect)),
        // What the platform says with a number is not the host's fault.
        (legacy, Ok((200, r#"{"code":100001}"#))),
        (legacy, Ok((429, ""))),
        (legacy, Err(TransportError::Connect)),
        (current, Ok((200, r#"{"access_token":"V","expires_in":"60"}"#))),
    ];
    for (round, (host, answer)) in rounds.into_iter().enumerate() {
        let request = bench.begin(now);
        assert!(request.url.starts_with(host), "round {round}: {}", request.url);
        bench.answer(now, answer.map(|(status, body)| HttpResponse::new(status, body)));
        now = bench.wake();
    }
}

#[test]
fn without_a_fallback_there_is_one_host() {
    let mut bench = Bench::new();
    bench.hosts = Hosts::custom("https://one.example");
    let mut now = 0;
    for _ in 0..6 {
        assert_eq!(bench.begin(now).url, "https://one.example/app/getAppAccessToken");
        bench.answer(now, Err(TransportError::Dns));
        now = bench.wake();
    }
}

#[test]
fn a_rotated_secret_asks_anew() {
    // From every state; the old token serves meanwhile if there is one.
    let mut bench = Bench::with_token();
    bench.token.renew();
    assert!(bench.token.wanted(at(1000), &bench.limits));
    assert_eq!(bench.value(1000), Some("QQBot T"));
    assert_eq!(bench.ask(1000, Ok(grant("U", "7200"))), "fetched");
    assert_eq!(bench.value(1000), Some("QQBot U"));

    let mut bench = Bench::new();
    bench.ask(0, Ok(HttpResponse::new(200, r#"{"code":100016}"#)));
    bench.token.renew();
    assert_eq!(bench.token.refused(), None);
    assert_eq!(bench.ask(1000, Ok(grant("U", "7200"))), "fetched");

    // Never two at once: one that is under way with the old secret ends first, whatever it says.
    for end in
        [Ok(HttpResponse::new(200, r#"{"code":100016}"#)), Err(TransportError::Dns), Ok(grant("T", "7200"))]
    {
        let mut bench = Bench::new();
        bench.begin(0);
        bench.token.renew();
        assert!(bench.token.owns(HttpId(1)) && !bench.token.wanted(at(1000), &bench.limits));
        bench.answer(500, end);
        assert_eq!((bench.token.refused(), bench.token.wanted(at(1000), &bench.limits)), (None, true));
        assert_eq!(bench.ask(1000, Ok(grant("U", "7200"))), "fetched");
    }

    // Failures are forgotten.
    let mut bench = Bench::new();
    let mut now = 0;
    for _ in 0..6 {
        bench.ask(now, Err(TransportError::Dns));
        now = bench.wake();
    }
    bench.token.renew();
    bench.ask(now, Err(TransportError::Dns));
    assert!(bench.wakes().unwrap() <= now + 1200);
}

#[test]
fn no_token_is_ever_shown() {
    let mut bench = Bench::with_token();
    bench.token.reject(at(1000), 1);
    let shown = format!("{:?}", bench.token);
    assert!(!shown.contains("QQBot"), "{shown}");
    let list = "81, 81, 66, 111, 116";
    assert!(!shown.contains(list), "{shown}");
    let error = bench.ask(1000, Ok(HttpResponse::new(200, r#"{"access_token":"se cret"}"#)));
    assert!(!error.contains("cret"));
}

#[test]
fn the_error_names_the_exchange() {
    let mut bench = Bench::new();
    bench.begin(0);
    let reply = HttpResponse::new(200, r#"{"code":100001}"#).with_trace_id(Some("trace-9"));
    let news = bench.token.answer(at(0), Ok(reply), &mut bench.rng, &bench.limits);
    let News::Failed(Fault::Token { error: ExchangeError::Api(error), .. }) = news else {
        panic!("{news:?}")
    };
    assert_eq!(error.trace_id.as_deref(), Some("trace-9"));
}

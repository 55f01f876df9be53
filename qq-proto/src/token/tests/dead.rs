//! A token that the platform has called dead.

use super::{Bench, at, grant};
use crate::io::HttpResponse;

#[test]
fn called_dead_it_is_forgotten_once() {
    let mut bench = Bench::with_token();
    bench.token.reject(at(10_000), 1);
    assert_eq!(bench.value(10_000), None);
    assert!(bench.token.wanted(at(10_000), &bench.limits));
    // Another value clears the matter.
    assert_eq!(bench.ask(10_000, Ok(grant("U", "7200"))), "fetched");
    // Late complaints about the old one harm nobody.
    for generation in [0, 1, 3] {
        bench.token.reject(at(10_001), generation);
        assert_eq!(bench.value(10_001), Some("QQBot U"), "{generation}");
    }
    // T again, when U is dead: it is another value than the dead one, so it is taken.
    bench.token.reject(at(20_000), 2);
    assert_eq!(bench.ask(20_000, Ok(grant("T", "7000"))), "fetched");
}

#[test]
fn a_dead_one_that_comes_back_pauses_and_is_taken_the_second_time() {
    let mut bench = Bench::with_token();
    let mut now = 10_000;
    // Waits grow while it is called dead again at once.
    for about in [1000, 2000, 5000, 10_000] {
        bench.token.reject(at(now), bench.generation());
        now = bench.wakes().unwrap().max(now);
        assert_eq!(bench.ask(now, Ok(grant("T", "7000"))), "same again");
        assert_eq!(bench.value(now), None);
        let next = bench.wake();
        let low = (about * 4 / 5).max(1000);
        assert!((low..=about * 6 / 5).contains(&(next - now)), "{about}: {} ms", next - now);
        let before = bench.generation();
        assert_eq!(bench.ask(next, Ok(grant("T", "7000"))), "fetched");
        assert_eq!(bench.value(next), Some("QQBot T"));
        // A new generation, so that old complaints do not count against it.
        assert_eq!(bench.generation(), before + 1);
        bench.token.reject(at(next), before);
        assert_eq!(bench.value(next), Some("QQBot T"));
        now = next + 1;
    }
    // It served a minute: the next complaint begins anew.
    now += 60_000;
    bench.token.reject(at(now), bench.generation());
    assert_eq!(bench.ask(now, Ok(grant("T", "6000"))), "same again");
    assert!(bench.wakes().unwrap() <= now + 1200);
}

#[test]
fn one_that_was_taken_again_is_refreshed_like_any_other() {
    let mut bench = Bench::with_token();
    bench.token.reject(at(10_000), 1);
    bench.ask(10_000, Ok(grant("T", "7000")));
    let now = bench.wake();
    assert_eq!(bench.ask(now, Ok(grant("T", "100"))), "fetched");
    let refresh = bench.wakes().unwrap();
    // The same value, nobody has complained: it stays in use.
    assert_eq!(bench.ask(refresh, Ok(grant("T", "60"))), "fetched");
    assert_eq!(bench.value(refresh), Some("QQBot T"));
}

#[test]
fn called_dead_while_another_is_fetched() {
    let mut bench = Bench::with_token();
    bench.begin(7_155_000);
    bench.token.reject(at(7_155_001), 1);
    assert_eq!(bench.value(7_155_001), None);
    assert!(bench.token.is_fetching(), "the request goes on");
    assert_eq!(bench.answer(7_155_100, Ok(grant("U", "7200"))), "fetched");
    assert_eq!(bench.value(7_155_100), Some("QQBot U"));
}

#[test]
fn called_dead_while_it_rests_or_is_refused() {
    for reply in ["{}", r#"{"code":100016}"#] {
        let mut bench = Bench::with_token();
        bench.ask(7_155_000, Ok(HttpResponse::new(200, reply)));
        bench.token.reject(at(7_155_001), 1);
        assert_eq!(bench.value(7_155_001), None, "{reply}");
    }
}

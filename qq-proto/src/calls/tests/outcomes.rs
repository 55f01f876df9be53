//! What each outcome of an exchange means for its call.

use alloc::format;

use super::{Bench, HttpResponse};
use crate::api::Repeat;
use crate::io::TransportError;

use Repeat::{Deduplicated, Never, Refused};
use TransportError as T;

/// Whether the call goes on after this outcome of its first attempt, by what may be repeated.
#[test]
fn who_is_repeated_after_what() {
    // Status and body; then for Never, Refused, Deduplicated.
    for (status, body, expected) in [
        (429, "", [false, true, true]),
        (500, "", [false, true, true]),
        (502, "<html>", [false, true, true]),
        (503, "", [false, true, true]),
        // It does not say whether it was carried out, and guild scenes do not drop second copies.
        (504, "", [false, false, true]),
        (400, r#"{"code":22009}"#, [false, true, true]),
        (200, r#"{"code":22009}"#, [false, true, true]),
        (400, r#"{"code":850026,"err_code":40034001}"#, [false, true, true]),
        (400, "", [false, false, false]),
        (404, "", [false, false, false]),
        (403, "", [false, false, false]),
        // Its window is over, a quota is used up, it is under review: final.
        (400, r#"{"err_code":40034005}"#, [false, false, false]),
        (429, r#"{"code":304045}"#, [false, false, false]),
        (202, r#"{"code":304023,"data":{"message_audit":{"audit_id":"a"}}}"#, [false, false, false]),
        (401, r#"{"code":11298,"err_code":40023002}"#, [false, false, false]),
        // A new token is got in every case.
        (401, "", [true, true, true]),
        (401, r#"{"code":11244}"#, [true, true, true]),
    ] {
        for (repeat, goes) in [Never, Refused, Deduplicated].into_iter().zip(expected) {
            let mut bench = Bench::one(repeat);
            let step = bench.reply(status, body);
            assert_eq!(step == "goes on", goes, "{repeat:?} {status} {body}: {step}");
            if !goes {
                assert!(step.starts_with(&format!("1 after 1: refused {status}")), "{step}");
                bench.assert_empty();
            }
        }
    }
}

#[test]
fn what_never_left_may_be_tried_again_by_those_that_may_be_repeated() {
    for (error, expected) in [
        (T::Dns, [false, true, true]),
        (T::Connect, [false, true, true]),
        (T::Tls, [false, true, true]),
        (T::Proxy, [false, true, true]),
        (T::Broken, [false, false, true]),
        (T::Timeout, [false, false, true]),
        (T::Protocol, [false, false, true]),
        (T::TooLarge, [false, false, true]),
        (T::Status(502), [false, false, true]),
        (T::Url, [false, false, false]),
    ] {
        for (repeat, goes) in [Never, Refused, Deduplicated].into_iter().zip(expected) {
            let mut bench = Bench::one(repeat);
            let step = bench.fail(error);
            assert_eq!(step == "goes on", goes, "{repeat:?} {error:?}: {step}");
            if goes {
                // The first repeat comes at once: a pooled connection that had died is the usual reason.
                assert!(bench.calls.any_ready(), "{repeat:?} {error:?}");
            } else {
                assert_eq!(step, format!("1 after 1: Transport({error:?})"));
            }
        }
    }
}

#[test]
fn whether_a_host_was_reached_is_told_if_it_is_certain() {
    for repeat in [Never, Refused, Deduplicated] {
        for error in [T::Dns, T::Connect, T::Tls, T::Proxy] {
            let mut bench = Bench::one(repeat);
            bench.fail(error);
            assert_eq!(bench.hosts, [(0, false)], "{error:?} {repeat:?}");
        }
        // What broke on the way, or an edge that fails, says nothing.
        for error in [T::Broken, T::Timeout, T::Protocol, T::TooLarge] {
            let mut bench = Bench::one(repeat);
            bench.fail(error);
            assert!(bench.hosts.is_empty(), "{error:?} {repeat:?}");
        }
        for (status, certain) in
            [(200, true), (401, true), (429, true), (499, true), (500, false), (504, false)]
        {
            let mut bench = Bench::one(repeat);
            bench.reply(status, "");
            assert_eq!(bench.hosts, if certain { &[(0, true)][..] } else { &[] }, "{status} {repeat:?}");
        }
    }
}

#[test]
fn refusals_pause_longer_and_longer_and_end_with_the_last_one() {
    let mut bench = Bench::one(Deduplicated);
    let mut now = 1000;
    for about in [1000, 2000, 5000] {
        bench.now = now;
        assert_eq!(bench.reply(429, ""), "goes on", "{about}");
        assert!(!bench.calls.any_ready(), "it pauses");
        let next = bench.wakes().unwrap();
        assert!((about * 4 / 5..=about * 6 / 5).contains(&(next - now)), "{about}: {} ms", next - now);
        assert_eq!(bench.wait_until(next), ["goes on"]);
        bench.fly();
        now = next;
    }
    // Ten seconds more would be past the deadline: the platform's word is told at once.
    bench.now = now;
    assert_eq!(bench.reply(429, r#"{"code":22009}"#), "1 after 4: refused 429 22009");
    bench.assert_empty();
}

#[test]
fn a_refusal_says_more_than_too_late() {
    let mut bench = Bench::one(Refused);
    bench.now = 13_500;
    assert_eq!(bench.reply(429, ""), "goes on");
    // Its pause is over, but no token or place comes until the deadline.
    assert_eq!(bench.wake(), ["goes on"]);
    assert_eq!(bench.wait_until(16_000), ["1 after 1: refused 429 0"]);
    // With an attempt under way nobody knows.
    let mut bench = Bench::one(Refused);
    bench.now = 13_500;
    bench.reply(429, "");
    bench.wake();
    bench.fly();
    assert_eq!(bench.wait_until(16_000), ["1 after 2: timed out, sent true"]);
    // The same for one that waits for a new token.
    let mut bench = Bench::one(Never);
    assert_eq!(bench.reply(401, ""), "goes on");
    assert_eq!(bench.wait_until(16_000), ["1 after 1: refused 401 0"]);
}

#[test]
fn a_dead_token_is_named_and_the_call_repeated_once() {
    for repeat in [Never, Refused, Deduplicated] {
        let mut bench = Bench::one(repeat);
        assert_eq!(bench.reply(401, r#"{"code":11244}"#), "goes on");
        assert_eq!(bench.dead_tokens, [1]);
        // It waits for no pause, only for a token.
        assert!(bench.calls.any_ready());
        bench.fly();
        assert_eq!(bench.reply(401, r#"{"code":11244}"#), "1 after 2: refused 401 11244", "{repeat:?}");
        assert_eq!(bench.dead_tokens, [1]);
        bench.assert_empty();
    }
    // The one repeat is not lost by others.
    let mut bench = Bench::one(Deduplicated);
    bench.fail(T::Broken);
    bench.fly();
    bench.reply(429, "");
    bench.wake();
    bench.fly();
    assert_eq!(bench.reply(401, ""), "goes on");
    bench.fly();
    assert_eq!(bench.reply(200, ""), "1 after 4: ok 200 0 bytes");
}

const DUPLICATE: &str = r#"{"err_code":40054005,"message":"duplicate"}"#;

#[test]
fn a_duplicate_after_a_lost_reply_was_delivered() {
    for lost in [T::Broken, T::Timeout, T::Protocol, T::TooLarge] {
        let mut bench = Bench::one(Deduplicated);
        bench.fail(lost);
        bench.fly();
        assert_eq!(bench.reply(400, DUPLICATE), "1 after 2: delivered before", "{lost:?}");
        assert_eq!(bench.counts(), [0, 0, 1, 0, 1]);
    }
    // Silence, and errors of servers that may have acted before.
    let mut bench = Bench::one(Deduplicated);
    bench.wait_until(6000);
    bench.fly();
    assert_eq!(bench.reply(400, DUPLICATE), "1 after 2: delivered before");
    for status in [500, 502, 504] {
        let mut bench = Bench::one(Deduplicated);
        bench.reply(status, "");
        bench.wake();
        bench.fly();
        assert_eq!(bench.reply(400, DUPLICATE), "1 after 2: delivered before", "{status}");
    }
    // Also if refusals came in between.
    let mut bench = Bench::one(Deduplicated);
    bench.fail(T::Broken);
    bench.fly();
    bench.reply(429, "");
    bench.wake();
    bench.fly();
    assert_eq!(bench.reply(200, DUPLICATE), "1 after 3: delivered before");
}

#[test]
fn a_duplicate_of_what_was_never_carried_out_is_an_error() {
    // On the first attempt the number was used by somebody else.
    let mut bench = Bench::one(Deduplicated);
    assert_eq!(bench.reply(400, DUPLICATE), "1 after 1: refused 400 40054005");
    for refusal in [429, 401] {
        let mut bench = Bench::one(Deduplicated);
        bench.reply(refusal, "");
        if !bench.calls.any_ready() {
            bench.wake();
        }
        bench.fly();
        assert_eq!(bench.reply(400, DUPLICATE), "1 after 2: refused 400 40054005", "{refusal}");
    }
    for never_sent in [T::Dns, T::Connect, T::Tls, T::Proxy] {
        let mut bench = Bench::one(Deduplicated);
        bench.fail(never_sent);
        bench.fly();
        assert_eq!(bench.reply(400, DUPLICATE), "1 after 2: refused 400 40054005", "{never_sent:?}");
    }
}

#[test]
fn the_answer_wins_over_its_deadline() {
    // Both at the same moment: the client gives the input first.
    let mut bench = Bench::one(Never);
    bench.now = 16_000;
    assert_eq!(bench.answer(1, Ok(HttpResponse::new(200, "{}"))), "1 after 1: ok 200 2 bytes");
    assert!(bench.wait_until(16_000).is_empty());
}

#[test]
fn a_call_at_the_end_of_time_ends() {
    let mut bench = Bench::new();
    bench.now = u64::MAX - 1;
    bench.admit(None, Deduplicated);
    bench.fly();
    assert_eq!(bench.fail(T::Broken), "goes on");
    bench.fly();
    assert_eq!(bench.reply(200, ""), "1 after 2: ok 200 0 bytes");
}

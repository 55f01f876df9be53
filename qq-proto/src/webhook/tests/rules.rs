//! Rules that take several rows.

use alloc::vec;
use core::time::Duration;

use super::*;
use crate::webhook::{Bot, SetupError, Validation, Window};

#[test]
fn a_request_sent_again_is_delivered_once() {
    let mut bench = Bench::usual();
    let body = event("E");
    let first = delivered(bench.push(&body));
    // It comes again while it is being delivered, and the queue is full after all.
    assert_eq!(done(bench.push(&body)).notice, Notice::InFlight);
    assert_eq!(bench.webhook.full(first.receipt).notice, Notice::Full);
    let second = delivered(bench.push(&body));
    assert_eq!(bench.webhook.accepted(second.receipt).notice, Notice::Accepted);
    // A retry that is signed anew, and an exact copy of the first.
    bench.unix += 2;
    assert_eq!(done(bench.push(&body)).notice, Notice::Duplicate);
    bench.unix -= 2;
    assert_eq!(done(bench.push(&body)).notice, Notice::Duplicate);
    let totals = bench.webhook.totals();
    assert_eq!((totals.accepted, totals.duplicates, totals.in_flight, totals.full), (1, 2, 1, 1));
}

#[test]
fn an_event_without_an_id_is_known_by_its_signature() {
    let mut bench = Bench::usual();
    let body = r#"{"op":0,"t":"X","d":{}}"#;
    let first = delivered(bench.push(body));
    assert_eq!(done(bench.push(body)).notice, Notice::InFlight);
    let _ = bench.webhook.accepted(first.receipt);
    assert_eq!(done(bench.push(body)).notice, Notice::Duplicate);
    bench.unix += 1;
    let _another = delivered(bench.push(body));
}

#[test]
fn two_bots_may_get_the_same_id() {
    let other = "102000002";
    let settings = Settings::new(APP, SECRET).with_bot(Bot::new(other, "another secret"));
    let mut bench = Bench::new(settings);
    let first = delivered(bench.push(&event("E")));
    let _ = bench.webhook.accepted(first.receipt);
    let mut theirs = headers("another secret", UNIX, event("E").as_bytes());
    theirs[0].1 = other.into();
    let second = delivered(bench.request(&theirs, event("E").as_bytes()));
    assert_eq!(&*second.app_id, other);
    // One bot's secret does not open the other.
    theirs[0].1 = APP.into();
    assert_eq!(refused(bench.request(&theirs, event("F").as_bytes())), Refusal::BadSignature);
    assert!(bench.webhook.remove(other) && !bench.webhook.remove(other));
    theirs[0].1 = other.into();
    assert_eq!(refused(bench.request(&theirs, event("F").as_bytes())), Refusal::UnknownApp);
    assert_eq!(bench.webhook.accepted(second.receipt).notice, Notice::Accepted);
}

#[test]
fn the_old_secret_counts_for_a_while() {
    let new = Secret::new("the new secret");
    let mut bench = Bench::usual();
    let until = bench.now.after(Duration::from_secs(10));
    bench.webhook.rotate(APP, &new, until).unwrap();
    let body = event("E");
    let with_new = headers(new.expose(), UNIX, body.as_bytes());
    let old = headers(SECRET, UNIX, body.as_bytes());
    let first = delivered(bench.request(&old, body.as_bytes()));
    // The same event with the other signature is the same event.
    assert_eq!(done(bench.request(&with_new, body.as_bytes())).notice, Notice::InFlight);
    let _ = bench.webhook.full(first.receipt);
    bench.wait(9_999);
    let again = delivered(bench.request(&old, body.as_bytes()));
    let _ = bench.webhook.full(again.receipt);
    bench.wait(1);
    assert_eq!(refused(bench.request(&old, body.as_bytes())), Refusal::BadSignature);
    let _last = delivered(bench.request(&with_new, body.as_bytes()));
    // Signed with the key that the request was signed with; unsigned ones with the newest.
    let answer = done(bench.request(&unsigned(), validation("abc").as_bytes()));
    let expected = hex(&signature(new.expose(), "1795478400", b"abc"));
    assert!(core::str::from_utf8(&answer.response.body).unwrap().contains(&expected));
    let unknown = bench.webhook.rotate("7", &new, until);
    assert_eq!(unknown, Err(SetupError::UnknownApp { app_id: "7".into() }));
    assert_eq!(bench.webhook.rotate(APP, &Secret::new(""), until), Err(SetupError::NoSecret));
}

#[test]
fn a_bot_may_start_with_its_previous_secret() {
    let mut settings = Settings::new(APP, "new");
    settings.bots = vec![Bot::new(APP, "new").with_previous(SECRET, Timestamp::from_millis(60_000))];
    let mut bench = Bench::new(settings);
    let _event = delivered(bench.push(&event("E")));
}

#[test]
fn the_window_has_two_sides_and_can_be_opened() {
    for (far, taken) in [(0_i64, true), (600, true), (-600, true), (601, false), (-601, false)] {
        let mut bench = Bench::usual();
        let headers = headers(SECRET, UNIX.saturating_add_signed(-far), event("E").as_bytes());
        match bench.request(&headers, event("E").as_bytes()) {
            Received::Event(_) => assert!(taken, "{far}"),
            other @ Received::Done(_) => {
                assert_eq!(refused(other), Refusal::Stale { behind: far });
                assert!(!taken);
            }
        }
    }
    let settings = Settings::new(APP, SECRET).with_window(Window::ClockIsKnownToBeWrong);
    let mut bench = Bench::new(settings);
    let old = headers(SECRET, 1, event("E").as_bytes());
    let _event = delivered(bench.request(&old, event("E").as_bytes()));
    // The signature is checked all the same.
    let forged = headers("guessed", 1, event("F").as_bytes());
    assert_eq!(refused(bench.request(&forged, event("F").as_bytes())), Refusal::BadSignature);
}

#[test]
fn ids_are_forgotten_for_want_of_room_and_that_is_counted() {
    let mut bench =
        Bench::new(Settings::new(APP, SECRET).with_limits(limits(|limits| limits.remembered_events = 2)));
    for id in ["A", "B", "C"] {
        let event = delivered(bench.push(&event(id)));
        let _ = bench.webhook.accepted(event.receipt);
    }
    assert_eq!(bench.webhook.totals().forgotten, 1);
    assert_eq!(done(bench.push(&event("B"))).notice, Notice::Duplicate);
    // Twice the window later nobody can replay what is forgotten.
    bench.wait(1_200_000);
    bench.unix += 1200;
    let last = delivered(bench.push(&event("D")));
    let _ = bench.webhook.accepted(last.receipt);
    assert_eq!(bench.webhook.totals().forgotten, 1);
}

#[test]
fn a_lost_receipt_does_not_lose_the_event() {
    let mut bench = Bench::usual();
    let lost = delivered(bench.push(&event("E")));
    bench.wait(29_999);
    assert_eq!(done(bench.push(&event("E"))).notice, Notice::InFlight);
    bench.wait(1);
    let again = delivered(bench.push(&event("E")));
    assert_eq!(bench.webhook.totals().lost_receipts, 1);
    // The first one comes back after all: both have been delivered, a third copy is not.
    let _ = bench.webhook.accepted(lost.receipt);
    assert_eq!(done(bench.push(&event("E"))).notice, Notice::Duplicate);
    let _ = bench.webhook.accepted(again.receipt);
}

#[test]
fn validations_come_back_with_time() {
    let mut bench = Bench::usual();
    let status =
        |bench: &mut Bench| done(bench.request(&unsigned(), validation("a").as_bytes())).response.status;
    let many = |bench: &mut Bench| (0..20).filter(|_| status(bench) == 200).count();
    assert_eq!(many(&mut bench), 5);
    bench.wait(9_999);
    assert_eq!(many(&mut bench), 0);
    bench.wait(1);
    assert_eq!(many(&mut bench), 1);
    bench.wait(20_000);
    assert_eq!(many(&mut bench), 2);
    bench.wait(1_000_000);
    assert_eq!(many(&mut bench), 5);
    assert_eq!(bench.webhook.totals().validations, 13);
    // A signed one needs no permission.
    assert_eq!(done(bench.push(&validation("a"))).notice, Notice::Validated { signed: true });
}

#[test]
fn a_validation_is_read_in_all_its_forms() {
    for (body, answered) in [
        (r#"{"op":13,"d":{"plain_token":"a","event_ts":1795478400}}"#, true),
        ("\u{feff}{\"op\":13,\"d\":{\"plain_token\":\"a\",\"event_ts\":\"1\"}}", true),
        (r#"{"id":"x","op":"13","d":{"event_ts":"1","plain_token":"a","more":{}}}"#, true),
        (r#"{"op":13,"d":{"plain_token":"a","event_ts":-1}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"a","event_ts":1.5}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"a","event_ts":"1 "}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"a","event_ts":null}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"a","event_ts":""}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"a","event_ts":"123456789012345678901"}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"","event_ts":"1"}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"é","event_ts":"1"}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"{\"op\":0}","event_ts":"1"}}"#, false),
        (r#"{"op":13,"d":{"plain_token":7,"event_ts":"1"}}"#, false),
        (r#"{"op":13,"d":{"plain_token":"a"}}"#, false),
        (r#"{"op":13,"d":[]}"#, false),
        (r#"{"op":13}"#, false),
    ] {
        for headers in [unsigned(), headers(SECRET, UNIX, body.as_bytes())] {
            let answer = done(Bench::usual().request(&headers, body.as_bytes()));
            let expected = if answered { 200 } else { 400 };
            assert_eq!(answer.response.status, expected, "{body}");
        }
    }
    let long = validation(&"a".repeat(129));
    assert_eq!(refused(Bench::usual().request(&unsigned(), long.as_bytes())), Refusal::BadValidation);
}

#[test]
fn the_head_alone_can_be_enough() {
    let mut bench = Bench::usual();
    let body = event("E");
    let good = headers(SECRET, UNIX, body.as_bytes());
    let look = |bench: &mut Bench, headers: &Headers, length| {
        let head = Head::read(headers.iter().map(|(name, value)| (*name, value)));
        bench.webhook.look(&head, length).map(|answer| answer.response.status)
    };
    assert_eq!(look(&mut bench, &good, Some(1 << 20)), None);
    assert_eq!(look(&mut bench, &good, None), None);
    assert_eq!(look(&mut bench, &good, Some((1 << 20) + 1)), Some(413));
    assert_eq!(look(&mut bench, &good, Some(u64::MAX)), Some(413));
    assert_eq!(look(&mut bench, &unsigned(), Some(100)), None);
    // Nothing unsigned is that long.
    assert_eq!(look(&mut bench, &unsigned(), Some(5000)), Some(401));
    assert_eq!(look(&mut bench, &Vec::new(), None), Some(400));
    let refused: Vec<_> = bench.webhook.totals().refused().collect();
    assert_eq!(refused, [("too_long", 2), ("no_app_id", 1), ("no_signature", 1)]);
}

#[test]
fn the_event_shares_the_body() {
    let body = Bytes::from(event("E"));
    let signed = headers(SECRET, UNIX, &body);
    let head = Head::read(signed.iter().map(|(name, value)| (*name, value)));
    let mut bench = Bench::usual();
    let event = delivered(bench.webhook.handle(NOW, UNIX, &head, &body));
    let shared = event.dispatch.json().unwrap().as_bytes().as_ptr_range();
    let whole = body.as_ptr_range();
    assert!(whole.start <= shared.start && shared.end <= whole.end);
    assert_eq!((event.dispatch.id(), event.dispatch.shard().get()), (Some("E"), 0));
}

#[test]
fn an_event_can_be_answered() {
    let mut bench = Bench::usual();
    let body = r#"{"op":0,"t":"C2C_MESSAGE_CREATE","id":"E","d":{"id":"M","author":{"user_openid":"U"},"content":"hi"}}"#;
    let event = delivered(bench.push(body));
    assert!(event.dispatch.reply_to().is_some());
}

#[test]
fn nothing_shows_a_secret() {
    let mut bench = Bench::usual();
    bench.webhook.rotate(APP, &Secret::new("the next secret"), NOW).unwrap();
    let shown = format!("{:?} {:?}", bench.webhook, Settings::new(APP, SECRET));
    for secret in [SECRET, "the next secret", &hex(SECRET.as_bytes()), "97, 110, 32, 97"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let answer = done(bench.request(&unsigned(), validation("abc").as_bytes()));
    assert!(!format!("{answer:?}").contains("signature"));
    for kind in crate::webhook::refusal::NAMES {
        assert!(!kind.is_empty());
    }
}

#[test]
fn what_cannot_work_is_said_at_once() {
    let fails = |settings: Settings| Webhook::new(settings).unwrap_err();
    assert_eq!(fails(Settings::new("", SECRET)), SetupError::NoAppId);
    assert_eq!(fails(Settings::new("1 2", SECRET)), SetupError::BadAppId);
    assert_eq!(fails(Settings::new(APP, "")), SetupError::NoSecret);
    let twice = Settings::new(APP, SECRET).with_bot(Bot::new(APP, SECRET));
    assert_eq!(fails(twice), SetupError::AppIdTwice { app_id: APP.into() });
    let mut none = Settings::new(APP, SECRET);
    none.bots.clear();
    assert_eq!(fails(none), SetupError::NoBot);
    for limits in [
        limits(|limits| limits.body_bytes = 0),
        limits(|limits| limits.in_flight = 0),
        limits(|limits| limits.receipt_timeout = Duration::ZERO),
    ] {
        assert_eq!(fails(Settings::new(APP, SECRET).with_limits(limits)), SetupError::NoRoom);
    }
    // Nothing is remembered, nothing is recognised: allowed, for tests.
    let none = limits(|limits| limits.remembered_events = 0);
    let mut bench = Bench::new(Settings::new(APP, SECRET).with_limits(none));
    for _ in 0..3 {
        let event = delivered(bench.push(&event("E")));
        let _ = bench.webhook.accepted(event.receipt);
    }
    let off = Settings::new(APP, SECRET).with_validation(Validation::Refused);
    assert_eq!(
        refused(Bench::new(off).request(&unsigned(), validation("a").as_bytes())),
        Refusal::ValidationOff
    );
}

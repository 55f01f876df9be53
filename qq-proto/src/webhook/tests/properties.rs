//! What holds for any request.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};
use proptest::prelude::*;

use super::*;
use crate::webhook::validation::answer;
use crate::wire::{Incoming, decode};

fn cases(many: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 2 } else { many },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Another value for one byte.
fn change(bytes: &mut [u8], at: prop::sample::Index, by: u8) {
    let at = at.index(bytes.len());
    bytes[at] ^= by;
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn any_changed_byte_is_refused(
        part in 0..3_u8, at: prop::sample::Index, by in 1..=255_u8, text in "[ -~]{0,40}",
    ) {
        let mut body = event(&text.replace(['"', '\\'], "")).into_bytes();
        let mut sent = headers(SECRET, UNIX, &body);
        match part {
            0 => change(&mut body, at, by),
            part => {
                let mut value = sent[usize::from(part)].1.clone().into_bytes();
                change(&mut value, at, by);
                // A digit in the other case is the same digit.
                let same = value.eq_ignore_ascii_case(sent[usize::from(part)].1.as_bytes());
                let space = value.first().is_some_and(u8::is_ascii_whitespace)
                    || value.last().is_some_and(u8::is_ascii_whitespace);
                prop_assume!(!same && !space && value.is_ascii());
                sent[usize::from(part)].1 = String::from_utf8(value).unwrap();
            }
        }
        let mut bench = Bench::usual();
        let status = refused(bench.request(&sent, &body)).status();
        prop_assert_eq!(status, 401);
    }

    #[test]
    fn nothing_panics(
        app in prop_oneof![Just(APP.as_bytes().to_vec()), any::<Vec<u8>>()],
        signature in prop_oneof![any::<Vec<u8>>(), "[0-9a-f]{128}".prop_map(String::into_bytes)],
        time in prop_oneof![any::<Vec<u8>>(), "[0-9]{0,21}".prop_map(String::into_bytes)],
        body in prop_oneof![any::<Vec<u8>>(), "[{}\"opd:013,a]{0,40}".prop_map(String::into_bytes)],
        unix: u64,
        signed: bool,
    ) {
        let mut bench = Bench::usual();
        let mut sent: Vec<(&str, Vec<u8>)> = Vec::from([("X-Bot-Appid", app)]);
        if signed {
            sent.push(("X-Signature-Ed25519", signature));
            sent.push(("X-Signature-Timestamp", time));
        }
        let head = Head::read(sent.iter().map(|(name, value)| (*name, value)));
        let _ = format!("{head:?}");
        let received = bench.webhook.handle(NOW, unix, &head, &Bytes::from(body));
        prop_assert!(!matches!(received, Received::Event(_)), "out of nothing");
    }

    #[test]
    fn what_is_signed_for_a_validation_is_never_an_event(
        token in prop_oneof![".{0,140}", "[ -~]{1,128}", r#"\{"op":0[ -~]{0,20}\}"#, "[A-Za-z0-9_-]{1,128}"],
        time in prop_oneof!["[0-9]{0,21}", ".{0,5}"],
        signed: bool,
    ) {
        let body = serde_json::json!({"op": 13, "d": {"plain_token": token, "event_ts": time}});
        let key = WebhookKey::new(&Secret::new(SECRET)).unwrap();
        if let Ok(reply) = answer(body.to_string().as_bytes(), signed, &key) {
            let reply: serde_json::Value = serde_json::from_slice(&reply).unwrap();
            // Cut in two in every way: as the time and the body of a request.
            let text = format!("{time}{token}");
            for (at, _) in text.char_indices() {
                let body = Bytes::copy_from_slice(&text.as_bytes()[at..]);
                prop_assert!(decode(&body).is_err());
                // A time has no more digits than that.
                if at > 21 {
                    continue;
                }
                let sent = Vec::from([
                    ("X-Bot-Appid", APP.into()),
                    ("X-Signature-Ed25519", reply["signature"].as_str().unwrap().into()),
                    ("X-Signature-Timestamp", text[..at].into()),
                ]);
                let mut bench = Bench::usual();
                bench.webhook.window = crate::webhook::Window::ClockIsKnownToBeWrong;
                prop_assert!(matches!(bench.request(&sent, &body), Received::Done(_)));
            }
        }
    }

    #[test]
    fn verification_is_the_strict_one(
        message: Vec<u8>, cut: prop::sample::Index, at in 0..64_usize, by in prop_oneof![Just(0_u8), any::<u8>()],
    ) {
        let key = WebhookKey::new(&Secret::new(SECRET)).unwrap();
        let mut bytes = key.sign(&message);
        bytes[at] ^= by;
        let cut = if message.is_empty() { 0 } else { cut.index(message.len()) };
        let (time, body) = message.split_at(cut);
        let public = VerifyingKey::from_bytes(&key.public_key()).unwrap();
        let strict = public.verify_strict(&message, &Signature::from_bytes(&bytes)).is_ok();
        prop_assert_eq!(key.verify(time, body, &bytes), strict);
        prop_assert_eq!(strict, by == 0);
    }

    /// Whatever the order in which copies come and receipts go back: each event is accepted once, and whoever was
    /// answered "received" has had it accepted by then.
    #[test]
    fn each_event_is_delivered_once(moves in prop::collection::vec((0..6_u8, 0..4_usize, 0..4_u64), 1..60)) {
        let mut bench = Bench::usual();
        let mut out: Vec<(usize, crate::webhook::Receipt)> = Vec::new();
        let mut accepted = [0; 4];
        for (what, which, seconds) in moves {
            match what {
                0..=2 => match bench.push(&event(&format!("E{which}"))) {
                    Received::Event(delivery) => out.push((which, delivery.receipt)),
                    Received::Done(answer) if answer.notice == Notice::Duplicate => {
                        prop_assert_eq!(accepted[which], 1);
                    }
                    Received::Done(answer) => {
                        prop_assert_eq!(answer.notice, Notice::InFlight);
                        prop_assert!(out.iter().any(|(open, _)| *open == which));
                    }
                },
                3 | 4 if !out.is_empty() => {
                    let (event, receipt) = out.remove(which % out.len());
                    if what == 3 {
                        accepted[event] += 1;
                        prop_assert_eq!(bench.webhook.accepted(receipt).response.status, 200);
                    } else {
                        let _ = bench.webhook.full(receipt);
                    }
                }
                _ => {
                    // Never so long that a receipt is overdue.
                    bench.wait(seconds * 100);
                    bench.unix += seconds;
                }
            }
            prop_assert!(accepted.iter().all(|times| *times <= 1));
        }
    }
}

#[test]
fn signatures_of_small_order_are_refused() {
    // R is the neutral point and S is zero: a plain verification takes it for a key of small order, and some take it
    // for any.
    let key = WebhookKey::new(&Secret::new(SECRET)).unwrap();
    let mut bytes = [0; 64];
    bytes[0] = 1;
    assert!(!key.verify(b"1", b"{}", &bytes));
    assert!(matches!(decode(&Bytes::from_static(b"{}")), Err(_) | Ok(Incoming::Other { .. })));
}

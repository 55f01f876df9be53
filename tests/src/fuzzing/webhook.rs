//! A webhook endpoint under requests at will, some of them signed rightly.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bytes::Bytes;
use qq_proto::webhook::{Answer, Head, Limits, Notice, Receipt, Received, Settings, Validation, Webhook};
use qq_proto::{Secret, Timestamp};
use serde_json::Value;

use super::{Plain, well_formed};
use crate::choices::{Choices, FromBytes};
use crate::signer::Signer;

const APP: &str = "102000001";
const SECRETS: [&str; 2] = ["a-secret-for-fuzzing", "the-secret-after-that"];
const UNIX: u64 = 1_795_478_400;
/// A longer story is rarely a better one, and each signature costs.
const STEPS: usize = 16;

/// The endpoint, and what must be true of it.
struct Bench {
    webhook: Webhook,
    now: u64,
    /// What was handed out and not answered: what it is recognised by, when, its receipt.
    out: Vec<(String, u64, Receipt)>,
    accepted: BTreeSet<String>,
    shown: String,
}

/// Requests to a webhook out of bytes: no panic, no event without a right signature, each event once, no signature for
/// anything that could be an event, no secret.
///
/// Each step begins with one byte: what it is, in its lower half, and a choice, in its upper half. Requests that the
/// harness signs let the fuzzer reach what comes after the signature.
///
/// # Panics
///
/// If that does not hold.
pub fn webhook(data: &[u8]) {
    let mut limits = Limits::default();
    limits.in_flight = 3;
    let settings = Settings::new(APP, SECRETS[0]).with_limits(limits);
    let webhook = Webhook::new(settings).expect("settings that make sense");
    let mut bench =
        Bench { webhook, now: 0, out: Vec::new(), accepted: BTreeSet::new(), shown: String::new() };
    let mut input = FromBytes::new(data);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        bench.step(&mut input);
    }
    let shown = format!("{:?}\n{}", bench.webhook, bench.shown);
    let clear = |secret: &str| !String::from_utf8_lossy(data).contains(secret);
    assert!(SECRETS.iter().all(|secret| !clear(secret) || !shown.contains(secret)), "a secret shows");
}

impl Bench {
    fn step(&mut self, input: &mut FromBytes<'_>) {
        let head = input.take(1).first().copied().unwrap_or_default();
        let (kind, choice) = (head & 15, usize::from(head >> 4));
        match kind {
            // Signed, any body.
            0..=3 => {
                let body = take(input);
                self.signed(choice, &body);
            }
            // Signed, one of a few events.
            4..=6 => {
                let id = choice % 4;
                let body = format!(r#"{{"op":0,"t":"C2C_MESSAGE_CREATE","id":"E{id}","d":{{"id":"m"}}}}"#);
                self.signed(0, &Bytes::from(body));
            }
            // A validation with any text, signed or not.
            7 | 8 => {
                let token = String::from_utf8_lossy(&take(input)).into_owned();
                let time = if choice & 2 == 0 { "1795478400".to_owned() } else { text(input) };
                let ask = serde_json::json!({"op": 13, "d": {"plain_token": token, "event_ts": time}});
                let body = Bytes::from(ask.to_string());
                if choice & 1 == 0 {
                    self.request(&[("X-Bot-Appid", APP.into())], &body, false);
                } else {
                    self.signed(0, &body);
                }
            }
            // Anything at all.
            9 | 10 => {
                let names = ["X-Bot-Appid", "x-signature-ed25519", "X-SIGNATURE-TIMESTAMP", "X-Bot-Appid"];
                let mut headers = Vec::new();
                for (at, name) in names.into_iter().enumerate() {
                    if choice >> at & 1 == 0 {
                        headers.push((name, text(input)));
                    }
                }
                let body = take(input);
                self.request(&headers, &body, false);
            }
            // A signed one, damaged.
            11 => {
                let body = take(input);
                let mut headers = sign(SECRETS[0], UNIX, &body);
                let which = 1 + choice % 2;
                let at = input.pick("place", 128) as usize;
                let Some((_, value)) = headers.get_mut(which) else { return };
                let at = at % value.len().max(1);
                let old = value.get(at..=at).unwrap_or_default();
                let new = if old == "1" { "2" } else { "1" };
                value.replace_range(at..=at, new);
                self.request(&headers, &body, false);
            }
            12 | 13 if !self.out.is_empty() => {
                let (key, _, receipt) = self.out.remove(choice % self.out.len());
                if kind == 12 {
                    let answer = self.webhook.accepted(receipt);
                    assert_eq!(answer.notice, Notice::Accepted);
                    self.accepted.insert(key);
                } else {
                    assert_eq!(self.webhook.full(receipt).notice, Notice::Full);
                }
            }
            14 => {
                let until = Timestamp::from_millis(self.now + 60_000);
                let secret = SECRETS.get(choice % 2).copied().unwrap_or_default();
                self.webhook.rotate(APP, &Secret::new(secret), until).expect("a bot that is there");
                let validation = if choice & 4 == 0 { Validation::Answered } else { Validation::Refused };
                self.webhook.set_validation(validation);
            }
            _ => self.now += u64::from(input.take(1).first().copied().unwrap_or_default()) * 200,
        }
    }

    fn signed(&mut self, choice: usize, body: &Bytes) {
        let secret = SECRETS.get(choice & 1).copied().unwrap_or_default();
        // Sometimes outside of the window.
        let unix = if choice & 8 == 0 { UNIX } else { UNIX - 601 };
        let headers = sign(secret, unix, body);
        self.request(&headers, body, true);
    }

    fn request(&mut self, headers: &[(&'static str, String)], body: &Bytes, rightly: bool) {
        let head = Head::read(headers.iter().map(|(name, value)| (*name, value)));
        let received = self.webhook.handle(Timestamp::from_millis(self.now), UNIX, &head, body);
        // Writing to memory does not fail.
        let _ = writeln!(self.shown, "{head:?} {received:?}");
        let delivery = match received {
            Received::Done(answer) => return self.answered(&answer, headers, body),
            Received::Event(delivery) => delivery,
        };
        assert!(rightly, "an event without a right signature");
        let event = delivery.dispatch;
        let signature = headers.get(1).map(|(_, value)| value.clone()).unwrap_or_default();
        let key = event.id().map_or(signature, |id| format!("id {id}"));
        assert!(!self.accepted.contains(&key), "{key} comes again after it was accepted");
        let now = self.now;
        let open = self.out.iter().any(|(other, since, _)| *other == key && now - since < 30_000);
        assert!(!open, "{key} comes twice at once");
        match (Plain::read(body), event.json()) {
            (_, Err(_)) => assert!(event.event().is_err(), "a payload that is broken was decoded"),
            (Some(plain), Ok(json)) => plain.agree(&event, json),
            (None, Ok(_)) => assert!(well_formed(body), "a payload from a body that is not JSON"),
        }
        let _ = event.reply_to();
        self.out.push((key, now, delivery.receipt));
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all that is left is answered as received or put off")]
    fn answered(&self, answer: &Answer, headers: &[(&'static str, String)], body: &Bytes) {
        let response = &answer.response;
        match answer.notice {
            Notice::Refused(why) => {
                assert_eq!((response.status, response.body.len()), (why.status(), 0), "{why}");
                let _ = (why.to_string(), why.name());
            }
            Notice::Duplicate => {
                let frame = Plain::read(body);
                let id = frame.as_ref().and_then(|frame| frame.text("id")).map(|id| format!("id {id}"));
                let signature = headers.get(1).map(|(_, value)| value.clone()).unwrap_or_default();
                let known = id.is_none_or(|id| self.accepted.contains(&id));
                assert!(known || self.accepted.contains(&signature), "a duplicate of nothing");
            }
            Notice::Validated { .. } => {
                let reply: Value = serde_json::from_slice(&response.body).expect("JSON");
                let token = reply.get("plain_token").and_then(Value::as_str).unwrap_or_default();
                let signature = reply.get("signature").and_then(Value::as_str).unwrap_or_default();
                assert!(!token.is_empty() && !token.contains('{') && signature.len() == 128, "{reply}");
            }
            other => assert_eq!(response.status, 200, "{other}"),
        }
    }
}

fn sign(secret: &str, unix: u64, body: &[u8]) -> Vec<(&'static str, String)> {
    let time = unix.to_string();
    let signature = Signer::new(secret).sign(&time, body);
    vec![("X-Bot-Appid", APP.to_owned()), ("X-Signature-Ed25519", signature), ("X-Signature-Timestamp", time)]
}

fn take(input: &mut FromBytes<'_>) -> Bytes {
    let length = input.take(1).first().copied().unwrap_or_default();
    Bytes::copy_from_slice(input.take(usize::from(length)))
}

fn text(input: &mut FromBytes<'_>) -> String {
    String::from_utf8_lossy(&take(input)).into_owned()
}

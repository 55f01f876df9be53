//! Tests of the machine: each row of its table, the rules of several rows, what holds for any request.

mod properties;
mod rows;
mod rules;
mod vectors;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use super::{Answer, Delivery, Head, Limits, Notice, Received, Refusal, Settings, Webhook, WebhookKey};
use crate::secret::Secret;
use crate::time::Timestamp;

const APP: &str = "102000001";
const SECRET: &str = "an app secret of a test";
/// The time of day at the start.
const UNIX: u64 = 1_795_478_400;
const NOW: Timestamp = Timestamp::from_millis(5000);

/// The headers of a request.
type Headers = Vec<(&'static str, String)>;

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn signature(secret: &str, timestamp: &str, body: &[u8]) -> [u8; 64] {
    WebhookKey::new(&Secret::new(secret)).unwrap().sign(&[timestamp.as_bytes(), body].concat())
}

fn headers(secret: &str, unix: u64, body: &[u8]) -> Headers {
    let timestamp = format!("{unix}");
    let signature = hex(&signature(secret, &timestamp, body));
    Vec::from([
        ("X-Bot-Appid", APP.into()),
        ("X-Signature-Ed25519", signature),
        ("X-Signature-Timestamp", timestamp),
    ])
}

fn unsigned() -> Headers {
    Vec::from([("X-Bot-Appid", APP.into())])
}

fn event(id: &str) -> String {
    format!(r#"{{"op":0,"s":9,"t":"C2C_MESSAGE_CREATE","id":"{id}","d":{{"id":"m","content":"x"}}}}"#)
}

fn validation(token: &str) -> String {
    format!(r#"{{"op":13,"d":{{"plain_token":"{token}","event_ts":"1795478400"}}}}"#)
}

/// One endpoint, and the time.
struct Bench {
    webhook: Webhook,
    now: Timestamp,
    unix: u64,
}

impl Bench {
    fn new(settings: Settings) -> Self {
        Self { webhook: Webhook::new(settings).unwrap(), now: NOW, unix: UNIX }
    }

    fn usual() -> Self {
        Self::new(Settings::new(APP, SECRET))
    }

    fn request(&mut self, headers: &Headers, body: &[u8]) -> Received {
        let head = Head::read(headers.iter().map(|(name, value)| (*name, value)));
        self.webhook.handle(self.now, self.unix, &head, &Bytes::copy_from_slice(body))
    }

    /// A request as the platform signs it now.
    fn push(&mut self, body: &str) -> Received {
        let headers = headers(SECRET, self.unix, body.as_bytes());
        self.request(&headers, body.as_bytes())
    }

    fn wait(&mut self, millis: u64) {
        self.now =
            Timestamp::from_millis(u64::try_from(self.now.since_start().as_millis()).unwrap() + millis);
    }
}

#[track_caller]
fn delivered(received: Received) -> Delivery {
    match received {
        Received::Event(delivery) => delivery,
        Received::Done(answer) => panic!("{answer:?}"),
    }
}

#[track_caller]
fn done(received: Received) -> Answer {
    match received {
        Received::Done(answer) => answer,
        Received::Event(delivery) => panic!("{delivery:?}"),
    }
}

#[track_caller]
fn refused(received: Received) -> Refusal {
    let notice = done(received).notice;
    let Notice::Refused(why) = notice else { panic!("{notice}") };
    why
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

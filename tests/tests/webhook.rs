//! A bot without a gateway connection, in virtual time; the checks that watch it; signatures from another library.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

use std::time::Duration;

use qq_proto::Secret;
use qq_proto::webhook::WebhookKey;
use qq_testkit::choices::Seeded;
use qq_testkit::oracle::Property;
use qq_testkit::platform::{
    CallbackManner, Forgery, Platform, PlatformConfig, Post, Posted, PushEnd, Rule, Standing,
};
use qq_testkit::signer::Signer;
use qq_testkit::world::{WebhookReport, WebhookSabotage as S, WebhookWorld, receive};

fn seeds() -> u64 {
    std::env::var("QQ_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[test]
fn each_event_is_delivered_once_and_none_is_lost() {
    let mut sum = WebhookReport::default();
    for seed in 0..seeds() {
        let report = WebhookWorld::run(&mut Seeded::new(seed), &receive);
        assert_eq!(report.findings, [], "seed {seed}");
        sum.delivered += report.delivered;
        sum.retries += report.retries;
        sum.forged += report.forged;
        sum.full += report.full;
        sum.given_up += report.given_up;
    }
    // Something has happened in these lives.
    assert!(sum.delivered > 250 * seeds(), "{sum:?}");
    assert!(sum.retries > 25 * seeds() && sum.forged > 25 * seeds() && sum.full > seeds(), "{sum:?}");
    println!("{sum:?}");
}

#[test]
fn every_saboteur_is_caught() {
    let caught = [
        (S::DeliverTwice, Property::P11, 1),
        (S::SkipSignature, Property::Rules, 1),
        (S::LoseWhenFull, Property::P11, 3),
        (S::SignAnything, Property::Rules, 1),
    ];
    assert!(S::ALL.iter().all(|how| caught.iter().any(|row| row.0 == *how)));
    for (how, property, within) in caught {
        let finds = |seed| {
            let report = WebhookWorld::run(&mut Seeded::new(seed), &how.make());
            report.findings.iter().any(|finding| finding.property == property)
        };
        assert!((0..within).any(finds), "{how:?} got away");
    }
}

#[test]
fn the_same_choices_give_the_same_life() {
    let [one, two] = [(); 2].map(|()| format!("{:?}", WebhookWorld::run(&mut Seeded::new(3), &receive)));
    assert_eq!(one, two);
}

/// Three implementations of the key, its signature and its check.
#[test]
fn signatures_agree_with_another_library() {
    use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
    for length in [1, 2, 11, 12, 16, 28, 31, 32, 33, 40, 64, 65] {
        let secret: String = ('!'..='~').cycle().skip(length).take(length).collect();
        let seed: Vec<u8> = secret.bytes().cycle().take(32).collect();
        let theirs = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let signer = Signer::new(&secret);
        let core = WebhookKey::new(&Secret::new(secret.as_str())).unwrap();
        assert_eq!(core.public_key(), theirs.public_key().as_ref());
        let body = format!("{{\"op\":0,\"d\":\"{secret}\u{e9}\"}}");
        let message = format!("1795478400{body}");
        let signature = theirs.sign(message.as_bytes());
        let bytes: [u8; 64] = signature.as_ref().try_into().unwrap();
        assert!(core.verify(b"1795478400", body.as_bytes(), &bytes));
        assert!(!core.verify(b"1795478401", body.as_bytes(), &bytes));
        let hex = signer.sign("1795478400", body.as_bytes());
        let pairs = bytes.iter().zip(hex.as_bytes().chunks(2));
        assert!(pairs.into_iter().all(|(byte, pair)| format!("{byte:02x}").as_bytes() == pair));
        assert!(signer.verifies("1795478400", body.as_bytes(), &hex));
        let public = UnparsedPublicKey::new(&ED25519, core.public_key());
        public.verify(message.as_bytes(), signature.as_ref()).unwrap();
    }
}

/// A platform with a callback address that the test itself plays.
struct Address {
    platform: Platform,
    now: Duration,
    signer: Signer,
}

impl Address {
    fn new(callback: CallbackManner) -> Self {
        let config = PlatformConfig { callback, ..PlatformConfig::default() };
        let signer = Signer::new(config.secret.expose());
        let mut platform = Platform::new(config);
        platform.set_callback(Duration::ZERO, Some("http://127.0.0.1:1/"));
        Self { platform, now: Duration::ZERO, signer }
    }

    /// One whose address has been validated.
    fn valid() -> Self {
        let mut address = Self::new(CallbackManner::default());
        let ask = address.post();
        let body = address.signed_reply(&ask);
        address.answer(&ask, 200, &body);
        assert_eq!(address.platform.callback(), Some(Standing::Valid));
        address
    }

    fn post(&mut self) -> Post {
        self.platform.poll_post().expect("a request")
    }

    fn answer(&mut self, post: &Post, status: u16, body: &str) {
        let answer = Posted { status, body: body.into() };
        self.platform.posted(self.now, post.number, Some(&answer));
    }

    fn wait(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.platform.tick(self.now);
    }

    fn signed_reply(&self, ask: &Post) -> String {
        let ask: serde_json::Value = serde_json::from_slice(&ask.body).unwrap();
        assert_eq!(ask["op"], 13);
        let (token, time) =
            (ask["d"]["plain_token"].as_str().unwrap(), ask["d"]["event_ts"].as_str().unwrap());
        let signature = self.signer.sign(time, token.as_bytes());
        format!(r#"{{"plain_token":"{token}","signature":"{signature}"}}"#)
    }

    fn rules(&self) -> Vec<Rule> {
        self.platform.violations().iter().map(|violation| violation.rule).collect()
    }

    fn ends(&self) -> Vec<(u32, PushEnd)> {
        self.platform.pushes().map(|push| (push.attempts, push.end)).collect()
    }
}

fn header<'a>(post: &'a Post, name: &str) -> Option<&'a str> {
    post.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

#[test]
fn an_address_is_validated_before_it_gets_events() {
    for sign_validation in [false, true] {
        let mut address = Address::new(CallbackManner { sign_validation, ..CallbackManner::default() });
        address.platform.push_c2c(address.now, "too early");
        let ask = address.post();
        assert_eq!(header(&ask, "X-Signature-Ed25519").is_some(), sign_validation);
        assert_eq!(header(&ask, "X-Bot-Appid"), Some("102030405"));
        assert_eq!(address.platform.poll_post(), None);
        let body = address.signed_reply(&ask);
        address.answer(&ask, 200, &body);
        let pushed = address.platform.push_c2c(address.now, "in time");
        assert_eq!(pushed.session, None);
        let event = address.post();
        let (time, signature) =
            (header(&event, "X-Signature-Timestamp"), header(&event, "X-Signature-Ed25519"));
        assert!(address.signer.verifies(time.unwrap(), &event.body, signature.unwrap()));
        address.answer(&event, 200, r#"{"op":12,"d":0}"#);
        assert_eq!((address.ends(), address.rules()), (vec![(1, PushEnd::Received)], vec![]));
    }
}

#[test]
fn a_wrong_answer_to_the_validation_is_written_down() {
    for (status, change) in [(200, true), (500, false), (204, false)] {
        let mut address = Address::new(CallbackManner::default());
        let ask = address.post();
        let body = address.signed_reply(&ask);
        let body = if change { body.replace("signature\":\"", "signature\":\"0") } else { body };
        address.answer(&ask, status, &body);
        assert_eq!(address.platform.callback(), Some(Standing::Failed));
        assert_eq!(address.rules(), [Rule::CallbackValidation]);
    }
    // Silence is no violation, but no address either.
    let mut address = Address::new(CallbackManner::default());
    address.wait(3000);
    assert_eq!((address.platform.callback(), address.rules()), (Some(Standing::Failed), vec![]));
}

#[test]
fn what_fails_is_sent_again_with_the_same_id() {
    for (status, body) in [(200, r#"{"op":12,"d":1}"#), (503, ""), (429, "")] {
        let mut address = Address::valid();
        let pushed = address.platform.push_group_at(address.now, "again");
        for attempt in 0..4 {
            let post = address.post();
            let frame: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
            assert_eq!(frame["id"], pushed.event_id.as_str());
            address.answer(&post, status, body);
            assert_eq!(address.platform.next_deadline().is_some(), attempt < 3);
            address.wait(1000);
        }
        assert_eq!((address.ends(), address.rules()), (vec![(4, PushEnd::GivenUp)], vec![]));
    }
}

#[test]
fn silence_is_a_failure_after_three_seconds_and_late_answers_count_for_nothing() {
    let mut address = Address::valid();
    address.platform.push_dm(address.now, "slow");
    let first = address.post();
    address.wait(2999);
    assert_eq!(address.platform.poll_post(), None);
    address.wait(1);
    address.answer(&first, 200, "");
    assert_eq!(address.ends(), [(1, PushEnd::Open)]);
    address.wait(1000);
    let second = address.post();
    assert_ne!(header(&first, "X-Signature-Timestamp"), header(&second, "X-Signature-Timestamp"));
    address.answer(&second, 200, "");
    assert_eq!(address.ends(), [(2, PushEnd::Received)]);
}

#[test]
fn forgeries_that_are_received_are_written_down() {
    for how in Forgery::ALL {
        let mut address = Address::valid();
        assert!(!address.platform.forge(address.now, how), "there is nothing to forge it from");
        address.platform.push_guild(address.now, "the real one");
        let real = address.post();
        address.answer(&real, 200, "");
        assert!(address.platform.forge(address.now, how));
        let forged = address.post();
        assert!(
            (forged.body == real.body && forged.headers == real.headers) == (how == Forgery::Replay)
                || how == Forgery::Repeat
        );
        if how == Forgery::Oracle {
            let body = address.signed_reply_to_anything(&forged);
            address.answer(&forged, 200, &body);
            let event = address.post();
            address.answer(&event, 200, "");
            assert_eq!(address.rules(), [Rule::CallbackOracle, Rule::CallbackForged]);
        } else {
            address.answer(&forged, 200, "");
            let fine = matches!(how, Forgery::Repeat | Forgery::Replay);
            assert_eq!(address.rules().is_empty(), fine, "{how:?}");
        }
        // A refusal is right.
        let mut address = Address::valid();
        address.platform.push_guild(address.now, "the real one");
        let real = address.post();
        address.answer(&real, 200, "");
        address.platform.forge(address.now, how);
        let forged = address.post();
        address.answer(&forged, 401, "");
        assert_eq!(address.rules(), []);
    }
}

impl Address {
    fn signed_reply_to_anything(&self, ask: &Post) -> String {
        let ask: serde_json::Value = serde_json::from_slice(&ask.body).unwrap();
        let (token, time) =
            (ask["d"]["plain_token"].as_str().unwrap(), ask["d"]["event_ts"].as_str().unwrap());
        serde_json::json!({"plain_token": token, "signature": self.signer.sign(time, token.as_bytes())})
            .to_string()
    }
}

#[test]
fn refusing_or_garbling_the_real_thing_is_written_down() {
    for (status, body, rule) in [(401, "", Rule::CallbackRefused), (200, "ok", Rule::CallbackAnswer)] {
        let mut address = Address::valid();
        address.platform.push_c2c(address.now, "real");
        let post = address.post();
        address.answer(&post, status, body);
        assert_eq!(address.rules(), [rule]);
    }
}

#[test]
fn at_most_so_many_requests_at_once_and_none_when_it_is_taken_out() {
    let mut address = Address::valid();
    for number in 0..40 {
        address.platform.push_c2c(address.now, &number.to_string());
    }
    let first: Vec<Post> = std::iter::from_fn(|| address.platform.poll_post()).collect();
    assert_eq!(first.len(), 16);
    address.answer(&first[0], 200, "");
    let next = address.post();
    assert_eq!(address.platform.poll_post(), None);
    address.platform.set_callback(address.now, None);
    address.answer(&next, 200, "");
    assert_eq!((address.platform.callback(), address.platform.pushes().count()), (None, 0));
}

//! What requests mean, and what becomes of events.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::thread;

use crate::bots::{Bot, Setup, wait_until};
use crate::client::{
    AGAIN, APP_ID, SECRET, TAKEN, answer, connect, message, now, post, push, read, send, signed,
};

/// The samples of the platform's documentation were signed then.
const PUBLISHED: &str = "1725442341";

pub(crate) fn the_published_validation_gets_the_published_answer<B: Bot>() {
    let bot = B::start(&Setup::new("DG5g3B4j9X2KOErG"));
    let body =
        format!(r#"{{"d":{{"plain_token":"Arq0D5A61EgUu4OxUvOp","event_ts":"{PUBLISHED}"}},"op":13}}"#);
    let headers = format!("User-Agent: QQBot-Callback\r\nX-Bot-Appid: {APP_ID}\r\n");
    let response = send(bot.address(), &post(&headers, &body));
    assert_eq!(response.status, 200);
    assert!(response.head.to_ascii_lowercase().contains("content-type: application/json\r\n"));
    let said: serde_json::Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(said["plain_token"], "Arq0D5A61EgUu4OxUvOp");
    assert_eq!(
        said["signature"],
        "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0\
         1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
    );
    bot.assert_nothing();
}

pub(crate) fn the_published_event_is_taken<B: Bot>() {
    let bot = B::start(&Setup { clock_is_bad: true, ..Setup::new("naOC0ocQE3shWLAfffVLB1rhYPG7") });
    let body = "{\n  \"op\": 0,\n  \"d\": {},\n  \"t\": \"GATEWAY_EVENT_NAME\"\n}";
    let headers = format!(
        "X-Bot-Appid: {APP_ID}\r\nX-Signature-Timestamp: {PUBLISHED}\r\nX-Signature-Ed25519: \
         865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a\
         8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002\r\n"
    );
    assert_eq!(answer(bot.address(), &post(&headers, body)), (200, TAKEN.to_owned()));
    let event = bot.next();
    assert_eq!((event.name(), event.id(), event.seq()), ("GATEWAY_EVENT_NAME", None, None));
    assert_eq!(event.json().unwrap(), "{}");
}

pub(crate) fn a_forged_signature_is_refused_and_nothing_is_delivered<B: Bot>() {
    let bot = B::start(&Setup::new(SECRET));
    let body = message("forged", "hi");
    let time = now().to_string();
    let good = signed(SECRET, &time, &body);
    let digit = good.find("Ed25519: ").unwrap() + "Ed25519: Ed25519\r\nX-Signature-Ed25519: ".len();
    let other = if good.as_bytes()[digit] == b'0' { "1" } else { "0" };
    let mut flipped = good.clone();
    flipped.replace_range(digit..=digit, other);
    let unsigned = format!("X-Bot-Appid: {APP_ID}\r\n");
    let foreign = signed("another_secret_1", &time, &body);
    let later = good.replace(&time, &(now() + 1).to_string());
    for (headers, what) in [
        (flipped.as_str(), "a flipped digit"),
        (&unsigned, "no signature"),
        (&foreign, "another bot's key"),
        (&later, "another time"),
    ] {
        assert_eq!(answer(bot.address(), &post(headers, &body)), (401, String::new()), "{what}");
    }
    let changed = body.replace("hi", "ho");
    assert_eq!(answer(bot.address(), &post(&good, &changed)).0, 401, "another text");
    bot.assert_nothing();
    assert_eq!(answer(bot.address(), &post(&good, &body)), (200, TAKEN.to_owned()));
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:forged"));
}

pub(crate) fn a_push_that_comes_again_is_acknowledged_and_delivered_once<B: Bot>() {
    let bot = B::start(&Setup::new(SECRET));
    let request = push(&message("again", "hi"));
    for _ in 0..3 {
        assert_eq!(answer(bot.address(), &request), (200, TAKEN.to_owned()));
    }
    // With another signature it is the same event.
    let renewed =
        post(&signed(SECRET, &(now() + 1).to_string(), &message("again", "hi")), &message("again", "hi"));
    assert_eq!(answer(bot.address(), &renewed), (200, TAKEN.to_owned()));
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:again"));
    bot.assert_nothing();
}

pub(crate) fn text_that_could_be_an_event_is_not_signed<B: Bot>() {
    let bot = B::start(&Setup::new(SECRET));
    let headers = format!("X-Bot-Appid: {APP_ID}\r\n");
    for token in [r#"{\"op\":0,\"d\":{}}"#, "", "a b", "\\u007b", &"x".repeat(129)] {
        let body = format!(r#"{{"d":{{"plain_token":"{token}","event_ts":"{PUBLISHED}"}},"op":13}}"#);
        let response = send(bot.address(), &post(&headers, &body));
        assert!(response.status >= 400, "{token:?}: {response:?}");
        assert!(!response.body.contains("signature"), "{response:?}");
    }
    bot.assert_nothing();
}

pub(crate) fn an_old_push_is_refused_unless_the_clock_is_known_to_be_bad<B: Bot>() {
    let body = message("old", "hi");
    let old = post(&signed(SECRET, &(now() - 3600).to_string(), &body), &body);
    let bot = B::start(&Setup::new(SECRET));
    assert_eq!(answer(bot.address(), &old).0, 401);
    bot.assert_nothing();
    let bot = B::start(&Setup { clock_is_bad: true, ..Setup::new(SECRET) });
    assert_eq!(answer(bot.address(), &old), (200, TAKEN.to_owned()));
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:old"));
}

pub(crate) fn when_the_queue_is_full_the_platform_is_asked_to_try_again<B: Bot>() {
    let bot = B::start(&Setup { capacity: 2, ..Setup::new(SECRET) });
    let send = |id: &str| answer(bot.address(), &push(&message(id, "hi")));
    let (taken, again) = ((200, TAKEN.to_owned()), (200, AGAIN.to_owned()));
    assert_eq!(send("1"), taken);
    assert_eq!(send("2"), taken);
    assert_eq!(send("3"), again);
    assert_eq!(send("3"), again);
    // What came before is still known.
    assert_eq!(send("2"), taken);
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:1"));
    assert_eq!(send("3"), taken);
    assert_eq!(send("4"), again);
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:2"));
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:3"));
    bot.assert_nothing();
    assert_eq!(send("4"), taken);
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:4"));
}

pub(crate) fn a_thousand_pushes_at_once_are_delivered_once_each<B: Bot>() {
    const CONNECTIONS: usize = 250;
    const EACH: usize = 4;
    let bot = B::start(&Setup { connections: CONNECTIONS + 1, ..Setup::new(SECRET) });
    // All are open and all requests are written before the first answer is read.
    let mut streams: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(bot.address())).collect();
    thread::scope(|scope| {
        for (at, part) in streams.chunks_mut(CONNECTIONS / 10).enumerate() {
            scope.spawn(move || {
                for (nth, stream) in part.iter_mut().enumerate() {
                    for round in 0..EACH {
                        let id = format!("{at}-{nth}-{round}");
                        stream.write_all(push(&message(&id, "hi")).as_bytes()).unwrap();
                    }
                }
            });
        }
    });
    for stream in &mut streams {
        for _ in 0..EACH {
            let response = read(stream).unwrap();
            assert_eq!((response.status, response.body.as_str()), (200, TAKEN));
        }
    }
    let ids: Vec<String> =
        std::iter::from_fn(|| bot.try_next()).map(|event| event.id().unwrap().into()).collect();
    let different: BTreeSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), different.len()), (CONNECTIONS * EACH, CONNECTIONS * EACH));
}

pub(crate) fn when_nobody_wants_events_they_are_acknowledged_all_the_same<B: Bot>() {
    let bot = B::start(&Setup { capacity: 1, ..Setup::new(SECRET) });
    bot.drop_events();
    for id in 0..5 {
        let request = push(&message(&id.to_string(), "hi"));
        wait_until("acknowledged", || answer(bot.address(), &request) == (200, TAKEN.to_owned()));
    }
}

pub(crate) fn a_new_secret_counts_at_once_and_the_old_one_for_a_while<B: Bot>() {
    let bot = B::start(&Setup::new(SECRET));
    let signed_with = |secret: &str, id: &str| {
        let body = message(id, "hi");
        answer(bot.address(), &post(&signed(secret, &now().to_string(), &body), &body)).0
    };
    assert_eq!((signed_with(SECRET, "1"), signed_with("the-new-secret", "2")), (200, 401));
    bot.set_secret("the-new-secret");
    assert_eq!((signed_with(SECRET, "3"), signed_with("the-new-secret", "2")), (200, 200));
    bot.set_secret("one-more-secret");
    assert_eq!((signed_with(SECRET, "4"), signed_with("one-more-secret", "5")), (401, 200));
    let ids: Vec<String> =
        std::iter::from_fn(|| bot.try_next()).map(|event| event.id().unwrap().into()).collect();
    assert_eq!(ids, ["1", "3", "2", "5"].map(|id| format!("C2C_MESSAGE_CREATE:{id}")));
}

pub(crate) fn what_is_refused_is_counted_and_does_not_flood_the_log<B: Bot>() {
    let bot = B::start(&Setup { capacity: 1, ..Setup::new(SECRET) });
    let body = message("1", "hello");
    let forged = post(&signed("another_secret_1", &now().to_string(), &body), &body);
    for _ in 0..50 {
        assert_eq!(answer(bot.address(), &forged).0, 401);
    }
    for id in 0..5 {
        answer(bot.address(), &push(&message(&id.to_string(), "hello")));
    }
    let totals = bot.totals();
    assert_eq!((totals.accepted, totals.full), (1, 4));
    assert_eq!(totals.refused().collect::<Vec<_>>(), [("bad_signature", 50)]);
    let told = |part: &str| bot.notices().iter().filter(|notice| notice.contains(part)).count();
    wait_until("both are told", || told("webhook: refused: the signature") > 0 && told("webhook: full") > 0);
    // It takes ten seconds until the same is told again, and this has taken less.
    assert!(told("webhook: refused") <= 2 && told("webhook: full") <= 2, "{:?}", bot.notices());
    assert_eq!(told("hello") + told("another_secret_1"), 0, "{:?}", bot.notices());
}

pub(crate) fn an_application_that_panics_harms_no_request<B: Bot>() {
    let bot = B::start(&Setup { panics: true, ..Setup::new(SECRET) });
    let body = message("1", "hi");
    let forged = post(&signed("another_secret_1", &now().to_string(), &body), &body);
    assert_eq!(answer(bot.address(), &forged).0, 401);
    assert_eq!(answer(bot.address(), &push(&body)), (200, TAKEN.to_owned()));
    bot.next();
    bot.stop();
    assert!(bot.notices().iter().any(|notice| notice.contains("webhook: refused")));
}

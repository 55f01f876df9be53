//! The table in ARCHITECTURE.md says what the code does.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;
use crate::webhook::memory::Known;
use crate::webhook::{Response, Validation};

const DOCUMENT: &str = include_str!("../../../ARCHITECTURE.md");

/// Cells of a row, and what happens: the answer, and what is known of the event E afterwards.
type Row = ([&'static str; 4], fn() -> (String, String));

/// An answer as the table words it.
fn word(response: &Response) -> String {
    let body = core::str::from_utf8(&response.body).unwrap();
    match (response.status, body) {
        (200, r#"{"op":12,"d":0}"#) => "received".into(),
        (200, r#"{"op":12,"d":1}"#) => "again".into(),
        (200, r#"{"op":11,"d":42}"#) => "op 11, same `d`".into(),
        (200, body) if body.contains("\"signature\"") => "the signature".into(),
        (status, "") => status.to_string(),
        other => panic!("{other:?}"),
    }
}

fn known(bench: &Bench, id: &str) -> String {
    let memory = &bench.webhook.bots[0].memory;
    match memory.known(memory.key(id.as_bytes(), &[0; 64])) {
        Known::New => "New",
        Known::Open => "Open",
        Known::Accepted => "Accepted",
    }
    .into()
}

/// Any request on a bench in any state.
fn on(mut bench: Bench, headers: &Headers, body: &str) -> (String, String) {
    let received = bench.request(headers, body.as_bytes());
    let answer = match &received {
        Received::Event(_) => "`Event`".into(),
        Received::Done(answer) => word(&answer.response),
    };
    (answer, known(&bench, "E"))
}

fn signed(bench: Bench, body: &str) -> (String, String) {
    on(bench, &headers(SECRET, UNIX, body.as_bytes()), body)
}

/// The event E was handed out.
fn open() -> (Bench, crate::webhook::Receipt) {
    let mut bench = Bench::usual();
    let delivery = delivered(bench.push(&event("E")));
    (bench, delivery.receipt)
}

fn changed(place: usize, value: &str) -> (String, String) {
    let mut headers = headers(SECRET, UNIX, event("E").as_bytes());
    headers[place].1 = value.into();
    on(Bench::usual(), &headers, &event("E"))
}

const ROWS: [Row; 28] = [
    (["any, longer than 1 MiB", "", "413", ""], || {
        let body = "x".repeat((1 << 20) + 1);
        signed(Bench::usual(), &body)
    }),
    (["app id missing", "", "400", ""], || changed(0, "")),
    (["a header with two values", "", "400", ""], || {
        let mut headers = headers(SECRET, UNIX, event("E").as_bytes());
        headers.push(("x-bot-appid", "102000002".into()));
        on(Bench::usual(), &headers, &event("E"))
    }),
    (["app id of another bot", "", "403", ""], || changed(0, "102000002")),
    (["signature or time missing", "", "401", ""], || {
        let mut headers = headers(SECRET, UNIX, event("E").as_bytes());
        headers.pop();
        on(Bench::usual(), &headers, &event("E"))
    }),
    (["signature not 128 digits, or impossible; time not 1 to 20 digits", "", "401", ""], || {
        let times = [changed(2, "soon"), changed(2, "")];
        let signatures = [changed(1, "00"), changed(1, &"f".repeat(128)), changed(1, &"g".repeat(128))];
        assert!(times.iter().chain(&signatures).all(|row| *row == times[0]));
        times[0].clone()
    }),
    (["unsigned validation", "", "the signature", ""], || {
        on(Bench::usual(), &unsigned(), &validation("aB-_9"))
    }),
    (["unsigned validation", "Refused", "403", ""], || {
        let mut bench = Bench::usual();
        bench.webhook.set_validation(Validation::Refused);
        on(bench, &unsigned(), &validation("aB-_9"))
    }),
    (["unsigned validation", "5 in a row", "429", ""], || {
        let mut bench = Bench::usual();
        for _ in 0..5 {
            assert_eq!(done(bench.request(&unsigned(), validation("a").as_bytes())).response.status, 200);
        }
        on(bench, &unsigned(), &validation("a"))
    }),
    (["unsigned validation, more than letters, digits, `-`, `_`", "", "400", ""], || {
        on(Bench::usual(), &unsigned(), &validation("a.b"))
    }),
    (["unsigned, anything else", "", "401", ""], || on(Bench::usual(), &unsigned(), &event("E"))),
    (["signature does not fit", "", "401", ""], || {
        on(Bench::usual(), &headers("another secret", UNIX, event("E").as_bytes()), &event("E"))
    }),
    (["signed, time outside of the window", "", "401", ""], || {
        on(Bench::usual(), &headers(SECRET, UNIX - 601, event("E").as_bytes()), &event("E"))
    }),
    (["signed, not a frame", "", "400", ""], || signed(Bench::usual(), "[]")),
    (["event", "New", "`Event`", "Open"], || signed(Bench::usual(), &event("E"))),
    (["event", "New, 1,024 others Open", "again", "New"], || {
        let mut bench =
            Bench::new(Settings::new(APP, SECRET).with_limits(limits(|limits| limits.in_flight = 1)));
        let other = delivered(bench.push(&event("F")));
        let result = signed(bench, &event("E"));
        drop(other);
        result
    }),
    (["event", "Open", "again", "Open"], || signed(open().0, &event("E"))),
    (["event", "Open for 30 s", "`Event`", "Open"], || {
        let (mut bench, _lost) = open();
        bench.wait(30_000);
        signed(bench, &event("E"))
    }),
    (["event", "Accepted", "received", "Accepted"], || {
        let (mut bench, receipt) = open();
        let _ = bench.webhook.accepted(receipt);
        signed(bench, &event("E"))
    }),
    (["receipt, accepted", "Open", "received", "Accepted"], || {
        let (mut bench, receipt) = open();
        (word(&bench.webhook.accepted(receipt).response), known(&bench, "E"))
    }),
    (["receipt, accepted", "New", "received", "Accepted"], || {
        let (mut bench, receipt) = open();
        bench.wait(30_000);
        let _other = delivered(bench.push(&event("F")));
        assert_eq!(known(&bench, "E"), "New");
        (word(&bench.webhook.accepted(receipt).response), known(&bench, "E"))
    }),
    (["receipt, full", "Open", "again", "New"], || {
        let (mut bench, receipt) = open();
        (word(&bench.webhook.full(receipt).response), known(&bench, "E"))
    }),
    (["receipt, full", "New", "again", "New"], || {
        let (mut bench, receipt) = open();
        bench.wait(30_000);
        let _other = delivered(bench.push(&event("F")));
        (word(&bench.webhook.full(receipt).response), known(&bench, "E"))
    }),
    (["receipt, full", "Accepted", "again", "Accepted"], || {
        let (mut bench, late) = open();
        bench.wait(30_000);
        let copy = delivered(bench.push(&event("E")));
        let _ = bench.webhook.accepted(copy.receipt);
        (word(&bench.webhook.full(late).response), known(&bench, "E"))
    }),
    (["signed heartbeat (op 1)", "", "op 11, same `d`", ""], || signed(Bench::usual(), r#"{"op":1,"d":42}"#)),
    (["signed validation (op 13)", "", "the signature", ""], || {
        let mut bench = Bench::usual();
        bench.webhook.set_validation(Validation::Refused);
        signed(bench, &validation("aB+/="))
    }),
    (["signed validation (op 13), with a brace", "", "400", ""], || {
        signed(Bench::usual(), &validation("a{b"))
    }),
    (["signed, any other op", "", "received", ""], || {
        let others = [0, 7, 9, 10, 11, 2, 6, 12, 14, -1].map(|op| format!(r#"{{"op":{op}}}"#));
        let answers: Vec<_> = others[1..].iter().map(|body| signed(Bench::usual(), body)).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        answers[0].clone()
    }),
];

#[test]
fn each_row_happens_as_the_document_says() {
    let section = DOCUMENT.split("\n## ").find(|part| part.starts_with("Webhook")).unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let lines: Vec<&str> = lines.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(lines.len(), ROWS.len());
    for (line, (cells, act)) in lines.into_iter().zip(ROWS) {
        let written: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(written, cells);
        let (answer, next) = act();
        let expected_next = if cells[3].is_empty() { "New" } else { cells[3] };
        assert_eq!((answer.as_str(), next.as_str()), (cells[2], expected_next), "{line}");
    }
}

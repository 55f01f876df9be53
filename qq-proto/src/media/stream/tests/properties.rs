//! A strict platform with lost words.

use alloc::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// What the platform does with a request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Fine,
    Busy,
    RequestLost,
    ReplyLost,
    Refused(i64),
}

/// One message on the person's screen.
#[derive(Debug, Default)]
struct Shown {
    text: String,
    closed: bool,
    /// The program was told its name, or it was closed with its first piece.
    named: bool,
    index: i64,
    seq: u64,
}

/// The platform, strict: what breaks a rule is a failed test.
#[derive(Default)]
struct Server {
    shown: Vec<Shown>,
    names: BTreeMap<String, usize>,
    seqs: BTreeSet<u64>,
    plain: Vec<String>,
    chars: usize,
}

impl Server {
    fn piece(&mut self, request: &ApiRequest, last: bool, form: StreamForm, fate: Fate) -> StreamOutcome {
        match fate {
            Fate::Busy => return BUSY,
            Fate::RequestLost => return StreamOutcome::Unknown,
            Fate::Refused(code) => return refused(code),
            Fate::Fine | Fate::ReplyLost => {}
        }
        let outcome = self.act(&body(request), last, form);
        match fate {
            Fate::ReplyLost => StreamOutcome::Unknown,
            Fate::Fine | Fate::Busy | Fate::RequestLost | Fate::Refused(_) => {
                if let StreamOutcome::Delivered(body) = &outcome {
                    let name: Value = serde_json::from_slice(body).unwrap();
                    let at = self.names[name["id"].as_str().unwrap()];
                    self.shown[at].named = true;
                }
                outcome
            }
        }
    }

    fn act(&mut self, body: &Value, last: bool, form: StreamForm) -> StreamOutcome {
        let (index, id, text, state, reset) = match form {
            StreamForm::Whole => (
                &body["index"],
                &body["stream_msg_id"],
                body["content_raw"].as_str().unwrap(),
                &body["input_state"],
                false,
            ),
            StreamForm::Pieces => {
                let it = &body["stream"];
                let text = body["markdown"]["content"].as_str().unwrap();
                assert!(text.ends_with('\n'));
                (&it["index"], &it["id"], text, &it["state"], it["reset"].as_bool().unwrap_or(false))
            }
        };
        assert_eq!(state.as_u64(), Some(if last { 10 } else { 1 }));
        let (index, seq) = (index.as_i64().unwrap(), body["msg_seq"].as_u64().unwrap());
        let id = id.as_str().unwrap_or_default().to_string();
        if id.is_empty() {
            assert_eq!(index, 0);
            if !self.seqs.insert(seq) {
                return refused(40_054_005);
            }
            let name = format!("S{}", self.shown.len());
            self.names.insert(name, self.shown.len());
            self.shown.push(Shown { index: -1, seq, ..Shown::default() });
        } else if form == StreamForm::Pieces && !self.seqs.insert(seq) {
            return refused(40_054_005);
        }
        let at = if id.is_empty() { self.shown.len() - 1 } else { self.names[&id] };
        let shown = &mut self.shown[at];
        if shown.closed {
            return refused(40_034_018);
        }
        assert!(index > shown.index || (reset && index == 0), "index {index} after {}", shown.index);
        match form {
            StreamForm::Whole => {
                assert_eq!(shown.seq, seq);
                assert!(text.starts_with(&shown.text), "{text:?} does not begin with {:?}", shown.text);
                shown.text = text.into();
            }
            StreamForm::Pieces if reset => shown.text = text.into(),
            StreamForm::Pieces => shown.text.push_str(text),
        }
        (shown.index, shown.closed) = (index, last);
        assert!(shown.text.chars().count() <= self.chars + 1);
        StreamOutcome::Delivered(Bytes::from(format!(r#"{{"id":"S{at}"}}"#)))
    }
}

#[derive(Clone, Debug)]
enum Move {
    Grow(usize),
    Wait(u64),
    Fate(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(
        prop_oneof![
            3 => (1_usize..12).prop_map(Move::Grow),
            2 => (0_u64..1500).prop_map(Move::Wait),
            2 => (0_u8..4).prop_map(Move::Fate),
        ],
        1..60,
    )
}

/// Runs a stream to its end and gives what came of it.
fn run(
    text: &str,
    moves: &[Move],
    form: StreamForm,
    chars: usize,
    cancel: bool,
    hard: Option<(usize, i64)>,
) -> (Server, StreamEnd) {
    // Faults end at some time, so nothing has to be given up before.
    let limits = StreamLimits { form, chars, attempts: 1000, ..StreamLimits::default() };
    let mut stream = Stream::new(Scene::C2c, "U", limits, 7);
    let mut server = Server { chars, ..Server::default() };
    let (mut now, mut grown, mut seq, mut pieces) = (0_u64, 0_usize, 0, 0);
    let mut fates: Vec<Fate> = Vec::new();
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut end = None;
    let mut last_send = None::<u64>;
    let mut pump = |stream: &mut Stream, now: u64, fates: &mut Vec<Fate>| {
        while let Some(output) = stream.poll_output() {
            match output {
                StreamOutput::Action(StreamAction::Slot { step, .. }) => {
                    seq += 1;
                    stream.handle(ms(now), StreamInput::Slot { step, slot: Some((message(), seq)) });
                }
                StreamOutput::Action(StreamAction::Return { .. }) => {}
                StreamOutput::Action(StreamAction::Piece { step, request, last }) => {
                    assert!(last_send.is_none_or(|before| now >= before + 500), "too fast");
                    last_send = Some(now);
                    pieces += 1;
                    let fate = match hard {
                        Some((at, code)) if at == pieces => Fate::Refused(code),
                        Some(_) | None => fates.pop().unwrap_or(Fate::Fine),
                    };
                    let outcome = server.piece(&request, last, form, fate);
                    stream.handle(ms(now), StreamInput::Outcome { step, outcome });
                }
                StreamOutput::Action(StreamAction::Plain { step, text }) => {
                    server.plain.push(text);
                    stream.handle(ms(now), StreamInput::Outcome { step, outcome: delivered("{}") });
                }
                StreamOutput::Ended(it) => {
                    assert!(end.replace(it).is_none());
                }
            }
        }
        if let Some(deadline) = stream.next_deadline() {
            assert!(deadline.at > ms(now), "{deadline:?} at {now}");
        }
    };
    for step in moves {
        match step {
            Move::Grow(more) => {
                grown = (grown + more).min(ends.len() - 1);
                stream.update(ms(now), &text[..ends[grown]]).unwrap();
            }
            Move::Wait(millis) => {
                now += millis;
                stream.handle(ms(now), StreamInput::Tick);
            }
            Move::Fate(which) if fates.len() < 4 => {
                fates.push([Fate::Fine, Fate::Busy, Fate::RequestLost, Fate::ReplyLost][usize::from(*which)]);
            }
            Move::Fate(_) => {}
        }
        pump(&mut stream, now, &mut fates);
    }
    if cancel {
        stream.cancel(ms(now));
    } else {
        stream.finish(ms(now), text);
    }
    pump(&mut stream, now, &mut fates);
    for _ in 0..500 {
        let Some(deadline) = stream.next_deadline() else { break };
        now = u64::try_from(deadline.at.since_start().as_millis()).unwrap();
        stream.handle(ms(now), StreamInput::Tick);
        pump(&mut stream, now, &mut fates);
    }
    (server, end.expect("every stream ends"))
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(alloc::vec!["word ", "a", "\n", "长的一句。", "👨‍👩‍👧", "line\n", "xxxxxxxx"]),
        1..40,
    )
    .prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

    /// Whatever is busy or lost: every stream whose name is known is closed, the index only moves forward, what is shown
    /// is never changed, pieces keep their distance, and the person is shown the text, all of it and once.
    #[test]
    fn it_ends_closed_and_shows_what_was_asked(
        text in text(),
        moves in moves(),
        older: bool,
        chars in 8_usize..60,
        cancel: bool,
    ) {
        let form = if older { StreamForm::Pieces } else { StreamForm::Whole };
        let (server, end) = run(&text, &moves, form, chars, cancel, None);
        for shown in server.shown.iter().filter(|shown| shown.named) {
            prop_assert!(shown.closed, "{shown:?}");
        }
        prop_assert_eq!(end.unsent, None);
        // A stream whose name was lost was shown again.
        let shown = server.shown.iter().filter(|shown| shown.closed).map(|shown| shown.text.as_str());
        let all: String = shown.chain(server.plain.iter().map(String::as_str)).collect();
        // The older form ends each message with a line.
        let bare = |text: &str| if older { text.replace('\n', "") } else { text.to_string() };
        if cancel {
            prop_assert!(bare(&text).starts_with(&bare(&all)), "{all:?}");
        } else {
            prop_assert_eq!(bare(&all), bare(&text));
        }
    }

    /// A refusal for good at any piece: it ends, and if it is sure of itself the person was shown the text.
    #[test]
    fn a_refusal_anywhere_is_survived(
        text in text(),
        moves in moves(),
        at in 1_usize..8,
        code in prop::sample::select(alloc::vec![40_007_i64, 40_034_020, 40_034_128, 11_253, 40_054_005, 40_034_006]),
    ) {
        let quiet: Vec<Move> = moves.into_iter().filter(|step| !matches!(step, Move::Fate(_))).collect();
        let (server, end) = run(&text, &quiet, StreamForm::Whole, 30, false, Some((at, code)));
        let shown = server.shown.iter().filter(|shown| shown.closed).map(|shown| shown.text.as_str());
        let all: String = shown.chain(server.plain.iter().map(String::as_str)).collect();
        prop_assert_eq!(all, text);
        prop_assert_eq!(end.unsent, None);
    }
}

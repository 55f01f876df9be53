//! A test for each row.

mod properties;

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use bytes::Bytes;
use serde_json::Value;

use super::*;
use crate::api::{CallError, Trigger};

const fn ms(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn message() -> ReplyTo {
    ReplyTo::new(Scene::C2c, "U", Trigger::Message("M".into()))
}

fn body(request: &ApiRequest) -> Value {
    serde_json::from_slice(request.body.as_bytes()).unwrap()
}

fn delivered(body: &'static str) -> StreamOutcome {
    StreamOutcome::Delivered(Bytes::from_static(body.as_bytes()))
}

const fn refused(code: i64) -> StreamOutcome {
    StreamOutcome::Refused { code, again: false }
}

const BUSY: StreamOutcome = StreamOutcome::Refused { code: 50_002, again: true };

/// A stream driven by hand.
struct Hand {
    stream: Stream,
    now: u64,
    step: StreamStep,
    seq: u32,
}

impl Hand {
    fn new(limits: StreamLimits) -> Self {
        let stream = Stream::new(Scene::C2c, "U", limits, 1);
        Self { stream, now: 0, step: StreamStep(0), seq: 0 }
    }

    fn grow(&mut self, text: &str) -> Vec<String> {
        self.stream.update(ms(self.now), text).unwrap();
        self.drain()
    }

    fn wait(&mut self, millis: u64) -> Vec<String> {
        self.now += millis;
        self.stream.handle(ms(self.now), StreamInput::Tick);
        self.drain()
    }

    fn finish(&mut self, text: &str) -> Vec<String> {
        self.stream.finish(ms(self.now), text);
        self.drain()
    }

    fn tell(&mut self, outcome: StreamOutcome) -> Vec<String> {
        self.stream.handle(ms(self.now), StreamInput::Outcome { step: self.step, outcome });
        self.drain()
    }

    /// Reads outputs as short texts; slots are granted at once.
    fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(output) = self.stream.poll_output() {
            match output {
                StreamOutput::Action(StreamAction::Slot { step, .. }) => {
                    self.seq += 1;
                    let slot = Some((message(), self.seq));
                    self.stream.handle(ms(self.now), StreamInput::Slot { step, slot });
                }
                StreamOutput::Action(StreamAction::Return { .. }) => lines.push("return".to_string()),
                StreamOutput::Action(StreamAction::Piece { step, request, last }) => {
                    self.step = step;
                    let body = body(&request);
                    let (index, id, text) = match body.get("stream") {
                        Some(it) => (&it["index"], &it["id"], &body["markdown"]["content"]),
                        None => (&body["index"], &body["stream_msg_id"], &body["content_raw"]),
                    };
                    let reset = body["stream"]["reset"].as_bool().unwrap_or(false);
                    let marks = [if last { " last" } else { "" }, if reset { " reset" } else { "" }].concat();
                    let id = id.as_str().unwrap_or_default();
                    lines.push(format!("{id}#{index} n{} {text}{marks}", body["msg_seq"]));
                }
                StreamOutput::Action(StreamAction::Plain { step, text }) => {
                    self.step = step;
                    lines.push(format!("plain {text}"));
                }
                StreamOutput::Ended(end) => {
                    lines.push(format!("end {:?} {} {:?}", end.via, end.sure, end.unsent.as_deref()));
                }
            }
        }
        lines
    }
}

fn hand() -> Hand {
    Hand::new(StreamLimits::default())
}

#[test]
fn pieces_are_throttled_and_the_last_one_closes() {
    let mut it = hand();
    assert_eq!(it.grow("a"), [r#"#0 n1 "a""#]);
    assert!(it.grow("ab").is_empty());
    assert!(it.tell(delivered(r#"{"id":"S"}"#)).is_empty());
    assert_eq!(it.stream.next_deadline().unwrap().at, ms(500));
    assert!(it.wait(499).is_empty());
    assert_eq!(it.wait(1), [r#"S#1 n1 "ab""#]);
    it.tell(delivered("{}"));
    // Nothing new: nothing to send, and nothing to wake up for.
    assert!(it.wait(1000).is_empty());
    assert_eq!(it.stream.next_deadline(), None);
    assert_eq!(it.finish("ab"), [r#"S#2 n1 "ab" last"#]);
    assert_eq!(it.tell(delivered("{}")), ["end Stream true None"]);
    assert!(it.stream.ended());
    assert_eq!(it.stream.update(ms(0), "abc"), Err(StreamUpdateError::Finished));
}

#[test]
fn a_finished_text_needs_one_piece() {
    let mut it = hand();
    assert_eq!(it.finish("all"), [r#"#0 n1 "all" last"#]);
    assert_eq!(it.tell(delivered(r#"{"id":"S"}"#)), ["end Stream true None"]);
    let mut empty = hand();
    assert_eq!(empty.finish(""), ["end Nothing true None"]);
}

#[test]
fn what_is_shown_is_not_changed() {
    let mut it = hand();
    it.grow("one two");
    // On its way counts as shown.
    assert_eq!(it.stream.update(ms(0), "one 2"), Err(StreamUpdateError::Changed));
    it.tell(delivered(r#"{"id":"S"}"#));
    it.now = 600;
    // Closed as it is shown; the new text follows whole.
    assert_eq!(it.finish("uno dos"), [r#"S#1 n1 "one two" last"#]);
    assert_eq!(it.tell(delivered("{}")), ["plain uno dos"]);
    assert_eq!(it.tell(delivered("{}")), ["end Plain true None"]);
}

#[test]
fn busy_and_unknown_pieces_move_the_index_forward() {
    let mut it = hand();
    it.grow("a");
    it.tell(delivered(r#"{"id":"S"}"#));
    it.grow("ab");
    assert_eq!(it.wait(500), [r#"S#1 n1 "ab""#]);
    assert!(it.tell(BUSY).is_empty());
    it.grow("abc");
    assert_eq!(it.wait(1300), [r#"S#2 n1 "abc""#]);
    assert!(it.tell(StreamOutcome::Unknown).is_empty());
    assert_eq!(it.stream.update(ms(it.now), "abx"), Err(StreamUpdateError::Changed));
    it.grow("abcd");
    assert_eq!(it.wait(2500), [r#"S#3 n1 "abcd""#]);
    // No word at all is unknown as well; the last piece is repeated until it is known.
    it.finish("abcd");
    assert!(it.wait(20_000).is_empty());
    assert_eq!(it.wait(7000), [r#"S#4 n1 "abcd" last"#]);
    it.tell(StreamOutcome::Unknown);
    assert_eq!(it.wait(70_000), [r#"S#5 n1 "abcd" last"#]);
    // "Already ended", by whatever number: an earlier one had arrived.
    assert_eq!(it.tell(refused(40_034_018)), ["end Stream false None"]);
}

#[test]
fn a_lost_name_is_a_lost_stream() {
    let mut it = hand();
    it.grow("a");
    it.tell(StreamOutcome::Unknown);
    // The same number, so that a second copy is seen.
    assert_eq!(it.wait(1300), [r#"#0 n1 "a""#]);
    assert!(it.tell(refused(40_054_005)).is_empty());
    assert_eq!(it.wait(500), [r#"#0 n2 "a""#]);
    it.tell(StreamOutcome::Unknown);
    it.wait(1300);
    it.tell(refused(40_054_005));
    // Twice is enough.
    assert_eq!(it.finish("ab"), ["plain ab"]);
    assert_eq!(it.tell(delivered("{}")), ["end Plain false None"]);
    // A first piece that is the last as well needs no name.
    let mut short = hand();
    short.finish("a");
    short.tell(StreamOutcome::Unknown);
    short.wait(1300);
    assert_eq!(short.tell(refused(40_054_005)), ["end Stream true None"]);
    // Somebody else has used the number.
    let mut taken = hand();
    taken.grow("a");
    taken.tell(refused(40_054_005));
    assert_eq!(taken.wait(1300), [r#"#0 n2 "a""#]);
}

#[test]
fn a_full_message_is_closed_and_the_next_opened() {
    let mut it = Hand::new(StreamLimits { chars: 10, ..StreamLimits::default() });
    assert_eq!(it.grow("one two three"), [r#"#0 n1 "one two " last"#]);
    assert!(it.tell(delivered(r#"{"id":"S"}"#)).is_empty());
    assert_eq!(it.wait(500), [r#"#0 n2 "three""#]);
    // The platform names what is left: three more.
    it.tell(delivered(r#"{"id":"T","remain_msg_len":3}"#));
    it.grow("one two three four");
    assert_eq!(it.wait(500), [r#"T#1 n2 "three " last"#]);
    it.tell(delivered("{}"));
    it.wait(500);
    it.tell(delivered(r#"{"id":"V"}"#));
    it.finish("one two three four");
    assert_eq!(it.wait(500), [r#"V#1 n3 "four" last"#]);
    assert_eq!(it.tell(delivered("{}")), ["end Stream true None"]);
}

#[test]
fn a_cancelled_stream_is_closed_with_what_is_shown() {
    let mut it = hand();
    it.grow("a");
    it.tell(delivered(r#"{"id":"S"}"#));
    it.grow("abc");
    it.stream.cancel(ms(it.now));
    assert_eq!(it.wait(500), [r#"S#1 n1 "a" last"#]);
    assert_eq!(it.tell(delivered("{}")), ["end Stream true None"]);
    // Before anything was shown.
    let mut early = hand();
    early.stream.cancel(ms(0));
    assert_eq!(early.drain(), ["end Nothing true None"]);
    // While an answer is being asked for: it is given back.
    let mut asking = hand();
    asking.stream.update(ms(0), "a").unwrap();
    asking.stream.cancel(ms(0));
    assert_eq!(asking.drain(), ["return", "end Nothing true None"]);
    // While the first piece is on its way.
    let mut flying = hand();
    flying.grow("a");
    flying.stream.cancel(ms(0));
    flying.tell(delivered(r#"{"id":"S"}"#));
    assert_eq!(flying.wait(500), [r#"S#1 n1 "a" last"#]);
}

#[test]
fn a_dropped_stream_can_say_farewell() {
    let mut it = hand();
    assert!(it.stream.farewell().is_none());
    let mut it = hand();
    it.grow("a");
    it.tell(delivered(r#"{"id":"S"}"#));
    let last = body(&it.stream.farewell().unwrap());
    assert_eq!((&last["input_state"], &last["content_raw"]), (&Value::from(10), &Value::from("a")));
    assert_eq!(last["index"], 1);
    assert!(it.stream.ended() && it.stream.farewell().is_none());
    assert!(it.wait(99_999).is_empty());
}

#[test]
fn where_it_cannot_stream_it_sends_one_message() {
    // Another scene.
    let mut group = Hand { stream: Stream::new(Scene::Group, "G", StreamLimits::default(), 1), ..hand() };
    assert!(group.grow("a").is_empty());
    assert_eq!(group.finish("ab"), ["plain ab"]);
    assert_eq!(group.tell(refused(40_034_105)), [r#"end Plain true Some("ab")"#]);
    // The first piece is refused for good.
    let mut it = hand();
    it.grow("a");
    assert!(it.tell(refused(11_253)).is_empty());
    it.grow("ab");
    assert_eq!(it.finish("abc"), ["plain abc"]);
    // One in between: what is shown is closed, the rest follows.
    let mut it = hand();
    it.grow("a");
    it.tell(delivered(r#"{"id":"S"}"#));
    it.grow("ab");
    it.wait(500);
    it.tell(refused(40_034_006));
    assert_eq!(it.wait(500), [r#"S#2 n1 "a" last"#]);
    it.tell(delivered("{}"));
    assert_eq!(it.finish("abc"), ["plain bc"]);
    // The last one for good: all of it again.
    let mut it = hand();
    it.grow("a");
    it.tell(delivered(r#"{"id":"S"}"#));
    it.finish("ab");
    it.wait(500);
    assert_eq!(it.tell(refused(40_034_020)), ["plain ab"]);
    // No answer is left.
    let mut it = hand();
    it.stream.finish(ms(0), "a");
    let Some(StreamOutput::Action(StreamAction::Slot { step, what: SlotFor::Stream })) =
        it.stream.poll_output()
    else {
        panic!("no slot was asked for");
    };
    it.stream.handle(ms(0), StreamInput::Slot { step, slot: None });
    assert_eq!(it.drain(), ["plain a"]);
    assert_eq!(it.tell(StreamOutcome::Unknown), [r#"end Plain false Some("a")"#]);
}

#[test]
fn the_older_form_sends_whole_lines_with_numbers_of_their_own() {
    let mut it = Hand::new(StreamLimits { form: StreamForm::Pieces, ..StreamLimits::default() });
    assert!(it.grow("half a li").is_empty());
    assert_eq!(it.grow("half a line\nand"), [r#"#0 n1 "half a line\n""#]);
    it.tell(delivered(r#"{"id":"S"}"#));
    it.grow("half a line\nand one\n");
    assert_eq!(it.wait(500), [r#"S#1 n2 "and one\n""#]);
    it.tell(StreamOutcome::Unknown);
    // Nobody knows what arrived, so all of it anew.
    it.grow("half a line\nand one\ntwo\n");
    assert_eq!(it.wait(1300), [r#"S#0 n3 "half a line\nand one\ntwo\n" reset"#]);
    it.tell(delivered("{}"));
    it.finish("half a line\nand one\ntwo\nend");
    assert_eq!(it.wait(500), [r#"S#1 n4 "end\n" last"#]);
    assert_eq!(it.tell(delivered("{}")), ["end Stream true None"]);
}

#[test]
fn outcomes_are_read_from_results() {
    use crate::io::TransportError;
    assert_eq!(StreamOutcome::of(Err(CallError::TimedOut { sent: true })), StreamOutcome::Unknown);
    assert_eq!(StreamOutcome::of(Err(CallError::Transport(TransportError::Broken))), StreamOutcome::Unknown);
    let not_sent = StreamOutcome::Refused { code: 0, again: true };
    assert_eq!(StreamOutcome::of(Err(CallError::TimedOut { sent: false })), not_sent);
    assert_eq!(StreamOutcome::of(Ok(Bytes::new())), delivered(""));
}

#[test]
fn nothing_prints_the_text() {
    let mut stream = Stream::new(Scene::C2c, "U", StreamLimits::default(), 1);
    stream.update(ms(0), "private words").unwrap();
    let slot = format!("{:?}", stream.poll_output());
    stream.handle(ms(0), StreamInput::Slot { step: StreamStep(1), slot: Some((message(), 1)) });
    let shown = format!("{slot} {:?} {stream:?}", stream.poll_output());
    assert!(!shown.contains("private"), "{shown}");
}

/// A stream and a ledger: every message of the stream takes an answer, and what is left when none is left is held.
#[cfg(feature = "ledger")]
#[test]
fn a_ledger_grants_the_messages_of_a_stream() {
    use crate::ledger::{Input, Kind, Ledger, Message, Outcome, Output, Settings, Way};
    let mut ledger: Ledger<String> = Ledger::new(Settings { wake_up: false, ..Settings::default() });
    let mut stream = Stream::new(Scene::C2c, "U", StreamLimits { chars: 10, ..StreamLimits::default() }, 1);
    ledger.handle(ms(0), Input::Arrived(&message()));
    let (mut now, mut shown, mut held) = (0, Vec::new(), None);
    stream.finish(ms(0), &"nine char ".repeat(6));
    while !stream.ended() {
        while let Some(output) = stream.poll_output() {
            match output {
                StreamOutput::Action(StreamAction::Slot { step, .. }) => {
                    ledger.send(ms(now), Message::answer(&message(), Kind::Stream, String::new())).unwrap();
                    let slot = match ledger.poll_output() {
                        Some(Output::Go(grant)) => {
                            let outcome = Outcome::Delivered;
                            ledger.handle(ms(now), Input::Outcome { id: grant.id, outcome });
                            grant.reply_to.zip(grant.seq)
                        }
                        Some(Output::Back { .. } | Output::Held { .. } | Output::Done { .. }) | None => None,
                    };
                    while ledger.poll_output().is_some() {}
                    stream.handle(ms(now), StreamInput::Slot { step, slot });
                }
                StreamOutput::Action(StreamAction::Piece { step, request, .. }) => {
                    let body = body(&request);
                    shown.push((
                        body["msg_seq"].as_u64().unwrap(),
                        body["content_raw"].as_str().unwrap().to_string(),
                    ));
                    let outcome = delivered(r#"{"id":"S"}"#);
                    stream.handle(ms(now), StreamInput::Outcome { step, outcome });
                }
                StreamOutput::Action(StreamAction::Plain { step, text }) => {
                    ledger.send(ms(now), Message::answer(&message(), Kind::Text, text.clone())).unwrap();
                    if let Some(Output::Held { route, .. }) = ledger.poll_output() {
                        held = Some((route.way, text));
                    }
                    // The ledger has it from here on.
                    stream.handle(ms(now), StreamInput::Outcome { step, outcome: delivered("{}") });
                }
                StreamOutput::Action(StreamAction::Return { .. }) | StreamOutput::Ended(_) => {}
            }
        }
        now += 500;
        stream.handle(ms(now), StreamInput::Tick);
    }
    let four: Vec<_> = (1..=4).map(|seq| (seq, "nine char ".to_string())).collect();
    assert_eq!(shown, four);
    assert_eq!(held, Some((Way::Held, "nine char ".repeat(2))));
}

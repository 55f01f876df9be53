//! Bodies of the fuzz targets, so that they are compiled and run over their corpus by ordinary tests.
//!
//! Each takes a fuzzer's bytes and panics if something does not hold. `fuzz/` has the targets.

mod event;
mod webhook;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use qq_proto::syntax::{self, Dialect, Piece};
use qq_proto::{
    Action, Client, Config, ConnId, Dispatch, Event, Hosts, HttpResponse, Input, Output, PhaseName, Scene,
    Shards, Signal, Timestamp,
};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::choices::FromBytes;
use crate::oracle::{Finding, Property, honest};
use crate::strategies::{Answer, Move, Stage, moves_from_bytes, pick_config};
use crate::world::{Plan, World};

pub use event::{agree, event, examine};
pub use webhook::webhook;

const SECRET: &str = "fuzzing-app-secret";
/// Moves of one run of [`client`]: a longer story is rarely a better one.
const MOVES: usize = 120;
/// A fuzzer wants many runs.
const COSTLY_EVERY: u32 = 8;

/// A frame for a live link: never a panic, the link stays up, and a dispatch says what the frame says when it is read as
/// a generic JSON value.
///
/// # Panics
///
/// If that does not hold.
pub fn frame(data: &[u8]) {
    let (mut client, conn) = live();
    let duplicates = client.totals().duplicates;
    let signal = Signal::Text(Bytes::copy_from_slice(data));
    client.handle(client_time(), Input::Conn { conn, signal });
    let plain = Plain::read(data);
    let mut came = 0;
    while let Some(output) = client.poll_output() {
        // Printing it must not panic either.
        let _ = format!("{output:?}");
        let Output::Event(Event::Dispatch(dispatch)) = output else {
            continue;
        };
        came += 1;
        // What is typed fits only what is well-formed.
        let typed = dispatch.event().is_ok();
        let _ = dispatch.reply_to();
        match (&plain, dispatch.json()) {
            (_, Err(_)) => assert!(!typed, "a payload that is broken was decoded"),
            (Some(plain), Ok(json)) => plain.agree(&dispatch, json),
            // JSON by the grammar, but no value: half a character, or a key twice that is not the envelope's.
            (None, Ok(_)) => assert!(well_formed(data), "a payload from a frame that is not JSON"),
        }
    }
    if let Some(plain) = &plain {
        plain.must_come(came, client.totals().duplicates - duplicates);
    }
    let up = client.shards().all(|view| view.phase() == PhaseName::Live);
    let told_to_go = plain.as_ref().and_then(Plain::op).is_some_and(|op| op == 7 || op == 9);
    assert!(up || told_to_go, "the link went down");
    assert!(client.next_deadline().is_some_and(|deadline| deadline.at > client_time()), "it is due at once");
}

/// Replies of token endpoint, discovery and message endpoint, status and body at will: no panic, no spinning, no secret.
///
/// # Panics
///
/// If that does not hold.
pub fn replies(data: &[u8]) {
    let mut input = FromBytes::new(data);
    let config = Config::new("102", SECRET);
    let mut stage = Stage::checked(&honest, &config, |_, _| {}, COSTLY_EVERY);
    let mut tokens = Vec::new();
    let steps = 24;
    for step in 0..steps {
        if input.is_empty() {
            break;
        }
        let head = input.take(4);
        let [kind, high, low, length] = [0, 1, 2, 3].map(|at| head.get(at).copied().unwrap_or_default());
        let status = match kind >> 4 {
            0..=9 => 200,
            10..=12 => u16::from(high) << 8 | u16::from(low),
            _ => 400 + u16::from(low),
        };
        match kind % 8 {
            0..=3 => {
                let body = Bytes::copy_from_slice(input.take(usize::from(length)));
                tokens.extend(token(&body));
                stage.play(&Move::Answer {
                    which: usize::from(high),
                    outcome: Answer::Reply { status, body },
                });
            }
            4 => stage.play(&Move::Wake),
            5 => stage.play(&Move::Serve { which: usize::from(low) }),
            6 => stage.play(&Move::Call { which: usize::from(low), text: format!("text {step}") }),
            _ => stage.play(&Move::Wait(Duration::from_secs(u64::from(low)))),
        }
    }
    well(&stage, &[Property::P13]);
    // An app secret that is part of the input may be shown as part of what came, as may a token that is a word.
    let shown = format!("{:?}\n{}\n{:?}", stage.client(), stage.trace(), stage.trace().events);
    let clear = |secret: &str| !String::from_utf8_lossy(data).contains(secret.get(..12).unwrap_or(secret));
    assert!(!clear(SECRET) || !shown.contains(SECRET), "the app secret shows");
    for token in tokens.iter().filter(|token| token.len() >= 24 && !token.contains(['"', ' ', '\\'])) {
        let twice = String::from_utf8_lossy(data).matches(token.as_str()).count() > 1;
        assert!(twice || !shown.contains(token.as_str()), "a token shows");
    }
}

/// A text as a person typed it, or as it came in: reading is total, what is escaped is all text and comes back, and what
/// was read means the same when it is written again.
///
/// # Panics
///
/// If that does not hold.
pub fn text(data: &[u8]) {
    let typed = String::from_utf8_lossy(data);
    for (dialect, scene) in [(Dialect::Guild, Scene::Channel), (Dialect::Chat, Scene::Group)] {
        let written = syntax::escape(dialect, &typed);
        assert_eq!(syntax::unescape(dialect, &written), typed, "escaping loses something");
        let pieces: Vec<_> = syntax::parse(dialect, &written).collect();
        let expected: &[_] = if typed.is_empty() { &[] } else { &[Piece::Text(typed.clone())] };
        assert_eq!(pieces, expected, "what a person typed is more than text");

        let pieces: Vec<_> = syntax::parse(dialect, &typed).collect();
        let _ = syntax::plain(dialect, &typed);
        if let Some(again) = rewritten(scene, &pieces) {
            assert_eq!(syntax::parse(dialect, &again).collect::<Vec<_>>(), pieces, "it means something else");
        }
    }
}

/// The same pieces written by us; `None` if the scene does not take them, or nobody can write them.
fn rewritten(scene: Scene, pieces: &[Piece<'_>]) -> Option<String> {
    let mut text = syntax::Text::new(scene);
    for piece in pieces {
        text = match piece {
            Piece::Text(typed) => text.text(typed),
            Piece::User(id) => text.user(id),
            Piece::Everyone => text.everyone(),
            Piece::Channel(id) => text.channel(id),
            Piece::Emoji(id) => text.emoji(id),
            Piece::Enter { text: command } => text.enter(command),
            Piece::Input { text: command, show: Some(show), reference } => {
                text.input_as(command, show, *reference)
            }
            Piece::Input { text: command, show: None, reference: false } => text.input(command),
            // Faces come in and are not written; the next version may know more.
            Piece::Input { .. } | Piece::Face(_) | _ => return None,
        };
    }
    text.finish().ok()
}

/// A configuration and moves out of bytes: what must hold, holds.
///
/// # Panics
///
/// If that does not hold.
pub fn client(data: &[u8]) {
    let mut choices = FromBytes::new(data);
    let config = pick_config(&mut choices);
    let moves = moves_from_bytes(choices.rest(), MOVES);
    let mut stage = Stage::checked(&honest, &config, |_, _| {}, COSTLY_EVERY);
    for happening in &moves {
        stage.play(happening);
        well(&stage, &[]);
    }
    if let Err(failure) = stage.finish() {
        panic!("{failure}");
    }
}

/// A whole world whose choices are the bytes: the oracle finds nothing.
///
/// # Panics
///
/// If it finds something.
pub fn world(data: &[u8]) {
    let mut choices = FromBytes::new(data);
    let seed = choices.take(1).first().copied().unwrap_or_default();
    let plan = if seed >= 192 { Plan::hostile(u64::from(seed)) } else { Plan::stormy(u64::from(seed)) };
    // Short lives: a fuzzer wants many of them.
    let plan = Plan { active: Duration::from_secs(60), costly_every: 64, ..plan };
    let trace = World::run(plan, &mut choices, &honest).trace;
    assert!(trace.findings.is_empty(), "{trace}\n{}", trace.store(true));
}

const fn client_time() -> Timestamp {
    Timestamp::from_millis(1000)
}

/// A client with one live shard, and its connection.
fn live() -> (Client, ConnId) {
    let hosts = Hosts::custom("http://127.0.0.1:9").with_gateway("ws://127.0.0.1:9");
    let config = Config::new("102", SECRET).with_shards(Shards::all(1)).with_hosts(hosts);
    let mut client = Client::new(config, Timestamp::ZERO).expect("a valid configuration");
    let mut link = None;
    let frames: [&[u8]; 2] = [
        br#"{"op":10,"d":{"heartbeat_interval":45000}}"#,
        br#"{"op":0,"s":1,"t":"READY","d":{"session_id":"a","user":{"id":"1"}}}"#,
    ];
    let mut frames = frames.into_iter();
    while let Some(output) = client.poll_output() {
        let input = match output {
            Output::Action(Action::Http { id, .. }) => {
                let token = r#"{"access_token":"a-token-for-frames","expires_in":"7200"}"#;
                Input::Http { id, result: Ok(HttpResponse::new(200, token)) }
            }
            Output::Action(Action::Connect { conn, .. }) => {
                link = Some(conn);
                Input::Conn { conn, signal: Signal::Opened }
            }
            Output::Event(Event::Moved { to: PhaseName::Greeting | PhaseName::Joining, .. }) => {
                let frame = frames.next().unwrap_or_default();
                let conn = link.expect("a connection");
                Input::Conn { conn, signal: Signal::Text(Bytes::from_static(frame)) }
            }
            Output::Action(_) | Output::Event(_) => continue,
        };
        client.handle(Timestamp::ZERO, input);
    }
    assert!(client.shards().all(|view| view.phase() == PhaseName::Live), "{client:?}");
    (client, link.expect("a connection"))
}

fn well(stage: &Stage<'_>, but: &[Property]) {
    let found: Vec<&Finding> =
        stage.findings().iter().filter(|finding| !but.contains(&finding.property)).collect();
    assert!(found.is_empty(), "{found:?}\n{}", stage.trace());
}

fn well_formed(frame: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(without_mark(frame)).is_ok()
}

/// Without the byte order mark that some programs put in front.
fn without_mark(frame: &[u8]) -> &[u8] {
    frame.strip_prefix("\u{feff}".as_bytes()).unwrap_or(frame)
}

fn token(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(value.get("access_token")?.as_str()?.to_owned())
}

/// A frame that is a JSON object of unique keys on its first level, read in the plainest way.
struct Plain(serde_json::Map<String, Value>);

/// What the documentation of the envelope says of a whole number: also as text, also with an empty fraction.
fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

impl Plain {
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = without_mark(bytes);
        let Keys(mut keys) = serde_json::from_slice(bytes).ok()?;
        let Value::Object(members) = serde_json::from_slice(bytes).ok()? else {
            return None;
        };
        keys.sort_unstable();
        let unique = keys.windows(2).all(|pair| pair.first() != pair.last());
        unique.then_some(Self(members))
    }

    fn op(&self) -> Option<i128> {
        whole(self.0.get("op")?)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str)
    }

    /// A dispatch that came must say what the frame says, wherever the frame is plain about it.
    fn agree(&self, dispatch: &Dispatch, json: &str) {
        if let Some(op) = self.op() {
            assert_eq!(op, 0, "a dispatch from another op");
        }
        assert_eq!(dispatch.name(), self.text("t").unwrap_or_default(), "another name");
        match self.0.get("id") {
            Some(Value::String(id)) => {
                assert_eq!(dispatch.id(), Some(id.as_str()).filter(|id| !id.is_empty()));
            }
            None | Some(Value::Null) => assert_eq!(dispatch.id(), None, "an id from nowhere"),
            Some(_) => {}
        }
        match self.0.get("s") {
            None | Some(Value::Null) => assert_eq!(dispatch.seq(), None, "a number from nowhere"),
            Some(s) => {
                if let Some(s) = whole(s) {
                    assert_eq!(dispatch.seq(), u64::try_from(s).ok(), "another number");
                }
            }
        }
        let payload: Value = serde_json::from_str(json).expect("a payload that counts as well-formed");
        assert_eq!(&payload, self.0.get("d").unwrap_or(&Value::Null), "another payload");
    }

    /// A well-formed dispatch comes out once, unless it has come before.
    fn must_come(&self, came: usize, duplicates: u64) {
        let name = self.text("t").unwrap_or_default();
        if self.op() == Some(0) && name != "READY" && name != "RESUMED" {
            assert_eq!(came as u64 + duplicates, 1, "a well-formed event was lost");
        } else if self.op().is_some() {
            assert_eq!(came, 0, "an event out of nothing");
        }
    }
}

/// The keys of an object, in their order.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

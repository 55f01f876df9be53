//! Everything that can be done with one event, and what must hold of it.

use std::fmt::Write;

use bytes::Bytes;
use qq_proto::drift::{Drift, Radar};
use qq_proto::model::Shape;
use qq_proto::{
    BodyError, Client, ConnId, Dispatch, Event, Expected, Half, Input, MessageView, Output, Payload,
    PhaseName, Signal, Twins,
};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{client_time, live};

/// An event out of a fuzzer's bytes: the first chooses its name, the rest is its payload.
///
/// # Panics
///
/// If something of what [`examine`] promises does not hold.
pub fn event(data: &[u8]) {
    let Some((&choice, body)) = data.split_first() else { return };
    let Ok(body) = std::str::from_utf8(body) else { return };
    let names = Payload::NAMES;
    examine(names.get(usize::from(choice) % (names.len() + 1)).unwrap_or(&"SOMETHING_NEW"), body);
}

/// Pushes an event to a live client and does everything with it that an application can.
///
/// The link stays up. A payload that is not JSON is an error and nothing else is; a payload that does not fit says which
/// field; one that fits says what a generic JSON value says, on its own and without its frame, and reads back when it is
/// written. Views, twins and the drift radar take whatever comes.
///
/// # Panics
///
/// If that does not hold.
pub fn examine(name: &str, body: &str) {
    let mut link = Link::new();
    let Some(dispatch) = link.push(name, body) else {
        // A payload with a comma outside of it is not one payload, or it was not a frame any more.
        assert!(!well_formed(body) || matches!(name, "READY" | "RESUMED"), "a well-formed event was lost");
        return;
    };
    let _ = (dispatch.reply_to(), format!("{dispatch:?}"));
    let json = dispatch.json();
    // What is more than one value may leave its place and become other parts of the frame.
    let whole = body.trim_matches([' ', '\n', '\r', '\t']);
    assert!(json.is_err() || json == Ok(whole) || !well_formed(body), "another payload");
    let mut radar = Radar::new();
    radar.look(&dispatch);
    assert!(radar.findings().len() <= Radar::CAPACITY);
    let _ = radar.to_string();
    let message = dispatch.message();
    match dispatch.event() {
        Err(error) => {
            assert_eq!(error.path().next(), Some("d"), "{error}");
            let broken = matches!(error.expected(), Expected::Json | Expected::Shallow | Expected::Utf8);
            // Of several flaws the first is told: which field, or that it is no JSON. Never that of what is well-formed.
            assert!(!broken || json.is_err(), "{error}");
            let missing = error.expected() == Expected::Present;
            let seen = radar.findings().iter().any(|finding| finding.kind == Drift::Shape);
            assert!(seen || missing, "{error}, and the radar sees nothing");
            assert!(message.is_err() || message == Ok(None));
        }
        Ok(payload) => {
            // The limit of depth counts from the whole payload there, and from the value that is passed over here.
            let json = json
                .unwrap_or_else(|error| if error == BodyError::TooDeep { whole } else { panic!("{error}") });
            fits(&mut link, name, json, &payload);
            if let Some(message) = message.expect("what is an event is a message") {
                view(message, &dispatch);
            }
        }
    }
}

/// What holds of a payload that was decoded.
fn fits(link: &mut Link, name: &str, json: &str, payload: &Payload<'_>) {
    let written = serde_json::to_string(payload).expect("what was decoded can be written");
    let shown = format!("{payload:?}");
    let owned: Payload<'static> = payload.clone().into_owned();
    assert_eq!(&owned, payload, "an owned payload differs");
    assert_eq!(format!("{owned:?}"), shown);
    assert_eq!(
        serde_json::to_string(&owned).ok().as_ref(),
        Some(&written),
        "an owned payload is written differently"
    );
    if matches!(owned, Payload::Resumed | Payload::Other) {
        return;
    }
    let again = link.push(name, &written).expect("what was written is a payload");
    assert_eq!(again.event().as_ref(), Ok(payload), "{written}");
    // Half a character, or a number beyond all bounds, is no generic value.
    if let (Some(shape), Ok(original)) = (Payload::shape(name), serde_json::from_str(json)) {
        let written = serde_json::from_str(&written).unwrap_or_default();
        if let Err(difference) = agree(shape, &original, &written) {
            panic!("{difference}");
        }
    }
}

/// What holds of a message's view.
fn view(message: MessageView<'_>, dispatch: &Dispatch) {
    assert_eq!(message.reply_to(), dispatch.reply_to());
    let ours = message.quoted().is_some();
    let message = message.seen_by("7");
    let text = message.text().into_owned();
    assert_eq!(text.trim(), text);
    let owned = message.clone().into_owned();
    assert_eq!((&*owned.text(), owned.addressed()), (&*text, message.addressed()));
    assert!(!ours || message.addressed_or(|_| true) != qq_proto::message::Addressed::No);
    let _ =
        format!("{message:?}{:?}{:?}{}", message.sender(), message.time().unix_ms(), message.conversation());
    for mention in message.mentions() {
        let _ = mention.into_owned();
    }
    for file in message.attachments() {
        assert!(file.link.is_empty() || file.url().contains("://"));
        let _ = (file.kind(), file.into_owned());
    }
    if let Some(quoted) = message.quoted() {
        assert_eq!(quoted.attachments().count(), quoted.clone().into_owned().attachments().count());
    }
    let mut twins = Twins::with_capacity(3, 4);
    assert_eq!((twins.look(&message), twins.look(&owned)), (Half::First, Half::Repeat));
}

/// The rules of the sheets: these say as much as nothing.
fn blank(json: &Value) -> bool {
    match json {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.values().all(blank),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Whether what was `written` says of all the fields that a type knows what the `original` says, and nothing else. The
/// error names the field.
pub fn agree(shape: Shape, original: &Value, written: &Value) -> Result<(), String> {
    let differ = || Err(format!("{original} was written as {written}"));
    if blank(written) && blank(original) || original == written {
        return Ok(());
    }
    match (shape.name(), original, written) {
        // What cannot be decoded is written as it came, which is equal.
        ("list", Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            ours.iter().zip(theirs).try_for_each(|(ours, theirs)| agree(shape.element(), ours, theirs))
        }
        ("object", Value::Object(_) | Value::Null, Value::Object(_) | Value::Null) => {
            let known = |key: &str| shape.fields().iter().any(|(field, _)| *field == key);
            if let Some(key) = written.as_object().and_then(|members| members.keys().find(|key| !known(key)))
            {
                return Err(format!("{key} came from nowhere"));
            }
            let mut fields = shape.fields().iter();
            fields.try_for_each(|(key, inner)| {
                agree(
                    *inner,
                    original.get(key).unwrap_or(&Value::Null),
                    written.get(key).unwrap_or(&Value::Null),
                )
                .map_err(|error| format!("{key}: {error}"))
            })
        }
        ("text" | "word" | "link" | "time", Value::Number(number), Value::String(text))
        | ("integer" | "code", Value::String(text), Value::Number(number)) => {
            // As text a number may be written in another way.
            let same = text.parse::<f64>().is_ok_and(|parsed| near(number.as_f64(), Some(parsed)));
            if same || number.to_string() == *text { Ok(()) } else { differ() }
        }
        ("integer" | "code", Value::Number(ours), Value::Number(theirs))
            if ours.as_f64() == theirs.as_f64() =>
        {
            Ok(())
        }
        _ => differ(),
    }
}

/// The same number, as exactly as a generic reader of numbers with fractions or exponents gets it.
fn near(ours: Option<f64>, theirs: Option<f64>) -> bool {
    ours.zip(theirs).is_some_and(|(ours, theirs)| (ours - theirs).abs() <= ours.abs() * 1e-12)
}

fn well_formed(json: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(json).is_ok()
}

/// A live client with one connection.
struct Link {
    client: Client,
    conn: ConnId,
    pushed: u64,
}

impl Link {
    fn new() -> Self {
        let (client, conn) = live();
        Self { client, conn, pushed: 1 }
    }

    /// Pushes an event; the link stays up. `None` if no event comes out.
    fn push(&mut self, name: &str, body: &str) -> Option<Dispatch> {
        self.pushed += 1;
        let mut frame = String::with_capacity(body.len() + 80);
        let id = self.pushed;
        let _ = write!(frame, r#"{{"op":0,"s":{id},"t":"{name}","id":"{name}:{id}","d":{body}}}"#);
        let signal = Signal::Text(Bytes::from(frame));
        self.client.handle(client_time(), Input::Conn { conn: self.conn, signal });
        let mut came = None;
        while let Some(output) = self.client.poll_output() {
            if let Output::Event(Event::Dispatch(dispatch)) = output {
                came = Some(dispatch);
            }
        }
        assert!(self.client.shards().all(|view| view.phase() == PhaseName::Live), "the link went down");
        came
    }
}

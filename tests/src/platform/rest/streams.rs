//! Texts that grow before a user's eyes, in the two ways there are.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::chats::Scene;
use super::super::http::Answer;
use super::super::sends::{Refusal, ReplyTo, msg_seq, refusal_answer};
use super::super::{Platform, Rule};
use super::seen::{SeenKind, Shown};
use super::{Ask, bad_param};

/// The states of a fragment: growing and finished, and in the older way the parts after the text.
const GROWING: u64 = 1;
const TEXT_END: u64 = 10;
const GUIDE: u64 = 11;
const END: u64 = 20;

/// A stream.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    user: String,
    reply_to: ReplyTo,
    seq: u32,
    kind: String,
    text: String,
    /// The number and the content of the newest fragment.
    index: u64,
    newest: String,
    at: Duration,
    state: u64,
}

/// A fragment as it was sent.
struct Fragment<'a> {
    append: bool,
    state: u64,
    index: u64,
    kind: &'a str,
    content: &'a str,
}

fn fragment(ask: &Ask) -> Option<Fragment<'_>> {
    let append = match ask.text("input_mode") {
        None | Some("append") => true,
        Some("replace") => false,
        Some(_) => return None,
    };
    let state = ask.body.get("input_state").and_then(Value::as_u64);
    let state = state.filter(|state| matches!(*state, GROWING | TEXT_END))?;
    let index = ask.body.get("index").and_then(Value::as_u64)?;
    let kind = ask.text("content_type").filter(|kind| matches!(*kind, "text" | "markdown"))?;
    let content = ask.body.get("content_raw").and_then(Value::as_str)?;
    Some(Fragment { append, state, index, kind, content })
}

impl Platform {
    pub(super) fn c2c_stream_send(&mut self, ask: &Ask) -> Answer {
        let (Some(fragment), Some(seq)) = (fragment(ask), msg_seq(&ask.body)) else {
            self.violate(Rule::BadBody, None, "no fragment of a stream");
            return bad_param("input_mode, input_state, index, content_type, content_raw, msg_seq");
        };
        // Some clients send the same id in both fields, which only streams allow.
        let reply_to = match (ask.text("msg_id"), ask.text("event_id")) {
            (Some(message), _) => ReplyTo::Message(message.to_owned()),
            (None, Some(event)) => ReplyTo::Event(event.to_owned()),
            (None, None) => return bad_param("msg_id or event_id is needed"),
        };
        match ask.text("stream_msg_id") {
            None => self.stream_begins(ask, &fragment, reply_to, seq),
            Some(id) => self.stream_goes_on(ask, &fragment, &reply_to, id),
        }
    }

    fn stream_begins(&mut self, ask: &Ask, fragment: &Fragment<'_>, reply_to: ReplyTo, seq: u32) -> Answer {
        let user = ask.param(0);
        if fragment.index != 0 {
            self.violate(Rule::StreamOrder, None, "the first fragment has another number than 0");
            return bad_param("index");
        }
        if let Err(refused) = self.stream_length(fragment.content) {
            return refused;
        }
        let wakeup = ask.flag("is_wakeup");
        match self.check_reply(Scene::C2c, user, &reply_to, seq, &ask.body) {
            Ok(()) => {}
            // Whoever is called back may be answered late.
            Err(Refusal::Late) if wakeup => {}
            Err(refusal) => return refusal_answer(Scene::C2c, &reply_to, refusal),
        }
        if let Err(refused) = self.check_place(Scene::C2c, user, false) {
            return refused;
        }
        self.count_reply(Scene::C2c, &reply_to, seq, &ask.body);
        let id = self.ids.uuid();
        let stream = Stream {
            user: user.to_owned(),
            reply_to,
            seq,
            kind: fragment.kind.to_owned(),
            text: fragment.content.to_owned(),
            index: 0,
            newest: fragment.content.to_owned(),
            at: self.now,
            state: fragment.state,
        };
        self.stream_appears(&id, stream, ask.body.clone());
        self.stream_answer(&id)
    }

    /// Shows a new stream, and keeps it.
    fn stream_appears(&mut self, id: &str, stream: Stream, body: Value) {
        let sent = self.sent_row(Scene::C2c, &stream.user, id, &stream.reply_to, stream.seq, body);
        let shown = Shown { kind: SeenKind::Stream, text: stream.text.clone() };
        self.show(&sent, shown, false);
        let value = self.send_result(id);
        self.remember(&sent, value);
        self.rest.streams.insert(id.to_owned(), stream);
        self.stream_shown(id);
    }

    fn stream_goes_on(&mut self, ask: &Ask, fragment: &Fragment<'_>, reply_to: &ReplyTo, id: &str) -> Answer {
        let stream = self.rest.streams.get(id).filter(|stream| {
            stream.user == ask.param(0) && stream.reply_to == *reply_to && stream.kind == fragment.kind
        });
        let Some(stream) = stream else {
            self.violate(Rule::StreamOrder, None, "no such stream in this conversation");
            return bad_param("stream_msg_id");
        };
        // The answer to it was lost: it is repeated.
        let same = fragment.index == stream.index
            && fragment.content == stream.newest
            && fragment.state == stream.state;
        if same {
            return self.stream_answer(id);
        }
        if stream.state == TEXT_END {
            self.violate(Rule::StreamOrder, None, "a fragment after the end");
            return Answer::error(400, 40_034_018, "the stream has ended");
        }
        let next = stream.index.saturating_add(1);
        // Where each fragment is the whole text a lost one does no harm.
        if fragment.index < next || (fragment.append && fragment.index > next) {
            self.violate(Rule::StreamOrder, None, format!("fragment {} instead of {next}", fragment.index));
            return bad_param("index");
        }
        let text = if fragment.append {
            format!("{}{}", stream.text, fragment.content)
        } else {
            fragment.content.to_owned()
        };
        if !text.starts_with(&stream.text) {
            self.violate(Rule::StreamOrder, None, "what was shown is changed");
            return Answer::error(400, 40_007, "the prefix that was sent must not change");
        }
        let spacing = self.config.rest.stream_spacing.saturating_sub(self.config.arrival_margin);
        let soon = self.now.saturating_sub(stream.at) < spacing;
        if soon && fragment.state == GROWING && self.config.rest.enforce_limits {
            self.count_refused("c2c_stream_send");
            return Answer::error(429, 50_002, "stream rate exceeded");
        }
        if let Err(refused) = self.stream_length(&text) {
            return refused;
        }
        let (answered, wakeup) = (stream.reply_to.clone(), ask.flag("is_wakeup"));
        if !wakeup && self.too_late(Scene::C2c, &answered) {
            return refusal_answer(Scene::C2c, &answered, Refusal::Late);
        }
        let now = self.now;
        if let Some(stream) = self.rest.streams.get_mut(id) {
            stream.text = text;
            stream.index = fragment.index;
            fragment.content.clone_into(&mut stream.newest);
            stream.at = now;
            stream.state = fragment.state;
        }
        self.stream_shown(id);
        self.stream_answer(id)
    }

    /// What a user sees of a stream is what it is now; at its end it counts as a message.
    fn stream_shown(&mut self, id: &str) {
        let Some(stream) = self.rest.streams.get(id) else {
            return;
        };
        let (text, finished) = (stream.text.clone(), stream.state != GROWING);
        let body = json!({"content": text, "stream_msg_id": id});
        let sent = self.sent_row(Scene::C2c, &stream.user, id, &stream.reply_to, stream.seq, body);
        let mut first_end = false;
        if let Some(seen) = self.seen_mut(id) {
            first_end = finished && !seen.finished;
            seen.text = text;
            seen.finished = finished;
        }
        if first_end {
            self.chats.sent.push(sent);
        }
    }

    fn stream_answer(&self, id: &str) -> Answer {
        let length = self.rest.streams.get(id).map_or(0, |stream| stream.text.chars().count());
        let mut answer = self.send_result(id);
        if let Some(answer) = answer.as_object_mut() {
            let left = self.config.rest.text_limit.saturating_sub(length);
            answer.insert("remain_msg_len".to_owned(), json!(left));
        }
        Answer::ok(answer)
    }

    fn stream_length(&self, text: &str) -> Result<(), Answer> {
        if text.chars().count() > self.config.rest.text_limit {
            return Err(Answer::error(400, 40_054_007, "message is too long"));
        }
        Ok(())
    }

    /// The older way: a stream inside of ordinary messages, whose numbers grow.
    pub(in super::super) fn stream_object(
        &mut self,
        user: &str,
        reply_to: &ReplyTo,
        seq: u32,
        body: &Value,
    ) -> Answer {
        let field = |name: &str| body.pointer("/stream").and_then(|stream| stream.get(name));
        let number = |name: &str| field(name).and_then(Value::as_u64);
        let states = [GROWING, TEXT_END, GUIDE, END];
        let (Some(state), Some(index)) = (number("state").filter(|it| states.contains(it)), number("index"))
        else {
            return bad_param("stream.state and stream.index");
        };
        if body.get("msg_type").and_then(Value::as_u64) != Some(2) {
            return Answer::error(400, 40_034_016, "streams are markdown");
        }
        let piece = body.pointer("/markdown/content").and_then(Value::as_str).unwrap_or_default();
        if state == GROWING && !piece.ends_with('\n') {
            return Answer::error(400, 40_034_017, "a fragment ends with a line break");
        }
        let id = field("id").and_then(Value::as_str).unwrap_or_default();
        if id.is_empty() {
            if let Err(refused) = self.admit(Scene::C2c, user, reply_to, seq, body) {
                return refused;
            }
            // Documents count from 0, the official SDK says 1.
            if index > 1 {
                self.violate(Rule::StreamOrder, None, "the first fragment has another number than 0 or 1");
                return bad_param("stream.index");
            }
            self.count_reply(Scene::C2c, reply_to, seq, body);
            let id = self.ids.message();
            let (text, newest) = (piece.to_owned(), piece.to_owned());
            let (user, kind, at) = (user.to_owned(), "markdown".to_owned(), self.now);
            let reply_to = reply_to.clone();
            let stream = Stream { user, reply_to, seq, kind, text, index, newest, at, state };
            self.stream_appears(&id, stream, body.clone());
            return Answer::ok(self.send_result(&id));
        }
        let known =
            self.rest.streams.get(id).filter(|known| known.user == user && known.reply_to == *reply_to);
        let Some(known) = known else {
            self.violate(Rule::StreamOrder, None, "no such stream in this conversation");
            return bad_param("stream.id");
        };
        if seq <= known.seq {
            return refusal_answer(Scene::C2c, reply_to, Refusal::Duplicate);
        }
        let reset = field("reset").and_then(Value::as_bool) == Some(true) && index <= 1;
        if known.state == END || (known.state >= TEXT_END && state < GUIDE) {
            self.violate(Rule::StreamOrder, None, "a fragment after the end");
            return Answer::error(400, 40_034_018, "the stream has ended");
        }
        if !reset && index != known.index.saturating_add(1) {
            self.violate(Rule::StreamOrder, None, format!("fragment {index} after {}", known.index));
            return bad_param("stream.index");
        }
        let text = if reset { piece.to_owned() } else { format!("{}{piece}", known.text) };
        if let Err(refused) = self.stream_length(&text) {
            return refused;
        }
        let now = self.now;
        if let Some(known) = self.rest.streams.get_mut(id) {
            (known.text, known.index, known.at, known.state, known.seq) = (text, index, now, state, seq);
        }
        self.stream_shown(id);
        Answer::ok(self.send_result(id))
    }
}

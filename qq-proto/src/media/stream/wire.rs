//! The two forms of a piece, and what its reply says.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use serde::Serialize;
use serde_json::Value;

use super::StreamForm;
use crate::api::{ApiRequest, ReplyTo, Trigger};
use crate::io::Method;

/// "Deduplicated": this number has been used before.
pub(super) const DUPLICATE: i64 = 40_054_005;

/// More follows.
const GOES_ON: u8 = 1;
/// The message is complete.
const COMPLETE: u8 = 10;

/// One piece.
pub(super) struct Shape<'a> {
    pub(super) target: &'a str,
    pub(super) reply_to: &'a ReplyTo,
    pub(super) seq: u32,
    pub(super) id: Option<&'a str>,
    pub(super) index: u32,
    pub(super) reset: bool,
    pub(super) last: bool,
    pub(super) markdown: bool,
    pub(super) content: &'a str,
}

#[derive(Serialize)]
struct Whole<'a> {
    input_mode: &'a str,
    input_state: u8,
    index: u32,
    content_type: &'a str,
    content_raw: &'a str,
    #[serde(flatten)]
    answers: Answers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_msg_id: Option<&'a str>,
    msg_seq: u32,
}

#[derive(Serialize)]
struct Answers<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Piece<'a> {
    msg_type: u8,
    markdown: Markdown<'a>,
    stream: Object<'a>,
    #[serde(flatten)]
    answers: Answers<'a>,
    msg_seq: u32,
}

#[derive(Serialize)]
struct Markdown<'a> {
    content: Cow<'a, str>,
}

#[derive(Serialize)]
struct Object<'a> {
    state: u8,
    /// Empty in the first piece.
    id: &'a str,
    /// The docs count from 0, a comment in the official Go SDK from 1; 0 is taken.
    index: u32,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    reset: bool,
}

impl Shape<'_> {
    pub(super) fn request(&self, form: StreamForm) -> ApiRequest {
        let (msg_id, event_id) = match self.reply_to.trigger() {
            Trigger::Message(id) => (Some(id.as_str()), None),
            Trigger::Event(id) => (None, Some(id.as_str())),
        };
        let answers = Answers { msg_id, event_id };
        let state = if self.last { COMPLETE } else { GOES_ON };
        let (operation, body) = match form {
            StreamForm::Whole => {
                let body = Whole {
                    input_mode: "replace",
                    input_state: state,
                    index: self.index,
                    content_type: if self.markdown { "markdown" } else { "text" },
                    content_raw: self.content,
                    answers,
                    stream_msg_id: self.id,
                    msg_seq: self.seq,
                };
                ("stream_messages", serde_json::to_string(&body))
            }
            StreamForm::Pieces => {
                // A piece that does not end with a line is refused (40034017).
                let content = if self.content.ends_with('\n') {
                    Cow::Borrowed(self.content)
                } else {
                    Cow::Owned([self.content, "\n"].concat())
                };
                let body = Piece {
                    msg_type: 2,
                    markdown: Markdown { content },
                    stream: Object {
                        state,
                        id: self.id.unwrap_or_default(),
                        index: self.index,
                        reset: self.reset,
                    },
                    answers,
                    msg_seq: self.seq,
                };
                ("messages", serde_json::to_string(&body))
            }
        };
        // The stream repeats by itself, with newer text. Plain strings and numbers always serialise.
        ApiRequest::new(Method::Post, &["v2", "users", self.target, operation])
            .with_body(body.unwrap_or_default())
    }
}

/// What a reply says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The name of the stream.
    pub(super) id: Option<String>,
    /// Characters left in this message.
    pub(super) remain: Option<usize>,
}

pub(super) fn read(body: &[u8]) -> Said {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let id = value.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(ToString::to_string);
    let remain =
        value.get("remain_msg_len").and_then(|left| left.as_u64().or_else(|| left.as_str()?.parse().ok()));
    Said { id, remain: remain.and_then(|left| usize::try_from(left).ok()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Scene;

    fn body(form: StreamForm, change: impl FnOnce(&mut Shape<'_>)) -> (String, String) {
        let reply_to = ReplyTo::new(Scene::C2c, "U", Trigger::Message("M".into()));
        let mut shape = Shape {
            target: "U",
            reply_to: &reply_to,
            seq: 3,
            id: None,
            index: 0,
            reset: false,
            last: false,
            markdown: true,
            content: "# a",
        };
        change(&mut shape);
        let request = shape.request(form);
        (request.path, String::from_utf8(request.body.into_bytes()).unwrap())
    }

    #[test]
    fn pieces_look_as_the_platform_wants_them() {
        assert_eq!(
            body(StreamForm::Whole, |_| {}),
            (
                "/v2/users/U/stream_messages".into(),
                r##"{"input_mode":"replace","input_state":1,"index":0,"content_type":"markdown","content_raw":"# a","msg_id":"M","msg_seq":3}"##.into()
            )
        );
        let last = body(StreamForm::Whole, |shape| {
            (shape.last, shape.id, shape.index, shape.markdown) = (true, Some("S"), 4, false);
        });
        assert_eq!(
            last.1,
            r##"{"input_mode":"replace","input_state":10,"index":4,"content_type":"text","content_raw":"# a","msg_id":"M","stream_msg_id":"S","msg_seq":3}"##
        );
        assert_eq!(
            body(StreamForm::Pieces, |_| {}),
            (
                "/v2/users/U/messages".into(),
                r##"{"msg_type":2,"markdown":{"content":"# a\n"},"stream":{"state":1,"id":"","index":0},"msg_id":"M","msg_seq":3}"##.into()
            )
        );
        let anew = body(StreamForm::Pieces, |shape| {
            (shape.last, shape.id, shape.reset, shape.content) = (true, Some("S"), true, "a\n");
        });
        assert_eq!(
            anew.1,
            r#"{"msg_type":2,"markdown":{"content":"a\n"},"stream":{"state":10,"id":"S","index":0,"reset":true},"msg_id":"M","msg_seq":3}"#
        );
    }

    #[test]
    fn replies_are_read_leniently() {
        assert_eq!(
            read(br#"{"id":"S","remain_msg_len":"7"}"#),
            Said { id: Some("S".into()), remain: Some(7) }
        );
        assert_eq!(read(br#"{"id":"","remain_msg_len":-1}"#), Said::default());
        assert_eq!(read(b"<html>"), Said::default());
    }
}

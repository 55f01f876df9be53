//! The two forms of a piece, and what its reply says.

use alloc::string::{String, ToString};

use super::StreamForm;
use crate::api::operation::whole;
use crate::api::{
    ApiRequest, C2cMessage, Call, Markdown, Repeat, ReplyTo, SendC2c, SendStreamPiece, StreamFormat,
    StreamMode, StreamPiece, StreamSent, StreamState,
};

/// "Deduplicated": this number has been used before.
pub(super) const DUPLICATE: i64 = 40_054_005;

/// More follows.
const GOES_ON: u32 = 1;
/// The message is complete.
const COMPLETE: u32 = 10;

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

impl Shape<'_> {
    /// The piece as a call. The client does not repeat it: the stream does, with newer text.
    pub(super) fn request(&self, form: StreamForm) -> ApiRequest {
        let answers = self.reply_to.trigger().clone();
        let request = match form {
            StreamForm::Whole => {
                let format = if self.markdown { StreamFormat::Markdown } else { StreamFormat::Text };
                let piece = StreamPiece::new(self.index, StreamMode::Replace, format, self.content);
                let piece = if self.last { piece.last() } else { piece };
                let call = SendStreamPiece::new(self.target, answers, piece).msg_seq(self.seq);
                match self.id {
                    Some(id) => call.stream_msg_id(id).request(),
                    None => call.request(),
                }
            }
            StreamForm::Pieces => {
                // A piece that does not end with a line is refused (40034017).
                let line = if self.content.ends_with('\n') { "" } else { "\n" };
                let state = if self.last { COMPLETE } else { GOES_ON };
                // Its id is empty in the first piece. The docs count from 0, a comment in the official Go SDK from 1.
                let stream = StreamState::new(state, self.index).id(self.id.unwrap_or_default());
                let stream = if self.reset { stream.reset(true) } else { stream };
                let message = C2cMessage::from(Markdown::new([self.content, line].concat()));
                let message = message.answer(answers).msg_seq(self.seq).stream(stream);
                SendC2c::new(self.target, message).request()
            }
        };
        request.with_repeat(Repeat::Never)
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

/// A reply that cannot be read says nothing; the piece arrived all the same.
pub(super) fn read(body: &[u8]) -> Said {
    let sent: StreamSent<'_> = whole(body).unwrap_or_default();
    let id = Some(sent.id.to_string()).filter(|id| !id.is_empty());
    Said { id, remain: sent.remain_msg_len.and_then(|left| usize::try_from(left).ok()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Scene, Trigger};

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
                r##"{"msg_id":"M","input_mode":"replace","input_state":1,"index":0,"content_type":"markdown","content_raw":"# a","msg_seq":3}"##.into()
            )
        );
        let last = body(StreamForm::Whole, |shape| {
            (shape.last, shape.id, shape.index, shape.markdown) = (true, Some("S"), 4, false);
        });
        assert_eq!(
            last.1,
            r##"{"msg_id":"M","input_mode":"replace","input_state":10,"index":4,"content_type":"text","content_raw":"# a","stream_msg_id":"S","msg_seq":3}"##
        );
        assert_eq!(
            body(StreamForm::Pieces, |_| {}),
            (
                "/v2/users/U/messages".into(),
                r##"{"msg_type":2,"markdown":{"content":"# a\n"},"stream":{"state":1,"index":0,"id":""},"msg_id":"M","msg_seq":3}"##.into()
            )
        );
        let anew = body(StreamForm::Pieces, |shape| {
            (shape.last, shape.id, shape.reset, shape.content) = (true, Some("S"), true, "a\n");
        });
        assert_eq!(
            anew.1,
            r#"{"msg_type":2,"markdown":{"content":"a\n"},"stream":{"state":10,"index":0,"id":"S","reset":true},"msg_id":"M","msg_seq":3}"#
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

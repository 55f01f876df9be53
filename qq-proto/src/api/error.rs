//! The platform's refusals: numbers first, then what to do.

use alloc::string::String;
use core::fmt;

use crate::api::codes::CodeInfo;
use crate::api::operation::member;
use crate::io::{HttpResponse, TransportError};
use crate::model::cursor::{Cursor, Fill};
use crate::model::{DecodeError, Raw, Str};

/// A refusal by the platform.
///
/// Decisions are made on its numbers, never on its words, which change. `Display` shows numbers and advice; the
/// platform's own text is in [`message`](Self::message) and may quote what was sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The older number, 0 if there was none.
    pub code: i64,
    /// The newer number, which the platform wants to be read first; 0 if there was none.
    pub err_code: i64,
    /// Names the exchange to the platform's support: from the body, else from the header `X-Tps-trace-ID`.
    pub trace_id: Option<String>,
    /// The audit to wait for, if the message was accepted for review.
    pub audit_id: Option<String>,
    message: String,
}

/// What to do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The platform is busy or broken: the same call may work in a while.
    Retry,
    /// A quota is used up: not before it resets.
    WaitUntil,
    /// The access token is dead: with a new one it may work.
    NewToken,
    /// The call itself is wrong, or its reply window is over: change it.
    ChangeRequest,
    /// Something is not granted: a person has to see to it.
    AskPerson,
    /// It will never work.
    Permanent,
    /// Accepted for review; the result comes as an event.
    UnderAudit,
    /// An earlier copy has been delivered.
    AlreadyDelivered,
}

/// Numbers under which several refusals are summed up; the other number says which one it is.
const UMBRELLA: [i64; 4] = [40_034_001, 40_012_010, 40_011_027, 40_023_001];

impl ApiError {
    /// The number that says most: `err_code`, unless that is an umbrella number or missing.
    pub const fn number(&self) -> i64 {
        let mut at = 0;
        while at < UMBRELLA.len() {
            #[expect(clippy::indexing_slicing, reason = "bounded by the line above; no iterators in const")]
            if self.err_code == UMBRELLA[at] && self.code != 0 {
                return self.code;
            }
            at += 1;
        }
        if self.err_code == 0 { self.code } else { self.err_code }
    }

    /// The platform's own words, for people. They may quote what was sent, so they are not in `Display`.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What is known about its numbers; `None` if both are new.
    pub fn info(&self) -> Option<&'static CodeInfo> {
        CodeInfo::of(self.number()).or_else(|| CodeInfo::of(self.code))
    }

    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        if let Some(info) = self.info() {
            return info.group.class();
        }
        // Not a number that means something, but words where an id should be: it waits.
        if self.audit_id.is_some() {
            return ErrorClass::UnderAudit;
        }
        match self.status {
            // Without a number it can only be the token; with one that is not in the table it is something else, and
            // taking the token away would harm every other call.
            401 if self.number() == 0 => ErrorClass::NewToken,
            401 | 403 => ErrorClass::AskPerson,
            429 | 500..=599 => ErrorClass::Retry,
            _ => ErrorClass::ChangeRequest,
        }
    }

    /// What it says, in English: from the table of numbers, or from the status.
    pub fn meaning(&self) -> &'static str {
        if let Some(info) = self.info() {
            return info.meaning;
        }
        match self.status {
            404 => "there is no such operation",
            405 => "the operation has another method",
            413 => "the body is too big: upload in parts",
            429 => "too much at once",
            502..=504 => "the platform's edge cannot reach what is behind it",
            _ => "the platform does not say what is wrong",
        }
    }

    /// What to do about it, in words.
    pub fn advice(&self) -> &'static str {
        match self.number() {
            11_298 | 40_023_002 => "add this machine's address to the IP allow-list in the console",
            40_034_005 | 40_034_026 | 40_034_128 | 304_027 | 304_103 => {
                "the reply window is over or its replies are used up"
            }
            40_034_102 | 40_034_105 => "only answers to a message are allowed here",
            40_054_005 => "this msg_id and msg_seq have been used before",
            304_018 => "sending to guilds needs a live gateway connection",
            _ => match self.class() {
                ErrorClass::Retry => "try again in a while",
                ErrorClass::WaitUntil => "a quota is used up: wait until it resets",
                ErrorClass::NewToken => "the access token is not accepted",
                ErrorClass::ChangeRequest => "the call is not valid like this",
                ErrorClass::AskPerson => "a permission is missing: see the platform's console",
                ErrorClass::Permanent => "this bot or its configuration is not accepted",
                ErrorClass::UnderAudit => "accepted for review: wait for its audit event",
                ErrorClass::AlreadyDelivered => "it had already been delivered",
            },
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the platform answered with status {}", self.status)?;
        if self.number() != 0 {
            write!(f, ", code {}", self.number())?;
        }
        write!(f, ": {}", self.advice())?;
        match &self.trace_id {
            Some(trace) => write!(f, " (trace {trace})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("err_code", &self.err_code)
            .field("trace_id", &self.trace_id)
            .field("audit_id", &self.audit_id)
            .finish_non_exhaustive()
    }
}

impl core::error::Error for ApiError {}

/// An HTTP reply of the API, sorted.
pub(crate) enum Answer {
    /// It worked.
    Done,
    /// It was refused, or accepted for review.
    Refused(ApiError),
}

/// What an error says. Of a success there is nothing in it.
#[derive(Default)]
struct ErrorBody {
    code: i64,
    err_code: i64,
    message: String,
    trace_id: String,
    audit_id: Option<String>,
}

/// How much of a page that is no JSON is kept for people.
const EXCERPT: usize = 200;

impl ErrorBody {
    /// Reads what it can: numbers "could conceivably arrive as strings", whatever is of another shape counts as none.
    /// `None` for what is no JSON object, such as a list, which is a success, or a page of the platform's edge.
    fn read(body: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(core::str::from_utf8(body).ok()?);
        let mut lead = cursor.object().ok()?;
        let mut store = Str::default();
        let mut error = Self::default();
        while cursor.member(&mut lead).ok()? {
            let key = match cursor.key(&mut store) {
                "code" => Key::Code,
                "err_code" => Key::ErrCode,
                "message" => Key::Message,
                "trace_id" => Key::TraceId,
                "data" => Key::Data,
                _ => Key::Other,
            };
            let raw = cursor.skip().ok()?;
            let text = || {
                let quoted = raw.starts_with('"').then(|| Cursor::new(raw).text().ok()).flatten();
                quoted.map(String::from).unwrap_or_default()
            };
            match key {
                Key::Code => error.code = number(raw),
                Key::ErrCode => error.err_code = number(raw),
                Key::Message => error.message = text(),
                Key::TraceId => error.trace_id = text(),
                Key::Data => error.audit_id = audit_id(raw),
                Key::Other => {}
            }
        }
        cursor.peek().is_none().then_some(error)
    }

    /// The beginning of a page that is no JSON.
    fn page(body: &[u8]) -> Self {
        let excerpt = body.get(..EXCERPT).unwrap_or(body);
        Self { message: String::from_utf8_lossy(excerpt).into_owned(), ..Self::default() }
    }
}

enum Key {
    Code,
    ErrCode,
    Message,
    TraceId,
    Data,
    Other,
}

fn number(raw: &str) -> i64 {
    let mut number = None::<i64>;
    match number.fill(&mut Cursor::new(raw), "code") {
        Ok(()) => number.unwrap_or_default(),
        Err(_) => 0,
    }
}

/// `{"message_audit": {"audit_id": ".."}}`
fn audit_id(data: &str) -> Option<String> {
    let audit: Raw<'_> = member(data.as_bytes(), "message_audit").ok()?;
    let id: Str<'_> = member(audit.as_str().as_bytes(), "audit_id").ok()?;
    Some(String::from(id)).filter(|id| !id.is_empty())
}

impl Answer {
    /// Sorts a reply: success is a 2xx without an error inside. 201 and 202 have the shape of an error and mean that
    /// the message is under audit.
    pub(crate) fn sort(response: &HttpResponse) -> Self {
        let body = ErrorBody::read(&response.body);
        let fine = (200..300).contains(&response.status);
        let clean = |body: &ErrorBody| body.code == 0 && body.err_code == 0 && body.audit_id.is_none();
        if fine && body.as_ref().is_none_or(clean) {
            return Self::Done;
        }
        let body = body.unwrap_or_else(|| ErrorBody::page(&response.body));
        Self::Refused(ApiError {
            status: response.status,
            code: body.code,
            err_code: body.err_code,
            trace_id: Some(body.trace_id).filter(|id| !id.is_empty()).or_else(|| response.trace_id.clone()),
            audit_id: body.audit_id,
            message: body.message,
        })
    }
}

/// Why a call gave no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The platform refused it, or accepted it for review.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The exchange failed. The platform may have acted on it all the same.
    #[error("the call failed and may have been carried out: {0}")]
    Transport(TransportError),
    /// It was given up at its deadline.
    #[error("the call was given up at its deadline{}", if *.sent { " and may have been carried out" } else { "" })]
    TimedOut {
        /// Whether an attempt had been sent, so that the platform may have acted.
        sent: bool,
    },
    /// There is no access token: the platform refuses the app id or secret.
    #[error("the platform refuses the app id or secret")]
    Credentials,
    /// The client was stopped first.
    #[error("the client was stopped before the call had its outcome")]
    Stopped,
    /// The reply was a success but could not be read.
    #[error("the reply could not be read: {0}")]
    BadReply(DecodeError),
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    fn refusal(status: u16, body: &str) -> ApiError {
        match Answer::sort(&HttpResponse::new(status, body.to_string()).with_trace_id(Some("header-trace"))) {
            Answer::Refused(error) => error,
            Answer::Done => panic!("{status} {body} passed for a success"),
        }
    }

    #[test]
    fn numbers_decide() {
        let rows = [
            (400, r#"{"code":850026,"err_code":40034001}"#, 850_026, ErrorClass::Retry),
            (400, r#"{"code":11253,"err_code":40012010}"#, 11_253, ErrorClass::AskPerson),
            (500, r#"{"code":11244,"err_code":40011027}"#, 11_244, ErrorClass::NewToken),
            (401, r#"{"code":11298,"err_code":40023002}"#, 40_023_002, ErrorClass::AskPerson),
            (400, r#"{"err_code":"40054005"}"#, 40_054_005, ErrorClass::AlreadyDelivered),
            (
                202,
                r#"{"code":304023,"data":{"message_audit":{"audit_id":"a1"}}}"#,
                304_023,
                ErrorClass::UnderAudit,
            ),
            (429, "<html>slow down</html>", 0, ErrorClass::Retry),
            (502, "", 0, ErrorClass::Retry),
            (401, "{}", 0, ErrorClass::NewToken),
            (404, "{\"message\":7}", 0, ErrorClass::ChangeRequest),
            (200, r#"{"code":22009}"#, 22_009, ErrorClass::Retry),
        ];
        for (status, body, number, class) in rows {
            let error = refusal(status, body);
            assert_eq!((error.number(), error.class()), (number, class), "{status} {body}");
        }
    }

    #[test]
    fn success_has_no_error_inside() {
        for (status, body) in
            [(200, "{}"), (204, ""), (200, "[]"), (200, r#"{"code":0,"id":"1"}"#), (200, "")]
        {
            assert!(
                matches!(Answer::sort(&HttpResponse::new(status, body)), Answer::Done),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn odd_bodies() {
        // A number in a text, one with an empty fraction, one that is none; keys of other shapes; keys twice.
        assert_eq!(refusal(400, r#"{"code":"304027","err_code":null}"#).number(), 304_027);
        assert_eq!(refusal(400, r#"{"code":22009.0,"message":["x"],"trace_id":5}"#).number(), 22_009);
        assert_eq!(refusal(400, r#"{"code":[1],"err_code":{}}"#).number(), 0);
        assert_eq!(refusal(200, r#"{"code":1,"code":304023}"#).number(), 304_023);
        // An audit without its number, or with a number for an id.
        let audit = refusal(202, r#"{"data":{"message_audit":{"audit_id":77}}}"#);
        assert_eq!((audit.class(), audit.audit_id.as_deref()), (ErrorClass::UnderAudit, Some("77")));
        assert!(matches!(Answer::sort(&HttpResponse::new(200, r#"{"data":[{"code":5}]}"#)), Answer::Done));
        // Pages of the edge, and what was cut off.
        let page = refusal(413, &format!("<html>{}", "页".repeat(200)));
        assert_eq!(
            (page.class(), page.meaning()),
            (ErrorClass::ChangeRequest, "the body is too big: upload in parts")
        );
        assert!(page.message().starts_with("<html>页") && page.message().len() <= EXCERPT + 3);
        assert_eq!(refusal(500, r#"{"code":22009"#).number(), 0);
    }

    #[test]
    fn every_number_says_what_it_means() {
        for row in crate::api::CODES {
            let error = refusal(400, &format!(r#"{{"code":{}}}"#, row.number));
            assert_eq!((error.class(), error.meaning()), (row.group.class(), row.meaning));
        }
        // Panels tell their last five digits as the older number.
        let panel = refusal(400, r#"{"code":30013,"err_code":40030013}"#);
        assert_eq!(panel.meaning(), "a count or a length is over its limit");
    }

    #[test]
    fn shows_numbers_and_advice_not_words() {
        let error = refusal(400, r#"{"err_code":40034005,"message":"secret user text","trace_id":"t1"}"#);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("40034005") && shown.contains("t1"), "{shown}");
        assert!(!shown.contains("user text"), "{shown}");
        assert_eq!(error.message(), "secret user text");
        assert_eq!(refusal(500, "").trace_id.as_deref(), Some("header-trace"));
    }
}

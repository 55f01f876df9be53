//! The platform's refusals: numbers first, then what to do.

use alloc::string::{String, ToString};
use core::fmt;

use serde::Deserialize;

use crate::io::{HttpResponse, TransportError};
use crate::model::DecodeError;

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

    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        if let Some(class) = class_of(self.number()) {
            return class;
        }
        if let Some(class) = class_of(self.code) {
            return class;
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

/// The groups of the platform's error codes. `None`: the status decides.
#[expect(clippy::match_same_arms, reason = "an arm is a documented group, not a result")]
const fn class_of(code: i64) -> Option<ErrorClass> {
    use ErrorClass as C;
    Some(match code {
        // Authentication: a new token may help.
        11_241..=11_244 | 40_011_027 => C::NewToken,
        // Configuration: nothing we can send will help.
        11_245 | 11_251 | 11_261 | 11_275 | 100_007 | 100_016 | 10_044 | 11_262 | 11_273 | 11_265 => {
            C::Permanent
        }
        40_054_016 | 630_002 | 630_003 | 630_006 => C::Permanent,
        // Passing failures of checks and back ends, and rates per second.
        11_252 | 11_263 | 11_281 => C::Retry,
        20_028 | 1_100_100 | 1_100_308 | 50_001 | 50_002 | 100_001 | 100_017 | 40_023_001 => C::Retry,
        620_006 | 620_007 | 304_082 | 304_083 | 40_034_004 | 40_054_006 => C::Retry,
        50_055_001 | 50_055_002 | 50_055_006 | 306_003 | 306_005 | 306_006 | 50_065_001 => C::Retry,
        501_002..=501_004 | 501_006 | 501_007 | 501_011 | 501_012 | 503_013 => C::Retry,
        850_026 | 850_027 | 40_093_001 | 11_004 | 630_004 | 630_005 | 40_030_009 | 1_100_300 => C::Retry,
        304_033 | 304_044 | 304_006..=304_010 | 304_012 | 304_016 | 304_017 | 304_021 => C::Retry,
        11_303..=11_306 | 12_003 | 1_100_302 | 1_100_305 | 340_067 => C::Retry,
        // 22009 counts over a window of seconds to minutes; a reply may try again within its deadline.
        22_009 => C::Retry,
        // Quotas per day or longer.
        40_034_100 | 304_022 | 304_035 | 304_047 | 304_045 | 304_049 | 304_050 | 304_019 | 1_100_304 => {
            C::WaitUntil
        }
        304_052 | 40_034_122 | 40_093_002 | 302_012 | 302_021 | 503_004 | 501_013 | 501_016 | 610_013 => {
            C::WaitUntil
        }
        // The reply window is over, or its ids are wrong.
        304_027 | 304_103 | 40_034_005 | 40_034_024..=40_034_027 | 40_034_128 | 304_026 => C::ChangeRequest,
        50_045..=50_047 | 304_028 | 50_039 => C::ChangeRequest,
        40_054_005 => C::AlreadyDelivered,
        // Permissions and relations.
        11_253 | 11_254 | 11_255 | 11_264 | 11_274 | 11_282 | 11_298 | 40_023_002 | 40_012_010 => {
            C::AskPerson
        }
        304_004 | 304_014 | 304_036 | 40_034_127 | 304_037 | 304_057 | 304_046 | 304_048 => C::AskPerson,
        40_034_102 | 40_034_105 | 304_031 | 304_032 | 304_034 | 304_064 | 306_004 | 40_062_003 => {
            C::AskPerson
        }
        40_054_002 | 850_018 | 40_034_123 | 40_054_003 | 40_034_101 | 610_007 | 1_100_301 => C::AskPerson,
        40_054_004 | 40_054_013 | 1_100_102 | 1_100_104 | 1_100_303 | 1_100_306 | 1_100_307 => C::AskPerson,
        304_018 => C::AskPerson,
        304_023 | 304_024 => C::UnderAudit,
        _ => return None,
    })
}

/// An HTTP reply of the API, sorted.
pub(crate) enum Answer {
    /// It worked.
    Done,
    /// It was refused, or accepted for review.
    Refused(ApiError),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    #[serde(deserialize_with = "lenient_code")]
    code: i64,
    #[serde(deserialize_with = "lenient_code")]
    err_code: i64,
    #[serde(deserialize_with = "lenient_text")]
    message: String,
    #[serde(deserialize_with = "lenient_text")]
    trace_id: String,
    #[serde(deserialize_with = "audit_id")]
    data: Option<String>,
}

/// Numbers "could conceivably arrive as strings": both are read, everything else counts as none.
fn lenient_code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()).unwrap_or(0))
}

fn lenient_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_str().unwrap_or_default().to_string())
}

fn audit_id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let id = value.get("message_audit").and_then(|audit| audit.get("audit_id"));
    Ok(id.and_then(|id| id.as_str()).map(ToString::to_string))
}

impl Answer {
    /// Sorts a reply: success is a 2xx without an error inside. 201 and 202 have the shape of an error and mean that
    /// the message is under audit.
    pub(crate) fn sort(response: &HttpResponse) -> Self {
        let body: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
        let fine = (200..300).contains(&response.status);
        let clean = body.code == 0 && body.err_code == 0 && body.data.is_none();
        if fine && clean {
            return Self::Done;
        }
        Self::Refused(ApiError {
            status: response.status,
            code: body.code,
            err_code: body.err_code,
            trace_id: Some(body.trace_id).filter(|id| !id.is_empty()).or_else(|| response.trace_id.clone()),
            audit_id: body.data,
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
    fn shows_numbers_and_advice_not_words() {
        let error = refusal(400, r#"{"err_code":40034005,"message":"secret user text","trace_id":"t1"}"#);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("40034005") && shown.contains("t1"), "{shown}");
        assert!(!shown.contains("user text"), "{shown}");
        assert_eq!(error.message(), "secret user text");
        assert_eq!(refusal(500, "").trace_id.as_deref(), Some("header-trace"));
    }
}

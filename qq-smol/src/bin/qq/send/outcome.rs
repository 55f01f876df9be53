//! What became of it: for people, for programs, and as an exit code.

use std::io::{self, Write as _};

use qq_proto::Why;
use qq_proto::api::{ApiError, CallError, ErrorClass};
use serde_json::{Value, json};

use super::letter::{Receipt, Trouble};
use crate::failure::Failure;

/// Says that it was sent.
pub(super) fn sent(receipt: &Receipt, as_json: bool) -> Result<(), Failure> {
    let Receipt { id, timestamp, ref_idx, audit_id, delivered_before } = receipt;
    if as_json {
        return print(&json!({
            "sent": audit_id.is_none(),
            "id": id,
            "timestamp": timestamp,
            "ref_idx": ref_idx,
            "audit_id": audit_id,
            "delivered_before": delivered_before,
        }));
    }
    let mut words = match (audit_id, delivered_before) {
        (Some(audit), _) => format!("accepted for review, audit {audit}: the result comes as an event"),
        (None, true) => "sent, by an attempt before".to_owned(),
        (None, false) => "sent".to_owned(),
    };
    for (name, value) in [("id", id), ("ref_idx", ref_idx)] {
        if let Some(value) = value {
            words = format!("{words}, {name} {value}");
        }
    }
    line(&words)
}

/// Says why it was not. `last` is the last that was heard of the network.
pub(super) fn failed(trouble: &Trouble, last: Option<&str>, as_json: bool) -> Result<(), Failure> {
    if let Trouble::Failed(CallError::Api(error)) = trouble {
        if error.class() == ErrorClass::UnderAudit {
            let audit_id = Some(error.audit_id.clone().unwrap_or_else(|| "unknown".to_owned()));
            return sent(&Receipt { audit_id, ..Receipt::default() }, as_json);
        }
    }
    let (words, later) = words(trouble, last);
    if as_json {
        print(&json!({"sent": false, "error": facts(trouble), "may_work_later": later}))?;
    }
    Err(if later { Failure::Later(words) } else { Failure::Never(words) })
}

/// What to say, and whether it may work later.
fn words(trouble: &Trouble, last: Option<&str>) -> (String, bool) {
    let error = match trouble {
        Trouble::Refused(why) => return (format!("not sent: {why}"), matches!(why, Why::Full)),
        Trouble::Failed(error) => error,
    };
    match error {
        CallError::Api(error) => (refusal(error), may_work_later(error.class())),
        CallError::Credentials => (
            format!("not sent: {error} (QQ_APP_ID, QQ_APP_SECRET); check both in the platform's console"),
            false,
        ),
        CallError::Transport(_)
        | CallError::TimedOut { .. }
        | CallError::Stopped
        | CallError::BadReply(_)
        | _ => {
            let last = last.map(|last| format!("; {last}")).unwrap_or_default();
            (format!("{error}{last}"), true)
        }
    }
}

/// Numbers, what they mean, what to do, and the platform's own words.
fn refusal(error: &ApiError) -> String {
    let mut words = format!("not sent: {}\n  advice: {}", error.meaning(), error.advice());
    words = format!("{words}\n  status {}", error.status);
    if error.number() != 0 {
        words = format!("{words}, code {}", error.number());
    }
    if let Some(trace) = &error.trace_id {
        words = format!("{words}, trace {trace}");
    }
    let said: String = error.message().chars().filter(|char| !char.is_control()).collect();
    if said.is_empty() { words } else { format!("{words}\n  the platform says: {said}") }
}

/// A number that was used before counts as a failure: the text may be another one, and it did not arrive.
const fn may_work_later(class: ErrorClass) -> bool {
    match class {
        ErrorClass::Retry | ErrorClass::WaitUntil | ErrorClass::NewToken => true,
        ErrorClass::ChangeRequest
        | ErrorClass::AskPerson
        | ErrorClass::Permanent
        | ErrorClass::UnderAudit
        | ErrorClass::AlreadyDelivered
        | _ => false,
    }
}

fn facts(trouble: &Trouble) -> Value {
    match trouble {
        Trouble::Refused(why) => json!({"message": why.to_string()}),
        Trouble::Failed(CallError::Api(error)) => json!({
            "message": error.meaning(),
            "advice": error.advice(),
            "status": error.status,
            "code": error.number(),
            "trace_id": error.trace_id,
            "platform_message": error.message(),
        }),
        Trouble::Failed(error) => json!({"message": error.to_string()}),
    }
}

pub(super) fn print(value: &Value) -> Result<(), Failure> {
    line(&value.to_string())
}

pub(super) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Failure::output(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a retry cannot mend must not be tried for ever by a script.
    #[test]
    fn classes_have_their_exit_codes() {
        for (class, later) in [
            (ErrorClass::Retry, true),
            (ErrorClass::WaitUntil, true),
            (ErrorClass::NewToken, true),
            (ErrorClass::ChangeRequest, false),
            (ErrorClass::AskPerson, false),
            (ErrorClass::Permanent, false),
            (ErrorClass::AlreadyDelivered, false),
        ] {
            assert_eq!(may_work_later(class), later, "{class:?}");
        }
        let code = |trouble| failed(&trouble, None, false).unwrap_err().code();
        assert_eq!(code(Trouble::Failed(CallError::TimedOut { sent: true })), 3);
        assert_eq!(code(Trouble::Failed(CallError::Credentials)), 2);
        assert_eq!(code(Trouble::Refused(Why::Credentials)), 2);
    }
}

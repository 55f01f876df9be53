//! stand-in
use alloc::string::String;
use bytes::Bytes;
use serde_json::Value;
/// Why a frame could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Too large.
    #[error("too large")]
    TooLarge,
    /// Not JSON.
    #[error("not JSON")]
    NotJson,
}
/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad body")]
pub struct BodyError;
#[derive(Debug)]
pub(crate) enum Incoming {
    Dispatch(Parts),
    Heartbeat,
    Reconnect,
    InvalidSession { resumable: bool },
    Hello { interval_ms: Option<u64> },
    HeartbeatAck,
    Other { op: i64 },
}
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    seq: Option<u64>,
    name: String,
    id: Option<String>,
    body: String,
}
impl Parts {
    pub(crate) const fn seq(&self) -> Option<u64> {
        self.seq
    }
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
    pub(crate) fn body(&self) -> Result<&str, BodyError> {
        Ok(&self.body)
    }
}
pub(crate) fn decode(frame: &Bytes) -> Result<Incoming, FrameError> {
    let v: Value = serde_json::from_slice(frame).map_err(|_| FrameError::NotJson)?;
    let d = v.get("d").cloned().unwrap_or(Value::Null);
    Ok(
        match v.get("op").and_then(Value::as_i64).ok_or(FrameError::NotJson)? {
            0 => Incoming::Dispatch(Parts {
                seq: v.get("s").and_then(Value::as_u64),
                name: v.get("t").and_then(Value::as_str).unwrap_or_default().into(),
                id: v.get("id").and_then(Value::as_str).map(Into::into),
                body: alloc::format!("{d}"),
            }),
            1 => Incoming::Heartbeat,
            7 => Incoming::Reconnect,
            9 => Incoming::InvalidSession {
                resumable: d == Value::Bool(true),
            },
            10 => Incoming::Hello {
                interval_ms: d.get("heartbeat_interval").and_then(Value::as_u64),
            },
            11 => Incoming::HeartbeatAck,
            op => Incoming::Other { op },
        },
    )
}

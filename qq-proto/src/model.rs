//! stand-in
#![allow(missing_docs, reason = "stand-in")]
use crate::wire::BodyError;
use alloc::string::String;
use serde_json::Value;
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot decode")]
pub struct DecodeError;
impl From<BodyError> for DecodeError {
    fn from(_: BodyError) -> Self {
        Self
    }
}
#[derive(Debug)]
pub struct User {
    pub id: String,
    pub username: String,
}
#[derive(Debug)]
pub struct Ready {
    pub session_id: String,
    pub user: User,
}
#[derive(Debug)]
pub struct M {
    pub id: String,
    pub group_openid: String,
    pub channel_id: String,
    pub guild_id: String,
    pub content: String,
    author: String,
}
impl M {
    pub fn author_openid(&self) -> &str {
        &self.author
    }
}
#[derive(Debug)]
#[non_exhaustive]
pub enum Payload<'a> {
    Ready(Ready),
    C2cMessageCreate(M),
    GroupAtMessageCreate(M),
    GroupMessageCreate(M),
    MessageCreate(M),
    AtMessageCreate(M),
    DirectMessageCreate(M),
    Other(&'a str),
}
pub(crate) fn decode<'a>(name: &str, body: &'a str) -> Result<Payload<'a>, DecodeError> {
    let v: Value = serde_json::from_str(body).map_err(|_| DecodeError)?;
    let t = |v: &Value, k: &str| -> String { v.get(k).and_then(Value::as_str).unwrap_or_default().into() };
    let m = || M {
        id: t(&v, "id"),
        group_openid: t(&v, "group_openid"),
        channel_id: t(&v, "channel_id"),
        guild_id: t(&v, "guild_id"),
        content: t(&v, "content"),
        author: v.get("author").map(|a| t(a, "user_openid")).unwrap_or_default(),
    };
    Ok(match name {
        "READY" => {
            let u = v.get("user").cloned().unwrap_or_default();
            Payload::Ready(Ready {
                session_id: t(&v, "session_id"),
                user: User {
                    id: t(&u, "id"),
                    username: t(&u, "username"),
                },
            })
        }
        "C2C_MESSAGE_CREATE" => Payload::C2cMessageCreate(m()),
        "GROUP_AT_MESSAGE_CREATE" => Payload::GroupAtMessageCreate(m()),
        "GROUP_MESSAGE_CREATE" => Payload::GroupMessageCreate(m()),
        "MESSAGE_CREATE" => Payload::MessageCreate(m()),
        "AT_MESSAGE_CREATE" => Payload::AtMessageCreate(m()),
        "DIRECT_MESSAGE_CREATE" => Payload::DirectMessageCreate(m()),
        _ => Payload::Other(body),
    })
}

//! Payloads of events as types, borrowed from the text they came in.
//!
//! A file per family of events. Nothing is decoded before it is asked for: decoding reads the fields of one payload
//! without allocating, arrays stay text until somebody walks through them.
//!
//! # Rules
//!
//! Every field may be missing, except the ids without which an event can neither be answered nor told from others.
//! Missing and null are the same: empty text, empty list, `false`, `None`. Unknown keys are passed over; of two equal keys
//! the last counts. Whole numbers also come as text or with an empty fraction, ids also as numbers. A field of the wrong
//! shape is an error that names it. Elements of lists are judged when they are read.
//!
//! The text is checked to its last byte while it is decoded: [`Dispatch::event`](crate::Dispatch::event) needs no check
//! before it.

mod chat;
#[cfg(test)]
mod check;
#[cfg(test)]
mod cost;
mod cursor;
mod error;
mod list;
mod message;
mod ready;
mod record;
mod scene;
#[cfg(test)]
mod tests;
mod text;
mod time;

pub use chat::{
    ArkData, ArkType, ChatAttachment, ChatAuthor, ChatMention, ChatMessage, ChatMessageType, MemberRole,
    MentionScope, MsgElement, MsgNode, ParallelMessage,
};
pub use error::{DecodeError, Expected};
pub use list::{List, ListIter, MAX_LEVEL};
pub use message::{Message, MessageAttachment, MessageMember, MessageReference, User};
pub use ready::{BotUser, Ready, ShardPair};
pub use scene::{MessageScene, SceneExt, SceneSource};
pub use text::{Raw, Str, Url};
pub use time::Time;

use crate::wire::{BodyError, Parts, scan};
use cursor::Cursor;
use record::Object;

/// What happened, by the name of the event on the wire.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// `READY`: a session has begun.
    Ready(Ready<'a>),
    /// `RESUMED`: everything that was missed has been sent again. Its payload says nothing.
    Resumed,
    /// `C2C_MESSAGE_CREATE`: a user wrote to the bot.
    C2cMessageCreate(ChatMessage<'a>),
    /// `GROUP_AT_MESSAGE_CREATE`: someone in a group mentioned the bot.
    GroupAtMessageCreate(ChatMessage<'a>),
    /// `GROUP_MESSAGE_CREATE`: someone wrote in a group that lets the bot hear everything. The same message may come as
    /// [`GroupAtMessageCreate`](Self::GroupAtMessageCreate) too.
    GroupMessageCreate(ChatMessage<'a>),
    /// `MESSAGE_CREATE`: someone wrote in a guild channel; private-domain bots only.
    MessageCreate(Message<'a>),
    /// `AT_MESSAGE_CREATE`: someone in a guild channel mentioned the bot, or answered it.
    AtMessageCreate(Message<'a>),
    /// `DIRECT_MESSAGE_CREATE`: someone wrote to the bot in a guild private session.
    DirectMessageCreate(Message<'a>),
    /// An event this version has no type for: look at its name and JSON.
    Other,
}

/// Decodes the payload of the event `name`. `body` is the whole payload and nothing else.
pub(crate) fn decode<'a>(name: &str, body: &'a str) -> Result<Payload<'a>, DecodeError> {
    let mut cursor = Cursor::new(body);
    let payload = read(name, &mut cursor)?;
    if cursor.peek().is_some() {
        return Err(DecodeError::at(ROOT, Expected::Json));
    }
    Ok(payload)
}

/// Decodes the payload of a dispatch, and checks what follows it in the frame.
pub(crate) fn event(parts: &Parts) -> Result<Payload<'_>, DecodeError> {
    let fail = |error| {
        DecodeError::at(
            ROOT,
            match error {
                BodyError::NotUtf8 => Expected::Utf8,
                BodyError::TooDeep => Expected::Shallow,
                BodyError::Malformed | BodyError::DuplicateKey => Expected::Json,
            },
        )
    };
    let text = parts.unchecked().map_err(fail)?;
    let mut cursor = Cursor::new(text);
    let payload = read(parts.name(), &mut cursor)?;
    parts.finish(text, cursor.at()).map_err(fail)?;
    Ok(payload)
}

/// Paths of errors begin with it: it is the payload's key in the frame.
const ROOT: &str = "d";

#[inline]
fn read<'a>(name: &str, cursor: &mut Cursor<'a>) -> Result<Payload<'a>, DecodeError> {
    Ok(match name {
        "C2C_MESSAGE_CREATE" => {
            let message = chat(cursor)?;
            need(&["author", "user_openid"], message.author.openid())?;
            Payload::C2cMessageCreate(message)
        }
        "GROUP_AT_MESSAGE_CREATE" => Payload::GroupAtMessageCreate(group_chat(cursor)?),
        "GROUP_MESSAGE_CREATE" => Payload::GroupMessageCreate(group_chat(cursor)?),
        "MESSAGE_CREATE" => Payload::MessageCreate(message(cursor)?),
        "AT_MESSAGE_CREATE" => Payload::AtMessageCreate(message(cursor)?),
        "DIRECT_MESSAGE_CREATE" => Payload::DirectMessageCreate(message(cursor)?),
        "READY" => {
            let ready: Ready<'_> = whole(cursor)?;
            need(&["session_id"], &ready.session_id)?;
            Payload::Ready(ready)
        }
        "RESUMED" => {
            pass(cursor)?;
            Payload::Resumed
        }
        _ => {
            pass(cursor)?;
            Payload::Other
        }
    })
}

#[inline]
fn whole<'a, T: Object<'a>>(cursor: &mut Cursor<'a>) -> Result<T, DecodeError> {
    let mut value = T::default();
    if !cursor.null().map_err(|expected| DecodeError::at(ROOT, expected))? {
        value.object(cursor, ROOT)?;
    }
    Ok(value)
}

fn pass(cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
    cursor.skip().map(drop).map_err(|expected| DecodeError::at(ROOT, expected))
}

#[inline]
fn chat<'a>(cursor: &mut Cursor<'a>) -> Result<ChatMessage<'a>, DecodeError> {
    let message: ChatMessage<'_> = whole(cursor)?;
    need(&["id"], &message.id)?;
    Ok(message)
}

#[inline]
fn group_chat<'a>(cursor: &mut Cursor<'a>) -> Result<ChatMessage<'a>, DecodeError> {
    let message = chat(cursor)?;
    need(&["group_openid"], message.group().map(Str::as_str).unwrap_or_default())?;
    Ok(message)
}

#[inline]
fn message<'a>(cursor: &mut Cursor<'a>) -> Result<Message<'a>, DecodeError> {
    let message: Message<'_> = whole(cursor)?;
    need(&["id"], &message.id)?;
    need(&["channel_id"], &message.channel_id)?;
    Ok(message)
}

/// An id without which there is nobody to answer.
fn need(path: &[&'static str], id: &str) -> Result<(), DecodeError> {
    let Some((field, outer)) = path.split_last().filter(|_| id.is_empty()) else {
        return Ok(());
    };
    let error = DecodeError::at(field, Expected::Present);
    Err(outer.iter().rev().fold(error, |error, step| error.under(step)).under(ROOT))
}

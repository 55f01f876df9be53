//! Payloads of events as types, borrowed from the text they came in.
//!
//! A file per family of events. Nothing is decoded before it is asked for: decoding reads the fields of one
//! payload without allocating, arrays stay text until somebody walks through them.
//!
//! # Rules
//!
//! Every field may be missing, except the ids without which an event can neither be answered nor told from
//! others. Missing and null are the same: empty text, empty list, `false`, `None`. Unknown keys are passed
//! over; of two equal keys the last counts. Whole numbers also come as text or with an empty fraction, ids
//! also as numbers. A field of the wrong shape is an error that names it. Elements of lists are judged when
//! they are read.
//!
//! The text is checked to its last byte while it is decoded: [`Dispatch::event`](crate::Dispatch::event) needs no check
//! before it.

mod audio;
mod audit;
mod channel;
mod chat;
#[cfg(test)]
pub(crate) mod check;
pub(crate) mod cursor;
mod delete;
pub(crate) mod error;
pub(crate) mod field;
mod forum;
mod friend;
mod group;
mod guild;
mod interaction;
pub(crate) mod list;
mod member;
mod message;
mod payload;
mod reaction;
mod ready;
pub(crate) mod record;
mod rich;
mod scene;
mod subscribe;
mod survey;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub(crate) mod time;

pub use audio::{AudioAction, AudioChannelKind, AudioOrLiveChannelMember};
pub use audit::MessageAudit;
pub use channel::{Channel, ChannelKind, ChannelSubKind};
pub use chat::{
    ArkData, ArkType, ChatAttachment, ChatAuthor, ChatMention, ChatMessage, ChatMessageType, MemberRole,
    MentionScope, MsgElement, MsgNode, ParallelMessage,
};
pub use delete::{DeletedMessage, MessageDelete};
pub use error::{DecodeError, Expected};
pub use field::Shape;
pub use forum::{
    AuditVerdict, ForumAuditResult, ForumItemKind, ForumPost, ForumReply, ForumThread, OpenForum, PostInfo,
    ReplyInfo, ThreadInfo,
};
pub use friend::{EnterAio, Friend, FriendAuthor, FriendScene};
pub use group::{
    ApplySource, AutoApproved, GroupJoinRequest, GroupMember, GroupRobot, ReviewQa, VerifyInfo, VerifyMethod,
};
pub use guild::Guild;
pub use interaction::{
    AuthorizeData, ChatKind, Feedback, Interaction, InteractionData, InteractionKind, InteractionScene,
    Resolved,
};
pub use list::{List, ListIter, MAX_LEVEL};
pub use member::GuildMember;
pub use message::{Message, MessageAttachment, MessageMember, MessageReference, User};
pub use payload::Payload;
pub use reaction::{Emoji, EmojiKind, MessageReaction, ReactionTarget, ReactionTargetKind};
pub use ready::{BotUser, Ready, ShardPair};
pub use rich::{
    PlatImage, PlatVideo, RichChannel, RichDocument, RichElement, RichElements, RichEmoji, RichImage,
    RichLabel, RichLink, RichLinkInfo, RichParagraph, RichText, RichVideo,
};
pub use scene::{MessageScene, SceneExt, SceneSource};
pub use subscribe::{SubscribeMessageStatus, SubscribeOp, SubscribeResult};
pub use text::{Raw, Str, Url};
pub use time::Time;

pub(crate) use survey::{Odd, survey};

use crate::wire::{BodyError, Parts, number, scan};
use cursor::Cursor;
use payload::ROOT;

/// Decodes the payload of the event `name`. `body` is the whole payload and nothing else.
#[cfg(test)]
pub(crate) fn decode<'a>(name: &str, body: &'a str) -> Result<Payload<'a>, DecodeError> {
    let mut cursor = Cursor::new(body);
    let mut payload = Payload::blank(name);
    payload.read(&mut cursor)?;
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
    let mut payload = Payload::blank(parts.name());
    payload.read(&mut cursor)?;
    parts.finish(text, cursor.at()).map_err(fail)?;
    Ok(payload)
}

/// The value of a key of an object, as it stands there.
#[cfg(any(test, feature = "samples"))]
pub(crate) fn field_of<'a>(json: &'a str, wanted: &str) -> Option<&'a str> {
    let mut cursor = Cursor::new(json);
    let (mut lead, mut store) = (cursor.object().ok()?, Str::default());
    while cursor.member(&mut lead).ok()? {
        let found = cursor.key(&mut store) == wanted;
        let value = cursor.skip().ok()?;
        if found {
            return Some(value);
        }
    }
    None
}

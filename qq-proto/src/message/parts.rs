//! Mentions, attachments and quotes in one shape for both worlds.

use alloc::borrow::Cow;

use crate::model::{
    ChatAttachment, ChatMention, List, MentionScope, MessageAttachment, MessageReference, MsgElement, Str,
    Url, User,
};

/// Someone who is mentioned.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Mention<'a> {
    /// Openid, or id in the guild system. Empty if everyone is.
    pub id: Str<'a>,
    /// Name.
    pub name: Str<'a>,
    /// A program.
    pub is_bot: bool,
    /// This bot is meant, by itself or with everyone.
    pub is_you: bool,
    /// Everyone is meant. In guilds this is no mention of its own.
    pub everyone: bool,
}

impl<'a> From<ChatMention<'a>> for Mention<'a> {
    fn from(mention: ChatMention<'a>) -> Self {
        let ids = [mention.member_openid, mention.id, mention.user_openid];
        let names = [mention.username, mention.nickname];
        let everyone = !matches!(mention.scope, Some(MentionScope::Single) | None);
        Self { id: first(ids), name: first(names), is_bot: mention.bot, is_you: mention.is_you, everyone }
    }
}

/// The first that says something.
fn first<const N: usize>(texts: [Str<'_>; N]) -> Str<'_> {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

impl<'a> Mention<'a> {
    pub(super) fn of_guild(user: User<'a>, is_you: bool) -> Self {
        Self { id: user.id, name: user.username, is_bot: user.bot, is_you, everyone: false }
    }

    /// The same without its message.
    pub fn into_owned(self) -> Mention<'static> {
        let Self { id, name, is_bot, is_you, everyone } = self;
        Mention { id: id.into_owned(), name: name.into_owned(), is_bot, is_you, everyone }
    }
}

/// Kind of an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttachmentKind {
    /// A picture.
    Image,
    /// Speech or other sound.
    Voice,
    /// A video.
    Video,
    /// Any other file.
    File,
    /// The platform did not say; guilds send no kind with some pictures.
    Unknown,
}

/// Something attached to a message.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Attachment<'a> {
    /// `image/png`, `voice`, `file`; see [`kind`](Self::kind). Empty if not sent.
    pub content_type: Str<'a>,
    /// Where to fetch it, as it was sent: may lack its scheme. See [`url`](Self::url).
    pub link: Url<'a>,
    /// Name of the file; empty if not sent.
    pub name: Str<'a>,
    /// Bytes.
    pub size: Option<u64>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// Voice: the same as WAV. Empty if not sent.
    pub wav: Url<'a>,
    /// Voice: what was understood. Empty if not sent.
    pub transcript: Str<'a>,
}

impl<'a> From<ChatAttachment<'a>> for Attachment<'a> {
    fn from(sent: ChatAttachment<'a>) -> Self {
        Self {
            content_type: sent.content_type,
            link: sent.url,
            name: sent.filename,
            size: sent.size,
            width: sent.width,
            height: sent.height,
            wav: sent.voice_wav_url,
            transcript: sent.asr_refer_text,
        }
    }
}

impl<'a> From<MessageAttachment<'a>> for Attachment<'a> {
    fn from(sent: MessageAttachment<'a>) -> Self {
        Self {
            content_type: sent.content_type,
            link: sent.url,
            name: sent.filename,
            size: sent.size,
            width: sent.width,
            height: sent.height,
            ..Self::default()
        }
    }
}

impl Attachment<'_> {
    /// Where to fetch it, with its scheme; for a limited time. Allocates if the scheme was missing.
    pub fn url(&self) -> Cow<'_, str> {
        self.link.absolute()
    }

    /// What it is, by its content type.
    pub fn kind(&self) -> AttachmentKind {
        let family = self.content_type.split('/').next().unwrap_or_default();
        match family {
            "" => AttachmentKind::Unknown,
            _ if family.eq_ignore_ascii_case("image") => AttachmentKind::Image,
            _ if family.eq_ignore_ascii_case("video") => AttachmentKind::Video,
            _ if family.eq_ignore_ascii_case("voice") || family.eq_ignore_ascii_case("audio") => {
                AttachmentKind::Voice
            }
            _ => AttachmentKind::File,
        }
    }

    /// The same without its message.
    pub fn into_owned(self) -> Attachment<'static> {
        Attachment {
            content_type: self.content_type.into_owned(),
            link: self.link.into_owned(),
            name: self.name.into_owned(),
            size: self.size,
            width: self.width,
            height: self.height,
            wav: self.wav.into_owned(),
            transcript: self.transcript.into_owned(),
        }
    }
}

/// The message that is quoted. Groups and C2C send its words and not its id, guilds its id and not its words.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Quoted<'a> {
    /// Guilds: its id. Empty elsewhere.
    pub id: Str<'a>,
    /// Groups and C2C: its index, as in [`Sent::ref_idx`](crate::Sent::ref_idx) of what was sent, or `TMP_..` for what
    /// cannot be found again. Empty in guilds.
    pub index: Str<'a>,
    /// Groups and C2C: what it says. A merged forward is a dump of its text.
    pub text: Str<'a>,
    /// Name of who wrote it, where sent.
    pub author: Str<'a>,
    /// A program wrote it, where that was sent.
    pub by_bot: bool,
    /// The openid of who wrote it, where sent.
    pub author_id: Str<'a>,
    element: MsgElement<'a>,
}

impl<'a> Quoted<'a> {
    pub(super) fn by_id(reference: MessageReference<'a>) -> Self {
        Self { id: reference.message_id, ..Self::default() }
    }

    pub(super) fn by_index(index: Str<'a>, elements: &List<'a, MsgElement<'a>>) -> Self {
        // Mostly there is one, and not all have their index.
        let named =
            || elements.iter().flatten().find(|element| element.msg_idx == *index && !index.is_empty());
        let element = named().or_else(|| elements.iter().flatten().next()).unwrap_or_default();
        Self {
            id: Str::default(),
            index: if index.is_empty() { element.msg_idx.clone() } else { index },
            text: element.content.clone(),
            author: element.author.username.clone(),
            by_bot: element.author.bot,
            author_id: element.author.openid().clone(),
            element,
        }
    }

    /// What was attached to it, where sent.
    pub fn attachments(&self) -> impl Iterator<Item = Attachment<'a>> + use<'a> {
        self.element.attachments.iter().flatten().map(Attachment::from)
    }

    /// All that groups and C2C send of it, quotes in quotes included. Empty in guilds.
    pub const fn element(&self) -> &MsgElement<'a> {
        &self.element
    }

    /// The same without its message.
    pub fn into_owned(self) -> Quoted<'static> {
        Quoted {
            id: self.id.into_owned(),
            index: self.index.into_owned(),
            text: self.text.into_owned(),
            author: self.author.into_owned(),
            by_bot: self.by_bot,
            author_id: self.author_id.into_owned(),
            element: self.element.into_owned(),
        }
    }
}

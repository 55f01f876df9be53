//! A message, wherever it was written: one view of the payloads of groups, single users, guild channels and guild
//! private sessions.
//!
//! ```
//! use qq_proto::{Dispatch, message::Addressed};
//!
//! fn on(dispatch: &Dispatch, my_user_id: &str) -> Result<(), qq_proto::DecodeError> {
//!     let Some(message) = dispatch.message()? else { return Ok(()) };
//!     let message = message.seen_by(my_user_id);
//!     if message.addressed() != Addressed::No {
//!         let _answer = (message.reply_to(), format!("{}, you said {}", message.sender().name, message.text()));
//!     }
//!     Ok(())
//! }
//! ```
//!
//! The view borrows from the dispatch and looks things up when it is asked. It allocates only where the words say so,
//! and where JSON needed escapes. What cannot be decoded in a list (a mention without sense) is left out here;
//! [`MessageView::chat`] and [`MessageView::guild`] have the payload and its errors.

mod parts;
#[cfg(test)]
mod tests;
mod text;

use alloc::borrow::Cow;
use core::fmt;

pub use parts::{Attachment, AttachmentKind, Mention, Quoted};

use crate::api::{ReplyTo, Scene, Trigger};
use crate::model::{
    ChatMessage, ChatMessageType, MemberRole, MentionScope, Message, MessageScene, Payload, Str, Time,
};

/// A message to a bot or before its eyes. See the [module](self).
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView<'a> {
    event: Kind,
    body: Body<'a>,
    /// The bot's id in the guild system; empty if nobody told.
    me: Str<'a>,
}

/// Which event it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    C2c,
    GroupAt,
    Group,
    ChannelAt,
    Channel,
    Dm,
}

#[derive(Clone, Debug, PartialEq)]
enum Body<'a> {
    Chat(ChatMessage<'a>),
    Guild(Message<'a>),
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sender<'m> {
    /// The openid, or the id in the guild system.
    pub id: &'m str,
    /// The name: in the guild or group where there is one, else the user's. Empty in C2C.
    pub name: &'m str,
    /// A program wrote it.
    pub is_bot: bool,
    /// Rank in the group or guild; `None` where the platform does not say.
    pub role: Option<Role>,
}

/// Rank in a group or guild, highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Owns the group or guild.
    Owner,
    /// May administer all of it.
    Admin,
    /// May administer this channel; guilds only.
    ChannelAdmin,
    /// Anyone else, with roles of the guild's own or without.
    Member,
}

/// Where a message was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Conversation<'m> {
    /// The scene.
    pub scene: Scene,
    /// Where to send: the user's or group's openid, the channel's id, the private session's guild id.
    pub id: &'m str,
    /// The guild of a channel; the one a private session began in, where sent. Empty elsewhere.
    pub guild_id: &'m str,
}

impl fmt::Display for Conversation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scene = match self.scene {
            Scene::C2c => "c2c",
            Scene::Group => "group",
            Scene::Channel => "channel",
            Scene::Dm => "dm",
        };
        write!(f, "{scene}/{}", self.id)
    }
}

/// Whether and how a message is meant for the bot. Of several ways the first one here counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Addressed {
    /// There is nobody else: C2C, or a guild private session.
    Direct,
    /// It mentions the bot.
    Mention,
    /// It answers a message of the bot.
    Reply,
    /// It mentions everyone.
    Everyone,
    /// It is between others.
    No,
}

impl Addressed {
    /// The bot itself is meant: neither everyone nor somebody else.
    pub const fn personally(self) -> bool {
        matches!(self, Self::Direct | Self::Mention | Self::Reply)
    }
}

impl<'a> MessageView<'a> {
    /// The view of a payload; `None` if it is not a new message.
    #[expect(clippy::wildcard_enum_match_arm, reason = "six of the events are messages")]
    pub fn new(payload: Payload<'a>) -> Option<Self> {
        let (event, body) = match payload {
            Payload::C2cMessageCreate(message) => (Kind::C2c, Body::Chat(message)),
            Payload::GroupAtMessageCreate(message) => (Kind::GroupAt, Body::Chat(message)),
            Payload::GroupMessageCreate(message) => (Kind::Group, Body::Chat(message)),
            Payload::AtMessageCreate(message) => (Kind::ChannelAt, Body::Guild(message)),
            Payload::MessageCreate(message) => (Kind::Channel, Body::Guild(message)),
            Payload::DirectMessageCreate(message) => (Kind::Dm, Body::Guild(message)),
            _ => return None,
        };
        Some(Self { event, body, me: Str::default() })
    }

    /// Whether the event of that name is a new message.
    pub(crate) fn is_one(name: &str) -> bool {
        matches!(
            name,
            "C2C_MESSAGE_CREATE"
                | "GROUP_AT_MESSAGE_CREATE"
                | "GROUP_MESSAGE_CREATE"
                | "AT_MESSAGE_CREATE"
                | "MESSAGE_CREATE"
                | "DIRECT_MESSAGE_CREATE"
        )
    }

    /// The same, seen by the bot with this id in the guild system: [`Ready::user_id`](crate::Ready::user_id).
    ///
    /// Groups say themselves who is meant. In guild channels the bot is found by it; without it only an
    /// `AT_MESSAGE_CREATE` that mentions exactly one bot is understood.
    #[must_use]
    pub fn seen_by(mut self, bot: &'a str) -> Self {
        self.me = Str::borrowed(bot);
        self
    }

    /// The same without the dispatch it came in.
    pub fn into_owned(self) -> MessageView<'static> {
        let body = match self.body {
            Body::Chat(message) => Body::Chat(message.into_owned()),
            Body::Guild(message) => Body::Guild(message.into_owned()),
        };
        MessageView { event: self.event, body, me: self.me.into_owned() }
    }

    /// The payload, if it is of a group or a single user.
    pub const fn chat(&self) -> Option<&ChatMessage<'a>> {
        match &self.body {
            Body::Chat(message) => Some(message),
            Body::Guild(_) => None,
        }
    }

    /// The payload, if it is of the guild system.
    pub const fn guild(&self) -> Option<&Message<'a>> {
        match &self.body {
            Body::Guild(message) => Some(message),
            Body::Chat(_) => None,
        }
    }

    /// The payload it was made from.
    pub fn into_payload(self) -> Payload<'a> {
        match (self.event, self.body) {
            (Kind::C2c, Body::Chat(message)) => Payload::C2cMessageCreate(message),
            (Kind::GroupAt, Body::Chat(message)) => Payload::GroupAtMessageCreate(message),
            (_, Body::Chat(message)) => Payload::GroupMessageCreate(message),
            (Kind::ChannelAt, Body::Guild(message)) => Payload::AtMessageCreate(message),
            (Kind::Dm, Body::Guild(message)) => Payload::DirectMessageCreate(message),
            (_, Body::Guild(message)) => Payload::MessageCreate(message),
        }
    }

    /// Where people talk.
    pub const fn scene(&self) -> Scene {
        match self.event {
            Kind::C2c => Scene::C2c,
            Kind::GroupAt | Kind::Group => Scene::Group,
            Kind::ChannelAt | Kind::Channel => Scene::Channel,
            Kind::Dm => Scene::Dm,
        }
    }

    /// Id of the message. The same in both events of a message that comes with two, see [`Twins`](crate::Twins).
    pub const fn id(&self) -> &Str<'a> {
        match &self.body {
            Body::Chat(message) => &message.id,
            Body::Guild(message) => &message.id,
        }
    }

    /// When it was written.
    pub const fn time(&self) -> &Time<'a> {
        match &self.body {
            Body::Chat(message) => &message.timestamp,
            Body::Guild(message) => &message.timestamp,
        }
    }

    /// Who wrote it.
    pub fn sender(&self) -> Sender<'_> {
        match &self.body {
            Body::Chat(message) => {
                let author = &message.author;
                // A rank this version has no name for is somebody's, so his who has it is at least a member.
                let role = author.member_role.as_ref().map(|role| match role {
                    MemberRole::Owner => Role::Owner,
                    MemberRole::Admin => Role::Admin,
                    MemberRole::Member | MemberRole::Other(_) => Role::Member,
                });
                Sender { id: author.openid(), name: &author.username, is_bot: author.bot, role }
            }
            Body::Guild(message) => {
                let (author, member) = (&message.author, &message.member);
                let name = if member.nick.is_empty() { &author.username } else { &member.nick };
                let roles = member.roles.iter().flatten();
                let role = roles.map(|role| match role.as_str() {
                    "4" => Role::Owner,
                    "2" => Role::Admin,
                    "5" => Role::ChannelAdmin,
                    _ => Role::Member,
                });
                Sender { id: &author.id, name, is_bot: author.bot, role: role.min() }
            }
        }
    }

    /// Where it was written.
    pub fn conversation(&self) -> Conversation<'_> {
        let scene = self.scene();
        let (id, guild_id): (&str, &str) = match &self.body {
            Body::Chat(message) if scene == Scene::Group => (message.group().map_or("", Str::as_str), ""),
            Body::Chat(message) => (message.author.openid(), ""),
            Body::Guild(message) if scene == Scene::Dm => (&message.guild_id, &message.src_guild_id),
            Body::Guild(message) => (&message.channel_id, &message.guild_id),
        };
        Conversation { scene, id, guild_id }
    }

    /// Where a passive reply goes. Owned, to be kept until there is something to say. `None` only if the
    /// payload was made without the ids that every message has.
    pub fn reply_to(&self) -> Option<ReplyTo> {
        let place = self.conversation();
        let trigger = Trigger::Message(self.id().as_str().into());
        (!place.id.is_empty() && !self.id().is_empty()).then(|| ReplyTo::new(place.scene, place.id, trigger))
    }

    /// What was written, as it was sent: with mentions as tags, with the blank that is left of the bot's own.
    pub const fn content(&self) -> &Str<'a> {
        match &self.body {
            Body::Chat(message) => &message.content,
            Body::Guild(message) => &message.content,
        }
    }

    /// What was written, for reading: without mentions of the bot itself, without blanks at both ends, and in guilds with
    /// `&`, `<`, `>` in place of their escapes. Other tags (mentions of others, faces) stay as they are, so it must be
    /// escaped before it is sent back as it is.
    ///
    /// Several messages sent as one are a line each. Allocates if there was something to cut from the middle, to unescape
    /// or to join.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.body {
            Body::Chat(message) => {
                let text = text::without(&message.content, |id| self.is_me(id));
                if text.is_empty() { text::joined(message) } else { text }
            }
            Body::Guild(message) => text::unescaped(text::without(&message.content, |id| self.is_me(id))),
        }
    }

    /// Whether the message is meant for the bot. An answer to its own message is known only where the platform says so:
    /// see [`addressed_or`](Self::addressed_or).
    pub fn addressed(&self) -> Addressed {
        self.addressed_or(|_| false)
    }

    /// The same; `ours` says of a message that is quoted whether the bot wrote it, by [`Quoted::id`] in guilds and by
    /// [`Quoted::index`] elsewhere: only who sent it can know.
    pub fn addressed_or(&self, ours: impl FnOnce(&Quoted<'a>) -> bool) -> Addressed {
        if matches!(self.event, Kind::C2c | Kind::Dm) {
            return Addressed::Direct;
        }
        // Groups: the event's own name says that the bot is mentioned; its documents leave the bot out of the mentions.
        if self.event == Kind::GroupAt || self.mentions().any(|mention| mention.is_you && !mention.everyone) {
            return Addressed::Mention;
        }
        let guild = self.guild();
        if guild.is_some_and(|message| text::mentions(&message.content, |id| self.is_me(id))) {
            return Addressed::Mention;
        }
        let quoted = self.quoted();
        // A channel's AT event comes when the bot is mentioned or answered: here it is not mentioned.
        if quoted.is_some_and(|quoted| self.event == Kind::ChannelAt || ours(&quoted)) {
            return Addressed::Reply;
        }
        if guild.is_some_and(|message| message.mention_everyone)
            || self.mentions().any(|mention| mention.is_you && mention.everyone)
        {
            return Addressed::Everyone;
        }
        if self.event == Kind::ChannelAt { Addressed::Mention } else { Addressed::No }
    }

    /// Who is mentioned. In guilds [`Mention::is_you`] is found by [`seen_by`](Self::seen_by), and everyone is told
    /// apart, by [`addressed`](Self::addressed).
    pub fn mentions(&self) -> impl Iterator<Item = Mention<'a>> + '_ {
        let chat = self.chat().map(|message| message.mentions.iter().flatten());
        let guild = self.guild().map(|message| message.mentions.iter().flatten());
        let chat = chat.into_iter().flatten().map(Mention::from);
        let guild = guild.into_iter().flatten().map(|user| {
            let is_you = self.is_me(&user.id);
            Mention::of_guild(user, is_you)
        });
        chat.chain(guild)
    }

    /// Pictures, voice, video and files.
    pub fn attachments(&self) -> impl Iterator<Item = Attachment<'a>> + use<'a> {
        let chat = self.chat().map(|message| message.attachments.iter().flatten());
        let guild = self.guild().map(|message| message.attachments.iter().flatten());
        let chat = chat.into_iter().flatten().map(Attachment::from);
        chat.chain(guild.into_iter().flatten().map(Attachment::from))
    }

    /// The message that is quoted, as far as the platform tells.
    pub fn quoted(&self) -> Option<Quoted<'a>> {
        match &self.body {
            Body::Guild(message) => message.message_reference.clone().map(Quoted::by_id),
            Body::Chat(message) => {
                let index = message.message_scene.ext.ref_msg_idx();
                let quote = match message.message_type {
                    Some(ChatMessageType::Quote) => true,
                    // What they consist of looks like a quote.
                    Some(ChatMessageType::ChatRecord | ChatMessageType::Parallel) => false,
                    Some(ChatMessageType::Text | ChatMessageType::Card | ChatMessageType::Other(_))
                    | None => index.is_some(),
                };
                quote.then(|| Quoted::by_index(index.unwrap_or_default(), &message.msg_elements))
            }
        }
    }

    /// Circumstances of a group or C2C message: how it can be quoted, and where in QQ it was written.
    pub fn circumstances(&self) -> Option<&MessageScene<'a>> {
        self.chat().map(|message| &message.message_scene)
    }

    /// Whether somebody who is mentioned by this id is the bot.
    fn is_me(&self, id: &str) -> bool {
        if id.is_empty() {
            return false;
        }
        if !self.me.is_empty() && self.me == *id {
            return true;
        }
        match &self.body {
            Body::Chat(message) => message.mentions.iter().flatten().any(|mention| {
                let ids = [&mention.id, &mention.member_openid, &mention.user_openid];
                mention.is_you
                    && mention.scope != Some(MentionScope::All)
                    && ids.iter().any(|own| **own == *id)
            }),
            Body::Guild(message) if self.me.is_empty() && self.event == Kind::ChannelAt => {
                let mut bots = message.mentions.iter().flatten().filter(|user| user.bot);
                matches!((bots.next(), bots.next()), (Some(bot), None) if bot.id == *id)
            }
            Body::Guild(_) => false,
        }
    }
}

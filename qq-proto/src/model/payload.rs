//! The table of events: name on the wire, type of the payload, ids it cannot do without.

use super::audio::{AudioAction, AudioOrLiveChannelMember};
use super::audit::MessageAudit;
use super::channel::Channel;
use super::chat::ChatMessage;
use super::cursor::Cursor;
use super::delete::MessageDelete;
use super::error::{DecodeError, Expected};
use super::field::{Field, Kind, Shape};
use super::forum::{ForumAuditResult, ForumPost, ForumReply, ForumThread, OpenForum};
use super::friend::{EnterAio, Friend};
use super::group::{GroupJoinRequest, GroupMember, GroupRobot};
use super::guild::Guild;
use super::interaction::Interaction;
use super::member::GuildMember;
use super::message::Message;
use super::reaction::MessageReaction;
use super::ready::Ready;
use super::record::Object;
use super::subscribe::SubscribeMessageStatus;
use super::text::Str;
use serde::{Serialize, Serializer};

/// Paths of errors begin with it: it is the payload's key in the frame.
pub(super) const ROOT: &str = "d";

/// `"NAME" => Variant(Type), needs [path: value, ..]`.
macro_rules! payloads {
    ($(
        $(#[$about:meta])*
        $name:literal => $variant:ident($type:ident) needs [$($path:expr => |$it:ident| $id:expr),*],
    )*) => {
        /// What happened, by the name of the event on the wire.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Payload<'a> {
            /// `RESUMED`: everything that was missed has been sent again. Its payload says nothing.
            Resumed,
            $( $(#[$about])* $variant($type<'a>), )*
            /// An event this version has no type for: look at its name and JSON.
            Other,
        }

        impl<'a> Payload<'a> {
            /// An empty one for the event with this name.
            #[inline]
            pub(super) fn blank(name: &str) -> Self {
                match name {
                    $( $name => Self::$variant($type::default()), )*
                    "RESUMED" => Self::Resumed,
                    _ => Self::Other,
                }
            }

            /// Decodes the payload at the cursor into a blank one: a payload is large, so it is not moved about.
            #[inline]
            pub(super) fn read(&mut self, cursor: &mut Cursor<'a>) -> Result<(), DecodeError> {
                match self {
                    $( Self::$variant(payload) => {
                        whole(payload, cursor)?;
                        $( { let $it = &*payload; need(&$path, $id)?; } )*
                        Ok(())
                    } )*
                    Self::Resumed | Self::Other => pass(cursor),
                }
            }
        }

        #[cfg(test)]
        impl super::check::Check for Payload<'_> {
            fn check(&self, json: &serde_json::Value, path: &str) {
                match self {
                    $( Self::$variant(payload) => payload.check(json, path), )*
                    Self::Resumed | Self::Other => {}
                }
            }
        }

        impl Payload<'_> {
            /// The names of all events with a type.
            pub const NAMES: &'static [&'static str] = &[$($name,)* "RESUMED"];

            /// What the type of the event of that name knows; `None` if there is no type for it.
            pub fn shape(name: &str) -> Option<Shape> {
                match name {
                    $( $name => Some(<$type<'_> as Field>::SHAPE), )*
                    "RESUMED" => Some(Shape(Kind::Json)),
                    _ => None,
                }
            }

            /// The same without the dispatch it came in: one call, when it shall outlive it.
            pub fn into_owned(self) -> Payload<'static> {
                match self {
                    Self::Resumed => Payload::Resumed,
                    $( Self::$variant(payload) => Payload::$variant(payload.into_owned()), )*
                    Self::Other => Payload::Other,
                }
            }
        }

        /// The payload's JSON as far as it has types; see there. Null where it has none.
        impl Serialize for Payload<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$variant(payload) => payload.serialize(serializer), )*
                    Self::Resumed | Self::Other => serializer.serialize_unit(),
                }
            }
        }
    };
}

payloads! {
    /// `C2C_MESSAGE_CREATE`: a user wrote to the bot.
    "C2C_MESSAGE_CREATE" => C2cMessageCreate(ChatMessage)
        needs [["id"] => |m| &m.id, ["author", "user_openid"] => |m| m.author.openid()],
    /// `GROUP_AT_MESSAGE_CREATE`: someone in a group mentioned the bot.
    "GROUP_AT_MESSAGE_CREATE" => GroupAtMessageCreate(ChatMessage)
        needs [["id"] => |m| &m.id, ["group_openid"] => |m| m.group().map(Str::as_str).unwrap_or_default()],
    /// `GROUP_MESSAGE_CREATE`: someone wrote in a group that lets the bot hear everything. The same message
    /// may come as [`GroupAtMessageCreate`](Self::GroupAtMessageCreate) too.
    "GROUP_MESSAGE_CREATE" => GroupMessageCreate(ChatMessage)
        needs [["id"] => |m| &m.id, ["group_openid"] => |m| m.group().map(Str::as_str).unwrap_or_default()],
    /// `MESSAGE_CREATE`: someone wrote in a guild channel; private-domain bots only.
    "MESSAGE_CREATE" => MessageCreate(Message)
        needs [["id"] => |m| &m.id, ["channel_id"] => |m| &m.channel_id],
    /// `AT_MESSAGE_CREATE`: someone in a guild channel mentioned the bot, or answered it.
    "AT_MESSAGE_CREATE" => AtMessageCreate(Message)
        needs [["id"] => |m| &m.id, ["channel_id"] => |m| &m.channel_id],
    /// `DIRECT_MESSAGE_CREATE`: someone wrote to the bot in a guild private session.
    "DIRECT_MESSAGE_CREATE" => DirectMessageCreate(Message)
        needs [["id"] => |m| &m.id, ["guild_id"] => |m| &m.guild_id],
    /// `READY`: a session has begun.
    "READY" => Ready(Ready) needs [["session_id"] => |r| &r.session_id],
    /// `MESSAGE_DELETE`: a message in a guild channel was recalled; private-domain bots only.
    "MESSAGE_DELETE" => MessageDelete(MessageDelete) needs [["message", "id"] => |d| &d.message.id],
    /// `PUBLIC_MESSAGE_DELETE`: a message that mentioned the bot was recalled.
    "PUBLIC_MESSAGE_DELETE" => PublicMessageDelete(MessageDelete) needs [["message", "id"] => |d| &d.message.id],
    /// `DIRECT_MESSAGE_DELETE`: a message in a guild private session was recalled.
    "DIRECT_MESSAGE_DELETE" => DirectMessageDelete(MessageDelete) needs [["message", "id"] => |d| &d.message.id],
    /// `GUILD_CREATE`: the bot came into a guild.
    "GUILD_CREATE" => GuildCreate(Guild) needs [["id"] => |g| &g.id],
    /// `GUILD_UPDATE`: a guild was changed.
    "GUILD_UPDATE" => GuildUpdate(Guild) needs [["id"] => |g| &g.id],
    /// `GUILD_DELETE`: a guild was closed, or the bot was taken out.
    "GUILD_DELETE" => GuildDelete(Guild) needs [["id"] => |g| &g.id],
    /// `CHANNEL_CREATE`: a channel was made.
    "CHANNEL_CREATE" => ChannelCreate(Channel) needs [["id"] => |c| &c.id],
    /// `CHANNEL_UPDATE`: a channel was changed.
    "CHANNEL_UPDATE" => ChannelUpdate(Channel) needs [["id"] => |c| &c.id],
    /// `CHANNEL_DELETE`: a channel was deleted.
    "CHANNEL_DELETE" => ChannelDelete(Channel) needs [["id"] => |c| &c.id],
    /// `GUILD_MEMBER_ADD`: someone came into a guild.
    "GUILD_MEMBER_ADD" => GuildMemberAdd(GuildMember) needs [["guild_id"] => |m| &m.guild_id],
    /// `GUILD_MEMBER_UPDATE`: a member of a guild changed.
    "GUILD_MEMBER_UPDATE" => GuildMemberUpdate(GuildMember) needs [["guild_id"] => |m| &m.guild_id],
    /// `GUILD_MEMBER_REMOVE`: someone left a guild.
    "GUILD_MEMBER_REMOVE" => GuildMemberRemove(GuildMember) needs [["guild_id"] => |m| &m.guild_id],
    /// `MESSAGE_REACTION_ADD`: someone reacted to something.
    "MESSAGE_REACTION_ADD" => MessageReactionAdd(MessageReaction) needs [],
    /// `MESSAGE_REACTION_REMOVE`: someone took a reaction back.
    "MESSAGE_REACTION_REMOVE" => MessageReactionRemove(MessageReaction) needs [],
    /// `MESSAGE_AUDIT_PASS`: a message of the bot was let through.
    "MESSAGE_AUDIT_PASS" => MessageAuditPass(MessageAudit) needs [["audit_id"] => |a| &a.audit_id],
    /// `MESSAGE_AUDIT_REJECT`: a message of the bot was refused.
    "MESSAGE_AUDIT_REJECT" => MessageAuditReject(MessageAudit) needs [["audit_id"] => |a| &a.audit_id],
    /// `FORUM_THREAD_CREATE`: a thread was opened.
    "FORUM_THREAD_CREATE" => ForumThreadCreate(ForumThread) needs [],
    /// `FORUM_THREAD_UPDATE`: a thread was changed.
    "FORUM_THREAD_UPDATE" => ForumThreadUpdate(ForumThread) needs [],
    /// `FORUM_THREAD_DELETE`: a thread was deleted.
    "FORUM_THREAD_DELETE" => ForumThreadDelete(ForumThread) needs [],
    /// `FORUM_POST_CREATE`: a thread was commented on.
    "FORUM_POST_CREATE" => ForumPostCreate(ForumPost) needs [],
    /// `FORUM_POST_DELETE`: a comment was deleted.
    "FORUM_POST_DELETE" => ForumPostDelete(ForumPost) needs [],
    /// `FORUM_REPLY_CREATE`: a comment was answered.
    "FORUM_REPLY_CREATE" => ForumReplyCreate(ForumReply) needs [],
    /// `FORUM_REPLY_DELETE`: an answer to a comment was deleted.
    "FORUM_REPLY_DELETE" => ForumReplyDelete(ForumReply) needs [],
    /// `FORUM_PUBLISH_AUDIT_RESULT`: something the bot published was judged.
    "FORUM_PUBLISH_AUDIT_RESULT" => ForumPublishAuditResult(ForumAuditResult) needs [],
    /// `OPEN_FORUM_THREAD_CREATE`: a thread was opened.
    "OPEN_FORUM_THREAD_CREATE" => OpenForumThreadCreate(OpenForum) needs [],
    /// `OPEN_FORUM_THREAD_UPDATE`: a thread was changed.
    "OPEN_FORUM_THREAD_UPDATE" => OpenForumThreadUpdate(OpenForum) needs [],
    /// `OPEN_FORUM_THREAD_DELETE`: a thread was deleted.
    "OPEN_FORUM_THREAD_DELETE" => OpenForumThreadDelete(OpenForum) needs [],
    /// `OPEN_FORUM_POST_CREATE`: a thread was commented on.
    "OPEN_FORUM_POST_CREATE" => OpenForumPostCreate(OpenForum) needs [],
    /// `OPEN_FORUM_POST_DELETE`: a comment was deleted.
    "OPEN_FORUM_POST_DELETE" => OpenForumPostDelete(OpenForum) needs [],
    /// `OPEN_FORUM_REPLY_CREATE`: a comment was answered.
    "OPEN_FORUM_REPLY_CREATE" => OpenForumReplyCreate(OpenForum) needs [],
    /// `OPEN_FORUM_REPLY_DELETE`: an answer to a comment was deleted.
    "OPEN_FORUM_REPLY_DELETE" => OpenForumReplyDelete(OpenForum) needs [],
    /// `AUDIO_START`: the bot plays something.
    "AUDIO_START" => AudioStart(AudioAction) needs [],
    /// `AUDIO_FINISH`: it has ended.
    "AUDIO_FINISH" => AudioFinish(AudioAction) needs [],
    /// `AUDIO_ON_MIC`: the bot has the microphone.
    "AUDIO_ON_MIC" => AudioOnMic(AudioAction) needs [],
    /// `AUDIO_OFF_MIC`: the bot has it no longer.
    "AUDIO_OFF_MIC" => AudioOffMic(AudioAction) needs [],
    /// `AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER`: someone came into a voice or live channel.
    "AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER" => AudioOrLiveChannelMemberEnter(AudioOrLiveChannelMember) needs [],
    /// `AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT`: someone left one.
    "AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT" => AudioOrLiveChannelMemberExit(AudioOrLiveChannelMember) needs [],
    /// `GROUP_ADD_ROBOT`: the bot was put into a group.
    "GROUP_ADD_ROBOT" => GroupAddRobot(GroupRobot) needs [["group_openid"] => |g| &g.group_openid],
    /// `GROUP_DEL_ROBOT`: the bot was taken out of a group.
    "GROUP_DEL_ROBOT" => GroupDelRobot(GroupRobot) needs [["group_openid"] => |g| &g.group_openid],
    /// `GROUP_MSG_REJECT`: a group no longer wants to be written to unasked.
    "GROUP_MSG_REJECT" => GroupMsgReject(GroupRobot) needs [["group_openid"] => |g| &g.group_openid],
    /// `GROUP_MSG_RECEIVE`: a group may be written to unasked.
    "GROUP_MSG_RECEIVE" => GroupMsgReceive(GroupRobot) needs [["group_openid"] => |g| &g.group_openid],
    /// `GROUP_MEMBER_ADD`: someone came into a group.
    "GROUP_MEMBER_ADD" => GroupMemberAdd(GroupMember) needs [["group_openid"] => |g| &g.group_openid],
    /// `GROUP_MEMBER_REMOVE`: someone left a group.
    "GROUP_MEMBER_REMOVE" => GroupMemberRemove(GroupMember) needs [["group_openid"] => |g| &g.group_openid],
    /// `GROUP_JOIN_REQUEST`: someone asks to be let into a group.
    "GROUP_JOIN_REQUEST" => GroupJoinRequest(GroupJoinRequest)
        needs [["group_openid"] => |g| &g.group_openid, ["join_request_id"] => |g| &g.join_request_id],
    /// `FRIEND_ADD`: a user added the bot.
    "FRIEND_ADD" => FriendAdd(Friend) needs [["openid"] => |f| &f.openid],
    /// `FRIEND_DEL`: a user removed the bot.
    "FRIEND_DEL" => FriendDel(Friend) needs [["openid"] => |f| &f.openid],
    /// `C2C_MSG_REJECT`: a user no longer wants to be written to unasked. Newer platforms send
    /// [`InteractionCreate`](Self::InteractionCreate) instead.
    "C2C_MSG_REJECT" => C2cMsgReject(Friend) needs [["openid"] => |f| &f.openid],
    /// `C2C_MSG_RECEIVE`: a user may be written to unasked. Newer platforms send
    /// [`InteractionCreate`](Self::InteractionCreate) instead.
    "C2C_MSG_RECEIVE" => C2cMsgReceive(Friend) needs [["openid"] => |f| &f.openid],
    /// `ENTER_AIO`: a user opened the conversation with the bot.
    "ENTER_AIO" => EnterAio(EnterAio) needs [],
    /// `SUBSCRIBE_MESSAGE_STATUS`: someone decided about message templates.
    "SUBSCRIBE_MESSAGE_STATUS" => SubscribeMessageStatus(SubscribeMessageStatus) needs [],
    /// `INTERACTION_CREATE`: someone pressed a button, chose from a menu, or changed a setting.
    "INTERACTION_CREATE" => InteractionCreate(Interaction) needs [["id"] => |i| &i.id],
}

#[inline]
fn whole<'a, T: Object<'a>>(payload: &mut T, cursor: &mut Cursor<'a>) -> Result<(), DecodeError> {
    if cursor.null().map_err(|expected| DecodeError::at(ROOT, expected))? {
        return Ok(());
    }
    payload.object(cursor, ROOT)
}

fn pass(cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
    cursor.skip().map(drop).map_err(|expected| DecodeError::at(ROOT, expected))
}

/// An id without which there is nobody to answer.
fn need(path: &[&'static str], id: &str) -> Result<(), DecodeError> {
    let Some((field, outer)) = path.split_last().filter(|_| id.is_empty()) else {
        return Ok(());
    };
    let error = DecodeError::at(field, Expected::Present);
    Err(outer.iter().rev().fold(error, |error, step| error.under(step)).under(ROOT))
}

//! The passive text reply, in all four scenes.

use alloc::format;
use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};

use crate::api::error::CallError;
use crate::api::messages::StreamSent;
use crate::api::operation::whole;
use crate::api::request::{ApiRequest, Call, Outcome, Repeat};
use crate::dispatch::Dispatch;
use crate::io::Method;
use crate::model::{Payload, Str};

/// Where people talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scene {
    /// One to one; addressed by `user_openid`.
    C2c,
    /// A QQ group; addressed by `group_openid`.
    Group,
    /// A channel of a guild; addressed by `channel_id`.
    Channel,
    /// A direct message inside guilds; addressed by the private session's own `guild_id`.
    Dm,
}

/// What a passive reply answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trigger {
    /// A message: the `id` in its payload, sent as `msg_id`.
    Message(String),
    /// Another event: the `id` of its envelope, sent as `event_id`.
    Event(String),
}

/// The address of a passive reply: scene, target and what is answered. It can be stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReplyTo {
    scene: Scene,
    target: String,
    trigger: Trigger,
}

impl ReplyTo {
    /// An address put together by hand; [`Dispatch::reply_to`] makes it from an event.
    pub fn new(scene: Scene, target: impl Into<String>, trigger: Trigger) -> Self {
        Self { scene, target: target.into(), trigger }
    }

    /// The scene.
    pub const fn scene(&self) -> Scene {
        self.scene
    }

    /// The openid, channel id or guild id, by scene.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What is answered.
    pub const fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// Events that can be answered by their own id are those of the platform's list of reply windows;
    /// `GROUP_MEMBER_ADD` is not in it, but nonebot answers it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "fifty events cannot be answered")]
    pub(crate) fn from_dispatch(dispatch: &Dispatch) -> Option<Self> {
        use Payload as P;
        let by_event = || dispatch.id().map(|id| Trigger::Event(id.to_string()));
        let event = dispatch.event().ok()?;
        let (scene, target, trigger) = match &event {
            P::C2cMessageCreate(message) => (Scene::C2c, message.author.openid(), by_message(&message.id)),
            P::GroupAtMessageCreate(message) | P::GroupMessageCreate(message) => {
                (Scene::Group, message.group()?, by_message(&message.id))
            }
            P::AtMessageCreate(message) | P::MessageCreate(message) => {
                (Scene::Channel, &message.channel_id, by_message(&message.id))
            }
            P::DirectMessageCreate(message) => (Scene::Dm, &message.guild_id, by_message(&message.id)),
            P::FriendAdd(friend) | P::C2cMsgReceive(friend) => (Scene::C2c, &friend.openid, by_event()),
            P::GroupAddRobot(group) | P::GroupMsgReceive(group) => {
                (Scene::Group, &group.group_openid, by_event())
            }
            P::GroupMemberAdd(member) => (Scene::Group, &member.group_openid, by_event()),
            P::MessageReactionAdd(reaction) | P::MessageReactionRemove(reaction) => {
                (Scene::Channel, &reaction.channel_id, by_event())
            }
            P::ForumThreadCreate(thread) | P::ForumThreadUpdate(thread) | P::ForumThreadDelete(thread) => {
                (Scene::Channel, &thread.channel_id, by_event())
            }
            P::ForumPostCreate(post) | P::ForumPostDelete(post) => {
                (Scene::Channel, &post.channel_id, by_event())
            }
            P::ForumReplyCreate(reply) | P::ForumReplyDelete(reply) => {
                (Scene::Channel, &reply.channel_id, by_event())
            }
            P::InteractionCreate(interaction) => {
                let places = [
                    (Scene::Group, &interaction.group_openid),
                    (Scene::C2c, &interaction.user_openid),
                    (Scene::Channel, &interaction.channel_id),
                ];
                let (scene, target) = places.into_iter().find(|(_, target)| !target.is_empty())?;
                (scene, target, by_event())
            }
            // The others name no place to answer in, or the platform takes no answer to them.
            _ => return None,
        };
        let target = Some(target.to_string()).filter(|target| !target.is_empty())?;
        Some(Self { scene, target, trigger: trigger? })
    }

    /// Replies with the same key keep their order.
    pub(crate) fn lane(&self) -> String {
        lane(self.scene, &self.target)
    }
}

/// Messages to the same conversation keep their order.
pub(crate) fn lane(scene: Scene, target: &str) -> String {
    format!("{scene:?}/{target}")
}

fn by_message(id: &str) -> Option<Trigger> {
    Some(Trigger::Message(id.to_string())).filter(|_| !id.is_empty())
}

/// A passive reply with plain text.
///
/// The core repeats it where that is safe, see [`Repeat`]: in groups and one-to-one chats also after a cut or silent
/// connection, with the same `msg_seq`, so that the platform drops a second copy.
#[derive(Clone, PartialEq, Eq)]
pub struct TextReply {
    to: ReplyTo,
    content: String,
    seq: u32,
}

impl TextReply {
    /// Answers `to` with `content`.
    pub fn new(to: ReplyTo, content: impl Into<String>) -> Self {
        Self { to, content: content.into(), seq: 0 }
    }

    /// Where it goes.
    pub const fn to(&self) -> &ReplyTo {
        &self.to
    }

    /// The same with a `msg_seq` of the caller's own, 1 or more. Without it the client counts up from 1 for each
    /// message that is answered.
    #[must_use]
    pub fn with_msg_seq(mut self, seq: u32) -> Self {
        self.seq = seq;
        self
    }
}

/// Users' texts do not belong into logs.
impl core::fmt::Debug for TextReply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TextReply")
            .field("to", &self.to)
            .field("content", &format_args!("{} bytes", self.content.len()))
            .field("seq", &self.seq)
            .finish()
    }
}

#[derive(Serialize)]
struct TextBody<'a> {
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_seq: Option<u32>,
}

impl Call for TextReply {
    type Reply = Sent;

    fn request(&self) -> ApiRequest {
        let target = self.to.target.as_str();
        let segments: &[&str] = match self.to.scene {
            Scene::C2c => &["v2", "users", target, "messages"],
            Scene::Group => &["v2", "groups", target, "messages"],
            Scene::Channel => &["channels", target, "messages"],
            Scene::Dm => &["dms", target, "messages"],
        };
        // Guild scenes know neither msg_type nor msg_seq, and so do not drop second copies.
        let v2 = matches!(self.to.scene, Scene::C2c | Scene::Group);
        let (msg_id, event_id) = match &self.to.trigger {
            Trigger::Message(id) => (Some(id.as_str()), None),
            Trigger::Event(id) => (None, Some(id.as_str())),
        };
        let body = TextBody {
            content: &self.content,
            msg_type: v2.then_some(0),
            msg_id,
            event_id,
            msg_seq: v2.then_some(self.seq.max(1)),
        };
        // Plain strings and numbers always serialise.
        let body = serde_json::to_string(&body).unwrap_or_default();
        ApiRequest::new(Method::Post, segments).with_body(body).in_lane(self.to.lane()).with_repeat(if v2 {
            Repeat::Deduplicated
        } else {
            Repeat::Refused
        })
    }

    fn read(outcome: &Outcome) -> Result<Sent, CallError> {
        Ok(Sent::read(outcome))
    }

    fn numbered(&mut self, next: &mut dyn FnMut(&str) -> u32) {
        if self.seq == 0 {
            let (Trigger::Message(id) | Trigger::Event(id)) = &self.to.trigger;
            self.seq = next(id);
        }
    }

    fn number(&self) -> Option<(&str, u32)> {
        let (Trigger::Message(id) | Trigger::Event(id)) = &self.to.trigger;
        (self.seq != 0).then_some((id, self.seq))
    }
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Its id; `None` if the platform did not say, or if it had been delivered by an earlier attempt.
    pub id: Option<String>,
    /// When, as the platform wrote it: RFC 3339, or seconds in older replies.
    pub timestamp: Option<String>,
    /// Its index for being quoted (`ext_info.ref_idx`).
    pub ref_idx: Option<String>,
    /// The audit it waits for, if it is not sent yet; then its id is not the last word. Known from one SDK.
    pub audit_id: Option<String>,
    /// What the platform says about that audit, for people.
    pub audit_tips: Option<String>,
    /// Whether an earlier attempt, whose reply was lost, had delivered it.
    pub delivered_before: bool,
}

impl Sent {
    /// A success without an id, or with a body that cannot be read, was sent all the same: saying otherwise would
    /// make programs send it twice.
    pub(crate) fn read(outcome: &Outcome) -> Self {
        let reply: StreamSent<'_> = whole(&outcome.body).unwrap_or_default();
        let text = |text: &Str<'_>| Some(text.to_string()).filter(|text| !text.is_empty());
        Self {
            id: text(&reply.id),
            timestamp: text(&reply.timestamp.into_str()),
            ref_idx: reply.ext_info.and_then(|info| text(&info.ref_idx)),
            audit_id: text(&reply.audit_id),
            audit_tips: text(&reply.audit_tips),
            delivered_before: outcome.delivered_before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(scene: Scene, trigger: Trigger) -> (String, String) {
        let request = TextReply::new(ReplyTo::new(scene, "T/1", trigger), "你\"好").with_msg_seq(3).request();
        (request.path, String::from_utf8(request.body.into_bytes()).unwrap())
    }

    #[test]
    fn each_scene_has_its_path_and_fields() {
        let message = || Trigger::Message("M1".into());
        assert_eq!(
            built(Scene::C2c, message()),
            (
                "/v2/users/T%2F1/messages".into(),
                r#"{"content":"你\"好","msg_type":0,"msg_id":"M1","msg_seq":3}"#.into()
            )
        );
        assert_eq!(
            built(Scene::Group, Trigger::Event("E1".into())),
            (
                "/v2/groups/T%2F1/messages".into(),
                r#"{"content":"你\"好","msg_type":0,"event_id":"E1","msg_seq":3}"#.into()
            )
        );
        assert_eq!(
            built(Scene::Channel, message()),
            ("/channels/T%2F1/messages".into(), r#"{"content":"你\"好","msg_id":"M1"}"#.into())
        );
        assert_eq!(built(Scene::Dm, message()).0, "/dms/T%2F1/messages");
    }

    #[test]
    fn an_odd_success_is_a_success() {
        for (body, id) in
            [(r#"{"id":"x","timestamp":1}"#, Some("x")), ("<html>", None), ("", None), ("[]", None)]
        {
            let outcome = Outcome { status: 200, body: body.into(), delivered_before: false };
            assert_eq!(Sent::read(&outcome).id.as_deref(), id, "{body}");
        }
    }
}

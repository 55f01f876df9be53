//! Messages of groups and of single users (C2C): the QQ side of the platform, where people have openids.
//!
//! One shape for `C2C_MESSAGE_CREATE`, `GROUP_AT_MESSAGE_CREATE` and `GROUP_MESSAGE_CREATE`.

use super::list::List;
use super::record::{codes, record, words};
use super::scene::MessageScene;
use super::text::{Raw, Str, Url};
use super::time::Time;

record! {
    /// A message in a group or from a single user.
    ChatMessage {
        /// Id of the message (`ROBOT1.0_..`): for passive replies, for recalling, for telling repeats. Case
        /// matters.
        "id" => id: Str<'a>,
        /// Who wrote it.
        "author" => author: ChatAuthor<'a>,
        /// What was written. May be empty or a blank, for pictures for instance. In groups the mention of the
        /// bot was cut out and a blank is left; see [`text`](Self::text).
        "content" => content: Str<'a>,
        /// When it was sent: RFC 3339 as a rule.
        "timestamp" => timestamp: Time<'a>,
        /// The group; empty in C2C.
        "group_openid" => group_openid: Str<'a>,
        /// Undocumented, the same as `group_openid`.
        "group_id" => group_id: Str<'a>,
        /// Kind of message; not sent before 2026. Pictures, voice and files do not change it.
        "message_type" => message_type: Option<ChatMessageType>,
        /// Circumstances, and the names needed for quoting.
        "message_scene" => message_scene: MessageScene<'a>,
        /// Pictures, voice, video, files.
        "attachments" => attachments: List<'a, ChatAttachment<'a>>,
        /// Who is mentioned; groups only.
        "mentions" => mentions: List<'a, ChatMention<'a>>,
        /// The card of a [`ChatMessageType::Card`].
        "ark_data" => ark_data: Option<ArkData<'a>>,
        /// What is quoted or forwarded.
        "msg_elements" => msg_elements: List<'a, MsgElement<'a>>,
        /// The messages of a [`ChatMessageType::Parallel`]. Undocumented.
        "parallel_message" => parallel_message: Option<ParallelMessage<'a>>,
        /// In the types of older SDKs, never documented, never seen.
        "msg_seq" => msg_seq: Option<i64>,
    }

    /// Who wrote a message. Which of the ids are there depends on where: see [`openid`](Self::openid).
    ChatAuthor {
        /// The same as `user_openid` or `member_openid`. Not sent in 2023.
        "id" => id: Str<'a>,
        /// C2C: the user, as this bot knows him.
        "user_openid" => user_openid: Str<'a>,
        /// Groups: the member, as this bot knows him. Documented in 2023 as different in each group.
        "member_openid" => member_openid: Str<'a>,
        /// The user across the bots of one application; empty unless one is bound.
        "union_openid" => union_openid: Str<'a>,
        /// The account in that application.
        "union_user_account" => union_user_account: Str<'a>,
        /// Name in the group (since 2026); empty in C2C.
        "username" => username: Str<'a>,
        /// Written by a bot.
        "bot" => bot: bool,
        /// Rank in the group; not sent before mid-2026.
        "member_role" => member_role: Option<MemberRole<'a>>,
        /// Never seen; in the types of some SDKs.
        "avatar" => avatar: Url<'a>,
    }

    /// Something attached to a message of a group or user.
    ChatAttachment {
        /// `image/png`, `video/mp4`; but also plain `voice` and `file`.
        "content_type" => content_type: Str<'a>,
        /// Where to fetch it, for a limited time. May lack its scheme: use [`Url::absolute`].
        "url" => url: Url<'a>,
        /// Name of the file.
        "filename" => filename: Str<'a>,
        /// Bytes.
        "size" => size: Option<u64>,
        /// Pixels; pictures only.
        "width" => width: Option<u32>,
        /// Pixels; pictures only.
        "height" => height: Option<u32>,
        /// Undocumented, empty where seen.
        "content" => content: Str<'a>,
        /// Voice: the same as WAV; `url` is SILK or AMR.
        "voice_wav_url" => voice_wav_url: Url<'a>,
        /// Voice: what was understood.
        "asr_refer_text" => asr_refer_text: Str<'a>,
    }

    /// Someone mentioned in a group message.
    ChatMention {
        /// One, or everyone.
        "scope" => scope: Option<MentionScope<'a>>,
        /// This bot is meant. In groups that let the bot hear everything this is how it knows.
        "is_you" => is_you: bool,
        /// The member; the same as `member_openid`.
        "id" => id: Str<'a>,
        /// The member, as this bot knows him.
        "member_openid" => member_openid: Str<'a>,
        /// The user, where sent.
        "user_openid" => user_openid: Str<'a>,
        /// Name in the group.
        "username" => username: Str<'a>,
        /// Another name, where sent.
        "nickname" => nickname: Str<'a>,
        /// A bot is mentioned.
        "bot" => bot: bool,
    }

    /// A card: a shared link, place, mini program and so on.
    ArkData {
        /// One line that says what it is.
        "prompt" => prompt: Str<'a>,
        /// Kind of card.
        "ark_type" => ark_type: Option<ArkType<'a>>,
        /// Its name for people.
        "ark_name" => ark_name: Str<'a>,
        /// The rest: title, `jump_url` and others, depending on the kind.
        "fields" => fields: Raw<'a>,
    }

    /// A piece of a quoted or forwarded message. All parts may be missing: a merged forward has one piece
    /// with nothing but text. Its id and time are never sent.
    MsgElement {
        /// The name under which it can be quoted.
        "msg_idx" => msg_idx: Str<'a>,
        /// Who wrote it; often nothing but `bot` and `username`.
        "author" => author: ChatAuthor<'a>,
        /// Kind of message.
        "message_type" => message_type: Option<ChatMessageType>,
        /// What was written.
        "content" => content: Str<'a>,
        /// Pictures, voice, video, files.
        "attachments" => attachments: List<'a, ChatAttachment<'a>>,
        /// A card.
        "ark_data" => ark_data: Option<ArkData<'a>>,
        /// What this one quotes. Followed down to [`MAX_LEVEL`](super::list::MAX_LEVEL) levels.
        "msg_elements" => msg_elements: List<'a, MsgElement<'a>>,
    }

    /// Several messages sent as one. Undocumented.
    ParallelMessage {
        /// The messages.
        "msg_nodes" => msg_nodes: List<'a, MsgNode<'a>>,
    }

    /// One of several messages sent as one.
    MsgNode {
        /// Kind of message.
        "message_type" => message_type: Option<ChatMessageType>,
        /// What was written.
        "content" => content: Str<'a>,
    }
}

codes! {
    /// Kind of a group or C2C message.
    ChatMessageType {
        /// Text, perhaps with attachments.
        0 => Text,
        /// A card.
        3 => Card,
        /// Several messages sent as one.
        101 => Parallel,
        /// A forwarded conversation.
        102 => ChatRecord,
        /// A quote with an answer.
        103 => Quote,
    }
}

words! {
    /// Rank in a group.
    MemberRole {
        /// Anyone.
        "member" => Member,
        /// Appointed by the owner.
        "admin" => Admin,
        /// Owns the group.
        "owner" => Owner,
    }

    /// Who is meant by a mention. Everything but [`Single`](Self::Single) means everyone.
    MentionScope {
        /// One member.
        "single" => Single,
        /// Everyone.
        "all" => All,
        /// Everyone, according to one SDK.
        "everyone" => Everyone,
    }

    /// Kind of a card.
    ArkType {
        /// A link with picture and text.
        "tuwen" => Link,
        /// A post of a feed.
        "feed" => Feed,
        /// A mini program.
        "miniapp" => MiniApp,
        /// A place.
        "map" => Map,
        /// A person or a group.
        "contact_card" => ContactCard,
        /// A video.
        "video_share" => VideoShare,
        /// Listening together.
        "music_together" => MusicTogether,
        /// A picture; since September 2026.
        "picture" => Picture,
    }
}

impl<'a> ChatMessage<'a> {
    /// What was written, without blanks at both ends: the platform leaves one where it cut out the bot's
    /// mention.
    pub fn text(&self) -> &str {
        // Includes U+00A0, which clients put behind a mention.
        self.content.trim()
    }

    /// The group this was written in; `None` in C2C.
    pub fn group(&self) -> Option<&Str<'a>> {
        [&self.group_openid, &self.group_id].into_iter().find(|id| !id.is_empty())
    }

    /// This bot is mentioned, by itself or with everyone. `GROUP_AT_MESSAGE_CREATE` means it is, even without
    /// this: the documents leave the bot out of its mentions.
    pub fn mentions_bot(&self) -> bool {
        self.mentions.iter().flatten().any(|mention| mention.is_you)
    }
}

impl<'a> ChatAuthor<'a> {
    /// The openid of the author, whichever of the three fields it came in. The openids of one bot mean
    /// nothing to another.
    pub fn openid(&self) -> &Str<'a> {
        [&self.user_openid, &self.member_openid].into_iter().find(|id| !id.is_empty()).unwrap_or(&self.id)
    }
}

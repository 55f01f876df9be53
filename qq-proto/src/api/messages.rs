//! Messages: sent, read, changed, recalled.

use alloc::string::String;

use crate::api::body::{Members, Object};
use crate::api::chat_message::{C2cMessage, GroupMessage};
use crate::api::guild_message::ChannelMessage;
use crate::api::invalid::{Flaw, Invalid, unless, within};
use crate::api::keyboard::Keyboard;
use crate::api::markdown::Markdown;
use crate::api::operation::{count, join, operations};
use crate::api::reply::{Scene, Sent, Trigger, lane};
use crate::api::request::{ApiRequest, Call, Outcome};
use crate::api::{CallError, CallLimit, Family, OperationInfo};
use crate::io::Method;
use crate::model::record::{record, words};
use crate::model::{Message, Str, Time};

words! {
    /// How a piece of a message that is being written is meant.
    StreamMode {
        /// It follows the pieces before.
        "append" => Append,
        /// It is the whole so far, and begins with what was delivered before (error 40007).
        "replace" => Replace,
    }

    /// What a message that is being written consists of.
    StreamFormat {
        /// Plain text.
        "text" => Text,
        /// Markdown.
        "markdown" => Markdown,
    }
}

record! {
    /// A piece of a message that was sent.
    StreamSent {
        /// The message: what the next pieces name.
        "id" => id: Str<'a>,
        /// When.
        "timestamp" => timestamp: Time<'a>,
        /// More about it.
        "ext_info" => ext_info: Option<SentInfo<'a>>,
        /// How many more characters it may have.
        "remain_msg_len" => remain_msg_len: Option<u64>,
        /// The audit it waits for, if it is not sent yet. Known from one SDK.
        "audit_id" => audit_id: Str<'a>,
        /// What the platform says about that, for people.
        "audit_tips" => audit_tips: Str<'a>,
    }

    /// More about a message that was sent.
    SentInfo {
        /// Its name for being quoted.
        "ref_idx" => ref_idx: Str<'a>,
    }
}

/// A piece of a message that is being written: which one, and whether it is the last.
#[derive(Clone, PartialEq)]
pub struct StreamPiece {
    mode: StreamMode<'static>,
    format: StreamFormat<'static>,
    index: u32,
    last: bool,
    text: String,
}

impl StreamPiece {
    /// The piece number `index`, from 0.
    pub fn new(
        index: u32,
        mode: StreamMode<'static>,
        format: StreamFormat<'static>,
        text: impl Into<String>,
    ) -> Self {
        Self { mode, format, index, last: false, text: text.into() }
    }

    /// The same as the last piece. Every message wants one, also one that is given up.
    #[must_use]
    pub const fn last(mut self) -> Self {
        self.last = true;
        self
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for StreamPiece {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StreamPiece")
            .field("index", &self.index)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl Members for StreamPiece {
    fn put(&self, object: &mut Object) {
        object.put("input_mode", &self.mode);
        object.put("input_state", &if self.last { 10_u8 } else { 1 });
        object.put("index", &self.index);
        object.put("content_type", &self.format);
        object.put("content_raw", &self.text);
    }
}

/// A guild that is named by an object.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct GuildRef {
    guild_id: String,
}

impl<T: Into<String>> From<T> for GuildRef {
    fn from(id: T) -> Self {
        Self { guild_id: id.into() }
    }
}

macro_rules! sends {
    ($(
        $(#[$about:meta])*
        $number:literal $name:ident [$($before:literal)+] $target:ident, $message:ident, $scene:ident, $limit:expr
        => $reply:ty, $read:expr, $fill:expr;
    )+) => { $(
        $(#[$about])*
        ///
        #[doc = concat!("`POST ", $("/", $before,)+ "/{", stringify!($target), "}/messages`.")]
        #[derive(Clone, Debug, PartialEq)]
        #[must_use = "a call does nothing until it is given to a client"]
        pub struct $name {
            $target: String,
            message: $message,
        }

        impl $name {
            /// Sends this there. Texts and Markdown are messages as well.
            pub fn new($target: impl Into<String>, message: impl Into<$message>) -> Self {
                Self { $target: $target.into(), message: message.into() }
            }
        }

        impl Call for $name {
            type Reply = $reply;

            fn request(&self) -> ApiRequest {
                let request = ApiRequest::new(Method::Post, &[$($before,)+ &self.$target, "messages"])
                    .in_lane(lane(Scene::$scene, &self.$target))
                    .with_repeat(self.message.repeat());
                $fill(&self.message, request)
            }

            fn read(outcome: &Outcome) -> Result<Self::Reply, CallError> {
                Ok($read(outcome))
            }

            fn check(&self) -> Result<(), Invalid> {
                Members::check(&self.message)
            }

            fn numbered(&mut self, next: &mut dyn FnMut(&str) -> u32) {
                self.message.numbered(next);
            }

            fn number(&self) -> Option<(&str, u32)> {
                self.message.number()
            }
        }
    )+

    /// The four sends, which are more than a declaration.
    const SENDS: &[OperationInfo] = &[ $(
        OperationInfo {
            number: $number,
            name: stringify!($name),
            method: Method::Post,
            path: concat!($("/", $before,)+ "/{", stringify!($target), "}/messages"),
            family: Family::Messages,
            flags: &[],
            limit: $limit,
        },
    )+ ];
    };
}

/// The message that was sent. An empty one if the reply cannot be read: it was sent all the same, and saying otherwise
/// would make programs send it twice.
fn message(outcome: &Outcome) -> Message<'static> {
    crate::api::operation::whole::<Message<'_>>(&outcome.body).map(Message::into_owned).unwrap_or_default()
}

fn members(message: &impl Members, request: ApiRequest) -> ApiRequest {
    let mut object = Object::default();
    message.put(&mut object);
    request.with_body(object.finish())
}

sends! {
    /// Sends a message to a one-to-one chat.
    11 SendC2c ["v2" "users"] user_openid, C2cMessage, C2c, Some(CallLimit::new(100, 1))
        => Sent, Sent::read, members;
    /// Sends a message to a group.
    12 SendGroup ["v2" "groups"] group_openid, GroupMessage, Group, Some(CallLimit::new(100, 1))
        => Sent, Sent::read, members;
    /// Sends a message to a channel of a guild. The reply's `id` is empty if the platform did not say.
    73 SendChannel ["channels"] channel_id, ChannelMessage, Channel, None
        => Message<'static>, message, ChannelMessage::fill;
    /// Sends a message to a private session of a guild, by the guild id made up for it. The reply's `id` is empty if
    /// the platform did not say.
    79 SendDm ["dms"] guild_id, ChannelMessage, Dm, None
        => Message<'static>, message, ChannelMessage::fill;
}

/// The others, which are declarations.
mod plain {
    use super::{
        Flaw, GuildRef, Invalid, Keyboard, Markdown, Members, Message, StreamPiece, StreamSent, String,
        Trigger, operations, unless, within,
    };

    operations! { Messages;
        /// Sends a piece of a message to a one-to-one chat while it is being written. All pieces have one `msg_seq`; those
        /// after the first name the message by the `id` of the first reply.
        13 SendStreamPiece Post ["v2", "users" user_openid, "stream_messages"] => one StreamSent {
            limit: 50 per 1,
            lane: C2c user_openid,
            check: piece,
            parts {
                answer: Trigger,
                piece: StreamPiece
            }
            body {
                /// The message; of the first piece none.
                "stream_msg_id" => stream_msg_id: String,
                /// Tells several answers to the same message apart.
                "msg_seq" => msg_seq: u32,
                /// Skips the check whether the message can still be answered.
                "is_wakeup" => is_wakeup: bool,
            }
        }

        /// Recalls a message of the bot in a one-to-one chat, within two minutes.
        14 RecallC2c Delete ["v2", "users" user_openid, "messages" message_id] => none {
            limit: 10 per 1,
        }

        /// Recalls a message in a group, within two minutes: the bot's, and those of ordinary members if it is an admin.
        15 RecallGroup Delete ["v2", "groups" group_openid, "messages" message_id] => none {
            limit: 10 per 1,
        }

        /// Reads messages of a channel, at most 20: the newest ones, unless told.
        74 ListMessages Get ["channels" channel_id, "messages"] => list Message {
            flags: Undocumented,
            check: history,
            query {
                /// Those around this message.
                "around" => around: String,
                /// Those before this message.
                "before" => before: String,
                /// Those after this message.
                "after" => after: String,
                /// How many, 1 to 20.
                "limit" => limit: u32,
            }
        }

        /// Reads a message of a channel.
        75 GetMessage Get ["channels" channel_id, "messages" message_id] => inside Message ("message") {
            flags: Undocumented,
        }

        /// Changes a message of the bot that has buttons.
        76 PatchMessage Patch ["channels" channel_id, "messages" message_id] => lenient Message {
            flags: Undocumented,
            lane: Channel channel_id,
            check: patched,
            needs {
                "keyboard" => keyboard: Keyboard,
            }
            body {
                /// The message that was answered.
                "msg_id" => msg_id: String,
                /// The event that was answered.
                "event_id" => event_id: String,
                /// What it shall say. Without buttons of its own.
                "markdown" => markdown: Markdown,
            }
        }

        /// Recalls a message in a channel. The right has to be switched on, and the bot put into the guild again.
        77 RecallChannel Delete ["channels" channel_id, "messages" message_id] => none {
            flags: PrivateDomain,
            query {
                /// Whether nobody is told.
                "hidetip" => hide_tip: bool,
            }
        }

        /// Recalls a message of the bot in a private session of a guild.
        80 RecallDm Delete ["dms" guild_id, "messages" message_id] => none {
            flags: PrivateDomain,
            query {
                /// Whether nobody is told.
                "hidetip" => hide_tip: bool,
            }
        }

        /// Sends a card to a channel that leads to the settings of pushed messages.
        81 SendSettingGuide Post ["channels" channel_id, "settingguide"] => lenient Message {
            flags: Undocumented SingleSource,
            lane: Channel channel_id,
            body {
                /// Whom it is for: `<@id>`, once or more.
                "content" => content: String,
            }
            always object
        }

        /// Sends a card to a private session that leads to the settings of pushed messages.
        82 SendDmSettingGuide Post ["dms" guild_id, "settingguide"] => lenient Message {
            flags: Undocumented SingleSource,
            lane: Dm guild_id,
            needs {
                "setting_guide" => setting_guide: GuildRef,
            }
        }
    }

    fn piece(call: &SendStreamPiece) -> Result<(), Invalid> {
        call.answer.check()?;
        let first = call.piece.index == 0;
        unless(first && call.stream_msg_id.is_some(), "stream_msg_id", Flaw::OutOfPlace)?;
        unless(!first && call.stream_msg_id.is_none(), "stream_msg_id", Flaw::Missing)
    }

    fn history(call: &ListMessages) -> Result<(), Invalid> {
        within(call.limit, 1, 20, "limit")?;
        let (around, before, after) = (call.around.is_some(), call.before.is_some(), call.after.is_some());
        unless(around && (before || after), "around", Flaw::Conflict { with: "before" })?;
        unless(before && after, "before", Flaw::Conflict { with: "after" })
    }

    fn patched(call: &PatchMessage) -> Result<(), Invalid> {
        call.keyboard.check()?;
        if let Some(markdown) = &call.markdown {
            markdown.check()?;
            unless(markdown.buttons().is_some(), "markdown", Flaw::Conflict { with: "keyboard" })?;
        }
        unless(
            call.msg_id.is_some() && call.event_id.is_some(),
            "msg_id",
            Flaw::Conflict { with: "event_id" },
        )
    }
}

pub use plain::{
    GetMessage, ListMessages, PatchMessage, RecallC2c, RecallChannel, RecallDm, RecallGroup,
    SendDmSettingGuide, SendSettingGuide, SendStreamPiece,
};

const BOTH: &[&[OperationInfo]] = &[SENDS, plain::OPERATIONS];

/// The operations of this file.
pub(crate) const OPERATIONS: &[OperationInfo] = &join::<{ count(BOTH) }>(BOTH);

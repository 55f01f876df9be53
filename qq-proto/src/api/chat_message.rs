//! What is sent to one-to-one chats and groups.

use alloc::boxed::Box;
use alloc::string::String;

use crate::api::body::{Members, Object, written};
use crate::api::card::Ark;
use crate::api::invalid::{Flaw, Invalid, short, unless, within};
use crate::api::keyboard::Keyboard;
use crate::api::markdown::Markdown;
use crate::api::media::{C2cMedia, GroupMedia};
use crate::api::reply::Trigger;
use crate::api::request::Repeat;

/// Seconds for which a chat can show that the bot is typing.
pub const TYPING_SECONDS: u32 = 60;

/// What a message consists of: exactly one of these.
#[derive(Clone, PartialEq)]
enum Content {
    Text(String),
    Markdown(Box<Markdown>),
    Ark(Ark),
    Media { file_info: String, caption: Option<String> },
    Typing { kind: u32, seconds: u32 },
}

/// Why it may be sent. One of these, so that they cannot be mixed.
#[derive(Clone, PartialEq, Eq)]
enum Occasion {
    /// Unasked.
    Active,
    /// As an answer.
    Answer(Trigger),
    /// To someone who was here before.
    WakeUp,
}

/// What all messages to chats and groups have.
#[derive(Clone, PartialEq)]
struct Common {
    content: Content,
    occasion: Occasion,
    seq: u32,
    quote: Option<String>,
    prompt_keyboard: Option<Keyboard>,
    action_button: Option<ActionButton>,
    feature_id: Option<u64>,
    subscribe_id: Option<String>,
    stream: Option<StreamState>,
}

written! {
    /// Buttons of an AI under a message: thumbs, reading aloud and the like. Known from two SDKs.
    ActionButton may {
        /// Number of the template: 1 or 10 in one of the SDKs.
        "template_id" => template_id: u32,
        /// Comes back when one is pressed: at most 128 characters.
        "callback_data" => callback_data: String,
        /// Thumbs up and down.
        "feedback" => feedback: bool,
        /// Reading aloud.
        "tts" => tts: bool,
        /// Another try.
        "re_generate" => re_generate: bool,
        /// Stop.
        "stop_generate" => stop_generate: bool,
    };

    /// A piece of a message that is sent while it is written, the older way. See
    /// [`SendStreamPiece`](crate::api::SendStreamPiece) for the newer one.
    StreamState needs {
        "state" => state: u32,
        "index" => index: u32,
    } may {
        /// The id in the reply to the first piece; of the first itself none.
        "id" => id: String,
        /// Whether it begins anew.
        "reset" => reset: bool,
    };
}

#[derive(serde::Serialize)]
struct Quote<'a> {
    message_id: &'a str,
}

#[derive(serde::Serialize)]
struct PromptKeyboard<'a> {
    keyboard: &'a Keyboard,
}

#[derive(serde::Serialize)]
struct Typing {
    input_type: u32,
    input_second: u32,
}

#[derive(serde::Serialize)]
struct File<'a> {
    file_info: &'a str,
}

impl Common {
    const fn new(content: Content) -> Self {
        Self {
            content,
            occasion: Occasion::Active,
            seq: 0,
            quote: None,
            prompt_keyboard: None,
            action_button: None,
            feature_id: None,
            subscribe_id: None,
            stream: None,
        }
    }

    fn put(&self, object: &mut Object) {
        match &self.content {
            Content::Text(text) => {
                object.put("msg_type", &0_u8);
                object.put("content", text);
            }
            Content::Markdown(markdown) => {
                object.put("msg_type", &2_u8);
                object.put("markdown", markdown);
                object.maybe("keyboard", markdown.buttons());
            }
            Content::Ark(ark) => {
                object.put("msg_type", &3_u8);
                object.put("ark", ark);
            }
            Content::Typing { kind, seconds } => {
                object.put("msg_type", &6_u8);
                object.put("input_notify", &Typing { input_type: *kind, input_second: *seconds });
            }
            Content::Media { file_info, caption } => {
                object.put("msg_type", &7_u8);
                object.maybe("content", caption.as_ref());
                object.put("media", &File { file_info });
            }
        }
        let quote = self.quote.as_deref().map(|message_id| Quote { message_id });
        object.maybe("message_reference", quote.as_ref());
        object.maybe("stream", self.stream.as_ref());
        object.maybe(
            "prompt_keyboard",
            self.prompt_keyboard.as_ref().map(|keyboard| PromptKeyboard { keyboard }).as_ref(),
        );
        object.maybe("action_button", self.action_button.as_ref());
        object.maybe("feature_id", self.feature_id.as_ref());
        object.maybe("subscribe_id", self.subscribe_id.as_ref());
        match &self.occasion {
            Occasion::Active => object.maybe("msg_seq", Some(&self.seq).filter(|seq| **seq > 0)),
            Occasion::Answer(trigger) => {
                trigger.put(object);
                object.put("msg_seq", &self.seq.max(1));
            }
            Occasion::WakeUp => {
                object.put("is_wakeup", &true);
                object.maybe("msg_seq", Some(&self.seq).filter(|seq| **seq > 0));
            }
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        match &self.content {
            Content::Text(text) => unless(text.is_empty(), "content", Flaw::Empty)?,
            Content::Markdown(markdown) => markdown.check()?,
            Content::Ark(ark) => ark.check()?,
            Content::Media { file_info, .. } => unless(file_info.is_empty(), "file_info", Flaw::Empty)?,
            Content::Typing { seconds, .. } => within(Some(*seconds), 1, TYPING_SECONDS, "input_second")?,
        }
        if let Occasion::Answer(trigger) = &self.occasion {
            trigger.check()?;
        }
        if let Some(keyboard) = &self.prompt_keyboard {
            keyboard.check()?;
        }
        let data = self.action_button.as_ref().and_then(|button| button.callback_data.as_deref());
        short(data.unwrap_or_default(), 128, "callback_data")?;
        if self.stream.is_none() {
            return Ok(());
        }
        // From the code 40034017: a piece of Markdown ends with a line end.
        match &self.content {
            Content::Markdown(markdown) => {
                let ends = markdown.free().is_none_or(|text| text.ends_with('\n'));
                unless(!ends, "markdown.content", Flaw::OutOfRange)
            }
            Content::Text(_) | Content::Ark(_) | Content::Media { .. } | Content::Typing { .. } => {
                unless(true, "stream", Flaw::Conflict { with: "content" })
            }
        }
    }

    fn numbered(&mut self, next: &mut dyn FnMut(&str) -> u32) {
        if let (0, Occasion::Answer(Trigger::Message(id) | Trigger::Event(id))) = (self.seq, &self.occasion) {
            self.seq = next(id);
        }
    }

    fn number(&self) -> Option<(&str, u32)> {
        match &self.occasion {
            Occasion::Answer(Trigger::Message(id) | Trigger::Event(id)) if self.seq != 0 => {
                Some((id, self.seq))
            }
            Occasion::Answer(_) | Occasion::Active | Occasion::WakeUp => None,
        }
    }

    /// A second copy of an answer is dropped by the platform; nothing tells copies of other messages.
    const fn repeat(&self) -> Repeat {
        match &self.occasion {
            Occasion::Answer(_) => Repeat::Deduplicated,
            Occasion::Active | Occasion::WakeUp => Repeat::Refused,
        }
    }
}

/// What is answered, as members of a body.
impl Members for Trigger {
    fn put(&self, object: &mut Object) {
        match self {
            Self::Message(id) => object.put("msg_id", id),
            Self::Event(id) => object.put("event_id", id),
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        let (Self::Message(id) | Self::Event(id)) = self;
        unless(id.is_empty(), "msg_id", Flaw::Empty)
    }
}

macro_rules! messages {
    ($($(#[$about:meta])* $name:ident takes $media:ident)+) => { $(
        $(#[$about])*
        #[derive(Clone, PartialEq)]
        #[must_use]
        pub struct $name(Common);

        impl $name {
            /// Plain text. What a person typed may hold the platform's own syntax, see
            /// [`syntax`](crate::syntax).
            pub fn text(text: impl Into<String>) -> Self {
                Self(Common::new(Content::Text(text.into())))
            }

            /// Markdown, perhaps with buttons.
            pub fn markdown(markdown: impl Into<Markdown>) -> Self {
                Self(Common::new(Content::Markdown(Box::new(markdown.into()))))
            }

            /// A card. Wants approval.
            pub const fn ark(ark: Ark) -> Self {
                Self(Common::new(Content::Ark(ark)))
            }

            /// A picture, voice, a video or a file that was uploaded.
            pub fn media(media: $media) -> Self {
                let $media { file_info, caption } = media;
                Self(Common::new(Content::Media { file_info, caption }))
            }

            /// Answers a message, by the `id` in its payload.
            pub fn msg_id(self, id: impl Into<String>) -> Self {
                self.answer(Trigger::Message(id.into()))
            }

            /// Answers an event, by the `id` of its envelope.
            pub fn event_id(self, id: impl Into<String>) -> Self {
                self.answer(Trigger::Event(id.into()))
            }

            /// Answers a message or an event.
            pub fn answer(mut self, trigger: Trigger) -> Self {
                self.0.occasion = Occasion::Answer(trigger);
                self
            }

            /// Tells several answers to the same message apart: 1 or more. Without it the client counts.
            pub const fn msg_seq(mut self, seq: u32) -> Self {
                self.0.seq = seq;
                self
            }

            /// Quotes a message, by its `REFIDX_` name: the `msg_idx` of a message that came in, the
            /// [`ref_idx`](crate::Sent::ref_idx) of one that was sent.
            pub fn quote(mut self, ref_idx: impl Into<String>) -> Self {
                self.0.quote = Some(ref_idx.into());
                self
            }

            /// Suggests answers below it. Known from three SDKs.
            pub fn prompt_keyboard(mut self, keyboard: impl Into<Keyboard>) -> Self {
                self.0.prompt_keyboard = Some(keyboard.into());
                self
            }

            /// Puts the buttons of an AI below it. Known from two SDKs.
            pub fn action_button(mut self, button: ActionButton) -> Self {
                self.0.action_button = Some(button);
                self
            }

            /// The feature it comes from. Known from one SDK.
            pub const fn feature_id(mut self, id: u64) -> Self {
                self.0.feature_id = Some(id);
                self
            }

            /// Sends it to those who subscribed, by an id from `SUBSCRIBE_MESSAGE_STATUS`. Known from one SDK.
            pub fn subscribe_id(mut self, id: impl Into<String>) -> Self {
                self.0.subscribe_id = Some(id.into());
                self
            }

            pub(super) fn numbered(&mut self, next: &mut dyn FnMut(&str) -> u32) {
                self.0.numbered(next);
            }

            pub(super) fn number(&self) -> Option<(&str, u32)> {
                self.0.number()
            }

            pub(super) const fn repeat(&self) -> Repeat {
                self.0.repeat()
            }
        }

        impl Members for $name {
            fn put(&self, object: &mut Object) {
                self.0.put(object);
            }

            fn check(&self) -> Result<(), Invalid> {
                self.0.check()
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::text(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::text(text)
            }
        }

        impl From<Markdown> for $name {
            fn from(markdown: Markdown) -> Self {
                Self::markdown(markdown)
            }
        }

        impl From<$media> for $name {
            fn from(media: $media) -> Self {
                Self::media(media)
            }
        }

        /// What is said does not belong into logs.
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let kind = match &self.0.content {
                    Content::Text(_) => "text",
                    Content::Markdown(_) => "markdown",
                    Content::Ark(_) => "ark",
                    Content::Media { .. } => "media",
                    Content::Typing { .. } => "typing",
                };
                f.debug_struct(stringify!($name))
                    .field("kind", &kind)
                    .field("seq", &self.0.seq)
                    .finish_non_exhaustive()
            }
        }
    )+ };
}

messages! {
    /// A message for a one-to-one chat. An answer within an hour; unasked if it answers nothing.
    C2cMessage takes C2cMedia
    /// A message for a group. An answer within five minutes; unasked if it answers nothing.
    GroupMessage takes GroupMedia
}

impl C2cMessage {
    /// Not a message: shows that the bot is typing, for 1 to 60 s or until its next message. It seems to count as an
    /// answer.
    pub const fn typing(seconds: u32) -> Self {
        Self::input_state(1, seconds)
    }

    /// Shows another state: 2 ends it, 3 speaking, 4 generating, 5 imagining stood in older documents. The platform
    /// says to send 1.
    pub const fn input_state(kind: u32, seconds: u32) -> Self {
        Self(Common::new(Content::Typing { kind, seconds }))
    }

    /// Reaches out to someone who was here before, once a day, then in three, seven and thirty days. Answers nothing.
    pub fn wake_up(mut self) -> Self {
        self.0.occasion = Occasion::WakeUp;
        self
    }

    /// A piece of a longer message, the older way. Markdown only; each piece ends with a line end.
    pub fn stream(mut self, state: StreamState) -> Self {
        self.0.stream = Some(state);
        self
    }
}

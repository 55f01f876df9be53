//! What is sent to channels and private sessions of guilds.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::api::body::{Members, Object, Part};
use crate::api::card::{Ark, Embed};
use crate::api::invalid::{Flaw, Invalid, unless};
use crate::api::markdown::Markdown;
use crate::api::reply::Trigger;
use crate::api::request::{ApiRequest, Repeat};

/// A picture by its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct ImageFile {
    name: String,
    kind: String,
    bytes: Bytes,
}

impl ImageFile {
    /// A picture with the name of a file and a media type such as `image/png`.
    pub fn new(name: impl Into<String>, media_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { name: name.into(), kind: media_type.into(), bytes: bytes.into() }
    }
}

#[derive(Clone, PartialEq, serde::Serialize)]
struct Quote {
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_get_message_error: Option<bool>,
}

/// A message for a channel or a private session of a guild. At least one of text, embed, card, picture and Markdown;
/// Markdown stands alone, and beside a picture by its bytes there is text alone.
///
/// The bot needs a live gateway connection (error 304018). An answer within five minutes; unasked if it answers
/// nothing.
#[derive(Clone, Default, PartialEq)]
#[must_use]
pub struct ChannelMessage {
    content: Option<String>,
    embed: Option<Embed>,
    ark: Option<Ark>,
    image: Option<String>,
    file: Option<ImageFile>,
    markdown: Option<Markdown>,
    quote: Option<Quote>,
    trigger: Option<Trigger>,
}

/// A message for a private session of a guild: the same as one for a channel.
pub type DmMessage = ChannelMessage;

impl ChannelMessage {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Text in the platform's syntax, see [`syntax`](crate::syntax): `&`, `<` and `>` are written `&amp;`, `&lt;` and
    /// `&gt;`.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new().with_text(text)
    }

    /// Markdown, perhaps with buttons. By invitation.
    pub fn markdown(markdown: impl Into<Markdown>) -> Self {
        Self { markdown: Some(markdown.into()), ..Self::default() }
    }

    /// A card of lines.
    pub fn embed(embed: Embed) -> Self {
        Self::new().with_embed(embed)
    }

    /// A card of a template. Wants approval.
    pub fn ark(ark: Ark) -> Self {
        Self::new().with_ark(ark)
    }

    /// A picture that the platform fetches from this link.
    pub fn image(url: impl Into<String>) -> Self {
        Self::new().with_image(url)
    }

    /// A picture by its bytes.
    pub fn image_file(file: ImageFile) -> Self {
        Self::new().with_image_file(file)
    }

    /// The same with text.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.content = Some(text.into());
        self
    }

    /// The same with a card of lines.
    pub fn with_embed(mut self, embed: Embed) -> Self {
        self.embed = Some(embed);
        self
    }

    /// The same with a card of a template.
    pub fn with_ark(mut self, ark: Ark) -> Self {
        self.ark = Some(ark);
        self
    }

    /// The same with a picture that the platform fetches from this link.
    pub fn with_image(mut self, url: impl Into<String>) -> Self {
        self.image = Some(url.into());
        self
    }

    /// The same with a picture by its bytes.
    pub fn with_image_file(mut self, file: ImageFile) -> Self {
        self.file = Some(file);
        self
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
        self.trigger = Some(trigger);
        self
    }

    /// Quotes a message of the same channel, by its id.
    pub fn quote(mut self, message_id: impl Into<String>) -> Self {
        self.quote = Some(Quote { message_id: message_id.into(), ignore_get_message_error: None });
        self
    }

    /// Quotes a message of the same channel, by its id, and is sent also if that cannot be found.
    pub fn quote_if_found(mut self, message_id: impl Into<String>) -> Self {
        self.quote = Some(Quote { message_id: message_id.into(), ignore_get_message_error: Some(true) });
        self
    }

    /// Guilds know no `msg_seq`.
    #[expect(clippy::unused_self, reason = "the same as for other messages")]
    pub(super) fn numbered(&mut self, _: &mut dyn FnMut(&str) -> u32) {}

    #[expect(clippy::unused_self, reason = "the same as for other messages")]
    pub(super) const fn number(&self) -> Option<(&str, u32)> {
        None
    }

    /// Guilds drop no second copies.
    #[expect(clippy::unused_self, reason = "the same as for other messages")]
    pub(super) const fn repeat(&self) -> Repeat {
        Repeat::Refused
    }

    /// Puts it into a request: as a form if there is a file, else as JSON.
    pub(super) fn fill(&self, request: ApiRequest) -> ApiRequest {
        let Some(file) = &self.file else {
            let mut object = Object::default();
            self.put(&mut object);
            return request.with_body(object.finish());
        };
        let (key, id) = match &self.trigger {
            Some(Trigger::Message(id)) => ("msg_id", Some(id)),
            Some(Trigger::Event(id)) => ("event_id", Some(id)),
            None => ("", None),
        };
        let texts = [("content", self.content.as_ref()), ("image", self.image.as_ref()), (key, id)];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| text.map(|text| Part { name, value: text.as_bytes(), file: None }));
        let picture = Part { name: "file_image", value: &file.bytes, file: Some((&file.name, &file.kind)) };
        request.with_parts(&texts.chain([picture]).collect::<Vec<_>>())
    }
}

impl Members for ChannelMessage {
    fn put(&self, object: &mut Object) {
        object.maybe("content", self.content.as_ref());
        object.maybe("embed", self.embed.as_ref());
        object.maybe("ark", self.ark.as_ref());
        object.maybe("image", self.image.as_ref());
        object.maybe("markdown", self.markdown.as_ref());
        object.maybe("keyboard", self.markdown.as_ref().and_then(Markdown::buttons));
        object.maybe("message_reference", self.quote.as_ref());
        if let Some(trigger) = &self.trigger {
            trigger.put(object);
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        // Error 50006.
        let said = self.content.as_ref().is_some_and(|text| !text.is_empty());
        let shown = self.embed.is_some() || self.ark.is_some() || self.image.is_some() || self.file.is_some();
        unless(!said && !shown && self.markdown.is_none(), "content", Flaw::Empty)?;
        if let Some(markdown) = &self.markdown {
            // Error 50037.
            unless(said || shown, "markdown", Flaw::Conflict { with: "content" })?;
            markdown.check()?;
        }
        if let Some(ark) = &self.ark {
            ark.check()?;
        }
        if self.file.is_some() {
            // How objects are written in a form is not agreed on; so they are not.
            unless(self.embed.is_some(), "file_image", Flaw::Conflict { with: "embed" })?;
            unless(self.ark.is_some(), "file_image", Flaw::Conflict { with: "ark" })?;
            unless(self.quote.is_some(), "file_image", Flaw::Conflict { with: "message_reference" })?;
        }
        self.trigger.as_ref().map_or(Ok(()), Members::check)
    }
}

impl From<&str> for ChannelMessage {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for ChannelMessage {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Markdown> for ChannelMessage {
    fn from(markdown: Markdown) -> Self {
        Self::markdown(markdown)
    }
}

impl From<Embed> for ChannelMessage {
    fn from(embed: Embed) -> Self {
        Self::embed(embed)
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for ChannelMessage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ChannelMessage")
            .field("text", &self.content.is_some())
            .field("markdown", &self.markdown.is_some())
            .finish_non_exhaustive()
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for ImageFile {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ImageFile({} bytes)", self.bytes.len())
    }
}

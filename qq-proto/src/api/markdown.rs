//! Markdown: free, or a template that was approved.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::api::body::Ids;
use crate::api::invalid::{Flaw, Invalid, unless};
use crate::api::keyboard::Keyboard;
use crate::model::record::words;

words! {
    /// Size of the text. Known from one SDK.
    FontSize {
        /// Small.
        "small" => Small,
        /// Between the two.
        "middle" => Middle,
        /// Large.
        "large" => Large,
    }
}

/// Text in Markdown, with buttons below it or not.
///
/// Free text is open to every bot in one-to-one chats and groups since April 2026, in guilds by invitation. The subset
/// that is shown: headings of two levels, bold, italic, struck, links, pictures `![alt #208px #320px](url)`, lists,
/// quotes, `***` rules.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Markdown {
    text: Text,
    force_verify_image_resource: Option<bool>,
    font_size: Option<FontSize<'static>>,
    centred: bool,
    process_msg: Option<String>,
    keyboard: Option<Keyboard>,
}

#[derive(Clone, PartialEq)]
enum Text {
    Free(String),
    Template(Template),
}

/// A template that was approved, and what stands for its variables.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Template {
    id: TemplateId,
    params: Vec<Param>,
}

#[derive(Clone, PartialEq, Eq)]
enum TemplateId {
    Custom(String),
    Platform(u64),
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Param {
    key: String,
    values: Ids,
}

impl Template {
    /// A template of the bot's own: `<appid>_<number>`.
    pub fn custom(id: impl Into<String>) -> Self {
        Self { id: TemplateId::Custom(id.into()), params: Vec::new() }
    }

    /// A template of the platform. Deprecated by it.
    pub const fn platform(id: u64) -> Self {
        Self { id: TemplateId::Platform(id), params: Vec::new() }
    }

    /// What stands for a variable: one value, or several for a list. Values hold neither line ends nor Markdown.
    pub fn param(mut self, key: impl Into<String>, values: impl Into<Ids>) -> Self {
        self.params.push(Param { key: key.into(), values: values.into() });
        self
    }
}

impl Markdown {
    /// Free text.
    pub fn new(text: impl Into<String>) -> Self {
        Self::of(Text::Free(text.into()))
    }

    const fn of(text: Text) -> Self {
        Self {
            text,
            force_verify_image_resource: None,
            font_size: None,
            centred: false,
            process_msg: None,
            keyboard: None,
        }
    }

    /// Puts buttons below it.
    pub fn keyboard(mut self, keyboard: impl Into<Keyboard>) -> Self {
        self.keyboard = Some(keyboard.into());
        self
    }

    /// Whether the message fails if one of its pictures cannot be fetched; one-to-one chats and groups.
    pub const fn force_verify_image_resource(mut self, force: bool) -> Self {
        self.force_verify_image_resource = Some(force);
        self
    }

    /// Size of the text. Known from one SDK.
    pub fn font_size(mut self, size: FontSize<'static>) -> Self {
        self.font_size = Some(size);
        self
    }

    /// In the middle and without the bot's picture. Known from one SDK.
    pub const fn centred(mut self) -> Self {
        self.centred = true;
        self
    }

    /// What is shown while it is on its way. Known from one SDK.
    pub fn process_msg(mut self, text: impl Into<String>) -> Self {
        self.process_msg = Some(text.into());
        self
    }

    pub(super) const fn buttons(&self) -> Option<&Keyboard> {
        self.keyboard.as_ref()
    }

    /// The free text, if it is that.
    pub(super) fn free(&self) -> Option<&str> {
        match &self.text {
            Text::Free(text) => Some(text),
            Text::Template(_) => None,
        }
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        match &self.text {
            Text::Free(text) => unless(text.is_empty(), "markdown.content", Flaw::Empty)?,
            Text::Template(template) => {
                for param in &template.params {
                    // From the codes 40034008 and 40034009.
                    let empty = param.values.is_empty() || param.values.iter().any(str::is_empty);
                    unless(empty, "markdown.params.values", Flaw::Empty)?;
                    let broken = param.values.iter().any(|value| value.contains(['\n', '\r']));
                    unless(broken, "markdown.params.values", Flaw::OutOfPlace)?;
                }
            }
        }
        self.keyboard.as_ref().map_or(Ok(()), Keyboard::check)
    }
}

impl From<Template> for Markdown {
    fn from(template: Template) -> Self {
        Self::of(Text::Template(template))
    }
}

impl From<&str> for Markdown {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Markdown {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

#[derive(Serialize)]
struct Style<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    main_font_size: Option<&'a FontSize<'static>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layout: Option<&'a str>,
}

/// Its own object; buttons stand beside it.
impl Serialize for Markdown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.text {
            Text::Free(text) => map.serialize_entry("content", text)?,
            Text::Template(template) => {
                match &template.id {
                    TemplateId::Custom(id) => map.serialize_entry("custom_template_id", id)?,
                    TemplateId::Platform(id) => map.serialize_entry("template_id", id)?,
                }
                if !template.params.is_empty() {
                    map.serialize_entry("params", &template.params)?;
                }
            }
        }
        if let Some(force) = self.force_verify_image_resource {
            map.serialize_entry("force_verify_image_resource", &force)?;
        }
        let main_font_size = self.font_size.as_ref();
        if self.centred || main_font_size.is_some() {
            let layout = self.centred.then_some("hide_avatar_and_center");
            map.serialize_entry("style", &Style { main_font_size, layout })?;
        }
        if let Some(text) = &self.process_msg {
            map.serialize_entry("process_msg", text)?;
        }
        map.end()
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for Markdown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Markdown(..)")
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for Template {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Template({} params)", self.params.len())
    }
}

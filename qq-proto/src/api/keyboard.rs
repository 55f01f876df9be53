//! Buttons below a message.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::api::body::{Ids, written};
use crate::api::invalid::{Flaw, Invalid, short, some, unless};
use crate::model::record::codes;

/// Rows of a keyboard, and buttons of a row (error 40034029).
pub const KEYBOARD_SIDE: u32 = 5;
/// Characters on a button.
pub const BUTTON_LABEL: u32 = 10;

codes! {
    /// How a button looks. The documents have changed their mind about 2 and 3.
    ButtonStyle {
        /// Grey outline.
        0 => Grey,
        /// Blue outline.
        1 => Blue,
        /// Wanted for the suggestions under a message.
        2 => Prompt,
        /// White with red text.
        3 => Red,
        /// Blue with white text.
        4 => Solid,
    }
}

/// Buttons: a template that was approved, or rows of one's own.
///
/// In guilds, and perhaps elsewhere, rows of one's own are by invitation; error 304057 says no.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Keyboard(Kind);

#[derive(Clone, PartialEq)]
enum Kind {
    Template(String),
    Rows { rows: Vec<Row>, font_size: Option<String> },
}

#[derive(Clone, PartialEq, Serialize)]
struct Row {
    buttons: Vec<Button>,
}

impl Keyboard {
    /// A template that was approved.
    pub fn template(id: impl Into<String>) -> Self {
        Self(Kind::Template(id.into()))
    }

    /// At most five rows of at most five buttons.
    pub fn rows<R: IntoIterator<Item = Button>>(rows: impl IntoIterator<Item = R>) -> Self {
        let rows = rows.into_iter().map(|row| Row { buttons: row.into_iter().collect() }).collect();
        Self(Kind::Rows { rows, font_size: None })
    }

    /// The same with another size of text, `small`, `middle` or `large`. Known from one SDK; a template has its own.
    pub fn font_size(mut self, size: impl Into<String>) -> Self {
        if let Kind::Rows { font_size, .. } = &mut self.0 {
            *font_size = Some(size.into());
        }
        self
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        match &self.0 {
            Kind::Template(id) => unless(id.is_empty(), "keyboard.id", Flaw::Empty),
            Kind::Rows { rows, .. } => {
                some(rows.len(), KEYBOARD_SIDE, "keyboard.rows")?;
                rows.iter().try_for_each(|row| {
                    some(row.buttons.len(), KEYBOARD_SIDE, "keyboard.buttons")?;
                    row.buttons.iter().try_for_each(Button::check)
                })
            }
        }
    }
}

impl<R: IntoIterator<Item = Button>, const N: usize> From<[R; N]> for Keyboard {
    fn from(rows: [R; N]) -> Self {
        Self::rows(rows)
    }
}

#[derive(Serialize)]
struct Content<'a> {
    rows: &'a [Row],
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<ContentStyle<'a>>,
}

#[derive(Serialize)]
struct ContentStyle<'a> {
    font_size: &'a str,
}

impl Serialize for Keyboard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.0 {
            Kind::Template(id) => map.serialize_entry("id", id)?,
            Kind::Rows { rows, font_size } => {
                let style = font_size.as_deref().map(|font_size| ContentStyle { font_size });
                map.serialize_entry("content", &Content { rows, style })?;
            }
        }
        map.end()
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for Keyboard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Keyboard(..)")
    }
}

/// Who may press a button.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ButtonPermission {
    /// These users.
    Users(Ids),
    /// Admins.
    Admins,
    /// Everyone.
    #[default]
    Everyone,
    /// Those who have one of these roles; guilds only.
    Roles(Ids),
}

impl Serialize for ButtonPermission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (kind, list) = match self {
            Self::Users(users) => (0_u8, Some(("specify_user_ids", users))),
            Self::Admins => (1, None),
            Self::Everyone => (2, None),
            Self::Roles(roles) => (3, Some(("specify_role_ids", roles))),
        };
        map.serialize_entry("type", &kind)?;
        if let Some((key, ids)) = list {
            map.serialize_entry(key, ids)?;
        }
        map.end()
    }
}

written! {
    /// Asks whether it was meant.
    Modal needs {
        "content" => content: String,
    } may {
        /// Yes, in at most 4 characters.
        "confirm_text" => confirm_text: String,
        /// No, in at most 4 characters.
        "cancel_text" => cancel_text: String,
    };
}

/// A template of messages to which one can subscribe. Known from one SDK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubscribeTemplate {
    /// One of the platform's.
    TemplateId(u64),
    /// One of the bot's own.
    CustomTemplateId(String),
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct SubscribeData {
    template_ids: Vec<SubscribeTemplate>,
}

#[derive(Clone, PartialEq, Serialize)]
struct RenderData {
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visited_label: Option<String>,
    style: ButtonStyle,
}

#[derive(Clone, PartialEq, Serialize)]
struct ButtonAction {
    #[serde(rename = "type")]
    kind: u8,
    permission: ButtonPermission,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enter: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsupport_tips: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modal: Option<Modal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    click_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_bot_show_channel_list: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscribe_data: Option<SubscribeData>,
}

/// A button.
#[derive(Clone, PartialEq, Serialize)]
#[must_use]
pub struct Button {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    render_data: RenderData,
    action: ButtonAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
}

const LINK: u8 = 0;
const CALLBACK: u8 = 1;
const COMMAND: u8 = 2;
const NATIVE_LINK: u8 = 3;
const SUBSCRIBE: u8 = 4;

impl Button {
    fn of(kind: u8, label: impl Into<String>, data: Option<String>) -> Self {
        Self {
            id: None,
            render_data: RenderData { label: label.into(), visited_label: None, style: ButtonStyle::Blue },
            action: ButtonAction {
                kind,
                permission: ButtonPermission::Everyone,
                data,
                reply: None,
                enter: None,
                anchor: None,
                unsupport_tips: None,
                modal: None,
                click_limit: None,
                at_bot_show_channel_list: None,
                subscribe_data: None,
            },
            group_id: None,
        }
    }

    /// Opens a link or a mini program. The label of each button has at most 10 characters.
    pub fn link(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::of(LINK, label, Some(url.into()))
    }

    /// Tells the bot, with `INTERACTION_CREATE`.
    pub fn callback(label: impl Into<String>, data: impl Into<String>) -> Self {
        Self::of(CALLBACK, label, Some(data.into()))
    }

    /// Puts a mention of the bot and a text where one writes.
    pub fn command(label: impl Into<String>, data: impl Into<String>) -> Self {
        Self::of(COMMAND, label, Some(data.into()))
    }

    /// Opens something within QQ. Known from one SDK.
    pub fn native_link(label: impl Into<String>, link: impl Into<String>) -> Self {
        Self::of(NATIVE_LINK, label, Some(link.into()))
    }

    /// Subscribes to messages. Known from one SDK.
    pub fn subscribe(label: impl Into<String>, to: impl IntoIterator<Item = SubscribeTemplate>) -> Self {
        let mut button = Self::of(SUBSCRIBE, label, None);
        button.action.subscribe_data = Some(SubscribeData { template_ids: to.into_iter().collect() });
        button
    }

    /// Names it: comes back as `button_id`.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Puts it into a group, of which one button alone can be pressed; callbacks only.
    pub fn group_id(mut self, id: impl Into<String>) -> Self {
        self.group_id = Some(id.into());
        self
    }

    /// What stands on it once it was pressed.
    pub fn visited_label(mut self, label: impl Into<String>) -> Self {
        self.render_data.visited_label = Some(label.into());
        self
    }

    /// How it looks; a blue outline unless told.
    pub const fn style(mut self, style: ButtonStyle) -> Self {
        self.render_data.style = style;
        self
    }

    /// Who may press it; everyone unless told.
    pub fn permission(mut self, permission: ButtonPermission) -> Self {
        self.action.permission = permission;
        self
    }

    /// Whether a command quotes this message.
    pub const fn reply(mut self, reply: bool) -> Self {
        self.action.reply = Some(reply);
        self
    }

    /// Whether a command is sent at once; one-to-one chats, as the documents say.
    pub const fn enter(mut self, enter: bool) -> Self {
        self.action.enter = Some(enter);
        self
    }

    /// A command opens the picker for pictures, on phones in one-to-one chats.
    pub const fn picks_image(mut self) -> Self {
        self.action.anchor = Some(1);
        self
    }

    /// What those are told whose QQ is too old.
    pub fn unsupport_tips(mut self, text: impl Into<String>) -> Self {
        self.action.unsupport_tips = Some(text.into());
        self
    }

    /// Asks first whether it was meant.
    pub fn modal(mut self, modal: Modal) -> Self {
        self.action.modal = Some(modal);
        self
    }

    /// How often it can be pressed. Deprecated by the platform.
    pub const fn click_limit(mut self, limit: u32) -> Self {
        self.action.click_limit = Some(limit);
        self
    }

    /// Whether a command lets one choose a channel. Deprecated by the platform.
    pub const fn at_bot_show_channel_list(mut self, show: bool) -> Self {
        self.action.at_bot_show_channel_list = Some(show);
        self
    }

    fn check(&self) -> Result<(), Invalid> {
        let action = &self.action;
        unless(self.render_data.label.is_empty(), "label", Flaw::Empty)?;
        short(&self.render_data.label, BUTTON_LABEL, "label")?;
        short(self.render_data.visited_label.as_deref().unwrap_or_default(), BUTTON_LABEL, "visited_label")?;
        unless(action.data.as_deref().is_some_and(str::is_empty), "data", Flaw::Empty)?;
        unless(self.group_id.is_some() && action.kind != CALLBACK, "group_id", Flaw::OutOfPlace)?;
        let command = action.kind == COMMAND;
        unless(action.reply == Some(true) && !command, "reply", Flaw::OutOfPlace)?;
        unless(action.enter == Some(true) && !command, "enter", Flaw::OutOfPlace)?;
        unless(action.anchor.is_some() && !command, "anchor", Flaw::OutOfPlace)?;
        match &action.permission {
            ButtonPermission::Users(ids) => unless(ids.is_empty(), "specify_user_ids", Flaw::Empty)?,
            ButtonPermission::Roles(ids) => unless(ids.is_empty(), "specify_role_ids", Flaw::Empty)?,
            ButtonPermission::Admins | ButtonPermission::Everyone => {}
        }
        if let Some(data) = &action.subscribe_data {
            unless(data.template_ids.is_empty(), "template_ids", Flaw::Empty)?;
        }
        let Some(modal) = &action.modal else {
            return Ok(());
        };
        unless(modal.content.is_empty(), "modal.content", Flaw::Empty)?;
        short(&modal.content, 40, "modal.content")?;
        short(modal.confirm_text.as_deref().unwrap_or_default(), 4, "modal.confirm_text")?;
        short(modal.cancel_text.as_deref().unwrap_or_default(), 4, "modal.cancel_text")
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for Button {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Button").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(button: Button) -> Option<&'static str> {
        Keyboard::from([[button]]).check().err().map(|invalid| invalid.field)
    }

    #[test]
    fn what_the_platform_would_refuse() {
        assert_eq!(flaw(Button::callback("十个字十个字十个字十", "d")), None);
        for (button, field) in [
            (Button::callback("", "d"), "label"),
            (Button::callback("十个字十个字十个字十一", "d"), "label"),
            (Button::callback("a", ""), "data"),
            (Button::callback("a", "d").visited_label("十个字十个字十个字十一"), "visited_label"),
            (Button::link("a", "d").group_id("g"), "group_id"),
            (Button::link("a", "d").reply(true), "reply"),
            (Button::link("a", "d").enter(true), "enter"),
            (Button::callback("a", "d").picks_image(), "anchor"),
            (Button::link("a", "d").permission(ButtonPermission::Users(Ids::default())), "specify_user_ids"),
            (Button::link("a", "d").permission(ButtonPermission::Roles(Ids::default())), "specify_role_ids"),
            (Button::subscribe("a", []), "template_ids"),
            (Button::link("a", "d").modal(Modal::new("")), "modal.content"),
            (Button::link("a", "d").modal(Modal::new("字".repeat(41))), "modal.content"),
            (Button::link("a", "d").modal(Modal::new("a").confirm_text("五个字符了")), "modal.confirm_text"),
            (Button::link("a", "d").modal(Modal::new("a").cancel_text("五个字符了")), "modal.cancel_text"),
        ] {
            assert_eq!(flaw(button), Some(field));
        }
        let button = || Button::command("a", "d");
        let wide = Keyboard::from([(0..6).map(|_| button()).collect::<Vec<_>>()]);
        assert_eq!(wide.check().unwrap_err().field, "keyboard.buttons");
        let high = Keyboard::rows((0..6).map(|_| [button()]));
        assert_eq!(high.check().unwrap_err().field, "keyboard.rows");
        assert!(Keyboard::rows((0..5).map(|_| (0..5).map(|_| button()))).check().is_ok());
        assert_eq!(Keyboard::template("").check().unwrap_err().field, "keyboard.id");
    }
}

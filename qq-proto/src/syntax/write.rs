//! Writes texts.

use alloc::string::String;

use crate::api::{Flaw, Invalid, Scene};
use crate::url::push_segment;

use super::Dialect;
use super::escape::escape;

/// Characters that a command, and what is shown of it, may have.
pub const COMMAND_LENGTH: u32 = 100;

/// A text that is being written for a scene. What the scene does not take makes [`finish`](Self::finish) fail; what a
/// person typed is [escaped](escape).
///
/// Commands are taken in Markdown alone.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Text {
    scene: Scene,
    out: String,
    /// Text that is not escaped yet: what follows may be part of what begins here.
    pending: String,
    flaw: Option<Invalid>,
}

impl Text {
    /// Nothing yet.
    pub const fn new(scene: Scene) -> Self {
        Self { scene, out: String::new(), pending: String::new(), flaw: None }
    }

    /// Text as a person reads it.
    pub fn text(mut self, text: &str) -> Self {
        self.pending.push_str(text);
        self
    }

    /// Writes the text so far, because something else follows.
    fn settle(mut self) -> Self {
        self.out.push_str(&escape(Dialect::from(self.scene), &self.pending));
        self.pending.clear();
        self
    }

    /// Mentions someone, by user id in channels and by openid in groups.
    pub fn user(self, id: &str) -> Self {
        self.only_in(&[Scene::Group, Scene::Channel], "at-user").tag("<qqbot-at-user id=\"", id, "\" />")
    }

    /// Mentions everyone in a channel. Wants a right, and can be done a few times a day (error 304019).
    pub fn everyone(self) -> Self {
        let mut text = self.only_in(&[Scene::Channel], "at-everyone");
        text.out.push_str("<qqbot-at-everyone />");
        text
    }

    /// Links to a channel of the same guild.
    pub fn channel(self, id: &str) -> Self {
        self.only_in(&[Scene::Channel, Scene::Dm], "channel").tag("<#", id, ">")
    }

    /// One of the platform's faces by its number, in guilds. Unicode emoji are text.
    pub fn emoji(self, id: &str) -> Self {
        self.only_in(&[Scene::Channel, Scene::Dm], "emoji").tag("<emoji:", id, ">")
    }

    /// A command that is sent when it is tapped; one-to-one chats. At most 100 characters.
    pub fn enter(self, command: &str) -> Self {
        let mut text = self.only_in(&[Scene::C2c], "cmd-enter").short(command);
        text.out.push_str("<qqbot-cmd-enter text=\"");
        push_segment(&mut text.out, command);
        text.out.push_str("\" />");
        text
    }

    /// A command that is put where one writes when it is tapped. At most 100 characters.
    pub fn input(self, command: &str) -> Self {
        self.command(command, None, false)
    }

    /// The same that shows something else, and quotes this message or does not.
    pub fn input_as(self, command: &str, show: &str, reference: bool) -> Self {
        self.command(command, Some(show), reference)
    }

    fn command(self, command: &str, show: Option<&str>, reference: bool) -> Self {
        let scenes = [Scene::C2c, Scene::Group, Scene::Channel];
        let mut text = self.only_in(&scenes, "cmd-input").short(command).short(show.unwrap_or(command));
        text.out.push_str("<qqbot-cmd-input text=\"");
        push_segment(&mut text.out, command);
        if let Some(show) = show {
            text.out.push_str("\" show=\"");
            push_segment(&mut text.out, show);
        }
        text.out.push_str(if reference { "\" reference=\"true\" />" } else { "\" reference=\"false\" />" });
        text
    }

    /// What was written, or what is wrong with it.
    pub fn finish(self) -> Result<String, Invalid> {
        let text = self.settle();
        match text.flaw {
            None => Ok(text.out),
            Some(flaw) => Err(flaw),
        }
    }

    fn wrong(mut self, field: &'static str, flaw: Flaw) -> Self {
        self.flaw = self.flaw.or(Some(Invalid { field, flaw }));
        self
    }

    fn only_in(self, scenes: &[Scene], field: &'static str) -> Self {
        let text = self.settle();
        if scenes.contains(&text.scene) { text } else { text.wrong(field, Flaw::OutOfPlace) }
    }

    fn short(self, command: &str) -> Self {
        let limit = COMMAND_LENGTH;
        if command.is_empty() {
            self.wrong("text", Flaw::Empty)
        } else if command.chars().count() > limit as usize {
            self.wrong("text", Flaw::TooLong { limit })
        } else {
            self
        }
    }

    /// Ids are letters, digits and a few marks; anything else would leave the tag.
    fn tag(mut self, before: &str, id: &str, behind: &str) -> Self {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if id.is_empty() {
            return self.wrong("id", Flaw::Empty);
        }
        if !id.bytes().all(fits) {
            return self.wrong("id", Flaw::OutOfRange);
        }
        if id.len() > 128 {
            return self.wrong("id", Flaw::TooLong { limit: 128 });
        }
        self.out.push_str(before);
        self.out.push_str(id);
        self.out.push_str(behind);
        self
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Text")
            .field("scene", &self.scene)
            .field("out", &format_args!("{} bytes", self.out.len() + self.pending.len()))
            .field("flaw", &self.flaw)
            .finish()
    }
}

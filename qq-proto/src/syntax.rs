//! What texts may hold besides text: mentions, links to channels, faces, commands. Written, read, and kept out.
//!
//! Guilds and chats have different dialects. In guilds `&`, `<` and `>` are written `&amp;`, `&lt;` and `&gt;`, both
//! ways. In groups and one-to-one chats nothing is documented and nothing is escaped, so what a person typed may look
//! like a mention; [`escape`] puts an invisible character (U+200B) where that begins.
//!
//! ```
//! use qq_proto::Scene;
//! use qq_proto::syntax::{Dialect, Piece, Text, parse};
//!
//! let text = Text::new(Scene::Group).user("0E94").text(" rain <at> noon").finish()?;
//! assert_eq!(text, r#"<qqbot-at-user id="0E94" /> rain <at> noon"#);
//! let pieces: Vec<_> = parse(Dialect::Chat, &text).collect();
//! assert_eq!(pieces, [Piece::User("0E94"), Piece::Text(" rain <at> noon".into())]);
//! # Ok::<(), qq_proto::Invalid>(())
//! ```

mod escape;
mod parse;
mod write;

pub use escape::{escape, unescape};
pub use parse::{Pieces, parse, plain};
pub use write::{COMMAND_LENGTH, Text};

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::api::Scene;

/// Which of the two ways of writing is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Channels and private sessions of guilds.
    Guild,
    /// Groups and one-to-one chats.
    Chat,
}

impl From<Scene> for Dialect {
    fn from(scene: Scene) -> Self {
        match scene {
            Scene::Channel | Scene::Dm => Self::Guild,
            Scene::C2c | Scene::Group => Self::Chat,
        }
    }
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Piece<'a> {
    /// Text, as a person reads it.
    Text(Cow<'a, str>),
    /// Someone is mentioned: a user id in guilds, an openid in groups.
    User(&'a str),
    /// Everyone is mentioned.
    Everyone,
    /// A link to a channel of the same guild.
    Channel(&'a str),
    /// One of the platform's faces, in guilds.
    Emoji(&'a str),
    /// A face, as it comes in.
    Face(Face<'a>),
    /// A command that is sent when it is tapped.
    Enter {
        /// What is sent.
        text: Cow<'a, str>,
    },
    /// A command that is put where one writes when it is tapped.
    Input {
        /// What is put there.
        text: Cow<'a, str>,
        /// What is shown; the same unless told.
        show: Option<Cow<'a, str>>,
        /// Whether it quotes this message.
        reference: bool,
    },
}

/// A face, as it comes in: `<faceType=1,faceId="13",ext="..">`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Face<'a> {
    /// Its kind, a number.
    pub kind: &'a str,
    /// Its number; may be empty.
    pub id: &'a str,
    /// JSON in base64; see [`name`](Self::name).
    pub ext: &'a str,
}

impl Face<'_> {
    /// What the face is called; `None` if the platform did not say.
    pub fn name(&self) -> Option<String> {
        let json = String::from_utf8(base64(self.ext)?).ok()?;
        let value: serde_json::Value = serde_json::from_str(&json).ok()?;
        value.get("text")?.as_str().map(String::from)
    }
}

/// What base64 says, with padding or without; `None` if it is none.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u8);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;

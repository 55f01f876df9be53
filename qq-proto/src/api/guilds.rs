//! Guilds and how much may be pushed in them.

use crate::api::operation::operations;
use crate::model::cursor::{Cursor, Fill};
use crate::model::error::DecodeError;
use crate::model::field::{Field, Kind, Shape};
use crate::model::record::record;
use crate::model::{Guild, List, Str};

record! {
    /// How much the bot may push in a guild.
    MessageSetting {
        /// Private sessions cannot be opened.
        "disable_create_dm" => disable_create_dm: Switch,
        /// Unasked messages cannot be sent.
        "disable_push_msg" => disable_push_msg: Switch,
        /// The channels in which they can.
        "channel_ids" => channel_ids: List<'a, Str<'a>>,
        /// How many a day in each of them.
        "channel_push_max_num" => channel_push_max_num: Option<i64>,
    }
}

/// A truth value that also comes as text. The platform's table says text, its sample has truth values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Switch(bool);

impl Switch {
    /// Whether it is on.
    pub const fn is_on(self) -> bool {
        self.0
    }
}

impl<'a> Fill<'a> for Switch {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        if matches!(cursor.peek(), Some(b'"' | b'0'..=b'9')) {
            let text = cursor.text().map_err(|expected| DecodeError::at(field, expected))?;
            self.0 = matches!(text.as_str(), "true" | "1");
            return Ok(());
        }
        self.0.fill(cursor, field)
    }
}

impl Field for Switch {
    type Owned = Self;
    const SHAPE: Shape = Shape(Kind::Bool);

    fn into_owned(self) -> Self {
        self
    }

    fn is_absent(&self) -> bool {
        !self.0
    }
}

impl serde::Serialize for Switch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(self.0)
    }
}

#[cfg(test)]
impl crate::model::check::Check for Switch {
    fn check(&self, json: &serde_json::Value, path: &str) {
        assert_eq!(self.0, *json == true || json == "true" || json == "1", "{path}");
    }
}

operations! { Guilds;
    /// Reads a guild.
    50 GetGuild Get ["guilds" guild_id] => one Guild {
        limit: 50 per 1,
    }

    /// Reads how much the bot may push in a guild.
    96 GetMessageSetting Get ["guilds" guild_id, "message", "setting"] => one MessageSetting {}
}

//! READY: what the gateway says when a session begins.

use super::cursor::{Cursor, Fill};
use super::error::{DecodeError, Expected};
use super::field::{Field, Kind, Shape};
use super::record::record;
use super::text::{Str, Url};
use serde::{Serialize, Serializer};

record! {
    /// A session has begun (READY).
    Ready {
        /// Version of the gateway.
        "version" => version: Option<i64>,
        /// Name of the session, wanted for resuming it. Looks like a UUID; keep it as text.
        "session_id" => session_id: Str<'a>,
        /// The bot itself.
        "user" => user: BotUser<'a>,
        /// The shard as the gateway understood it. The documents' sample shows the impossible `[0, 0]`.
        "shard" => shard: Option<ShardPair>,
    }

    /// The bot itself, as READY describes it.
    BotUser {
        /// Id in the guild system, decimal digits. Not an openid, not the bot's QQ number.
        "id" => id: Str<'a>,
        /// Name.
        "username" => username: Str<'a>,
        /// Always true.
        "bot" => bot: bool,
        /// Undocumented; 1 in live frames.
        "status" => status: Option<i64>,
        /// Picture; undocumented, seldom there.
        "avatar" => avatar: Url<'a>,
    }
}

/// Which of how many connections this one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShardPair {
    /// Index, from 0.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

impl Serialize for ShardPair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.index, self.count].serialize(serializer)
    }
}

impl Field for Option<ShardPair> {
    type Owned = Self;
    const SHAPE: Shape = Shape(Kind::List(&<Option<u32> as Field>::SHAPE));

    fn into_owned(self) -> Self {
        self
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<'a> Fill<'a> for Option<ShardPair> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        let fail = |expected| DecodeError::at(field, expected);
        *self = None;
        if cursor.null().map_err(fail)? {
            return Ok(());
        }
        if cursor.peek() != Some(b'[') {
            return Err(fail(cursor.unlike(Expected::List)));
        }
        // Passing over it first tells a wrong pair from broken JSON.
        let mut pair = Cursor::new(cursor.skip().map_err(fail)?);
        let mut number = |lead| {
            let mut number = None;
            if pair.take(lead) && pair.peek() != Some(b']') {
                number.fill(&mut pair, field)?;
            }
            Ok(number)
        };
        let (index, count): (Option<u32>, Option<u32>) = (number(b'[')?, number(b',')?);
        *self = index.zip(count).map(|(index, count)| ShardPair { index, count });
        Ok(())
    }
}

#[cfg(test)]
impl super::check::Check for Option<ShardPair> {
    fn check(&self, json: &serde_json::Value, path: &str) {
        let pair = self.map(|pair| serde_json::json!([pair.index, pair.count]));
        assert_eq!(pair.unwrap_or_default(), *json, "{path}");
    }
}

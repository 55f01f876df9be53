//! READY: what the gateway says when a session begins.

use super::cursor::{Cursor, Fill};
use super::error::{DecodeError, Expected};
use super::record::record;
use super::text::{Str, Url};

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

impl<'a> Fill<'a> for Option<ShardPair> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        let fail = |expected| DecodeError::at(field, expected);
        *self = None;
        if cursor.null().map_err(fail)? {
            return Ok(());
        }
        if !cursor.take(b'[') {
            return Err(fail(cursor.unlike(Expected::List)));
        }
        if cursor.take(b']') {
            return Ok(());
        }
        let [mut index, mut count] = [None, None];
        index.fill(cursor, field)?;
        if !cursor.take(b',') {
            return Err(fail(Expected::List));
        }
        count.fill(cursor, field)?;
        if !cursor.take(b']') {
            return Err(fail(Expected::List));
        }
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

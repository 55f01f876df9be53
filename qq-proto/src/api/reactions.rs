//! Reactions to messages in guild channels.

use alloc::string::{String, ToString};

use crate::api::invalid::{Invalid, within};
use crate::api::operation::{Segments, operations};
use crate::api::pages::Paged;
use crate::model::record::record;
use crate::model::{Emoji, EmojiKind, List, Str, User};
use crate::url::push_segment;

/// A face to react with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reaction {
    kind: i64,
    id: String,
}

impl Reaction {
    /// One of the platform's own faces, by its number.
    pub fn system(id: u32) -> Self {
        Self { kind: EmojiKind::System.code(), id: id.to_string() }
    }

    /// A Unicode emoji. It is sent as its code point in decimal digits, as the platform's list has it.
    pub fn unicode(emoji: char) -> Self {
        Self { kind: EmojiKind::Unicode.code(), id: u32::from(emoji).to_string() }
    }
}

/// The face of a reaction that came in an event. Of a Unicode emoji that came as itself the first character counts.
impl From<&Emoji<'_>> for Reaction {
    fn from(emoji: &Emoji<'_>) -> Self {
        let kind = emoji.kind.unwrap_or(EmojiKind::System);
        let char = emoji.id.chars().next().filter(|c| !c.is_ascii());
        match char {
            Some(char) => Self::unicode(char),
            None => Self { kind: kind.code(), id: emoji.id.to_string() },
        }
    }
}

impl Segments for Reaction {
    fn append(&self, path: &mut String) {
        path.push('/');
        path.push_str(&self.kind.to_string());
        path.push('/');
        push_segment(path, &self.id);
    }
}

record! {
    /// Who reacted with a face, a page of them.
    ReactionUsers {
        /// Who.
        "users" => users: List<'a, User<'a>>,
        /// Where the next page begins.
        "cookie" => cookie: Str<'a>,
        /// This is the last page.
        "is_end" => is_end: bool,
    }
}

operations! { Reactions;
    /// Reacts to a message.
    83 AddReaction Put ["channels" channel_id, "messages" message_id, "reactions" reaction = Reaction] => none {}

    /// Takes the bot's own reaction back.
    84 RemoveReaction Delete ["channels" channel_id, "messages" message_id, "reactions" reaction = Reaction] => none {}

    /// Reads who reacted with a face, a page of them. See [`Pages`](crate::api::Pages).
    85 ListReactionUsers Get ["channels" channel_id, "messages" message_id, "reactions" reaction = Reaction]
        => one ReactionUsers
    {
        check: users,
        query {
            /// `cookie` of the page before; empty for the first.
            "cookie" => cookie: String,
            /// How many, 1 to 50, 20 unless told. Heeded on the first page alone.
            "limit" => limit: u32,
        }
    }
}

fn users(call: &ListReactionUsers) -> Result<(), Invalid> {
    within(call.limit, 1, 50, "limit")
}

impl Paged for ListReactionUsers {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        let more = !reply.is_end && !reply.cookie.is_empty();
        more.then(|| self.clone().cookie(reply.cookie.to_string()))
    }
}

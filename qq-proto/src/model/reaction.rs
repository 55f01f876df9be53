//! Reactions to guild messages and posts: `MESSAGE_REACTION_ADD`, `MESSAGE_REACTION_REMOVE`.

use super::field::Kind;
use super::record::{codes, record};
use super::text::Str;

record! {
    /// Someone reacted to something in a guild channel, or took it back.
    MessageReaction {
        /// Who.
        "user_id" => user_id: Str<'a>,
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// With what.
        "emoji" => emoji: Emoji<'a>,
        /// To what.
        "target" => target: ReactionTarget<'a>,
    }

    /// A face.
    Emoji {
        /// Number of the face, or code point of the Unicode emoji.
        "id" => id: Str<'a>,
        /// Which of the two.
        "type" => kind: Option<EmojiKind>,
    }

    /// What was reacted to.
    ReactionTarget {
        /// Its id.
        "id" => id: Str<'a>,
        /// As sent: documented as a number, sent as one of the platform's own words; see
        /// [`kind`](Self::kind).
        "type" => raw_kind: Str<'a> as Kind::Word(|word| word.is_empty() || kind_of(word).is_some()),
    }
}

codes! {
    /// Kind of a face.
    EmojiKind {
        /// One of the platform's.
        1 => System,
        /// A Unicode emoji.
        2 => Unicode,
    }
}

/// Kind of thing that was reacted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReactionTargetKind {
    /// A message.
    Message,
    /// A post of a forum.
    Post,
    /// A comment on a post.
    Comment,
    /// An answer to a comment.
    Reply,
}

fn kind_of(word: &str) -> Option<ReactionTargetKind> {
    Some(match word {
        "0" | "ReactionTargetType_MSG" => ReactionTargetKind::Message,
        "1" | "ReactionTargetType_FEED" => ReactionTargetKind::Post,
        // The platform misspells it; in case it learns to spell.
        "2" | "ReactionTargetType_COMMNENT" | "ReactionTargetType_COMMENT" => ReactionTargetKind::Comment,
        "3" | "ReactionTargetType_REPLY" => ReactionTargetKind::Reply,
        _ => return None,
    })
}

impl ReactionTarget<'_> {
    /// What kind of thing it is; `None` if this version has no name for what was sent.
    pub fn kind(&self) -> Option<ReactionTargetKind> {
        kind_of(&self.raw_kind)
    }
}

//! Which events a bot asks for.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use bitflags::bitflags;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

bitflags! {
    /// The families of events that a bot asks for when it identifies: a set of bits.
    ///
    /// Asking for a family that the bot has not been granted makes the platform refuse the whole identify. Unknown
    /// bits are kept and sent as given. Text form: names joined by `|`, `,` or spaces, or a number, as in
    /// `"group_and_c2c,interaction"` or `"100663296"`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Intents: u32 {
        /// Guilds and channels created, changed, deleted. Granted to everyone.
        const GUILDS = 1;
        /// Members of guilds. Granted to everyone.
        const GUILD_MEMBERS = 1 << 1;
        /// All messages of guild channels. Private-domain bots only.
        const GUILD_MESSAGES = 1 << 9;
        /// Reactions in guild channels. On application.
        const GUILD_MESSAGE_REACTIONS = 1 << 10;
        /// Direct messages inside guilds. On application.
        const DIRECT_MESSAGE = 1 << 12;
        /// Forum events of public-domain bots. On application.
        const OPEN_FORUMS_EVENT = 1 << 18;
        /// Members entering and leaving audio and live channels. On application.
        const AUDIO_OR_LIVE_CHANNEL_MEMBER = 1 << 19;
        /// A user opened the chat with the bot. Known from the official Go SDK only.
        const ENTER_AIO = 1 << 23;
        /// Members of QQ groups. On application.
        const GROUP_MEMBER_EVENT = 1 << 24;
        /// Messages and life cycle of QQ groups and one-to-one chats. Granted with these scenes.
        const GROUP_AND_C2C_EVENT = 1 << 25;
        /// Buttons and menus. On application, usually granted together with buttons.
        const INTERACTION = 1 << 26;
        /// Results of message audits. On application.
        const MESSAGE_AUDIT = 1 << 27;
        /// Forum events with content. Private-domain bots only.
        const FORUMS_EVENT = 1 << 28;
        /// Audio playback and microphone. On application.
        const AUDIO_ACTION = 1 << 29;
        /// Guild messages that mention the bot. Granted to everyone.
        const PUBLIC_GUILD_MESSAGES = 1 << 30;

        // Every bit may be set: the platform adds families faster than libraries follow.
        const _ = !0;
    }
}

/// Short names in use by other SDKs, in the spelling that [`FromStr`] compares with.
const ALIASES: [(&str, Intents); 15] = [
    ("direct_messages", Intents::DIRECT_MESSAGE),
    ("open_forum_event", Intents::OPEN_FORUMS_EVENT),
    ("open_forums", Intents::OPEN_FORUMS_EVENT),
    ("audio_live_member", Intents::AUDIO_OR_LIVE_CHANNEL_MEMBER),
    ("group_members", Intents::GROUP_MEMBER_EVENT),
    ("group_member", Intents::GROUP_MEMBER_EVENT),
    ("group_and_c2c", Intents::GROUP_AND_C2C_EVENT),
    ("public_messages", Intents::GROUP_AND_C2C_EVENT),
    ("c2c_group_at_messages", Intents::GROUP_AND_C2C_EVENT),
    ("interactions", Intents::INTERACTION),
    ("forums", Intents::FORUMS_EVENT),
    ("forum_event", Intents::FORUMS_EVENT),
    ("at_messages", Intents::PUBLIC_GUILD_MESSAGES),
    ("public_guild_message", Intents::PUBLIC_GUILD_MESSAGES),
    ("default", Intents::GROUP_AND_C2C),
];

impl Intents {
    /// What a bot in groups and one-to-one chats needs: messages, life cycle, buttons.
    pub const GROUP_AND_C2C: Self = Self::GROUP_AND_C2C_EVENT.union(Self::INTERACTION);
}

/// [`Intents::GROUP_AND_C2C`] plus what is granted to everyone in guilds (guilds, members' mentions of the bot).
impl Default for Intents {
    fn default() -> Self {
        Self::GROUP_AND_C2C | Self::GUILDS | Self::PUBLIC_GUILD_MESSAGES
    }
}

/// A text that is neither an intent's name nor a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown intent {name:?}: give names such as group_and_c2c,guilds or a number")]
pub struct UnknownIntent {
    /// The word that was not understood.
    pub name: String,
}

impl FromStr for Intents {
    type Err = UnknownIntent;

    fn from_str(text: &str) -> Result<Self, UnknownIntent> {
        let mut all = Self::empty();
        for word in text.split(|c: char| c == '|' || c == ',' || c == '+' || c.is_whitespace()) {
            if !word.is_empty() {
                all |= one(word).ok_or_else(|| UnknownIntent { name: word.into() })?;
            }
        }
        Ok(all)
    }
}

fn one(word: &str) -> Option<Intents> {
    if let Ok(bits) = word.parse::<u32>() {
        return Some(Intents::from_bits_retain(bits));
    }
    if let Some(bits) = word.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        return Some(Intents::from_bits_retain(bits));
    }
    Intents::all()
        .iter_names()
        .chain(ALIASES.iter().map(|(name, bits)| (*name, *bits)))
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, bits)| bits)
}

/// Names joined by `|`; bits without a name as one number.
impl fmt::Display for Intents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.iter_names();
        let mut separator = "";
        for (name, _) in &mut names {
            write!(f, "{separator}{name}")?;
            separator = "|";
        }
        let rest = names.remaining().bits();
        if rest != 0 || separator.is_empty() {
            write!(f, "{separator}{rest}")?;
        }
        Ok(())
    }
}

impl Serialize for Intents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Intents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Bits(u32),
            Names(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Bits(bits) => Ok(Self::from_bits_retain(bits)),
            Either::Names(names) => names.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn text_goes_both_ways() {
        for (text, bits) in [
            ("guilds", 1),
            ("GUILDS | guild_members", 3),
            ("group_and_c2c,interaction", (1 << 25) | (1 << 26)),
            ("100663296", 100_663_296),
            ("0x200", 512),
            ("1174409219", 1_174_409_219),
            ("", 0),
            ("direct_messages guild_message_reactions", (1 << 12) | (1 << 10)),
            ("default", (1 << 25) | (1 << 26)),
        ] {
            let intents: Intents = text.parse().unwrap();
            assert_eq!(intents.bits(), bits, "{text}");
            assert_eq!(intents.to_string().parse::<Intents>().unwrap(), intents, "{intents}");
        }
        assert_eq!(Intents::from_bits_retain(5).to_string(), "GUILDS|4");
        assert_eq!("guild".parse::<Intents>().unwrap_err().name, "guild");
    }

    #[test]
    fn serde_takes_numbers_and_names() {
        assert_eq!(serde_json::from_str::<Intents>("3").unwrap().bits(), 3);
        assert_eq!(serde_json::from_str::<Intents>("\"guilds\"").unwrap().bits(), 1);
        assert_eq!(serde_json::to_string(&Intents::GUILDS).unwrap(), "\"GUILDS\"");
        assert!(serde_json::from_str::<Intents>("\"nonsense\"").is_err());
    }
}

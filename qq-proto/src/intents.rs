//! Which events a bot asks for.

mod table;

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use bitflags::bitflags;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use table::FAMILIES;
pub use table::Grant;

bitflags! {
    /// The families of events that a bot asks for when it identifies: a set of bits.
    ///
    /// Asking for a family that the bot has not been granted makes the platform refuse the whole identify. Unknown
    /// bits are kept and sent as given. Text form: names joined by `|`, `,`, `+` or spaces, or a number, as in
    /// `"group_and_c2c,interaction"` or `"100663296"`. Names are those of the documents and of other SDKs, in any case,
    /// and the presets `default`, `everyone`, `guild_public`, `guild_private`, `all`
    /// (of [`KNOWN`](Self::KNOWN)).
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

impl Intents {
    /// What a bot in groups and one-to-one chats needs: messages, life cycle, buttons.
    pub const GROUP_AND_C2C: Self = Self::GROUP_AND_C2C_EVENT.union(Self::INTERACTION);

    /// What every bot is granted without asking: guilds, their members, messages there that mention the bot.
    pub const GRANTED_TO_EVERYONE: Self =
        Self::GUILDS.union(Self::GUILD_MEMBERS).union(Self::PUBLIC_GUILD_MESSAGES);

    /// What a public-domain bot in guilds can make use of. Direct messages and reactions are on application.
    pub const GUILD_PUBLIC: Self =
        Self::GRANTED_TO_EVERYONE.union(Self::DIRECT_MESSAGE).union(Self::GUILD_MESSAGE_REACTIONS);

    /// What a private-domain bot in guilds can make use of: all messages, and forums. Without
    /// [`PUBLIC_GUILD_MESSAGES`](Self::PUBLIC_GUILD_MESSAGES), with which a mention would come twice.
    pub const GUILD_PRIVATE: Self = Self::GUILD_PUBLIC
        .difference(Self::PUBLIC_GUILD_MESSAGES)
        .union(Self::GUILD_MESSAGES)
        .union(Self::FORUMS_EVENT);

    /// Every family that has a name here. Hardly any bot is granted all of them; [`all`](Self::all) has the nameless
    /// bits as well.
    pub const KNOWN: Self = Self::GRANTED_TO_EVERYONE
        .union(Self::GUILD_MESSAGES)
        .union(Self::GUILD_MESSAGE_REACTIONS)
        .union(Self::DIRECT_MESSAGE)
        .union(Self::OPEN_FORUMS_EVENT)
        .union(Self::AUDIO_OR_LIVE_CHANNEL_MEMBER)
        .union(Self::ENTER_AIO)
        .union(Self::GROUP_MEMBER_EVENT)
        .union(Self::GROUP_AND_C2C_EVENT)
        .union(Self::INTERACTION)
        .union(Self::MESSAGE_AUDIT)
        .union(Self::FORUMS_EVENT)
        .union(Self::AUDIO_ACTION);
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
    named(word)
}

/// The set of this name, in any case: a family by one of its names, or a preset.
pub(crate) fn named(word: &str) -> Option<Intents> {
    let families = FAMILIES.iter().flat_map(|row| row.aliases.iter().map(|alias| (*alias, row.bit)));
    let presets = [
        ("default", Intents::default()),
        ("everyone", Intents::GRANTED_TO_EVERYONE),
        ("guild_public", Intents::GUILD_PUBLIC),
        ("guild_private", Intents::GUILD_PRIVATE),
        ("known", Intents::KNOWN),
        ("all", Intents::KNOWN),
    ];
    Intents::all()
        .iter_names()
        .chain(families)
        .chain(presets)
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
            ("default", 1 | (1 << 25) | (1 << 26) | (1 << 30)),
            ("everyone", 3 | (1 << 30)),
            ("guild_public", 3 | (1 << 10) | (1 << 12) | (1 << 30)),
            ("guild_private", 3 | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 28)),
            ("guild_private+group_and_c2c", 3 | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 25) | (1 << 28)),
        ] {
            let intents: Intents = text.parse().unwrap();
            assert_eq!(intents.bits(), bits, "{text}");
            assert_eq!(intents.to_string().parse::<Intents>().unwrap(), intents, "{intents}");
        }
        assert_eq!(Intents::from_bits_retain(5).to_string(), "GUILDS|4");
        assert_eq!("guild".parse::<Intents>().unwrap_err().name, "guild");
    }

    #[test]
    fn every_name_of_other_sdks_is_understood() {
        for (bit, names) in [
            (0, "GUILDS guilds"),
            (1, "GUILD_MEMBERS guild_members"),
            (9, "GUILD_MESSAGES guild_messages"),
            (10, "GUILD_MESSAGE_REACTIONS guild_message_reactions"),
            (12, "DIRECT_MESSAGE direct_message direct_messages"),
            (18, "OPEN_FORUMS_EVENT open_forum_event"),
            (19, "AUDIO_OR_LIVE_CHANNEL_MEMBER audio_or_live_channel_member audio_live_member"),
            (23, "ENTER_AIO IntentEnterAIO"),
            (24, "GROUP_MEMBER_EVENT group_members GROUP_MEMBERS"),
            (
                25,
                "GROUP_AND_C2C_EVENT IntentGroupMessages public_messages c2c_group_at_messages group_and_c2c",
            ),
            (26, "INTERACTION interaction"),
            (27, "MESSAGE_AUDIT message_audit"),
            (28, "FORUMS_EVENT forums forum_event"),
            (29, "AUDIO_ACTION audio_action"),
            (30, "PUBLIC_GUILD_MESSAGES public_guild_messages at_messages"),
        ] {
            for name in names.split(' ') {
                assert_eq!(name.parse::<Intents>().map(|intents| intents.bits()), Ok(1 << bit), "{name}");
            }
        }
    }

    #[test]
    fn presets_are_what_they_say() {
        assert_eq!(Intents::GRANTED_TO_EVERYONE.privileged(), Intents::empty());
        assert_eq!(Intents::KNOWN, Intents::all().iter_names().map(|(_, bit)| bit).collect());
        assert_eq!(("known".parse(), "ALL".parse()), (Ok(Intents::KNOWN), Ok(Intents::KNOWN)));
        // A mention would come under both names.
        let twice = Intents::GUILD_MESSAGES | Intents::PUBLIC_GUILD_MESSAGES;
        for preset in [Intents::GUILD_PUBLIC, Intents::GUILD_PRIVATE, Intents::default()] {
            assert!(!preset.contains(twice), "{preset}");
        }
    }

    #[test]
    fn serde_takes_numbers_and_names() {
        assert_eq!(serde_json::from_str::<Intents>("3").unwrap().bits(), 3);
        assert_eq!(serde_json::from_str::<Intents>("\"guilds\"").unwrap().bits(), 1);
        assert_eq!(serde_json::to_string(&Intents::GUILDS).unwrap(), "\"GUILDS\"");
        assert!(serde_json::from_str::<Intents>("\"nonsense\"").is_err());
    }
}

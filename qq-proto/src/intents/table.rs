//! The families of events as data: which bit, who is granted it, what it is called, which events it brings.

use super::Intents;

/// Who is granted a family of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Grant {
    /// Every bot, without asking.
    Default,
    /// Bots that may be used in groups and one-to-one chats.
    WithScenes,
    /// Bots whose owner has applied for it in the console.
    Apply,
    /// Private-domain bots, a kind that is chosen in the console.
    PrivateDomain,
    /// Nobody has written it down.
    Unknown,
}

/// One row.
pub(super) struct Family {
    pub(super) bit: Intents,
    pub(super) grant: Grant,
    /// Names in use by other SDKs, beside that of the platform's documents.
    pub(super) aliases: &'static [&'static str],
    pub(super) events: &'static [&'static str],
}

/// From the platform's documents, and for bits 18, 19, 23 and 24 from official SDKs: the documents leave them out of
/// the list of intents, though not of the events. Bits 2 to 8, 11, 13 and 14 of the Go SDK are another platform's.
pub(super) const FAMILIES: &[Family] = &[
    Family {
        bit: Intents::GUILDS,
        grant: Grant::Default,
        aliases: &[],
        events: &[
            "GUILD_CREATE",
            "GUILD_UPDATE",
            "GUILD_DELETE",
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
        ],
    },
    Family {
        bit: Intents::GUILD_MEMBERS,
        grant: Grant::Default,
        aliases: &[],
        events: &["GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"],
    },
    Family {
        bit: Intents::GUILD_MESSAGES,
        grant: Grant::PrivateDomain,
        aliases: &[],
        // The heading of this event's page names the public bit; the documents' list has this one, and is right.
        events: &["MESSAGE_CREATE", "MESSAGE_DELETE"],
    },
    Family {
        bit: Intents::GUILD_MESSAGE_REACTIONS,
        grant: Grant::Apply,
        aliases: &[],
        events: &["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"],
    },
    Family {
        bit: Intents::DIRECT_MESSAGE,
        // One page of the documents counts it as granted to everyone; asking for it without a grant is refused.
        grant: Grant::Apply,
        aliases: &["direct_messages"],
        events: &["DIRECT_MESSAGE_CREATE", "DIRECT_MESSAGE_DELETE"],
    },
    Family {
        bit: Intents::OPEN_FORUMS_EVENT,
        grant: Grant::Apply,
        aliases: &["open_forum_event", "open_forums"],
        events: &[
            "OPEN_FORUM_THREAD_CREATE",
            "OPEN_FORUM_THREAD_UPDATE",
            "OPEN_FORUM_THREAD_DELETE",
            "OPEN_FORUM_POST_CREATE",
            "OPEN_FORUM_POST_DELETE",
            "OPEN_FORUM_REPLY_CREATE",
            "OPEN_FORUM_REPLY_DELETE",
        ],
    },
    Family {
        bit: Intents::AUDIO_OR_LIVE_CHANNEL_MEMBER,
        grant: Grant::Apply,
        aliases: &["audio_live_member"],
        events: &["AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER", "AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT"],
    },
    Family {
        bit: Intents::ENTER_AIO,
        grant: Grant::Unknown,
        aliases: &["IntentEnterAIO"],
        events: &["ENTER_AIO"],
    },
    Family {
        bit: Intents::GROUP_MEMBER_EVENT,
        grant: Grant::Apply,
        aliases: &["group_members", "group_member"],
        events: &["GROUP_MEMBER_ADD", "GROUP_MEMBER_REMOVE", "GROUP_JOIN_REQUEST"],
    },
    Family {
        bit: Intents::GROUP_AND_C2C_EVENT,
        grant: Grant::WithScenes,
        aliases: &["group_and_c2c", "public_messages", "c2c_group_at_messages", "IntentGroupMessages"],
        events: &[
            "C2C_MESSAGE_CREATE",
            "GROUP_AT_MESSAGE_CREATE",
            "GROUP_MESSAGE_CREATE",
            "GROUP_ADD_ROBOT",
            "GROUP_DEL_ROBOT",
            "GROUP_MSG_REJECT",
            "GROUP_MSG_RECEIVE",
            "FRIEND_ADD",
            "FRIEND_DEL",
            "C2C_MSG_REJECT",
            "C2C_MSG_RECEIVE",
            "SUBSCRIBE_MESSAGE_STATUS",
            // Here and with bit 24: the documents have changed their mind about it.
            "GROUP_JOIN_REQUEST",
        ],
    },
    Family {
        bit: Intents::INTERACTION,
        grant: Grant::Apply,
        aliases: &["interactions"],
        events: &["INTERACTION_CREATE"],
    },
    Family {
        bit: Intents::MESSAGE_AUDIT,
        grant: Grant::Apply,
        aliases: &[],
        events: &["MESSAGE_AUDIT_PASS", "MESSAGE_AUDIT_REJECT"],
    },
    Family {
        bit: Intents::FORUMS_EVENT,
        grant: Grant::PrivateDomain,
        aliases: &["forums", "forum_event"],
        events: &[
            "FORUM_THREAD_CREATE",
            "FORUM_THREAD_UPDATE",
            "FORUM_THREAD_DELETE",
            "FORUM_POST_CREATE",
            "FORUM_POST_DELETE",
            "FORUM_REPLY_CREATE",
            "FORUM_REPLY_DELETE",
            "FORUM_PUBLISH_AUDIT_RESULT",
        ],
    },
    Family {
        bit: Intents::AUDIO_ACTION,
        grant: Grant::Apply,
        aliases: &[],
        events: &["AUDIO_START", "AUDIO_FINISH", "AUDIO_ON_MIC", "AUDIO_OFF_MIC"],
    },
    Family {
        bit: Intents::PUBLIC_GUILD_MESSAGES,
        grant: Grant::Default,
        aliases: &["at_messages", "public_guild_message"],
        events: &["AT_MESSAGE_CREATE", "PUBLIC_MESSAGE_DELETE"],
    },
];

impl Intents {
    /// The events that come with this set, by their names on the wire, each once. Bits without a name bring none
    /// that is known.
    ///
    /// ```
    /// use qq_proto::Intents;
    ///
    /// let names: Vec<_> = Intents::INTERACTION.union(Intents::GUILD_MESSAGES).events().collect();
    /// assert_eq!(names, ["MESSAGE_CREATE", "MESSAGE_DELETE", "INTERACTION_CREATE"]);
    /// ```
    pub fn events(self) -> impl Iterator<Item = &'static str> {
        // An event that stands in two rows comes with the first of them.
        let first = move |name: &str| {
            FAMILIES
                .iter()
                .find(|row| self.contains(row.bit) && row.events.contains(&name))
                .map(|row| row.bit)
        };
        FAMILIES
            .iter()
            .filter(move |row| self.contains(row.bit))
            .flat_map(move |row| row.events.iter().copied().filter(move |name| first(name) == Some(row.bit)))
    }

    /// What brings this event, by its name on the wire: one bit, or two of which either may do, where the platform's
    /// documents contradict each other. `None` for what needs no intent (`READY`, `RESUMED`) and what is not known.
    ///
    /// ```
    /// use qq_proto::Intents;
    ///
    /// assert_eq!(Intents::of_event("INTERACTION_CREATE"), Some(Intents::INTERACTION));
    /// assert_eq!(Intents::of_event("READY"), None);
    /// ```
    pub fn of_event(name: &str) -> Option<Self> {
        let rows = FAMILIES.iter().filter(|row| row.events.contains(&name));
        let bits: Self = rows.map(|row| row.bit).collect();
        (!bits.is_empty()).then_some(bits)
    }

    /// Each bit of this set, and who is granted it. Bits without a name are [`Grant::Unknown`].
    ///
    /// ```
    /// use qq_proto::{Grant, Intents};
    ///
    /// let asked = Intents::GUILDS | Intents::INTERACTION;
    /// let needs: Vec<_> = asked.grants().filter(|(_, grant)| *grant != Grant::Default).collect();
    /// assert_eq!(needs, [(Intents::INTERACTION, Grant::Apply)]);
    /// ```
    pub fn grants(self) -> impl Iterator<Item = (Self, Grant)> {
        (0..u32::BITS).map(|at| Self::from_bits_retain(1 << at)).filter(move |bit| self.contains(*bit)).map(
            |bit| {
                let row = FAMILIES.iter().find(|row| row.bit == bit);
                (bit, row.map_or(Grant::Unknown, |row| row.grant))
            },
        )
    }

    /// The bits of this set for which an identify can be refused although the bot is an ordinary one: those on
    /// application, for private-domain bots, and those nobody knows about.
    #[must_use]
    pub fn privileged(self) -> Self {
        self.grants()
            .filter(|(_, grant)| match grant {
                Grant::Default | Grant::WithScenes => false,
                Grant::Apply | Grant::PrivateDomain | Grant::Unknown => true,
            })
            .map(|(bit, _)| bit)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use super::*;
    use crate::model::Payload;

    #[test]
    fn each_typed_event_belongs_to_an_intent_and_the_reverse() {
        let typed: BTreeSet<&str> =
            Payload::NAMES.iter().copied().filter(|name| !["READY", "RESUMED"].contains(name)).collect();
        let listed: BTreeSet<&str> = FAMILIES.iter().flat_map(|row| row.events).copied().collect();
        assert_eq!(typed, listed);
        for name in Payload::NAMES {
            let bits = Intents::of_event(name);
            assert_eq!(bits.is_some(), typed.contains(name), "{name}");
            for (bit, _) in bits.unwrap_or(Intents::empty()).grants() {
                assert!(bit.events().any(|other| other == *name), "{name} with {bit}");
            }
        }
        assert_eq!(Intents::of_event("NO_SUCH_EVENT"), None);
        assert_eq!(Intents::of_event(""), None);
    }

    #[test]
    fn each_named_bit_has_one_row_and_one_bit() {
        let named: Vec<Intents> = Intents::all().iter_names().map(|(_, bit)| bit).collect();
        let rows: Vec<Intents> = FAMILIES.iter().map(|row| row.bit).collect();
        assert_eq!(named, rows);
        assert!(rows.iter().all(|bit| bit.bits().is_power_of_two()));
        assert!(FAMILIES.iter().all(|row| !row.events.is_empty()));
    }

    #[test]
    fn names_mean_one_thing() {
        let mut seen = BTreeSet::new();
        for row in FAMILIES {
            for alias in row.aliases {
                assert!(seen.insert(alias.to_ascii_lowercase()), "{alias} twice");
                assert!(
                    Intents::all().iter_names().all(|(name, _)| !name.eq_ignore_ascii_case(alias)),
                    "{alias}"
                );
            }
        }
    }

    #[test]
    fn an_event_of_two_families_comes_once() {
        let both = Intents::GROUP_MEMBER_EVENT | Intents::GROUP_AND_C2C_EVENT;
        assert_eq!(Intents::of_event("GROUP_JOIN_REQUEST"), Some(both));
        for set in [Intents::GROUP_MEMBER_EVENT, Intents::GROUP_AND_C2C_EVENT, both, Intents::all()] {
            assert_eq!(set.events().filter(|name| *name == "GROUP_JOIN_REQUEST").count(), 1, "{set}");
        }
        let all: BTreeSet<&str> = Intents::all().events().collect();
        assert_eq!(
            (all.len(), Intents::all().events().count()),
            (Payload::NAMES.len() - 2, Payload::NAMES.len() - 2)
        );
        assert_eq!(Intents::empty().events().count(), 0);
        assert_eq!(Intents::from_bits_retain(1 << 2).events().count(), 0);
    }

    #[test]
    fn what_needs_a_grant() {
        assert_eq!(Intents::default().privileged(), Intents::INTERACTION);
        let everyone = Intents::GUILDS | Intents::GUILD_MEMBERS | Intents::PUBLIC_GUILD_MESSAGES;
        let scenes = Intents::GROUP_AND_C2C_EVENT;
        assert_eq!(Intents::all() - Intents::all().privileged(), everyone | scenes);
        let unnamed = Intents::from_bits_retain(1 << 3);
        assert_eq!(unnamed.grants().collect::<Vec<_>>(), [(unnamed, Grant::Unknown)]);
        assert_eq!((unnamed | everyone).privileged(), unnamed);
        assert_eq!(Intents::all().grants().count(), 32);
        let private: Intents = Intents::all()
            .grants()
            .filter(|(_, grant)| *grant == Grant::PrivateDomain)
            .map(|(bit, _)| bit)
            .collect();
        assert_eq!(private, Intents::GUILD_MESSAGES | Intents::FORUMS_EVENT);
    }
}

//! Which events a program wants, told before any of them is decoded.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dispatch::Dispatch;
use crate::intents::{Intents, named};

/// Which events a program wants, by their names alone: nothing is decoded to answer [`accepts`](Self::accepts).
///
/// An event passes if a term of the filter names it (or the filter names none) and no term takes it out, in whatever
/// order they stand. Text form: terms with `,` or spaces between them, those that take out with `-` before them. A
/// term is
///
/// - an intent or a preset of [`Intents`], by name or number, for the events that come with it;
/// - an event by its name on the wire, whether this version knows it or not;
/// - the beginning of such names and `*`; `*` alone is every event.
///
/// The empty text accepts everything, `"0"` and `"-*"` nothing.
///
/// It is a value for the program: an event that is not wanted still has to be
/// [finished](crate::Progress::finished), or the server replays it after each restart.
///
/// ```
/// use qq_proto::EventFilter;
///
/// let filter: EventFilter = "group_and_c2c, GUILD_MEMBER_*, -GROUP_MSG_*".parse().unwrap();
/// assert!(filter.accepts_name("C2C_MESSAGE_CREATE"));
/// assert!(filter.accepts_name("GUILD_MEMBER_ADD"));
/// assert!(!filter.accepts_name("GROUP_MSG_REJECT"));
/// assert!(!filter.accepts_name("GUILD_CREATE"));
/// assert_eq!(filter.to_string(), "GROUP_AND_C2C_EVENT,GUILD_MEMBER_*,-GROUP_MSG_*");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventFilter {
    /// What is named; `None` if nothing is, so that everything passes.
    only: Option<Terms>,
    /// What is taken out of that.
    not: Terms,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Terms {
    intents: Intents,
    /// Whole names.
    names: BTreeSet<String>,
    /// Beginnings of names.
    beginnings: BTreeSet<String>,
}

/// None at all; the default of [`Intents`] would be some.
impl Default for Terms {
    fn default() -> Self {
        Self { intents: Intents::empty(), names: BTreeSet::new(), beginnings: BTreeSet::new() }
    }
}

impl Terms {
    fn name(&self, name: &str) -> bool {
        self.names.contains(name)
            || self.beginnings.iter().any(|beginning| name.starts_with(beginning.as_str()))
            || Intents::of_event(name).is_some_and(|bits| self.intents.intersects(bits))
    }

    fn add(&mut self, term: Term) {
        match term {
            Term::Intents(bits) => self.intents |= bits,
            Term::Name(name) => drop(self.names.insert(name)),
            Term::Beginning(beginning) => drop(self.beginnings.insert(beginning)),
        }
    }
}

enum Term {
    Intents(Intents),
    Name(String),
    Beginning(String),
}

impl FromStr for Term {
    type Err = BadFilter;

    /// A word that is the name of an intent and of an event (`ENTER_AIO`) is the intent: it brings just that event.
    fn from_str(word: &str) -> Result<Self, BadFilter> {
        let (name, beginning) = match word.strip_suffix('*') {
            Some(name) => (name, true),
            None => (word, false),
        };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(BadFilter { term: word.to_owned() });
        }
        if beginning {
            return Ok(Self::Beginning(name.to_ascii_uppercase()));
        }
        if let Ok(bits) = name.parse::<u32>() {
            return Ok(Self::Intents(Intents::from_bits_retain(bits)));
        }
        if let Some(bits) = named(name) {
            return Ok(Self::Intents(bits));
        }
        // A number that is none of ours is no name either.
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadFilter { term: word.to_owned() });
        }
        Ok(Self::Name(name.to_ascii_uppercase()))
    }
}

impl EventFilter {
    /// The same that also names the events of these intents. With none of them the filter accepts nothing but what
    /// other terms name.
    #[must_use]
    pub fn with_intents(mut self, intents: Intents) -> Self {
        self.only.get_or_insert_default().add(Term::Intents(intents));
        self
    }

    /// The same without the events of these intents.
    #[must_use]
    pub fn without_intents(mut self, intents: Intents) -> Self {
        self.not.add(Term::Intents(intents));
        self
    }

    /// The same that also names what this term of the text form does.
    pub fn with(mut self, term: &str) -> Result<Self, BadFilter> {
        self.only.get_or_insert_default().add(term.parse()?);
        Ok(self)
    }

    /// The same without what this term of the text form names.
    pub fn without(mut self, term: &str) -> Result<Self, BadFilter> {
        self.not.add(term.parse()?);
        Ok(self)
    }

    /// Whether the program wants this event. Looks at its name only.
    pub fn accepts(&self, dispatch: &Dispatch) -> bool {
        self.accepts_name(dispatch.name())
    }

    /// The same by the event's name on the wire.
    pub fn accepts_name(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.name(name)) && !self.not.name(name)
    }
}

/// Accepts the events of these intents and no others.
impl From<Intents> for EventFilter {
    fn from(intents: Intents) -> Self {
        Self::default().with_intents(intents)
    }
}

/// A term that is neither an intent nor can be the name of an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{term:?} is neither an intent nor the name of an event: letters, digits, `_`, and `*` at the end")]
pub struct BadFilter {
    /// The term as it was written.
    pub term: String,
}

impl FromStr for EventFilter {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        let mut filter = Self::default();
        for word in text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty()) {
            filter = match word.strip_prefix('-') {
                // A sign that stands alone names nothing.
                Some("") => return Err(BadFilter { term: word.to_owned() }),
                Some(word) => filter.without(word)?,
                None => filter.with(word)?,
            };
        }
        Ok(filter)
    }
}

/// The text form: what is named, then what is taken out.
impl fmt::Display for EventFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(only) = &self.only {
            only.show(f, &mut separator, "")?;
            if separator.is_empty() {
                f.write_str("0")?;
                separator = ",";
            }
        }
        self.not.show(f, &mut separator, "-")
    }
}

impl Terms {
    fn show(&self, f: &mut fmt::Formatter<'_>, separator: &mut &'static str, sign: &str) -> fmt::Result {
        let mut put = |term: fmt::Arguments<'_>| {
            let before = core::mem::replace(separator, ",");
            write!(f, "{before}{sign}{term}")
        };
        let mut named = self.intents.iter_names();
        for (name, _) in &mut named {
            put(format_args!("{name}"))?;
        }
        let rest = named.remaining().bits();
        if rest != 0 {
            put(format_args!("{rest}"))?;
        }
        for name in &self.names {
            put(format_args!("{name}"))?;
        }
        for beginning in &self.beginnings {
            put(format_args!("{beginning}*"))?;
        }
        Ok(())
    }
}

impl Serialize for EventFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use bytes::Bytes;

    use super::*;
    use crate::id::ShardIndex;
    use crate::model::Payload;
    use crate::wire::{Incoming, decode};

    fn filter(text: &str) -> EventFilter {
        text.parse().unwrap()
    }

    #[test]
    fn who_passes() {
        // Filter, names that pass, names that do not.
        for (text, passes, stays) in [
            ("", "C2C_MESSAGE_CREATE SOMETHING_NEW", "-"),
            ("*", "C2C_MESSAGE_CREATE SOMETHING_NEW", "-"),
            ("-*", "-", "C2C_MESSAGE_CREATE SOMETHING_NEW"),
            ("0", "-", "C2C_MESSAGE_CREATE SOMETHING_NEW"),
            ("0,*", "SOMETHING_NEW", "-"),
            ("C2C_MESSAGE_CREATE", "C2C_MESSAGE_CREATE", "C2C_MSG_REJECT C2C_MESSAGE_CREATE_2"),
            ("something_new", "SOMETHING_NEW", "SOMETHING_NEWER something_new"),
            ("guilds", "GUILD_CREATE CHANNEL_UPDATE", "GUILD_MEMBER_ADD SOMETHING_NEW"),
            ("1", "GUILD_CREATE CHANNEL_UPDATE", "GUILD_MEMBER_ADD"),
            ("guild_public -GUILD_*", "AT_MESSAGE_CREATE CHANNEL_CREATE", "GUILD_CREATE GUILD_MEMBER_ADD"),
            ("-guilds,-at_messages", "GUILD_MEMBER_ADD SOMETHING_NEW", "CHANNEL_CREATE AT_MESSAGE_CREATE"),
            ("-GUILD_CREATE,guilds", "GUILD_DELETE", "GUILD_CREATE"),
            ("group_*", "GROUP_ADD_ROBOT GROUP_AT_MESSAGE_CREATE", "FRIEND_ADD"),
            ("enter_aio", "ENTER_AIO", "FRIEND_ADD"),
            // Whichever bit it comes with.
            ("group_members", "GROUP_JOIN_REQUEST", "GROUP_ADD_ROBOT"),
            ("group_and_c2c", "GROUP_JOIN_REQUEST", "GROUP_MEMBER_ADD"),
            ("4", "-", "GUILD_CREATE SOMETHING_NEW"),
        ] {
            let filter = filter(text);
            let names = |list: &'static str| list.split(' ').filter(|name| *name != "-");
            for name in names(passes) {
                assert!(filter.accepts_name(name), "{text}: {name}");
            }
            for name in names(stays) {
                assert!(!filter.accepts_name(name), "{text}: {name}");
            }
        }
    }

    #[test]
    fn intents_are_a_filter() {
        for intents in [Intents::empty(), Intents::default(), Intents::GUILD_PRIVATE, Intents::all()] {
            let filter = EventFilter::from(intents);
            let brought: Vec<&str> = intents.events().collect();
            for name in Payload::NAMES {
                assert_eq!(filter.accepts_name(name), brought.contains(name), "{intents}: {name}");
            }
            let rest = EventFilter::default().without_intents(intents);
            assert!(
                Payload::NAMES.iter().all(|name| rest.accepts_name(name) != filter.accepts_name(name)),
                "{intents}"
            );
        }
    }

    #[test]
    fn text_goes_both_ways() {
        for (text, shown) in [
            ("", ""),
            ("*", "*"),
            ("0", "0"),
            ("-*", "-*"),
            ("0 -guilds", "0,-GUILDS"),
            (" b_c ,a ,, -x* ", "A,B_C,-X*"),
            ("guilds|5", "?"),
            ("at_messages,5", "GUILDS,PUBLIC_GUILD_MESSAGES,4"),
            ("enter_aio,ENTER_AIO", "ENTER_AIO"),
            ("-0", ""),
            ("4294967295", "?all"),
            ("4294967296", "?"),
            ("-", "?"),
            ("a*b", "?"),
            ("--a", "?"),
            ("\u{7fa4}", "?"),
        ] {
            match text.parse::<EventFilter>() {
                Ok(_) if shown == "?all" => {}
                Ok(filter) => {
                    assert_eq!(filter.to_string(), shown, "{text:?}");
                    let json = serde_json::to_string(&filter).unwrap();
                    assert_eq!(json, format!("{shown:?}"));
                }
                Err(error) => assert_eq!((shown, text.contains(&error.term)), ("?", true), "{error}"),
            }
            if let Ok(filter) = text.parse::<EventFilter>() {
                assert_eq!(filter.to_string().parse::<EventFilter>(), Ok(filter.clone()), "{text:?}");
                let json = serde_json::to_string(&filter).unwrap();
                assert_eq!(serde_json::from_str::<EventFilter>(&json).unwrap(), filter);
            }
        }
        assert!(serde_json::from_str::<EventFilter>("\"a b*c\"").is_err());
        assert!(serde_json::from_str::<EventFilter>("7").is_err());
    }

    #[test]
    fn a_dispatch_is_judged_by_its_name_even_if_its_body_is_nonsense() {
        let text = r#"{"op":0,"s":1,"t":"C2C_MESSAGE_CREATE","id":"i","d":{"author":7}}"#;
        let Ok(Incoming::Dispatch(parts)) = decode(&Bytes::from_static(text.as_bytes())) else { panic!() };
        let dispatch = Dispatch::new(ShardIndex::new(0), 0, parts);
        assert!(dispatch.event().is_err());
        assert!(filter("group_and_c2c").accepts(&dispatch));
        assert!(!filter("-C2C_*").accepts(&dispatch));
    }
}

//! What can go wrong, as sentences: the world draws them, traces store them, scenarios are written in them.
//!
//! A [`Fault`] is a row of a table and the numbers and words that fill its holes, so that
//! `server closes shard 0 with 4009` can be printed, read back and carried out.

mod table;

use std::fmt;
use std::str::FromStr;

use crate::choices::Choices;
use crate::platform::Incident;
use table::{Hole, KINDS, Kind};

/// Where a fault comes from; the oracle expects more or less of a bot, depending on which are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The way between: everything must hold.
    Network,
    /// The platform, in ways that were seen in the field: everything must hold.
    Platform,
    /// The program around the client, within its rights: it stops, starts, is slow.
    Application,
    /// The platform, towards one operation of its API; for worlds whose bots call more than they reply.
    Operation,
}

/// What a fault does to the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The platform plays it.
    Platform(Incident),
    /// The connection of a shard breaks; both ends learn of it.
    Cut {
        /// Which shard.
        shard: u32,
    },
    /// Nothing passes any more on the connection of a shard, and nobody is told.
    HalfOpen {
        /// Which shard.
        shard: u32,
        /// What gets lost.
        lost: Lost,
    },
    /// The bot's end breaks; the server still believes in the connection.
    BreakBotEnd {
        /// Which shard.
        shard: u32,
    },
    /// The connection of a shard stalls and then goes on.
    Stall {
        /// Which shard.
        shard: u32,
        /// For how long.
        millis: u32,
    },
    /// The next HTTP exchanges fail.
    LoseHttp {
        /// How many.
        times: u32,
        /// Whether the server has acted.
        acted: bool,
    },
    /// The next dials go wrong on their way.
    LoseDials {
        /// How many.
        times: u32,
        /// Whether the bot is told.
        told: bool,
    },
    /// A client is gone without a word and comes back with what was stored.
    Crash {
        /// Which client.
        client: u32,
        /// Seconds until it is back.
        seconds: u32,
    },
    /// A client is stopped in order and comes back with what was stored.
    Stop {
        /// Which client.
        client: u32,
        /// Seconds until it is back.
        seconds: u32,
    },
    /// The application is slow, so its sockets are not read.
    Pause {
        /// Which client.
        client: u32,
        /// For how many seconds.
        seconds: u32,
    },
    /// The application restarts one shard.
    Restart {
        /// Which shard.
        shard: u32,
        /// Whether it gives its session up.
        fresh: bool,
    },
}

/// What a half-open connection loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Both ways.
    Both,
    /// What the bot sends.
    FromBot,
    /// What the server sends.
    ToBot,
}

/// One thing that goes wrong.
#[derive(Clone, Copy)]
pub struct Fault {
    kind: &'static Kind,
    args: [u32; 3],
}

impl Fault {
    /// Where it comes from.
    pub const fn class(&self) -> Class {
        self.kind.class
    }

    /// What it does.
    pub fn deed(&self) -> Deed {
        (self.kind.deed)(self.args)
    }

    /// Draws one of the classes that are on; `None` if nothing goes wrong this time.
    pub(crate) fn draw(
        choices: &mut dyn Choices,
        classes: &[Class],
        shards: u32,
        clients: u32,
    ) -> Option<Self> {
        let rows: Vec<&'static Kind> = KINDS.iter().filter(|kind| classes.contains(&kind.class)).collect();
        let count = u32::try_from(rows.len()).unwrap_or(0);
        let drawn = choices.pick("fault", count + 1).checked_sub(1)?;
        let kind = rows.get(usize::try_from(drawn).ok()?)?;
        let mut args = [0; 3];
        for (arg, hole) in args.iter_mut().zip(kind.holes) {
            *arg = match hole {
                Hole::Shard => choices.pick("shard", shards),
                Hole::Client => choices.pick("client", clients),
                Hole::From(values) => {
                    let at = choices.pick("value", u32::try_from(values.len()).unwrap_or(0));
                    values.get(usize::try_from(at).unwrap_or(0)).copied().unwrap_or(0)
                }
                Hole::Word(words) => choices.pick("word", u32::try_from(words.len()).unwrap_or(0)),
            };
        }
        Some(Self { kind, args })
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.kind.text == other.kind.text && self.args == other.args
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.kind.text.split("{}");
        f.write_str(parts.next().unwrap_or_default())?;
        for ((part, hole), arg) in parts.zip(self.kind.holes).zip(self.args) {
            match hole {
                Hole::Shard | Hole::Client | Hole::From(_) => write!(f, "{arg}")?,
                Hole::Word(words) => {
                    let at = usize::try_from(arg).unwrap_or(usize::MAX);
                    f.write_str(words.get(at).copied().unwrap_or("?"))?;
                }
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A sentence that is no fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no fault that is known", self.0)
    }
}

impl std::error::Error for UnknownFault {}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        KINDS
            .iter()
            .find_map(|kind| Some(Self { kind, args: kind.read(text)? }))
            .ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

/// All sentences there are, with `{}` where a number or a word goes.
pub fn sentences() -> impl Iterator<Item = (Class, &'static str)> {
    KINDS.iter().map(|kind| (kind.class, kind.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::Seeded;

    #[test]
    fn sentences_are_read_back() {
        let mut choices = Seeded::new(1);
        let classes = [Class::Network, Class::Platform, Class::Application, Class::Operation];
        for _ in 0..3000 {
            if let Some(fault) = Fault::draw(&mut choices, &classes, 4, 2) {
                let text = fault.to_string();
                assert!(!text.contains('?') && !text.contains("{}"), "{text}");
                let read: Fault = text.parse().unwrap();
                assert_eq!(read, fault, "{text}");
                assert_eq!(read.deed(), fault.deed());
            }
        }
        assert!("server closes shard x with 4009".parse::<Fault>().is_err());
        assert!("server closes shard 0 with 4009 twice".parse::<Fault>().is_err());
    }

    #[test]
    fn every_sentence_is_drawn() {
        let mut choices = Seeded::new(1);
        for class in [Class::Network, Class::Platform, Class::Application, Class::Operation] {
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..2000 {
                if let Some(fault) = Fault::draw(&mut choices, &[class], 1, 1) {
                    seen.insert(fault.kind.text);
                }
            }
            assert_eq!(seen.len(), sentences().filter(|row| row.0 == class).count());
        }
    }
}

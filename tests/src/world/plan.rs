//! How a world is set up.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::faults::Class;
use crate::platform::IntentRefusal;
use crate::trace::TraceError;

/// How a world is set up, and which kinds of faults are on. As text: `shards 2, concurrency 1, network, platform`.
#[expect(clippy::struct_excessive_bools, reason = "each class of faults is on or off by itself")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many clients share the bot's shards.
    pub clients: u32,
    /// How many shards there are.
    pub shards: u32,
    /// The platform's `max_concurrency`.
    pub concurrency: u32,
    /// Network faults are on.
    pub network: bool,
    /// Platform faults are on.
    pub platform: bool,
    /// The application stops, starts, crashes and is slow.
    pub application: bool,
    /// Single operations of the API fail.
    pub operations: bool,
    /// The embedder does not do its duty: only safety can be expected.
    pub host: bool,
    /// How long faults happen.
    pub active: Duration,
    /// The time from one fault to the next is up to this.
    pub fault_gap: Duration,
    /// The time from one message to the next is up to this.
    pub traffic_gap: Duration,
    /// How long a connection lives; zero for ever.
    pub lifetime: Duration,
    /// How long a token lives.
    pub token_lifetime: Duration,
    /// The intents that are granted to the bot.
    pub granted: u32,
    /// What asking for others is answered with.
    pub refusal: IntentRefusal,
    /// The bot goes on with fewer intents when some are refused.
    pub ladder: bool,
    /// The bot runs no shards: it makes calls only.
    pub shardless: bool,
    /// Every how many steps the costly checks are made.
    pub costly_every: u32,
}

impl Plan {
    /// Nothing goes wrong.
    pub const fn calm() -> Self {
        Self {
            clients: 1,
            shards: 1,
            concurrency: 1,
            network: false,
            platform: false,
            application: false,
            operations: false,
            host: false,
            active: Duration::from_secs(300),
            fault_gap: Duration::from_secs(12),
            traffic_gap: Duration::from_secs(6),
            lifetime: Duration::ZERO,
            token_lifetime: Duration::from_secs(7200),
            granted: u32::MAX,
            refusal: IntentRefusal::InvalidSession,
            ladder: false,
            shardless: false,
            costly_every: 16,
        }
    }

    /// The network and the platform do what they have been seen to do, and the application is one that is deployed now
    /// and then. All properties must hold. The seed chooses how many shards and clients there are.
    pub const fn stormy(seed: u64) -> Self {
        Self {
            clients: if seed % 5 == 4 { 2 } else { 1 },
            shards: match seed % 5 {
                1 => 2,
                2 => 4,
                4 => 3,
                _ => 1,
            },
            concurrency: if seed % 3 == 2 { 2 } else { 1 },
            network: true,
            platform: true,
            application: seed % 2 == 1,
            token_lifetime: Duration::from_secs(if seed % 7 < 3 { 300 } else { 7200 }),
            lifetime: Duration::from_secs(if seed % 11 == 3 { 90 } else { 0 }),
            ..Self::calm()
        }
    }

    /// The same with an embedder that does everything wrong. Only the safety properties must hold.
    pub const fn hostile(seed: u64) -> Self {
        Self { host: true, ..Self::stormy(seed) }
    }

    /// A storm over a bot that asks for more than it is granted, with the ladder. The platform refuses in each of its
    /// ways.
    pub const fn refusing(seed: u64) -> Self {
        let granted = match seed / 3 % 3 {
            0 => 1 << 25,
            1 => 1 | 1 << 25 | 1 << 30,
            _ => 1 | 1 << 25 | 1 << 26 | 1 << 30,
        };
        let refusal = match seed % 3 {
            0 => IntentRefusal::InvalidSession,
            1 => IntentRefusal::Close,
            _ => IntentRefusal::SessionError,
        };
        Self { granted, refusal, ladder: true, ..Self::stormy(seed) }
    }

    /// The classes of faults that are drawn.
    pub(crate) fn classes(&self) -> Vec<Class> {
        [
            (self.network, Class::Network),
            (self.platform, Class::Platform),
            (self.application, Class::Application),
            (self.operations, Class::Operation),
        ]
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, class)| class)
        .collect()
    }

    /// The first shard of a client and how many it has.
    pub(crate) fn range(&self, client: u32) -> (u32, u32) {
        let clients = self.clients.clamp(1, self.shards.max(1));
        let share = self.shards.max(1).div_ceil(clients);
        let first = (share * client).min(self.shards);
        (first, share.min(self.shards.saturating_sub(first)))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calm = Self::calm();
        write!(f, "shards {}, concurrency {}", self.shards, self.concurrency)?;
        for (name, value, usual) in [("clients", self.clients, 1), ("costly", self.costly_every, 16)] {
            if value != usual {
                write!(f, ", {name} {value}")?;
            }
        }
        for (on, name) in [
            (self.network, "network"),
            (self.platform, "platform"),
            (self.application, "application"),
            (self.operations, "operations"),
            (self.host, "host"),
            (self.ladder, "ladder"),
            (self.shardless, "shardless"),
        ] {
            if on {
                write!(f, ", {name}")?;
            }
        }
        for (name, value, usual) in [
            ("active", self.active, calm.active),
            ("faults", self.fault_gap, calm.fault_gap),
            ("traffic", self.traffic_gap, calm.traffic_gap),
            ("lifetime", self.lifetime, calm.lifetime),
            ("token", self.token_lifetime, calm.token_lifetime),
        ] {
            if value != usual {
                write!(f, ", {name} {} s", value.as_secs())?;
            }
        }
        if self.granted != calm.granted {
            write!(f, ", granted {}", self.granted)?;
        }
        match self.refusal {
            IntentRefusal::InvalidSession => {}
            IntentRefusal::Close => f.write_str(", refusal 4014")?,
            IntentRefusal::SessionError => f.write_str(", refusal 4903")?,
        }
        Ok(())
    }
}

impl FromStr for Plan {
    type Err = TraceError;

    fn from_str(text: &str) -> Result<Self, TraceError> {
        let mut plan = Self::calm();
        for part in text.split(',').map(str::trim) {
            let words: Vec<&str> = part.split(' ').collect();
            let wrong = || TraceError(format!("`{part}` is no part of a plan"));
            let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
            let time = |text: &str| text.parse().map(Duration::from_secs).map_err(|_| wrong());
            match words.as_slice() {
                ["network"] => plan.network = true,
                ["platform"] => plan.platform = true,
                ["application"] => plan.application = true,
                ["operations"] => plan.operations = true,
                ["host"] => plan.host = true,
                ["ladder"] => plan.ladder = true,
                ["shardless"] => plan.shardless = true,
                ["granted", value] => plan.granted = number(value)?,
                ["refusal", "4014"] => plan.refusal = IntentRefusal::Close,
                ["refusal", "4903"] => plan.refusal = IntentRefusal::SessionError,
                ["shards", value] => plan.shards = number(value)?,
                ["clients", value] => plan.clients = number(value)?,
                ["concurrency", value] => plan.concurrency = number(value)?,
                ["costly", value] => plan.costly_every = number(value)?,
                ["active", value, "s"] => plan.active = time(value)?,
                ["faults", value, "s"] => plan.fault_gap = time(value)?,
                ["traffic", value, "s"] => plan.traffic_gap = time(value)?,
                ["lifetime", value, "s"] => plan.lifetime = time(value)?,
                ["token", value, "s"] => plan.token_lifetime = time(value)?,
                _ => return Err(wrong()),
            }
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_back() {
        for seed in 0..200 {
            let shardless = Plan { shardless: true, ..Plan::calm() };
            for plan in [Plan::stormy(seed), Plan::hostile(seed), Plan::refusing(seed), shardless] {
                assert_eq!(plan.to_string().parse(), Ok(plan), "{plan}");
            }
        }
    }

    #[test]
    fn every_shard_has_a_client() {
        for clients in 1..5 {
            for shards in 1..9 {
                let plan = Plan { clients, shards, ..Plan::calm() };
                let ranges: Vec<u32> = (0..clients)
                    .flat_map(|client| {
                        let (first, count) = plan.range(client);
                        first..first + count
                    })
                    .collect();
                assert_eq!(ranges, (0..shards).collect::<Vec<_>>());
            }
        }
    }
}

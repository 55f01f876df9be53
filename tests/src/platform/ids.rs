//! Ids and tokens that look like the platform's and depend on nothing but the seed.

/// A seeded source of ids.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Splitmix64: short, and good enough for values that must differ and need not be unpredictable.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(crate) fn hex32(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }

    /// Users and groups of the v2 scenes are named by 32 upper-case hex digits.
    pub(crate) fn openid(&mut self) -> String {
        self.hex32().to_uppercase()
    }

    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// Message ids of users and groups are case-sensitive and contain punctuation that must be escaped in
    /// paths.
    pub(crate) fn message(&mut self) -> String {
        format!("ROBOT1.0_{:x}.{:X}-{:x}_{:X}!", self.next(), self.next(), self.next(), self.next())
    }

    pub(crate) fn guild_message(&mut self) -> String {
        format!("08{}{}", self.hex32(), self.hex32())
    }

    pub(crate) fn token(&mut self) -> String {
        format!("{}-{}", self.hex32(), self.hex32())
    }
}

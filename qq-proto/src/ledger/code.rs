//! What the platform's refusals mean for the books.

/// What a refused send says about more than itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The message or event can no longer be answered: window, count, or a wrong id.
    Closed,
    /// Messages that answer nothing are not allowed here.
    NoConsent,
    /// A quota of such messages is used up.
    Quota,
    /// The wake-up of this time is used.
    WakeUpUsed,
    /// Wake-ups are not taken here.
    NoWakeUp,
    /// The number has been used before.
    Duplicate,
    /// There is no way to this conversation any more.
    Gone,
    /// It says something about this one message alone.
    Nothing,
}

/// One arm for each group of the documented codes.
#[expect(clippy::match_same_arms, reason = "an arm is a documented group, not a result")]
pub(super) const fn meaning(code: i64) -> Meaning {
    match code {
        // Expired or used up; invalid or foreign ids; not repliable; guild forms of the same.
        40_034_005 | 40_034_026 | 40_034_128 | 304_027 | 304_103 => Meaning::Closed,
        40_034_024 | 40_034_025 | 40_034_027 | 304_026 | 304_028 => Meaning::Closed,
        50_039 | 50_045..=50_047 => Meaning::Closed,
        40_034_102 | 40_034_105 | 304_046 | 304_048 => Meaning::NoConsent,
        40_034_100 | 304_022 | 304_035 | 304_045 | 304_047 | 304_049 | 304_050 => Meaning::Quota,
        40_034_122 => Meaning::WakeUpUsed,
        40_034_123 => Meaning::NoWakeUp,
        40_054_005 => Meaning::Duplicate,
        // Not in the group, no friend, refused by the person, DM closed.
        40_034_101 | 40_054_003 | 40_054_004 | 40_054_013 | 304_031 | 304_034 | 1_100_301 => Meaning::Gone,
        _ => Meaning::Nothing,
    }
}

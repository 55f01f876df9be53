//! What the platform's refusals mean for the books.

use crate::api::{CodeInfo, ErrorGroup};

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

/// The groups of the table of codes, and what the books have to tell apart within them.
pub(super) fn meaning(code: i64) -> Meaning {
    match code {
        40_034_102 | 40_034_105 | 304_046 | 304_048 => return Meaning::NoConsent,
        40_034_100 | 304_022 | 304_035 | 304_045 | 304_047 | 304_049 | 304_050 => return Meaning::Quota,
        40_034_122 => return Meaning::WakeUpUsed,
        40_034_123 => return Meaning::NoWakeUp,
        // Not in the group, no friend, refused by the person, DM closed.
        40_034_101 | 40_054_003 | 40_054_004 | 40_054_013 | 304_031 | 304_034 | 1_100_301 => {
            return Meaning::Gone;
        }
        _ => {}
    }
    match CodeInfo::of(code).map(|info| info.group) {
        // Expired or used up; invalid or foreign ids; not repliable.
        Some(ErrorGroup::Window) => Meaning::Closed,
        Some(ErrorGroup::Duplicate) => Meaning::Duplicate,
        Some(
            ErrorGroup::Reauthenticate
            | ErrorGroup::Configuration
            | ErrorGroup::RetryOnce
            | ErrorGroup::Transient
            | ErrorGroup::Quota
            | ErrorGroup::Content
            | ErrorGroup::Permission
            | ErrorGroup::Audit
            | ErrorGroup::Other,
        )
        | None => Meaning::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sheet's list of codes that end a reply window, so that the table of codes cannot lose one unnoticed.
    #[test]
    fn closed_windows_are_known() {
        for code in [
            40_034_005, 40_034_026, 40_034_128, 304_027, 304_103, 40_034_024, 40_034_025, 40_034_027,
            304_026, 304_028, 50_039, 50_045, 50_046, 50_047,
        ] {
            assert_eq!(meaning(code), Meaning::Closed, "{code}");
        }
        assert_eq!(meaning(40_054_005), Meaning::Duplicate);
        assert_eq!(meaning(40_034_006), Meaning::Nothing);
        assert_eq!(meaning(0), Meaning::Nothing);
    }
}

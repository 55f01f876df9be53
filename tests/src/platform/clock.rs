//! Dates for a platform that has no clock: an epoch from the configuration plus the time since the start.

use std::time::Duration;

/// The platform writes its timestamps in Beijing time.
const OFFSET_SECONDS: u64 = 8 * 3600;
const DAY_SECONDS: u64 = 24 * 3600;

/// Formats a Unix time as RFC 3339 with the offset the platform uses.
pub(crate) fn rfc3339(unix: Duration) -> String {
    let local = unix.as_secs().saturating_add(OFFSET_SECONDS);
    let (year, month, day) = civil(local / DAY_SECONDS);
    let second = local % DAY_SECONDS;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}+08:00",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Days since 1970-01-01 as a date: the usual computation over eras of 400 years that start in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix, text) in [
            (0, "1970-01-01T08:00:00+08:00"),
            (951_782_400, "2000-02-29T08:00:00+08:00"),
            (1_767_196_799, "2025-12-31T23:59:59+08:00"),
            (1_767_196_800, "2026-01-01T00:00:00+08:00"),
        ] {
            assert_eq!(rfc3339(Duration::from_secs(unix)), text);
        }
    }
}

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

/// The number of the day in the platform's time zone; quotas "per day" begin anew with it.
pub(crate) fn day(unix: Duration) -> u64 {
    unix.as_secs().saturating_add(OFFSET_SECONDS) / DAY_SECONDS
}

/// Reads a date of RFC 3339, with any offset, as a Unix time.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let number =
        |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<u64>().ok());
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let shape: Vec<u8> =
        [4, 7, 10, 13, 16].into_iter().filter_map(|at| text.as_bytes().get(at).copied()).collect();
    let possible = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (hour, minute, second) <= (23, 59, 59)
        && minute <= 59
        && second <= 59;
    if shape != b"--T::" || !possible {
        return None;
    }
    // The days before a date are found in the table of dates, so that there is one calendar only.
    let guess = (year - 1970) * 365 + (month - 1) * 28;
    let days = (guess..guess + 500).find(|&days| civil(days) == (year, month, day))?;
    let local = days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    let zone = text.get(19..)?;
    let zone =
        zone.strip_prefix('.').map_or(zone, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    if zone == "Z" {
        return Some(Duration::from_secs(local));
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let offset = hours.parse::<u64>().ok()? * 3600 + minutes.parse::<u64>().ok()? * 60;
    match zone.get(..1)? {
        "+" => local.checked_sub(offset).map(Duration::from_secs),
        "-" => Some(Duration::from_secs(local + offset)),
        _ => None,
    }
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
            assert_eq!(parse(text), Some(Duration::from_secs(unix)));
        }
    }

    #[test]
    fn dates_are_read_with_any_offset() {
        for text in ["2000-02-29T00:00:00Z", "2000-02-28T19:30:00-04:30", "2000-02-29T08:00:00.123+08:00"] {
            assert_eq!(parse(text), Some(Duration::from_secs(951_782_400)), "{text}");
        }
        for text in [
            "",
            "2001-02-29T00:00:00Z",
            "2000-02-29 00:00:00Z",
            "2000-02-29T00:00:00",
            "2000-02-29T25:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_end_at_midnight_in_beijing() {
        assert_eq!(day(Duration::from_secs(1_767_196_799)) + 1, day(Duration::from_secs(1_767_196_800)));
    }
}

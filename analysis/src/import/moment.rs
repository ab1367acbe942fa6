//! Moments as tables spell them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// RFC 3339, or a date and time without an offset, which is taken for UTC.
pub(crate) fn parse_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let in_utc =
        || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>().ok().or_else(in_utc)
}

/// The same in microseconds since the Unix epoch.
pub(super) fn parse_us(text: &str) -> Option<i64> {
    plain_us(text.as_bytes()).or_else(|| parse_moment(text).map(Timestamp::as_microsecond))
}

/// `2026-11-21 08:00:00`, with `T` for the space, up to six decimals and `Z` where they are given: how most moments are
/// spelled. None for any other spelling, for leap days, and for years outside 1970 to 9998.
fn plain_us(text: &[u8]) -> Option<i64> {
    let (head, tail) = text.split_at_checked(19)?;
    let at = |place: usize| head.get(place).copied().unwrap_or_default();
    if (at(4), at(7), at(13), at(16)) != (b'-', b'-', b':', b':') || !matches!(at(10), b'T' | b' ') {
        return None;
    }
    let two = |place: usize| Some(10 * digit(at(place))? + digit(at(place + 1))?);
    let (year, month, day) = (100 * two(0)? + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let length = *LENGTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    let is_date = (1970..=9998).contains(&year) && (1..=length).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let us = fraction_us(tail)?;
    Some((((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + us)
}

/// What follows the seconds: nothing, decimals, `Z`, or both.
fn fraction_us(tail: &[u8]) -> Option<i64> {
    let tail = tail.strip_suffix(b"Z").unwrap_or(tail);
    let [b'.', digits @ ..] = tail else { return tail.is_empty().then_some(0) };
    if !(1..=6).contains(&digits.len()) {
        return None;
    }
    let number = digits.iter().try_fold(0, |number, byte| Some(10 * number + digit(*byte)?))?;
    Some(digits.len()..6).map(|missing| missing.fold(number, |number, _| 10 * number))
}

/// Days of the months, without the leap day.
const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

/// Days since 1970-01-01 of a date from then on.
///
/// Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`: years begin in March, so that a
/// leap day is a year's last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the library.
        #[test]
        fn plain_moments_are_what_the_library_makes_of_them(
            seconds in 0_i64..253_000_000_000, us in 0_i64..1_000_000, places in 0_usize..=9,
            between in "[T tx]", end in "(Z|z|\\+00:00|\\+02:00||Z | Z)", broken in prop::option::weighted(0.2, (0_usize..30, "[0-9a:. -]")),
        ) {
            let moment = Timestamp::new(seconds, i32::try_from(us * 1000).unwrap()).unwrap();
            let fraction = if places == 0 { String::new() } else { format!(".{us:0places$}") };
            let mut text = moment.strftime(&format!("%Y-%m-%d{between}%H:%M:%S{fraction}{end}")).to_string();
            if let Some((at, with)) = broken && at < text.len() {
                text.replace_range(at..=at, &with);
            }
            let library = parse_moment(&text).map(Timestamp::as_microsecond);
            prop_assert!(plain_us(text.as_bytes()).is_none_or(|plain| Some(plain) == library), "{text}");
            prop_assert_eq!(parse_us(&text), library, "{}", text);
        }
    }

    #[test]
    fn most_spellings_are_plain() {
        for text in [
            "2026-01-05T10:00:00Z",
            "2026-01-05 10:00:00",
            "2024-02-28 23:59:59.25",
            "2000-03-01T00:00:00.000000Z",
        ] {
            assert_eq!(
                plain_us(text.as_bytes()),
                parse_moment(text).map(Timestamp::as_microsecond),
                "{text}"
            );
            assert!(plain_us(text.as_bytes()).is_some(), "{text}");
        }
    }
}

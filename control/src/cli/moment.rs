//! Moments as the command line writes them.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Reads `2026-11-01T00:00:00Z`, or a date, which is its midnight in UTC.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let midnight = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    // A date with a time but no zone is refused: midnight is not what was meant.
    let is_date = text.len() == "2026-11-01".len();
    let read = text.parse::<Timestamp>().ok().or_else(|| is_date.then(midnight).flatten());
    read.ok_or_else(|| {
        "no moment: write date, time and zone, such as `2026-11-01T00:00:00Z`, or a date, such as `2026-11-01`, for its midnight in UTC".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_their_midnight_in_utc() {
        assert_eq!(moment("2026-11-01"), Ok("2026-11-01T00:00:00Z".parse().unwrap()));
        assert_eq!(moment("2026-11-01T02:00:00+05:30"), Ok("2026-10-31T20:30:00Z".parse().unwrap()));
        for wrong in ["2026-11-01T00:00:00", "2026-11-31", "yesterday", "20261101"] {
            assert!(moment(wrong).unwrap_err().contains("no moment"), "{wrong}");
        }
    }
}

//! Days, UTC.

use jiff::Timestamp;

/// A day in microseconds; the days of UTC as Unix counts them have no leap seconds.
pub const DAY_US: i64 = 86_400_000_000;

/// The day of a moment in microseconds since the Unix epoch, UTC, as `2026-11-21`.
///
/// ```
/// use edgewise_analysis::assignments::day_of;
///
/// assert_eq!(day_of(1_767_571_200_000_000), "2026-01-05");
/// assert_eq!(day_of(-1), "1969-12-31");
/// ```
pub fn day_of(ts_us: i64) -> String {
    let moment =
        Timestamp::from_microsecond(ts_us).unwrap_or(if ts_us < 0 { Timestamp::MIN } else { Timestamp::MAX });
    moment.strftime("%Y-%m-%d").to_string()
}

/// Writes the days of many moments, most of them the day of the one before.
#[derive(Debug, Default)]
pub(super) struct Days {
    number: Option<i64>,
    day: String,
}

impl Days {
    pub(super) fn of(&mut self, ts_us: i64) -> &str {
        let number = Some(ts_us.div_euclid(DAY_US));
        if self.number != number {
            self.number = number;
            self.day = day_of(ts_us);
        }
        &self.day
    }
}

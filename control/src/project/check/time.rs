//! Points in time and durations, as files write them.

use crate::project::{duration::milliseconds, folder::File, problem::Problem, yaml::Place};
use jiff::Timestamp;

/// Reads an RFC 3339 time as milliseconds since the Unix epoch.
pub(super) fn instant<T>(
    text: &str,
    place: Place<'_>,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        Some(time.as_millisecond())
    } else {
        let problem = file.error(place, format!("`{text}` is no point in time"), "no RFC 3339 time");
        problems.push(
            problem.help("write date, time and zone: `2026-01-05T00:00:00Z` or `2026-01-05T09:00:00+05:30`"),
        );
        None
    }
}

/// Reads a duration such as `90m`, `36h` or `7d` as milliseconds; a day has 24 hours.
pub(super) fn duration<T>(
    text: &str,
    place: Place<'_>,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Option<i64> {
    let read = milliseconds(text);
    if read.is_none() {
        let problem = file.error(place, format!("`{text}` is no duration"), "no duration");
        problems.push(
            problem.help(
                "write a number and a unit: `90m`, `36h`, `7d`, `2w`; months and years differ in length",
            ),
        );
    }
    read
}

//! Points in time and durations, as files write them.

use crate::project::{folder::File, problem::Problem, yaml::Place};
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};

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
    let millisecond = text
        .trim()
        .parse::<Span>()
        .ok()
        .filter(|span| !span.is_negative())
        .and_then(|span| span.total((Unit::Millisecond, SpanRelativeTo::days_are_24_hours())).ok());
    match millisecond {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "bounded by the condition, and whole milliseconds are meant"
        )]
        Some(millisecond) if millisecond < 9e15 => Some(millisecond as i64),
        _ => {
            let problem = file.error(place, format!("`{text}` is no duration"), "no duration");
            problems.push(problem.help(
                "write a number and a unit: `90m`, `36h`, `7d`, `2w`; months and years differ in length",
            ));
            None
        }
    }
}

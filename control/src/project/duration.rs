//! Durations as files and the command line write them.

use jiff::{Span, SpanRelativeTo, Unit};

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no duration: write a number and a unit, such as `90m`, `36h`, `7d` or `2w`; months and years differ in length"
)]
pub struct NoDuration;

/// Reads a duration such as `90m`, `36h` or `7d` as milliseconds; a day has 24 hours. None where it is none.
pub(super) fn milliseconds(text: &str) -> Option<i64> {
    let span = text.trim().parse::<Span>().ok().filter(|span| !span.is_negative())?;
    let milliseconds = span.total((Unit::Millisecond, SpanRelativeTo::days_are_24_hours())).ok()?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "bounded by the condition, and whole milliseconds are meant"
    )]
    (milliseconds < 9e15).then_some(milliseconds as i64)
}

/// Reads a duration as whole seconds, of which there is at least one.
///
/// ```
/// use edgewise_control::project::seconds;
///
/// assert_eq!(seconds("7d"), Ok(604_800));
/// assert!(seconds("7").is_err() && seconds("1 month").is_err() && seconds("0s").is_err());
/// ```
///
/// # Errors
/// Where it is no duration, or shorter than a second.
pub fn seconds(text: &str) -> Result<u64, NoDuration> {
    let seconds = milliseconds(text).and_then(|milliseconds| u64::try_from(milliseconds / 1000).ok());
    seconds.filter(|seconds| *seconds > 0).ok_or(NoDuration)
}

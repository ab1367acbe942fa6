//! The units that count.

use super::{
    EventTable, SqlError,
    hits::Span,
    text::{identifier, interval, literal, literals, timestamp},
};

/// `exposed`: a row a unit that counts, from `exposed_at` on.
pub(super) fn exposed(events: &EventTable<'_>) -> Result<String, SqlError> {
    let slice = match events.slice_column {
        Some(column) => format!("coalesce({}, '')", identifier(column)?),
        None => "''".to_owned(),
    };
    Ok(format!(
        "exposed as (
  select unit as exposed_unit, variant as exposed_variant, epoch as exposed_epoch, entry_day as exposed_day,
    {slice} as exposed_slice, first_ts as exposed_at
  from {}
  where experiment = {} and verdict in ({})
)",
        identifier(events.assignments)?,
        literal(events.experiment)?,
        literals(events.verdicts.iter().copied())?
    ))
}

/// Whether a unit's time has passed, and that in which its events may still arrive; 1 where it has no end.
pub(super) fn is_mature(events: &EventTable<'_>, span: Span) -> String {
    let Some(seconds) = span.passed_after() else { return "1".to_owned() };
    let closing = seconds.saturating_add(events.lateness_seconds.unwrap_or(0));
    let until = timestamp(events.watermark_us);
    format!("case when exposed_at + {} <= {until} then 1 else 0 end", interval(closing))
}

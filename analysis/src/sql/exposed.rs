//! The units that count.

use super::{
    ASSIGNMENTS, EventTable, SqlError,
    hits::Class,
    text::{identifier, interval, literal, literals, timestamp},
};

/// `exposed`: a row a unit that counts, from `exposed_at` on; `exposed_first` is its first exposure, before which no
/// treatment can have had an effect.
pub(super) fn exposed(events: &EventTable<'_>) -> Result<String, SqlError> {
    let slice = match events.slice_column {
        Some(column) => format!("coalesce({}, '')", identifier(column)?),
        None => "''".to_owned(),
    };
    let units = format!(
        "from {ASSIGNMENTS}
  where experiment = {} and verdict in ({})",
        literal(events.experiment)?,
        literals(events.verdicts.iter().copied())?
    );
    let keys = format!(
        "variant as exposed_variant, epoch as exposed_epoch, entry_day as exposed_day,\n    {slice} as exposed_slice"
    );
    let Some(trigger) = events.trigger else {
        return Ok(format!(
            "exposed as (
  select unit as exposed_unit, {keys}, first_ts as exposed_first, first_ts as exposed_at
  {units}
)"
        ));
    };
    let relevant = Class::of_trigger(trigger).condition()?;
    let (table, unit_column) = (identifier(events.table)?, identifier(events.unit_column)?);
    Ok(format!(
        "entered as (
  select unit as entered_unit, first_ts as entered_at
  {units}
),
triggered as (
  select entered_unit as triggered_unit, min(e.ts) as triggered_at
  from entered join {table} e on e.{unit_column} = entered_unit
  where {relevant} and e.ts >= entered_at
  group by entered_unit
),
exposed as (
  select unit as exposed_unit, {keys}, first_ts as exposed_first, triggered_at as exposed_at
  from {ASSIGNMENTS} join triggered on triggered_unit = unit
  where experiment = {}
)",
        literal(events.experiment)?
    ))
}

/// Whether a unit's window has passed; 1 where it needs none.
pub(super) fn is_mature(events: &EventTable<'_>, seconds: Option<u64>) -> String {
    seconds.map_or_else(
        || "1".to_owned(),
        |seconds| {
            let until = timestamp(events.watermark_us);
            format!("case when exposed_at + {} <= {until} then 1 else 0 end", interval(seconds))
        },
    )
}

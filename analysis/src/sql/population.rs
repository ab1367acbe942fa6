//! Past units of a log: who they are, and the number of each.

use super::{
    EventTable, Measure, SqlError,
    sums::numbers_of_units,
    text::{identifier, literal, timestamp},
    units_of_events,
};

/// The units that had an event from one moment on and before another, in microseconds since the Unix epoch, each with
/// its first one: rows of `unit_key, first_key`. Where an event is named, only such `track` events count; where a
/// column is, only events in which it is null.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn units_seen(
    table: &str,
    unit_column: &str,
    (from_us, until_us): (i64, i64),
    event: Option<&str>,
    without: Option<&str>,
) -> Result<String, SqlError> {
    let named = match event {
        Some(event) => format!(" and e.type = 'track' and e.name = {}", literal(event)?),
        None => String::new(),
    };
    let without = match without {
        Some(column) => format!(" and e.{} is null", identifier(column)?),
        None => String::new(),
    };
    let (table, unit) = (identifier(table)?, identifier(unit_column)?);
    let (from, until) = (timestamp(from_us), timestamp(until_us));
    Ok(format!(
        "select e.{unit} as unit_key, min(e.ts) as first_key
from {table} e
where e.{unit} is not null and e.ts >= {from} and e.ts < {until}{named}{without}
group by e.{unit}
order by unit_key"
    ))
}

/// The number of each unit that has one: rows of `unit_key, number_key`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn numbers_by_unit(events: &EventTable<'_>, measure: &Measure<'_>) -> Result<String, SqlError> {
    let (tables, wide) = units_of_events(events, &[*measure])?;
    Ok(format!(
        "with {tables},
{numbers}
select unit_key, y_0_1 as number_key from numbers where y_0_1 is not null
order by unit_key",
        numbers = numbers_of_units(&wide),
    ))
}

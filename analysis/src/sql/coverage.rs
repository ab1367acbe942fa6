//! Where the metrics' events went, and when events came.

use super::{
    EventTable, SqlError,
    events::{is_too_late, rows_of, unit_of},
    exposed::exposed,
    hits::{Class, Span},
    text::identifier,
    totals::named,
};
use crate::plan::Metric;

/// How many events there are for each metric, and why others do not count. One row with, for metric `m`,
/// `events_seen_<m>, without_unit_<m>, not_exposed_<m>, before_exposure_<m>, after_window_<m>, too_late_<m>`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn coverage_of_events(events: &EventTable<'_>, metrics: &[&Metric]) -> Result<String, SqlError> {
    let (table, unit_column) = (rows_of(events)?, unit_of(events)?);
    let classes: Vec<Class<'_>> = metrics.iter().map(|metric| Class::of_metric(metric)).collect();
    let mut columns = Vec::new();
    for (m, (metric, class)) in metrics.iter().zip(&classes).enumerate() {
        let own = class.condition()?;
        let span = Span::of(metric);
        let (from, to) = span.bounds();
        let count = |condition: &str| format!("sum(case when {own}{condition} then 1 else 0 end)");
        let after = to.map_or_else(|| "0".to_owned(), |to| count(&format!(" and e.ts >= {to}")));
        let late = is_too_late(events, span)
            .map_or_else(|| "0".to_owned(), |late| count(&format!(" and {} and {late}", span.holds("e.ts"))));
        columns.push(format!(
            "{} as events_seen_{m},
  {} as without_unit_{m},
  {} as not_exposed_{m},
  {} as before_exposure_{m},
  {after} as after_window_{m},
  {late} as too_late_{m}",
            count(""),
            count(&format!(" and e.{unit_column} is null")),
            count(&format!(" and e.{unit_column} is not null and exposed_unit is null")),
            count(&format!(" and e.ts < {from}")),
        ));
    }
    Ok(format!(
        "with {exposed}
select {columns}
from {table} e left join exposed on e.{unit_column} = exposed_unit
where {named}",
        exposed = exposed(events)?,
        columns = columns.join(",\n  "),
        named = named(&classes)?
    ))
}

/// Events by the day of their arrival in UTC, the variant of their unit, type and name: rows of
/// `day_key, variant_key, type_key, name_key, event_count`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn daily_events(events: &EventTable<'_>) -> Result<String, SqlError> {
    let (table, unit_column) = (rows_of(events)?, unit_of(events)?);
    Ok(format!(
        "with {exposed},
arrived as (
  select cast(cast(e.received_at as date) as varchar(10)) as day_key, exposed_variant as variant_key,
    e.type as type_key, coalesce(e.name, '') as name_key
  from {table} e join exposed on e.{unit_column} = exposed_unit
  where e.type in ('track', 'feedback', 'error')
)
select day_key, variant_key, type_key, name_key, count(*) as event_count
from arrived group by day_key, variant_key, type_key, name_key
order by day_key, variant_key, type_key, name_key",
        exposed = exposed(events)?
    ))
}

/// When the last event arrived, whatever its type: one row, `latest_arrival`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn latest_arrival(table: &str) -> Result<String, SqlError> {
    Ok(format!("select max(e.received_at) as latest_arrival from {} e", identifier(table)?))
}

//! Where the metrics' events went, and when events came.

use super::{
    EventTable, Measure, SqlError,
    exposed::exposed,
    hits::{Class, Span},
    text::identifier,
    totals::named,
};

/// How many events there are for each metric, and why others do not count. One row with, for metric `m`,
/// `events_seen_<m>, without_unit_<m>, not_exposed_<m>, before_exposure_<m>, after_window_<m>`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn coverage_of_events(events: &EventTable<'_>, measures: &[Measure<'_>]) -> Result<String, SqlError> {
    let (table, unit_column) = (identifier(events.table)?, identifier(events.unit_column)?);
    let classes: Vec<Class<'_>> = measures.iter().map(|measure| Class::of_metric(measure.metric)).collect();
    let mut columns = Vec::new();
    for (m, (measure, class)) in measures.iter().zip(&classes).enumerate() {
        let own = class.condition()?;
        let (from, to) = Span::of(measure.metric).bounds();
        let count = |condition: &str| format!("sum(case when {own}{condition} then 1 else 0 end)");
        let after = to.map_or_else(|| "0".to_owned(), |to| count(&format!(" and e.ts >= {to}")));
        columns.push(format!(
            "{} as events_seen_{m},
  {} as without_unit_{m},
  {} as not_exposed_{m},
  {} as before_exposure_{m},
  {after} as after_window_{m}",
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
    let (table, unit_column) = (identifier(events.table)?, identifier(events.unit_column)?);
    Ok(format!(
        "with {exposed},
arrived as (
  select cast(cast(e.received_at as date) as varchar) as day_key, exposed_variant as variant_key,
    e.type as type_key, coalesce(e.name, '') as name_key
  from {table} e join exposed on e.{unit_column} = exposed_unit
  where e.type in ('track', 'feedback', 'error')
)
select day_key, variant_key, type_key, name_key, count(*) as event_count
from arrived group by day_key, variant_key, type_key, name_key
order by day_key, variant_key, type_key, name_key",
        exposed = exposed(&EventTable { trigger: None, ..*events })?
    ))
}

/// When the last event arrived, whatever its type: one row, `latest_arrival`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn latest_arrival(table: &str) -> Result<String, SqlError> {
    Ok(format!("select max(e.received_at) as latest_arrival from {} e", identifier(table)?))
}

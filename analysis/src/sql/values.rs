//! How the units' numbers are spread.

use super::{
    EventTable, Measure, SqlError,
    ranks::{at_level, ranked},
    sums::numbers,
    text::number,
    units_of_events,
};
use crate::decimal::Decimal;

/// Nearest-rank quantiles of the units' numbers: rows of `units_total, least_value, greatest_value, level_1, level_2, …`;
/// with `variant_key` where not pooled. `place` is the number's place among the unit's numbers, from 1.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn levels_of_values(
    events: &EventTable<'_>,
    measure: &Measure<'_>,
    place: usize,
    levels: &[Decimal],
    pooled: bool,
) -> Result<String, SqlError> {
    let keys: &[&str] = if pooled { &[] } else { &["variant_key"] };
    let keyed = if pooled { "" } else { "variant_key, " };
    let grouped = if pooled { "" } else { " group by variant_key order by variant_key" };
    let columns: Vec<String> =
        (1..).zip(levels).map(|(index, level)| format!("{} as level_{index}", at_level(*level))).collect();
    Ok(format!(
        "{values},
{ranked}
select {keyed}max(rank_of_all) as units_total, min(value_key) as least_value, max(value_key) as greatest_value,
  {columns}
from ranked{grouped}",
        values = values(events, measure, place)?,
        ranked = ranked("unit_values", keys),
        columns = columns.join(",\n  "),
    ))
}

/// Units in bins of their numbers: rows of `variant_key, bin_1, bin_2, …`. A bin begins at its edge and ends before the
/// next one; the last edge is in the last bin.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn bins_of_values(
    events: &EventTable<'_>,
    measure: &Measure<'_>,
    edges: &[Decimal],
) -> Result<String, SqlError> {
    let bins: Vec<String> = (1..)
        .zip(edges.windows(2))
        .map(|(bin, edge)| {
            let sign = if bin + 1 == edges.len() { "<=" } else { "<" };
            let (from, to) = (number(edge[0]), number(edge[1]));
            format!(
                "sum(case when value_key >= {from} and value_key {sign} {to} then 1 else 0 end) as bin_{bin}"
            )
        })
        .collect();
    Ok(format!(
        "{values}
select variant_key,
  {bins}
from unit_values group by variant_key order by variant_key",
        values = values(events, measure, 1)?,
        bins = bins.join(",\n  ")
    ))
}

/// `unit_values`: a number of each unit.
fn values(events: &EventTable<'_>, measure: &Measure<'_>, place: usize) -> Result<String, SqlError> {
    let (tables, wide) = units_of_events(events, &[*measure])?;
    Ok(format!(
        "with {tables},
{},
unit_values as (
  select variant_key, y_0_{place} as value_key from numbers where y_0_{place} is not null
)",
        numbers(&wide)
    ))
}

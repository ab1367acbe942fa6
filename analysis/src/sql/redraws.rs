//! What a randomisation test needs of each unit, units with the same counted together.

use super::{EventTable, Measure, SqlError, identifier, literal, sums::numbers_of_units, units_of_events};

/// Units by variant, epoch, whether a draw of the epoch's buckets gave the variant, and their numbers: `variant_key,
/// epoch_key, is_drawn, y_0_1, y_0_2, …, unit_count`. Units without a number are left out.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn units_by_number(events: &EventTable<'_>, measure: &Measure<'_>) -> Result<String, SqlError> {
    let (tables, wide) = units_of_events(events, &[*measure])?;
    let width = wide.first().map_or(0, |wide| wide.limits.len());
    let keys: Vec<String> = (1..=width).map(|place| format!("y_0_{place}")).collect();
    let keys = keys.join(", ");
    Ok(format!(
        "with {tables},
{numbers},
draws as (
  select unit as drawn_unit, case when bucket is null then 0 else 1 end as has_bucket
  from {assignments} where experiment = {experiment}
)
select variant_key, epoch_key, has_bucket as is_drawn, {keys}, count(*) as unit_count
from numbers join draws on drawn_unit = unit_key where y_0_1 is not null
group by variant_key, epoch_key, has_bucket, {keys}",
        numbers = numbers_of_units(&wide),
        assignments = identifier(events.assignments)?,
        experiment = literal(events.experiment)?,
    ))
}

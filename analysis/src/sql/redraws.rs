//! What a randomisation test needs of each unit, units with the same counted together.

use super::{
    ASSIGNMENTS, EventTable, PRECISION, SCALE, SqlError, arrived_in_time, exposed, identifier, literal,
    number_of_events, relevant, rows_of, unit_of, window,
};
use crate::plan::Metric;

/// Units by variant, epoch, whether a draw of the epoch's buckets gave the variant, and number: `variant_key, epoch_key,
/// is_drawn, unit_number, unit_count`. Units without a number are left out.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn units_by_number(events: &EventTable<'_>, metric: &Metric) -> Result<String, SqlError> {
    let exposed = exposed(events, metric.window_seconds)?;
    let (relevant, in_time) = (relevant(metric)?, arrived_in_time(events, metric));
    let (table, unit_column) = (rows_of(events)?, unit_of(events)?);
    let value_column = identifier(events.value_column)?;
    let (window, number) = (window("e.ts", metric.window_seconds), number_of_events(metric));
    let experiment = literal(events.experiment)?;
    Ok(format!(
        "with {exposed},
draws as (
  select unit as drawn_unit, case when bucket is null then 0 else 1 end as has_bucket
  from {ASSIGNMENTS} where experiment = {experiment}
),
hits as (
  select exposed_unit as hit_unit, e.id as hit_id, min(e.{value_column}) as hit_value
  from exposed join {table} e on e.{unit_column} = exposed_unit
  where {relevant} and e.ts >= exposed_at{window}{in_time}
  group by exposed_unit, e.id
),
totals as (
  select hit_unit as total_unit, sum(hit_value) as total, count(*) as total_hits from hits group by hit_unit
),
wide as (
  select exposed_variant, exposed_epoch, has_bucket, cast({number} as decimal({PRECISION}, {SCALE})) as wide_number
  from exposed join draws on drawn_unit = exposed_unit left join totals on total_unit = exposed_unit
)
select exposed_variant as variant_key, exposed_epoch as epoch_key, has_bucket as is_drawn,
  wide_number as unit_number, count(*) as unit_count
from wide where wide_number is not null
group by exposed_variant, exposed_epoch, has_bucket, wide_number"
    ))
}

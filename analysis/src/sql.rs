//! The one portable SQL: from events to a number per unit, from those to exact sums.
//!
//! The same text runs on DataFusion, Ballista, DuckDB, ClickHouse, PostgreSQL and Spark. What keeps it portable:
//!
//! - no alias is equal to a column of any table (ClickHouse resolves it the other way round);
//! - ids are strings; durations are `interval '604800' second`; sessions run in UTC;
//! - no function beyond `count`, `sum`, `min`, `max` and `coalesce`, and `row_number` for an order of events;
//! - no division: what is a quotient is compared by its product;
//! - a unit's number is `decimal(18, 6)`, so that sums are exact and two runs give the same bits; a product is
//!   `decimal(18, 6) * decimal(19, 6)`, which all of them give 38 digits (18 × 18 digits fails on two of them);
//! - sums wrap silently on two engines, so every sum comes with the count and the extremes that bound it;
//!   [`moments`](crate::moments) refuses what could have wrapped.
//!
//! A text is made of a few tables, in this order: `exposed`, the units that count; `hits`, their events in time, with a
//! flag for each kind of event and each time that is asked for; `totals`, a row a unit that has any; `wide`, a row a unit
//! with its numbers; `numbers`, the same in their final type and within their limits; and the sums over them.
//!
//! Nothing statistical happens here.

mod coverage;
mod events;
mod exposed;
mod funnel;
mod hits;
mod population;
mod quantile;
mod ranks;
mod redraws;
mod sums;
mod text;
mod totals;
mod unit;
mod values;

pub use coverage::{coverage_of_events, daily_events, latest_arrival};
pub(crate) use events::{rows_of, unit_of};
pub use funnel::sums_of_funnel;
pub(crate) use hits::{Span, condition};
pub use population::{numbers_by_unit, units_seen};
pub use quantile::{QuantileAt, clusters_of_quantile, limits_of_quantile};
pub use redraws::units_by_number;
pub use text::SqlError;
pub(crate) use text::{identifier, literal, timestamp};
pub use values::{bins_of_values, levels_of_values};

use crate::{
    decimal::Decimal,
    plan::{Metric, MetricKind},
};
use exposed::{exposed, is_mature};
use sums::{Wide, numbers, sums};
use totals::Totals;

/// The first exposures: `experiment, unit, epoch, bucket, variant, first_ts, verdict, entry_day`, and attributes; see
/// [`assignments`](crate::assignments).
pub const ASSIGNMENTS: &str = "assignments";

/// Which units count, and where the metric events are.
#[derive(Clone, Copy, Debug)]
pub struct EventTable<'a> {
    /// The table of metric events: `id, type, ts, received_at, name, value`, the column of the unit, and columns of
    /// properties ([`PropertyColumn`](crate::property::PropertyColumn)).
    pub table: &'a str,
    /// The column of the unit's id in that table.
    pub unit_column: &'a str,
    /// The table of units, whose columns are those of [`ASSIGNMENTS`].
    pub assignments: &'a str,
    /// Whether no two events have the same id, so that none has to be looked for.
    pub has_unique_ids: bool,
    /// The experiment, as the assignments name it.
    pub experiment: &'a str,
    /// The verdicts whose exposures count.
    pub verdicts: &'a [&'a str],
    /// Units count from the moment that their window has passed this moment, in microseconds since the Unix epoch.
    pub watermark_us: i64,
    /// The tables by which events that do not name the unit find it: each with the column of events that its
    /// `link_from` is compared with. An event's own unit goes first, then the tables in their order.
    pub links: &'a [(String, String)],
    /// How long after a unit's window its events may still arrive. None: whenever they arrive.
    pub lateness_seconds: Option<u64>,
    /// The column of the assignments that sums are split by.
    pub slice_column: Option<&'a str>,
}

/// A metric, and where its units' numbers are capped.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    /// The metric.
    pub metric: &'a Metric,
    /// The limits of a unit's number; of a ratio, of its numerator.
    pub limits: Limits,
    /// The limits of that before the exposure.
    pub limits_before: Limits,
}

/// Where numbers are capped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The lowest number.
    pub lower: Option<Decimal>,
    /// The highest number.
    pub upper: Option<Decimal>,
}

impl Limits {
    /// The number that a number becomes.
    pub(crate) fn within(self, number: Decimal) -> Decimal {
        match self {
            Self { upper: Some(upper), .. } if number > upper => upper,
            Self { lower: Some(lower), .. } if number < lower => lower,
            _ => number,
        }
    }
}

impl<'a> Measure<'a> {
    /// A metric without limits.
    pub fn new(metric: &'a Metric) -> Self {
        Self { metric, limits: Limits::default(), limits_before: Limits::default() }
    }

    /// The limits of each of so many numbers: `y`; `y, x, h`; `n, d`; `n, d, n before, d before`.
    pub(crate) fn limits(&self, numbers: usize) -> Vec<Limits> {
        let is_ratio = matches!(self.metric.kind, MetricKind::Ratio { .. });
        let mut all = vec![Limits::default(); numbers];
        let before = if is_ratio { 2 } else { 1 };
        for (place, limits) in [(0, self.limits), (before, self.limits_before)] {
            if let Some(own) = all.get_mut(place) {
                *own = limits;
            }
        }
        all
    }
}

/// A table that is one row a unit: `unit, variant, epoch, entry_day` and a `decimal(18, 6)` column for each metric.
#[derive(Clone, Copy, Debug)]
pub struct UnitTable<'a> {
    /// The table.
    pub table: &'a str,
    /// The metric's column; null where the unit has no number.
    pub number_column: &'a str,
}

/// Whether a metric's sums come from [`sums_of_events`], together with those of others. Trends order events, which the
/// others need not: each of them is asked for alone.
pub fn is_summed(kind: &MetricKind) -> bool {
    !matches!(kind, MetricKind::Quantile { .. } | MetricKind::Funnel { .. })
}

/// Sums of all these metrics by one scan of the events. The columns are those of [`Sums`](crate::moments::Sums), numbered
/// by the metric's place.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn sums_of_events(events: &EventTable<'_>, measures: &[Measure<'_>]) -> Result<String, SqlError> {
    let (tables, wide) = units_of_events(events, measures)?;
    Ok(format!("with {tables},\n{}\n{}", numbers(&wide), sums(&wide)))
}

/// The tables down to `wide`, and what is in it.
fn units_of_events(
    events: &EventTable<'_>,
    measures: &[Measure<'_>],
) -> Result<(String, Vec<Wide>), SqlError> {
    let mut totals = Totals::new(*events);
    let (mut columns, mut wide) = (Vec::new(), Vec::new());
    for (m, measure) in measures.iter().enumerate() {
        let Some(own) = unit::numbers(&mut totals, measure)? else { continue };
        columns.push(format!(
            "{} as is_mature_{m}, {} as is_silent_{m},\n    {} as without_value_{m}, {} as repeated_{m}",
            is_mature(events, own.span),
            own.is_silent,
            own.without_value,
            own.repeated
        ));
        columns.extend((1..).zip(&own.expressions).map(|(i, number)| format!("{number} as wide_{m}_{i}")));
        wide.push(Wide { metric: m, limits: measure.limits(own.expressions.len()) });
    }
    let tables = format!(
        "{exposed},
{totals},
wide as (
  select exposed_unit as wide_unit, exposed_variant as wide_variant, exposed_epoch as wide_epoch,
    exposed_day as wide_day, exposed_slice as wide_slice,
    {columns}
  from exposed left join totals on total_unit = exposed_unit
)",
        exposed = exposed(events)?,
        totals = totals.render()?,
        columns = columns.join(",\n    ")
    );
    Ok((tables, wide))
}

/// Sums of a metric that is a column of a table with one row a unit. The columns are those of [`sums_of_events`] for its
/// first metric.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn sums_of_units(units: &UnitTable<'_>) -> Result<String, SqlError> {
    let (table, column) = (identifier(units.table)?, identifier(units.number_column)?);
    let wide = [Wide { metric: 0, limits: vec![Limits::default()] }];
    Ok(format!(
        "with wide as (
  select variant as wide_variant, epoch as wide_epoch, entry_day as wide_day, '' as wide_slice,
    1 as is_mature_0, case when {column} is null then 1 else 0 end as is_silent_0,
    0 as without_value_0, 0 as repeated_0, {column} as wide_0_1
  from {table}
),
{}
{}",
        numbers(&wide),
        sums(&wide)
    ))
}

#[cfg(test)]
mod tests;

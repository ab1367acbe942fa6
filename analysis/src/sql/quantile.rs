//! Quantiles of events' values, whose units are clusters.

use super::{
    EventTable, Measure, SqlError,
    exposed::{exposed, is_mature},
    hits::{Class, Span, value_column},
    ranks::{at_level, limits, ranked},
    sums::{Wide, numbers, sums},
    text::{literal, number},
    totals::Totals,
};
use crate::{
    decimal::Decimal,
    plan::{MetricKind, Silent, ValueSource},
};

/// Where a variant's quantile lies: what [`clusters_of_quantile`] counts by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantileAt {
    /// The variant.
    pub variant: String,
    /// The epoch that its units were drawn in.
    pub epoch: String,
    /// The slice; empty where values are not split.
    pub slice: String,
    /// The quantile.
    pub quantile: Decimal,
}

/// The quantile of the events' values of each variant in each epoch with its limits, by nearest rank: rows of
/// `variant_key, epoch_key, slice_key, value_total, quantile_at, lower_at, upper_at`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn limits_of_quantile(events: &EventTable<'_>, measure: &Measure<'_>) -> Result<String, SqlError> {
    let Some((value, level)) = quantile_of(measure) else { return Ok(String::new()) };
    let (hits, column) = hits(events, measure, value)?;
    let keys = ["variant_key", "epoch_key", "slice_key"];
    let (lower, upper) = limits(level);
    Ok(format!(
        "with {exposed},
{hits},
valued as (
  select exposed_variant as variant_key, exposed_epoch as epoch_key, exposed_slice as slice_key, {column} as value_key
  from hits join exposed on exposed_unit = hit_unit
  where is_event_1 = 1 and in_span_1 = 1 and {mature} = 1
),
{ranked}
select variant_key, epoch_key, slice_key, max(rank_of_all) as value_total,
  {quantile} as quantile_at,
  {lower} as lower_at,
  {upper} as upper_at
from ranked group by variant_key, epoch_key, slice_key order by variant_key, epoch_key, slice_key",
        exposed = exposed(events)?,
        mature = is_mature(events, Span::of(measure.metric)),
        ranked = ranked("valued", &keys),
        quantile = at_level(level),
    ))
}

/// Of each unit: how many of its values are at most its variant's quantile, and how many it has. The columns are those
/// of [`Sums`](crate::moments::Sums) of two numbers; units without values are silent and left out.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn clusters_of_quantile(
    events: &EventTable<'_>,
    measure: &Measure<'_>,
    quantiles: &[QuantileAt],
) -> Result<String, SqlError> {
    let Some((value, _)) = quantile_of(measure) else { return Ok(String::new()) };
    let mut totals = Totals::new(*events);
    let hit = totals.hit(Class::of_metric(measure.metric), Span::of(measure.metric))?;
    let column = totals.column(&value_column(value)?);
    let own = hit.condition();
    let cases = quantiles.iter().map(|at| {
        Ok(format!(
            "when exposed_variant = {} and exposed_epoch = {} and exposed_slice = {} then {}",
            literal(&at.variant)?,
            literal(&at.epoch)?,
            literal(&at.slice)?,
            number(at.quantile)
        ))
    });
    let cases = cases.collect::<Result<Vec<_>, SqlError>>()?.join("\n      ");
    let wide = [Wide { metric: 0, limits: vec![super::Limits::default(); 2] }];
    Ok(format!(
        "with {exposed},
{hits},
placed as (
  select exposed_unit as placed_unit, {column} as placed_value, case
      {cases} end as placed_at
  from hits join exposed on exposed_unit = hit_unit
  where {own}
),
clusters as (
  select placed_unit as cluster_unit, count(case when placed_value <= placed_at then 1 end) as cluster_below,
    count(placed_value) as cluster_values, count(*) as cluster_hits
  from placed group by placed_unit
),
wide as (
  select exposed_variant as wide_variant, exposed_epoch as wide_epoch, exposed_day as wide_day,
    exposed_slice as wide_slice, {mature} as is_mature_0,
    case when coalesce(cluster_values, 0) > 0 then 0 else 1 end as is_silent_0,
    case when cluster_values > 0 then cast(cluster_below as decimal(38, 6)) end as wide_0_1,
    case when cluster_values > 0 then cast(cluster_values as decimal(38, 6)) end as wide_0_2,
    coalesce(cluster_hits - cluster_values, 0) as without_value_0, 0 as repeated_0
  from exposed left join clusters on cluster_unit = exposed_unit
),
{numbers}
{sums}",
        exposed = exposed(events)?,
        hits = totals.hits()?,
        cases =
            if cases.is_empty() { format!("when 1 = 0 then {}", number(Decimal::default())) } else { cases },
        mature = is_mature(events, Span::of(measure.metric)),
        numbers = numbers(&wide),
        sums = sums(&wide),
    ))
}

fn hits(
    events: &EventTable<'_>,
    measure: &Measure<'_>,
    value: &ValueSource,
) -> Result<(String, String), SqlError> {
    let mut totals = Totals::new(*events);
    totals.hit(Class::of_metric(measure.metric), Span::of(measure.metric))?;
    let column = totals.column(&value_column(value)?);
    Ok((totals.hits()?, column))
}

/// The level to six places.
fn quantile_of<'a>(measure: &Measure<'a>) -> Option<(&'a ValueSource, Decimal)> {
    let MetricKind::Quantile { value, level } = &measure.metric.kind else { return None };
    debug_assert!(
        matches!(measure.metric.silent, Silent::Exclude | Silent::Zero),
        "silence does not matter here"
    );
    Some((value, Decimal::from_json(&format!("{level:e}")).ok()?))
}

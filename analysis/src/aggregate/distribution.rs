//! How the units' numbers are spread.

use super::caps;
use crate::{
    decimal::Decimal,
    engine::Engine,
    error::AnalysisError,
    fold::{Folded, View, at_levels},
    moments::{Row, rows},
    plan::{Metric, MetricKind},
    results::{Bin, Distribution, LevelAt, VariantDistribution},
    sql::{self, EventTable},
};
use std::collections::BTreeMap;

/// The quantiles that a distribution tells.
pub(crate) const LEVELS: [f64; 5] = [0.5, 0.75, 0.9, 0.95, 0.99];

/// How many bins a distribution has at most. Origin: as many as are told apart in a chart a column wide.
const BINS: i64 = 24;

/// The spread of the units' numbers within their caps; none for numbers that are 0 or 1, for ratios, and without units.
/// It is told by a fold of the events that knows the metric, or asked of the engine.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub async fn distribution(
    (folded, engine): (Option<&Folded>, &dyn Engine),
    events: &EventTable<'_>,
    metric: &Metric,
    variants: &[String],
) -> Result<Option<Distribution>, AnalysisError> {
    use MetricKind::{Continuous, Count, Highest, Lowest};
    if !matches!(metric.kind, Count | Continuous { .. } | Highest { .. } | Lowest { .. }) {
        return Ok(None);
    }
    if let Some(values) = folded.and_then(|folded| folded.values_by_variant(metric, View::of(events))) {
        return Ok(of_values(values, variants));
    }
    let waiting = engine.waiting();
    let measure = caps::resolve(engine, events, metric).await?;
    let levels: Vec<Decimal> = LEVELS.into_iter().filter_map(caps::rounded).collect();
    let uncapped = caps::uncapped(metric);
    let by_variant = engine.query(&sql::levels_of_values(events, &uncapped, 1, &levels, false)?).await?;
    if engine.waiting() > waiting {
        return Ok(None);
    }
    let capped = |row: &Row<'_>, name: &str| Some(measure.limits.within(row.decimal(name)?));
    let by_variant = rows(&by_variant);
    let own = |rows: &[Row<'_>], variant: &String| -> Option<usize> {
        rows.iter().position(|row| row.text("variant_key") == *variant)
    };
    let there = || variants.iter().filter_map(|variant| own(&by_variant, variant));
    let ends = there().filter_map(|place| {
        Some((capped(&by_variant[place], "least_value")?, capped(&by_variant[place], "greatest_value")?))
    });
    let Some((least, greatest)) = ends.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1))) else {
        return Ok(None);
    };
    let edges = edges(least, greatest);
    let binned = engine.query(&sql::bins_of_values(events, &measure, &edges)?).await?;
    let binned = rows(&binned);
    let of_variant = |variant: &String| {
        let levels = own(&by_variant, variant).map(|place| &by_variant[place]);
        let bins = own(&binned, variant).map(|place| &binned[place]);
        let at = |(index, level): (usize, f64)| {
            let value = capped(levels?, &format!("level_{index}"))?;
            Some(LevelAt { level, value: float(value) })
        };
        VariantDistribution {
            variant: variant.clone(),
            units: (1..edges.len())
                .map(|bin| bins.map_or(0, |row| row.count(&format!("bin_{bin}"))))
                .collect(),
            levels: (1..).zip(LEVELS).filter_map(at).collect(),
        }
    };
    Ok(Some(Distribution {
        bins: edges.windows(2).map(|edge| Bin { from: float(edge[0]), to: float(edge[1]) }).collect(),
        variants: variants.iter().map(of_variant).collect(),
    }))
}

/// The spread of each variant's numbers, in millionths.
fn of_values(mut values: BTreeMap<String, Vec<i64>>, variants: &[String]) -> Option<Distribution> {
    let there = variants.iter().filter_map(|variant| values.get(variant));
    let (least, greatest) = there.flatten().fold(None, |ends: Option<(i64, i64)>, &value| {
        ends.map_or(Some((value, value)), |(least, greatest)| Some((least.min(value), greatest.max(value))))
    })?;
    let edges = edges(Decimal::from_millionths(least)?, Decimal::from_millionths(greatest)?);
    let levels: Vec<Decimal> = LEVELS.into_iter().filter_map(caps::rounded).collect();
    let of_variant = |variant: &String| {
        let mut values = values.remove(variant).unwrap_or_default();
        let mut units = vec![0; edges.len() - 1];
        for value in &values {
            let bin = edges.partition_point(|edge| edge.millionths() <= *value).saturating_sub(1);
            // The last edge is in the last bin.
            units[bin.min(edges.len() - 2)] += 1;
        }
        let found = at_levels(&mut values, &levels);
        let levels = LEVELS.into_iter().zip(found).filter_map(|(level, value)| {
            Some(LevelAt { level, value: float(Decimal::from_millionths(value?)?) })
        });
        VariantDistribution { variant: variant.clone(), units, levels: levels.collect() }
    };
    Some(Distribution {
        variants: variants.iter().map(of_variant).collect(),
        bins: edges.windows(2).map(|edge| Bin { from: float(edge[0]), to: float(edge[1]) }).collect(),
    })
}

/// Bins of one width from the least number to the greatest; the last may reach beyond.
pub(crate) fn edges(least: Decimal, greatest: Decimal) -> Vec<Decimal> {
    let range = greatest.millionths().saturating_sub(least.millionths());
    let width = (range + BINS - 1) / BINS;
    // Whole numbers where they are far enough apart, so that counts have bins of whole numbers.
    let width = if width >= 1_000_000 { (width + 999_999) / 1_000_000 * 1_000_000 } else { width.max(1) };
    let ends = (0..=BINS).map(|bin| least.millionths().saturating_add(bin.saturating_mul(width)));
    let mut edges: Vec<Decimal> =
        ends.map(|end| Decimal::from_millionths(end).unwrap_or(Decimal::MAX)).collect();
    edges.dedup();
    let needed = edges.iter().position(|edge| *edge >= greatest).unwrap_or(edges.len() - 1);
    edges.truncate(needed.max(1) + 1);
    edges
}

/// The number as it is shown.
#[expect(clippy::cast_precision_loss, reason = "it is shown, not computed with")]
pub(crate) fn float(number: Decimal) -> f64 {
    number.millionths() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_cover_all_numbers() {
        let at = |millionths| Decimal::from_millionths(millionths).unwrap();
        for (least, greatest) in
            [(0, 0), (0, 1), (-5_000_000, 95_000_000), (0, 7_000_000), (0, Decimal::MAX.millionths())]
        {
            let edges = edges(at(least), at(greatest));
            assert!(edges.len() >= 2 && edges.len() <= 25, "{edges:?}");
            assert!(edges.windows(2).all(|pair| pair[0] < pair[1]), "{edges:?}");
            assert!(edges[0] <= at(least) && edges[edges.len() - 1] >= at(greatest), "{edges:?}");
        }
    }
}

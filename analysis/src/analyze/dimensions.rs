//! The results within the values of the plan's dimensions.

use super::Analysis;
use crate::{
    aggregate::{self, Numbers},
    assignments::{UnitsByEpoch, attribute_column},
    balance,
    conclude::{
        dimension::{Split, SplitNumbers, dimension},
        entries::units_by_value,
    },
    engine::Engine,
    error::AnalysisError,
    estimate::{Frame, units_of},
    fold::Folded,
    moments::rows,
    plan::{MetricKind, PlannedMetric},
    results::{Dimension, Warning},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Analysis<'_> {
    /// Each dimension, by the fold or in one more scan of the events, and what to know of them.
    pub(super) async fn dimensions(
        &self,
        folded: Option<&Folded>,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
    ) -> Result<(Vec<Dimension>, Vec<Warning>), AnalysisError> {
        let (mut dimensions, mut warnings) = (Vec::new(), Vec::new());
        if frame.variants.iter().all(|variant| units_of(frame.units, variant) == 0) {
            return Ok((dimensions, warnings));
        }
        let unit_column = format!("unit_{}", self.plan.unit);
        let planned: Vec<&PlannedMetric> =
            self.plan.metrics.iter().filter(|planned| self.not_mapped(&planned.metric).is_none()).collect();
        let metrics: Vec<_> = planned.iter().map(|planned| &planned.metric).collect();
        for (index, attribute) in self.plan.dimensions.iter().enumerate() {
            let column = attribute_column(index);
            let events = self.table(&unit_column, watermark, Some(&column));
            let measured = aggregate::measure_folded(folded, self.engine, &events, &metrics).await?;
            let split = planned.iter().zip(measured);
            let split: Vec<Split<'_>> = split
                .map(|(planned, measured)| ((*planned).into(), numbers(planned, measured.numbers)))
                .collect();
            let assignments = &self.observed.assignments;
            let units = match self.events.bound {
                Some(bound) => counted_by_value(self.engine, bound.assignments, &column).await?,
                None => units_by_value(&assignments.batches, self.observed.trust.verdicts(), &column)?,
            };
            let (found, told) = dimension(frame, attribute, &units, &split);
            dimensions.push(found);
            warnings.extend(told);
        }
        Ok((dimensions, warnings))
    }
}

/// The units by the value of an attribute, as the engine counts those that it has by itself; all of them count.
async fn counted_by_value(
    engine: &dyn Engine,
    assignments: &str,
    attribute_column: &str,
) -> Result<BTreeMap<String, UnitsByEpoch>, AnalysisError> {
    let counted = engine
        .query(&format!(
            "select coalesce({attribute_column}, '') as value_key, variant as variant_key, count(*) as unit_count
from {assignments} group by coalesce({attribute_column}, ''), variant"
        ))
        .await?;
    let mut by_value: BTreeMap<String, UnitsByEpoch> = BTreeMap::new();
    for row in rows(&counted) {
        let of_variant =
            by_value.entry(row.text("value_key")).or_default().entry(row.text("variant_key")).or_default();
        *of_variant.entry(balance::EPOCH.to_owned()).or_default() += row.count("unit_count");
    }
    Ok(by_value)
}

fn numbers(planned: &PlannedMetric, numbers: Numbers) -> SplitNumbers {
    match (numbers, &planned.metric.kind) {
        (Numbers::Quantiles(quantiles), MetricKind::Quantile { level, .. }) => {
            let slice = |clusters: &[crate::moments::Sums]| {
                clusters.first().map_or_else(String::new, |sums| sums.slice.clone())
            };
            let arms = quantiles.iter().map(|quantile| (slice(&quantile.clusters), quantile.arm(*level)));
            SplitNumbers::Quantiles(arms.collect())
        }
        (Numbers::Sums(sums), _) => SplitNumbers::Sums(sums),
        (Numbers::Quantiles(_), _) => SplitNumbers::Sums(Vec::new()),
    }
}

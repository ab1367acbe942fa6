//! Quantiles of events' values, from two queries: where they are, and how the units lie around them.

use crate::{
    decimal::Decimal,
    engine::Engine,
    error::AnalysisError,
    estimate::QuantileArm,
    moments::{Row, Sums, rows},
    plan::MetricKind,
    sql::{self, EventTable, Measure, QuantileAt},
};
use edgewise_stats::{Absent, Estimate, Fraction, Moments, compare::QuantileLimits};
use std::collections::BTreeMap;

/// One variant's quantile in one epoch, and the units around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantileSums {
    /// Which variant, epoch and slice, and the quantile.
    pub at: Option<QuantileAt>,
    /// Values in all.
    pub values: u64,
    /// The values at the ranks n·p ± z·√(n·p·(1 − p)), where there are such ranks.
    pub limits: Option<(Decimal, Decimal)>,
    /// Of each unit the values that are at most the quantile, and all its values, by day.
    pub clusters: Vec<Sums>,
}

impl QuantileSums {
    /// What estimates are made of.
    pub fn arm(&self, level: f64) -> QuantileArm {
        let all = Sums::total(&self.clusters);
        QuantileArm {
            variant: all.variant.clone(),
            epoch: all.epoch.clone(),
            units_seen: all.units_seen,
            units_silent: all.units_silent,
            moments: self.moments(level, &all),
        }
    }

    fn moments(&self, level: f64, clusters: &Sums) -> Estimate<Moments> {
        let level = Fraction::new(level).map_err(|_| Absent::OutOfRange)?;
        let at = self.at.as_ref().ok_or(Absent::NoUnits)?;
        let (lower, upper) = self.limits.ok_or(Absent::TooFewValues)?;
        let limits = (float(lower), float(upper));
        let limits = QuantileLimits::new(self.values, self.values, float(at.quantile), limits);
        let joint = clusters.joint().map_err(|_| Absent::OutOfRange)?;
        limits.map_err(|_| Absent::OutOfRange)?.clustered_moments(level, &joint)
    }
}

#[expect(clippy::cast_precision_loss, reason = "from here on it is an estimate")]
fn float(number: Decimal) -> f64 {
    number.millionths() as f64 / 1e6
}

pub(super) async fn sums(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    measure: &Measure<'_>,
) -> Result<Vec<QuantileSums>, AnalysisError> {
    debug_assert!(matches!(measure.metric.kind, MetricKind::Quantile { .. }));
    let waiting = engine.waiting();
    let batches = engine.query(&sql::limits_of_quantile(events, measure)?).await?;
    if engine.waiting() > waiting {
        return Ok(Vec::new());
    }
    let found: Vec<_> = rows(&batches).iter().filter_map(found).collect();
    let quantiles: Vec<QuantileAt> = found.iter().map(|(at, _, _)| at.clone()).collect();
    let text = sql::clusters_of_quantile(events, measure, &quantiles)?;
    let clusters = Sums::read(&engine.query(&text).await?, 0)?;
    let mut by_arm = BTreeMap::<_, Vec<Sums>>::new();
    for sums in clusters {
        let key = (sums.variant.clone(), sums.epoch.clone(), sums.slice.clone());
        by_arm.entry(key).or_default().push(sums);
    }
    let arms = by_arm.into_iter().map(|((variant, epoch, slice), clusters)| {
        let own =
            found.iter().find(|(at, _, _)| at.variant == variant && at.epoch == epoch && at.slice == slice);
        QuantileSums {
            at: own.map(|(at, _, _)| at.clone()),
            values: own.map_or(0, |(_, values, _)| *values),
            limits: own.and_then(|(_, _, limits)| *limits),
            clusters,
        }
    });
    Ok(arms.collect())
}

type Found = (QuantileAt, u64, Option<(Decimal, Decimal)>);

fn found(row: &Row<'_>) -> Option<Found> {
    let at = QuantileAt {
        variant: row.text("variant_key"),
        epoch: row.text("epoch_key"),
        slice: row.text("slice_key"),
        quantile: row.decimal("quantile_at")?,
    };
    let limits = row.decimal("lower_at").zip(row.decimal("upper_at"));
    Some((at, row.count("value_total"), limits))
}

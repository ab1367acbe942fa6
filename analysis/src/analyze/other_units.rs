//! The primary metrics over other units than those that count.

use super::{Analysis, metrics::Units};
use crate::{
    error::AnalysisError,
    estimate::Frame,
    plan::{PlannedMetric, Role},
    results::{HealthCheck, MetricResult},
    sensitivity,
};
use jiff::Timestamp;

/// The units outside the buckets that different allocations gave to different variants.
const OUTSIDE_MOVED_BUCKETS: &str = "assignments_outside_moved_buckets";
/// The units that never triggered.
const UNTRIGGERED: &str = "assignments_untriggered";

impl Analysis<'_> {
    /// The primary metrics again over other units: without the moved buckets, and of those that never triggered.
    pub(super) async fn over_other_units(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
        metrics: &[MetricResult],
    ) -> Result<Vec<HealthCheck>, AnalysisError> {
        let assignments = &self.observed.assignments;
        let moved: u64 = assignments.counts.in_moved_buckets.values().sum();
        let mut health = Vec::new();
        if moved > 0 {
            self.register_units(OUTSIDE_MOVED_BUCKETS, assignments.outside_moved_buckets()?).await?;
            let without = self.primary_metrics(frame, watermark, OUTSIDE_MOVED_BUCKETS).await?;
            let all = metrics.iter().filter(|metric| metric.role == Role::Primary).cloned();
            health.push(sensitivity::without_moved_buckets(&all.collect::<Vec<_>>(), &without, moved));
        }
        if self.plan.trigger.is_some() {
            if self.events.bound.is_none() {
                self.register_units(UNTRIGGERED, self.observed.untriggered.clone()).await?;
            }
            let units = self.events.bound.map_or(UNTRIGGERED, |bound| bound.untriggered);
            let untriggered = self.primary_metrics(frame, watermark, units).await?;
            health.push(sensitivity::complement(&untriggered, assignments.counts.untriggered.values().sum()));
        }
        Ok(health)
    }

    async fn primary_metrics(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
        units: &str,
    ) -> Result<Vec<MetricResult>, AnalysisError> {
        let is_primary = |planned: &&PlannedMetric| planned.role == Role::Primary;
        let planned: Vec<&PlannedMetric> = self.plan.metrics.iter().filter(is_primary).collect();
        self.metrics(frame, &planned, watermark, Units { table: units, folded: None, state: None }).await
    }
}

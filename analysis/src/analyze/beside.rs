//! What stands beside the estimates of a metric and needs queries of its own.

use super::Analysis;
use crate::{aggregate, error::AnalysisError, estimate::Frame, results::MetricResult};
use jiff::Timestamp;

impl Analysis<'_> {
    /// How the units' numbers are spread, for the metrics that have an estimate and more than zeros and ones.
    pub(super) async fn beside_estimates(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
        metrics: &mut [MetricResult],
    ) -> Result<(), AnalysisError> {
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = self.table(&unit_column, watermark, None);
        for (planned, result) in self.plan.metrics.iter().zip(metrics) {
            // What waits for an answer has no estimate yet, and may have one.
            let is_open = self.engine.waiting() > 0 && self.not_mapped(&planned.metric).is_none();
            if result.absent.is_none() || is_open {
                result.distribution =
                    aggregate::distribution(self.engine, &events, &planned.metric, frame.variants).await?;
            }
        }
        Ok(())
    }
}

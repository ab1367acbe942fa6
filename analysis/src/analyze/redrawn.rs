//! The test that redraws the variants.

use super::Analysis;
use crate::{
    balance,
    error::AnalysisError,
    estimate::Frame,
    randomisation::{Redrawing, redraw},
    results::MetricResult,
};
use jiff::Timestamp;

impl Analysis<'_> {
    /// Puts the tests that redraw the variants beside the comparisons.
    pub(super) async fn redraw(
        &self,
        frame: &Frame<'_>,
        redrawing: &Redrawing,
        watermark: Option<Timestamp>,
        metrics: &mut [MetricResult],
    ) -> Result<(), AnalysisError> {
        let (plan, observed) = (self.plan, &self.observed);
        let unit_column = format!("unit_{}", plan.unit);
        let events = self.table(&unit_column, watermark, None);
        let ratio = balance::test(&observed.assignments.counts.admitted, &observed.shares, frame.variants);
        for (planned, result) in plan.metrics.iter().zip(metrics) {
            let admitted = redrawing.admits(plan, observed.trust, &ratio);
            redraw(self.engine, &events, &planned.metric, plan, redrawing, admitted, result).await?;
        }
        Ok(())
    }
}

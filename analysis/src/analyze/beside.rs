//! What stands beside the estimates of a metric and needs a fold or queries of its own.

use super::Analysis;
use crate::{
    aggregate::{self, Numbers},
    conclude::since_exposure::{metrics_by_day, since_exposure},
    error::AnalysisError,
    estimate::Frame,
    fold::Folded,
    plan::{Metric, PlannedMetric},
    results::MetricResult,
    sql::EventTable,
};
use datafusion::arrow::{
    array::{AsArray as _, RecordBatch},
    compute::min,
    datatypes::TimestampMicrosecondType,
};
use jiff::Timestamp;

impl Analysis<'_> {
    /// How the units' numbers are spread, and for what decides the days since exposure; for metrics with an estimate.
    pub(super) async fn beside_estimates(
        &self,
        folded: Option<&Folded>,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
        metrics: &mut [MetricResult],
    ) -> Result<(), AnalysisError> {
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = self.table(&unit_column, watermark, None);
        let passed = self.seconds_since_first_exposure(watermark);
        for (planned, result) in self.plan.metrics.iter().zip(metrics) {
            // What waits for an answer has no estimate yet, and may have one.
            let is_open = self.engine.waiting() > 0 && self.not_mapped(&planned.metric).is_none();
            if result.absent.is_some() && !is_open {
                continue;
            }
            result.distribution =
                aggregate::distribution((folded, self.engine), &events, &planned.metric, frame.variants)
                    .await?;
            let days = metrics_by_day(planned, passed);
            if !days.is_empty() {
                let measured = self.sums_of_days(folded, &events, &days).await?;
                result.since_exposure = since_exposure(frame, days.into_iter().zip(measured));
            }
        }
        Ok(())
    }

    /// The sums of the single days' metrics, all together.
    async fn sums_of_days(
        &self,
        folded: Option<&Folded>,
        events: &EventTable<'_>,
        days: &[PlannedMetric],
    ) -> Result<Vec<Vec<crate::moments::Sums>>, AnalysisError> {
        let metrics: Vec<&Metric> = days.iter().map(|planned| &planned.metric).collect();
        let measured = aggregate::measure_folded(folded, self.engine, events, &metrics).await?;
        let sums = measured.into_iter().map(|measured| match measured.numbers {
            Numbers::Sums(sums) => sums,
            Numbers::Quantiles(_) => Vec::new(),
        });
        Ok(sums.collect())
    }

    /// From the first exposure of all to the watermark; 0 where either is not known.
    fn seconds_since_first_exposure(&self, watermark: Option<Timestamp>) -> u64 {
        let first = match self.events.bound {
            Some(bound) => bound.entries.first.map(Timestamp::as_microsecond),
            None => self.observed.assignments.batches.iter().filter_map(earliest).min(),
        };
        let passed = first.zip(watermark).map_or(0, |(first, last)| last.as_microsecond() - first);
        u64::try_from(passed / 1_000_000).unwrap_or(0)
    }
}

/// The first exposure of a batch.
fn earliest(batch: &RecordBatch) -> Option<i64> {
    min(batch.column_by_name("first_ts")?.as_primitive_opt::<TimestampMicrosecondType>()?)
}

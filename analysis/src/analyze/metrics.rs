//! The numbers of metrics and what is estimated from them.

use super::Analysis;
use crate::{
    aggregate::{self, Measured, Numbers},
    assignments::attribute_column,
    conclude::since_exposure::metrics_by_day,
    error::AnalysisError,
    estimate::{Frame, absent_metric, estimate, estimate_quantile, units_of},
    fold::{Folded, fold},
    incremental::{self, State},
    plan::{Metric, MetricKind, PlannedMetric},
    results::MetricResult,
    sql::EventTable,
};
use jiff::Timestamp;

/// The units that metrics are measured over.
#[derive(Clone, Copy)]
pub(super) struct Units<'u> {
    /// The table that holds them.
    pub(super) table: &'u str,
    /// The fold over them, where there is one already.
    pub(super) folded: Option<&'u Folded>,
    /// Where their sums are kept between runs.
    pub(super) state: Option<&'u State>,
}

impl Analysis<'_> {
    /// One scan of the events for all metrics, by whatever they are split. Without units there is nothing to measure.
    pub(super) fn fold(&self) -> Result<Option<Folded>, AnalysisError> {
        let any_units = !self.observed.assignments.counts.admitted.is_empty();
        let is_measured = |planned: &&PlannedMetric| any_units && self.not_mapped(&planned.metric).is_none();
        let planned: Vec<&PlannedMetric> = self.plan.metrics.iter().filter(is_measured).collect();
        let metrics: Vec<&Metric> = planned.iter().map(|planned| &planned.metric).collect();
        // How many days have passed since the first exposure is known once the events are read.
        let days: Vec<PlannedMetric> =
            planned.iter().flat_map(|planned| metrics_by_day(planned, u64::MAX)).collect();
        let all: Vec<&Metric> =
            metrics.iter().copied().chain(days.iter().map(|planned| &planned.metric)).collect();
        let slices: Vec<String> = (0..self.plan.dimensions.len()).map(attribute_column).collect();
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = self.table(&unit_column, None, None);
        match fold(self.engine, &events, &all, &slices)? {
            // Single days take as much memory as all the rest.
            None if !days.is_empty() => fold(self.engine, &events, &metrics, &slices),
            folded => Ok(folded),
        }
    }

    /// These metrics in their order.
    pub(super) async fn metrics(
        &self,
        frame: &Frame<'_>,
        planned: &[&PlannedMetric],
        watermark: Option<Timestamp>,
        units: Units<'_>,
    ) -> Result<Vec<MetricResult>, AnalysisError> {
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = EventTable { assignments: units.table, ..self.table(&unit_column, watermark, None) };
        // Without units there is nothing to join, and the log may lack the unit's column.
        let any_units = frame.variants.iter().any(|variant| units_of(frame.units, variant) > 0);
        let is_measured = |planned: &&&PlannedMetric| any_units && self.not_mapped(&planned.metric).is_none();
        let metrics: Vec<&Metric> =
            planned.iter().filter(is_measured).map(|planned| &planned.metric).collect();
        let mut measured = self.measured(&events, &metrics, units).await?;
        for (measured, metric) in measured.iter_mut().zip(&metrics) {
            measured.count_repeats(&self.observed.repeats, metric);
        }
        let mut measured = measured.into_iter();
        let result = |planned: &&PlannedMetric| match self.not_mapped(&planned.metric) {
            Some(absent) => absent_metric(&(*planned).into(), absent),
            None => match any_units.then(|| measured.next()).flatten() {
                Some(measured) => estimated(frame, planned, measured),
                None => estimate(frame, &(*planned).into(), &[], None),
            },
        };
        Ok(planned.iter().map(result).collect())
    }

    /// All metrics together; where sums are kept between runs, each by itself, since each has its own days to sum up.
    async fn measured(
        &self,
        events: &EventTable<'_>,
        metrics: &[&Metric],
        Units { folded, state, .. }: Units<'_>,
    ) -> Result<Vec<Measured>, AnalysisError> {
        let Some(state) = state else {
            return match folded {
                Some(_) => aggregate::measure_folded(folded, self.engine, events, metrics).await,
                None => aggregate::measure(self.engine, events, metrics).await,
            };
        };
        let mut all = Vec::with_capacity(metrics.len());
        let coverage = aggregate::coverage(folded, self.engine, events, metrics).await?;
        for (&metric, coverage) in metrics.iter().zip(coverage) {
            if matches!(metric.kind, MetricKind::Quantile { .. }) {
                all.extend(aggregate::measure_folded(folded, self.engine, events, &[metric]).await?);
                continue;
            }
            let (assignments, links) = (&self.observed.assignments, &self.observed.links);
            let (sums, _) =
                incremental::sums(state, (folded, self.engine), assignments, links, events, metric).await?;
            all.push(Measured::new(Numbers::Sums(sums), coverage));
        }
        Ok(all)
    }
}

fn estimated(frame: &Frame<'_>, planned: &PlannedMetric, measured: Measured) -> MetricResult {
    match (measured.numbers, &planned.metric.kind) {
        (Numbers::Quantiles(quantiles), MetricKind::Quantile { level, .. }) => {
            let arms: Vec<_> = quantiles.iter().map(|quantile| quantile.arm(*level)).collect();
            estimate_quantile(frame, &planned.into(), &arms, Some(measured.events))
        }
        (Numbers::Sums(sums), _) => estimate(frame, &planned.into(), &sums, Some(measured.events)),
        (Numbers::Quantiles(_), _) => estimate(frame, &planned.into(), &[], Some(measured.events)),
    }
}

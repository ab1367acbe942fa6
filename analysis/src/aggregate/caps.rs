//! Caps become numbers.

use crate::{
    decimal::Decimal,
    engine::Engine,
    error::AnalysisError,
    moments::decimal,
    plan::{Cap, Metric, MetricKind},
    sql::{self, EventTable, Limits, Measure},
};

/// The metric with the limits that its cap means: those that were fixed, or the quantiles of all units' numbers. What is
/// from before the exposure has quantiles of its own.
pub(crate) async fn resolve<'a>(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metric: &'a Metric,
) -> Result<Measure<'a>, AnalysisError> {
    let plain = Measure::new(metric);
    if !sql::is_summed(&metric.kind) {
        return Ok(plain);
    }
    match metric.cap {
        None => Ok(plain),
        Some(Cap::At { lower, upper }) => {
            let limits = Limits { lower: lower.and_then(rounded), upper: upper.and_then(rounded) };
            Ok(Measure { limits, limits_before: limits, ..plain })
        }
        Some(Cap::Quantiles { lower, upper }) => {
            let levels = [lower, upper];
            let limits = quantiles(engine, events, &plain, 1, levels).await?;
            let limits_before = if metric.covariate_seconds.is_some() {
                let before = if matches!(metric.kind, MetricKind::Ratio { .. }) { 3 } else { 2 };
                quantiles(engine, events, &plain, before, levels).await?
            } else {
                Limits::default()
            };
            Ok(Measure { limits, limits_before, ..plain })
        }
    }
}

/// The metric before it is known where it is capped: on the sides that it is, its numbers are within what a number can be.
/// A cap keeps the order, so that the value at a rank, put [within](Limits::within) the cap, is the value at that
/// rank of the capped numbers: nobody has to wait for the caps to ask for it.
pub(crate) fn uncapped(metric: &Metric) -> Measure<'_> {
    let plain = Measure::new(metric);
    let Some(Cap::At { lower, upper } | Cap::Quantiles { lower, upper }) = metric.cap else { return plain };
    let least = Decimal::from_millionths(-Decimal::MAX.millionths());
    let limits = Limits { lower: lower.and(least), upper: upper.and(Some(Decimal::MAX)) };
    Measure { limits, ..plain }
}

async fn quantiles(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    measure: &Measure<'_>,
    place: usize,
    [lower, upper]: [Option<f64>; 2],
) -> Result<Limits, AnalysisError> {
    let levels: Vec<Decimal> = [lower, upper].into_iter().flatten().filter_map(rounded).collect();
    if levels.is_empty() {
        return Ok(Limits::default());
    }
    let batches = engine.query(&sql::levels_of_values(events, measure, place, &levels, true)?).await?;
    let mut found = (1..=levels.len()).map(|index| decimal(&batches, &format!("level_{index}")));
    let mut next = |asked: Option<f64>| {
        asked.and_then(rounded).and_then(|_| found.next()).transpose().map(Option::flatten)
    };
    Ok(Limits { lower: next(lower)?, upper: next(upper)? })
}

/// The shortest decimal that is this float, to six places; none that does not fit.
pub(super) fn rounded(number: f64) -> Option<Decimal> {
    Decimal::from_json(&format!("{number:e}")).ok()
}

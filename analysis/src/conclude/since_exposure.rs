//! Whether an effect lasts: the primary metrics on each day since the units' first exposure.
//!
//! A unit's day is a metric of its own, with a delay and a window of a day, so that it is measured as exactly as the whole
//! and counts the units for which that day has passed. The days of one unit hang together, and later days have fewer
//! units; the trend takes them as independent, and so it warns and never decides.

use crate::{
    balance::CAUTION_BELOW,
    estimate::{Frame, Measured, Rules, estimate},
    moments::Sums,
    plan::{Cap, Metric, MetricKind, PlannedMetric, Role},
    results::{DayOfVariant, DaySince, LiftOfDay, MetricResult, SinceExposure, TrendOfVariant},
};
use edgewise_stats::{
    Absent, Alpha, Estimate, EstimatedEffect,
    trust::{DayEffect, ExposureTrend, TimeScale, exposure_trend},
};

/// At most so many days. Source: the horizon of an experiment that names none, two whole weeks.
const MOST_DAYS: u32 = 14;

/// Fewer days show no trend.
const LEAST_DAYS: u32 = 3;

const DAY_SECONDS: u64 = 86_400;

/// The metrics of the single days since exposure, where so many seconds have passed since the first exposure of all.
/// Empty where the metric is not measured by days: it decides nothing, its window is shorter than three days, or what it
/// counts does not fall on one day.
pub fn metrics_by_day(planned: &PlannedMetric, passed_seconds: u64) -> Vec<PlannedMetric> {
    let metric = &planned.metric;
    let falls_on_a_day = matches!(
        metric.kind,
        MetricKind::Binary | MetricKind::Count | MetricKind::Continuous { .. } | MetricKind::Ratio { .. }
    );
    if planned.role != Role::Primary || !falls_on_a_day || metric.delay_seconds > 0 {
        return Vec::new();
    }
    let seconds = metric.window_seconds.unwrap_or(u64::MAX).min(passed_seconds);
    let days = u32::try_from(seconds / DAY_SECONDS).unwrap_or(MOST_DAYS).min(MOST_DAYS);
    if days < LEAST_DAYS {
        return Vec::new();
    }
    let of_day = |day: u32| Metric {
        id: format!("{}.day_{day}", metric.id),
        delay_seconds: u64::from(day) * DAY_SECONDS,
        window_seconds: Some(DAY_SECONDS),
        covariate_seconds: None,
        // Quantiles would be others on each day.
        cap: metric.cap.filter(|cap| matches!(cap, Cap::At { .. })),
        ..metric.clone()
    };
    (0..days).map(|day| PlannedMetric::new(of_day(day), Role::Secondary)).collect()
}

/// The lifts of the days and whether they change, from the sums of [`metrics_by_day`], in their order. None where fewer
/// than three days have a lift.
pub fn since_exposure(
    frame: &Frame<'_>,
    days: impl IntoIterator<Item = (PlannedMetric, Vec<Sums>)>,
) -> Option<SinceExposure> {
    let plain = Frame { rules: Rules::default(), ..*frame };
    let of_day = |(planned, sums): (PlannedMetric, Vec<Sums>)| {
        // Without days of entry, so that no series is made of each.
        let sums: Vec<Sums> = sums.into_iter().map(|sums| Sums { day: String::new(), ..sums }).collect();
        estimate(&plain, &Measured::from(&planned), &sums, None)
    };
    let days: Vec<DaySince> = days.into_iter().map(of_day).zip(0..).filter_map(day_since).collect();
    if days.len() < LEAST_DAYS as usize {
        return None;
    }
    let trends = frame
        .variants
        .iter()
        .skip(1)
        .enumerate()
        .map(|(place, variant)| TrendOfVariant { variant: variant.clone(), trend: trend(&days, place) });
    Some(SinceExposure { trends: trends.collect(), days })
}

/// A day on which units of all variants count.
fn day_since((result, day): (MetricResult, u32)) -> Option<DaySince> {
    if result.absent.is_some() || result.variants.iter().any(|variant| variant.n == 0) {
        return None;
    }
    let own =
        result.variants.into_iter().map(|of| DayOfVariant { variant: of.variant, n: of.n, mean: of.mean });
    let lifts = result
        .comparisons
        .into_iter()
        .map(|comparison| LiftOfDay { variant: comparison.variant, lift: comparison.comparison.lift });
    Some(DaySince { day, variants: own.collect(), lifts: lifts.collect() })
}

fn trend(days: &[DaySince], place: usize) -> Estimate<ExposureTrend> {
    let effect = |day: &DaySince| {
        Some(DayEffect::new(day.day, EstimatedEffect::of(&day.lifts.get(place)?.lift).ok()?))
    };
    let effects: Vec<DayEffect> = days.iter().filter_map(effect).collect();
    let alpha = Alpha::new(CAUTION_BELOW).map_err(|_| Absent::OutOfRange)?;
    exposure_trend(&effects, TimeScale::LogDays, alpha)
}

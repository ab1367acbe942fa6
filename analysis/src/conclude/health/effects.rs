//! Whether the effects are to be believed: balanced covariates, plausible lifts, effects that last.

use super::{found, not_checked, passed};
use crate::plan::Role;
use crate::{
    balance::CAUTION_BELOW,
    conclude::words::{lift, p_value, signed_percent},
    results::{Health, HealthCheck, HealthState, MetricResult, Results},
};
use edgewise_stats::{
    Absent, Alpha, Estimate, EstimatedEffect, Positive,
    trust::{
        Correction, DayEffect, ExposureTrend, PValue, TYPICAL_LIFT, TimeScale, TrendPattern, adjust,
        exposure_trend, twyman,
    },
};

/// Whether the variants were alike before the experiment.
pub(super) fn covariates(results: &Results) -> HealthCheck {
    let check = Health::CovariateBalance;
    let all = results.metrics.iter().flat_map(|metric| {
        metric.comparisons.iter().filter_map(move |comparison| {
            let joint = comparison.covariate.as_ref()?.balance.as_ref()?.joint.as_ref().ok()?;
            Some((PValue::new(joint.p).ok()?, metric.metric.as_str(), comparison.variant.as_str()))
        })
    });
    let all: Vec<_> = all.collect();
    let tests: Vec<Estimate<PValue>> = all.iter().map(|(p, ..)| Ok(*p)).collect();
    let Ok(alpha) = Alpha::new(CAUTION_BELOW) else { return not_checked(check, "") };
    let adjusted = adjust(&tests, Correction::Holm, alpha);
    let first = adjusted.rejected().next();
    match first.and_then(|place| Some((all.get(place)?, adjusted.tests[place].ok()?.adjusted))) {
        Some(((_, metric, variant), p)) => {
            let what = format!("`{variant}` differed on `{metric}` before its exposure: {}", p_value(p));
            found(check, HealthState::Caution, what)
        }
        None if all.is_empty() => not_checked(check, "no metric has a covariate"),
        None => passed(check, "the variants were alike before the experiment"),
    }
}

/// Whether a lift is too good, or too bad, to be true.
pub(super) fn plausibility(results: &Results) -> HealthCheck {
    let check = Health::Plausibility;
    let Ok(usual) = Positive::new(TYPICAL_LIFT) else { return not_checked(check, "") };
    let mut checked = 0_usize;
    let mut doubted = Vec::new();
    for metric in &results.metrics {
        for comparison in &metric.comparisons {
            let measured = &comparison.deciding().lift;
            let Some(found) = EstimatedEffect::of(measured).and_then(|effect| twyman(effect, usual)).ok()
            else {
                continue;
            };
            checked += 1;
            if found.is_suspicious() {
                let estimate = measured.estimate.unwrap_or_default();
                doubted.push(format!(
                    "`{}` of `{}`: {}",
                    metric.metric,
                    comparison.variant,
                    lift(estimate, measured.interval)
                ));
            }
        }
    }
    match (checked, doubted.as_slice()) {
        (0, _) => not_checked(check, "there is no lift to judge"),
        (_, []) => passed(check, "no lift is too good to be true"),
        _ => {
            let what = format!(
                "too good, or too bad, to be true (Twyman's law): {}; look for an error before believing it",
                doubted.join("; ")
            );
            found(check, HealthState::Caution, what)
        }
    }
}

/// Whether the effect on the primary metrics changes with the day of entry. Each unit is measured in its own window, so
/// that an effect which wears off by the calendar shows as one that falls from cohort to cohort.
pub(super) fn novelty(results: &Results) -> HealthCheck {
    let check = Health::Novelty;
    let mut checked = 0_usize;
    for metric in results.metrics.iter().filter(|metric| metric.role == Role::Primary) {
        for place in 1..metric.variants.len() {
            let Ok((pattern, p, early, late)) = trend(metric, place) else { continue };
            checked += 1;
            if pattern == TrendPattern::Steady {
                continue;
            }
            let word = if pattern == TrendPattern::Novelty { "wears off" } else { "grows" };
            let what = format!(
                "the effect of `{}` on `{}` {word}: {} among the earlier cohorts, {} among the later ones, {}",
                metric.variants[place].variant,
                metric.metric,
                signed_percent(early),
                signed_percent(late),
                p_value(p)
            );
            return found(check, HealthState::Caution, what);
        }
    }
    if checked == 0 {
        return not_checked(check, "there are not three days of the primary metric yet");
    }
    passed(check, "the effect is the same for all days of entry")
}

/// Whether the first days after exposure carry the effect on the primary metrics.
pub(super) fn novelty_since_exposure(results: &Results) -> HealthCheck {
    let check = Health::NoveltySinceExposure;
    let series = results.metrics.iter().filter_map(|metric| Some((metric, metric.since_exposure.as_ref()?)));
    let all: Vec<(&MetricResult, &str, &ExposureTrend)> = series
        .flat_map(|(metric, series)| {
            let trends = series.trends.iter();
            trends.filter_map(move |of| Some((metric, of.variant.as_str(), of.trend.as_ref().ok()?)))
        })
        .collect();
    let tests: Vec<Estimate<PValue>> =
        all.iter().map(|(.., trend)| PValue::new(trend.test.p).map_err(|_| Absent::OutOfRange)).collect();
    let Ok(alpha) = Alpha::new(CAUTION_BELOW) else { return not_checked(check, "") };
    let adjusted = adjust(&tests, Correction::Holm, alpha);
    let first = adjusted.rejected().next();
    match first.and_then(|place| Some((all.get(place)?, adjusted.tests[place].ok()?.adjusted))) {
        Some(((metric, variant, trend), p)) => {
            let carries = if trend.pattern == TrendPattern::Novelty {
                "the first days carry the effect"
            } else {
                "the effect grows with the days"
            };
            let what = format!(
                "{carries} of `{variant}` on `{}`: {} on the earlier days after exposure, {} on the later ones, {}",
                metric.metric,
                signed_percent(trend.early.estimate),
                signed_percent(trend.late.estimate),
                p_value(p)
            );
            found(check, HealthState::Caution, what)
        }
        None if all.is_empty() => {
            not_checked(check, "no primary metric is measured on three days after exposure")
        }
        None => passed(check, "the effect is the same on all days after exposure"),
    }
}

/// The pattern, its p value, and the lift among the earlier and the later cohorts.
fn trend(metric: &MetricResult, place: usize) -> Estimate<(TrendPattern, f64, f64, f64)> {
    let days: Vec<DayEffect> = metric
        .days
        .iter()
        .zip(0_u32..)
        .filter_map(|(day, number)| {
            let (control, treatment) = (day.variants.first()?.mean, day.variants.get(place)?.mean);
            let (base, value) = (control.estimate.ok().filter(|base| *base > 0.0)?, treatment.estimate.ok()?);
            // The delta method: the relative error of the quotient.
            let (own, other) =
                (treatment.standard_error.ok()? / base, control.standard_error.ok()? * value / base / base);
            let effect = EstimatedEffect::new(value / base - 1.0, own.hypot(other)).ok()?;
            Some(DayEffect::new(number, effect))
        })
        .collect();
    let alpha = Alpha::new(CAUTION_BELOW).map_err(|_| Absent::OutOfRange)?;
    let trend = exposure_trend(&days, TimeScale::LogDays, alpha)?;
    Ok((trend.pattern, trend.test.p, trend.early.estimate, trend.late.estimate))
}

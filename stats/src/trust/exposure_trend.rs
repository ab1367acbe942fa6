//! Novelty and primacy: does the effect change with the time since exposure?

use serde::Serialize;

use super::heterogeneity::{Pooled, heterogeneity};
use crate::{
    Absent, Alpha, Alternative, Estimate, EstimatedEffect, Interval, Test, estimate::finite, side::Null,
};

/// The effect on one day since the units' first exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayEffect {
    /// Days since exposure, from 0 for the first day; finite, not negative.
    day: f64,
    effect: EstimatedEffect,
}

impl DayEffect {
    /// An effect on a day since exposure; 0 is the day of the exposure itself.
    pub fn new(day: u32, effect: EstimatedEffect) -> Self {
        Self { day: f64::from(day), effect }
    }
}

/// The scale on which the effect may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeScale {
    /// ln(1 + day): fast at first, then slowly, as novelty wears off.
    #[default]
    LogDays,
    /// Days: by the same amount every day.
    Days,
}

/// How the effect changes with the time since exposure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExposureTrend {
    /// The change per unit of the time scale; per day, or per e-fold of days since exposure.
    pub slope: f64,
    /// Its standard error; above 0.
    pub standard_error: f64,
    /// Its interval.
    pub interval: Interval,
    /// The test that there is no change.
    pub test: Test,
    /// The effect over the earlier half of the days.
    pub early: Pooled,
    /// The effect over the later half.
    pub late: Pooled,
    /// The test that late and early do not differ; positive where the late effect is the larger one.
    pub late_against_early: Test,
    /// What it looks like, at the level of the slope's test.
    pub pattern: TrendPattern,
}

/// What a change of the effect with the time since exposure looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrendPattern {
    /// No change can be told.
    Steady,
    /// The effect is largest at first and wears off: the long-term effect is smaller than the average.
    Novelty,
    /// The effect is small at first and grows, as people learn: the long-term effect is larger than the average.
    Primacy,
}

/// Tests for novelty and primacy: a weighted regression of the daily effects on the time since exposure, and the later
/// half of the days against the earlier one.
///
/// ```text
/// x_i = ln(1 + day_i) or day_i      w_i = 1/se_i²      x̄ = Σ w_i·x_i / Σ w_i
/// slope = Σ w_i·(x_i − x̄)·d_i / Σ w_i·(x_i − x̄)²      se = 1/√( Σ w_i·(x_i − x̄)² )      z = slope/se
/// late − early: the precision-weighted means of the days after and up to the middle one, z = difference/√(se_l² + se_e²)
/// ```
///
/// The pattern is novelty where the slope's test is significant at `alpha` and the effect at the first day has the sign
/// of its decline, primacy where it grows away from zero. Effects of different days are taken as independent and their
/// errors as known: that holds for effects per day whose metric is not carried by the same heavy users every day; where
/// it is, the errors are too small or too large, and a slope near the level means little. Use cohorts of equal days, so
/// that the days do not differ in their users.
///
/// Absent: [`Absent::TooFewValues`] for fewer than three days; [`Absent::Degenerate`] if all are one day;
/// [`Absent::OutOfRange`]. Source: Kohavi, Tang & Xu (2020), chapter 3 ("primacy and novelty effects"); weighted least
/// squares with known variances: Draper & Smith (1998), "Applied Regression Analysis", section 9.2.
///
/// ```
/// use edgewise_stats::{EstimatedEffect, Alpha, trust::{DayEffect, TimeScale, TrendPattern, exposure_trend}};
///
/// let days: Vec<_> = [0.10, 0.07, 0.05, 0.045, 0.04, 0.035, 0.03]
///     .iter()
///     .zip(0..)
///     .map(|(&lift, day)| DayEffect::new(day, EstimatedEffect::new(lift, 0.01).unwrap()))
///     .collect();
/// let trend = exposure_trend(&days, TimeScale::LogDays, Alpha::default())?;
/// assert_eq!(trend.pattern, TrendPattern::Novelty);
/// assert!(trend.slope < 0.0 && trend.test.p < 1e-3);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn exposure_trend(days: &[DayEffect], scale: TimeScale, alpha: Alpha) -> Estimate<ExposureTrend> {
    if days.len() < 3 {
        return Err(Absent::TooFewValues);
    }
    let mut days = days.to_vec();
    days.sort_by(|a, b| a.day.total_cmp(&b.day));
    let time = |day: &DayEffect| match scale {
        TimeScale::LogDays => libm::log1p(day.day),
        TimeScale::Days => day.day,
    };
    // In the unit of the smallest error, so that no weight overflows.
    let unit = days.iter().map(|day| day.effect.standard_error()).fold(f64::INFINITY, f64::min);
    let weight = |day: &DayEffect| {
        let error = day.effect.standard_error() / unit;
        1.0 / (error * error)
    };
    let all: f64 = days.iter().map(weight).sum();
    let middle: f64 = days.iter().map(|day| weight(day) / all * time(day)).sum();
    let spread: f64 = days.iter().map(|day| weight(day) * (time(day) - middle) * (time(day) - middle)).sum();
    // What rounding leaves of equal times.
    if spread <= 1e-24 * all * (1.0 + middle * middle) {
        return Err(Absent::Degenerate);
    }
    let moment: f64 =
        days.iter().map(|day| weight(day) * (time(day) - middle) * (day.effect.estimate() / unit)).sum();
    let (slope, standard_error) = (finite(moment / spread * unit)?, finite(unit / spread.sqrt())?);
    let test = Null::Normal.test(slope / standard_error, Alternative::TwoSided)?;
    let reach = Null::Normal.critical(alpha, Alternative::TwoSided)? * standard_error;

    let (early, late) = halves(&days)?;
    let (early, late) = (pooled(early, alpha)?, pooled(late, alpha)?);
    let apart = libm::hypot(early.standard_error, late.standard_error);
    let mean: f64 = days.iter().map(|day| weight(day) / all * (day.effect.estimate() / unit)).sum();
    let first = days.first().map_or(0.0, time);
    let at_first = mean * unit + slope * (first - middle);
    Ok(ExposureTrend {
        slope,
        standard_error,
        interval: Interval::new(slope - reach, slope + reach)?,
        test,
        early,
        late,
        late_against_early: Null::Normal
            .test((late.estimate - early.estimate) / apart, Alternative::TwoSided)?,
        pattern: if test.p > alpha.get() {
            TrendPattern::Steady
        } else if at_first * slope < 0.0 {
            TrendPattern::Novelty
        } else {
            TrendPattern::Primacy
        },
    })
}

/// The days up to the middle one, and those after it; days of equal number stay together.
fn halves(days: &[DayEffect]) -> Estimate<(&[DayEffect], &[DayEffect])> {
    let middle = days.get((days.len() - 1) / 2).ok_or(Absent::TooFewValues)?.day;
    let last = days.last().ok_or(Absent::TooFewValues)?.day;
    let cut = if middle < last {
        days.partition_point(|day| day.day <= middle)
    } else {
        days.partition_point(|day| day.day < middle)
    };
    if cut == 0 || cut == days.len() { Err(Absent::Degenerate) } else { Ok(days.split_at(cut)) }
}

/// The precision-weighted mean.
fn pooled(days: &[DayEffect], alpha: Alpha) -> Estimate<Pooled> {
    if let [only] = days {
        let (estimate, standard_error) = (only.effect.estimate(), only.effect.standard_error());
        let reach = Null::Normal.critical(alpha, Alternative::TwoSided)? * standard_error;
        let interval = Interval::new(estimate - reach, estimate + reach)?;
        return Ok(Pooled { estimate, standard_error, interval });
    }
    let effects: Vec<EstimatedEffect> = days.iter().map(|day| day.effect).collect();
    Ok(heterogeneity(&effects, alpha)?.fixed)
}

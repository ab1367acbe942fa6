//! Weighted means of scores: what epochs and units have in common.

use serde::Serialize;

use crate::{Absent, Alpha, Estimate, Fraction, Interval, Quantity, distribution::normal, estimate::finite};

/// How the scores of different times are weighted.
///
/// All give consistent estimates; they differ in how much a time of small propensity, whose scores are noisy, counts. Only
/// the uniform weights are unbiased in small samples: the others depend on the past, which leaves a bias that is small
/// beside the standard error (a fifth of it after the Thompson sampling of the calibration test; the plain mean's is
/// twice that).
/// Source: Hadad, Hirshberg, Zhan, Wager & Athey (2021), "Confidence intervals for policy evaluation in adaptive
/// experiments", PNAS 118(15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// h = 1: unbiased, but where propensities become small, heavy-tailed instead of normal.
    Uniform,
    /// h = √e: every time adds the same to the variance, and the estimate is asymptotically normal. The default.
    #[default]
    ConstantAllocation,
    /// Equation 18 there, between √e and what suits a propensity that decays like t^−decay: for bandits whose floor does.
    TwoPoint {
        /// The floor's exponent α, in (0, 1).
        decay: Fraction,
    },
}

/// Σ h·Γ / Σ h with its variance Σ h²·(Γ − Q)² / (Σ h)², a normal interval about it.
pub(super) fn quantity(estimate: f64, variance: f64, alpha: Alpha) -> Quantity {
    let error = || {
        let error = finite(variance)?.sqrt();
        if error > 0.0 { Ok(error) } else { Err(Absent::ZeroVariance) }
    };
    let interval = || -> Estimate<Interval> {
        let half = normal::isf(alpha.tail()).ok_or(Absent::OutOfRange)? * error()?;
        Interval::new(estimate - half, estimate + half)
    };
    Quantity { estimate: finite(estimate), standard_error: error(), interval: interval() }
}

/// The h of each time, from its propensity e and how many units it has: by breaking a stick, h²·n/e = λ·(what is left),
/// with the allocation rates λ.
pub(super) fn weights(times: &[(f64, f64)], weighting: Weighting) -> Vec<f64> {
    let all: f64 = times.iter().map(|(_, units)| units).sum();
    let (mut before, mut left) = (0.0, 1.0);
    times
        .iter()
        .map(|&(propensity, units)| {
            if units <= 0.0 || propensity <= 0.0 {
                return 0.0;
            }
            match weighting {
                Weighting::Uniform => 1.0,
                Weighting::ConstantAllocation => propensity.sqrt(),
                Weighting::TwoPoint { decay } => {
                    let rate = two_point(propensity, before, units, all, decay.get());
                    let part: f64 = left * rate;
                    before += units;
                    left *= 1.0 - rate;
                    (part * propensity / units).sqrt()
                }
            }
        })
        .collect()
}

/// e·n/(units from here on) + (1 − e)·(share of Σ t^−α from here on that falls on these units).
///
/// For one unit, the sum after it as an integral, this is equation 18: e/(T − t + 1) + (1 − e)·t^−α / (t^−α +
/// (T^(1−α) − t^(1−α))/(1−α)).
fn two_point(propensity: f64, before: f64, units: f64, all: f64, decay: f64) -> f64 {
    let power = |t: f64| libm::pow(t, 1.0 - decay);
    let now = if units > 1.0 {
        (power(before + units) - power(before)) / (1.0 - decay)
    } else {
        libm::pow(before + 1.0, -decay)
    };
    let after = (power(all) - power(before + units)) / (1.0 - decay);
    let decaying = if after > 0.0 { now / (now + after) } else { 1.0 };
    (propensity * (units / (all - before)) + (1.0 - propensity) * decaying).clamp(0.0, 1.0)
}

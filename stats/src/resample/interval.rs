//! Intervals from resampled values.

use serde::Serialize;

use super::{BootstrapInterval, BootstrapOptions, bootstrap::resamples};
use crate::{Absent, Alternative, Estimate, Interval, Warning, distribution::normal, side};

/// With fewer resamples than this beyond an end of the interval, chance moves it visibly: the relative error of a tail
/// probability from m values in the tail is about 1/√m.
const FEW_BEYOND: f64 = 10.0;

/// Values that differ by less than this part of the resamples' range count as equal to the estimate.
const EQUAL: f64 = 1e-12;

/// What a BCa interval was corrected by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BcaCorrection {
    /// z₀ = Φ⁻¹ of the share of resampled values below the estimate, those equal to it counted half: how far, in standard
    /// errors, the bootstrap's median lies below the estimate.
    pub bias: f64,
    /// a: how fast the standard error changes with the statistic.
    pub acceleration: f64,
}

pub(super) struct Found {
    pub(super) interval: Estimate<Interval>,
    pub(super) correction: Option<BcaCorrection>,
    pub(super) warnings: Vec<Warning>,
}

/// The interval of at least two different draws, none of them NaN. Infinite ends are absent as `unbounded`.
///
/// ```text
/// percentile: G⁻¹(α/2), G⁻¹(1 − α/2)      basic: 2θ̂ − G⁻¹(1 − α/2), 2θ̂ − G⁻¹(α/2)
/// BCa: G⁻¹(α₁), G⁻¹(α₂),  α₁ = Φ( z₀ + (z₀ + z)/(1 − a(z₀ + z)) ) at z = Φ⁻¹(α/2), α₂ at Φ⁻¹(1 − α/2)
/// ```
///
/// Source: Efron & Tibshirani (1993), equations 13.5, 14.9 to 14.15; basic: Davison & Hinkley (1997), equation 5.6.
pub(super) fn of(
    estimate: f64,
    draws: &[f64],
    acceleration: Estimate<f64>,
    unbounded: Absent,
    options: &BootstrapOptions,
) -> Estimate<Found> {
    let mut sorted = draws.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let tail = side::tail(options.alpha, options.alternative);
    let (mut levels, mut correction) = ((tail, tail), None);
    if options.interval == BootstrapInterval::Bca {
        let own = BcaCorrection { bias: bias(estimate, &sorted)?, acceleration: acceleration? };
        levels = own.tails(tail)?;
        correction = Some(own);
    }
    let (lower, upper) = (from_below(&sorted, levels.0), from_above(&sorted, levels.1));
    let (lower, upper, lower_level, upper_level) = match options.interval {
        BootstrapInterval::Basic => {
            (estimate + (estimate - upper), estimate + (estimate - lower), levels.1, levels.0)
        }
        BootstrapInterval::Bca | BootstrapInterval::Percentile => (lower, upper, levels.0, levels.1),
    };
    let ends = |found: Estimate<Interval>| {
        let needed = match options.alternative {
            Alternative::TwoSided => lower.is_infinite() || upper.is_infinite(),
            Alternative::Greater => lower.is_infinite(),
            Alternative::Less => upper.is_infinite(),
        };
        if needed { Err(unbounded) } else { found }
    };
    let (interval, beyond) = match options.alternative {
        Alternative::TwoSided => (Interval::new(lower, upper), lower_level.min(upper_level)),
        Alternative::Greater => (Interval::at_least(lower), lower_level),
        Alternative::Less => (Interval::at_most(upper), upper_level),
    };
    let few = beyond * resamples(draws) < FEW_BEYOND;
    let warnings =
        few.then_some(Warning::FewResamples { beyond: beyond * resamples(draws) }).into_iter().collect();
    Ok(Found { interval: ends(interval), correction, warnings })
}

/// z₀.
fn bias(estimate: f64, sorted: &[f64]) -> Estimate<f64> {
    let range = match (sorted.iter().find(|x| x.is_finite()), sorted.iter().rfind(|x| x.is_finite())) {
        (Some(low), Some(high)) => high / 2.0 - low / 2.0,
        _ => 0.0,
    };
    let equal = 2.0 * EQUAL * range;
    let below = sorted.partition_point(|&draw| draw < estimate - equal);
    let above = sorted.len() - sorted.partition_point(|&draw| draw <= estimate + equal);
    let ties = sorted.len() - below - above;
    let of = |times: usize| crate::moments::count(times as u64);
    let share = |beyond: usize| (of(beyond) + of(ties) / 2.0) / of(sorted.len());
    // The smaller share keeps its accuracy.
    let z = if below <= above { normal::quantile(share(below)) } else { normal::isf(share(above)) };
    z.ok_or(Absent::TooFewResamples)
}

impl BcaCorrection {
    /// The probabilities beyond the lower and the upper end for a nominal `tail`.
    fn tails(self, tail: f64) -> Estimate<(f64, f64)> {
        let z = normal::isf(tail).ok_or(Absent::OutOfRange)?;
        let at = |z: f64| {
            let shifted = self.bias + z;
            let room = 1.0 - self.acceleration * shifted;
            if room > 0.0 { Ok(self.bias + shifted / room) } else { Err(Absent::TooSkewed) }
        };
        Ok((normal::sf(-at(-z)?), normal::sf(at(z)?)))
    }
}

/// The quantile with `level` below it, by numpy's default rule (type 7).
fn from_below(sorted: &[f64], level: f64) -> f64 {
    let place = level.clamp(0.0, 1.0) * (resamples(sorted) - 1.0);
    let below = libm::floor(place);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let index = (below as usize).min(sorted.len() - 1);
    let low = sorted[index];
    let high = sorted[(index + 1).min(sorted.len() - 1)];
    let weight = place - below;
    if weight > 0.0 && low < high { low * (1.0 - weight) + high * weight } else { low }
}

/// The quantile with `level` above it: that of the reflected values, so that small levels lose nothing.
fn from_above(sorted: &[f64], level: f64) -> f64 {
    let reflected = |place: usize| sorted[sorted.len() - 1 - place.min(sorted.len() - 1)];
    let place = level.clamp(0.0, 1.0) * (resamples(sorted) - 1.0);
    let below = libm::floor(place);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let index = below as usize;
    let (high, low) = (reflected(index), reflected(index.saturating_add(1)));
    let weight = place - below;
    if weight > 0.0 && low < high { high * (1.0 - weight) + low * weight } else { high }
}

//! What each unit contributes to a statistic, and the acceleration that BCa intervals take from it.

use super::{
    estimator::{Estimator, Mean},
    scale::Scale,
};
use crate::{Absent, Estimate, Sample, estimate::finite, moments::count};

/// What the units of one variant contribute to its statistic.
#[derive(Clone, Debug)]
pub(super) enum Influence {
    /// The statistic with a unit left out less that with all, and for how many units it is so.
    LeftOut(Vec<(f64, u64)>),
    /// A sixth of the skewness of the influence function over √n, where leaving out single units says nothing.
    Skewness(f64),
}

/// One variant's part in a function of two.
pub(super) struct Part<'a> {
    pub(super) influence: &'a Influence,
    /// The bootstrap's standard error of the variant's statistic.
    pub(super) error: f64,
}

impl Influence {
    /// The acceleration of the statistic itself.
    pub(super) fn acceleration(&self) -> Estimate<f64> {
        match self {
            Self::LeftOut(left) => joined(&[centred(left.iter().copied())?]),
            Self::Skewness(acceleration) => Ok(*acceleration),
        }
    }
}

/// The acceleration of a function of two variants' statistics. `slopes` are its derivatives, `changes` what it changes by
/// when a variant's statistic changes by so much.
pub(super) fn acceleration_of_two(
    parts: &[Part<'_>; 2],
    slopes: [f64; 2],
    changes: [&dyn Fn(f64) -> f64; 2],
) -> Estimate<f64> {
    if let [Influence::LeftOut(control), Influence::LeftOut(treatment)] =
        [parts[0].influence, parts[1].influence]
    {
        let of = |left: &[(f64, u64)], change: &dyn Fn(f64) -> f64| {
            centred(left.iter().map(|&(deviation, units)| (change(deviation), units)))
        };
        return joined(&[of(control, changes[0])?, of(treatment, changes[1])?]);
    }
    let errors = [slopes[0] * parts[0].error, slopes[1] * parts[1].error];
    let scale = Scale::of(errors);
    let (mut squares, mut cubes) = (0.0, 0.0);
    for (part, error) in parts.iter().zip(errors) {
        let error = scale.reduce(error);
        squares += error * error;
        // A variant whose resamples are all equal has no part in it.
        if error != 0.0 {
            cubes += part.influence.acceleration()? * error * error * error;
        }
    }
    if squares > 0.0 { finite(cubes / (squares * squares.sqrt())) } else { Err(Absent::EqualResamples) }
}

/// The acceleration of BCa intervals, from the statistic with each unit left out in turn.
///
/// ```text
/// a = Σ (θ̄ − θ₍ᵢ₎)³ / ( 6·( Σ (θ̄ − θ₍ᵢ₎)² )^(3/2) )
/// ```
///
/// A pure number, positive where the statistic varies more when it is large. Absent: [`Absent::TooFewUnits`] for fewer
/// than two values; [`Absent::ZeroVariance`] if all are equal; [`Absent::OutOfRange`] if one is not finite.
///
/// Source: Efron (1987), "Better bootstrap confidence intervals", Journal of the American Statistical Association 82(397),
/// equation 6.6 in the form of Efron & Tibshirani (1993), equation 14.15.
///
/// ```
/// use edgewise_stats::resample::acceleration;
///
/// // Means of 1, 2, 6, 9, 14, 3 with one left out (numpy's jackknife: 0.047066).
/// let left: Vec<f64> = [1.0, 2.0, 6.0, 9.0, 14.0, 3.0].iter().map(|value| (35.0 - value) / 5.0).collect();
/// assert!((acceleration(&left)? - 0.047_066_075).abs() < 1e-9);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn acceleration(left_one_out: &[f64]) -> Estimate<f64> {
    let first = *left_one_out.first().ok_or(Absent::TooFewUnits)?;
    let scale = Scale::of(left_one_out.iter().copied());
    let apart = |value: &f64| (scale.reduce(*value) - scale.reduce(first), 1);
    joined(&[centred(left_one_out.iter().map(apart))?])
}

/// The [`acceleration`] of a mean, without leaving out any: the deviations of the units from their mean do as well.
///
/// ```text
/// a = Σ (y − ȳ)³ / ( 6·( Σ (y − ȳ)² )^(3/2) )
/// ```
///
/// Absent: [`Absent::NoUnits`], [`Absent::TooFewUnits`], [`Absent::ZeroVariance`].
///
/// ```
/// use edgewise_stats::{Sample, resample::mean_acceleration};
///
/// let sample = Sample::from_values([1.0, 2.0, 6.0, 9.0, 14.0, 3.0])?;
/// assert!((mean_acceleration(&sample)? - 0.047_066_075).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mean_acceleration(sample: &Sample) -> Estimate<f64> {
    Mean::new(sample)?.influence()?.acceleration()
}

/// u = (θ̄ − θ₍ᵢ₎)·(n − 1)/n of the units of one variant.
fn centred(left: impl Iterator<Item = (f64, u64)> + Clone) -> Estimate<Vec<(f64, f64)>> {
    let units = left.clone().fold(0_u64, |sum, (_, units)| sum.saturating_add(units));
    if units < 2 {
        return Err(Absent::TooFewUnits);
    }
    let n = count(units);
    let mean = finite(left.clone().map(|(deviation, units)| deviation * (count(units) / n)).sum())?;
    let share = (n - 1.0) / n;
    Ok(left.map(|(deviation, units)| ((mean - deviation) * share, count(units))).collect())
}

/// Σ Σ u³ / (6·(Σ Σ u²)^(3/2)) over the units of all variants.
///
/// Source: the sum over samples of Efron & Tibshirani (1993), equation 15.36, as scipy's `bootstrap` takes it.
fn joined(variants: &[Vec<(f64, f64)>]) -> Estimate<f64> {
    let scale = Scale::of(variants.iter().flatten().map(|&(u, _)| u));
    let (mut squares, mut cubes) = (0.0, 0.0);
    for &(u, units) in variants.iter().flatten() {
        let u = scale.reduce(u);
        squares += units * (u * u);
        cubes += units * (u * u * u);
    }
    if squares > 0.0 { finite(cubes / (6.0 * squares * squares.sqrt())) } else { Err(Absent::ZeroVariance) }
}

//! Honest analysis of an adaptive experiment from its units, with a prediction for each.

use serde::Serialize;

use super::scores::{self, Weighting};
use crate::{Absent, Alpha, Estimate, Quantity, estimate::finite};

/// One unit as seen from one arm, in the order of first exposure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoredUnit {
    propensity: f64,
    outcome: Option<f64>,
    prediction: f64,
}

impl ScoredUnit {
    /// `propensity`: the logged probability with which this unit would get the arm. `outcome`: its value, if it did.
    /// `prediction`: of its value under the arm, made without this unit's outcome or any later one: the mean of the arm so
    /// far, or a regression on the unit's covariates (then the estimate is doubly robust); 0 for plain inverse-propensity
    /// weighting.
    ///
    /// # Errors
    ///
    /// [`ScoredUnitError`] unless 0 < propensity ≤ 1 and the others are finite.
    pub fn new(propensity: f64, outcome: Option<f64>, prediction: f64) -> Result<Self, ScoredUnitError> {
        let is_propensity = propensity > 0.0 && propensity <= 1.0;
        if is_propensity && prediction.is_finite() && outcome.is_none_or(f64::is_finite) {
            Ok(Self { propensity, outcome, prediction })
        } else {
            Err(ScoredUnitError { propensity, outcome, prediction })
        }
    }

    /// The score: unbiased for the arm's mean, given all before.
    fn score(&self) -> f64 {
        match self.outcome {
            Some(outcome) => (outcome - self.prediction) / self.propensity + self.prediction,
            None => self.prediction,
        }
    }
}

/// Not a unit of an adaptive experiment.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "a propensity of {propensity}, an outcome of {outcome:?} and a prediction of {prediction}: the propensity must lie above 0 and at most at 1, and the others be finite; leave out units that could not get the arm"
)]
pub struct ScoredUnitError {
    /// The propensity that was given.
    pub propensity: f64,
    /// The outcome that was given.
    pub outcome: Option<f64>,
    /// The prediction that was given.
    pub prediction: f64,
}

/// The mean of one arm, had all units got it, by adaptively weighted augmented inverse-propensity scores.
///
/// ```text
/// Γ_t = m_t + [arm]·(y_t − m_t)/e_t      Q = Σ h_t·Γ_t / Σ h_t      V = Σ h_t²·(Γ_t − Q)² / (Σ h_t)²
/// ```
///
/// with a normal interval. Source: Hadad et al. (2021), equations 5, 6 and 18.
///
/// Absent: everything with [`Absent::NoUnits`] if no unit has an outcome; the error with [`Absent::ZeroVariance`];
/// [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Alpha, adapt::{ScoredUnit, Weighting, weighted_mean}};
///
/// // Plain inverse-propensity weighting: (3/0.5 + 0 + 5/0.25) / 3.
/// let units = [
///     ScoredUnit::new(0.5, Some(3.0), 0.0)?,
///     ScoredUnit::new(0.5, None, 0.0)?,
///     ScoredUnit::new(0.25, Some(5.0), 0.0)?,
/// ];
/// let mean = weighted_mean(&units, Weighting::Uniform, Alpha::default());
/// assert!((mean.estimate? - 26.0 / 3.0).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn weighted_mean(units: &[ScoredUnit], weighting: Weighting, alpha: Alpha) -> Quantity {
    match shares(units, weighting) {
        Ok(shares) => {
            let estimate = mean(units, &shares);
            let variance = deviations(units, &shares, estimate).map(|deviation| deviation * deviation).sum();
            scores::quantity(estimate, variance, alpha)
        }
        Err(reason) => Quantity::absent(reason),
    }
}

/// The difference treatment − control of two arms' means; both lists are of the same units in the same order.
///
/// ```text
/// Q_t − Q_c      V = Σ ( h_t·(Γ_t − Q_t)/Σh_t − h_c·(Γ_c − Q_c)/Σh_c )²
/// ```
///
/// Absent: as for [`weighted_mean`] of either arm; [`Absent::TooFewValues`] if the lists have different lengths.
///
/// ```
/// use edgewise_stats::{Alpha, adapt::{ScoredUnit, Weighting, weighted_difference}};
///
/// let unit = |outcome| ScoredUnit::new(0.5, outcome, 1.0).unwrap();
/// let control = [unit(Some(1.0)), unit(None), unit(Some(2.0)), unit(None)];
/// let treatment = [unit(None), unit(Some(2.0)), unit(None), unit(Some(4.0))];
/// let difference = weighted_difference(&control, &treatment, Weighting::default(), Alpha::default());
/// assert!((difference.estimate? - 1.5).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn weighted_difference(
    control: &[ScoredUnit],
    treatment: &[ScoredUnit],
    weighting: Weighting,
    alpha: Alpha,
) -> Quantity {
    if control.len() != treatment.len() {
        return Quantity::absent(Absent::TooFewValues);
    }
    match (shares(control, weighting), shares(treatment, weighting)) {
        (Ok(control_shares), Ok(treatment_shares)) => {
            let (c, t) = (mean(control, &control_shares), mean(treatment, &treatment_shares));
            let variance = deviations(control, &control_shares, c)
                .zip(deviations(treatment, &treatment_shares, t))
                .map(|(control, treatment)| (treatment - control) * (treatment - control))
                .sum();
            scores::quantity(t - c, variance, alpha)
        }
        (Err(reason), _) | (_, Err(reason)) => Quantity::absent(reason),
    }
}

/// h / Σ h.
fn shares(units: &[ScoredUnit], weighting: Weighting) -> Estimate<Vec<f64>> {
    if units.iter().all(|unit| unit.outcome.is_none()) {
        return Err(Absent::NoUnits);
    }
    let times: Vec<(f64, f64)> = units.iter().map(|unit| (unit.propensity, 1.0)).collect();
    let mut weights = scores::weights(&times, weighting);
    let sum = finite(weights.iter().sum())?;
    if sum <= 0.0 {
        return Err(Absent::OutOfRange);
    }
    for weight in &mut weights {
        *weight /= sum;
    }
    Ok(weights)
}

fn mean(units: &[ScoredUnit], shares: &[f64]) -> f64 {
    units.iter().zip(shares).map(|(unit, share)| share * unit.score()).sum()
}

fn deviations<'a>(units: &'a [ScoredUnit], shares: &'a [f64], mean: f64) -> impl Iterator<Item = f64> + 'a {
    units.iter().zip(shares).map(move |(unit, share)| share * (unit.score() - mean))
}

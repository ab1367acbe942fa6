//! An estimated effect with its standard error.

use serde::Serialize;

use crate::{Absent, Estimate, Quantity};

/// An estimated effect and its standard error: a difference of means or rates, a lift, a regression coefficient.
///
/// The estimate is finite, the standard error finite and above 0, both in one unit. A variance V of the estimate is the
/// square of the standard error. (A variant's mean, whose error may be 0, is a
/// [`MeanWithError`](crate::compare::lift::MeanWithError).)
///
/// ```
/// use edgewise_stats::EstimatedEffect;
///
/// assert!(EstimatedEffect::new(0.02, 0.01).is_ok());
/// assert!(EstimatedEffect::new(0.02, 0.0).is_err() && EstimatedEffect::new(f64::NAN, 0.01).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EstimatedEffect {
    estimate: f64,
    standard_error: f64,
}

impl EstimatedEffect {
    /// Checks an estimate and its standard error.
    ///
    /// # Errors
    ///
    /// [`EstimatedEffectError`] if one is NaN or infinite, or the error is not above 0.
    pub fn new(estimate: f64, standard_error: f64) -> Result<Self, EstimatedEffectError> {
        if estimate.is_finite() && standard_error.is_finite() && standard_error > 0.0 {
            Ok(Self { estimate, standard_error })
        } else {
            Err(EstimatedEffectError { estimate, standard_error })
        }
    }

    /// The estimate and error of a quantity that a comparison computed: its difference or its lift.
    ///
    /// ```
    /// use edgewise_stats::{EstimatedEffect, Proportion, compare::{RateOptions, compare_rates}};
    ///
    /// let (control, treatment) = (Proportion::new(470, 5_100)?, Proportion::new(400, 5_000)?);
    /// let comparison = compare_rates(&control, &treatment, &RateOptions::default());
    /// let effect = EstimatedEffect::of(&comparison.difference)?;
    /// assert!((effect.z() - -2.179).abs() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The reason why either is absent; [`Absent::ZeroVariance`] if the error is 0.
    pub fn of(quantity: &Quantity) -> Estimate<Self> {
        Self::new(quantity.estimate?, quantity.standard_error?).map_err(|_| Absent::ZeroVariance)
    }

    /// The estimate.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Its standard error; above 0.
    pub fn standard_error(&self) -> f64 {
        self.standard_error
    }

    /// The estimate in standard errors; infinite where the quotient overflows.
    pub fn z(&self) -> f64 {
        self.estimate / self.standard_error
    }
}

/// Not an estimate with a standard error.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "an effect of {estimate} with a standard error of {standard_error}: both must be finite, and the error above 0"
)]
pub struct EstimatedEffectError {
    /// The estimate that was given.
    pub estimate: f64,
    /// The standard error that was given.
    pub standard_error: f64,
}

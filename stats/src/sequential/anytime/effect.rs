//! An estimated effect with its error, and what one look at it tells.

use serde::Serialize;

use crate::{Absent, Alternative, Estimate, Interval, Quantity};

/// An estimated effect and its standard error: a difference of means or rates, a lift, a regression coefficient.
///
/// The estimate is finite, the standard error finite and above 0, both in one unit. A variance V of the estimate is the
/// square of the standard error.
///
/// ```
/// use edgewise_stats::sequential::anytime::Effect;
///
/// assert!(Effect::new(0.02, 0.01).is_ok());
/// assert!(Effect::new(0.02, 0.0).is_err() && Effect::new(f64::NAN, 0.01).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    estimate: f64,
    standard_error: f64,
}

impl Effect {
    /// Checks an estimate and its standard error.
    ///
    /// # Errors
    ///
    /// [`EffectError`] if one is NaN or infinite, or the error is not above 0.
    pub fn new(estimate: f64, standard_error: f64) -> Result<Self, EffectError> {
        if estimate.is_finite() && standard_error.is_finite() && standard_error > 0.0 {
            Ok(Self { estimate, standard_error })
        } else {
            Err(EffectError { estimate, standard_error })
        }
    }

    /// The estimate and error of a quantity that a comparison computed: its difference or its lift.
    ///
    /// ```
    /// use edgewise_stats::{Proportion, compare::{RateOptions, compare_rates}, sequential::anytime::Effect};
    ///
    /// let (control, treatment) = (Proportion::new(470, 5_100)?, Proportion::new(400, 5_000)?);
    /// let comparison = compare_rates(&control, &treatment, &RateOptions::default());
    /// let effect = Effect::of(&comparison.difference)?;
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
pub struct EffectError {
    /// The estimate that was given.
    pub estimate: f64,
    /// The standard error that was given.
    pub standard_error: f64,
}

/// What one look at an effect tells, whenever it is taken and however many there are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AlwaysValid {
    /// The effect's estimate.
    pub estimate: f64,
    /// Its standard error; above 0.
    pub standard_error: f64,
    /// What the test holds against "no effect".
    pub alternative: Alternative,
    /// The natural logarithm of the mixture likelihood ratio Λ against "no effect", which is also the logarithm of its
    /// e-value; finite, of either sign.
    pub ln_lambda: f64,
    /// The p value of this look, in [0, 1]; 0 only below the smallest float. The always-valid p value of the
    /// experiment is the smallest so far: [`SequentialP`](super::SequentialP).
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
    /// The confidence sequence's interval at this look; one-sided if the alternative is.
    pub interval: Interval,
}

impl AlwaysValid {
    /// The look whose interval reaches `half_width` to the open sides of the alternative.
    pub(super) fn new(
        effect: Effect,
        alternative: Alternative,
        ln_lambda: f64,
        ln_p: f64,
        half_width: f64,
    ) -> Estimate<Self> {
        if !(ln_lambda.is_finite() && ln_p.is_finite() && half_width.is_finite()) {
            return Err(Absent::OutOfRange);
        }
        Ok(Self {
            estimate: effect.estimate,
            standard_error: effect.standard_error,
            alternative,
            ln_lambda,
            p: libm::exp(ln_p),
            ln_p,
            interval: around(effect.estimate, half_width, alternative)?,
        })
    }
}

/// The interval of a test: both ends, or the one that its alternative leaves.
pub(super) fn around(estimate: f64, half_width: f64, alternative: Alternative) -> Estimate<Interval> {
    match alternative {
        Alternative::TwoSided => Interval::new(estimate - half_width, estimate + half_width),
        Alternative::Greater => Interval::at_least(estimate - half_width),
        Alternative::Less => Interval::at_most(estimate + half_width),
    }
}

/// z in the direction of a one-sided alternative; as it is for a two-sided one.
pub(super) fn directed(z: f64, alternative: Alternative) -> f64 {
    if alternative == Alternative::Less { -z } else { z }
}

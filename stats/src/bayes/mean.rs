//! Normal: the mean of a metric whose variance is known, or taken from a large sample.

use serde::Serialize;

use super::posterior::{Posterior, PosteriorError, finite_location, shape_or_absent};
use crate::{Absent, Estimate, Moments, Positive, moments::count};

/// What is believed of a mean before the data: a normal distribution, or nothing (flat).
///
/// ```text
/// precision = 1/τ² + n/σ²      mean = (m₀/τ² + ȳ·n/σ²) / precision
/// ```
///
/// Source: Gelman et al. (2013), "Bayesian Data Analysis", third edition, 2.5.
///
/// ```
/// use edgewise_stats::{Moments, Positive, bayes::MeanPrior};
///
/// let data = Moments::from_mean_and_deviation(100, 12.0, 5.0)?;
/// // "10, as if from 100 units with a standard deviation of 5."
/// let prior = MeanPrior::with_strength(10.0, Positive::new(100.0)?, Positive::new(5.0)?)?;
/// let posterior = prior.posterior(&data)?;
/// assert!((posterior.mean()? - 11.0).abs() < 1e-12);
/// assert!((posterior.standard_deviation()? - 5.0 / 200_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MeanPrior {
    /// None is flat.
    normal: Option<(f64, f64)>,
}

impl MeanPrior {
    /// A mean expected, and the standard deviation of that belief, both in the metric's unit.
    ///
    /// # Errors
    ///
    /// [`PosteriorError`] if the mean is NaN or infinite.
    pub fn new(mean: f64, standard_deviation: Positive) -> Result<Self, PosteriorError> {
        finite_location("prior mean", mean)?;
        Ok(Self { normal: Some((mean, standard_deviation.get())) })
    }

    /// A mean expected, and how many units of a given standard deviation that belief is worth: τ = σ / √strength.
    ///
    /// # Errors
    ///
    /// [`PosteriorError`] if the mean is NaN or infinite, or τ is not a positive float.
    pub fn with_strength(
        mean: f64,
        strength: Positive,
        unit_deviation: Positive,
    ) -> Result<Self, PosteriorError> {
        finite_location("prior mean", mean)?;
        let deviation = unit_deviation.get() / strength.get().sqrt();
        Posterior::normal(mean, deviation)?;
        Ok(Self { normal: Some((mean, deviation)) })
    }

    /// Every mean is as probable as any other (improper until there are data); the default.
    pub fn flat() -> Self {
        Self { normal: None }
    }

    /// The posterior with the sample's own variance taken as known: for large samples. For small ones see
    /// [`MeanVariancePrior`](super::MeanVariancePrior). Without units it is the prior.
    ///
    /// # Errors
    ///
    /// [`Absent::Improper`] without units and prior; [`Absent::TooFewUnits`] for one unit; [`Absent::ZeroVariance`];
    /// [`Absent::OutOfRange`].
    pub fn posterior(&self, data: &Moments) -> Estimate<Posterior> {
        if data.n() == 0 {
            return self.alone();
        }
        let variance = data.variance()?;
        let deviation = variance.sqrt();
        if deviation > 0.0 {
            self.of_estimate(data.mean()?, deviation / count(data.n()).sqrt())
        } else {
            Err(Absent::ZeroVariance)
        }
    }

    /// The posterior with a known standard deviation of a unit. Without units it is the prior.
    ///
    /// # Errors
    ///
    /// [`Absent::Improper`] without units and prior; [`Absent::OutOfRange`].
    pub fn posterior_with_deviation(&self, data: &Moments, unit_deviation: Positive) -> Estimate<Posterior> {
        if data.n() == 0 {
            return self.alone();
        }
        self.of_estimate(data.mean()?, unit_deviation.get() / count(data.n()).sqrt())
    }

    /// The posterior of anything with a normal estimate and a standard error: a mean, an adjusted mean, an effect.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if the estimate is NaN or infinite, or the posterior leaves the 64-bit floats.
    pub fn posterior_of_estimate(&self, estimate: f64, standard_error: Positive) -> Estimate<Posterior> {
        self.of_estimate(estimate, standard_error.get())
    }

    /// The same belief in another unit; [`Absent::ControlMeanNotPositive`] if that unit is nothing.
    pub(super) fn scaled(&self, factor: f64) -> Estimate<Self> {
        let Some((mean, deviation)) = self.normal else { return Ok(*self) };
        if factor == 0.0 || factor.is_infinite() {
            return Err(Absent::ControlMeanNotPositive);
        }
        let (mean, deviation) = (mean * factor, deviation * factor);
        shape_or_absent(Posterior::normal(mean, deviation))?;
        Ok(Self { normal: Some((mean, deviation)) })
    }

    fn alone(&self) -> Estimate<Posterior> {
        let (mean, deviation) = self.normal.ok_or(Absent::Improper)?;
        shape_or_absent(Posterior::normal(mean, deviation))
    }

    fn of_estimate(&self, estimate: f64, error: f64) -> Estimate<Posterior> {
        shape_or_absent(match self.normal {
            None => Posterior::normal(estimate, error),
            Some((mean, deviation)) => {
                // From the ratio of the deviations, so that no square under- or overflows.
                let both = libm::hypot(deviation, error);
                let (prior, data) = (error / both, deviation / both);
                Posterior::normal(mean * (prior * prior) + estimate * (data * data), deviation * prior)
            }
        })
    }
}

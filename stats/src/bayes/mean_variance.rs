//! Normal-inverse-gamma: the mean of a metric whose variance is not known.

use serde::Serialize;

use super::posterior::{Posterior, PosteriorError, finite_location, shape_or_absent};
use crate::{Absent, Estimate, Moments, Positive, estimate::finite, moments::count};

/// What is believed of a mean and a variance before the data.
///
/// ```text
/// σ² ~ inverse gamma(ν₀/2, ν₀·σ₀²/2)      μ | σ² ~ normal(μ₀, σ²/κ₀)
/// ```
///
/// with κ₀ the pseudo-units that the mean is worth, σ₀ the standard deviation of a unit expected and ν₀ the pseudo-units
/// that this is worth. Source: Gelman et al. (2013), "Bayesian Data Analysis", third edition, 3.3 (there as
/// normal-inverse-χ²).
///
/// ```
/// use edgewise_stats::{Alpha, Moments, bayes::MeanVariancePrior};
///
/// // With the reference prior the credible interval is Student's confidence interval.
/// let data = Moments::from_values([1.0, 2.0, 3.0])?;
/// let posterior = MeanVariancePrior::reference().posterior(&data)?;
/// let interval = posterior.mean()?.credible_interval(Alpha::default())?;
/// assert!((interval.lower() - -0.4841).abs() < 1e-4 && (interval.upper() - 4.4841).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanVariancePrior {
    mean: f64,
    strength: f64,
    deviation: f64,
    /// −1 for the reference prior.
    df: f64,
}

impl MeanVariancePrior {
    /// A mean and a unit's standard deviation expected, and the pseudo-units that either is worth.
    ///
    /// # Errors
    ///
    /// [`PosteriorError`] if the mean is NaN or infinite.
    pub fn new(
        mean: f64,
        mean_strength: Positive,
        unit_deviation: Positive,
        deviation_strength: Positive,
    ) -> Result<Self, PosteriorError> {
        finite_location("prior mean", mean)?;
        Ok(Self {
            mean,
            strength: mean_strength.get(),
            deviation: unit_deviation.get(),
            df: deviation_strength.get(),
        })
    }

    /// Density proportional to 1/σ²: nothing is believed before the data. Needs two units. The default.
    pub fn reference() -> Self {
        Self { mean: 0.0, strength: 0.0, deviation: 0.0, df: -1.0 }
    }

    /// Mean and variance after the data.
    ///
    /// ```text
    /// κ = κ₀ + n      ν = ν₀ + n      μ = (κ₀·μ₀ + n·ȳ) / κ
    /// ν·σ² = ν₀·σ₀² + Σ(y − ȳ)² + (ȳ − μ₀)²·κ₀·n/κ
    /// ```
    ///
    /// # Errors
    ///
    /// With the reference prior [`Absent::NoUnits`], [`Absent::TooFewUnits`] and [`Absent::ZeroVariance`];
    /// [`Absent::OutOfRange`].
    pub fn posterior(&self, data: &Moments) -> Estimate<MeanVariancePosterior> {
        let n = count(data.n());
        if self.strength == 0.0 {
            let deviation = data.variance()?.sqrt();
            if deviation <= 0.0 {
                return Err(Absent::ZeroVariance);
            }
            return MeanVariancePosterior::new(data.mean()?, n, n - 1.0, deviation);
        }
        let Ok(mean) = data.mean() else {
            return MeanVariancePosterior::new(self.mean, self.strength, self.df, self.deviation);
        };
        let (strength, df) = (self.strength + n, self.df + n);
        let (prior, weight) = (self.strength / strength, n / strength);
        let apart = finite(mean - self.mean)?;
        // The root of the mean square, formed so that no square under- or overflows.
        let deviation = libm::hypot(
            libm::hypot((self.df / df).sqrt() * self.deviation, (data.squared_deviations() / df).sqrt()),
            (prior * (n / df)).sqrt() * apart,
        );
        MeanVariancePosterior::new(self.mean * prior + mean * weight, strength, df, deviation)
    }
}

impl Default for MeanVariancePrior {
    /// [`MeanVariancePrior::reference`].
    fn default() -> Self {
        Self::reference()
    }
}

/// What is believed of a mean and a variance after the data, in the form of the [prior](MeanVariancePrior).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanVariancePosterior {
    location: f64,
    strength: f64,
    df: f64,
    deviation: f64,
}

impl MeanVariancePosterior {
    fn new(location: f64, strength: f64, df: f64, deviation: f64) -> Estimate<Self> {
        if location.is_finite()
            && strength.is_finite()
            && df.is_finite()
            && deviation > 0.0
            && deviation.is_finite()
        {
            Ok(Self { location, strength, df, deviation })
        } else {
            Err(Absent::OutOfRange)
        }
    }

    /// μ, where the mean is expected.
    pub fn location(&self) -> f64 {
        self.location
    }

    /// κ, the units and pseudo-units that the mean is worth.
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// ν, the degrees of freedom of the variance.
    pub fn df(&self) -> f64 {
        self.df
    }

    /// σ, the scale of a unit's standard deviation.
    pub fn unit_deviation(&self) -> f64 {
        self.deviation
    }

    /// The posterior of the mean alone: Student's t with ν degrees of freedom, location μ and scale σ/√κ.
    ///
    /// # Errors
    ///
    /// [`Absent::TooFewUnits`] below one degree of freedom; [`Absent::OutOfRange`].
    pub fn mean(&self) -> Estimate<Posterior> {
        if self.df < 1.0 {
            return Err(Absent::TooFewUnits);
        }
        shape_or_absent(Posterior::students_t(self.location, self.deviation / self.strength.sqrt(), self.df))
    }

    /// The posterior mean of a unit's variance, ν·σ² / (ν − 2), in the metric's unit squared.
    ///
    /// # Errors
    ///
    /// [`Absent::InfiniteMoment`] for ν ≤ 2; [`Absent::OutOfRange`].
    pub fn variance_mean(&self) -> Estimate<f64> {
        if self.df <= 2.0 {
            return Err(Absent::InfiniteMoment);
        }
        let variance = finite(self.deviation * self.deviation * (self.df / (self.df - 2.0)))?;
        if variance > 0.0 { Ok(variance) } else { Err(Absent::OutOfRange) }
    }
}

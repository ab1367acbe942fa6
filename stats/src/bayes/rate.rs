//! Beta-Binomial: the rate of a binary metric.

use serde::Serialize;

use super::posterior::{Posterior, shape_or_absent};
use crate::{Estimate, Fraction, Positive, Proportion, moments::count};

/// What is believed of a rate before the data: a beta distribution.
///
/// `mean` is the rate expected, `strength` how many units' worth of data that belief weighs:
///
/// ```text
/// a = mean · strength      b = (1 − mean) · strength
/// ```
///
/// Source: Gelman et al. (2013), "Bayesian Data Analysis", third edition, 2.4.
///
/// ```
/// use edgewise_stats::{Fraction, Positive, Proportion, bayes::RatePrior};
///
/// // "About 10 %, as if from 50 units."
/// let prior = RatePrior::new(Fraction::new(0.1)?, Positive::new(50.0)?);
/// let posterior = prior.posterior(&Proportion::new(30, 150)?)?;
/// assert!((posterior.mean()? - 35.0 / 200.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatePrior {
    successes: f64,
    failures: f64,
}

impl RatePrior {
    /// A rate expected, and the pseudo-units that it is worth.
    pub fn new(mean: Fraction, strength: Positive) -> Self {
        Self { successes: mean.get() * strength.get(), failures: (1.0 - mean.get()) * strength.get() }
    }

    /// Beta(1, 1): every rate is as probable as any other. The usual default.
    pub fn uniform() -> Self {
        Self { successes: 1.0, failures: 1.0 }
    }

    /// Beta(1/2, 1/2): the same whatever scale the rate is measured on. Source: Jeffreys (1946).
    pub fn jeffreys() -> Self {
        Self { successes: 0.5, failures: 0.5 }
    }

    /// The shapes themselves: pseudo-successes and pseudo-failures.
    pub fn from_shapes(a: Positive, b: Positive) -> Self {
        Self { successes: a.get(), failures: b.get() }
    }

    /// Beta(a + successes, b + failures); without units it is the prior itself.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`](crate::Absent::OutOfRange) if a shape leaves 1e-100 to 1e100.
    pub fn posterior(&self, data: &Proportion) -> Estimate<Posterior> {
        shape_or_absent(Posterior::beta(
            self.successes + count(data.successes()),
            self.failures + count(data.failures()),
        ))
    }
}

impl Default for RatePrior {
    /// [`RatePrior::uniform`].
    fn default() -> Self {
        Self::uniform()
    }
}

//! Gamma-Poisson: events per unit of exposure.

use serde::Serialize;

use super::posterior::{Posterior, shape_or_absent};
use crate::{Absent, Estimate, Positive, moments::count};

/// What is believed of a rate of events before the data: a gamma distribution.
///
/// `mean` is the rate expected, `strength` the exposure (users, hours) that the belief is worth:
///
/// ```text
/// shape = mean · strength      rate = strength
/// ```
///
/// Source: Gelman et al. (2013), "Bayesian Data Analysis", third edition, 2.6.
///
/// ```
/// use edgewise_stats::{Positive, bayes::EventRatePrior};
///
/// // "Two orders a user, as if from 10 users"; then 260 orders of 100 users.
/// let prior = EventRatePrior::new(Positive::new(2.0)?, Positive::new(10.0)?);
/// let posterior = prior.posterior(260, Positive::new(100.0)?)?;
/// assert!((posterior.mean()? - 280.0 / 110.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EventRatePrior {
    events: f64,
    exposure: f64,
}

impl EventRatePrior {
    /// A rate expected, and the exposure that it is worth.
    pub fn new(mean: Positive, strength: Positive) -> Self {
        Self { events: mean.get() * strength.get(), exposure: strength.get() }
    }

    /// Density proportional to 1 (shape 1, rate 0): improper until there is exposure.
    pub fn flat() -> Self {
        Self { events: 1.0, exposure: 0.0 }
    }

    /// Density proportional to rate^(−1/2) (shape 1/2, rate 0): improper until there is exposure. Source: Jeffreys
    /// (1946).
    pub fn jeffreys() -> Self {
        Self { events: 0.5, exposure: 0.0 }
    }

    /// The parameters themselves: pseudo-events and pseudo-exposure.
    pub fn from_shape_and_rate(shape: Positive, rate: Positive) -> Self {
        Self { events: shape.get(), exposure: rate.get() }
    }

    /// The prior itself.
    ///
    /// # Errors
    ///
    /// [`Absent::Improper`] for [`flat`](Self::flat) and [`jeffreys`](Self::jeffreys); [`Absent::OutOfRange`].
    pub fn alone(&self) -> Estimate<Posterior> {
        if self.exposure > 0.0 {
            shape_or_absent(Posterior::gamma(self.events, self.exposure))
        } else {
            Err(Absent::Improper)
        }
    }

    /// Gamma(shape + events, rate + exposure).
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if a parameter leaves 1e-100 to 1e100.
    pub fn posterior(&self, events: u64, exposure: Positive) -> Estimate<Posterior> {
        shape_or_absent(Posterior::gamma(self.events + count(events), self.exposure + exposure.get()))
    }
}

impl Default for EventRatePrior {
    /// [`EventRatePrior::flat`].
    fn default() -> Self {
        Self::flat()
    }
}

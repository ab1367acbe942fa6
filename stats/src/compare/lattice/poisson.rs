//! Events with a known mean.

use super::{LogConcave, mass::ln_poisson};

/// The Poisson distribution.
pub(in crate::compare) struct Poisson {
    mean: f64,
}

impl Poisson {
    /// `mean` is positive and finite.
    pub(in crate::compare) fn new(mean: f64) -> Self {
        Self { mean }
    }
}

impl LogConcave for Poisson {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn ln_mass(&self, k: f64) -> f64 {
        ln_poisson(k, self.mean, k - self.mean)
    }

    fn ratio(&self, k: f64) -> f64 {
        self.mean / (k + 1.0)
    }

    fn curvature(&self, k: f64) -> f64 {
        1.0 / (k + 1.0)
    }

    fn mode(&self) -> f64 {
        self.mean.floor()
    }
}

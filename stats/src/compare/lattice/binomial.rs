//! Successes among n units.

use super::{LogConcave, mass::ln_poisson, mode_by_bisection};
use crate::moments::count;

/// The binomial distribution.
pub(in crate::compare) struct Binomial {
    n: f64,
    p: f64,
    q: f64,
    mode: f64,
}

impl Binomial {
    /// `p` is strictly between 0 and 1.
    pub(in crate::compare) fn new(n: u64, p: f64) -> Self {
        let mut law = Self { n: count(n), p, q: 1.0 - p, mode: 0.0 };
        law.mode = mode_by_bisection(&law);
        law
    }
}

impl LogConcave for Binomial {
    fn support(&self) -> (f64, f64) {
        (0.0, self.n)
    }

    fn ln_mass(&self, k: f64) -> f64 {
        if k <= 0.0 {
            return self.n * libm::log1p(-self.p);
        }
        if k >= self.n {
            return self.n * libm::log(self.p);
        }
        let excess = -libm::fma(self.n, self.p, -k);
        ln_poisson(k, self.n * self.p, excess) + ln_poisson(self.n - k, self.n * self.q, -excess)
            - ln_poisson(self.n, self.n, 0.0)
    }

    fn ratio(&self, k: f64) -> f64 {
        (self.n - k) / (k + 1.0) * (self.p / self.q)
    }

    fn curvature(&self, k: f64) -> f64 {
        1.0 / (self.n - k).max(1.0) + 1.0 / (k + 1.0)
    }

    fn mode(&self) -> f64 {
        self.mode
    }
}

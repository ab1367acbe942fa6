//! The beta-binomial mixture, for sums of bounded observations.

use super::{Sides, best_rho, crossing};
use crate::{
    Absent, Alpha, Estimate, Positive, distribution::beta, estimate::finite, sequential::anytime::dirichlet,
};

/// The beta-binomial mixture: the tightest bound for a sum of Bernoulli observations, and valid for any observations
/// between −g and h about their mean.
///
/// An observation moves the sum by h with probability g/(g + h), else by −g; v = g·h for each. With x = (v + h·s)/(h(g +
/// h)) moves up, y = (v − g·s)/(g(g + h)) moves down and θ = g/(g + h)
///
/// ```text
/// two-sided:  ln Λ = ln B(rθ/(gh) + x, r(1 − θ)/(gh) + y) − ln B(rθ/(gh), r(1 − θ)/(gh)) − x·ln θ − y·ln(1 − θ)
/// one-sided:  … + ln P(P > θ | x, y) − ln P(P > θ),   P the posterior and the prior share of moves up
/// r = max( ρ − g·h, g·h/1000 )
/// ```
///
/// Source: HRMS, propositions 7 and 8; confseq `BetaBinomialMixture`, whose floor of r this has too.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, sequential::anytime::bound::{BetaBinomial, Sides}};
///
/// // confseq, unit tests: two-sided −0.6941012 and 31.4308; one-sided −0.07134019 and 28.41238
/// let (v, alpha) = (Positive::new(100.0)?, Alpha::default());
/// let (g, h) = (Positive::new(0.2)?, Positive::new(0.8)?);
/// let two = BetaBinomial::tuned(v, alpha, g, h, Sides::Two)?;
/// assert!((two.ln_e(10.0, v)? - -0.694_101_2).abs() < 1e-7 && (two.bound(v, alpha)? - 31.430_8).abs() < 1e-4);
/// let one = BetaBinomial::tuned(v, alpha, g, h, Sides::One)?;
/// assert!((one.ln_e(10.0, v)? - -0.071_340_19).abs() < 1e-8 && (one.bound(v, alpha)? - 28.412_38).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaBinomial {
    g: f64,
    h: f64,
    /// The prior's worth in observations.
    strength: f64,
    sides: Sides,
}

impl BetaBinomial {
    /// The mixture that is tightest at about `v_opt`, for observations between −`g` and `h`.
    ///
    /// # Errors
    ///
    /// Those of [`best_rho`], and [`Absent::OutOfRange`] where g·h leaves the range of a float.
    pub fn tuned(
        v_opt: Positive,
        alpha_opt: Alpha,
        g: Positive,
        h: Positive,
        sides: Sides,
    ) -> Estimate<Self> {
        let rho = best_rho(v_opt, alpha_opt, sides)?.get();
        let (g, h) = (g.get(), h.get());
        let strength = finite((rho / g / h - 1.0).max(1e-3))?;
        let mixture = Self { g, h, strength, sides };
        let (up, down) = mixture.shares();
        if g * h > 0.0 && (g * h).is_finite() && up > 0.0 && down > 0.0 {
            Ok(mixture)
        } else {
            Err(Absent::OutOfRange)
        }
    }

    /// ln Λ: the logarithm of the mixture's supermartingale.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite, or if no observations between −g and h have this sum at this v
    /// (s above v/g or below −v/h).
    pub fn ln_e(&self, s: f64, v: Positive) -> Estimate<f64> {
        let (x, y) = self.moves(s, v.get());
        if x < 0.0 || y < 0.0 {
            return Err(Absent::OutOfRange);
        }
        finite(self.ln_mixture(x, y))
    }

    /// u(v): the s at which Λ reaches 1/α; v/g, the largest possible sum, if not even that reaches it.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite.
    pub fn bound(&self, v: Positive, alpha: Alpha) -> Estimate<f64> {
        let largest = finite(v.get() / self.g)?;
        let ln_e = |s: f64| {
            let (x, y) = self.moves(s.min(largest), v.get());
            self.ln_mixture(x.max(0.0), y.max(0.0))
        };
        let ln_threshold = -libm::log(alpha.get());
        if ln_e(largest) < ln_threshold { Ok(largest) } else { crossing(ln_e, ln_threshold, largest) }
    }

    /// The null shares of moves up and down.
    fn shares(&self) -> (f64, f64) {
        (self.g / (self.g + self.h), self.h / (self.g + self.h))
    }

    /// How many observations moved the sum up, and how many down.
    fn moves(&self, s: f64, v: f64) -> (f64, f64) {
        let both = self.g + self.h;
        ((v / self.h + s) / both, (v / self.g - s) / both)
    }

    fn ln_mixture(&self, x: f64, y: f64) -> f64 {
        let (up, down) = self.shares();
        let ln_two_sided = dirichlet::ln_mixture(&[(x, up), (y, down)], self.strength);
        match self.sides {
            Sides::Two => ln_two_sided,
            Sides::One => {
                let (a, b) = (self.strength * up, self.strength * down);
                // P(share of ups > θ) is P(share of downs < 1 − θ).
                ln_two_sided + beta::ln_cdf(down, b + y, a + x) - beta::ln_cdf(down, b, a)
            }
        }
    }
}

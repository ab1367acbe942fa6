//! A probability that is exact at both ends.

use serde::Serialize;

use crate::{Absent, Estimate};

/// A posterior probability together with its complement, each accurate relative to itself.
///
/// Nothing is rounded to 0 or 1: of a probability of 1 − 1e-300 the complement says 1e-300. Either is 0 only where it is
/// below the smallest float (about 5e-324); its logarithm still holds it.
///
/// ```
/// use edgewise_stats::{Direction, bayes::{Posterior, probability_better}};
///
/// let control = Posterior::normal(10.0, 0.1)?;
/// let treatment = Posterior::normal(15.0, 0.1)?;
/// let better = probability_better(&control, &treatment, Direction::HigherIsBetter)?;
/// assert_eq!(better.p, 1.0);
/// assert!(better.complement > 1e-275 && better.complement < 1e-273);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chance {
    /// The probability, in [0, 1].
    pub p: f64,
    /// 1 − p, in [0, 1].
    pub complement: f64,
    /// The natural logarithm of p: finite, at most 0.
    pub ln_p: f64,
    /// The natural logarithm of 1 − p: finite, at most 0.
    pub ln_complement: f64,
}

impl Chance {
    /// From both logarithms; [`Absent::OutOfRange`] if one is not finite.
    pub(super) fn from_ln(ln_p: f64, ln_complement: f64) -> Estimate<Self> {
        if !(ln_p.is_finite() && ln_complement.is_finite()) {
            return Err(Absent::OutOfRange);
        }
        // The larger one from the smaller one, so that they agree.
        let (ln_p, ln_complement) = if ln_p < ln_complement {
            (ln_p, libm::log1p(-libm::exp(ln_p)))
        } else if ln_complement < ln_p {
            (libm::log1p(-libm::exp(ln_complement)), ln_complement)
        } else {
            (ln_p.min(0.0), ln_complement.min(0.0))
        };
        Ok(Self { p: libm::exp(ln_p), complement: libm::exp(ln_complement), ln_p, ln_complement })
    }

    /// From both probabilities, which are positive.
    pub(super) fn from_both(p: f64, complement: f64) -> Self {
        // The larger one from the smaller one, so that they add up to 1.
        let (p, complement) = if p < complement { (p, 1.0 - p) } else { (1.0 - complement, complement) };
        let ln = |one: f64, other: f64| {
            if one < other { libm::log(one) } else { libm::log1p(-other) }
        };
        Self { p, complement, ln_p: ln(p, complement), ln_complement: ln(complement, p) }
    }

    /// The probability of the opposite.
    #[must_use]
    pub fn opposite(self) -> Self {
        Self { p: self.complement, complement: self.p, ln_p: self.ln_complement, ln_complement: self.ln_p }
    }
}

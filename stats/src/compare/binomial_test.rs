//! The exact test of one rate.

use serde::Serialize;

use super::lattice::{Binomial, Tails, tails};
use crate::{Absent, Alternative, Estimate, Fraction, Proportion, moments::count};

/// The p values of a test that adds up the exact probabilities of outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExactTest {
    /// What the test holds against "no difference".
    pub alternative: Alternative,
    /// The probability of the observed outcome and those that are as extreme or more; in \[0, 1\]. Never above the level
    /// more often than the level says, usually less often. 0 only below the smallest float.
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
    /// p less half of the observed outcome's own probability: nearer to the level on average, but no longer a bound.
    /// Source: Lancaster (1961), "Significance tests in discrete distributions", JASA 56(294).
    pub mid_p: f64,
}

impl ExactTest {
    pub(super) fn new(alternative: Alternative, tails: Tails) -> Self {
        let Tails { p, ln_p, mid_p } = tails;
        Self { alternative, p, ln_p, mid_p }
    }
}

/// The exact binomial test that a rate is `null`.
///
/// ```text
/// greater: P(X ≥ x)      less: P(X ≤ x)      two-sided: Σ P(X = k) over all k with P(X = k) ≤ P(X = x)
/// ```
///
/// for X successes among n units at the rate `null`. The two-sided rule is that of minimum likelihood (R's binom.test,
/// scipy's binomtest: probabilities within 1e-7 of each other count as equal); others double the smaller tail. The
/// relative error is about 1e-12; the work does not grow with n.
///
/// Source: Clopper & Pearson (1934); the two-sided rule by Sterne (1954), "Some remarks on confidence or fiducial
/// limits", Biometrika 41(1–2). The interval that belongs to it: [`RateIntervalMethod::Sterne`](super::RateIntervalMethod).
///
/// # Errors
///
/// [`Absent::NoUnits`].
///
/// ```
/// use edgewise_stats::{Alternative, Fraction, Proportion, compare::binomial_test};
///
/// // R: binom.test(682, 925, p = 0.75): p-value = 0.3825
/// let test = binomial_test(&Proportion::new(682, 925)?, Fraction::new(0.75)?, Alternative::TwoSided)?;
/// assert!((test.p - 0.3825).abs() < 5e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn binomial_test(
    proportion: &Proportion,
    null: Fraction,
    alternative: Alternative,
) -> Estimate<ExactTest> {
    if proportion.n() == 0 {
        return Err(Absent::NoUnits);
    }
    // The rarer outcome is counted, so that the counts that matter are exact in floats.
    let tails = if null.get() <= 0.5 {
        tails(&Binomial::new(proportion.n(), null.get()), count(proportion.successes()), alternative)
    } else {
        let law = Binomial::new(proportion.n(), 1.0 - null.get());
        tails(&law, count(proportion.failures()), reversed(alternative))
    };
    Ok(ExactTest::new(alternative, tails?))
}

/// The same alternative where failures are counted instead of successes, or the arms are swapped.
pub(super) fn reversed(alternative: Alternative) -> Alternative {
    match alternative {
        Alternative::TwoSided => Alternative::TwoSided,
        Alternative::Greater => Alternative::Less,
        Alternative::Less => Alternative::Greater,
    }
}

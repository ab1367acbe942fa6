//! What one look at an estimated effect tells.

use serde::Serialize;

use crate::{Absent, Alternative, Estimate, EstimatedEffect, Interval};

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
        effect: EstimatedEffect,
        alternative: Alternative,
        ln_lambda: f64,
        ln_p: f64,
        half_width: f64,
    ) -> Estimate<Self> {
        if !(ln_lambda.is_finite() && ln_p.is_finite() && half_width.is_finite()) {
            return Err(Absent::OutOfRange);
        }
        Ok(Self {
            estimate: effect.estimate(),
            standard_error: effect.standard_error(),
            alternative,
            ln_lambda,
            p: libm::exp(ln_p),
            ln_p,
            interval: around(effect.estimate(), half_width, alternative)?,
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

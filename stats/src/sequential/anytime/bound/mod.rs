//! Time-uniform bounds: curves that a random sum crosses, at any time, with probability at most α.
//!
//! S is a sum of centred observations and v its intrinsic time, the accumulated variance (or the bound of it) in the
//! unit of S squared. A bound u(v) with level α keeps P(some time has S ≥ u(v)) ≤ α. Dividing S and u by the number of
//! observations gives a confidence sequence of a mean.
//!
//! | S is | bound |
//! |---|---|
//! | sub-Gaussian, or large | [`NormalMixture`] |
//! | sub-exponential (bounded above, or Bernstein) | [`GammaExponential`] |
//! | sub-Poisson (bounded) | [`GammaPoisson`] |
//! | of Bernoulli observations, or within [−g, h] | [`BetaBinomial`] |
//! | any of these, growing as slowly as possible | [`PolynomialStitching`] |
//!
//! Source: Howard, Ramdas, McAuliffe & Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences",
//! Annals of Statistics 49(2), called HRMS in this module; their software confseq has the same parameters. A mixture is
//! tuned by the intrinsic time `v_opt` at which it is tightest, for the level `alpha_opt`; like confseq this keeps the
//! tuning apart from the level at which the bound is taken.

mod bernoulli;
mod beta_binomial;
mod empirical_bernstein;
mod gamma;
mod normal;
mod stitching;

pub use bernoulli::bernoulli;
pub use beta_binomial::BetaBinomial;
pub use empirical_bernstein::{EmpiricalBernstein, RangeError};
pub use gamma::{GammaExponential, GammaPoisson};
pub use normal::{NormalMixture, Sides, best_rho};
pub use stitching::{PolynomialStitching, StitchingError};

use crate::{Absent, Estimate, estimate::finite, numeric::root::brent};

/// The s > 0 at which the increasing `ln_e` reaches `ln_threshold` > 0; it is sought from `start` on upwards.
fn crossing(ln_e: impl Fn(f64) -> f64, ln_threshold: f64, start: f64) -> Estimate<f64> {
    let mut high = finite(start)?;
    // Doubling runs through all floats in 2,100 steps.
    for _ in 0..2_200 {
        if ln_e(high) >= ln_threshold {
            return brent(|s| ln_e(s) - ln_threshold, 0.0, high, 1e-14)
                .ok_or(Absent::NotConverged)
                .and_then(finite);
        }
        high *= 2.0;
        if !high.is_finite() {
            break;
        }
    }
    Err(Absent::OutOfRange)
}

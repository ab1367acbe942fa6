//! Tails and quantiles of the distributions that the tests use.
//!
//! Tails are survival functions, accurate relative to the tail itself, with their logarithm where they underflow; they
//! are never formed as 1 − cdf. All of it is written here, and held to mpmath: `statrs` 0.19.1 is wrong or does not return where
//! experiments go (`StudentsT::inverse_cdf` is 7 % off at ten million degrees of freedom and hangs above, `Beta::cdf` of equal
//! shapes is −1.147 at 10⁸), and its logarithms round with the platform. Where it is right it is a second opinion in the tests.
//!
//! | distribution | parameters | tails | quantiles |
//! |---|---|---|---|
//! | [`normal`] | | ✓ | ✓ |
//! | [`students_t`] | degrees of freedom from 1 | ✓ | ✓ |
//! | [`noncentral_t`] | degrees of freedom from 1, noncentrality | ✓ | |
//! | [`chi_squared`] | whole degrees of freedom | ✓ | ✓ |
//! | [`f`](mod@f) | two degrees of freedom | ✓ | ✓ |
//! | [`gamma`] | shape, at the rate 1 | ✓ | ✓ |
//! | [`beta`] | two shapes | ✓ | ✓ |
//! | [`binomial`] | units, probability | ✓ | ✓ |
//! | [`poisson`] | mean | ✓ | ✓ |
//! | [`hypergeometric`] | population, successes, draws | ✓ | |
//! | [`multivariate`] | loadings of normal or t variables | rectangles | critical values |
//!
//! A parameter that is no parameter of the distribution, or NaN, gives NaN as a tail and none as a quantile. For counts
//! `sf(k)` is P(K > k), without k, as in scipy and R.

pub mod beta;
pub mod binomial;
pub mod chi_squared;
pub mod f;
pub mod gamma;
pub mod hypergeometric;
pub mod multivariate;
pub mod noncentral_t;
pub mod normal;
pub mod poisson;
pub mod students_t;

mod incomplete_beta;
mod incomplete_gamma;
mod saddle_point;
mod tail;

//! Tails and quantiles of the distributions that the tests use.
//!
//! Tails are survival functions, accurate relative to the tail itself, with their logarithm where they underflow; they
//! are never formed as 1 − cdf. This module is the only place that calls `statrs` (see `clippy.toml`), because some of
//! its functions are wrong or do not return where experiments go: `StudentsT::inverse_cdf` of version 0.19.1 is 7 % off
//! at ten million degrees of freedom and hangs above.

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

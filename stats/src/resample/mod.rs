//! Resample: seeded bootstrap and permutation.
//!
//! | question | function |
//! |---|---|
//! | error and interval of a mean, a quantile, a ratio or anything else | [`mean`], [`quantile`], [`ratio`], [`statistic`] |
//! | difference and lift of two | [`compare_means`], [`compare_quantiles`], [`compare_ratios`], [`compare_statistics`] |
//! | the bootstrap of a few units without chance | [`enumerate`] |
//! | permutation test | [`permute_means`], [`permute`] |
//! | randomisation test: the assignment drawn again as it was drawn | [`randomise`] |
//!
//! Random numbers are those of xoshiro256++ with a seed that the caller gives: the same data and seed give the same bits
//! on every platform, on any run, in any order of the units and at any number of threads.
//!
//! What is resampled is the unit that was randomised. Where rows are clustered (several orders of a user, several users of
//! a company that was randomised), give one row per randomised unit: totals for a mean per unit, numerator and denominator
//! for a mean per row ([`RatioSample`]). Resampling these whole units *is* the cluster bootstrap (Davison & Hinkley 1997,
//! section 3.8, strategy 1); resampling single rows would understate the error.
//!
//! A percentile or BCa interval of a mean that few units dominate covers too little however many resamples are drawn:
//! the calibration in this crate's tests measures it for skewed data.

mod binomial;
mod blocks;
mod bootstrap;
mod enumeration;
mod estimator;
mod influence;
mod interval;
mod permutation;
mod randomisation;
mod ratio_sample;
mod resampling;
mod scale;
mod stream;

pub use bootstrap::{
    BootstrapComparison, BootstrapEstimate, BootstrapInterval, BootstrapOptions, compare_means,
    compare_quantiles, compare_ratios, compare_statistics, mean, quantile, ratio, statistic,
};
pub use enumeration::{EnumerationError, ExactBootstrap, MAX_UNITS, enumerate};
pub use estimator::ByIndex;
pub use influence::{acceleration, mean_acceleration};
pub use interval::BcaCorrection;
pub use permutation::{MeanStatistic, PermutationOptions, PermutationTest, permute, permute_means};
pub use randomisation::{Draws, RandomisationTest, randomise};
pub use ratio_sample::RatioSample;
pub use resampling::Resampling;

//! Always-valid inference: p values and intervals that may be looked at after every unit.
//!
//! A fixed-horizon p value is right at one look that was planned beforehand. The ones here are right at all looks
//! together: the chance that an always-valid p value ever falls to α or below, over an experiment of any length, is at
//! most α if there is no effect, and an interval of a confidence sequence covers the truth at every look at once with
//! probability 1 − α. The price is width: at α = 0.05 the interval is 1.55 times the fixed-horizon one at the sample
//! size that the sequence is tuned for, 1.66 times at ten times and 1.97 times at a tenth of that size.
//!
//! | what | function |
//! |---|---|
//! | mixture sequential probability ratio test of an estimate ± error | [`msprt()`] |
//! | asymptotic confidence sequence of an estimate ± error | [`asymptotic`] |
//! | … of the difference and the lift of two means or rates | [`compare_means_anytime`], [`compare_rates_anytime`] |
//! | the smallest p value so far, the intersection of the intervals so far | [`SequentialP`], [`RunningIntersection`] |
//! | time-uniform bounds of sums, without asymptotics | [`bound`] |
//! | confidence sequence of one rate | [`bound::bernoulli`] |
//! | confidence sequence of the mean of bounded values | [`bound::EmpiricalBernstein`] |
//!
//! Everything is computed from logarithms: a likelihood ratio of e^1000 is as good as one of e^2.

pub mod bound;
pub(crate) mod dirichlet;
pub(crate) mod stirling;

mod always_valid;
mod asymptotic;
mod compare;
mod msprt;
mod normal_mixture;
mod running;

pub use always_valid::AlwaysValid;
pub use asymptotic::{AsymptoticOptions, Tuning, asymptotic, half_width, tuned_rho};
pub use compare::{AnytimeComparison, AnytimeOptions, compare_means_anytime, compare_rates_anytime};
pub use msprt::{MixingVariance, MsprtOptions, msprt};
pub use running::{RunningIntersection, SequentialP};

//! Compare: how large is the difference between two variants, and how sure is it?

pub mod lift;

mod mean;
mod rate;
mod ratio;
mod side;

pub use mean::{MeanOptions, Reference, Variance, compare_mean_strata, compare_means, mean};
pub use rate::{
    DifferenceMethod, RateLiftMethod, RateOptions, compare_rate_strata, compare_rates, rate, wilson,
};
pub use ratio::{compare_ratios, linearised, ratio};

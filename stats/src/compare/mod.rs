//! Compare: how large is the difference between two variants, and how sure is it?

pub mod lift;

mod effect_size;
mod mean;
mod pair;
mod quantile;
mod quantile_summary;
mod rank_null;
mod rank_sum;
mod rate;
mod ratio;
mod sample;
mod side;

pub use effect_size::{EffectSizeInterval, EffectSizeOptions, EffectSizes, effect_sizes, hedges_correction};
pub use mean::{MeanOptions, Reference, Variance, compare_mean_strata, compare_means, mean};
pub use quantile::{QuantileMethod, QuantileRanks, quantile, quantile_interval, quantile_ranks};
pub use quantile_summary::{
    ClusteredSample, QuantileLimits, QuantileLimitsError, QuantileOptions, compare_clustered_quantiles,
    compare_quantile_summaries, compare_quantiles,
};
pub use rank_sum::{RankComparison, RankMethod, RankOptions, Shift, compare_ranks};
pub use rate::{
    DifferenceMethod, RateLiftMethod, RateOptions, compare_rate_strata, compare_rates, rate, wilson,
};
pub use ratio::{compare_ratio_strata, compare_ratios, linearised, ratio};
pub use sample::{Sample, SampleError};

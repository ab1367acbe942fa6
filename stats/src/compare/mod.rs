//! Compare: how large is the difference between two variants, and how sure is it?

pub mod lift;

mod binomial_test;
mod chi_square;
mod effect_size;
mod event_rate;
mod fisher;
mod lattice;
mod mean;
mod odds_ratio;
mod one_rate;
mod pair;
mod quantile;
mod quantile_summary;
mod rank_null;
mod rank_sum;
mod rate;
mod ratio;
mod score;

mod table;
mod unconditional;
mod winner;

pub use binomial_test::{ExactTest, binomial_test};
pub use chi_square::{Association, ChiSquare, ChiSquareOptions, ChiSquareStatistic, chi_square};
pub use effect_size::{EffectSizeInterval, EffectSizeOptions, EffectSizes, effect_sizes, hedges_correction};
pub use event_rate::{
    EventRate, EventRateDifferenceMethod, EventRateIntervalMethod, EventRateLiftMethod, EventRateOptions,
    EventRateTest, compare_event_rates, conditional_rate_test, event_rate_interval, event_rate_test,
};
pub use fisher::{conditional_odds_ratio, fisher_test};
pub use mean::{MeanOptions, Reference, Variance, compare_mean_strata, compare_means, mean};
pub use odds_ratio::{OddsRatioMethod, cohens_h, odds_ratio};
pub use one_rate::{RateIntervalMethod, rate_interval, wilson};
pub use quantile::{QuantileRanks, quantile_interval, quantile_ranks};
pub use quantile_summary::{
    ClusteredSample, QuantileLimits, QuantileLimitsError, QuantileOptions, compare_clustered_quantiles,
    compare_quantile_summaries, compare_quantiles,
};
pub use rank_sum::{RankComparison, RankMethod, RankOptions, Shift, compare_ranks};
pub use rate::{
    DifferenceMethod, RateLiftMethod, RateOptions, RateTest, compare_rate_strata, compare_rates, rate,
};
pub use ratio::{compare_ratio_strata, compare_ratios, linearised, ratio};
pub use table::{Table, TableError};
pub use unconditional::{
    BarnardStatistic, UnconditionalTest, barnard_test, boschloo_test, unconditional_test,
};
pub use winner::{Verdict, WinnerOptions, WinnerSearch, find_winner};

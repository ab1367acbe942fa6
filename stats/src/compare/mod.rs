//! Compare: how large is the difference between two variants, and how sure is it?
//!
//! | question | function |
//! |---|---|
//! | a mean per unit | [`compare_means`], over strata [`compare_mean_strata`]; of one variant [`mean`] |
//! | a ratio of two sums (clicks per view) | [`compare_ratios`], over strata [`compare_ratio_strata`]; of one variant [`ratio`] |
//! | a rate (units that convert) | [`compare_rates`], over strata [`compare_rate_strata`]; of one variant [`rate`], [`rate_interval`] |
//! | a rate, exactly | [`fisher_test`], [`barnard_test`], [`boschloo_test`]; of one variant [`binomial_test`] |
//! | odds, and the difference of two rates on Cohen's scale | [`odds_ratio`], [`conditional_odds_ratio`], [`cohens_h`] |
//! | events per time or exposure | [`compare_event_rates`], [`conditional_rate_test`]; of one variant [`event_rate_interval`], [`event_rate_test`] |
//! | a table of several outcomes or variants | [`chi_square`] |
//! | a quantile | [`compare_quantiles`], of values in clusters [`compare_clustered_quantiles`], from an engine's limits [`compare_quantile_summaries`]; of one variant [`quantile_interval`] |
//! | is one variant's value usually the larger one, and by how much? | [`compare_ranks`] |
//! | a difference in standard deviations | [`effect_sizes`] |
//! | the interval of a lift, from means with errors or limits | [`lift`] |
//! | which of several variants is the best? | [`find_winner`] |

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

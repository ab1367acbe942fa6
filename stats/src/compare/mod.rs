//! Compare: how large is the difference between two variants, and how sure is it?

pub mod lift;

mod binomial_test;
mod chi_square;
mod fisher;
mod lattice;
mod mean;
mod odds_ratio;
mod one_rate;
mod rate;
mod score;
mod table;
mod unconditional;
mod z_test;

pub use binomial_test::{ExactTest, binomial_test};
pub use chi_square::{Association, ChiSquare, ChiSquareOptions, ChiSquareStatistic, chi_square};
pub use fisher::{conditional_odds_ratio, fisher_test};
pub use mean::{MeanOptions, Variance, compare_mean_strata, compare_means, mean};
pub use odds_ratio::{OddsRatioMethod, cohens_h, odds_ratio};
pub use one_rate::{RateIntervalMethod, rate_interval, wilson};
pub use rate::{
    DifferenceMethod, RateLiftMethod, RateOptions, RateTest, compare_rate_strata, compare_rates, rate,
};
pub use table::{Table, TableError};
pub use unconditional::{BarnardStatistic, barnard_test, boschloo_test};

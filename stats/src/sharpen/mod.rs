//! Sharpen: the same answer from fewer units.
//!
//! What is known of a unit before its exposure cannot be changed by the treatment, but explains part of the metric.
//! Taking that part out leaves the effect as it is and its error smaller.
//!
//! | question | function |
//! |---|---|
//! | a mean, adjusted by covariates | [`cuped`]; by regression [`regress`], with robust errors [`regress_rows`] |
//! | a ratio metric, adjusted by covariates | [`ratio_cuped`] |
//! | are the covariates alike in both variants? | [`balance`](balance()); part of every adjusted result |
//! | a mean or rate within groups known before exposure | [`post_stratify`], [`post_stratify_rates`], with covariates [`post_stratify_cuped`], ratio metrics with covariates [`post_stratify_ratio_cuped`] |
//! | units that come in clusters | [`compare_clusters`], [`compare_cluster_rows`], [`compare_crossed_clusters`] |
//! | a dimension with rare levels | [`trim_levels`] |
//!
//! Covariates must be measured before exposure. One that the treatment can change takes the effect away with the noise:
//! the [balance](balance()) then shows it as a difference between the variants.

mod adjust;
mod balance;
mod cholesky;
mod clusters;
mod contrast;
mod cuped;
mod fit;
mod levels;
mod post_stratify;
mod regression;
mod robust;
mod scatter;
mod stratified_cuped;

mod winsorise;

pub use balance::{Balance, CovariateBalance, JointBalance, balance};
pub use clusters::{
    Cluster, ClusterError, ClusterErrors, ClusterOptions, ClusterRowErrors, ClusterRowOptions,
    compare_cluster_rows, compare_clusters, compare_crossed_clusters,
};
pub use cuped::{Adjustment, CupedOptions, LiftBase, LiftGradient, SlopeError, Slopes, cuped, ratio_cuped};
pub use levels::{TrimmedLevels, trim_levels};
pub use post_stratify::{PostStratification, Shares, StrataDegrees, post_stratify, post_stratify_rates};
pub use regression::{
    Degrees, Errors, Model, RegressionOptions, RobustErrors, RowOptions, Target, regress, regress_rows,
};
pub use stratified_cuped::{post_stratify_cuped, post_stratify_ratio_cuped};
pub use winsorise::{Levels, Limits, LimitsError, Winsorised, winsorise, winsorise_rows};

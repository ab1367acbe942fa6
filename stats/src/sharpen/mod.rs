//! Sharpen: the same answer from fewer units.

mod winsorise;

pub use winsorise::{Levels, Limits, LimitsError, Winsorised, winsorise, winsorise_rows};
mod adjust;
mod balance;
mod cholesky;
mod clusters;
mod contrast;
mod cuped;
mod fit;
mod post_stratify;
mod regression;
mod robust;
mod scatter;
mod variance_ratio;

pub use balance::{Balance, CovariateBalance, JointBalance, balance};
pub use clusters::{
    Cluster, ClusterError, ClusterErrors, ClusterOptions, ClusterRowErrors, ClusterRowOptions,
    compare_cluster_rows, compare_clusters, compare_crossed_clusters,
};
pub use cuped::{Adjustment, CupedOptions, LiftBase, LiftGradient, SlopeError, Slopes, cuped, ratio_cuped};
pub use post_stratify::{
    PostStratification, Shares, StrataDegrees, post_stratify, post_stratify_cuped, post_stratify_rates,
};
pub use regression::{
    Degrees, Errors, Model, RegressionOptions, RobustErrors, RowOptions, Target, regress, regress_rows,
};

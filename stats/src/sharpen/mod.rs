//! Sharpen: the same answer from fewer units.

mod adjust;
mod balance;
mod cholesky;
mod contrast;
mod cuped;
mod fit;
mod regression;
mod robust;
mod scatter;
mod variance_ratio;

pub use balance::{Balance, CovariateBalance, JointBalance, balance};
pub use cuped::{Adjustment, CupedOptions, LiftBase, LiftGradient, SlopeError, Slopes, cuped, ratio_cuped};
pub use regression::{
    Degrees, Errors, Model, RegressionOptions, RobustErrors, RowOptions, Target, regress, regress_rows,
};

//! Adapt: which variant should the next unit get, and what may be said afterwards?
//!
//! Policies give allocation weights ([`Policy`]); [`Weights`] have floors and become whole numbers per million. Nothing
//! here draws. After an adaptive experiment plain means are biased: [`epoch_mean`] and [`epoch_difference`] (from the
//! moments of each epoch with its logged propensities), [`weighted_mean`] and [`weighted_difference`] (from units) are
//! not.

mod epochs;
mod policy;
mod scores;
mod ucb;
mod units;
mod weights;

pub use epochs::{Epoch, EpochError, EpochMethod, epoch_difference, epoch_mean};
pub use policy::{Arm, Epsilon, Policy, epsilon_greedy, thompson, top_two, top_two_of_one_draw};
pub use scores::Weighting;
pub use ucb::{kl_ucb, ucb1};
pub use units::{ScoredUnit, ScoredUnitError, weighted_difference, weighted_mean};
pub use weights::{Floor, Weights, WeightsError};

//! Bayes: how probable is it that the treatment is better, and what is lost if it is not?
//!
//! | metric | prior | posterior of a variant |
//! |---|---|---|
//! | binary | [`RatePrior`] | beta |
//! | events over exposure | [`EventRatePrior`] | gamma |
//! | mean, large sample or known variance | [`MeanPrior`] | normal |
//! | mean, variance unknown | [`MeanVariancePrior`] | Student's t |
//!
//! A prior is a mean and a strength in pseudo-units. [`compare_posteriors`] answers everything about two posteriors of
//! any of these kinds, [`probability_best`] about many; [`posterior_effect`] has its prior on the effect itself.
//! Everything is closed or deterministic quadrature: there is no Monte Carlo, and the same data give the same bits.
//!
//! A posterior probability does not know how often it was looked at: "stop when P > 0.95" under continuous looking is
//! wrong far more often than once in twenty where there is no effect. See the error rates in the documentation.

mod best;
mod chance;
mod comparison;
mod effect;
mod event_rate;
mod integral;
mod law;
mod mean;
mod mean_variance;
mod pair;
mod posterior;
mod quantile;
mod rate;
mod table;
mod versus;

pub use best::{expected_regret, probability_best, probability_second_best};
pub use chance::Chance;
pub use comparison::{BayesComparison, BayesOptions, DifferencePosterior, LiftPosterior, compare_posteriors};
pub use effect::{EffectOptions, EffectPosterior, EffectScale, normal_expected_loss, posterior_effect};
pub use event_rate::EventRatePrior;
pub use mean::MeanPrior;
pub use mean_variance::{MeanVariancePosterior, MeanVariancePrior};
pub use posterior::{Posterior, PosteriorError, Summary};
pub use rate::RatePrior;
pub use versus::{
    ExpectedLoss, PracticalEquivalence, expected_loss, practical_equivalence, practical_equivalence_of_lift,
    probability_better, probability_difference_exceeds, probability_lift_exceeds,
};

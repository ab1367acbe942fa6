//! Policies: what the next units' allocation should be, given what is known of the arms.

use serde::Serialize;

use super::{
    ucb,
    weights::{Weights, count},
};
use crate::{
    Absent, Direction, Estimate, Fraction,
    bayes::{Posterior, probability_best, probability_second_best},
};

/// What a policy knows of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// The posterior of its mean or rate.
    pub posterior: Posterior,
    /// How many units it has had; the upper confidence bounds depend on it.
    pub units: u64,
}

/// How the next units are allocated. No policy draws: it gives weights, and the draw is the allocation's.
///
/// All of them are adaptive: compare arms afterwards with [`epoch_mean`](super::epoch_mean) or
/// [`weighted_mean`](super::weighted_mean), not by their plain means, which are biased.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "policy", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Policy {
    /// The same for all.
    Even,
    /// [`thompson`].
    Thompson,
    /// [`top_two`], with the probability of playing the best draw.
    TopTwo {
        /// β, the share of the best draw; 1/2 is usual.
        leader: Fraction,
    },
    /// [`epsilon_greedy`].
    EpsilonGreedy {
        /// How much is explored.
        epsilon: Epsilon,
    },
    /// [`ucb1`](super::ucb1) on values in [0, 1] (the posterior means).
    Ucb1,
    /// [`kl_ucb`](super::kl_ucb) on rates (the posterior means).
    KlUcb,
}

impl Policy {
    /// The weights for the arms, in their order.
    ///
    /// # Errors
    ///
    /// [`Absent::TooFewArms`] below two arms; [`Absent::InfiniteMoment`] where a policy needs a mean that a posterior does
    /// not have; [`Absent::OutOfRange`] for UCB outside [0, 1]; those of [`probability_best`].
    ///
    /// ```
    /// use edgewise_stats::{Direction, adapt::{Arm, Policy}, bayes::Posterior};
    ///
    /// let arm = |a, b| Arm { posterior: Posterior::beta(a, b).unwrap(), units: 100 };
    /// let weights = Policy::Thompson.weights(&[arm(101.0, 901.0), arm(121.0, 881.0)], Direction::HigherIsBetter)?;
    /// assert!((weights.shares()[1] - 0.923_183_438_973_56).abs() < 1e-12);
    /// # Ok::<(), edgewise_stats::Absent>(())
    /// ```
    pub fn weights(&self, arms: &[Arm], direction: Direction) -> Estimate<Weights> {
        if arms.len() < 2 {
            return Err(Absent::TooFewArms);
        }
        let posteriors = || arms.iter().map(|arm| arm.posterior).collect::<Vec<_>>();
        let means = || arms.iter().map(|arm| arm.posterior.mean()).collect::<Estimate<Vec<f64>>>();
        let played = || -> Estimate<Vec<(f64, u64)>> {
            Ok(means()?.into_iter().zip(arms).map(|(mean, arm)| (mean, arm.units)).collect())
        };
        match *self {
            Self::Even => Ok(Weights::even(arms.len())),
            Self::Thompson => thompson(&posteriors(), direction),
            Self::TopTwo { leader } => top_two(&posteriors(), leader, direction),
            Self::EpsilonGreedy { epsilon } => {
                let units = arms.iter().fold(0_u64, |sum, arm| sum.saturating_add(arm.units));
                epsilon_greedy(&means()?, epsilon.at(arms.len(), units), direction)
            }
            Self::Ucb1 => greedy(&ucb::ucb1(&played()?, direction)?),
            Self::KlUcb => greedy(&ucb::kl_ucb(&played()?, direction)?),
        }
    }
}

/// Thompson sampling: each arm in proportion to its probability of being the best one.
///
/// ```text
/// w_i = P(i is best)
/// ```
///
/// exactly (see [`probability_best`]), not by drawing. Source: Thompson (1933), "On the likelihood that one unknown
/// probability exceeds another in view of the evidence of two samples", Biometrika 25; Scott (2010), equation 4.
///
/// # Errors
///
/// Those of [`probability_best`].
///
/// ```
/// use edgewise_stats::{Direction, adapt::thompson, bayes::Posterior};
///
/// // scipy 1.17.1, quadrature: P(best) of N(0, 0.03²) and N(0.05, 0.04²).
/// let arms = [Posterior::normal(0.0, 0.03)?, Posterior::normal(0.05, 0.04)?];
/// let weights = thompson(&arms, Direction::HigherIsBetter)?;
/// assert!((weights.shares()[0] - 0.158_655_253_931_457).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn thompson(arms: &[Posterior], direction: Direction) -> Estimate<Weights> {
    let chances = probability_best(arms, direction)?;
    Weights::computed(chances.iter().map(|chance| chance.p).collect())
}

/// Top-two Thompson sampling: the best draw with probability β, else the best of further draws that another arm wins.
///
/// ```text
/// w_i = α_i·( β + (1 − β)·Σ_{j ≠ i} α_j / (1 − α_j) )      α_i = P(i is best)
/// ```
///
/// so that a clear leader still leaves 1 − β to its rivals, which identifies the best arm sooner. The weights are exact.
/// Source: Russo (2016), "Simple Bayesian Algorithms for Best Arm Identification", COLT, 3.3. gbstats' "top two" is
/// [`top_two_of_one_draw`] with β = 1/2 by drawing.
///
/// # Errors
///
/// Those of [`probability_best`].
///
/// ```
/// use edgewise_stats::{Direction, Fraction, adapt::top_two, bayes::Posterior};
///
/// // With two arms the second place goes to the other one: both get half.
/// let arms = [Posterior::beta(10.0, 90.0)?, Posterior::beta(20.0, 80.0)?];
/// let weights = top_two(&arms, Fraction::new(0.5)?, Direction::HigherIsBetter)?;
/// assert!((weights.shares()[0] - 0.5).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn top_two(arms: &[Posterior], leader: Fraction, direction: Direction) -> Estimate<Weights> {
    let chances = probability_best(arms, direction)?;
    let beta = leader.get();
    let weights = (0..chances.len())
        .map(|i| {
            // α_i / (1 − α_j) is P(i is best of the others of j), from logarithms because 1 − α_j may be tiny.
            let after_another: f64 = chances
                .iter()
                .enumerate()
                .filter(|(j, _)| *j != i)
                .map(|(_, other)| other.p * libm::exp((chances[i].ln_p - other.ln_complement).min(0.0)))
                .sum();
            beta * chances[i].p + (1.0 - beta) * after_another
        })
        .collect();
    Weights::computed(weights)
}

/// Top-two by one draw: the best arm of it with probability β, its second-best with 1 − β.
///
/// ```text
/// w_i = β·P(i is best) + (1 − β)·P(i is second)
/// ```
///
/// With β = 1/2 the expectation of what gbstats computes by drawing where higher is better; where lower is better, gbstats
/// (8f1db445) gives the worst of three arms one half, and this does not.
///
/// # Errors
///
/// Those of [`probability_best`].
///
/// ```
/// use edgewise_stats::{Direction, Fraction, adapt::top_two_of_one_draw, bayes::Posterior};
///
/// let arms = [Posterior::normal(1.0, 0.1)?, Posterior::normal(2.0, 0.1)?, Posterior::normal(9.0, 0.1)?];
/// let weights = top_two_of_one_draw(&arms, Fraction::new(0.5)?, Direction::LowerIsBetter)?;
/// assert!((weights.shares()[0] - 0.5).abs() < 1e-9 && weights.shares()[2] < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn top_two_of_one_draw(arms: &[Posterior], leader: Fraction, direction: Direction) -> Estimate<Weights> {
    let best = probability_best(arms, direction)?;
    let second = probability_second_best(arms, direction)?;
    let beta = leader.get();
    Weights::computed(
        best.iter().zip(second).map(|(best, second)| beta * best.p + (1.0 - beta) * second).collect(),
    )
}

/// How much an epsilon-greedy policy explores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Epsilon {
    /// Always the same share.
    Constant(Fraction),
    /// min(1, c·k / (d²·n)) after n units of k arms. Source: Auer, Cesa-Bianchi & Fischer (2002), "Finite-time Analysis of
    /// the Multiarmed Bandit Problem", Machine Learning 47, theorem 3.
    Decreasing {
        /// c > 0; the theorem wants more than 5.
        c: crate::Positive,
        /// d, at most the distance between the best arm and the next.
        d: Fraction,
    },
}

impl Epsilon {
    /// The share explored after `units` units of `arms` arms, in [0, 1].
    ///
    /// ```
    /// use edgewise_stats::{Fraction, Positive, adapt::Epsilon};
    ///
    /// let epsilon = Epsilon::Decreasing { c: Positive::new(5.0)?, d: Fraction::new(0.1)? };
    /// assert!(epsilon.at(4, 0) == 1.0 && (epsilon.at(4, 10_000) - 0.2).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at(&self, arms: usize, units: u64) -> f64 {
        match *self {
            Self::Constant(share) => share.get(),
            Self::Decreasing { .. } if units == 0 => 1.0,
            Self::Decreasing { c, d } => {
                let share = c.get() * count(arms) / (d.get() * d.get() * crate::moments::count(units));
                if share < 1.0 { share } else { 1.0 }
            }
        }
    }
}

/// Epsilon-greedy: all but ε to the arm with the best mean, ε evenly to all.
///
/// ```text
/// w_i = ε/k + (1 − ε)·[i is best]
/// ```
///
/// Arms with equal means share the best arm's part. Source: Sutton & Barto (2018), "Reinforcement Learning", 2.2.
///
/// # Errors
///
/// [`Absent::TooFewArms`] below two arms; [`Absent::OutOfRange`] for a mean or ε that is not finite, or an ε outside
/// [0, 1].
///
/// ```
/// use edgewise_stats::{Direction, adapt::epsilon_greedy};
///
/// let weights = epsilon_greedy(&[200.0, 180.0], 0.1, Direction::LowerIsBetter)?;
/// assert!((weights.shares()[0] - 0.05).abs() < 1e-15 && (weights.shares()[1] - 0.95).abs() < 1e-15);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn epsilon_greedy(means: &[f64], epsilon: f64, direction: Direction) -> Estimate<Weights> {
    if means.len() < 2 {
        return Err(Absent::TooFewArms);
    }
    if !((0.0..=1.0).contains(&epsilon) && means.iter().all(|mean| mean.is_finite())) {
        return Err(Absent::OutOfRange);
    }
    let best = greedy(&means.iter().map(|mean| direction.gain(*mean)).collect::<Vec<_>>())?;
    let even = epsilon / count(means.len());
    Weights::computed(best.shares().iter().map(|share| even + (1.0 - epsilon) * share).collect())
}

/// All to the highest score; equal scores share. An infinite score is that of an arm never tried.
fn greedy(scores: &[f64]) -> Estimate<Weights> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Weights::computed(
        scores.iter().map(|score| if score.total_cmp(&highest).is_eq() { 1.0 } else { 0.0 }).collect(),
    )
}

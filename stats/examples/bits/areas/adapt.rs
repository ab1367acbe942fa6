//! Weights that adapt, and what they leave to estimate.

use edgewise_stats::{
    Moments,
    adapt::{
        Arm, Epoch, EpochMethod, Epsilon, Floor, Policy, ScoredUnit, Weighting, epoch_difference, epoch_mean,
        epsilon_greedy, kl_ucb, thompson, top_two, top_two_of_one_draw, ucb1, weighted_difference,
        weighted_mean,
    },
    bayes::Posterior,
};

use super::{
    Done,
    data::{DIRECTIONS, Made, alphas, fraction, positive, values},
};
use crate::digest::Digest;

pub(crate) fn all(digest: &mut Digest) -> Done {
    weights(digest)?;
    estimates(digest)
}

fn weights(digest: &mut Digest) -> Done {
    let posteriors =
        [Posterior::beta(41.0, 301.0)?, Posterior::beta(52.0, 295.0)?, Posterior::beta(12.0, 99.0)?];
    let arms: Vec<Arm> = posteriors
        .iter()
        .zip([340, 345, 110])
        .map(|(posterior, units)| Arm { posterior: *posterior, units })
        .collect();
    let half = fraction(0.5)?;
    let policies = [
        Policy::Even,
        Policy::Thompson,
        Policy::TopTwo { leader: half },
        Policy::EpsilonGreedy { epsilon: Epsilon::Decreasing { c: positive(5.0)?, d: fraction(0.1)? } },
        Policy::Ucb1,
        Policy::KlUcb,
    ];
    for direction in DIRECTIONS {
        for policy in &policies {
            let weights = policy.weights(&arms, direction);
            digest.fold(&weights)?;
            if let Ok(weights) = weights {
                digest.fold(&(
                    weights.with_floor(Floor::Mixed(0.05))?,
                    weights.with_floor(Floor::AtLeast(0.1))?,
                ))?;
                digest.fold(&weights.per_million())?;
            }
        }
        digest.fold(&(thompson(&posteriors, direction), top_two(&posteriors, half, direction)))?;
        digest.fold(&top_two_of_one_draw(&posteriors, half, direction))?;
        digest.fold(&epsilon_greedy(&[0.1, 0.15, 0.12], 0.3, direction))?;
        let means = [(0.1, 300), (0.15, 310), (0.4, 5)];
        digest.fold(&(ucb1(&means, direction), kl_ucb(&means, direction)))?;
    }
    Ok(())
}

fn estimates(digest: &mut Digest) -> Done {
    let units = |seed, shift: u32| -> Made<Vec<ScoredUnit>> {
        values(seed, 60, 0.0)
            .iter()
            .zip(0_u32..)
            .map(|(&value, i)| {
                let propensity = f64::from(1 + i % 7) / 8.0;
                Ok(ScoredUnit::new(
                    propensity,
                    (!(i + shift).is_multiple_of(3)).then_some(value),
                    f64::from(i % 5),
                )?)
            })
            .collect()
    };
    let (control, treatment) = (units(111, 0)?, units(112, 1)?);
    let weightings =
        [Weighting::Uniform, Weighting::ConstantAllocation, Weighting::TwoPoint { decay: fraction(0.7)? }];
    let epochs = (0..4_u64)
        .map(|epoch| -> Made<Epoch> {
            let part = |seed, added| Moments::from_values(values(seed + epoch, 30, added));
            let share = f64::from(2 + u32::try_from(epoch)?) / 8.0;
            Ok(Epoch::new(vec![(1.0 - share, part(121, 0.0)?), (share, part(131, 2.0)?)])?)
        })
        .collect::<Result<Vec<_>, _>>()?;
    for alpha in alphas()? {
        for weighting in weightings {
            digest.fold(&weighted_mean(&control, weighting, alpha))?;
            digest.fold(&weighted_difference(&control, &treatment, weighting, alpha))?;
            digest.fold(&epoch_difference(&epochs, 0, 1, EpochMethod::Augmented(weighting), alpha))?;
        }
        for method in [EpochMethod::HorvitzThompson, EpochMethod::Hajek, EpochMethod::Stratified] {
            digest.fold(&epoch_mean(&epochs, 1, method, alpha))?;
            digest.fold(&epoch_difference(&epochs, 0, 1, method, alpha))?;
        }
    }
    Ok(())
}

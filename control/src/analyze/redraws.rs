//! How often the variants of the units are drawn again, for the replay randomisation test.

use edgewise_analysis::{
    plan::Plan,
    randomisation::{Redrawing, seed},
    verify::Rulesets,
};
use edgewise_core::{Experiment, Ruleset};
use edgewise_stats::resample::Resampling;
use std::{
    num::{NonZeroU32, NonZeroUsize},
    thread::available_parallelism,
};

/// How often the variants of the units are drawn again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redraws {
    /// How often.
    pub number: NonZeroU32,
    /// Where the random numbers start. None: at what the rulesets and the plan give, so that nobody chooses it.
    pub seed: Option<u64>,
}

impl Redraws {
    /// As an analysis does it. `is_adaptive` says whether a bandit learns the weights.
    pub(super) fn redrawing(self, rulesets: &Rulesets, plan: &Plan, is_adaptive: bool) -> Redrawing {
        let newest = rulesets.versions(&plan.experiment).map(Experiment::iteration).max();
        let digests: Vec<_> = rulesets.all().map(Ruleset::digest).collect();
        Redrawing {
            splits: match newest {
                Some(iteration) => rulesets.splits(&plan.experiment, iteration),
                None => Some(rulesets.holdout_splits(&plan.experiment)),
            },
            is_adaptive,
            resampling: Resampling {
                resamples: self.number,
                seed: self.seed.unwrap_or_else(|| seed(&digests, plan.digest())),
                threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            },
        }
    }
}

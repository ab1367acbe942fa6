//! What allocations promise: the share of each variant.

use crate::event::{HELD_OUT, OPEN};
use edgewise_core::{BUCKETS, Experiment, Holdout};
use std::collections::BTreeMap;

/// Epoch to variant to the probability of being drawn into it, for a unit that is drawn into any.
pub type Shares = BTreeMap<String, BTreeMap<String, f64>>;

/// The propensity of each variant, among the draws that belong to any.
pub(super) fn of_experiment(experiment: Experiment<'_>) -> BTreeMap<String, f64> {
    let propensities: BTreeMap<String, f64> = experiment
        .variants()
        .map(|variant| (variant.id().to_owned(), experiment.propensity(variant.index())))
        .collect();
    let drawn: f64 = propensities.values().sum();
    if drawn <= 0.0 {
        return propensities;
    }
    propensities.into_iter().map(|(variant, propensity)| (variant, propensity / drawn)).collect()
}

pub(super) fn of_holdout(holdout: Holdout<'_>) -> BTreeMap<String, f64> {
    [(HELD_OUT, true), (OPEN, false)].map(|(arm, held)| (arm.to_owned(), of_arm(holdout, held))).into()
}

/// The share of the units that a holdout holds, or does not hold.
pub(super) fn of_arm(holdout: Holdout<'_>, held: bool) -> f64 {
    let share = f64::from(holdout.buckets()) / f64::from(BUCKETS);
    if held { share } else { 1.0 - share }
}

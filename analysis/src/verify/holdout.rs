//! Drawing for a holdout again.

use super::{Mismatch, is_other_propensity, shares};
use crate::event::{Exposure, HELD_OUT, OPEN};
use edgewise_core::{Experiment, Holdout, Reason, Ruleset};
use std::collections::BTreeMap;

/// The holdout of this id.
pub(super) fn find<'a>(ruleset: &'a Ruleset<Vec<u8>>, id: &str) -> Option<Holdout<'a>> {
    ruleset.holdouts().find(|holdout| holdout.id() == id)
}

/// In what the holdout's draw differs from what the exposure claims.
pub(super) fn difference(
    ruleset: &Ruleset<Vec<u8>>,
    exposure: &Exposure,
    units: &BTreeMap<String, String>,
) -> Option<Mismatch> {
    let Some(holdout) = find(ruleset, &exposure.experiment) else {
        return Some(Mismatch::Experiment);
    };
    let is_own_unit = holdout.unit_type_name() == exposure.unit_type;
    if !is_own_unit
        && (units.contains_key(holdout.unit_type_name()) || !falls_back(ruleset, holdout, exposure))
    {
        return Some(Mismatch::UnitType);
    }
    if holdout.epoch() != exposure.epoch {
        return Some(Mismatch::Epoch);
    }
    let (bucket, held) = holdout.draw(exposure.unit.as_bytes());
    let (arm, reason) = if held { (HELD_OUT, Reason::HeldOut) } else { (OPEN, Reason::Assigned) };
    if exposure.bucket != Some(bucket.get()) {
        return Some(Mismatch::Bucket);
    }
    if exposure.variant != arm {
        return Some(Mismatch::Variant);
    }
    if exposure.reason != reason {
        return Some(Mismatch::Reason);
    }
    is_other_propensity(exposure, shares::of_arm(holdout, held)).then_some(Mismatch::Propensity)
}

/// Whether an experiment that is bound to the holdout falls back to the exposure's unit type.
fn falls_back(ruleset: &Ruleset<Vec<u8>>, holdout: Holdout<'_>, exposure: &Exposure) -> bool {
    let fallback = ruleset.find_unit_type(&exposure.unit_type);
    let is_bound = |experiment: Experiment<'_>| {
        let mut holdouts = experiment.holdouts().chain(experiment.hold_back());
        holdouts.any(|bound| bound.index() == holdout.index())
    };
    fallback.is_some()
        && ruleset.experiments().any(|experiment| experiment.fallback() == fallback && is_bound(experiment))
}

//! Asking an experiment again.

use super::{Mismatch, is_other_propensity};
use crate::{context::ReplayContext, event::Exposure};
use edgewise_core::{Bucket, Context as _, Experiment, Reason, Ruleset, Silent, Unit};
use std::collections::BTreeMap;

/// In what the experiment's answer differs from what the exposure claims.
pub(super) fn difference(
    ruleset: &Ruleset<Vec<u8>>,
    exposure: &Exposure,
    units: &BTreeMap<String, String>,
) -> Option<Mismatch> {
    let Some(experiment) = ruleset.find_experiment(&exposure.experiment) else {
        return Some(Mismatch::Experiment);
    };
    let context = ReplayContext::new(ruleset, exposure, units);
    if ruleset.unit_types().nth(drawn_by(experiment, &context)) != Some(exposure.unit_type.as_str()) {
        return Some(Mismatch::UnitType);
    }
    if exposure.reason == Reason::Assigned && experiment.epoch() != exposure.epoch {
        return Some(Mismatch::Epoch);
    }
    let answer = experiment.assign(&context, exposure.evaluated_at.as_millisecond(), &mut Silent);
    if answer.reason != exposure.reason || !answer.exposure {
        return Some(Mismatch::Reason);
    }
    if answer.epoch != exposure.epoch {
        return Some(Mismatch::Epoch);
    }
    if answer.bucket.map(Bucket::get) != exposure.bucket {
        return Some(Mismatch::Bucket);
    }
    let variant = answer.variant.and_then(|index| experiment.variant(index));
    let Some(variant) = variant.filter(|variant| variant.id() == exposure.variant) else {
        return Some(Mismatch::Variant);
    };
    // A sticky record's share is that of its own epoch.
    let is_drawn_now = exposure.reason == Reason::Assigned;
    let differs = is_drawn_now && is_other_propensity(exposure, experiment.propensity(variant.index()));
    differs.then_some(Mismatch::Propensity)
}

/// The index of the unit type whose id is drawn for this context.
fn drawn_by(experiment: Experiment<'_>, context: &ReplayContext<'_>) -> usize {
    match (context.unit(experiment.unit_type()), experiment.fallback()) {
        (Unit::Missing, Some(fallback)) => fallback,
        _ => experiment.unit_type(),
    }
}

//! What to say about the rulesets, and about what they drew.

use crate::{
    plan::Plan,
    results::{Severity, Warning, WarningCode},
    verify::{Defective, Rulesets},
};
use edgewise_core::{Experiment, Strategy};
use std::collections::BTreeSet;

/// Whether a version of this run draws calls.
pub(super) fn draws_calls(rulesets: &Rulesets, plan: &Plan, iteration: Option<u32>) -> bool {
    let mut versions =
        rulesets.versions(&plan.experiment).filter(|version| Some(version.iteration()) == iteration);
    versions.any(|version| matches!(version.strategy(), Strategy::Random | Strategy::RoundRobin))
}

/// A unit's calls meet several variants, and a number per unit belongs to none of them.
pub(super) fn calls_drawn(plan: &Plan) -> Warning {
    Warning {
        warning: WarningCode::CallsDrawn,
        severity: Severity::Invalid,
        what: format!(
            "`{}` draws calls, not units: one {} meets several variants",
            plan.experiment, plan.unit
        ),
        why: "a number per unit mixes what all its variants did, so it is no comparison of them",
        action: "draw units, by `strategy: hash`, where units are to be compared; to compare calls, make the call the \
                 experiment's unit and hand in its id as the nonce as well",
    }
}

/// The rulesets committed to a plan; the project's may be another one by now.
pub(super) fn plan_changed(rulesets: &Rulesets, plan: &Plan, iteration: Option<u32>) -> Option<Warning> {
    let versions =
        rulesets.versions(&plan.experiment).filter(|version| Some(version.iteration()) == iteration);
    let committed: BTreeSet<_> = versions.filter_map(Experiment::plan).collect();
    if committed.is_empty() || committed.contains(&plan.digest()) {
        return None;
    }
    Some(Warning {
        warning: WarningCode::PlanChanged,
        severity: Severity::Caution,
        what: format!("the analysis plan of `{}` is not one that its rulesets committed to", plan.experiment),
        why: "a plan that changes after data came in can be made to find anything",
        action: "analyse by the plan that was in force, or start a new iteration with the new one",
    })
}

pub(super) fn defective_rulesets(defective: &[Defective]) -> Option<Warning> {
    let first = defective.first()?;
    Some(Warning {
        warning: WarningCode::DefectiveRulesets,
        severity: Severity::Caution,
        what: format!(
            "{} files among the rulesets are none; {}: {}",
            defective.len(),
            first.file.display(),
            first.error
        ),
        why: "exposures that name them cannot be replayed and do not count",
        action: "put the ruleset back as it was built",
    })
}

//! Flags: who overrides them, their rules, their default.

use super::{assign, draws, flags, id, truth};
use crate::arbitrary::Case;
use edgewise_core::document::{Experiment, FlagRule, State};
use std::cmp::Reverse;

/// What a flag answers: value, source, and the experiment that took the unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FlagAnswer {
    pub(crate) value: String,
    pub(crate) source: String,
    pub(crate) experiment: Option<String>,
}

/// One flag for the case's context and time.
pub(crate) fn evaluate(case: &Case, flag: &str) -> FlagAnswer {
    let mut claims: Vec<&Experiment> = case.document.experiments.iter().collect();
    claims.retain(|experiment| flags(experiment).any(|other| other == flag));
    claims.sort_by_key(|experiment| {
        (experiment.state == State::Graduated, Reverse(experiment.priority), &experiment.id)
    });
    let taken =
        claims.into_iter().find_map(|experiment| Some((experiment, assign(case, experiment).variant?)));
    let experiment = taken.as_ref().map(|(experiment, _)| experiment.id.clone());
    let overridden = taken.and_then(|(experiment, variant)| {
        experiment.variants.iter().find(|arm| arm.id == variant)?.overrides.get(flag).cloned()
    });
    if let Some(value) = overridden {
        return FlagAnswer { value, source: "experiment".into(), experiment };
    }
    let flag = case.document.flags.iter().find(|other| other.id == flag).unwrap();
    let rules = if case.document.switches.flags { &flag.rules[..] } else { &[] };
    match rules.iter().position(|rule| takes(case, &flag.salt, rule)) {
        Some(at) => {
            FlagAnswer { value: flag.rules[at].value.clone(), source: format!("rule {at}"), experiment }
        }
        None => FlagAnswer { value: flag.default.clone(), source: "default".into(), experiment },
    }
}

fn takes(case: &Case, salt: &str, rule: &FlagRule) -> bool {
    let meant = rule.condition.as_ref().is_none_or(|condition| truth(case, condition) == Some(true));
    let rolled_out = |id: String, buckets| draws(&case.document, salt, &id).0 < buckets;
    meant
        && rule.rollout.as_ref().is_none_or(|rollout| {
            id(&case.context, &rollout.unit).is_ok_and(|id| rolled_out(id, rollout.buckets))
        })
}

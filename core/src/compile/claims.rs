//! Which experiments override which flag, in which order, and which of them hide others.

use super::{
    CompileError, Place, Problem,
    layers::Layers,
    order::{find, sorted},
    scope::Scope,
};
use crate::document::{Experiment, State};
use alloc::vec::Vec;
use core::cmp::Reverse;

/// For each flag the experiments, by index, that override it, in the order in which they are asked; and for each
/// experiment those that mask it.
pub(super) struct Claims {
    pub(super) flags: Vec<Vec<usize>>,
    pub(super) masks: Vec<Vec<usize>>,
}

impl Claims {
    pub(super) fn of(scope: &Scope<'_>, layers: &Layers) -> Result<Self, CompileError> {
        let mut claims = Self {
            flags: scope.flags.iter().map(|_| Vec::new()).collect(),
            masks: scope.experiments.iter().map(|_| Vec::new()).collect(),
        };
        for experiment in in_order(scope) {
            claims.add(scope, experiment);
        }
        for (flag, claimants) in scope.flags.iter().zip(&claims.flags) {
            for (place, lower) in claimants.iter().enumerate() {
                for higher in claimants.iter().take(place) {
                    let masks = claims.masks.get_mut(*lower).filter(|masks| !masks.contains(higher));
                    let masked = contend(scope, layers, *higher, *lower, &flag.id)?;
                    if let Some(masks) = masks.filter(|_| masked) {
                        masks.push(*higher);
                    }
                }
            }
        }
        Ok(claims)
    }

    /// Control's flags count as every other variant's.
    fn add(&mut self, scope: &Scope<'_>, index: usize) {
        let Some(experiment) = scope.experiments.get(index) else { return };
        for flag in experiment.variants.iter().flat_map(|variant| variant.overrides.keys()) {
            let claimants =
                find(&scope.flags, |flag| &flag.id, flag).and_then(|flag| self.flags.get_mut(flag));
            if let Some(claimants) = claimants.filter(|claimants| claimants.last() != Some(&index)) {
                claimants.push(index);
            }
        }
    }
}

/// Whether the higher experiment masks the lower. Two that can meet in one unit have to settle it beforehand.
fn contend(
    scope: &Scope<'_>,
    layers: &Layers,
    higher: usize,
    lower: usize,
    flag: &str,
) -> Result<bool, CompileError> {
    let (Some(first), Some(second)) = (scope.experiments.get(higher), scope.experiments.get(lower)) else {
        return Ok(false);
    };
    let problem = |problem: Problem| Err(Place::experiment(&second.id).problem(problem));
    let same_priority = || Problem::SamePriority { flag: flag.into(), by: first.id.clone() };
    if is_graduated(second) {
        // A winner exposes nobody, so a running experiment may take its place unit by unit.
        let both = is_graduated(first) && first.priority == second.priority;
        return if both { problem(same_priority()) } else { Ok(false) };
    }
    // Of different fallbacks different ids are drawn, so one context can be in both.
    let draw_alike =
        first.fallback.is_none() || second.fallback.is_none() || first.fallback == second.fallback;
    if draw_alike && layers.exclude(higher, lower) {
        return Ok(false);
    }
    if !second.allow_masking {
        return problem(Problem::ClaimedTwice { flag: flag.into(), by: first.id.clone() });
    }
    if first.priority == second.priority { problem(same_priority()) } else { Ok(true) }
}

/// Decided experiments last, else by falling priority, else by id.
fn in_order(scope: &Scope<'_>) -> Vec<usize> {
    let rank = |index: usize| {
        let experiment = scope.experiments.get(index)?;
        Some((is_graduated(experiment), Reverse(experiment.priority)))
    };
    sorted(scope.experiments.len(), &|left, right| rank(left).cmp(&rank(right)))
}

fn is_graduated(experiment: &Experiment) -> bool {
    experiment.state == State::Graduated
}

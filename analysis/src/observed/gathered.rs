//! Judged exposures, in the order of their arrival, into first ones and counts.

use super::{
    fallback::Fallbacks,
    judged::{Judged, Judgement},
    others::Others,
};
use crate::{
    assignments::{FirstExposures, Sighting, Trust},
    identities::Identities,
    plan::Plan,
};
use edgewise_core::Digest;
use std::{borrow::Cow, collections::HashSet};

/// What the exposures so far came to.
pub(super) struct Gathered<'i> {
    identities: &'i Identities,
    pub(super) first: FirstExposures,
    pub(super) others: Others,
    pub(super) fallbacks: Fallbacks,
    /// Exposures of calls that are not the experiment's units.
    pub(super) units_of_calls: u64,
    /// The known rulesets that exposures name.
    pub(super) named: HashSet<Digest>,
    /// Rows that call themselves exposures and cannot be read as such.
    pub(super) unreadable: usize,
}

impl<'i> Gathered<'i> {
    pub(super) fn new(identities: &'i Identities, plan: &Plan) -> Self {
        Self {
            identities,
            first: FirstExposures::new(Trust::Verified, plan.dimensions.len()),
            others: Others::default(),
            fallbacks: Fallbacks::default(),
            units_of_calls: 0,
            named: HashSet::new(),
            unreadable: 0,
        }
    }

    pub(super) fn take(&mut self, judgement: Judgement<'_>) {
        match judgement {
            Judgement::Exposure(judged) => self.see(&judged),
            Judgement::OtherIteration { ruleset } => {
                self.named.extend(ruleset);
                self.others.other_iterations += 1;
            }
            Judgement::OtherExperiment => {}
            Judgement::UnknownExperiment(experiment) => self.others.unknown_experiment(experiment, 1),
        }
    }

    pub(super) fn see(&mut self, judged: &Judged<'_>) {
        self.named.extend(judged.ruleset);
        self.units_of_calls += u64::from(judged.is_of_call);
        let unit = match &judged.stood_in {
            None => Cow::Borrowed(judged.unit.as_ref()),
            Some(unit_type) => {
                match self.fallbacks.unit(
                    self.identities,
                    (unit_type, &judged.unit),
                    &judged.variant,
                    judged.ts_us,
                ) {
                    Some(unit) => unit,
                    None => return,
                }
            }
        };
        self.first.see(&Sighting {
            id: judged.id,
            ts_us: judged.ts_us,
            unit: &unit,
            variant: &judged.variant,
            epoch: &judged.epoch,
            bucket: judged.bucket,
            verdict: judged.verdict,
            attributes: &judged.attributes,
            is_bot: judged.is_bot,
            by_fallback: judged.stood_in.is_some(),
            is_bucket_moved: judged.is_bucket_moved,
        });
    }
}

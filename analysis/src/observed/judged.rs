//! What an analysis takes of an exposure: its replay, and what follows from the rulesets and the plan.
//!
//! It depends on nothing else in the log, so that it may be kept for a segment whose content never changes. For whom an
//! id stands that was drawn in place of a unit depends on all of the log, and is told afterwards.

use super::{dimensions, rulesets};
use crate::{
    bots::Bots,
    log::LoggedExposure,
    plan::Plan,
    verify::{MovedBuckets, Rulesets, Verdict},
};
use edgewise_core::{Digest, Experiment, Ruleset};
use std::{borrow::Cow, collections::BTreeSet};
use uuid::Uuid;

/// All that exposures are judged by.
pub(super) struct Judge<'a> {
    rulesets: &'a Rulesets,
    plan: &'a Plan,
    known: &'a BTreeSet<String>,
    bots: &'a Bots,
    /// The newest run is analysed: its units are drawn afresh, so that older runs have nothing to say about it.
    pub(super) iteration: Option<u32>,
    moved: Option<MovedBuckets>,
    draws_calls: bool,
}

/// What an exposure is to the analysis.
pub(super) enum Judgement<'e> {
    /// One of the experiment's.
    Exposure(Judged<'e>),
    /// One of an earlier run.
    OtherIteration {
        /// The ruleset that it names, where that is known.
        ruleset: Option<Digest>,
    },
    /// One of an experiment that is known.
    OtherExperiment,
    /// One of an experiment that nobody knows.
    UnknownExperiment(&'e str),
}

/// An exposure of the experiment.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Judged<'e> {
    pub(crate) id: Uuid,
    pub(crate) ts_us: i64,
    /// The unit, or the id that was drawn in its place.
    pub(crate) unit: Cow<'e, str>,
    /// The type of the id that was drawn in the unit's place.
    pub(crate) stood_in: Option<Cow<'e, str>>,
    pub(crate) variant: Cow<'e, str>,
    pub(crate) epoch: String,
    pub(crate) bucket: Option<u32>,
    pub(crate) verdict: Verdict,
    /// The ruleset that it names, where that is known.
    pub(crate) ruleset: Option<Digest>,
    /// Of each of the plan's dimensions.
    pub(crate) attributes: Vec<Option<String>>,
    pub(crate) is_bot: bool,
    pub(crate) is_bucket_moved: bool,
    /// A call was drawn, and it is not the call that is the unit.
    pub(crate) is_of_call: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        rulesets: &'a Rulesets,
        plan: &'a Plan,
        known: &'a BTreeSet<String>,
        bots: &'a Bots,
    ) -> Self {
        let iteration = rulesets.versions(&plan.experiment).map(Experiment::iteration).max();
        let moved = iteration.map(|iteration| rulesets.moved_buckets(&plan.experiment, iteration));
        let draws_calls = rulesets::draws_calls(rulesets, plan, iteration);
        Self { rulesets, plan, known, bots, iteration, moved, draws_calls }
    }

    /// Changes with anything that exposures are judged by: what was kept under another one is not what would be judged
    /// now. The program's version is among it, since another one may judge otherwise.
    pub(super) fn digest(&self) -> Digest {
        let mut rulesets: Vec<String> =
            self.rulesets.all().map(Ruleset::digest).map(|digest| digest.to_string()).collect();
        rulesets.sort_unstable();
        let bots: BTreeSet<&str> = self.bots.units().collect();
        let Plan { experiment, unit, dimensions, .. } = self.plan;
        let all = (env!("CARGO_PKG_VERSION"), experiment, unit, dimensions, self.known, rulesets, bots);
        // Texts and lists of them: nothing here fails to become JSON.
        Digest::of(&[&serde_json::to_vec(&all).unwrap_or_default()])
    }

    pub(super) fn judge<'e>(&self, logged: &'e LoggedExposure) -> Judgement<'e> {
        let exposure = &logged.exposure;
        if exposure.experiment != self.plan.experiment {
            let is_known =
                self.known.contains(&exposure.experiment) || self.rulesets.know(&exposure.experiment);
            return if is_known {
                Judgement::OtherExperiment
            } else {
                Judgement::UnknownExperiment(&exposure.experiment)
            };
        }
        let verdict = self.rulesets.replay(exposure, &logged.units);
        let ruleset = self.rulesets.holds(exposure.ruleset).then_some(exposure.ruleset);
        if verdict == Verdict::Verified && self.rulesets.iteration(exposure) != self.iteration {
            return Judgement::OtherIteration { ruleset };
        }
        let own = logged.units.get(&self.plan.unit);
        let is_a_call = self.draws_calls && own.is_some() && own == exposure.nonce.as_ref();
        let stood_in = !is_a_call && exposure.unit_type != self.plan.unit;
        Judgement::Exposure(Judged {
            id: logged.id,
            ts_us: logged.ts.as_microsecond(),
            unit: Cow::Borrowed(match own {
                Some(call) if is_a_call => call,
                _ => &exposure.unit,
            }),
            stood_in: stood_in.then_some(Cow::Borrowed(exposure.unit_type.as_str())),
            variant: Cow::Borrowed(&exposure.variant),
            epoch: exposure.epoch.to_string(),
            bucket: exposure.bucket,
            verdict,
            ruleset,
            attributes: dimensions::values(exposure, &self.plan.dimensions),
            is_bot: self.bots.tell(exposure, &logged.units),
            is_bucket_moved: self.moved.as_ref().is_some_and(|moved| moved.hold(exposure.unit.as_bytes())),
            is_of_call: self.draws_calls && !is_a_call,
        })
    }
}

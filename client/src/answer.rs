//! What experiments and flags answer, and why.

use crate::StickyRecord;
use edgewise_core::{Assignment, Experiment, Reason, Variant};

/// What one experiment answers to one context.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The experiment's id, as it was asked for.
    pub experiment: String,
    /// The variant's id; none: `reason` says why.
    pub variant: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The unit's variant bucket, 0 to 999,999; none: it did not come to one draw.
    pub bucket: Option<u32>,
    /// Whether using this answer is an exposure.
    pub exposure: bool,
    /// With which probability a unit draws this variant, 0 to 1; none: it was not drawn.
    pub propensity: Option<f64>,
    /// What to keep of the unit and hand in again with [`Context::sticky`](crate::Context::sticky); none: the
    /// experiment is not sticky, or drew nobody now.
    pub sticky: Option<StickyRecord>,
}

/// What one flag answers to one context.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagAnswer {
    /// The flag's id, as it was asked for.
    pub flag: String,
    /// The value, as JSON text; none: the ruleset holds no such flag.
    pub json: Option<String>,
    /// Where the value comes from.
    pub reason: FlagReason,
    /// The experiment that claims the flag and took the unit, and its variant, whether or not that names the flag.
    pub experiment: Option<(String, String)>,
}

/// Where a flag's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagReason {
    /// A variant of an experiment that claims the flag.
    Experiment,
    /// The flag's own rule with this index.
    Rule(usize),
    /// The flag's default.
    Default,
    /// The ruleset holds no flag of this id, or there is no ruleset.
    UnknownFlag,
}

impl Answer {
    pub(crate) fn unknown(experiment: &str) -> Self {
        Self {
            experiment: experiment.to_owned(),
            variant: None,
            reason: Reason::UnknownExperiment,
            bucket: None,
            exposure: false,
            propensity: None,
            sticky: None,
        }
    }

    pub(crate) fn new(experiment: Experiment<'_>, answer: &Assignment) -> Self {
        let variant = answer.variant.and_then(|index| experiment.variant(index)).map(Variant::id);
        let drawn = answer.reason == Reason::Assigned;
        let kept = variant.filter(|_| drawn && experiment.is_sticky());
        Self {
            experiment: experiment.id().to_owned(),
            variant: variant.map(str::to_owned),
            reason: answer.reason,
            bucket: answer.bucket.map(edgewise_core::Bucket::get),
            exposure: answer.exposure,
            propensity: answer.variant.filter(|_| drawn).map(|variant| experiment.propensity(variant)),
            sticky: kept.map(|variant| StickyRecord {
                experiment: experiment.id().to_owned(),
                iteration: experiment.iteration(),
                variant: variant.to_owned(),
                epoch: answer.epoch.to_string(),
            }),
        }
    }
}

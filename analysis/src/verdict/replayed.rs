//! What the replay of the exposures counted.

use super::{Cohort, cohorts};
use crate::{
    assignments::{Assignments, Counts, Trust, schema},
    error::AnalysisError,
    identities::LinkTable,
    log::Repeats,
    observed::Observed,
    plan::Plan,
    results::SourceKind,
    verify::{Mismatch, Rulesets, Unverifiable, Verdict},
};
use edgewise_core::Experiment;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What the replay of the exposures counted: all that the results take from the exposures themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replayed {
    /// Which run of the experiment was analysed; none for a holdout.
    pub iteration: Option<u32>,
    /// The digests of the rulesets that its exposures name.
    pub rulesets: Vec<String>,
    /// The events that came again and are not among the rows any more.
    pub repeats: Repeats,
    /// The unit types whose ids were followed to the unit that they stand for.
    pub linked: Vec<String>,
    /// The counts.
    pub counts: Counts,
    /// The units, counted by what the results tell apart.
    pub cohorts: Vec<Cohort>,
}

impl Replayed {
    /// What was counted.
    pub fn of(observed: &Observed, plan: &Plan) -> Self {
        Self {
            iteration: observed.iteration,
            rulesets: observed.rulesets.clone(),
            repeats: observed.repeats.clone(),
            linked: observed.links.iter().map(|links| links.unit_type.clone()).collect(),
            counts: observed.assignments.counts.clone(),
            cohorts: cohorts::of_table(&observed.assignments.batches, plan.dimensions.len()),
        }
    }

    /// What an analysis goes on from. The shares are those of the rulesets; exclusions and warnings that only the
    /// exposures give are missing.
    ///
    /// # Errors
    /// Where Arrow cannot hold a table.
    pub(super) fn observed(&self, rulesets: &Rulesets, plan: &Plan) -> Result<Observed, AnalysisError> {
        let newest = rulesets.versions(&plan.experiment).map(Experiment::iteration).max();
        let batches = cohorts::to_table(&self.cohorts, plan)?;
        let links = self.linked.iter().map(|unit_type| LinkTable::empty(unit_type));
        Ok(Observed {
            source: SourceKind::Log,
            trust: Trust::Verified,
            assignments: Assignments {
                schema: schema(plan.dimensions.len()),
                bucket_moved: batches.iter().map(|batch| vec![false; batch.num_rows()].into()).collect(),
                batches,
                counts: self.counts.clone(),
            },
            untriggered: Vec::new(),
            links: links.collect::<Result<_, _>>()?,
            shares: match newest {
                Some(iteration) => rulesets.shares(&plan.experiment, iteration),
                None => rulesets.holdout_shares(&plan.experiment),
            },
            rulesets: self.rulesets.clone(),
            repeats: self.repeats.clone(),
            iteration: newest,
            exclusions: Vec::new(),
            warnings: Vec::new(),
        })
    }
}

/// A verdict in one word or two: `verified`, `mismatched bucket`, `unverifiable no_ruleset`.
impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word = |cause: serde_json::Result<serde_json::Value>| {
            let cause = cause.map_err(serde::ser::Error::custom)?;
            Ok::<_, S::Error>(format!("{} {}", self.as_str(), cause.as_str().unwrap_or_default()))
        };
        let text = match self {
            Self::Verified => self.as_str().to_owned(),
            Self::Mismatched(cause) => word(serde_json::to_value(cause))?,
            Self::Unverifiable(cause) => word(serde_json::to_value(cause))?,
        };
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Verdict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let cause = |cause: &str| serde_json::Value::String(cause.to_owned());
        match text.split_once(' ') {
            None if text == "verified" => Ok(Self::Verified),
            Some(("mismatched", word)) => {
                Mismatch::deserialize(cause(word)).map(Self::Mismatched).map_err(D::Error::custom)
            }
            Some(("unverifiable", word)) => {
                Unverifiable::deserialize(cause(word)).map(Self::Unverifiable).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom(format!("{text:?} is no verdict of a replay"))),
        }
    }
}

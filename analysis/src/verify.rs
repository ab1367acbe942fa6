//! Replaying exposures: the ruleset that an exposure names is asked again, and must answer what the exposure claims.

use crate::{context::ReplayContext, event::Exposure};
use edgewise_core::{Digest, Experiment, Reason, Ruleset, RulesetError, Silent};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
};

/// What a replay found out about an exposure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The ruleset gives the same answer.
    Verified,
    /// The ruleset gives another answer.
    Mismatched(Mismatch),
    /// There is nothing to ask.
    Unverifiable(Unverifiable),
}

impl Verdict {
    /// The word in the table of assignments.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Mismatched(_) => "mismatched",
            Self::Unverifiable(_) => "unverifiable",
        }
    }
}

/// In what the ruleset's answer differs; the first difference in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// The ruleset has no experiment of this id.
    Experiment,
    /// The experiment is drawn by another unit type.
    UnitType,
    /// The experiment's allocation is another one.
    Epoch,
    /// The ruleset assigns nobody like this, at this time.
    Reason,
    /// The unit falls into another bucket.
    Bucket,
    /// The bucket belongs to another variant.
    Variant,
}

/// Why there is nothing to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unverifiable {
    /// The exposure names no ruleset: somebody else's system assigned it.
    NoRuleset,
    /// The ruleset that it names was not kept.
    UnknownRuleset,
}

/// The rulesets that exposures may name, by digest.
#[derive(Debug, Default)]
pub struct Rulesets {
    by_digest: HashMap<Digest, Ruleset<Vec<u8>>>,
    defective: Vec<Defective>,
}

impl Rulesets {
    /// Every `*.edgewise` in a folder. A folder that is not there holds none; files that are no ruleset are
    /// [`defective`](Self::defective).
    ///
    /// # Errors
    /// Where the folder or a file cannot be read.
    pub fn read_folder(folder: &Path) -> io::Result<Self> {
        let mut rulesets = Self::default();
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(rulesets),
            entries => entries?,
        };
        for entry in entries {
            let file = entry?.path();
            if file.extension().is_some_and(|extension| extension == "edgewise")
                && let Err(error) = rulesets.insert(std::fs::read(&file)?)
            {
                rulesets.defective.push(Defective { file, error });
            }
        }
        rulesets.defective.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(rulesets)
    }

    /// The files that are no rulesets, by name.
    pub fn defective(&self) -> &[Defective] {
        &self.defective
    }

    /// Keeps one more ruleset.
    ///
    /// # Errors
    /// Where the bytes are no ruleset.
    pub fn insert(&mut self, bytes: Vec<u8>) -> Result<Digest, RulesetError> {
        let ruleset = Ruleset::read(bytes)?;
        let digest = ruleset.digest();
        self.by_digest.insert(digest, ruleset);
        Ok(digest)
    }

    /// Every version of an experiment that the rulesets hold.
    pub fn versions<'a>(&'a self, experiment: &'a str) -> impl Iterator<Item = Experiment<'a>> {
        self.by_digest.values().filter_map(move |ruleset| ruleset.find_experiment(experiment))
    }

    /// Asks the ruleset that the exposure names, for the unit, the attributes and the time that the exposure kept.
    pub fn replay(&self, exposure: &Exposure) -> Verdict {
        let Some(ruleset) = self.by_digest.get(&exposure.ruleset) else {
            return Verdict::Unverifiable(Unverifiable::UnknownRuleset);
        };
        match difference(ruleset, exposure) {
            None => Verdict::Verified,
            Some(mismatch) => Verdict::Mismatched(mismatch),
        }
    }

    /// Which run of its experiment a verified exposure belongs to.
    pub fn iteration(&self, exposure: &Exposure) -> Option<u32> {
        Some(self.by_digest.get(&exposure.ruleset)?.find_experiment(&exposure.experiment)?.iteration())
    }

    /// The share of each variant in each epoch of one iteration, among the units that get any variant.
    pub fn shares(&self, experiment: &str, iteration: u32) -> Shares {
        let versions = self.versions(experiment).filter(|version| version.iteration() == iteration);
        versions.map(|version| (version.epoch().to_string(), shares_of(version))).collect()
    }
}

/// Epoch to variant to the probability of being drawn into it, for a unit that is drawn into any.
pub type Shares = BTreeMap<String, BTreeMap<String, f64>>;

/// A file among the rulesets that is none.
#[derive(Debug)]
pub struct Defective {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub error: RulesetError,
}

fn difference(ruleset: &Ruleset<Vec<u8>>, exposure: &Exposure) -> Option<Mismatch> {
    let Some(experiment) = ruleset.find_experiment(&exposure.experiment) else {
        return Some(Mismatch::Experiment);
    };
    if experiment.unit_type_name() != exposure.unit_type {
        return Some(Mismatch::UnitType);
    }
    if experiment.epoch() != exposure.epoch {
        return Some(Mismatch::Epoch);
    }
    let context = ReplayContext::new(ruleset, experiment.unit_type(), &exposure.unit, &exposure.attributes);
    let answer = experiment.assign(&context, exposure.evaluated_at.as_millisecond(), &mut Silent);
    if answer.reason != Reason::Assigned {
        return Some(Mismatch::Reason);
    }
    if answer.bucket.map(edgewise_core::Bucket::get) != Some(exposure.bucket) {
        return Some(Mismatch::Bucket);
    }
    let variant = answer.variant.and_then(|index| experiment.variant(index)).map(edgewise_core::Variant::id);
    (variant != Some(exposure.variant.as_str())).then_some(Mismatch::Variant)
}

fn shares_of(experiment: Experiment<'_>) -> BTreeMap<String, f64> {
    let mut buckets: BTreeMap<String, u32> =
        experiment.variants().map(|variant| (variant.id().to_owned(), 0)).collect();
    for range in experiment.allocation() {
        if let Some(variant) = experiment.variant(range.variant)
            && let Some(width) = buckets.get_mut(variant.id())
        {
            *width += range.end - range.start;
        }
    }
    let allocated: u32 = buckets.values().sum();
    buckets
        .into_iter()
        .map(|(variant, width)| (variant, f64::from(width) / f64::from(allocated.max(1))))
        .collect()
}

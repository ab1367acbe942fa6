//! Replaying exposures: the ruleset that an exposure names is asked again, and must answer what the exposure claims.
//!
//! | exposure | is asked for | and then |
//! |---|---|---|
//! | of an experiment, `assigned` | unit type, epoch, reason, bucket, variant, propensity where it is given | |
//! | of an experiment, `sticky` | the same, with the epoch and the variant of the record that it carries | the unit is drawn again in the ruleset of that epoch |
//! | of a holdout | unit type, epoch, bucket, arm | |
//!
//! An experiment is asked with everything that the exposure carries: ids, attributes, records, nonce, counter. Of a
//! holdout the draw is repeated; which experiment brought the unit to it, the exposure does not say.

mod experiment;
mod holdout;
mod moves;
mod redraw;
mod shares;

pub use moves::MovedBuckets;
pub use shares::Shares;

use crate::event::{Exposure, ExposureKind};
use edgewise_core::{Digest, Epoch, Experiment, Holdout, Reason, Ruleset, RulesetError};
use serde::{Deserialize, Serialize};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// The ruleset has no experiment of this id, or no holdout.
    Experiment,
    /// It is drawn by another unit type: by the fallback's only where the context held no id of the first.
    UnitType,
    /// Its allocation is another one.
    Epoch,
    /// The ruleset assigns nobody like this, at this time, or using its answer is no exposure.
    Reason,
    /// The unit falls into another bucket, or into one where none is claimed.
    Bucket,
    /// The bucket belongs to another variant; of a sticky exposure, the record holds another one.
    Variant,
    /// The variant has another share of the draws.
    Propensity,
    /// The sticky record is of a known allocation, and that one draws the unit into another variant.
    StickyVariant,
    /// The sticky record is of a known ruleset, and that one places the unit by a rule: nothing was drawn.
    StickyPlaced,
}

/// Why there is nothing to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unverifiable {
    /// The exposure names no ruleset: somebody else's system assigned it.
    NoRuleset,
    /// The ruleset that it names was not kept.
    UnknownRuleset,
    /// The ruleset answers by the sticky record, and no ruleset was kept that holds the record's epoch in this
    /// iteration of the experiment.
    StickyEpochUnknown,
}

/// The rulesets that exposures may name, by digest.
#[derive(Debug, Default)]
pub struct Rulesets {
    by_digest: HashMap<Digest, Ruleset<Vec<u8>>>,
    /// Experiment to iteration and epoch to a ruleset that holds it.
    by_epoch: HashMap<String, HashMap<(u32, Epoch), Digest>>,
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
        self.keep(digest, ruleset);
        Ok(digest)
    }

    fn keep(&mut self, digest: Digest, ruleset: Ruleset<Vec<u8>>) {
        for experiment in ruleset.experiments() {
            let epochs = self.by_epoch.entry(experiment.id().to_owned()).or_default();
            epochs.insert((experiment.iteration(), experiment.epoch()), digest);
        }
        self.by_digest.insert(digest, ruleset);
    }

    /// Those of them whose digest is wanted.
    #[must_use]
    pub fn only(self, wanted: impl Fn(Digest) -> bool) -> Self {
        // Anew: of two rulesets that hold an epoch one is known for it, and that may be the one that goes.
        let mut only = Self { defective: self.defective, ..Self::default() };
        for (digest, ruleset) in self.by_digest.into_iter().filter(|(digest, _)| wanted(*digest)) {
            only.keep(digest, ruleset);
        }
        only
    }

    /// Every version of an experiment that the rulesets hold.
    pub fn versions<'a>(&'a self, experiment: &'a str) -> impl Iterator<Item = Experiment<'a>> {
        self.by_digest.values().filter_map(move |ruleset| ruleset.find_experiment(experiment))
    }

    /// Every version of a holdout that the rulesets hold.
    pub fn holdouts<'a>(&'a self, holdout: &'a str) -> impl Iterator<Item = Holdout<'a>> {
        self.by_digest.values().filter_map(move |ruleset| holdout::find(ruleset, holdout))
    }

    /// All of them, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Ruleset<Vec<u8>>> {
        self.by_digest.values()
    }

    /// Whether any ruleset holds an experiment or a holdout of this id.
    pub fn know(&self, id: &str) -> bool {
        self.versions(id).next().is_some() || self.holdouts(id).next().is_some()
    }

    /// Whether the ruleset of this digest was kept.
    pub fn holds(&self, digest: Digest) -> bool {
        self.by_digest.contains_key(&digest)
    }

    /// Asks the ruleset that the exposure names with what the exposure kept. `units` are those of the event: unit type
    /// to id.
    pub fn replay(&self, exposure: &Exposure, units: &BTreeMap<String, String>) -> Verdict {
        let Some(ruleset) = self.by_digest.get(&exposure.ruleset) else {
            return Verdict::Unverifiable(Unverifiable::UnknownRuleset);
        };
        let difference = match exposure.kind {
            ExposureKind::Experiment => experiment::difference(ruleset, exposure, units),
            ExposureKind::Holdout => holdout::difference(ruleset, exposure, units),
        };
        match difference {
            Some(mismatch) => Verdict::Mismatched(mismatch),
            None if exposure.reason == Reason::Sticky => self.replay_record(exposure, units),
            None => Verdict::Verified,
        }
    }

    /// Which run of its experiment a verified exposure belongs to; none where it is a holdout's.
    pub fn iteration(&self, exposure: &Exposure) -> Option<u32> {
        Some(self.by_digest.get(&exposure.ruleset)?.find_experiment(&exposure.experiment)?.iteration())
    }

    /// The share of each variant in each epoch of one iteration, among the units that get any variant.
    pub fn shares(&self, experiment: &str, iteration: u32) -> Shares {
        let versions = self.versions(experiment).filter(|version| version.iteration() == iteration);
        versions.map(|version| (version.epoch().to_string(), shares::of_experiment(version))).collect()
    }

    /// The share of each arm of a holdout in each of its epochs.
    pub fn holdout_shares(&self, holdout: &str) -> Shares {
        let versions = self.holdouts(holdout);
        versions.map(|version| (version.epoch().to_string(), shares::of_holdout(version))).collect()
    }

    /// Draws the unit of a sticky exposure again, in a ruleset of the epoch that its record names.
    fn replay_record(&self, exposure: &Exposure, units: &BTreeMap<String, String>) -> Verdict {
        let drawn_in = self.iteration(exposure).and_then(|iteration| {
            let digest = self.by_epoch.get(&exposure.experiment)?.get(&(iteration, exposure.epoch))?;
            self.by_digest.get(digest)
        });
        match drawn_in {
            None => Verdict::Unverifiable(Unverifiable::StickyEpochUnknown),
            Some(ruleset) => match redraw::difference(ruleset, exposure, units) {
                Some(mismatch) => Verdict::Mismatched(mismatch),
                None => Verdict::Verified,
            },
        }
    }
}

/// A file among the rulesets that is none.
#[derive(Debug)]
pub struct Defective {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub error: RulesetError,
}

/// Shares of the draws are told apart from here on: those of a single draw differ by a bucket, 10⁻⁶, or not at all.
const SHARES_DIFFER_BY: f64 = 1e-9;

/// Whether a claimed propensity is another one.
fn is_other_propensity(exposure: &Exposure, actual: f64) -> bool {
    exposure.propensity.is_some_and(|claimed| (claimed - actual).abs() > SHARES_DIFFER_BY)
}

#[cfg(test)]
mod tests;

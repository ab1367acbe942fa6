//! Two rulesets compared: what changed, and which units get another variant by it.
//!
//! Shares of units are computed, not sampled: an answer depends on the buckets of a few draws, and how many buckets
//! there are of each kind is known exactly. What depends on attributes (who is targeted, who is placed) cannot be
//! counted so; where it changed, the comparison says that it does not know, and a list of units decides.
//!
//! A unit is taken to keep its sticky records: what the old ruleset drew it into, it hands in to the new one.

mod cause;
mod changes;
mod draws;
mod model;
mod records;
mod shares;
mod text;
mod units;

pub use cause::{Cause, Movement};
pub use changes::{AspectChange, Change, Sort};
pub use shares::{Flow, Shares};
pub use text::text;
pub use units::{BadLine, UnitMovement, Units, compare};

use super::contents::Contents;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How two rulesets differ.
#[derive(Clone, Debug, Serialize)]
pub struct Diff {
    /// The old ruleset's digest.
    pub old: String,
    /// The new ruleset's digest.
    pub new: String,
    /// The time of the comparison, in milliseconds since the Unix epoch: ramps, starts and ends go by it.
    pub now: i64,
    /// Whether the seeds differ, so that every draw of every unit is another one.
    pub seed_changed: bool,
    /// What was added, removed and changed.
    pub changes: Vec<Change>,
    /// For each experiment whose units change their variant: how many of them, from which to which, and why.
    pub shares: Vec<Shares>,
    /// The same for a list of units, one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Units>,
}

/// Which experiment of the old ruleset is which one of the new: by id, or by salt where it was renamed.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// New id to old id.
    was: BTreeMap<String, String>,
    /// Old ids that are in the new ruleset no longer, under any name.
    gone: Vec<String>,
    /// New ids that were not in the old ruleset, under any name.
    come: Vec<String>,
}

impl Diff {
    /// Compares what two rulesets hold at a time, in milliseconds since the Unix epoch.
    pub fn of(old: &Contents, new: &Contents, now: i64) -> Self {
        Self {
            old: old.digest.clone(),
            new: new.digest.clone(),
            now,
            seed_changed: old.seed != new.seed,
            changes: changes::changes(old, new),
            shares: shares::shares(old, new, now),
            units: None,
        }
    }

    /// The experiments in which somebody moves or leaves, by the counted shares or in the list of units.
    pub fn disturbed(&self) -> BTreeSet<&str> {
        let disturbs = |movement: Movement| movement != Movement::Enters;
        let counted =
            self.shares.iter().filter(|shares| shares.flows.iter().any(|flow| disturbs(flow.movement)));
        let listed = self.units.iter().flat_map(|units| &units.moved).filter(|unit| disturbs(unit.movement));
        let counted = counted.map(|shares| shares.experiment.as_str());
        counted.chain(listed.map(|unit| unit.experiment.as_str())).collect()
    }

    /// The experiments of which nobody can tell without a list of units whether somebody moves or leaves.
    pub fn undecided(&self) -> Vec<&str> {
        if self.units.is_some() {
            return Vec::new();
        }
        let open = self.shares.iter().filter(|shares| !shares.undecided.is_empty());
        open.map(|shares| shares.experiment.as_str()).collect()
    }
}

impl Pairs {
    fn of(old: &Contents, new: &Contents) -> Self {
        let salts = |contents: &Contents| {
            let salt = |(id, experiment): (&String, &super::contents::Experiment)| {
                (id.clone(), experiment.salt.clone())
            };
            contents.experiments.iter().map(salt).collect()
        };
        Self::by_salt(&salts(old), &salts(new))
    }

    /// Pairs ids that are in both, and the other ones that have one salt.
    fn by_salt(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Self {
        let mut pairs = Self::default();
        let mut left: BTreeMap<&str, &str> = old
            .iter()
            .filter(|(id, _)| !new.contains_key(*id))
            .map(|(id, salt)| (salt.as_str(), id.as_str()))
            .collect();
        for (id, salt) in new {
            let was = if old.contains_key(id) { Some(id.as_str()) } else { left.remove(salt.as_str()) };
            match was {
                Some(was) => drop(pairs.was.insert(id.clone(), was.to_owned())),
                None => pairs.come.push(id.clone()),
            }
        }
        let found: BTreeSet<&String> = pairs.was.values().collect();
        pairs.gone = old.keys().filter(|id| !found.contains(id)).cloned().collect();
        pairs
    }
}

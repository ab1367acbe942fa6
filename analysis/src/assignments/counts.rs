//! What the exposures of an experiment add up to.

use crate::verify::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Variant to epoch to a number of units.
pub type UnitsByEpoch = BTreeMap<String, BTreeMap<String, u64>>;

/// What the exposures of an experiment add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Variant as claimed to verdict to the number of exposures, repetitions left out.
    pub verdicts: BTreeMap<String, BTreeMap<Verdict, u64>>,
    /// Exposures that came with an id that had come before.
    pub repetitions: u64,
    /// Units by their first exposure, whatever its verdict.
    pub claimed: UnitsByEpoch,
    /// Units by their first exposure that counts, bots left out.
    pub admitted: UnitsByEpoch,
    /// Units of which some exposure was refuted by its replay, by the variant of their first exposure.
    pub mismatched: BTreeMap<String, u64>,
    /// Units of which some exposure could not be replayed.
    pub unverifiable: BTreeMap<String, u64>,
    /// Units that were known for bots at their first exposure; they are left out.
    pub bots: BTreeMap<String, u64>,
    /// Units that count, and that a new allocation moved from the variant they were first in to another one.
    pub moved: BTreeMap<String, u64>,
    /// Units that were seen in two variants for any other reason, by the variant of their first exposure.
    pub in_two_variants: BTreeMap<String, u64>,
    /// Of these: units that were drawn twice, once by what stood in for them before they were known.
    pub drawn_twice: BTreeMap<String, u64>,
    /// Units that count in buckets that allocations give to different variants, whether the unit was seen in both or
    /// not.
    pub in_moved_buckets: BTreeMap<String, u64>,
    /// Units that would count, had they triggered; they are left out.
    pub untriggered: BTreeMap<String, u64>,
}

impl Counts {
    /// The units of each variant by their first exposure, over all epochs.
    pub fn claimed_by_variant(&self) -> BTreeMap<String, u64> {
        by_variant(&self.claimed)
    }

    /// The units of each variant that count, over all epochs.
    pub fn admitted_by_variant(&self) -> BTreeMap<String, u64> {
        by_variant(&self.admitted)
    }
}

fn by_variant(units: &UnitsByEpoch) -> BTreeMap<String, u64> {
    units.iter().map(|(variant, by_epoch)| (variant.clone(), by_epoch.values().sum())).collect()
}

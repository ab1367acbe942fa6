//! What the exposures of an experiment add up to.

use crate::verify::Verdict;
use std::collections::BTreeMap;

/// Variant to epoch to a number of units.
pub type UnitsByEpoch = BTreeMap<String, BTreeMap<String, u64>>;

/// What the exposures of an experiment add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Variant as claimed to verdict to the number of exposures, repetitions left out.
    pub verdicts: BTreeMap<String, BTreeMap<Verdict, u64>>,
    /// Exposures that came with an id that had come before.
    pub repetitions: u64,
    /// Units by their first exposure, whatever its verdict.
    pub claimed: UnitsByEpoch,
    /// Units by their first exposure that counts.
    pub admitted: UnitsByEpoch,
    /// Units that count, and that a new allocation moved from the variant they were first in to another one.
    pub moved: BTreeMap<String, u64>,
    /// Units that were seen in two variants for any other reason, by the variant of their first exposure.
    pub in_two_variants: BTreeMap<String, u64>,
}

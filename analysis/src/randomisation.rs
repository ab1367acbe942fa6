//! The replay randomisation test: is the difference larger than the allocation alone would make it?
//!
//! The sharp null hypothesis is that a unit's numbers are the same in either variant. Under it nothing but the draw of
//! the variant is random, and that draw can be repeated: whether a unit entered, which layer slot, holdout and
//! prerequisite let it in, when it was first exposed and in which epoch all stay as they were, and its bucket is drawn
//! again over the buckets that its epoch gives to one of the two variants that are compared. The p value needs no
//! distribution, no large sample and no equal variances.
//!
//! Kept as they were are
//! - units of the other variants: the hypothesis says nothing about them;
//! - units whose variant came of no draw of their own epoch's buckets (a sticky record, where the exposure carries no
//!   bucket).
//!
//! The test is [refused](Refusal) where being counted may depend on the variant. It also rests on what no log can show:
//! that whether a unit came to be exposed, and in which epoch, did not depend on its bucket. An allocation that gives
//! buckets to variants in one epoch which had none in the epoch before breaks that, unless it splits them as it splits
//! the others: units that came before were waiting in them. A ramp does not, because entry is a draw of its own.

mod of_metric;
mod refusal;
mod split;
mod statistic;
mod units;

pub use of_metric::{Redrawing, redraw};
pub use refusal::Refusal;
pub use split::{Split, Splits};
pub use statistic::Statistic;
pub use units::{Exposed, UnitNumbers};

use edgewise_core::Digest;
use edgewise_stats::{
    Absent, Alpha,
    resample::{RandomisationTest, Resampling, randomise},
};

/// One comparison, tested by drawing the assignment again.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// What the redraws found, or why the units as they are have no statistic.
    pub test: Result<RandomisationTest, Absent>,
    /// Units whose variant was drawn again.
    pub units_redrawn: u64,
    /// Units of the two variants that kept theirs, because no draw of their epoch gave it to them.
    pub units_kept: u64,
}

/// Tests one variant against the control by redrawing the variants of their units within their epochs.
///
/// # Errors
/// [`Refusal::UnknownAllocation`] where a unit's epoch is in no ruleset that was kept, and [`Refusal::TooLarge`] where
/// the exact sums could not hold the numbers.
pub fn test(
    exposed: &Exposed,
    splits: &Splits,
    statistic: Statistic,
    [control, treatment]: [&str; 2],
    resampling: &Resampling,
    alpha: Alpha,
) -> Result<Tested, Refusal> {
    let pair = exposed.pair(control, treatment, splits)?;
    let observed = statistic.of(&pair.strata_as_they_are());
    let test = observed.and_then(|observed| {
        randomise(observed, |draws| statistic.of(&pair.redrawn(draws)), resampling, alpha)
    });
    Ok(Tested { test, units_redrawn: pair.units_redrawn(), units_kept: pair.units_kept() })
}

/// Seeds have at most 53 bits, so that every reader of JSON keeps them.
const SEED_BITS: u32 = 53;

/// The seed that nobody chose: it follows from the rulesets that drew the units and from the plan, both of which were
/// fixed before the data came in.
pub fn seed(rulesets: &[Digest], plan: Digest) -> u64 {
    let mut sorted = rulesets.to_vec();
    sorted.sort_unstable();
    let bytes: Vec<u8> =
        std::iter::once(plan).chain(sorted).flat_map(edgewise_core::Digest::to_bytes).collect();
    let digest = Digest::of(&[&bytes]).to_bytes();
    let first: [u8; 8] = std::array::from_fn(|place| digest[place]);
    u64::from_le_bytes(first) >> (u64::BITS - SEED_BITS)
}

#[cfg(test)]
mod tests;

//! Trimmed dimensions: levels with few units become one level "other".

use serde::Serialize;

/// The levels of a dimension after the rare ones were merged, by their places in the given list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrimmedLevels {
    /// Levels that stay, in the given order.
    pub kept: Vec<usize>,
    /// Levels that become "other", in the given order.
    pub merged: Vec<usize>,
    /// The units of the merged levels together.
    pub merged_units: u64,
}

/// Merges the levels of a dimension that have fewer than `least` units into one level "other".
///
/// A country with nine units has no comparison of its own, and as a stratum it is left out or costs precision; together
/// the rare ones are a level like others. Counts are those of all variants together, so that a level's fate does not
/// depend on the effect. "Other" is what it is, even if it has fewer than `least` units: see
/// [`merged_units`](TrimmedLevels::merged_units). At most `u64::MAX` merged units are counted.
///
/// ```
/// use edgewise_stats::sharpen::trim_levels;
///
/// let levels = trim_levels(&[5_000, 9, 700, 40], 100);
/// assert_eq!((levels.kept, levels.merged, levels.merged_units), (vec![0, 2], vec![1, 3], 49));
/// ```
pub fn trim_levels(units: &[u64], least: u64) -> TrimmedLevels {
    let (kept, merged): (Vec<usize>, Vec<usize>) = (0..units.len()).partition(|&level| units[level] >= least);
    let merged_units = merged.iter().fold(0, |sum: u64, &level| sum.saturating_add(units[level]));
    TrimmedLevels { kept, merged, merged_units }
}

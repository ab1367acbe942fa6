//! How the units' numbers are spread.

use serde::Serialize;

/// How the units' numbers are spread, on the same bins in all variants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distribution {
    /// The bins, rising, without gaps.
    pub bins: Vec<Bin>,
    /// The variants, the control first.
    pub variants: Vec<VariantDistribution>,
}

/// Numbers from `from` on and below `to`; of the last bin `to` is in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// The least number.
    pub from: f64,
    /// The end.
    pub to: f64,
}

/// One variant's units in the bins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantDistribution {
    /// The variant.
    pub variant: String,
    /// Units in each bin.
    pub units: Vec<u64>,
    /// The median, p75, p90, p95 and p99 of the units' numbers, by nearest rank.
    pub levels: Vec<LevelAt>,
}

/// A quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LevelAt {
    /// The level, such as 0.95.
    pub level: f64,
    /// The number.
    pub value: f64,
}

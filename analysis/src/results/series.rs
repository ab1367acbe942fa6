//! Day by day.

use edgewise_stats::{Interval, Quantity};
use serde::Serialize;
use std::collections::BTreeMap;

/// New units on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitsOfDay {
    /// The day of the first exposure, UTC, as `2026-11-21`.
    pub day: String,
    /// Variant to the units that entered on this day.
    pub new: BTreeMap<String, u64>,
    /// Variant to the units that entered up to this day.
    pub all: BTreeMap<String, u64>,
}

/// One metric over the units that entered on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricDay {
    /// The day of the first exposure, UTC.
    pub day: String,
    /// The variants, the control first: those who entered on this day.
    pub variants: Vec<DayOfVariant>,
    /// The other variants against the control: all who entered up to this day.
    pub cumulative: Vec<CumulativeLift>,
}

/// One variant's units of one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayOfVariant {
    /// The variant.
    pub variant: String,
    /// Units that count.
    pub n: u64,
    /// Their mean or rate.
    pub mean: Quantity,
}

/// One variant against the control over all who entered up to a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CumulativeLift {
    /// The variant.
    pub variant: String,
    /// Units of the variant.
    pub n: u64,
    /// The lift with the interval of a single look.
    pub lift: Quantity,
    /// The lift's confidence sequence: it holds for all days together.
    pub sequence: Option<Interval>,
}

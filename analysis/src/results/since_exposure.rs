//! One metric by the days since the units' first exposure.

use super::{DayOfVariant, estimate};
use edgewise_stats::{Estimate, Quantity, trust::ExposureTrend};
use serde::Serialize;

/// What units do on the first day after their first exposure, on the second, and so on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SinceExposure {
    /// The days, from 0; each over the units for which it has passed.
    pub days: Vec<DaySince>,
    /// Whether the lift changes from day to day, for each variant but the control.
    pub trends: Vec<TrendOfVariant>,
}

/// One day since the first exposure: 0 is the first twenty-four hours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DaySince {
    /// Which one.
    pub day: u32,
    /// The variants, the control first.
    pub variants: Vec<DayOfVariant>,
    /// The other variants against the control.
    pub lifts: Vec<LiftOfDay>,
}

/// One variant against the control on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiftOfDay {
    /// The variant.
    pub variant: String,
    /// Its lift, with the interval of a single look.
    pub lift: Quantity,
}

/// Whether one variant's lift changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrendOfVariant {
    /// The variant.
    pub variant: String,
    /// The change with the logarithm of the days since exposure, its test, and the lifts of earlier and later days.
    #[serde(serialize_with = "estimate::serialize")]
    pub trend: Estimate<ExposureTrend>,
}

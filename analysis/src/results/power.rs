//! What an experiment can find.

use super::{AbsentPart, SequentialMethod};
use serde::Serialize;

/// What the experiment can find on one metric, from the control's own spread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Power {
    /// The smallest relative change that is worth detecting, as the plan says.
    pub minimum_effect: f64,
    /// The probability to detect that change with the units that are in; never at the observed change.
    pub current: Option<f64>,
    /// The relative change that these units detect with 80 %.
    pub detectable: Option<f64>,
    /// Units of each variant, on average over unequal ones, that 80 % need.
    pub units_for_80: Option<u64>,
    /// Units of each variant that 95 % need.
    pub units_for_95: Option<u64>,
    /// Days until 80 % at the pace of new units of the last days, the metric's window included; none where nothing is
    /// lacking or nobody comes.
    pub days_for_80: Option<f64>,
    /// Power by the number of units of each variant.
    pub curve: Vec<CurvePoint>,
    /// What looking early takes, which all of this allows for; none where the metric is judged once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks: Option<PowerLooks>,
    /// What could not be computed, each with its reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<AbsentPart>,
}

/// A point of a power curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Units of each variant.
    pub units: u64,
    /// The power.
    pub power: f64,
}

/// What looking early takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerLooks {
    /// By which method. Power by a confidence sequence is that of crossing it with the units that are named; what
    /// crosses before comes on top.
    pub method: SequentialMethod,
    /// Of a group-sequential design: how many looks are supposed, one a day up to the horizon.
    pub looks: Option<u32>,
    /// The units for 80 % over those of a single look; at least 1.
    pub inflation: Option<f64>,
}

//! Results within the values of an attribute.

use super::MetricResult;
use edgewise_stats::trust::SampleRatio;
use serde::Serialize;

/// The results within the values of one attribute at exposure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dimension {
    /// The attribute.
    pub attribute: String,
    /// Its values, the most frequent first; rare ones are put together as `(other)`.
    pub slices: Vec<Slice>,
}

/// The units that had one value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    /// The value; `(absent)` where the attribute was not there.
    pub value: String,
    /// Units in all.
    pub units: u64,
    /// The sample-ratio test within.
    pub sample_ratio: SampleRatio,
    /// The metrics, in the plan's order, without days and distribution.
    pub metrics: Vec<MetricResult>,
}

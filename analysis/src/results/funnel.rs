//! How far units come.

use super::MetricComparison;
use edgewise_stats::Quantity;
use serde::Serialize;

/// An ordered funnel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Funnel {
    /// The steps, in their order.
    pub steps: Vec<FunnelStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunnelStep {
    /// Its name.
    pub step: String,
    /// The variants, the control first.
    pub variants: Vec<StepOfVariant>,
    /// The share that comes here of those who came to the step before it (of the first: of all units), compared with
    /// the control.
    pub comparisons: Vec<MetricComparison>,
}

/// One variant at one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepOfVariant {
    /// The variant.
    pub variant: String,
    /// Units that came here.
    pub units: u64,
    /// Units that came to the step before it and not here.
    pub dropped: u64,
    /// The share of those who came to the step before it; of the first step, of all units.
    pub of_the_step_before: Quantity,
    /// The share of all units.
    pub of_all: Quantity,
}

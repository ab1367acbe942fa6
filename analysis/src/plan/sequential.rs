//! Looking before the end.

use serde::{Deserialize, Serialize};

/// How an experiment may be looked at before its horizon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "method", deny_unknown_fields)]
pub enum SequentialPlan {
    /// At any time, as often as one likes: confidence sequences and always-valid p values.
    Anytime {
        /// The number of units in all at which the sequence is tightest.
        tightest_at: u64,
    },
    /// At looks that spend alpha, by the share of the planned units that are in.
    GroupSequential {
        /// How alpha is spent.
        spending: SpendingFunction,
        /// Units in all at the horizon.
        planned_units: u64,
    },
}

/// How alpha is spent over the looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpendingFunction {
    /// Little at first: Lan and DeMets (1983), like O'Brien and Fleming.
    ObrienFleming,
    /// Evenly: Lan and DeMets (1983), like Pocock.
    Pocock,
    /// Hwang, Shih and DeCani (1990), with their gamma.
    HwangShihDeCani(f64),
}

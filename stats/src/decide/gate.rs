//! Quality gates: what a result must have before anything is decided on it.

use serde::{Deserialize, Serialize};

/// What a result must have before it may decide.
///
/// Significance is not a gate but the test itself, at the level of the analysis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gates {
    /// Days that the experiment must have run.
    pub days: f64,
    /// Units that each variant must have.
    pub units: u64,
    /// The lift, as a fraction and in the better direction, below which a difference is not worth shipping.
    pub lift: f64,
}

impl Default for Gates {
    /// Seven days (every weekday once), 1,000 units in each variant, a lift of 1 %: what the guides document as defaults.
    fn default() -> Self {
        Self { days: 7.0, units: 1_000, lift: 0.01 }
    }
}

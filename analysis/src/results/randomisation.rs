//! The answer of the replay randomisation test.

use crate::randomisation::{Refusal, Tested};
use edgewise_stats::{Absent, resample::RandomisationTest};
use serde::Serialize;

/// One comparison tested by drawing the variants of its units again, or why it was not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Randomisation {
    /// It was tested.
    Tested {
        /// What the redraws found.
        #[serde(flatten)]
        test: RandomisationTest,
        /// Where the random numbers start; the same seed gives the same redraws.
        seed: u64,
        /// Units whose variant was drawn again.
        units_redrawn: u64,
        /// Units that kept theirs, because no draw of their epoch gave it to them.
        units_kept: u64,
    },
    /// It must not be tested.
    Refused {
        /// A stable word for machines, with what it is about.
        #[serde(flatten)]
        refusal: Refusal,
        /// What was seen, and what to do.
        because: String,
    },
    /// The units as they are have no statistic.
    Absent(Absent),
}

impl Randomisation {
    /// The answer of a test from this seed.
    pub fn of(tested: Result<Tested, Refusal>, seed: u64) -> Self {
        match tested {
            Err(refusal) => Self::Refused { because: refusal.to_string(), refusal },
            Ok(Tested { test: Err(absent), .. }) => Self::Absent(absent),
            Ok(Tested { test: Ok(test), units_redrawn, units_kept }) => {
                Self::Tested { test, seed, units_redrawn, units_kept }
            }
        }
    }
}

//! Planning: how many units, for how long, to see which effect; and, from past units, whether the analysis keeps what it
//! promises.
//!
//! A [`Plan`] is a baseline, a design and perhaps looks and traffic; [`SampleSizeAnswer`] and [`PowerAnswer`] are what is
//! asked of it, [`table`] their text. [`simulation`] randomises past units. These come of a table ([`past`]) or of the
//! project's own log ([`logged`]).

pub mod amount;
pub mod logged;
pub mod past;
pub mod plan;
pub mod power;
pub mod sample_size;
pub mod simulation;
pub mod table;

pub use amount::Amount;
pub use plan::{Plan, PlanningError};
pub use power::PowerAnswer;
pub use sample_size::SampleSizeAnswer;

use edgewise_stats::Estimate;
use serde::{Serialize, Serializer};

/// The version of the layouts of this module's answers. It rises when a field changes its name, place or meaning, not
/// when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// Serialises the value itself, or in its place why there is none.
fn or_absent<T: Serialize, S: Serializer>(estimate: &Estimate<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match estimate {
        Ok(value) => value.serialize(serializer),
        Err(absent) => absent.serialize(serializer),
    }
}

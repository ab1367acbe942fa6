//! The first exposure of each unit, and what was seen on the way to it.

mod counts;
mod days;
mod first;
mod names;
mod record;
mod sighting;
mod table;

pub use counts::{Counts, UnitsByEpoch};
pub use days::day_of;
pub use first::FirstExposures;
pub use sighting::{Sighting, Trust};
pub use table::{attribute_column, schema};

use datafusion::arrow::{array::RecordBatch, datatypes::SchemaRef};

/// One row a unit, and what was counted on the way.
#[derive(Clone, Debug)]
pub struct Assignments {
    /// The columns of [`schema`].
    pub schema: SchemaRef,
    /// The rows, in the order of the units' ids. A unit without an exposure that counts has the verdict of its first.
    pub batches: Vec<RecordBatch>,
    /// What was counted.
    pub counts: Counts,
}

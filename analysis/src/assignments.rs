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

use datafusion::arrow::{
    array::{BooleanArray, RecordBatch},
    compute::{filter_record_batch, not},
    datatypes::SchemaRef,
    error::ArrowError,
};
use std::collections::HashMap;

/// One row a unit, bots left out, and what was counted on the way.
#[derive(Clone, Debug)]
pub struct Assignments {
    /// The columns of [`schema`].
    pub schema: SchemaRef,
    /// The rows, in the order of the units' ids. A unit without an exposure that counts has the verdict of its first.
    pub batches: Vec<RecordBatch>,
    /// Of each batch: the rows whose bucket different allocations gave to different variants.
    pub bucket_moved: Vec<BooleanArray>,
    /// What was counted.
    pub counts: Counts,
}

impl Assignments {
    /// Unit to the moment from which on it counts, in microseconds since the Unix epoch.
    pub fn entries(&self) -> HashMap<&str, i64> {
        let of_batch = |batch| {
            table::units(batch).into_iter().flatten().zip(table::moments(batch).into_iter().flatten())
        };
        let pairs = self.batches.iter().flat_map(of_batch);
        pairs.filter_map(|(unit, moment)| Some((unit?, moment?))).collect()
    }

    /// The rows outside the buckets that different allocations gave to different variants.
    ///
    /// # Errors
    /// Where Arrow cannot hold them.
    pub fn outside_moved_buckets(&self) -> Result<Vec<RecordBatch>, ArrowError> {
        let pairs = self.batches.iter().zip(&self.bucket_moved);
        pairs.map(|(batch, moved)| filter_record_batch(batch, &not(moved)?)).collect()
    }
}

//! The first exposure of each unit, and what was seen on the way to it.

mod counted;
mod counts;
mod days;
mod first;
mod names;
mod record;
mod sighting;
mod table;
mod units;

pub use counts::{Counts, UnitsByEpoch};
pub use days::{DAY_US, day_of};
pub use first::FirstExposures;
pub use sighting::{Sighting, Trust};
pub use table::{UnitRow, attribute_column, schema, unit_rows};

use crate::{engine::Source, identities::with_text_column};
use datafusion::arrow::{
    array::{BooleanArray, RecordBatch},
    compute::{filter_record_batch, not},
    datatypes::SchemaRef,
    error::ArrowError,
};
use std::collections::{BTreeSet, HashMap};

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

    /// The table with columns for so many attributes, null where nobody knows them: other systems tell none.
    ///
    /// # Errors
    /// Where Arrow cannot hold them.
    pub fn with_attributes(self, dimensions: usize) -> Result<Self, ArrowError> {
        let mut table = Source::batches(self.schema, self.batches);
        for index in 0..dimensions {
            table = with_text_column(table, &attribute_column(index))?;
        }
        Ok(Self { schema: table.schema, batches: table.batches, ..self })
    }

    /// The rows outside the buckets that different allocations gave to different variants.
    ///
    /// # Errors
    /// Where Arrow cannot hold them.
    pub fn outside_moved_buckets(&self) -> Result<Vec<RecordBatch>, ArrowError> {
        let pairs = self.batches.iter().zip(&self.bucket_moved);
        pairs.map(|(batch, moved)| filter_record_batch(batch, &not(moved)?)).collect()
    }

    /// The rows of units that entered on one of these days.
    ///
    /// # Errors
    /// Where Arrow cannot hold them.
    pub fn of_days(&self, days: &BTreeSet<&str>) -> Result<Vec<RecordBatch>, ArrowError> {
        let of_batch = |batch| {
            let entered = unit_rows(batch)?.map(|row| Some(days.contains(row.day)));
            filter_record_batch(batch, &entered.collect::<BooleanArray>())
        };
        self.batches.iter().map(of_batch).collect()
    }
}

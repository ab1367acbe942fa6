//! Rows that this process reads by itself, without an engine: a batch at a time, by several readers side by side.

mod copied;
mod source;

pub use copied::Copied;

use crate::{engine::Source, rows::ImportError};
use datafusion::arrow::{array::RecordBatch, datatypes::SchemaRef};
use std::{num::NonZeroUsize, sync::mpsc, thread};

/// A table that can be read without an engine.
pub trait Scan: Send + Sync {
    /// The table's columns.
    fn schema(&self) -> SchemaRef;

    /// At most so many readers, which together give each row once, in no order. Their batches have exactly the columns
    /// of these names, in this order, and in the schema's types; but a text may come in any of Arrow's types of text,
    /// or as a dictionary of them.
    ///
    /// # Errors
    /// Where a file cannot be read, or a column is not there.
    fn readers(&self, columns: &[&str], most: NonZeroUsize) -> Result<Vec<Reader>, ImportError>;
}

/// Some of a table's rows, as they are read.
pub type Reader = Box<dyn Iterator<Item = Result<RecordBatch, ImportError>> + Send>;

/// How many threads this machine runs at the same time.
pub(crate) fn side_by_side() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Reads everything on a thread for each reader, and takes it on this one, in no order.
///
/// # Errors
/// Where a file cannot be read, or `take` says so; nothing more is taken then.
pub fn take_all(
    readers: Vec<Reader>,
    mut take: impl FnMut(&RecordBatch) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let (sender, receiver) = mpsc::sync_channel(readers.len());
    thread::scope(|scope| {
        for mut reader in readers {
            let sender = sender.clone();
            // Whoever takes has stopped at an error where nothing can be sent.
            scope.spawn(move || reader.try_for_each(|batch| sender.send(batch)));
        }
        drop(sender);
        receiver.into_iter().try_for_each(|batch| take(&batch?))
    })
}

/// A table that can be read without an engine, and by one.
pub trait Table: Scan {
    /// Where an engine finds the rows. What is in no form that engines read is written to a temporary copy first, which
    /// is there as long as the table is: an analysis that needs no engine does without it.
    ///
    /// # Errors
    /// Where a file cannot be read, or the copy cannot be written.
    fn source(&self) -> Result<Source, ImportError>;
}

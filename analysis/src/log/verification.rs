//! Checking a sealed segment against its Merkle root.

use super::{
    LogError,
    columns::Columns,
    merkle::{self, Root, Tree},
    sealed::{Batches, Lines, SealedFile},
};
use crate::event::Event;
use datafusion::arrow::{array::RecordBatch, compute::concat_batches, error::ArrowError};
use std::path::{Path, PathBuf};

/// Why a sealed segment is not what was sealed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] LogError),
    /// The file is none that compaction wrote, or its head is damaged.
    #[error("{} is no sealed segment: {reason}", path.display())]
    NotSealed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A row cannot be turned back into the line that was stored.
    #[error("{}: row {row} holds no event that can be read", path.display())]
    NotAnEvent {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: u64,
    },
    /// A column does not say what the event in `raw` says.
    #[error("{}: the column `{column}` does not say what the events say", path.display())]
    ColumnAltered {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// The events hash to another root than the file names.
    #[error(
        "{}: the events give the root {} over {} leaves, and the file was sealed with {} over {}",
        path.display(), computed.hash, computed.leaves, sealed.hash, sealed.leaves
    )]
    RootDiffers {
        /// The file.
        path: PathBuf,
        /// What its events give now.
        computed: Root,
        /// What it names.
        sealed: Root,
    },
}

/// Reads a whole sealed segment: every leaf is hashed anew, the leaves of erased events are taken as they are, and every
/// column is made anew from the event that it was made of. Answers the root, which is the one that the file names.
pub fn verify(path: &Path) -> Result<Root, VerifyError> {
    let not_sealed = |reason: String| VerifyError::NotSealed { path: path.to_owned(), reason };
    let file = SealedFile::open(path)?.map_err(|damaged| not_sealed(damaged.reason))?;
    let schema = file.layout.schema();
    let read = |error: ArrowError| VerifyError::from(LogError::parquet("read", path)(error));
    let mut tree = Tree::default();
    let mut erased = file.footer.erased.iter().peekable();
    let mut row: u64 = 0;
    for batch in Batches::open(path, schema).map_err(LogError::parquet("read", path))? {
        let batch = batch.map_err(read)?;
        let lines = Lines::of(&batch).ok_or_else(|| not_sealed("its columns have other types".to_owned()))?;
        let mut columns = Columns::of(file.layout.clone());
        for at in 0..batch.num_rows() {
            let not_an_event = || VerifyError::NotAnEvent { path: path.to_owned(), row };
            let stored = lines.stored(at).ok_or_else(not_an_event)?;
            let event = Event::from_raw(stored.event).map_err(|_| not_an_event())?;
            let nonce = lines.nonce(at).ok_or_else(not_an_event)?;
            while let Some((_, leaf)) = erased.next_if(|(place, _)| **place == tree.leaves()) {
                tree.push(*leaf);
            }
            tree.push(merkle::leaf(&nonce, stored.received_at, stored.sent_at, stored.event));
            columns.push(&stored, &event, Some(nonce)).map_err(read)?;
            row += 1;
        }
        compare(path, &batch, columns)?;
    }
    for (_, leaf) in erased {
        tree.push(*leaf);
    }
    let (computed, sealed) = (tree.root(), file.footer.root);
    if computed != sealed {
        return Err(VerifyError::RootDiffers { path: path.to_owned(), computed, sealed });
    }
    Ok(sealed)
}

/// Whether the columns of a batch are those that its events make.
fn compare(path: &Path, batch: &RecordBatch, columns: Columns) -> Result<(), VerifyError> {
    let convert = LogError::parquet("convert", path);
    let made = columns.finish().and_then(|gathered| {
        let (schema, batches) = gathered.aligned()?;
        concat_batches(&schema, &batches)
    });
    let made = made.map_err(convert)?;
    let schema = batch.schema();
    let altered = schema
        .fields()
        .iter()
        .find(|field| made.column_by_name(field.name()) != batch.column_by_name(field.name()));
    match altered {
        Some(field) => {
            Err(VerifyError::ColumnAltered { path: path.to_owned(), column: field.name().clone() })
        }
        None => Ok(()),
    }
}

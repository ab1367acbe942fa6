//! Reading a sealed segment's events back, each with its nonce.

use crate::log::{Stored, columns::align, merkle::NONCE_BYTES};
use datafusion::{
    arrow::{
        array::{Array as _, AsArray as _, FixedSizeBinaryArray, RecordBatch, StringArray},
        datatypes::{SchemaRef, TimestampMicrosecondType},
        error::ArrowError,
    },
    parquet::{
        arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
        errors::ParquetError,
    },
};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// What the library panicked on.
pub(super) struct Undecodable;

/// Runs a call into the library whose panics are errors: on some damaged bytes it panics, and one bad sector must not
/// end the process that reads the other files. After an error nobody uses what the call was given.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, Undecodable> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| Undecodable)
}

/// A reader whose panics are errors.
#[derive(Debug)]
pub(crate) struct Guarded(ParquetRecordBatchReader);

impl From<ParquetRecordBatchReader> for Guarded {
    fn from(reader: ParquetRecordBatchReader) -> Self {
        Self(reader)
    }
}

impl Iterator for Guarded {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        guarded(|| self.0.next()).unwrap_or_else(|Undecodable| {
            Some(Err(ArrowError::ParquetError("a page is damaged, so that it cannot be decoded".to_owned())))
        })
    }
}

/// The record batches of a file, with exactly the columns of the schema.
pub(in crate::log) struct Batches {
    reader: Guarded,
    schema: SchemaRef,
}

impl Batches {
    pub(in crate::log) fn open(path: &Path, schema: SchemaRef) -> Result<Self, ParquetError> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()?.into();
        Ok(Self { reader, schema })
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.reader.next()?.and_then(|batch| align(&batch, &self.schema)))
    }
}

/// The columns of a batch that a stored line is made of.
pub(in crate::log) struct Lines<'b> {
    raw: &'b StringArray,
    received_at: &'b [i64],
    sent_at: &'b datafusion::arrow::array::TimestampMicrosecondArray,
    nonce: &'b FixedSizeBinaryArray,
}

impl<'b> Lines<'b> {
    /// Of a batch; none where a column has another type than sealing gives it.
    pub(in crate::log) fn of(batch: &'b RecordBatch) -> Option<Self> {
        Some(Self {
            raw: batch.column_by_name("raw")?.as_string_opt()?,
            received_at: batch
                .column_by_name("received_at")?
                .as_primitive_opt::<TimestampMicrosecondType>()?
                .values(),
            sent_at: batch.column_by_name("sent_at")?.as_primitive_opt::<TimestampMicrosecondType>()?,
            nonce: batch.column_by_name("nonce")?.as_fixed_size_binary_opt()?,
        })
    }

    /// The line of a row as it was stored; none where the row holds no JSON or no time.
    pub(in crate::log) fn stored(&self, row: usize) -> Option<Stored<'b>> {
        let event: &RawValue = serde_json::from_str(self.raw.value(row)).ok()?;
        let sent_at = if self.sent_at.is_valid(row) {
            Some(Timestamp::from_microsecond(self.sent_at.value(row)).ok()?)
        } else {
            None
        };
        let received_at = Timestamp::from_microsecond(*self.received_at.get(row)?).ok()?;
        Some(Stored { received_at, sent_at, event })
    }

    /// The nonce of a row.
    pub(in crate::log) fn nonce(&self, row: usize) -> Option<[u8; NONCE_BYTES]> {
        if self.nonce.is_null(row) {
            return None;
        }
        self.nonce.value(row).try_into().ok()
    }
}

//! A table that engines cannot read, copied for them when one asks.

use super::{Reader, Scan, Table};
use crate::{engine::Source, rows::ImportError};
use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch},
        compute::cast,
        datatypes::SchemaRef,
        error::ArrowError,
    },
    parquet::arrow::ArrowWriter,
};
use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::NamedTempFile;

/// A table that engines cannot read: what asks for its rows as an engine does gets a temporary copy, which goes when
/// this does.
pub struct Copied {
    rows: Arc<dyn Scan>,
    copy: Mutex<Option<NamedTempFile>>,
}

impl Copied {
    /// Nothing copied yet.
    pub fn new(rows: Arc<dyn Scan>) -> Self {
        Self { rows, copy: Mutex::default() }
    }

    fn write(&self) -> Result<NamedTempFile, ImportError> {
        let unmade = |error| ImportError::Io { file: std::env::temp_dir(), error };
        let file = NamedTempFile::new().map_err(unmade)?;
        let schema = self.rows.schema();
        let unwritten = |error: datafusion::parquet::errors::ParquetError| ImportError::Arrow(error.into());
        let reopened = file.reopen().map_err(unmade)?;
        let mut writer = ArrowWriter::try_new(reopened, Arc::clone(&schema), None).map_err(unwritten)?;
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        for reader in self.rows.readers(&columns, NonZeroUsize::MIN)? {
            for batch in reader {
                writer.write(&typed(&batch?, &schema)?).map_err(unwritten)?;
            }
        }
        writer.close().map_err(unwritten)?;
        Ok(file)
    }
}

/// The batch in the schema's own types: texts may come in others.
fn typed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns: Vec<ArrayRef> =
        columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<_, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns)
}

impl Scan for Copied {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    fn readers(&self, columns: &[&str], most: NonZeroUsize) -> Result<Vec<Reader>, ImportError> {
        self.rows.readers(columns, most)
    }
}

impl Table for Copied {
    fn source(&self) -> Result<Source, ImportError> {
        let mut copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match copy.take() {
            Some(file) => file,
            None => self.write()?,
        };
        let files = vec![file.path().to_owned()];
        *copy = Some(file);
        Ok(Source { schema: self.rows.schema(), files, batches: Vec::new() })
    }
}

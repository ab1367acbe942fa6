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
    parquet::{arrow::ArrowWriter, errors::ParquetError},
};
use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, ScopedJoinHandle},
};
use tempfile::NamedTempFile;

/// A table that engines cannot read: what asks for its rows as an engine does gets a temporary copy, which goes when
/// this does.
pub struct Copied {
    rows: Arc<dyn Scan>,
    copy: Mutex<Option<Vec<NamedTempFile>>>,
}

impl Copied {
    /// Nothing copied yet.
    pub fn new(rows: Arc<dyn Scan>) -> Self {
        Self { rows, copy: Mutex::default() }
    }

    /// A file for each reader.
    fn write(&self) -> Result<Vec<NamedTempFile>, ImportError> {
        let schema = self.rows.schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let most = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let readers = self.rows.readers(&columns, most)?;
        thread::scope(|scope| {
            let begin = |reader| scope.spawn(|| write(reader, &schema));
            let writers: Vec<_> = readers.into_iter().map(begin).collect();
            let join = |writer: ScopedJoinHandle<'_, _>| writer.join().unwrap_or_else(|_| Err(stopped()));
            writers.into_iter().map(join).collect()
        })
    }
}

fn write(reader: Reader, schema: &SchemaRef) -> Result<NamedTempFile, ImportError> {
    let unmade = |error| ImportError::Io { file: std::env::temp_dir(), error };
    let unwritten = |error: ParquetError| ImportError::Arrow(error.into());
    let file = NamedTempFile::new().map_err(unmade)?;
    let reopened = file.reopen().map_err(unmade)?;
    let mut writer = ArrowWriter::try_new(reopened, Arc::clone(schema), None).map_err(unwritten)?;
    for batch in reader {
        writer.write(&typed(&batch?, schema)?).map_err(unwritten)?;
    }
    writer.close().map_err(unwritten)?;
    Ok(file)
}

fn stopped() -> ImportError {
    ImportError::Arrow(ArrowError::ExternalError("a reader stopped".into()))
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
        let copied = match copy.take() {
            Some(copied) => copied,
            None => self.write()?,
        };
        let files = copied.iter().map(|file| file.path().to_owned()).collect();
        *copy = Some(copied);
        Ok(Source { schema: self.rows.schema(), files, batches: Vec::new() })
    }
}

//! Imported events as temporary Parquet files, for engines that read files.

use crate::{
    engine::Source,
    rows::ImportError,
    scan::{Reader, Scan},
};
use datafusion::{
    arrow::{array::RecordBatch, compute::cast, datatypes::SchemaRef, error::ArrowError},
    parquet::{arrow::ArrowWriter, errors::ParquetError},
};
use std::{
    num::NonZeroUsize,
    sync::Arc,
    thread::{self, ScopedJoinHandle},
};
use tempfile::NamedTempFile;

/// Temporary files, which go when this does.
#[derive(Debug)]
pub(super) struct Written {
    schema: SchemaRef,
    files: Vec<NamedTempFile>,
}

impl Written {
    /// Writes all rows, a file for each reader.
    ///
    /// # Errors
    /// Where the rows cannot be read, or a file cannot be written.
    pub(super) fn of(scan: &dyn Scan, most: NonZeroUsize) -> Result<Self, ImportError> {
        let schema = scan.schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let readers = scan.readers(&columns, most)?;
        let files = thread::scope(|scope| {
            let begin = |reader| scope.spawn(|| write(reader, &schema));
            let writers: Vec<_> = readers.into_iter().map(begin).collect();
            let join = |writer: ScopedJoinHandle<'_, _>| writer.join().unwrap_or_else(|_| Err(stopped()));
            writers.into_iter().map(join).collect::<Result<_, _>>()
        })?;
        Ok(Self { schema, files })
    }

    /// The files as a table.
    pub(super) fn source(&self) -> Source {
        Source {
            schema: Arc::clone(&self.schema),
            files: self.files.iter().map(|file| file.path().to_owned()).collect(),
            batches: Vec::new(),
        }
    }
}

fn write(reader: Reader, schema: &SchemaRef) -> Result<NamedTempFile, ImportError> {
    let failed = |error| ImportError::Io { file: std::env::temp_dir(), error };
    let file = NamedTempFile::new().map_err(failed)?;
    let reopened = file.reopen().map_err(failed)?;
    let mut writer = ArrowWriter::try_new(reopened, Arc::clone(schema), None).map_err(unwritable)?;
    for batch in reader {
        let batch = batch?;
        let columns = batch.columns().iter().zip(schema.fields());
        let typed = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns = typed.collect::<Result<Vec<_>, _>>()?;
        writer.write(&RecordBatch::try_new(Arc::clone(schema), columns)?).map_err(unwritable)?;
    }
    writer.close().map_err(unwritable)?;
    Ok(file)
}

fn unwritable(error: ParquetError) -> ImportError {
    ImportError::Arrow(ArrowError::from(error))
}

fn stopped() -> ImportError {
    ImportError::Arrow(ArrowError::ExternalError("a reader stopped".into()))
}

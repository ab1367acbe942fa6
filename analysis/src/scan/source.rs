//! Parquet files and batches in memory, read without an engine: each row group by whichever reader is free.

use super::{Reader, Scan, Table};
use crate::{engine::Source, log::Guarded, rows::ImportError};
use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array},
        compute::cast,
        datatypes::{Fields, Schema, SchemaRef},
        error::ArrowError,
    },
    parquet::arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
};
use std::{
    collections::VecDeque,
    fs::File,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Rows of a batch that is read from a file: enough that what is done once a batch costs nothing, few enough that a
/// batch's columns stay in a core's cache.
const ROWS: usize = 1 << 15;

impl Scan for Source {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn readers(&self, columns: &[&str], most: NonZeroUsize) -> Result<Vec<Reader>, ImportError> {
        let fields = columns.iter().map(|column| Ok(Arc::new(self.schema.field_with_name(column)?.clone())));
        let schema = Arc::new(Schema::new(fields.collect::<Result<Fields, ArrowError>>()?));
        let mut parts = VecDeque::new();
        for path in &self.files {
            let file = open(path)?;
            let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(arrow)?;
            let groups = 0..metadata.metadata().num_row_groups();
            parts.extend(groups.map(|group| Part::Group(path.clone(), metadata.clone(), group)));
        }
        parts.extend(self.batches.iter().cloned().map(Part::Batch));
        let readers = most.get().min(parts.len().max(1));
        let parts = Arc::new(Mutex::new(parts));
        let reader = |_| {
            let rows = Rows { parts: Arc::clone(&parts), schema: Arc::clone(&schema), open: None };
            Box::new(rows) as Reader
        };
        Ok((0..readers).map(reader).collect())
    }
}

impl Table for Source {
    fn source(&self) -> Result<Source, ImportError> {
        Ok(self.clone())
    }
}

/// What a reader takes at once.
enum Part {
    /// A row group of a file.
    Group(PathBuf, ArrowReaderMetadata, usize),
    Batch(RecordBatch),
}

/// One of the readers.
struct Rows {
    /// What nobody has taken yet.
    parts: Arc<Mutex<VecDeque<Part>>>,
    schema: SchemaRef,
    open: Option<Guarded>,
}

impl Rows {
    fn group(
        &self,
        path: &Path,
        metadata: ArrowReaderMetadata,
        group: usize,
    ) -> Result<Guarded, ImportError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(open(path)?, metadata);
        let names = self.schema.fields().iter().map(|field| field.name().as_str());
        let mask = ProjectionMask::columns(builder.parquet_schema(), names);
        let builder = builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(ROWS);
        Ok(builder.build().map_err(arrow)?.into())
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.open.as_mut().and_then(Iterator::next) {
                return Some(batch.and_then(|batch| projected(&batch, &self.schema)).map_err(Into::into));
            }
            self.open = None;
            // The lock goes before the part is read.
            let part = self.parts.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match part? {
                Part::Batch(batch) => return Some(projected(&batch, &self.schema).map_err(Into::into)),
                Part::Group(path, metadata, group) => match self.group(&path, metadata, group) {
                    Ok(reader) => self.open = Some(reader),
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }
}

/// The columns of the schema; null where the batch has none.
fn projected(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let column = |name: &str, data_type| match batch.column_by_name(name) {
        Some(column) if column.data_type() == data_type => Ok(Arc::clone(column)),
        Some(column) => cast(column, data_type),
        None => Ok(new_null_array(data_type, rows)),
    };
    let columns = schema.fields().iter().map(|field| column(field.name(), field.data_type()));
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

fn open(path: &Path) -> Result<File, ImportError> {
    File::open(path).map_err(|error| ImportError::Io { file: path.to_owned(), error })
}

fn arrow(error: datafusion::parquet::errors::ParquetError) -> ImportError {
    ImportError::Arrow(error.into())
}

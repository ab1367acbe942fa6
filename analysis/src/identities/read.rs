//! The units that each event names together.

use crate::log::{self, LogError};
use datafusion::{
    arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray},
    parquet::{
        arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
        errors::ParquetError,
    },
};
use std::fs::File;

const UNIT_PREFIX: &str = "unit_";

/// Hands unit types and ids of every event that names two or more types to `visit`.
pub(super) fn visit(source: &log::Source, mut visit: impl FnMut(&[(&str, &str)])) -> Result<(), LogError> {
    for path in source.parquet_files() {
        let unopened = |source| LogError::Io { action: "open", path: path.clone(), source };
        let unread = |source| LogError::Parquet { action: "read", path: path.clone(), source };
        read(File::open(path).map_err(unopened)?, &mut visit).map_err(unread)?;
    }
    source.batches().iter().for_each(|batch| visit_batch(batch, &mut visit));
    Ok(())
}

fn read(file: File, visit: &mut impl FnMut(&[(&str, &str)])) -> Result<(), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let units = names.iter().map(String::as_str).filter(|name| name.starts_with(UNIT_PREFIX));
    let projection = ProjectionMask::columns(builder.parquet_schema(), units);
    for batch in builder.with_projection(projection).build()? {
        visit_batch(&batch?, visit);
    }
    Ok(())
}

fn visit_batch(batch: &RecordBatch, visit: &mut impl FnMut(&[(&str, &str)])) {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    let columns: Vec<(&str, &StringArray)> = fields
        .filter_map(|(field, column)| {
            Some((field.name().strip_prefix(UNIT_PREFIX)?, column.as_string_opt()?))
        })
        .collect();
    let mut units = Vec::with_capacity(columns.len());
    for row in 0..batch.num_rows() {
        units.clear();
        let known = columns.iter().filter(|(_, column)| column.is_valid(row));
        units.extend(known.map(|(name, column)| (*name, column.value(row))));
        if units.len() > 1 {
            visit(&units);
        }
    }
}

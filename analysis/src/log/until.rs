//! A folder as it was at a past moment: without the events that arrived later.

use super::{
    LogError, Repeats, Source,
    sealed::{Guarded, SealedFile},
};
use datafusion::{
    arrow::{
        array::{AsArray as _, BooleanArray, RecordBatch},
        compute::filter_record_batch,
        datatypes::TimestampMicrosecondType,
        error::ArrowError,
    },
    parquet::{
        arrow::{
            ArrowWriter, ProjectionMask,
            arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter},
        },
        basic::{Compression, ZstdLevel},
        errors::ParquetError,
        file::{metadata::ParquetMetaData, properties::WriterProperties, statistics::Statistics},
    },
};
use jiff::Timestamp;
use std::{fs::File, path::Path, sync::Arc};
use tempfile::NamedTempFile;

impl Source {
    /// What had arrived at this moment. What was erased since stays erased, and the events that came again are counted
    /// with the segment that they came in, as a whole.
    ///
    /// # Errors
    /// Where a file cannot be read, or a temporary one cannot be written.
    pub fn until(mut self, moment: Timestamp) -> Result<Self, LogError> {
        let last_us = moment.as_microsecond();
        let mut repeats = Repeats::default();
        for (number, mut file) in std::mem::take(&mut self.sealed.files) {
            match arrived(&file.path, last_us).map_err(LogError::parquet("read", &file.path))? {
                Arrived::Nothing => continue,
                Arrived::All => {}
                Arrived::Some => {
                    let part = part_of(&file, last_us)?;
                    part.path().clone_into(&mut file.path);
                    self.parts_of_files.push(part);
                }
            }
            repeats.merge(&file.footer.repeats);
            self.sealed.files.insert(number, file);
        }
        self.files = self.sealed.files.values().map(|file| file.path.clone()).collect();
        let earlier = |batches: &[RecordBatch]| -> Result<Vec<RecordBatch>, ArrowError> {
            let filtered =
                batches.iter().map(|batch| filter_record_batch(batch, &is_earlier(batch, last_us)?));
            filtered.filter(|batch| batch.as_ref().map_or(true, |batch| batch.num_rows() > 0)).collect()
        };
        let converted = |error| LogError::parquet("convert", self.folder().root())(error);
        let (rest, batches) =
            (earlier(&self.rest.batches).map_err(converted)?, earlier(&self.batches).map_err(converted)?);
        if !batches.is_empty() {
            repeats.merge(&self.repeats_of_rest);
        }
        (self.rest.batches, self.batches, self.repeats) = (rest, batches, repeats);
        Ok(self)
    }
}

/// How much of a file had arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrived {
    All,
    Some,
    Nothing,
}

/// By the file's statistics.
fn arrived(path: &Path, last_us: i64) -> Result<Arrived, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    Ok(match range(builder.metadata()) {
        Some((_, latest)) if latest <= last_us => Arrived::All,
        Some((earliest, _)) if earliest > last_us => Arrived::Nothing,
        _ => Arrived::Some,
    })
}

/// The first and the last arrival; none where a row group does not say them.
fn range(metadata: &ParquetMetaData) -> Option<(i64, i64)> {
    let ranges = metadata.row_groups().iter().map(|group| {
        let column = group.columns().iter().find(|column| column.column_path().string() == "received_at")?;
        match column.statistics()? {
            Statistics::Int64(statistics) => Some((*statistics.min_opt()?, *statistics.max_opt()?)),
            _ => None,
        }
    });
    ranges.reduce(|all, one| {
        let ((earliest, latest), (min, max)) = (all?, one?);
        Some((earliest.min(min), latest.max(max)))
    })?
}

/// The rows of a file that had arrived, with all its columns.
fn part_of(file: &SealedFile, last_us: i64) -> Result<NamedTempFile, LogError> {
    let part = NamedTempFile::new().map_err(LogError::io("make a temporary file for", &file.path))?;
    copy_earlier(&file.path, &part, last_us).map_err(LogError::parquet("read the past of", &file.path))?;
    Ok(part)
}

fn copy_earlier(path: &Path, part: &NamedTempFile, last_us: i64) -> Result<(), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let schema = Arc::clone(builder.schema());
    let when = ProjectionMask::columns(builder.parquet_schema(), ["received_at"]);
    let had_arrived = ArrowPredicateFn::new(when, move |batch| is_earlier(&batch, last_us));
    let quick =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
    let mut writer = ArrowWriter::try_new(part.reopen()?, schema, Some(quick))?;
    let reader = builder.with_row_filter(RowFilter::new(vec![Box::new(had_arrived)])).build()?;
    for batch in Guarded::from(reader) {
        writer.write(&batch?)?;
    }
    writer.close()?;
    Ok(())
}

fn is_earlier(batch: &RecordBatch, last_us: i64) -> Result<BooleanArray, ArrowError> {
    let times = batch
        .column_by_name("received_at")
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| ArrowError::SchemaError("the column `received_at` holds no moments".to_owned()))?;
    Ok(times.iter().map(|time| Some(time.is_some_and(|time| time <= last_us))).collect())
}

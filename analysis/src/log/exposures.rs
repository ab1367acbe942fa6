//! All exposures of a folder, one by one: what verification replays.

use super::{LogError, sealed::Guarded};
use crate::event::{Body, Event, Exposure};
use datafusion::{
    arrow::{
        array::{AsArray as _, BooleanArray, RecordBatch, StringArray},
        datatypes::TimestampMicrosecondType,
        error::ArrowError,
    },
    parquet::{
        arrow::{
            ProjectionMask,
            arrow_reader::{
                ArrowPredicateFn, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowFilter,
            },
        },
        errors::ParquetError,
    },
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    slice,
};
use uuid::Uuid;

/// An exposure as the log has it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedExposure {
    /// The event's id, which no other one has.
    pub id: Uuid,
    /// When it happened, as the column `ts` says.
    pub ts: Timestamp,
    /// When it was stored.
    pub received_at: Timestamp,
    /// Whose event it is.
    pub tenant: Option<String>,
    /// Unit type to id.
    pub units: BTreeMap<String, String>,
    /// What the replay needs.
    pub exposure: Exposure,
}

/// The exposures of a [`Source`](super::Source), in the order of their arrival.
#[derive(Debug)]
pub struct Exposures<'a> {
    files: slice::Iter<'a, PathBuf>,
    batches: slice::Iter<'a, RecordBatch>,
    file: Option<OpenFile<'a>>,
    rows: Option<Rows>,
    unreadable: usize,
}

#[derive(Debug)]
struct OpenFile<'a> {
    path: &'a Path,
    reader: Guarded,
}

/// A batch, and the row that comes next.
#[derive(Debug)]
struct Rows {
    batch: RecordBatch,
    next: usize,
}

impl<'a> Exposures<'a> {
    pub(super) fn new(files: &'a [PathBuf], batches: &'a [RecordBatch]) -> Self {
        Self { files: files.iter(), batches: batches.iter(), file: None, rows: None, unreadable: 0 }
    }

    /// How many rows so far call themselves exposures and cannot be read as such, because somebody else wrote them.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The next batch of rows; none when there are no more.
    fn next_rows(&mut self) -> Result<Option<Rows>, LogError> {
        loop {
            if let Some(OpenFile { path, reader }) = &mut self.file {
                match reader.next() {
                    Some(batch) => {
                        let batch = batch.map_err(LogError::parquet("read", *path))?;
                        return Ok(Some(Rows { batch, next: 0 }));
                    }
                    None => self.file = None,
                }
            } else if let Some(path) = self.files.next() {
                self.file = Some(OpenFile { path, reader: open(path)?.into() });
            } else {
                return Ok(self.batches.next().map(|batch| Rows { batch: batch.clone(), next: 0 }));
            }
        }
    }
}

impl Iterator for Exposures<'_> {
    type Item = Result<LoggedExposure, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.rows.as_mut().and_then(Rows::next) {
                Some(Row::Exposure(exposure)) => return Some(Ok(*exposure)),
                Some(Row::Unreadable) => self.unreadable += 1,
                None => match self.next_rows() {
                    Ok(Some(rows)) => self.rows = Some(rows),
                    Ok(None) => return None,
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }
}

/// A row that calls itself an exposure.
enum Row {
    Exposure(Box<LoggedExposure>),
    Unreadable,
}

impl Rows {
    /// The next row that calls itself an exposure.
    fn next(&mut self) -> Option<Row> {
        let types = strings(&self.batch, "type")?;
        let row = (self.next..self.batch.num_rows()).find(|row| types.value(*row) == "exposure")?;
        self.next = row + 1;
        Some(read_row(&self.batch, row).map_or(Row::Unreadable, |exposure| Row::Exposure(Box::new(exposure))))
    }
}

fn read_row(batch: &RecordBatch, row: usize) -> Option<LoggedExposure> {
    let raw = strings(batch, "raw")?.value(row);
    let Event { id, tenant, units, body: Body::Exposure(exposure), .. } =
        Event::parse(raw.as_bytes()).ok()?
    else {
        return None;
    };
    let (ts, received_at) = (time(batch, "ts", row)?, time(batch, "received_at", row)?);
    Some(LoggedExposure { id, ts, received_at, tenant, units, exposure })
}

fn strings<'a>(batch: &'a RecordBatch, column: &str) -> Option<&'a StringArray> {
    batch.column_by_name(column)?.as_string_opt::<i32>()
}

fn time(batch: &RecordBatch, column: &str, row: usize) -> Option<Timestamp> {
    let times = batch.column_by_name(column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
    Timestamp::from_microsecond(times.value(row)).ok()
}

/// Opens a Parquet file at the rows and columns that exposures need.
fn open(path: &Path) -> Result<ParquetRecordBatchReader, LogError> {
    let file = File::open(path).map_err(LogError::io("open", path))?;
    exposure_rows(file).map_err(LogError::parquet("read", path))
}

fn exposure_rows(file: File) -> Result<ParquetRecordBatchReader, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let columns = |names: &[&str]| ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    let is_exposure = ArrowPredicateFn::new(columns(&["type"]), |batch| {
        let types = strings(&batch, "type")
            .ok_or_else(|| ArrowError::SchemaError("the column `type` is no string column".to_owned()))?;
        Ok(types.iter().map(|name| Some(name == Some("exposure"))).collect::<BooleanArray>())
    });
    let projection = columns(&["type", "ts", "received_at", "raw"]);
    builder.with_projection(projection).with_row_filter(RowFilter::new(vec![Box::new(is_exposure)])).build()
}

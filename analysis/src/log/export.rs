//! Taking events out of a folder, and putting them into another one.

use super::{
    Batch, LogError, NewEvent, Reject, Source, Stored,
    columns::{Gathered, align},
    sealed::{Batches, Lines, SealedFile},
    stored,
};
use crate::event::{Event, EventError, claimed_id};
use datafusion::{
    arrow::{
        array::{AsArray as _, BooleanArray, RecordBatch},
        compute::filter_record_batch,
        datatypes::TimestampMicrosecondType,
        error::ArrowError,
    },
    parquet::{
        arrow::ArrowWriter,
        basic::{Compression, ZstdLevel},
        errors::ParquetError,
        file::properties::WriterProperties,
    },
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::value::RawValue;
use std::io::Write;

/// Arrival days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first one; none for the beginning.
    pub from: Option<Date>,
    /// The last one; none for the end.
    pub to: Option<Date>,
}

impl Days {
    /// Whether a moment lies in them.
    fn hold(self, received_at: Timestamp) -> bool {
        let day = received_at.to_zoned(TimeZone::UTC).date();
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

impl Source {
    /// Writes the events of these arrival days as they stand in a segment, one a line, in the order of arrival:
    /// [`parse_line`] and [`Log::restore`](super::Log::restore) make the same rows of them. Answers how many.
    ///
    /// # Errors
    /// Where a file cannot be read, or `to` cannot be written.
    pub fn export_lines(&self, days: Days, to: &mut impl Write) -> Result<u64, LogError> {
        let mut count = 0;
        let mut text = Vec::new();
        self.for_each_batch(|batch| {
            text.clear();
            let Some(lines) = Lines::of(batch) else { return Ok(()) };
            let stored = (0..batch.num_rows()).filter_map(|row| lines.stored(row));
            for line in stored.filter(|line| days.hold(line.received_at)) {
                let start = stored::line_start(line.received_at, line.sent_at);
                stored::write_line(&mut text, &start, line.event);
                count += 1;
            }
            to.write_all(&text).map_err(LogError::io("write", "the export"))
        })?;
        Ok(count)
    }

    /// Writes the events of these arrival days as one Parquet file with the columns of [`Source::schema`]. Answers how
    /// many.
    ///
    /// # Errors
    /// Where a file cannot be read, or `to` cannot be written.
    pub fn export_parquet(&self, days: Days, to: impl Write + Send) -> Result<u64, LogError> {
        let schema = self.schema();
        let write = LogError::parquet::<ParquetError>("write", "the export");
        let zstd = Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default());
        let properties = WriterProperties::builder().set_compression(zstd).build();
        let mut writer = ArrowWriter::try_new(to, schema.clone(), Some(properties)).map_err(write)?;
        let mut count = 0;
        self.for_each_batch(|batch| {
            let rows = of_days(batch, days).and_then(|batch| align(&batch, &schema));
            let rows = rows.map_err(LogError::parquet("filter", "the export"))?;
            count += rows.num_rows() as u64;
            writer.write(&rows).map_err(LogError::parquet("write", "the export"))
        })?;
        writer.close().map_err(LogError::parquet("write", "the export"))?;
        Ok(count)
    }

    /// Hands over all rows with all columns, in the order of arrival.
    fn for_each_batch(
        &self,
        mut take: impl FnMut(&RecordBatch) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let (files, rest): (_, &Gathered) = self.parts();
        for SealedFile { path, layout, .. } in files {
            let batches = Batches::open(path, layout.schema()).map_err(LogError::parquet("read", path))?;
            for batch in batches {
                take(&batch.map_err(LogError::parquet("read", path))?)?;
            }
        }
        rest.batches.iter().try_for_each(take)
    }
}

/// The rows that arrived on one of the days.
fn of_days(batch: &RecordBatch, days: Days) -> Result<RecordBatch, ArrowError> {
    let times = batch.column_by_name("received_at").and_then(|times| times.as_primitive_opt());
    let times = times.ok_or_else(|| ArrowError::SchemaError("`received_at` is no time".to_owned()))?;
    let times: &datafusion::arrow::array::PrimitiveArray<TimestampMicrosecondType> = times;
    let held = |time: &i64| Timestamp::from_microsecond(*time).is_ok_and(|time| days.hold(time));
    let wanted: BooleanArray = times.values().iter().map(|time| Some(held(time))).collect();
    filter_record_batch(batch, &wanted)
}

/// A line of an export, or of plain events, as it is to be stored.
#[derive(Debug)]
pub struct ImportedLine {
    /// When it was stored first; none for a plain event.
    pub received_at: Option<Timestamp>,
    /// The event alone, or its refusal.
    pub batch: Batch,
}

/// Reads a line that [`Source::export_lines`] wrote, or one that is an event by itself. What is neither comes as a
/// refusal.
pub fn parse_line(line: &[u8]) -> ImportedLine {
    let exported = Stored::parse(line);
    let raw = match &exported {
        Some(stored) => Ok(stored.event),
        None => serde_json::from_slice::<&RawValue>(line),
    };
    let mut batch = Batch {
        sent_at: exported.as_ref().and_then(|stored| stored.sent_at),
        events: Vec::new(),
        rejects: Vec::new(),
    };
    match raw {
        Ok(raw) => match Event::from_raw(raw) {
            Ok(event) => batch.events.push(NewEvent { id: event.id, json: raw.to_owned() }),
            Err(error) => batch.rejects.push(refuse(Some(raw), &error)),
        },
        Err(error) => batch.rejects.push(refuse(None, &EventError::Malformed { reason: error.to_string() })),
    }
    ImportedLine { received_at: exported.map(|stored| stored.received_at), batch }
}

fn refuse(raw: Option<&RawValue>, error: &EventError) -> Reject {
    let kept = raw.filter(|_| !matches!(error, EventError::TooLarge { .. }));
    Reject {
        id: kept.and_then(claimed_id),
        code: error.code(),
        message: error.to_string(),
        json: kept.map(ToOwned::to_owned),
    }
}

//! Sealed segments become Parquet.

use super::{
    Folder, LogError, Stored,
    columns::{Columns, align, schema},
    durable,
    segment::{self, Line, read_lines},
};
use crate::event::Event;
use datafusion::parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
    schema::types::ColumnPath,
};
use jiff::{Timestamp, tz::TimeZone};
use std::{fs::File, path::PathBuf};

/// What became of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// The segment's number.
    pub segment: u64,
    /// The Parquet file; none when there was no readable line.
    pub file: Option<PathBuf>,
    /// How many events it holds.
    pub events: usize,
    /// How many lines could not be read and are put aside.
    pub unreadable: usize,
}

/// Turns a sealed segment into a Parquet file under its arrival day, then removes it.
///
/// Each step is on disk before the next begins: unreadable lines put aside, the file written under another name,
/// renamed, the segment removed. Whenever it stops, doing it again ends in the same files.
pub fn compact(folder: &Folder, number: u64) -> Result<Compacted, LogError> {
    let path = folder.segment(number);
    let contents = read(folder, number)?;
    if !contents.unreadable.is_empty() {
        let aside = folder.torn().join(format!("{number:08}-unreadable.ndjson"));
        durable::create_folder(&folder.torn())?;
        durable::write_whole(&aside, &contents.unreadable)?;
    }
    let mut compacted = Compacted {
        segment: number,
        file: None,
        events: contents.events,
        unreadable: contents.unreadable_lines,
    };
    if let Some(first) = contents.first_received_at {
        let file = folder.parquet(first.to_zoned(TimeZone::UTC).date(), number);
        let unfinished = folder.unfinished_parquet(number);
        write(contents.columns, &unfinished).map_err(LogError::parquet("write", &unfinished))?;
        file.parent().map_or(Ok(()), durable::create_folder)?;
        durable::rename(&unfinished, &file)?;
        compacted.file = Some(file);
    }
    durable::remove(&path)?;
    Ok(compacted)
}

/// What is in a segment.
#[derive(Default)]
struct Contents {
    columns: Columns,
    events: usize,
    first_received_at: Option<Timestamp>,
    unreadable: Vec<u8>,
    unreadable_lines: usize,
}

fn read(folder: &Folder, number: u64) -> Result<Contents, LogError> {
    let path = folder.segment(number);
    let mut contents = Contents::default();
    read_lines(&path, segment::open(&path)?, |line| {
        let (Line::Whole(line) | Line::Unfinished(line)) = line;
        let Some((stored, event)) = read_line(line) else {
            contents.unreadable.extend_from_slice(line);
            contents.unreadable.push(b'\n');
            contents.unreadable_lines += 1;
            return Ok(());
        };
        contents.events += 1;
        contents.first_received_at.get_or_insert(stored.received_at);
        contents.columns.push(&stored, &event).map_err(LogError::parquet("convert", &path))
    })?;
    Ok(contents)
}

/// A stored event, if the line is one.
pub(super) fn read_line(line: &[u8]) -> Option<(Stored<'_>, Event)> {
    let stored = Stored::parse(line)?;
    let event = Event::from_raw(stored.event).ok()?;
    Some((stored, event))
}

/// Writes all rows, and makes them durable.
fn write(columns: Columns, path: &PathBuf) -> Result<(), ParquetError> {
    let (batches, unit_types) = columns.finish()?;
    let schema = schema(&unit_types);
    let mut file = File::create(path)?;
    let mut writer = ArrowWriter::try_new(&mut file, schema.clone(), Some(properties()?))?;
    for batch in &batches {
        writer.write(&align(batch, &schema)?)?;
    }
    writer.close()?;
    Ok(file.sync_all()?)
}

/// Zstandard at its usual level; no dictionaries for what never repeats.
fn properties() -> Result<WriterProperties, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_column_dictionary_enabled(ColumnPath::from("id"), false)
        .set_column_dictionary_enabled(ColumnPath::from("raw"), false);
    Ok(properties.build())
}

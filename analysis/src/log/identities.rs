//! Which units belong together, as events say it.

use super::{
    LogError,
    columns::{Gathered, UNIT_PREFIX},
    sealed::{Guarded, SealedFile},
};
use crate::event::Event;
use datafusion::{
    arrow::{
        array::{Array as _, AsArray as _, RecordBatch, StringArray},
        datatypes::TimestampMicrosecondType,
    },
    parquet::{
        arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
        errors::ParquetError,
    },
};
use jiff::Timestamp;
use std::fs::File;

/// One event that names units of two or more types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// When it happened.
    pub ts: Timestamp,
    /// Whether the event is an `identify`: said on purpose, not seen by the way.
    pub identify: bool,
    /// Unit type and id, by the type.
    pub units: &'a [(&'a str, &'a str)],
}

/// Hands every such event of the files and of the rest to `visit`.
pub(super) fn visit<'a>(
    files: impl Iterator<Item = &'a SealedFile>,
    rest: &Gathered,
    mut visit: impl FnMut(Identity<'_>),
) -> Result<(), LogError> {
    for file in files {
        read(file, &mut visit).map_err(LogError::parquet("read", &file.path))?;
    }
    for batch in &rest.batches {
        visit_batch(batch, rest.left_out.unit_types, &mut visit);
    }
    Ok(())
}

fn read(file: &SealedFile, visit: &mut impl FnMut(Identity<'_>)) -> Result<(), ParquetError> {
    let left_out = file.footer.left_out.unit_types;
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&file.path)?)?;
    let mut names = vec!["type".to_owned(), "ts".to_owned()];
    names.extend(file.layout.unit_types.iter().map(|name| format!("{UNIT_PREFIX}{name}")));
    if left_out {
        names.push("raw".to_owned());
    }
    let projection = ProjectionMask::columns(builder.parquet_schema(), names.iter().map(String::as_str));
    for batch in Guarded::from(builder.with_projection(projection).build()?) {
        visit_batch(&batch?, left_out, visit);
    }
    Ok(())
}

fn visit_batch(batch: &RecordBatch, left_out: bool, visit: &mut impl FnMut(Identity<'_>)) {
    let strings = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let times =
        batch.column_by_name("ts").and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
    let (Some(types), Some(times)) = (strings("type"), times) else { return };
    let schema = batch.schema();
    let columns: Vec<(&str, &StringArray)> = schema
        .fields()
        .iter()
        .filter_map(|field| Some((field.name().strip_prefix(UNIT_PREFIX)?, strings(field.name())?)))
        .collect();
    let raw = if left_out { strings("raw") } else { None };
    for row in 0..batch.num_rows() {
        let Ok(ts) = Timestamp::from_microsecond(times.value(row)) else { continue };
        let identify = types.value(row) == "identify";
        let mut see = |units: &[(&str, &str)]| {
            if units.len() >= 2 {
                visit(Identity { ts, identify, units });
            }
        };
        // Where some types have no column, the event's own text says them all.
        if let Some(event) = raw.and_then(|raw| Event::parse(raw.value(row).as_bytes()).ok()) {
            let named = event.units.iter().map(|(name, id)| (name.as_str(), id.as_str()));
            see(&named.collect::<Vec<_>>());
        } else {
            let known = columns.iter().filter(|(_, column)| column.is_valid(row));
            see(&known.map(|(name, column)| (*name, column.value(row))).collect::<Vec<_>>());
        }
    }
}

//! Erasing a unit: its events go, and the Merkle roots stay as they are.

use super::{
    Compaction, Folder, Limits, Log, LogError,
    columns::UNIT_PREFIX,
    durable, merkle,
    sealed::{self, Batches, Lines, SealedFile, SealedFiles},
};
use crate::event::Event;
use datafusion::{
    arrow::{
        array::{AsArray as _, BooleanArray, RecordBatch},
        compute::{filter_record_batch, not},
        error::ArrowError,
    },
    parquet::errors::ParquetError,
};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// A unit, by its type and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// The type, such as `user`.
    pub unit_type: String,
    /// The id.
    pub id: String,
}

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Events of sealed segments.
    pub events: u64,
    /// The files that were written anew.
    pub files: Vec<PathBuf>,
    /// Lines of refused events, and of pieces that were put aside.
    pub lines: u64,
    /// Files that could not be searched, because they are damaged: look into them by hand.
    pub not_searched: Vec<PathBuf>,
}

/// Erases every event that names one of the units, of a folder that no collector has open.
///
/// Segments are compacted first. A file with such events is written anew without them and without their nonces, and
/// takes the old one's place; their leaves stay, so that the root is as it was. Lines in `rejected*.ndjson` and
/// `torn/` that mention a unit's id go, too. Stopped half way, doing it again erases the rest.
///
/// Units are not followed over `identify`: name every id that the person had.
///
/// # Errors
/// Where a collector has the folder, or a file cannot be read or written.
pub fn erase(root: &Path, units: &BTreeSet<Unit>) -> Result<Erased, LogError> {
    if !root.is_dir() {
        return Err(LogError::NoFolder(root.to_owned()));
    }
    let (mut log, _) = Log::open(root, Limits::default())?;
    let mut compaction = Compaction::new(log.folder().clone());
    for segment in log.take_sealed() {
        compaction.compact(segment)?;
    }
    let folder = log.folder();
    let sealed = SealedFiles::open(folder)?;
    let mut erased = Erased {
        not_searched: sealed.damaged.iter().map(|damaged| damaged.path.clone()).collect(),
        ..Erased::default()
    };
    for (number, file) in &sealed.files {
        let count = erase_in(folder, *number, file, units)?;
        if count > 0 {
            erased.events += count;
            erased.files.push(file.path.clone());
        }
    }
    for path in [folder.rejected(), folder.rejected_before()].into_iter().chain(folder.set_aside()?) {
        if path.extension().is_some_and(|extension| extension == "parquet") {
            erased.not_searched.push(path);
        } else {
            erased.lines += erase_lines(&path, units)?;
        }
    }
    Ok(erased)
}

/// Writes a file anew without the units' events; answers how many there were.
fn erase_in(
    folder: &Folder,
    number: u64,
    file: &SealedFile,
    units: &BTreeSet<Unit>,
) -> Result<u64, LogError> {
    let mut footer = file.footer.clone();
    let (mut kept, mut place, mut count) = (Vec::new(), 0, 0);
    let schema = file.layout.schema();
    let batches = Batches::open(&file.path, schema.clone()).map_err(LogError::parquet("read", &file.path))?;
    for batch in batches {
        let batch = batch.map_err(LogError::parquet("read", &file.path))?;
        let of_units =
            of_units(&batch, file, units).map_err(LogError::parquet("read the units of", &file.path))?;
        let lines = Lines::of(&batch);
        for row in 0..batch.num_rows() {
            while file.footer.erased.contains_key(&place) {
                place += 1;
            }
            if of_units.value(row) {
                let leaf = lines.as_ref().and_then(|lines| {
                    let (stored, nonce) = (lines.stored(row)?, lines.nonce(row)?);
                    Some(merkle::leaf(&nonce, stored.received_at, stored.sent_at, stored.event))
                });
                let no_leaf = || ParquetError::General(format!("row {row} holds no event"));
                let leaf = leaf.ok_or_else(no_leaf).map_err(LogError::parquet("hash", &file.path))?;
                footer.erased.insert(place, leaf);
                count += 1;
            }
            place += 1;
        }
        let keep = not(&of_units).and_then(|keep| filter_record_batch(&batch, &keep));
        kept.push(keep.map_err(LogError::parquet("filter", &file.path))?);
    }
    if count > 0 {
        let unfinished = folder.unfinished_parquet(number);
        sealed::write(&unfinished, &schema, &kept, &footer)?;
        durable::rename(&unfinished, &file.path)?;
    }
    Ok(count)
}

/// Which rows name one of the units.
fn of_units(
    batch: &RecordBatch,
    file: &SealedFile,
    units: &BTreeSet<Unit>,
) -> Result<BooleanArray, ArrowError> {
    let mut found = vec![false; batch.num_rows()];
    for unit in units {
        let column = batch.column_by_name(&format!("{UNIT_PREFIX}{}", unit.unit_type));
        if let Some(ids) = column.and_then(|column| column.as_string_opt::<i32>()) {
            for (found, id) in found.iter_mut().zip(ids) {
                *found |= id == Some(unit.id.as_str());
            }
        } else if file.footer.left_out.unit_types {
            let raw = batch.column_by_name("raw").and_then(|raw| raw.as_string_opt::<i32>());
            let raw = raw.ok_or_else(|| ArrowError::SchemaError("`raw` is no string column".to_owned()))?;
            for (found, text) in found.iter_mut().zip(raw) {
                let event = text.and_then(|text| Event::parse(text.as_bytes()).ok());
                *found |= event.is_some_and(|event| event.units.get(&unit.unit_type) == Some(&unit.id));
            }
        }
    }
    Ok(BooleanArray::from(found))
}

/// Takes the lines out of a file that mention one of the units' ids as a JSON string; answers how many.
fn erase_lines(path: &Path, units: &BTreeSet<Unit>) -> Result<u64, LogError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        bytes => bytes.map_err(LogError::io("read", path))?,
    };
    let ids: Vec<String> =
        units.iter().map(|unit| serde_json::Value::from(unit.id.as_str()).to_string()).collect();
    let mentions = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        ids.iter().any(|id| line.contains(id.as_str()))
    };
    let (gone, kept): (Vec<&[u8]>, Vec<&[u8]>) =
        bytes.split_inclusive(|byte| *byte == b'\n').partition(|line| mentions(line));
    if !gone.is_empty() {
        durable::write_whole(path, &kept.concat())?;
    }
    Ok(gone.len() as u64)
}

//! Reading everything in a folder, with or without a collector at work on it.

use super::{
    Damaged, Exposures, Folder, Identity, LogError, Repeats, Table,
    columns::{Columns, Gathered, align, schema},
    compaction::read_line,
    identities,
    recovery::stored_id,
    sealed::{SealedFile, SealedFiles, Seen},
    segment::{Line, read_lines},
    table,
};
use crate::property::PropertyColumn;
use datafusion::arrow::{array::RecordBatch, datatypes::SchemaRef};
use edgewise_core::Digest;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read as _, Seek as _},
    path::{Path, PathBuf},
    slice,
};
use tempfile::NamedTempFile;
use uuid::Uuid;

/// The events of a data folder as they were when it was opened: Parquet files, and record batches of the rest.
///
/// The ids of all rows are unique, files and batches together: an event that came again, however much later, was
/// dropped when its segment was sealed or is dropped here, and is counted in [`Source::repeats`]. A query needs no
/// `group by id`.
#[derive(Debug)]
pub struct Source {
    folder: Folder,
    pub(super) sealed: SealedFiles,
    pub(super) files: Vec<PathBuf>,
    /// What is not compacted yet, with all columns that a sealed segment has.
    pub(super) rest: Gathered,
    pub(super) batches: Vec<RecordBatch>,
    schema: SchemaRef,
    unit_types: BTreeSet<String>,
    reading: Reading,
    pub(super) repeats: Repeats,
    /// Those of them among the events that are not compacted yet.
    pub(super) repeats_of_rest: Repeats,
    /// The parts of files that are read in place of these.
    pub(super) parts_of_files: Vec<NamedTempFile>,
}

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Compacted segments.
    pub files: usize,
    /// Parquet files that are left out, because they are damaged: see [`Source::damaged`].
    pub damaged: usize,
    /// Segments that are not compacted yet.
    pub segments: usize,
    /// Events in those.
    pub uncompacted: usize,
    /// Events that came again with the id of an earlier one, and were dropped.
    pub repeated: u64,
    /// Lines in segments that are not compacted which are no events: skipped.
    pub unreadable: usize,
    /// Bytes behind the last line break of those: a write under way, or cut short.
    pub unfinished_bytes: usize,
    /// Pieces in `torn/` that recovery and compaction put aside before.
    pub set_aside: usize,
}

impl Source {
    /// Reads the folder's list, its segments, and the heads of its Parquet files; changes nothing.
    pub fn open(root: &Path) -> Result<Self, LogError> {
        if !root.is_dir() {
            return Err(LogError::NoFolder(root.to_owned()));
        }
        let folder = Folder::new(root);
        // Segments first: one that is compacted meanwhile is found as a Parquet file, or is still open here.
        let mut segments = open_segments(&folder)?;
        let sealed = SealedFiles::open(&folder)?;
        segments.retain(|segment| !sealed.files.contains_key(&segment.number));
        let mut reading = Reading {
            files: sealed.files.len(),
            damaged: sealed.damaged.len(),
            set_aside: folder.set_aside()?.len(),
            ..Reading::default()
        };
        let mut repeats = Repeats::default();
        let rest = read_segments(segments, &sealed, &mut repeats, &mut reading)?
            .finish()
            .map_err(LogError::parquet("convert", root))?;
        let repeats_of_rest = repeats.clone();
        let mut unit_types = rest.layout.unit_types.clone();
        for file in sealed.files.values() {
            unit_types.extend(file.layout.unit_types.iter().cloned());
            repeats.merge(&file.footer.repeats);
        }
        reading.repeated = repeats.total();
        let schema = schema(&unit_types);
        let batches = rest.batches.iter().map(|batch| align(batch, &schema)).collect::<Result<_, _>>();
        Ok(Self {
            folder,
            files: sealed.files.values().map(|file| file.path.clone()).collect(),
            sealed,
            batches: batches.map_err(LogError::parquet("convert", root))?,
            rest,
            schema,
            unit_types,
            reading,
            repeats,
            repeats_of_rest,
            parts_of_files: Vec::new(),
        })
    }

    /// The columns of everything: a Parquet file without one of the unit columns has nulls there.
    pub fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    /// The compacted segments, in the order of their arrival.
    pub fn parquet_files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What is not compacted yet, with exactly the columns of [`schema`](Self::schema).
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// The unit types that have a column.
    pub fn unit_types(&self) -> &BTreeSet<String> {
        &self.unit_types
    }

    /// What was read, and what could not be.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The events that came again with the id of an earlier one and are not among the rows, by type and name.
    pub fn repeats(&self) -> &Repeats {
        &self.repeats
    }

    /// The Parquet files that are left out, and why.
    pub fn damaged(&self) -> &[Damaged] {
        &self.sealed.damaged
    }

    /// The data folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whether there are no events at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.batches.is_empty()
    }

    /// All exposures, in the order of their arrival.
    pub fn exposures(&self) -> Exposures<'_> {
        Exposures::new(&self.files, &self.batches)
    }

    /// The exposures segment by segment, in the order of their arrival: first the sealed ones, each with what names its
    /// content, which changes when a unit is erased; then the rest, which has no name.
    pub fn segments(&self) -> impl Iterator<Item = (Option<Digest>, Exposures<'_>)> {
        let is_part = |path: &PathBuf| self.parts_of_files.iter().any(|part| part.path() == path);
        let sealed = self.sealed.files.values().zip(&self.files).map(move |(file, path)| {
            let name = (!is_part(path)).then(|| file.footer.digest());
            (name, Exposures::new(slice::from_ref(path), &[]))
        });
        sealed.chain([(None, Exposures::new(&[], &self.batches))])
    }

    /// Hands `visit` every event that says that units belong together: `identify`, and whatever names two or more unit
    /// types; in the order of arrival. Reads the columns of units alone, where a file has them all.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn identities(&self, visit: impl FnMut(Identity<'_>)) -> Result<(), LogError> {
        identities::visit(self.sealed.files.values(), &self.rest, visit)
    }

    /// The events with a column for each of these properties, as a table for an engine.
    ///
    /// # Errors
    /// Where a file cannot be read, or a temporary one cannot be written.
    pub fn with_properties(&self, wanted: &BTreeSet<PropertyColumn>) -> Result<Table, LogError> {
        table::with_properties(self.sealed.files.values(), &self.rest, &self.unit_types, wanted)
    }

    /// The sealed segments, and what is not compacted yet with all columns that those have.
    pub(super) fn parts(&self) -> (impl Iterator<Item = &SealedFile>, &Gathered) {
        (self.sealed.files.values(), &self.rest)
    }

    /// The bytes of a ruleset that was served, if the folder has it. Whether they are sound is the reader's to check.
    pub fn ruleset(&self, digest: Digest) -> Result<Option<Vec<u8>>, LogError> {
        self.folder.read_ruleset(digest)
    }
}

/// A segment that was listed, and the file unless it was gone by then.
struct OpenSegment {
    number: u64,
    path: PathBuf,
    file: Option<File>,
}

fn open_segments(folder: &Folder) -> Result<Vec<OpenSegment>, LogError> {
    let open = |number| {
        let path = folder.segment(number);
        let file = match fs::File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            file => Some(file.map_err(LogError::io("open", &path))?),
        };
        Ok(OpenSegment { number, path, file })
    };
    folder.segments()?.into_iter().map(open).collect()
}

/// The events of segments that are not compacted, without those whose id came before.
fn read_segments(
    segments: Vec<OpenSegment>,
    sealed: &SealedFiles,
    repeats: &mut Repeats,
    reading: &mut Reading,
) -> Result<Columns, LogError> {
    reading.segments = segments.len();
    let (mut ids, mut files) = (Vec::new(), Vec::new());
    for OpenSegment { path, file, .. } in segments {
        let Some(mut file) = file else { return Err(LogError::Vanished(path)) };
        let whole = scan(&path, &mut file, &mut ids, reading)?;
        files.push((path, file.take(whole)));
    }
    let mut seen = Seen::after(sealed, ids)?;
    let mut columns = Columns::default();
    for (path, file) in files {
        read_lines(&path, file, |line| {
            let (Line::Whole(line) | Line::Unfinished(line)) = line;
            let Some((stored, event)) = read_line(line) else {
                reading.unreadable += 1;
                return Ok(());
            };
            if !seen.is_first(event.id) {
                repeats.add(event.body.type_name(), event.body.name());
                return Ok(());
            }
            reading.uncompacted += 1;
            columns.push(&stored, &event, None).map_err(LogError::parquet("convert", &path))
        })?;
    }
    Ok(columns)
}

/// Collects a segment's ids, and answers how long it is now up to its last line break: what a collector adds meanwhile
/// is for the next reader.
fn scan(path: &Path, file: &mut File, ids: &mut Vec<Uuid>, reading: &mut Reading) -> Result<u64, LogError> {
    let mut whole = 0;
    read_lines(path, &mut *file, |line| {
        match line {
            Line::Unfinished(rest) => reading.unfinished_bytes += rest.len(),
            Line::Whole(line) => {
                whole += line.len() as u64 + 1;
                ids.extend(stored_id(line));
            }
        }
        Ok::<(), LogError>(())
    })?;
    file.rewind().map_err(LogError::io("read", path))?;
    Ok(whole)
}

//! Reading everything in a folder, with or without a collector at work on it.

use super::{
    Exposures, Folder, LogError,
    columns::{Columns, UNIT_PREFIX, align, schema},
    compaction::read_line,
    segment::{Line, read_lines},
};
use datafusion::{
    arrow::{array::RecordBatch, datatypes::SchemaRef},
    parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
};
use edgewise_core::Digest;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The events of a data folder as they were when it was opened: Parquet files, and record batches of the rest.
///
/// An event that a client sent twice may be there twice: drop the second one by its `id`.
#[derive(Debug)]
pub struct Source {
    folder: Folder,
    files: Vec<PathBuf>,
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
    unit_types: BTreeSet<String>,
    reading: Reading,
}

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Compacted segments.
    pub files: usize,
    /// Segments that are not compacted yet.
    pub segments: usize,
    /// Events in those.
    pub uncompacted: usize,
    /// Lines in those that are no events: skipped.
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
        let segments = open_segments(&folder)?;
        let compacted = folder.parquet_files()?;
        let mut reading =
            Reading { files: compacted.len(), set_aside: folder.set_aside()?.len(), ..Reading::default() };
        let mut columns = Columns::default();
        for OpenSegment { number, path, file } in segments {
            match file {
                _ if compacted.contains_key(&number) => {}
                Some(file) => read_segment(&path, file, &mut columns, &mut reading)?,
                None => return Err(LogError::Vanished(path)),
            }
        }
        let (batches, mut unit_types) = columns.finish().map_err(LogError::parquet("convert", root))?;
        for file in compacted.values() {
            unit_types.extend(unit_types_of(file)?);
        }
        let schema = schema(&unit_types);
        let batches = batches.iter().map(|batch| align(batch, &schema)).collect::<Result<_, _>>();
        Ok(Self {
            folder,
            files: compacted.into_values().collect(),
            batches: batches.map_err(LogError::parquet("convert", root))?,
            schema,
            unit_types,
            reading,
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

fn read_segment(
    path: &Path,
    file: File,
    columns: &mut Columns,
    reading: &mut Reading,
) -> Result<(), LogError> {
    reading.segments += 1;
    read_lines(path, file, |line| match line {
        Line::Unfinished(rest) => {
            reading.unfinished_bytes += rest.len();
            Ok(())
        }
        Line::Whole(line) => match read_line(line) {
            None => {
                reading.unreadable += 1;
                Ok(())
            }
            Some((stored, event)) => {
                reading.uncompacted += 1;
                columns.push(&stored, &event).map_err(LogError::parquet("convert", path))
            }
        },
    })
}

/// The unit columns of a Parquet file, which must be one that compaction wrote.
fn unit_types_of(path: &Path) -> Result<BTreeSet<String>, LogError> {
    let file = File::open(path).map_err(LogError::io("open", path))?;
    let head = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
        .map_err(|error| LogError::NotASegment { path: path.to_owned(), reason: error.to_string() })?;
    let given = head.schema();
    let unit_types: BTreeSet<_> = given
        .fields()
        .iter()
        .filter_map(|field| field.name().strip_prefix(UNIT_PREFIX).map(ToOwned::to_owned))
        .collect();
    let expected = schema(&unit_types);
    let missing = expected.fields().iter().find(|field| {
        given.field_with_name(field.name()).map_or(true, |given| given.data_type() != field.data_type())
    });
    match missing {
        None => Ok(unit_types),
        Some(field) => {
            let reason = format!("it has no column `{}` of type {}", field.name(), field.data_type());
            Err(LogError::NotASegment { path: path.to_owned(), reason })
        }
    }
}

//! Sealed segments: the Parquet files of a folder, what their heads say, and which ids they hold.

mod footer;
mod read;
mod write;

pub(super) use footer::Footer;
pub use footer::Repeats;
pub(crate) use read::Guarded;
pub(super) use read::{Batches, Lines};
use read::{Undecodable, guarded};
pub(super) use write::{Nonces, write};

use super::{
    Folder, LogError,
    columns::{Layout, schema},
};
use datafusion::{
    arrow::{array::AsArray as _, datatypes::Schema},
    parquet::{
        arrow::{
            ProjectionMask,
            arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
        },
        errors::ParquetError,
        file::{
            metadata::{ColumnChunkMetaData, ParquetMetaData},
            statistics::Statistics,
        },
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs::File,
    io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// A Parquet file that compaction wrote, as its head describes it.
#[derive(Clone, Debug)]
pub(super) struct SealedFile {
    pub(super) path: PathBuf,
    /// The names that have columns.
    pub(super) layout: Layout,
    pub(super) footer: Footer,
    /// The least and the greatest id; none where the file has no rows.
    ids: Option<(Uuid, Uuid)>,
}

/// A Parquet file that is left out, because it is none that compaction wrote, or is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl SealedFile {
    /// Reads the head of a file.
    pub(super) fn open(path: &Path) -> Result<Result<Self, Damaged>, LogError> {
        let file = File::open(path).map_err(LogError::io("open", path))?;
        let head = match guarded(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())) {
            Ok(Ok(head)) => head,
            Ok(Err(error)) => return Ok(Err(damaged(path, error.to_string()))),
            Err(Undecodable) => return Ok(Err(damaged(path, "its head is damaged".to_owned()))),
        };
        let length = file.metadata().map_err(LogError::io("look at", path))?.len();
        if !is_within(head.metadata(), length) {
            return Ok(Err(damaged(path, "its head names places outside of it".to_owned())));
        }
        let layout = Layout::of(head.schema());
        if let Some(reason) = lacks(head.schema(), &layout) {
            return Ok(Err(damaged(path, reason)));
        }
        let Some(footer) = Footer::of(head.metadata()) else {
            return Ok(Err(damaged(path, "its head does not say how it was sealed".to_owned())));
        };
        Ok(Ok(Self { path: path.to_owned(), layout, footer, ids: id_range(head.metadata()) }))
    }

    /// Those of the ids, which are sorted, that may be in the file by its least and greatest id.
    fn in_range<'i>(&self, ids: &'i [Uuid]) -> &'i [Uuid] {
        let Some((least, greatest)) = self.ids else { return &[] };
        let start = ids.partition_point(|id| *id < least);
        let end = ids.partition_point(|id| *id <= greatest);
        ids.get(start..end).unwrap_or_default()
    }

    /// Puts those of the ids that the file holds into `found`. Asks the file's Bloom filter first, so that the ids are
    /// read only where it is nearly certain that one of them is there.
    fn find(&self, ids: &[Uuid], found: &mut BTreeSet<Uuid>) -> Result<(), LogError> {
        let ids = self.in_range(ids);
        if ids.is_empty() {
            return Ok(());
        }
        let file = File::open(&self.path).map_err(LogError::io("open", &self.path))?;
        find_in(file, ids, found).map_err(LogError::parquet("read the ids of", &self.path))
    }
}

fn damaged(path: &Path, reason: String) -> Damaged {
    Damaged { path: path.to_owned(), reason }
}

/// Whether the places that a head names lie in a file of this length: the library takes them as they are.
fn is_within(metadata: &ParquetMetaData, length: u64) -> bool {
    let within = |start: i64, size: i64| {
        let end = u64::try_from(start).ok().zip(u64::try_from(size).ok());
        end.and_then(|(start, size)| start.checked_add(size)).is_some_and(|end| end <= length)
    };
    let column_within = |column: &ColumnChunkMetaData| {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let filter = column
            .bloom_filter_offset()
            .is_none_or(|start| within(start, column.bloom_filter_length().map_or(0, i64::from)));
        within(start, column.compressed_size())
            && within(column.data_page_offset(), 0)
            && column.num_values() >= 0
            && filter
    };
    metadata.row_groups().iter().all(|group| {
        u64::try_from(group.num_rows()).is_ok_and(|rows| rows <= length)
            && group.columns().iter().all(column_within)
    })
}

/// What a file lacks of the columns that every sealed segment has.
fn lacks(given: &Schema, layout: &Layout) -> Option<String> {
    let expected = schema(&layout.unit_types);
    let missing = expected.fields().iter().find(|field| {
        given.field_with_name(field.name()).map_or(true, |given| given.data_type() != field.data_type())
    });
    missing.map(|field| format!("it has no column `{}` of type {}", field.name(), field.data_type()))
}

/// The least and the greatest id by the statistics; every id there can be where a row group has none.
fn id_range(metadata: &ParquetMetaData) -> Option<(Uuid, Uuid)> {
    let range = |column: &ColumnChunkMetaData| {
        let Some(Statistics::ByteArray(statistics)) = column.statistics() else { return None };
        let id = |bytes: &[u8]| Uuid::try_parse_ascii(bytes).ok();
        Some((id(statistics.min_opt()?.data())?, id(statistics.max_opt()?.data())?))
    };
    let groups = metadata.row_groups().iter().filter(|group| group.num_rows() > 0);
    let ranges = groups
        .filter_map(|group| group.columns().iter().find(|column| column.column_path().string() == "id"));
    ranges
        .map(|column| range(column).unwrap_or((Uuid::nil(), Uuid::max())))
        .reduce(|(least, greatest), (min, max)| (least.min(min), greatest.max(max)))
}

fn find_in(file: File, ids: &[Uuid], found: &mut BTreeSet<Uuid>) -> Result<(), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let Some(column) = builder.parquet_schema().columns().iter().position(|column| column.name() == "id")
    else {
        return Ok(());
    };
    let mut wanted = BTreeSet::new();
    for group in 0..builder.metadata().num_row_groups() {
        let filter = builder.get_row_group_column_bloom_filter(group, column)?;
        let may_hold = |id: &&Uuid| filter.as_ref().is_none_or(|filter| filter.check(text(**id).as_str()));
        wanted.extend(ids.iter().filter(may_hold).copied());
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let projection = ProjectionMask::leaves(builder.parquet_schema(), [column]);
    for batch in Guarded::from(builder.with_projection(projection).build()?) {
        let batch = batch?;
        let Some(texts) = batch.column(0).as_string_opt::<i32>() else { continue };
        found.extend(
            texts.iter().flatten().filter_map(|id| Uuid::try_parse(id).ok()).filter(|id| wanted.contains(id)),
        );
    }
    Ok(())
}

/// An id as its column has it.
fn text(id: Uuid) -> String {
    id.hyphenated().to_string()
}

/// The sealed segments of a folder by their numbers, and the files that are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct SealedFiles {
    pub(super) files: BTreeMap<u64, SealedFile>,
    pub(super) damaged: Vec<Damaged>,
}

impl SealedFiles {
    /// Reads the heads of all files of a folder.
    pub(super) fn open(folder: &Folder) -> Result<Self, LogError> {
        let mut sealed = Self::default();
        sealed.refresh(folder)?;
        Ok(sealed)
    }

    /// Reads the heads of files that are new, and forgets those that are gone. Files are never changed in place by a
    /// process other than the one that holds the lock.
    pub(super) fn refresh(&mut self, folder: &Folder) -> Result<(), LogError> {
        let mut known = std::mem::take(&mut self.files);
        self.damaged.clear();
        for (number, path) in folder.parquet_files()? {
            let file = match known.remove(&number).filter(|file| file.path == path) {
                Some(file) => Ok(file),
                None => match SealedFile::open(&path) {
                    // Its day was given up since the folder was listed.
                    Err(LogError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
                    file => file?,
                },
            };
            match file {
                Ok(file) => _ = self.files.insert(number, file),
                Err(damaged) => self.damaged.push(damaged),
            }
        }
        Ok(())
    }

    /// Those of the ids that are in any file.
    pub(super) fn holding(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<BTreeSet<Uuid>, LogError> {
        let mut ids: Vec<Uuid> = ids.into_iter().collect();
        ids.sort_unstable();
        let mut found = BTreeSet::new();
        for file in self.files.values() {
            file.find(&ids, &mut found)?;
        }
        Ok(found)
    }
}

/// The ids that came before, in sealed segments or in the one that is read.
pub(super) struct Seen {
    sealed: BTreeSet<Uuid>,
    here: HashSet<Uuid>,
}

impl Seen {
    /// For the events of these ids, which come after those of the sealed segments.
    pub(super) fn after(sealed: &SealedFiles, ids: impl IntoIterator<Item = Uuid>) -> Result<Self, LogError> {
        Ok(Self { sealed: sealed.holding(ids)?, here: HashSet::new() })
    }

    /// Whether no event of this id came before; from now on one has.
    pub(super) fn is_first(&mut self, id: Uuid) -> bool {
        !self.sealed.contains(&id) && self.here.insert(id)
    }
}

//! What the replay of sealed segments found, kept between runs: one Parquet file a segment, for each experiment in a
//! folder of its own.
//!
//! A file is named by what its rows were judged by and what names the segment's content, so that another ruleset, another
//! list of bots or an erased unit finds nothing and has the segment read again; and by a digest of itself, so that a
//! damaged file is as good as none.

use super::{State, StateError, state::failed};
use datafusion::{
    arrow::{array::RecordBatch, compute::concat_batches},
    parquet::{
        arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
        basic::{Compression, ZstdLevel},
        errors::ParquetError,
        file::{metadata::KeyValue, properties::WriterProperties},
    },
};
use edgewise_core::Digest;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The version of the files; it is part of their names.
const VERSION: u32 = 1;
/// What the files' names end with.
const EXTENSION: &str = "rows";
/// The key of a file's metadata that what is counted beside the rows stands under.
const COUNTED: &str = "edgewise.exposures";

/// What was kept of one experiment's exposures.
pub(crate) struct Kept {
    folder: PathBuf,
    /// What the exposures are judged by.
    context: Digest,
    /// The files by what they are of.
    files: BTreeMap<String, PathBuf>,
    /// Those that belong to the log as it is.
    used: BTreeSet<PathBuf>,
}

impl State {
    /// What was kept of an experiment's exposures that were judged by this.
    pub(crate) fn exposures(&self, experiment: &str, context: Digest) -> Result<Kept, StateError> {
        let experiment = Digest::of(&[experiment.as_bytes()]);
        let folder = self.folder().join("exposures").join(experiment.to_string());
        fs::create_dir_all(&folder).map_err(failed("make", &folder))?;
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(failed("list", &folder))? {
            let path = entry.map_err(failed("list", &folder))?.path();
            if let Some((of, _)) = names(&path) {
                files.insert(of.to_owned(), path);
            }
        }
        Ok(Kept { folder, context, files, used: BTreeSet::new() })
    }
}

impl Kept {
    /// A segment's rows, and what was counted beside them; none where nothing was kept, or it is damaged.
    pub(crate) fn read_rows(&mut self, content: Digest) -> Result<Option<(RecordBatch, String)>, StateError> {
        let Some(path) = self.files.get(&self.name(content)) else { return Ok(None) };
        let rows = rows_of(path).map_err(failed("read", path))?;
        if rows.is_some() {
            self.used.insert(path.clone());
        }
        Ok(rows)
    }

    /// Keeps a segment's rows, at once or not at all.
    pub(crate) fn write_rows(
        &mut self,
        content: Digest,
        rows: &RecordBatch,
        counted: String,
    ) -> Result<(), StateError> {
        let written = bytes_of(rows, counted).map_err(io::Error::other);
        let bytes = written.map_err(failed("write to", &self.folder))?;
        let name = format!("{}-{}.{EXTENSION}", self.name(content), Digest::of(&[&bytes]));
        let path = self.folder.join(name);
        let unfinished =
            tempfile::NamedTempFile::new_in(&self.folder).map_err(failed("write to", &self.folder))?;
        fs::write(unfinished.path(), bytes).map_err(failed("write", &path))?;
        unfinished.persist(&path).map_err(|error| failed("write", &path)(error.error))?;
        self.used.insert(path);
        Ok(())
    }

    /// Forgets what was not asked for: segments that are gone, and what was judged by something else.
    pub(crate) fn forget_others(self) -> Result<(), StateError> {
        let forgotten = self.files.into_values().filter(|path| !self.used.contains(path));
        forgotten.into_iter().try_for_each(|path| forget(&path))
    }

    /// What a segment's file is of.
    fn name(&self, content: Digest) -> String {
        let version = VERSION.to_le_bytes();
        Digest::of(&[&version, &self.context.to_bytes(), &content.to_bytes()]).to_string()
    }
}

/// What a file is of, and the digest of its bytes; none where it is another program's.
fn names(path: &Path) -> Option<(&str, Digest)> {
    let name = path.file_name()?.to_str()?.strip_suffix(EXTENSION)?.strip_suffix('.')?;
    let (of, digest) = name.split_once('-')?;
    Some((of, digest.parse().ok()?))
}

/// Removes a file; another run may have done so already.
fn forget(path: &Path) -> Result<(), StateError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

fn bytes_of(rows: &RecordBatch, counted: String) -> Result<Vec<u8>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_key_value_metadata(Some(vec![KeyValue::new(COUNTED.to_owned(), counted)]))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), Some(properties))?;
    writer.write(rows)?;
    writer.close()?;
    Ok(bytes)
}

/// The rows of a file; none where its bytes are not those that were written.
fn rows_of(path: &Path) -> io::Result<Option<(RecordBatch, String)>> {
    let is_whole = names(path).map(|(_, digest)| digest) == Some(Digest::of(&[&fs::read(path)?]));
    let file = File::open(path)?;
    Ok(if is_whole { decoded(file) } else { None })
}

fn decoded(file: File) -> Option<(RecordBatch, String)> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
    let pairs = builder.metadata().file_metadata().key_value_metadata()?;
    let counted = pairs.iter().find(|pair| pair.key == COUNTED)?.value.clone()?;
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder.build().ok()?.collect::<Result<_, _>>().ok()?;
    Some((concat_batches(&schema, &batches).ok()?, counted))
}

//! Where things are in a data folder.

use super::LogError;
use edgewise_core::Digest;
use jiff::civil::Date;
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

/// A data folder: names of what is in it, and lists.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at this path, which need not exist.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder's own path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the segments are.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The segment of a number.
    pub fn segment(&self, number: u64) -> PathBuf {
        self.log().join(format!("{number:08}.ndjson"))
    }

    /// Where the compacted segments are, in one folder for each arrival day.
    pub fn events(&self) -> PathBuf {
        self.root.join("events")
    }

    /// The compacted segment of a number that arrived on a day.
    pub fn parquet(&self, day: Date, number: u64) -> PathBuf {
        self.events().join(format!("dt={day}")).join(format!("{number:08}.parquet"))
    }

    /// Where the rulesets are that were served.
    pub fn rulesets(&self) -> PathBuf {
        self.root.join("rulesets")
    }

    /// The ruleset of a digest.
    pub fn ruleset(&self, digest: Digest) -> PathBuf {
        self.rulesets().join(format!("{digest}.edgewise"))
    }

    /// Where unreadable pieces are put.
    pub fn torn(&self) -> PathBuf {
        self.root.join("torn")
    }

    /// The refused events.
    pub fn rejected(&self) -> PathBuf {
        self.root.join("rejected.ndjson")
    }

    /// The refused events before those, once the file had grown to its limit.
    pub fn rejected_before(&self) -> PathBuf {
        self.root.join("rejected.before.ndjson")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Where a compacted segment is written before it gets its name.
    pub(super) fn unfinished_parquet(&self, number: u64) -> PathBuf {
        self.events().join(format!("{number:08}.parquet.tmp"))
    }

    /// Where the Merkle root of a compacted segment is written.
    pub(super) fn root_of(parquet: &Path) -> PathBuf {
        parquet.with_extension("root")
    }

    /// The numbers of the segments, rising.
    pub fn segments(&self) -> Result<Vec<u64>, LogError> {
        let mut numbers: Vec<u64> =
            list(&self.log())?.iter().filter_map(|path| numbered(path, "ndjson")).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The compacted segments by their numbers.
    pub fn parquet_files(&self) -> Result<BTreeMap<u64, PathBuf>, LogError> {
        let mut files = BTreeMap::new();
        for day in list(&self.events())?.into_iter().filter(|path| path.is_dir()) {
            for path in list(&day)? {
                if let Some(number) = numbered(&path, "parquet") {
                    files.insert(number, path);
                }
            }
        }
        Ok(files)
    }

    /// The folders of arrival days, the oldest first.
    pub fn days(&self) -> Result<BTreeMap<Date, PathBuf>, LogError> {
        let day = |path: PathBuf| {
            let day = path.file_name()?.to_str()?.strip_prefix("dt=")?.parse().ok()?;
            path.is_dir().then_some((day, path))
        };
        Ok(list(&self.events())?.into_iter().filter_map(day).collect())
    }

    /// Files among the compacted segments that a crash left unfinished.
    pub(super) fn unfinished(&self) -> Result<Vec<PathBuf>, LogError> {
        let mut paths = list(&self.events())?;
        for day in paths.clone().into_iter().filter(|path| path.is_dir()) {
            paths.extend(list(&day)?);
        }
        paths.retain(|path| path.extension() == Some(OsStr::new("tmp")));
        Ok(paths)
    }

    /// The pieces that were put aside.
    pub fn set_aside(&self) -> Result<Vec<PathBuf>, LogError> {
        list(&self.torn())
    }
}

/// The entries of a folder; none where there is no folder.
fn list(folder: &Path) -> Result<Vec<PathBuf>, LogError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(LogError::io("list", folder))?,
    };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(LogError::io("list", folder))).collect()
}

/// The number in `<number>.<extension>`.
fn numbered(path: &Path, extension: &str) -> Option<u64> {
    let stem = path.file_stem()?.to_str()?;
    let fits =
        path.extension() == Some(OsStr::new(extension)) && stem.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| stem.parse().ok()).flatten()
}

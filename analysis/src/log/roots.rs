//! The Merkle roots of a folder, beside the files that they stand for.

use super::{Folder, LogError, durable, merkle::Root, sealed::SealedFile};
use serde::{Deserialize, Serialize};
use std::{ffi::OsStr, fs, io, path::Path};

/// The root of one sealed segment, as its `.root` file says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRoot {
    /// The segment's number.
    pub segment: u64,
    /// The arrival day's folder and the file, `dt=2026-11-21/00000006.parquet`.
    pub file: String,
    /// The root over its events.
    #[serde(flatten)]
    pub root: Root,
}

impl Folder {
    /// The roots of all sealed segments, by their numbers: what a verdict names the data by.
    ///
    /// # Errors
    /// Where a `.root` file is missing or unreadable.
    pub fn roots(&self) -> Result<Vec<SegmentRoot>, LogError> {
        self.parquet_files()?.values().map(|file| read(&Self::root_of(file))).collect()
    }

    /// Writes the roots of files that lack theirs.
    pub(super) fn complete_roots(&self) -> Result<(), LogError> {
        for path in self.parquet_files()?.into_values().filter(|path| !Self::root_of(path).is_file()) {
            // A file that cannot be read has no root to say.
            if let Ok(file) = SealedFile::open(&path)? {
                write_root(&path, file.footer.root)?;
            }
        }
        Ok(())
    }
}

/// Writes the root of a file beside it.
pub(super) fn write_root(parquet: &Path, root: Root) -> Result<(), LogError> {
    let path = Folder::root_of(parquet);
    let name = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let day = name(parquet.parent().and_then(Path::file_name));
    let number = parquet.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
    let root = SegmentRoot {
        segment: number.unwrap_or_default(),
        file: format!("{day}/{}", name(parquet.file_name())),
        root,
    };
    let mut line = serde_json::to_vec(&root)
        .map_err(|error| LogError::io("describe the root for", &path)(error.into()))?;
    line.push(b'\n');
    durable::write_whole(&path, &line)
}

fn read(path: &Path) -> Result<SegmentRoot, LogError> {
    let bytes = fs::read(path).map_err(LogError::io("read", path))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| LogError::io("read", path)(io::Error::new(io::ErrorKind::InvalidData, error)))
}

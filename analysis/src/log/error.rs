//! What can go wrong with the folder.

use datafusion::parquet::errors::ParquetError;
use std::{io, path::PathBuf};

/// Why the log cannot be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The folder to read is not there.
    #[error("{} is not a data folder: `edgewise serve --data` makes one, or name another", .0.display())]
    NoFolder(PathBuf),
    /// Another process has the folder open for writing.
    #[error(
        "the data folder {} is in use by another collector or command: stop that one, or name another folder with --data",
        .0.display()
    )]
    InUse(PathBuf),
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A Parquet file cannot be written or read.
    #[error("cannot {action} {}: {source}", path.display())]
    Parquet {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the Parquet library says.
        source: ParquetError,
    },
    /// A segment was listed and is gone, and no Parquet file took its place.
    #[error("the segment {} disappeared while it was read: was the folder changed by hand?", .0.display())]
    Vanished(PathBuf),
}

impl LogError {
    /// For `map_err`: the file system refused `action` on `path`.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.into(), source }
    }

    /// For `map_err`: the Parquet library refused `action` on `path`.
    pub(super) fn parquet<E: Into<ParquetError>>(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Parquet { action, path: path.into(), source: source.into() }
    }
}

//! Files that are on disk when a function returns.

use super::LogError;
use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

/// Makes the names in a folder durable: new, renamed and removed ones.
pub(super) fn sync_folder(folder: &Path) -> Result<(), LogError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(LogError::io("sync the folder", folder))
}

/// Makes a folder and those above it, and makes their names durable.
pub(super) fn create_folder(folder: &Path) -> Result<(), LogError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(LogError::io("make the folder", folder))?;
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => Ok(()),
    }
}

/// Writes a file that is there whole or not at all, whenever the machine stops.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let unfinished = with_suffix(path, ".tmp");
    File::create(&unfinished)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(LogError::io("write", &unfinished))?;
    rename(&unfinished, path)
}

/// Gives a finished file its name.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), LogError> {
    fs::rename(from, to).map_err(LogError::io("rename to", to))?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> Result<(), LogError> {
    fs::remove_file(path).map_err(LogError::io("remove", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

//! Giving up days that are too old.

use super::{Folder, LogError, durable};
use jiff::{ToSpan as _, civil::Date};
use std::{fs, path::Path};

/// A day whose events were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    /// The arrival day.
    pub day: Date,
    /// How many sealed segments it had.
    pub segments: usize,
    /// How many bytes they took on disk.
    pub bytes: u64,
}

/// Deletes the sealed segments of all arrival days that lie more than `days` before `today`, oldest first. Rulesets
/// stay: they are small, and any of them may be named by an event that is kept.
///
/// # Errors
/// Where a folder cannot be listed or a file cannot be deleted; the next call goes on.
pub fn expire(folder: &Folder, today: Date, days: u32) -> Result<Vec<Expired>, LogError> {
    let Ok(oldest) = today.checked_sub(i64::from(days).days()) else { return Ok(Vec::new()) };
    let mut expired = Vec::new();
    for (day, path) in folder.days()? {
        if day < oldest {
            expired.push(give_up(day, &path)?);
        }
    }
    Ok(expired)
}

fn give_up(day: Date, path: &Path) -> Result<Expired, LogError> {
    let mut expired = Expired { day, segments: 0, bytes: 0 };
    for entry in fs::read_dir(path).map_err(LogError::io("list", path))? {
        let entry = entry.map_err(LogError::io("list", path))?;
        let (file, length) = (entry.path(), entry.metadata().map_or(0, |metadata| metadata.len()));
        expired.segments += usize::from(file.extension().is_some_and(|extension| extension == "parquet"));
        expired.bytes += length;
        fs::remove_file(&file).map_err(LogError::io("remove", &file))?;
    }
    fs::remove_dir(path).map_err(LogError::io("remove the folder", path))?;
    path.parent().map_or(Ok(()), durable::sync_folder)?;
    Ok(expired)
}

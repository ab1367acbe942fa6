//! One writer a folder.

use super::{Folder, LogError};
use std::fs::{File, TryLockError};

/// Held for as long as the folder is open for writing; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder, or says that somebody else has it.
    pub(super) fn take(folder: &Folder) -> Result<Self, LogError> {
        let path = folder.lock();
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(LogError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LogError::InUse(folder.root().to_owned())),
            Err(TryLockError::Error(source)) => Err(LogError::io("lock", path)(source)),
        }
    }
}

//! The rulesets that were served, kept for as long as the events that name them.

use super::{Folder, LogError, durable};
use edgewise_core::Digest;
use std::{fs, io};

impl Folder {
    /// Keeps the bytes of a ruleset under its digest; they are on disk when this returns.
    pub fn keep_ruleset(&self, digest: Digest, bytes: &[u8]) -> Result<(), LogError> {
        durable::create_folder(&self.rulesets())?;
        let path = self.ruleset(digest);
        if fs::read(&path).is_ok_and(|kept| kept == bytes) {
            return Ok(());
        }
        durable::write_whole(&path, bytes)
    }

    /// The bytes of the ruleset of a digest, if it was kept. Whether they are sound is for who reads them to check.
    pub fn read_ruleset(&self, digest: Digest) -> Result<Option<Vec<u8>>, LogError> {
        let path = self.ruleset(digest);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LogError::io("read", path)(error)),
        }
    }
}

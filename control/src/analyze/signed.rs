//! Whether exposures are replayed on rulesets that somebody signed.

use super::AnalyzeError;
use crate::ruleset::{key::PublicKey, signature};
use edgewise_core::Ruleset;
use std::{fs, io, path::Path};

/// Refuses the first ruleset of a folder, by name, that is not signed with this key. Files that are no rulesets are told
/// of by the analysis; a folder that is not there holds none.
pub(super) fn require(
    folder: &Path,
    key: &PublicKey,
    unread: impl Fn(io::Error) -> AnalyzeError,
) -> Result<(), AnalyzeError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(&unread)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(&unread)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "edgewise"));
    paths.sort();
    for path in paths {
        let Ok(ruleset) = Ruleset::read(fs::read(&path).map_err(&unread)?) else { continue };
        signature::require(&ruleset, Some(key))
            .map_err(|source| AnalyzeError::Signature { path: path.clone(), source })?;
    }
    Ok(())
}

//! The looks at experiments with a group-sequential design, one file an experiment beside the log: what a look spent of
//! alpha is spent, whoever looks next.

use edgewise_analysis::conclude::looks::Looks;
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// The looks cannot be read or kept.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the looks in {} cannot be {doing}: {cause}", path.display())]
#[diagnostic(help(
    "a group-sequential design decides by the looks that were taken; restore the file, or remove it and decide at the horizon alone"
))]
pub struct LooksError {
    path: PathBuf,
    doing: &'static str,
    cause: io::Error,
}

/// The looks that were taken at an experiment; none yet where there is no file.
///
/// # Errors
/// Where the file cannot be read or holds no looks.
pub fn read(data: &Path, experiment: &str) -> Result<Looks, LooksError> {
    let path = path(data, experiment);
    let failed = |cause| LooksError { path: path.clone(), doing: "read", cause };
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(error.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Looks::default()),
        Err(error) => Err(failed(error)),
    }
}

/// Keeps the looks, if one was taken. The file is there whole or not at all.
///
/// # Errors
/// Where it cannot be written.
pub fn keep(data: &Path, experiment: &str, before: &Looks, now: Option<&Looks>) -> Result<(), LooksError> {
    let Some(now) = now.filter(|now| *now != before) else { return Ok(()) };
    let path = path(data, experiment);
    let unfinished = path.with_extension("json.tmp");
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create(&unfinished)?;
        file.write_all(&serde_json::to_vec_pretty(now)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)
    };
    write().map_err(|cause| LooksError { path: path.clone(), doing: "kept", cause })
}

fn path(data: &Path, experiment: &str) -> PathBuf {
    data.join("looks").join(format!("{experiment}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgewise_analysis::conclude::looks::TakenLook;

    #[test]
    fn what_was_kept_is_read_again() {
        let data = tempfile::tempdir().unwrap();
        let none = read(data.path(), "checkout").unwrap();
        assert_eq!(none, Looks::default());
        keep(data.path(), "checkout", &none, Some(&none)).unwrap();
        assert!(!data.path().join("looks").exists(), "nothing was looked at");
        let look =
            TakenLook { information: 0.3, watermark: None, last: false, z: [("b".to_owned(), 1.5)].into() };
        let one = Looks { taken: vec![look], ..Looks::default() };
        keep(data.path(), "checkout", &none, Some(&one)).unwrap();
        assert_eq!(read(data.path(), "checkout").unwrap(), one);
        fs::write(data.path().join("looks/checkout.json"), "{").unwrap();
        let error = read(data.path(), "checkout").unwrap_err().to_string();
        assert!(error.contains("checkout.json cannot be read"), "{error}");
    }
}

//! The folder that keeps frozen sums.
//!
//! One JSON file a metric, named by the digest of what it is of. Numbers beyond 64 bits are texts, since few readers of
//! JSON hold them.

use crate::moments::Sums;
use edgewise_core::Digest;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The version of the files. Files of another one are as good as none.
const VERSION: u32 = 1;

/// The folder that keeps frozen sums.
#[derive(Clone, Debug)]
pub struct State {
    folder: PathBuf,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}, which keeps sums between runs: {source}; name another folder, or mend its permissions", path.display())]
pub struct StateError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The frozen sums of one cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frozen {
    /// The digest of its units.
    pub(super) units: Digest,
    pub(super) sums: Vec<Sums>,
}

impl State {
    /// The folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
        Ok(Self { folder: folder.to_owned() })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Day to what is frozen; nothing where there is no file, or none of this version: it is summed up again then.
    pub(super) fn read(&self, key: &Digest) -> Result<BTreeMap<String, Frozen>, StateError> {
        let path = self.file(key);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            text => text.map_err(failed("read", &path))?,
        };
        let file = serde_json::from_str::<File>(&text).ok().filter(|file| file.version == VERSION);
        Ok(file.and_then(File::cohorts).unwrap_or_default())
    }

    /// Replaces what is frozen, at once or not at all.
    pub(super) fn write(&self, key: &Digest, cohorts: &BTreeMap<String, Frozen>) -> Result<(), StateError> {
        let path = self.file(key);
        let text = serde_json::to_string(&File::of(cohorts)).map_err(io::Error::from);
        let unfinished =
            tempfile::NamedTempFile::new_in(&self.folder).map_err(failed("write to", &self.folder))?;
        text.and_then(|text| fs::write(unfinished.path(), text)).map_err(failed("write", &path))?;
        unfinished.persist(&path).map_err(|error| failed("write", &path)(error.error))?;
        Ok(())
    }

    fn file(&self, key: &Digest) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StateError {
    move |source| StateError { action, path: path.to_owned(), source }
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    cohorts: BTreeMap<String, StoredCohort>,
}

#[derive(Serialize, Deserialize)]
struct StoredCohort {
    units: String,
    sums: Vec<StoredSums>,
}

#[derive(Serialize, Deserialize)]
struct StoredSums {
    variant: String,
    epoch: String,
    slice: String,
    units_seen: u64,
    units_counted: u64,
    sums: Vec<String>,
    products: Vec<String>,
    largest: Vec<String>,
    units_silent: u64,
    units_too_large: u64,
    events_without_value: u64,
    events_repeated: u64,
}

impl File {
    fn of(cohorts: &BTreeMap<String, Frozen>) -> Self {
        let stored = |frozen: &Frozen| StoredCohort {
            units: frozen.units.to_string(),
            sums: frozen.sums.iter().map(StoredSums::of).collect(),
        };
        let cohorts = cohorts.iter().map(|(day, frozen)| (day.clone(), stored(frozen))).collect();
        Self { version: VERSION, cohorts }
    }

    /// None where a number is none: the file was changed by hand.
    fn cohorts(self) -> Option<BTreeMap<String, Frozen>> {
        let frozen = |(day, cohort): (String, StoredCohort)| {
            let sums = cohort.sums.into_iter().map(|sums| sums.of_day(&day)).collect::<Option<_>>()?;
            let units = cohort.units.parse().ok()?;
            Some((day, Frozen { units, sums }))
        };
        self.cohorts.into_iter().map(frozen).collect()
    }
}

impl StoredSums {
    fn of(sums: &Sums) -> Self {
        Self {
            variant: sums.variant.clone(),
            epoch: sums.epoch.clone(),
            slice: sums.slice.clone(),
            units_seen: sums.units_seen,
            units_counted: sums.units_counted,
            sums: sums.sums.iter().map(ToString::to_string).collect(),
            products: sums.products.iter().map(ToString::to_string).collect(),
            largest: sums.largest.iter().map(ToString::to_string).collect(),
            units_silent: sums.units_silent,
            units_too_large: sums.units_too_large,
            events_without_value: sums.events_without_value,
            events_repeated: sums.events_repeated,
        }
    }

    fn of_day(self, day: &str) -> Option<Sums> {
        fn numbers<T: std::str::FromStr>(texts: &[String]) -> Option<Vec<T>> {
            texts.iter().map(|text| text.parse().ok()).collect()
        }
        Some(Sums {
            variant: self.variant,
            epoch: self.epoch,
            day: day.to_owned(),
            slice: self.slice,
            units_seen: self.units_seen,
            units_counted: self.units_counted,
            sums: numbers(&self.sums)?,
            products: numbers(&self.products)?,
            largest: numbers(&self.largest)?,
            units_silent: self.units_silent,
            units_too_large: self.units_too_large,
            events_without_value: self.events_without_value,
            events_repeated: self.events_repeated,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen() -> BTreeMap<String, Frozen> {
        let sums = Sums {
            variant: "control".to_owned(),
            epoch: "e".to_owned(),
            day: "2026-01-05".to_owned(),
            units_seen: 3,
            units_counted: 2,
            sums: vec![-7, i128::MAX],
            products: vec![i128::MIN, 0, 1],
            largest: vec![u128::MAX, 0],
            ..Sums::default()
        };
        let units = Digest::of(&[b"units"]);
        BTreeMap::from([("2026-01-05".to_owned(), Frozen { units, sums: vec![sums] })])
    }

    #[test]
    fn what_is_kept_comes_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("state")).unwrap();
        let key = Digest::of(&[b"metric"]);
        assert_eq!(state.read(&key).unwrap(), BTreeMap::new());
        state.write(&key, &frozen()).unwrap();
        assert_eq!(state.read(&key).unwrap(), frozen());
        assert_eq!(state.read(&Digest::of(&[b"other"])).unwrap(), BTreeMap::new());
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        let key = Digest::of(&[b"metric"]);
        state.write(&key, &frozen()).unwrap();
        let path = state.file(&key);
        let text = fs::read_to_string(&path).unwrap();
        for damaged in
            [text.replace("\"-7\"", "\"7x\""), text.replace("\"version\":1", "\"version\":2"), String::new()]
        {
            fs::write(&path, damaged).unwrap();
            assert_eq!(state.read(&key).unwrap(), BTreeMap::new());
        }
    }
}

//! What the head of a sealed segment says beyond its columns.

use crate::log::{
    columns::LeftOut,
    merkle::{Hash, Root},
};
use datafusion::parquet::file::metadata::{KeyValue, ParquetMetaData};
use edgewise_core::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The key of the file's metadata that it stands under, as JSON.
const KEY: &str = "edgewise.segment";

/// How a segment was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::log) struct Footer {
    /// The root over all events that were sealed, also those that are erased by now.
    pub(in crate::log) root: Root,
    /// Events that were dropped, because they had come before.
    pub(in crate::log) repeats: Repeats,
    /// Lines that could not be read, and were put aside.
    pub(in crate::log) unreadable: usize,
    /// Which names have no column.
    pub(in crate::log) left_out: LeftOut,
    /// The leaves of events that were erased, by their place among all leaves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::log) erased: BTreeMap<u64, Hash>,
}

/// How many events came again with the id of an earlier one and were dropped: by type, and by name (empty for events
/// that have none).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats(BTreeMap<String, BTreeMap<String, u64>>);

impl Footer {
    /// What a file's metadata says; none where nothing that can be read stands there.
    pub(super) fn of(metadata: &ParquetMetaData) -> Option<Self> {
        let pairs = metadata.file_metadata().key_value_metadata()?;
        let text = pairs.iter().find(|pair| pair.key == KEY)?.value.as_deref()?;
        serde_json::from_str(text).ok()
    }

    /// What names the rows of the file: the root over all that was sealed, and what was erased of it.
    pub(in crate::log) fn digest(&self) -> Digest {
        // Texts and numbers: nothing here fails to become JSON.
        Digest::of(&[&serde_json::to_vec(self).unwrap_or_default()])
    }

    /// The pair for a file's metadata.
    pub(super) fn to_pair(&self) -> Result<KeyValue, serde_json::Error> {
        Ok(KeyValue::new(KEY.to_owned(), serde_json::to_string(self)?))
    }
}

impl Repeats {
    /// Counts an event.
    pub(in crate::log) fn add(&mut self, type_name: &str, name: Option<&str>) {
        let names = self.0.entry(type_name.to_owned()).or_default();
        *names.entry(name.unwrap_or_default().to_owned()).or_default() += 1;
    }

    /// Counts what another one counted.
    pub(in crate::log) fn merge(&mut self, other: &Self) {
        for (type_name, names) in &other.0 {
            let known = self.0.entry(type_name.clone()).or_default();
            for (name, count) in names {
                *known.entry(name.clone()).or_default() += count;
            }
        }
    }

    /// How many of all types.
    pub fn total(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }

    /// How many of a type, with this name where a name is given.
    pub fn of(&self, type_name: &str, name: Option<&str>) -> u64 {
        let Some(names) = self.0.get(type_name) else { return 0 };
        match name {
            Some(name) => names.get(name).copied().unwrap_or(0),
            None => names.values().sum(),
        }
    }
}

//! What is in a folder: how much of what, and where.

use super::{Folder, LogError, Source, sealed::Guarded};
use datafusion::{
    arrow::array::{AsArray as _, RecordBatch},
    parquet::{
        arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
        errors::ParquetError,
    },
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

/// Files and their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// How many files.
    pub files: usize,
    /// How many bytes they have.
    pub bytes: u64,
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// Events, each counted once.
    pub events: u64,
    /// Events by type, and by name within a type; the name is empty for events that have none.
    pub by_name: BTreeMap<String, BTreeMap<String, u64>>,
    /// Events that came again and were dropped.
    pub repeated: u64,
    /// Sealed segments by arrival day.
    pub days: BTreeMap<Date, Usage>,
    /// Sealed segments, all of them.
    pub sealed: Usage,
    /// Segments that are not compacted: the one that grows, and the backlog.
    pub segments: Usage,
    /// Events in those.
    pub uncompacted: usize,
    /// Refused events by the code of the reason, as far as they are kept.
    pub rejected: BTreeMap<String, u64>,
    /// Lines that could not be read.
    pub unreadable: usize,
    /// Pieces that were put aside.
    pub set_aside: Usage,
    /// Parquet files that are left out, with the reason.
    pub damaged: BTreeMap<PathBuf, String>,
    /// Rulesets that are kept.
    pub rulesets: Usage,
}

impl Inventory {
    /// Looks through a folder, with or without a collector at work on it.
    ///
    /// # Errors
    /// Where a folder or a file cannot be read.
    pub fn of(root: &Path) -> Result<Self, LogError> {
        let source = Source::open(root)?;
        let folder = Folder::new(root);
        let reading = source.reading();
        let mut inventory = Self {
            repeated: source.repeats().total(),
            segments: usage(folder.segments()?.into_iter().map(|number| folder.segment(number))),
            uncompacted: reading.uncompacted,
            set_aside: usage(folder.set_aside()?.into_iter()),
            rulesets: usage(entries(&folder.rulesets()).into_iter()),
            ..Self::default()
        };
        inventory.unreadable = reading.unreadable;
        for damaged in source.damaged() {
            inventory.damaged.insert(damaged.path.clone(), damaged.reason.clone());
        }
        for (day, path) in folder.days()? {
            let sealed = entries(&path).into_iter().filter(|path| is_parquet(path));
            let usage = usage(sealed);
            inventory.sealed.add(usage);
            inventory.days.insert(day, usage);
        }
        for path in [folder.rejected_before(), folder.rejected()] {
            inventory.count_rejected(&path)?;
        }
        let (files, rest) = source.parts();
        for file in files {
            inventory.unreadable += file.footer.unreadable;
            inventory.count_file(&file.path).map_err(LogError::parquet("read", &file.path))?;
        }
        for batch in &rest.batches {
            inventory.count(batch);
        }
        Ok(inventory)
    }

    fn count_file(&mut self, path: &Path) -> Result<(), ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
        let projection = ProjectionMask::columns(builder.parquet_schema(), ["type", "name"]);
        for batch in Guarded::from(builder.with_projection(projection).build()?) {
            self.count(&batch?);
        }
        Ok(())
    }

    fn count(&mut self, batch: &RecordBatch) {
        let strings = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
        let (Some(types), Some(names)) = (strings("type"), strings("name")) else { return };
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (type_name, name) in types.iter().zip(names) {
            *counts.entry((type_name.unwrap_or_default(), name.unwrap_or_default())).or_default() += 1;
        }
        for ((type_name, name), count) in counts {
            self.events += count;
            let names = self.by_name.entry(type_name.to_owned()).or_default();
            *names.entry(name.to_owned()).or_default() += count;
        }
    }

    fn count_rejected(&mut self, path: &Path) -> Result<(), LogError> {
        #[derive(Deserialize)]
        struct Line {
            code: String,
        }
        let Ok(file) = File::open(path) else { return Ok(()) };
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(LogError::io("read", path))?;
            if let Ok(Line { code }) = serde_json::from_slice(&line) {
                *self.rejected.entry(code).or_default() += 1;
            }
        }
        Ok(())
    }
}

impl Usage {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

fn usage(paths: impl Iterator<Item = PathBuf>) -> Usage {
    let mut usage = Usage::default();
    for path in paths {
        // Gone since it was listed.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        usage.add(Usage { files: 1, bytes: metadata.len() });
    }
    usage
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "parquet")
}

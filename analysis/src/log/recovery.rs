//! Opening a folder after whatever happened to the process before.

use super::{
    Folder, LogError, durable,
    recent::RecentIds,
    sealed::SealedFile,
    segment::{self, Line, read_lines},
};
use serde::Deserialize;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// What was found and done on opening.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Last lines that were cut short, which nobody was told were stored; put aside.
    pub torn: Vec<TornLine>,
    /// Segments that Parquet files had taken the place of already; removed.
    pub superseded: Vec<u64>,
    /// Segments that are to be compacted.
    pub sealed: Vec<u64>,
    /// The number of the next segment.
    pub(super) next: u64,
}

/// A last line that was cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornLine {
    /// The segment it stood in.
    pub segment: u64,
    /// Its length in bytes.
    pub bytes: usize,
    /// Where it is now.
    pub kept: PathBuf,
}

/// Makes what a data folder consists of.
pub(super) fn prepare(folder: &Folder) -> Result<(), LogError> {
    for path in [folder.root().to_owned(), folder.log(), folder.events(), folder.rulesets(), folder.torn()] {
        durable::create_folder(&path)?;
    }
    Ok(())
}

/// Repairs the folder, and remembers the ids of the events that are not compacted yet.
pub(super) fn recover(folder: &Folder, recent: &mut RecentIds) -> Result<Recovery, LogError> {
    for path in folder.unfinished()? {
        durable::remove(&path)?;
    }
    let compacted = folder.parquet_files()?;
    let mut recovery = Recovery::default();
    // Pieces that were put aside are named by their segments: no number is taken twice.
    let set_aside = folder.set_aside()?.iter().filter_map(|path| number_of(path)).max();
    let mut highest = compacted.keys().next_back().copied().max(set_aside).unwrap_or(0);
    for number in folder.segments()? {
        highest = highest.max(number);
        let path = folder.segment(number);
        if let Some(file) = compacted.get(&number) {
            if SealedFile::open(file)?.is_ok() {
                durable::remove(&path)?;
                recovery.superseded.push(number);
                continue;
            }
            // Damaged, and what it was made of is still here: made again.
            durable::rename(file, &folder.torn().join(format!("{number:08}-damaged.parquet")))?;
        }
        let scan = scan(&path, recent)?;
        if !scan.torn.is_empty() {
            recovery.torn.push(cut(folder, number, &scan)?);
        }
        if scan.whole == 0 {
            durable::remove(&path)?;
        } else {
            recovery.sealed.push(number);
        }
    }
    folder.complete_roots()?;
    recovery.next = highest + 1;
    Ok(recovery)
}

/// The number that the name of a piece begins with.
fn number_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.split('-').next()?.parse().ok()
}

/// A segment's bytes up to its last line break, and what stands behind it.
struct Scan {
    whole: u64,
    torn: Vec<u8>,
}

fn scan(path: &Path, recent: &mut RecentIds) -> Result<Scan, LogError> {
    let mut scan = Scan { whole: 0, torn: Vec::new() };
    read_lines(path, segment::open(path)?, |line| {
        match line {
            Line::Whole(line) => {
                scan.whole += line.len() as u64 + 1;
                if let Some(id) = stored_id(line) {
                    recent.insert(id);
                }
            }
            Line::Unfinished(rest) => rest.clone_into(&mut scan.torn),
        }
        Ok::<(), LogError>(())
    })?;
    Ok(scan)
}

/// The id of a stored event.
pub(super) fn stored_id(line: &[u8]) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        event: Event<'a>,
    }
    #[derive(Deserialize)]
    struct Event<'a> {
        id: &'a str,
    }
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    Uuid::parse_str(line.event.id).ok()
}

/// Puts a torn last line aside, then cuts it off: a crash in between leaves both, and the next start does it again.
fn cut(folder: &Folder, number: u64, scan: &Scan) -> Result<TornLine, LogError> {
    let kept = folder.torn().join(format!("{number:08}-{}.ndjson", scan.whole));
    durable::write_whole(&kept, &scan.torn)?;
    let path = folder.segment(number);
    let shorten = |file: File| file.set_len(scan.whole).and_then(|()| file.sync_all());
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(shorten)
        .map_err(LogError::io("shorten", &path))?;
    Ok(TornLine { segment: number, bytes: scan.torn.len(), kept })
}

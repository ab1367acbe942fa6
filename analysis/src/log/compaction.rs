//! Sealed segments become Parquet.

use super::{
    Folder, LogError, Stored,
    columns::{Columns, Gathered},
    durable,
    merkle::{self, Tree},
    recovery::stored_id,
    roots,
    sealed::{self, Footer, Nonces, Repeats, SealedFiles, Seen},
    segment::{self, Line, read_lines},
};
use crate::event::Event;
use jiff::{Timestamp, tz::TimeZone};
use std::{collections::BTreeMap, path::PathBuf};

/// What became of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// The segment's number.
    pub segment: u64,
    /// The Parquet file; none when there was no readable line.
    pub file: Option<PathBuf>,
    /// How many events it holds.
    pub events: usize,
    /// How many events were dropped, because an event with their id came before.
    pub repeated: u64,
    /// How many lines could not be read and are put aside.
    pub unreadable: usize,
}

/// Turns a sealed segment into a Parquet file under its arrival day, then removes it. For many, a [`Compaction`] reads
/// the heads of the other files once.
pub fn compact(folder: &Folder, number: u64) -> Result<Compacted, LogError> {
    Compaction::new(folder.clone()).compact(number)
}

/// Turns sealed segments into Parquet files, one after the other.
///
/// The ids of all files of a folder are unique: an event whose id came before, in its own segment or in a file, is
/// dropped and counted.
#[derive(Debug)]
pub struct Compaction {
    folder: Folder,
    sealed: SealedFiles,
}

impl Compaction {
    /// For the segments of a folder, which this process has the lock of.
    pub fn new(folder: Folder) -> Self {
        Self { folder, sealed: SealedFiles::default() }
    }

    /// Turns one segment into a file under its arrival day, then removes it.
    ///
    /// Each step is on disk before the next begins: unreadable lines put aside, the file written under another name,
    /// its Merkle root written, the file renamed, the segment removed. Whenever it stops, doing it again ends with the
    /// same events.
    pub fn compact(&mut self, number: u64) -> Result<Compacted, LogError> {
        let folder = &self.folder;
        self.sealed.refresh(folder)?;
        let path = folder.segment(number);
        if let Some(file) = self.sealed.files.get(&number) {
            // A stop between the last two steps.
            let (leaves, footer) = (file.footer.root.leaves, &file.footer);
            let compacted = Compacted {
                segment: number,
                file: Some(file.path.clone()),
                events: usize::try_from(leaves).unwrap_or(usize::MAX).saturating_sub(footer.erased.len()),
                repeated: footer.repeats.total(),
                unreadable: footer.unreadable,
            };
            durable::remove(&path)?;
            return Ok(compacted);
        }
        let contents = read(folder, number, &self.sealed)?;
        if !contents.unreadable.is_empty() {
            let aside = folder.torn().join(format!("{number:08}-unreadable.ndjson"));
            durable::create_folder(&folder.torn())?;
            durable::write_whole(&aside, &contents.unreadable)?;
        }
        let mut compacted = Compacted {
            segment: number,
            file: None,
            events: contents.events,
            repeated: contents.repeats.total(),
            unreadable: contents.unreadable_lines,
        };
        if let Some(first) = contents.first_received_at {
            compacted.file = Some(seal(folder, number, first, contents)?);
        }
        durable::remove(&path)?;
        Ok(compacted)
    }
}

/// Writes the file of a segment that arrived at this time.
fn seal(folder: &Folder, number: u64, arrival: Timestamp, contents: Contents) -> Result<PathBuf, LogError> {
    let file = folder.parquet(arrival.to_zoned(TimeZone::UTC).date(), number);
    let unfinished = folder.unfinished_parquet(number);
    let converted = LogError::parquet("convert", folder.segment(number));
    let footer = |gathered: &Gathered| Footer {
        root: contents.tree.root(),
        repeats: contents.repeats,
        unreadable: contents.unreadable_lines,
        left_out: gathered.left_out,
        erased: BTreeMap::new(),
    };
    let (footer, schema, batches) = contents
        .columns
        .finish()
        .and_then(|gathered| gathered.aligned().map(|(schema, batches)| (footer(&gathered), schema, batches)))
        .map_err(converted)?;
    sealed::write(&unfinished, &schema, &batches, &footer)?;
    file.parent().map_or(Ok(()), durable::create_folder)?;
    roots::write_root(&file, footer.root)?;
    durable::rename(&unfinished, &file)?;
    Ok(file)
}

/// What is in a segment.
#[derive(Default)]
struct Contents {
    columns: Columns,
    tree: Tree,
    events: usize,
    repeats: Repeats,
    first_received_at: Option<Timestamp>,
    unreadable: Vec<u8>,
    unreadable_lines: usize,
}

fn read(folder: &Folder, number: u64, sealed: &SealedFiles) -> Result<Contents, LogError> {
    let path = folder.segment(number);
    let mut ids = Vec::new();
    read_lines(&path, segment::open(&path)?, |line| {
        let (Line::Whole(line) | Line::Unfinished(line)) = line;
        ids.extend(stored_id(line));
        Ok::<(), LogError>(())
    })?;
    let (mut seen, mut nonces) = (Seen::after(sealed, ids)?, Nonces::new());
    let mut contents = Contents::default();
    read_lines(&path, segment::open(&path)?, |line| {
        let (Line::Whole(line) | Line::Unfinished(line)) = line;
        let Some((stored, event)) = read_line(line) else {
            contents.unreadable.extend_from_slice(line);
            contents.unreadable.push(b'\n');
            contents.unreadable_lines += 1;
            return Ok(());
        };
        contents.first_received_at.get_or_insert(stored.received_at);
        if !seen.is_first(event.id) {
            contents.repeats.add(event.body.type_name(), event.body.name());
            return Ok(());
        }
        contents.events += 1;
        let nonce = nonces.draw().map_err(LogError::io("draw random bytes for", &path))?;
        contents.tree.push(merkle::leaf(&nonce, stored.received_at, stored.sent_at, stored.event));
        contents.columns.push(&stored, &event, Some(nonce)).map_err(LogError::parquet("convert", &path))
    })?;
    Ok(contents)
}

/// A stored event, if the line is one.
pub(super) fn read_line(line: &[u8]) -> Option<(Stored<'_>, Event)> {
    let stored = Stored::parse(line)?;
    let event = Event::from_raw(stored.event).ok()?;
    Some((stored, event))
}

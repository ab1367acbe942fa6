//! The last events of a folder, and those that come after.

use super::{
    Folder, LogError,
    sealed::{Batches, Lines, SealedFile},
    segment::{Line, read_lines},
    stored,
};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

/// Follows what a collector writes. It reads stored lines as they are: one that came again may be there twice.
#[derive(Debug)]
pub struct Tail {
    folder: Folder,
    /// The segment to begin with.
    first: u64,
    /// The segment that was read last.
    open: Option<Open>,
}

/// A segment, and how far it was read.
#[derive(Debug)]
struct Open {
    number: u64,
    path: PathBuf,
    file: File,
    offset: u64,
}

impl Tail {
    /// The last `count` stored lines, oldest first, and what follows them.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn open(root: &Path, count: usize) -> Result<(Self, Vec<Vec<u8>>), LogError> {
        if !root.is_dir() {
            return Err(LogError::NoFolder(root.to_owned()));
        }
        let mut tail = Self { folder: Folder::new(root), first: 0, open: None };
        let mut last = VecDeque::new();
        let sealed = tail.folder.parquet_files()?;
        let segments = tail.folder.segments()?;
        // From the newest back, as far as they are needed; a segment that is compacted counts as its file.
        let first = segments.iter().copied().find(|number| !sealed.contains_key(number));
        let mut fresh = Vec::new();
        tail.first = first.unwrap_or_else(|| sealed.keys().next_back().map_or(0, |number| number + 1));
        tail.read(&mut fresh)?;
        last.extend(fresh.split_off(fresh.len().saturating_sub(count)));
        for path in sealed.values().rev() {
            if last.len() >= count {
                break;
            }
            let mut lines = sealed_lines(path)?;
            let missing = count - last.len();
            for line in lines.split_off(lines.len().saturating_sub(missing)).into_iter().rev() {
                last.push_front(line);
            }
        }
        Ok((tail, last.into()))
    }

    /// The stored lines that came since.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn more(&mut self) -> Result<Vec<Vec<u8>>, LogError> {
        let mut lines = Vec::new();
        self.read(&mut lines)?;
        Ok(lines)
    }

    /// Reads on from where it was, first in the segment that is open, which may be compacted by now, then in those that
    /// were begun since.
    fn read(&mut self, lines: &mut Vec<Vec<u8>>) -> Result<(), LogError> {
        let begun = self.folder.segments()?;
        self.read_open(lines)?;
        let next = self.open.as_ref().map_or(self.first, |open| open.number + 1);
        for number in begun.into_iter().filter(|number| *number >= next) {
            let path = self.folder.segment(number);
            let file = match File::open(&path) {
                // It was compacted before it was looked at: what is in it is not shown.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                file => file.map_err(LogError::io("open", &path))?,
            };
            self.open = Some(Open { number, path, file, offset: 0 });
            self.read_open(lines)?;
        }
        Ok(())
    }

    fn read_open(&mut self, lines: &mut Vec<Vec<u8>>) -> Result<(), LogError> {
        let Some(Open { path, file, offset, .. }) = &mut self.open else { return Ok(()) };
        file.seek(SeekFrom::Start(*offset)).map_err(LogError::io("read", &*path))?;
        read_lines(path, file, |line| {
            if let Line::Whole(line) = line {
                *offset += line.len() as u64 + 1;
                lines.push(line.to_owned());
            }
            Ok::<(), LogError>(())
        })
    }
}

/// The lines that a sealed segment was made of; none of a damaged one.
fn sealed_lines(path: &Path) -> Result<Vec<Vec<u8>>, LogError> {
    let Ok(file) = SealedFile::open(path)? else { return Ok(Vec::new()) };
    let mut lines = Vec::new();
    for batch in Batches::open(path, file.layout.schema()).map_err(LogError::parquet("read", path))? {
        let batch = batch.map_err(LogError::parquet("read", path))?;
        let Some(columns) = Lines::of(&batch) else { continue };
        for stored in (0..batch.num_rows()).filter_map(|row| columns.stored(row)) {
            let mut line = Vec::new();
            stored::write_line(
                &mut line,
                &stored::line_start(stored.received_at, stored.sent_at),
                stored.event,
            );
            line.pop();
            lines.push(line);
        }
    }
    Ok(lines)
}

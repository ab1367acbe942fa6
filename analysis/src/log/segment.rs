//! One segment: a file that lines are added to until it is sealed, and the lines in it.

use super::{Folder, LogError, durable};
use jiff::civil::Date;
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

/// The segment that grows. Only the process that made it ever writes to it.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    /// The arrival day of everything in it.
    pub(super) day: Date,
    /// How much of it is on disk, in bytes.
    pub(super) length: u64,
    path: PathBuf,
    file: File,
}

impl Segment {
    /// Makes an empty segment; its name is on disk when this returns.
    pub(super) fn create(folder: &Folder, number: u64, day: Date) -> Result<Self, LogError> {
        let path = folder.segment(number);
        let file = File::create_new(&path).map_err(LogError::io("make", &path))?;
        durable::sync_folder(&folder.log())?;
        Ok(Self { number, day, length: 0, path, file })
    }

    /// Adds lines; they are on disk when this returns. After an error the segment is as it was, or, when not even
    /// that can be had, [`AppendError::broken`] says that no more may be added.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), AppendError> {
        let written = self.file.write_all(lines).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += lines.len() as u64;
                Ok(())
            }
            Err(source) => {
                let restored = self
                    .file
                    .set_len(self.length)
                    .and_then(|()| self.file.seek(SeekFrom::Start(self.length)))
                    .and_then(|_| self.file.sync_data());
                let cause = LogError::io("write", &self.path)(source);
                Err(AppendError { cause, broken: restored.is_err() })
            }
        }
    }
}

/// Lines that could not be added.
pub(super) struct AppendError {
    pub(super) cause: LogError,
    /// What was half written could not be taken back: the segment must not be used any more.
    pub(super) broken: bool,
}

/// A line of a segment, or what stands where one should be.
pub(super) enum Line<'a> {
    /// Everything up to a line break, without it.
    Whole(&'a [u8]),
    /// What stands behind the last line break: the write was cut short, or is under way.
    Unfinished(&'a [u8]),
}

/// Hands the lines of a segment to `visit`, in order.
pub(super) fn read_lines<E: From<LogError>>(
    path: &Path,
    file: impl Read,
    mut visit: impl FnMut(Line<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(LogError::io("read", path))? == 0 {
            return Ok(());
        }
        match line.strip_suffix(b"\n") {
            Some(whole) => visit(Line::Whole(whole))?,
            None => visit(Line::Unfinished(&line))?,
        }
    }
}

/// Opens a segment for reading.
pub(super) fn open(path: &Path) -> Result<File, LogError> {
    File::open(path).map_err(LogError::io("open", path))
}

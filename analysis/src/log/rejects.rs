//! Refused events, kept with the reason, so that whoever sent them wrongly can be told and they can be mended.

use super::{Folder, LogError, durable};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// A refused event.
#[derive(Debug)]
pub struct Reject {
    /// The id it claims, if any.
    pub id: Option<String>,
    /// The code of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub message: String,
    /// What was sent; none where it was too long to keep.
    pub json: Option<Box<RawValue>>,
}

/// The file of refused events, and the one before it: bounded, whatever is sent.
#[derive(Debug)]
pub(super) struct Rejects {
    folder: Folder,
    limit: u64,
    file: File,
    length: u64,
}

impl Rejects {
    pub(super) fn open(folder: &Folder, limit: u64) -> Result<Self, LogError> {
        let path = folder.rejected();
        let (file, length) = open_at_line(&path).map_err(LogError::io("open", &path))?;
        Ok(Self { folder: folder.clone(), limit, file, length })
    }

    /// Adds events; they are on disk when this returns.
    pub(super) fn append<'a>(
        &mut self,
        rejects: impl Iterator<Item = &'a Reject>,
        received_at: Timestamp,
    ) -> Result<(), LogError> {
        let mut lines = Vec::new();
        for reject in rejects {
            write_line(&mut lines, reject, received_at)
                .map_err(LogError::io("describe a refused event for", self.folder.rejected()))?;
        }
        if lines.is_empty() {
            return Ok(());
        }
        if self.length >= self.limit {
            durable::rename(&self.folder.rejected(), &self.folder.rejected_before())?;
            *self = Self::open(&self.folder, self.limit)?;
        }
        let written = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // A half-written line that cannot be taken back spoils the line behind it, and no event.
            let _ = self.file.set_len(self.length);
        }
        written.map_err(LogError::io("write", self.folder.rejected()))?;
        self.length += lines.len() as u64;
        Ok(())
    }
}

/// Opens the file for adding lines, with its length. A last line that a crash cut short is ended first.
fn open_at_line(path: &Path) -> io::Result<(File, u64)> {
    let mut file = File::options().create(true).read(true).append(true).open(path)?;
    let mut length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != [b'\n'] {
        file.write_all(b"\n")?;
        length += 1;
    }
    Ok((file, length))
}

fn write_line(lines: &mut Vec<u8>, reject: &Reject, received_at: Timestamp) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        received_at: String,
        code: &'a str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<&'a RawValue>,
    }
    let line = Line {
        received_at: format!("{received_at:.6}"),
        code: reject.code,
        message: &reject.message,
        event: reject.json.as_deref(),
    };
    // What was sent may hold line breaks, between tokens only.
    let mut text = serde_json::to_vec(&line)?;
    text.retain(|byte| !matches!(byte, b'\n' | b'\r'));
    lines.append(&mut text);
    lines.push(b'\n');
    Ok(())
}

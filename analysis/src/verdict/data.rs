//! The segments that a verdict rests on: named by their bytes, and compared with a data folder.

use super::Difference;
use crate::log::{Folder, LogError};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// One segment of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Where it is in the data folder: `log/00000002.ndjson`, `events/dt=2026-11-21/00000001.parquet`.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 hash of these, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// Why a segment cannot be named.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The folder cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log changed meanwhile.
    #[error(
        "the log changed while it was read ({file}): stop the collector, or compact the log and copy the data folder, and try again"
    )]
    Changed {
        /// The first segment that changed.
        file: String,
    },
    /// A folder of the named segments alone cannot be made.
    #[error("cannot make a folder of the named segments: {0}")]
    View(#[source] io::Error),
}

/// The segments of a data folder, in the order of their numbers.
///
/// # Errors
/// Where the folder or a file cannot be read.
pub fn segments(folder: &Folder) -> Result<Vec<Segment>, SegmentError> {
    files(folder)?.into_iter().map(|(file, path)| segment(file, &path)).collect()
}

/// Whether the folder still holds what it held.
pub(super) fn unchanged(folder: &Folder, before: &[Segment]) -> Result<(), SegmentError> {
    let now = segments(folder)?;
    if now == before {
        return Ok(());
    }
    let changed = before.iter().find(|segment| !now.contains(segment));
    let changed = changed.or_else(|| now.iter().find(|segment| !before.contains(segment)));
    Err(SegmentError::Changed { file: changed.map(|segment| segment.file.clone()).unwrap_or_default() })
}

/// A data folder held against the segments of a verdict.
#[derive(Debug, Default)]
pub struct Compared {
    /// Segments that are missing or hold other bytes.
    pub differences: Vec<Difference>,
    /// Segments that the verdict names and the folder has, whatever their bytes.
    pub there: Vec<PathBuf>,
    /// Segments of the folder that the verdict does not name, and which are left out therefore.
    pub unnamed: usize,
}

/// What the differences are found by.
const BY_DATA: &str = "the data";

/// Holds a data folder against the segments of a verdict.
///
/// # Errors
/// Where the folder or a file cannot be read.
pub fn compare(folder: &Folder, named: &[Segment]) -> Result<Compared, SegmentError> {
    // Names come out of the folder's own list, so that no name in a verdict leads elsewhere.
    let files: BTreeMap<String, PathBuf> = files(folder)?.into_iter().collect();
    let mut compared = Compared {
        unnamed: files.keys().filter(|file| !named.iter().any(|segment| segment.file == **file)).count(),
        ..Compared::default()
    };
    for claimed in named {
        let place = |field: &str| format!("segments[{}]{field}", claimed.file);
        let Some(path) = files.get(&claimed.file) else {
            compared.differences.push(Difference {
                place: place(""),
                verdict: Some(format!("{} bytes", claimed.bytes)),
                by: BY_DATA,
                found: None,
            });
            continue;
        };
        compared.there.push(path.clone());
        let found = segment(claimed.file.clone(), path)?;
        if found.bytes != claimed.bytes {
            let (verdict, found) = (claimed.bytes.to_string(), found.bytes.to_string());
            compared.differences.push(Difference::new(place(".bytes"), verdict, BY_DATA, found));
        }
        if found.sha256 != claimed.sha256 {
            compared.differences.push(Difference::new(
                place(".sha256"),
                &claimed.sha256,
                BY_DATA,
                found.sha256,
            ));
        }
    }
    Ok(compared)
}

/// A folder of these segments alone, for as long as it is kept: links to the files.
///
/// # Errors
/// Where it cannot be made.
pub(super) fn view(folder: &Folder, segments: &[PathBuf]) -> Result<TempDir, SegmentError> {
    let make = || {
        let view = tempfile::tempdir()?;
        let root = fs::canonicalize(folder.root())?;
        for path in segments {
            let within = path.strip_prefix(folder.root()).map_err(io::Error::other)?;
            let link = view.path().join(within);
            if let Some(parent) = link.parent() {
                fs::create_dir_all(parent)?;
            }
            symlink(root.join(within), link)?;
        }
        Ok(view)
    };
    make().map_err(SegmentError::View)
}

/// Bytes in lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes that [`hex`] writes like this; none for any other text.
pub fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(value(*high)? << 4 | value(*low)?)).collect()
}

/// The names of the segments and where they are: the sealed ones, then the others, each by number.
fn files(folder: &Folder) -> Result<Vec<(String, PathBuf)>, SegmentError> {
    let sealed = folder.parquet_files()?.into_values();
    let open = folder.segments()?.into_iter().map(|number| folder.segment(number));
    let named = |path: PathBuf| {
        let within = path.strip_prefix(folder.root()).unwrap_or(&path);
        (within.to_string_lossy().into_owned(), path)
    };
    Ok(sealed.chain(open).map(named).collect())
}

fn segment(file: String, path: &Path) -> Result<Segment, SegmentError> {
    let hash = || {
        let mut hasher = Sha256::new();
        let bytes = io::copy(&mut File::open(path)?, &mut Hashing(&mut hasher))?;
        Ok((bytes, hex(&hasher.finalize())))
    };
    let (bytes, sha256) = hash().map_err(|source| SegmentError::Read { path: path.to_owned(), source })?;
    Ok(Segment { file, bytes, sha256 })
}

/// A hash as something to write to.
struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_read_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes_of(&hex(&bytes)), Some(bytes));
        for text in ["0", "0g", "0A", "é", " 00"] {
            assert_eq!(bytes_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_segment_is_named_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("log")).unwrap();
        fs::write(folder.path().join("log/00000001.ndjson"), "abc").unwrap();
        let own = Folder::new(folder.path());
        let segments = segments(&own).unwrap();
        // FIPS 180-2, appendix B.1: the hash of "abc".
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            segments,
            [Segment { file: "log/00000001.ndjson".to_owned(), bytes: 3, sha256: hash.to_owned() }]
        );
        assert!(unchanged(&own, &segments).is_ok());
        fs::write(folder.path().join("log/00000001.ndjson"), "abd").unwrap();
        assert!(matches!(unchanged(&own, &segments), Err(SegmentError::Changed { .. })));
        let compared = compare(&own, &segments).unwrap();
        assert_eq!(compared.differences.len(), 1, "{:?}", compared.differences);
        assert!(compared.differences[0].place.ends_with(".sha256"));
        let escape = Segment { file: "../secret".to_owned(), ..segments[0].clone() };
        let compared = compare(&own, &[escape]).unwrap();
        assert_eq!(
            (compared.there.len(), compared.unnamed, compared.differences[0].found.is_none()),
            (0, 1, true)
        );
    }
}

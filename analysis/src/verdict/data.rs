//! The segments that a verdict rests on: the sealed ones named by the Merkle root over their events, the others by
//! their bytes, and all compared with a data folder.

use super::Difference;
use crate::log::{Folder, LogError, VerifyError, merkle::Hash, verify};
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
#[serde(rename_all = "snake_case", tag = "state", deny_unknown_fields)]
pub enum Segment {
    /// A segment that is sealed: named by its events.
    Sealed {
        /// Where it is in the data folder, such as `events/dt=2026-11-21/00000001.parquet`.
        file: String,
        /// How many leaves its tree has: events, and those that were erased.
        leaves: u64,
        /// The Merkle root over them.
        root: Hash,
    },
    /// A segment that is not sealed yet: named by its bytes.
    Open {
        /// Where it is in the data folder, such as `log/00000002.ndjson`.
        file: String,
        /// Its size in bytes.
        bytes: u64,
        /// The SHA-256 hash of these, in lower-case hexadecimal digits.
        sha256: String,
    },
}

/// Why a segment cannot be named.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The folder cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A sealed segment is not what was sealed.
    #[error(transparent)]
    Sealed(#[from] VerifyError),
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

impl Segment {
    /// Where it is in the data folder.
    pub fn file(&self) -> &str {
        let (Self::Sealed { file, .. } | Self::Open { file, .. }) = self;
        file
    }
}

/// The segments of a data folder, the sealed ones first, each by number. Every event of the sealed ones is hashed anew.
///
/// # Errors
/// Where the folder or a file cannot be read, or a sealed segment is not what was sealed.
pub fn segments(folder: &Folder) -> Result<Vec<Segment>, SegmentError> {
    let files = files(folder)?;
    let sealed = files.sealed.iter().map(|(file, path)| {
        let root = verify(path)?;
        Ok(Segment::Sealed { file: file.clone(), leaves: root.leaves, root: root.hash })
    });
    let open = files.open.iter().map(|(file, path)| {
        let (bytes, sha256) = hashed(path)?;
        Ok(Segment::Open { file: file.clone(), bytes, sha256 })
    });
    sealed.chain(open).collect()
}

/// Whether the folder still holds these segments and no others.
pub(super) fn unchanged(folder: &Folder, before: &[Segment]) -> Result<(), SegmentError> {
    let files = files(folder)?;
    let changed = |file: &str| Err(SegmentError::Changed { file: file.to_owned() });
    let is_known = |file: &str| before.iter().any(|segment| segment.file() == file);
    if let Some(new) = files.sealed.keys().chain(files.open.keys()).find(|file| !is_known(file)) {
        return changed(new);
    }
    for segment in before {
        match segment {
            // What is sealed is never changed in place.
            Segment::Sealed { file, .. } if files.sealed.contains_key(file) => {}
            Segment::Open { file, bytes, sha256 } => match files.open.get(file).map(|path| hashed(path)) {
                Some(found) if found.as_ref().is_ok_and(|found| found == &(*bytes, sha256.clone())) => {}
                _ => return changed(file),
            },
            Segment::Sealed { file, .. } => return changed(file),
        }
    }
    Ok(())
}

/// A data folder held against the segments of a verdict.
#[derive(Debug, Default)]
pub struct Compared {
    /// Segments that are missing or hold something else.
    pub differences: Vec<Difference>,
    /// Segments that the verdict names and the folder has, whatever they hold.
    pub there: Vec<PathBuf>,
    /// How many of these were sealed since: their events are there, their bytes are not.
    pub sealed_since: usize,
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
    let files = files(folder)?;
    let mut compared = Compared::default();
    for claimed in named {
        let path = match claimed {
            Segment::Sealed { file, .. } => files.sealed.get(file),
            Segment::Open { file, .. } => files.open.get(file),
        };
        if let Some(path) = path {
            compared.there.push(path.clone());
            compared.hold(claimed, path)?;
        } else if let Some(path) = sealed_since(claimed, &files) {
            compared.there.push(path.clone());
            compared.sealed_since += 1;
        } else {
            let verdict = Some("a segment".to_owned());
            let place = format!("segments[{}]", claimed.file());
            compared.differences.push(Difference { place, verdict, by: BY_DATA, found: None });
        }
    }
    compared.unnamed = (files.sealed.len() + files.open.len()).saturating_sub(compared.there.len());
    Ok(compared)
}

impl Compared {
    fn hold(&mut self, claimed: &Segment, path: &Path) -> Result<(), SegmentError> {
        let mut differ = |field: &str, verdict: String, found: String| {
            if verdict != found {
                let place = format!("segments[{}]{field}", claimed.file());
                self.differences.push(Difference::new(place, verdict, BY_DATA, found));
            }
        };
        match claimed {
            Segment::Open { bytes, sha256, .. } => {
                let (found, hash) = hashed(path)?;
                differ(".bytes", bytes.to_string(), found.to_string());
                differ(".sha256", sha256.clone(), hash);
            }
            Segment::Sealed { leaves, root, .. } => match verify(path) {
                Ok(found) => {
                    differ(".leaves", leaves.to_string(), found.leaves.to_string());
                    differ(".root", root.to_string(), found.hash.to_string());
                }
                Err(error) => differ("", format!("the root {root}"), format!("none: {error}")),
            },
        }
        Ok(())
    }
}

/// The file that a segment became when it was sealed after the verdict: of the same number.
fn sealed_since<'a>(claimed: &Segment, files: &'a Files) -> Option<&'a PathBuf> {
    let Segment::Open { file, .. } = claimed else { return None };
    let number = Path::new(file).file_stem()?;
    files.sealed.values().find(|path| path.file_stem() == Some(number))
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

/// The names of the segments and where they are.
struct Files {
    sealed: BTreeMap<String, PathBuf>,
    open: BTreeMap<String, PathBuf>,
}

fn files(folder: &Folder) -> Result<Files, SegmentError> {
    let named = |path: PathBuf| {
        let within = path.strip_prefix(folder.root()).unwrap_or(&path);
        (within.to_string_lossy().into_owned(), path)
    };
    let sealed: BTreeMap<u64, PathBuf> = folder.parquet_files()?;
    // Between the last two steps of a compaction a segment is there twice.
    let open = folder.segments()?.into_iter().filter(|number| !sealed.contains_key(number));
    let open = open.map(|number| named(folder.segment(number))).collect();
    Ok(Files { sealed: sealed.into_values().map(named).collect(), open })
}

fn hashed(path: &Path) -> Result<(u64, String), SegmentError> {
    let hash = || {
        let mut hasher = Sha256::new();
        let bytes = io::copy(&mut File::open(path)?, &mut Hashing(&mut hasher))?;
        Ok((bytes, hex(&hasher.finalize())))
    };
    hash().map_err(|source| SegmentError::Read { path: path.to_owned(), source })
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
        let root = folder.path().join("data");
        fs::create_dir_all(root.join("log")).unwrap();
        fs::write(root.join("log/00000001.ndjson"), "abc").unwrap();
        let own = Folder::new(&root);
        let segments = segments(&own).unwrap();
        // FIPS 180-2, appendix B.1: the hash of "abc".
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            segments,
            [Segment::Open { file: "log/00000001.ndjson".to_owned(), bytes: 3, sha256: hash.to_owned() }]
        );
        assert!(unchanged(&own, &segments).is_ok());
        fs::write(root.join("log/00000001.ndjson"), "abd").unwrap();
        assert!(matches!(unchanged(&own, &segments), Err(SegmentError::Changed { .. })));
        let compared = compare(&own, &segments).unwrap();
        assert_eq!(compared.differences.len(), 1, "{:?}", compared.differences);
        assert!(compared.differences[0].place.ends_with(".sha256"));
        let escape = Segment::Open { file: "../secret".to_owned(), bytes: 3, sha256: hash.to_owned() };
        fs::write(folder.path().join("secret"), "abc").unwrap();
        let compared = compare(&own, &[escape]).unwrap();
        assert_eq!(
            (compared.there.len(), compared.unnamed, compared.differences[0].found.is_none()),
            (0, 1, true)
        );
    }
}

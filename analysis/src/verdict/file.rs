//! A verdict as a file: two lines of JSON.
//!
//! | line | what |
//! |---|---|
//! | 1 | the [`Verdict`] |
//! | 2 | the [`Seal`]: who signed the bytes of line 1, without its line break |
//!
//! Nothing is canonicalised: what was signed is what stands there, so `head -n 1` and any tool for Ed25519 are enough
//! to verify it.

use super::{FORMAT, VERSION, Verdict};
use serde::{Deserialize, Serialize};

/// The signature of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// `ed25519`.
    pub algorithm: String,
    /// The public key of whoever signed, in base64. A key that came with the file proves nothing by itself.
    pub public_key: String,
    /// The signature over the bytes of the first line, in base64.
    pub signature: String,
}

/// A file taken apart; what it says is not verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents<'a> {
    /// The bytes that are signed.
    pub signed: &'a [u8],
    /// Who signed them.
    pub seal: Seal,
    /// What they say.
    pub verdict: Verdict,
}

/// Why a file is no verdict that can be checked.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The end is missing.
    #[error("the file is cut short: a verdict is two lines, each with its line break; copy it again")]
    Truncated,
    /// There is more.
    #[error("the file has {lines} lines, and a verdict has two")]
    Lines {
        /// How many there are.
        lines: usize,
    },
    /// A line is something else.
    #[error("line {line} of the file is no part of a verdict: {error}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// It is of another format.
    #[error(
        "the file says that it is an `{format}` of version {version}; this program checks an `{FORMAT}` of version {VERSION}"
    )]
    Format {
        /// What it says to be.
        format: String,
        /// Of which version.
        version: u64,
    },
}

/// The bytes of a file. `sign` signs the first line.
///
/// # Errors
/// Where the verdict is no JSON.
pub fn write(verdict: &Verdict, sign: impl FnOnce(&[u8]) -> Seal) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec(verdict)?;
    let seal = serde_json::to_vec(&sign(&bytes))?;
    bytes.push(b'\n');
    bytes.extend(seal);
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a file. The signature is not verified.
///
/// # Errors
/// [`FileError`].
pub fn read(bytes: &[u8]) -> Result<Contents<'_>, FileError> {
    let Some(lines) = bytes.strip_suffix(b"\n") else { return Err(FileError::Truncated) };
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    let [signed, seal] = lines[..] else {
        return Err(if lines.len() < 2 {
            FileError::Truncated
        } else {
            FileError::Lines { lines: lines.len() }
        });
    };
    let wrong = |line| move |error| FileError::Line { line, error };
    let head: Head = serde_json::from_slice(signed).map_err(wrong(1))?;
    if head.format != FORMAT || head.version != u64::from(VERSION) {
        return Err(FileError::Format { format: head.format, version: head.version });
    }
    let verdict = serde_json::from_slice(signed).map_err(wrong(1))?;
    let seal = serde_json::from_slice(seal).map_err(wrong(2))?;
    Ok(Contents { signed, seal, verdict })
}

/// What has to be known of a file before the rest of it is read.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

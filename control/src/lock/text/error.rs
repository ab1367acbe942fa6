//! Why a text is no lock.

use super::{OLDEST, VERSION};
use crate::lock::Holder;
use std::{fmt, ops::Range};
use thiserror::Error;

/// Why a text is no lock, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct LockError {
    /// The line that it is about, from 1. None: the whole text.
    pub line: Option<usize>,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What is wrong with a lock's text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// Two branches changed it.
    #[error("a merge left both sides in it")]
    Conflict,
    /// It is no YAML, or of another form.
    #[error("it has not the form of a lock: {0}")]
    Form(String),
    /// Another version wrote it.
    #[error("it is of version {0}, and this program reads versions {OLDEST} to {VERSION}")]
    Version(u32),
    /// A key is not `<experiment>@<iteration>`.
    #[error("`{0}` is not `<experiment>@<iteration>`")]
    Key(String),
    /// Something has two blocks.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// A seed's fingerprint is none.
    #[error("`{0}` is no fingerprint: 16 hexadecimal digits are")]
    Fingerprint(String),
    /// What is hashed for a draw is nothing known.
    #[error("`{0}` is none of `unit`, `nonce` and `counter`")]
    Source(String),
    /// A range is not `<start>..<end>`.
    #[error("`{0}` is no range of buckets: `<start>..<end>` within 0..1000000 is")]
    Range(String),
    /// Two variants or levels have a bucket.
    #[error("bucket {bucket} belongs to `{one}` and to `{other}`")]
    Overlap {
        /// Which.
        bucket: u32,
        /// Whose.
        one: String,
        /// Whose, too.
        other: String,
    },
    /// No variant or level has a bucket.
    #[error("bucket {0} belongs to nobody")]
    Gap(u32),
    /// A run has neither buckets nor factors, or both.
    #[error("`{0}` has to have either `buckets` or `factors`")]
    Draw(String),
    /// Two holders have a slot.
    #[error("{one} and {other} both have slot {slot} of the layer `{layer}`")]
    Slot {
        /// The layer's id.
        layer: String,
        /// Which slot.
        slot: u32,
        /// Whose.
        one: Holder,
        /// Whose, too.
        other: Holder,
    },
    /// The parts of a bandit's block do not fit together.
    #[error("{0}")]
    Bandit(String),
}

impl LockError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self.flaw {
            Flaw::Conflict => {
                "each experiment is a block of its own: keep the blocks of both sides; where both changed one experiment, keep \
                 the side that is deployed, and build again"
            }
            Flaw::Version(_) => "build with the version of edgewise that wrote it, or a later one",
            Flaw::Slot { .. } => {
                "two branches took the same slots: remove the line of the one that is not deployed, and build again"
            }
            _ => "restore the file from version control (`git checkout -- edgewise.lock`) and build again",
        }
    }

    /// The line that the error is about, in bytes of the text.
    pub fn line(&self, text: &str) -> Option<Range<usize>> {
        let before = self.line?.checked_sub(1)?;
        let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
        let length = text.get(start..)?.lines().next()?.len();
        Some(start..start + length)
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "line {line}: {}", self.flaw),
            None => self.flaw.fmt(formatter),
        }
    }
}

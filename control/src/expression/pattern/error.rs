//! What a pattern cannot be, and what to write instead.

use super::{BUILD_BYTES, MAX_PATTERN_BYTES};
use edgewise_core::pattern::MAX_BYTES;
use std::ops::Range;
use thiserror::Error;

/// Why a regular expression has no table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PatternError {
    /// More text than is read.
    #[error("the pattern has {given} bytes; at most {MAX_PATTERN_BYTES} are allowed")]
    TooLong {
        /// The pattern's length in bytes.
        given: usize,
    },
    /// No regular expression, or none over text.
    #[error("this is no regular expression: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// Where, in bytes of the pattern.
        span: Range<usize>,
    },
    /// `\b` and its like where words are made of Unicode letters.
    #[error("word boundaries between Unicode letters cannot be told byte by byte")]
    UnicodeWordBoundary {
        /// Where the first one stands, in bytes of the pattern.
        span: Range<usize>,
    },
    /// An automaton that outgrows the memory set apart for building it.
    #[error("the pattern's automaton outgrows the {BUILD_BYTES} bytes that are allowed while it is built")]
    TooComplex,
    /// An automaton that core's table cannot hold.
    #[error("the pattern's table has {given} bytes; at most {MAX_BYTES} are allowed")]
    TableTooLarge {
        /// The table's size in bytes.
        given: usize,
    },
    /// Whatever else cannot be built.
    #[error("the pattern cannot be built: {message}")]
    Unsupported {
        /// What the builder says.
        message: String,
    },
}

impl PatternError {
    /// Where, in bytes of the pattern; none where it is about the pattern as a whole.
    pub fn span(&self) -> Option<Range<usize>> {
        match self {
            Self::Syntax { span, .. } | Self::UnicodeWordBoundary { span } => Some(span.clone()),
            Self::TooLong { .. }
            | Self::TooComplex
            | Self::TableTooLarge { .. }
            | Self::Unsupported { .. } => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => {
                "split it into several tests joined by `||`, or use `in [\"…\"]` for a list of words"
            }
            Self::Syntax { .. } => {
                "the syntax is that of Rust's `regex` crate and of RE2: no look-around and no back-references"
            }
            Self::UnicodeWordBoundary { .. } => r"write `(?-u:\b)`, for which only `[A-Za-z0-9_]` make words",
            Self::TooComplex | Self::TableTooLarge { .. } => {
                "write `(?-u:\\w)` or `[A-Za-z0-9_]` for `\\w`, `[0-9]` for `\\d`, smaller repetitions, or split it into \
                 several tests"
            }
            Self::Unsupported { .. } => "write it with other means, or split it into several tests",
        }
    }
}

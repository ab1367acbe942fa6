//! Why bytes are no ruleset.

use crate::{Digest, format};
use core::fmt;

/// Why [`Ruleset::read`](crate::Ruleset::read) refused the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RulesetError {
    /// The bytes do not begin with [`format::MAGIC`]: this is another kind of file.
    NotARuleset,
    /// The bytes end before the header or the declared length does: the file was cut off.
    Truncated {
        /// How many bytes were given.
        given: usize,
        /// How many it takes at least.
        needed: usize,
    },
    /// There are more bytes than the header declares.
    TrailingBytes {
        /// How many bytes were given.
        given: usize,
        /// How many the header declares.
        declared: usize,
    },
    /// The bytes are more than [`format::MAX_BYTES`].
    TooLarge {
        /// How many bytes were given.
        given: usize,
    },
    /// The ruleset is of a version that this reader does not know.
    Version {
        /// The ruleset's version.
        found: u16,
    },
    /// The bytes are not those that the digest was taken of: they were altered on the way.
    DigestMismatch {
        /// What the ruleset says.
        declared: Digest,
        /// What its bytes give.
        computed: Digest,
    },
    /// The ruleset uses something that this build leaves out.
    NotBuiltIn {
        /// What it is.
        missing: Missing,
    },
    /// The directory names a section that this reader does not know, or lies about one.
    Directory {
        /// The place in the directory, from 0.
        entry: usize,
    },
    /// A record contradicts the format.
    Record {
        /// The section.
        section: format::Section,
        /// The record's place in the section, from 0.
        index: usize,
        /// What is wrong with it.
        defect: Defect,
    },
}

/// What a build without the features `extensions` and `operators` does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Missing {
    /// Layers, holdouts, prerequisites, forced variants, fallbacks, placements, factors, winners, or priorities.
    Extensions = 0,
    /// Sticky experiments.
    Sticky = 1,
    /// Strategies other than the hash.
    Strategies = 2,
    /// Regular expressions.
    Patterns = 3,
    /// Versions.
    Versions = 4,
    /// Timestamps.
    Timestamps = 5,
    /// Networks.
    Networks = 6,
    /// Lists of strings.
    Lists = 7,
}

impl Missing {
    /// What messages call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extensions => {
                "layers, holdouts, prerequisites, forced variants, fallbacks, placements, factors, winners or priorities"
            }
            Self::Sticky => "sticky experiments",
            Self::Strategies => "strategies other than the hash",
            Self::Patterns => "regular expressions",
            Self::Versions => "versions",
            Self::Timestamps => "timestamps",
            Self::Networks => "networks",
            Self::Lists => "lists of strings",
        }
    }
}

/// What is wrong with one record of a ruleset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Defect {
    /// A text or a slice reaches beyond its section, or a text splits a character.
    OutOfBounds,
    /// A code has no meaning in this version.
    UnknownCode,
    /// A number is outside its range.
    OutOfRange,
    /// Records that have to be sorted, or disjoint, are not.
    Disorder,
    /// There are more of something than the limits of the format allow.
    TooMany,
    /// Conditions, layers, or what experiments and flags depend on, are deeper or more than they say, or than the
    /// limits allow.
    TooDeep,
    /// A text that has to hold something is empty.
    Empty,
}

impl fmt::Display for RulesetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARuleset => {
                f.write_str("not a ruleset: it does not begin with EDGEWISE; build one with `edgewise build`")
            }
            Self::Truncated { given, needed } => write!(
                f,
                "the ruleset is cut off: {given} bytes of at least {needed}; fetch or build it again"
            ),
            Self::TrailingBytes { given, declared } => {
                write!(f, "{given} bytes were given but the ruleset has {declared}; fetch or build it again")
            }
            Self::TooLarge { given } => {
                write!(f, "the ruleset has {given} bytes; at most {} are allowed", format::MAX_BYTES)
            }
            Self::Version { found } => write!(
                f,
                "the ruleset is of format version {found}, this evaluator reads version {}; update the older one",
                format::VERSION
            ),
            Self::DigestMismatch { declared, computed } => write!(
                f,
                "the ruleset was altered: it says {declared} but its bytes give {computed}; fetch or build it again"
            ),
            Self::NotBuiltIn { missing } => write!(
                f,
                "the ruleset has {}, which this build of the evaluator leaves out; load the full one",
                missing.as_str()
            ),
            Self::Directory { entry } => write!(
                f,
                "entry {entry} of the ruleset's directory is none that this evaluator knows; update the evaluator"
            ),
            Self::Record { section, index, defect } => {
                write!(f, "the ruleset cannot be read at {}, record {index}: {defect}", section.name())
            }
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfBounds => "a reference leads outside",
            Self::UnknownCode => "a code has no meaning",
            Self::OutOfRange => "a number is out of range",
            Self::Disorder => "the order is wrong",
            Self::TooMany => "there are too many",
            Self::TooDeep => "it depends on too much, or on itself",
            Self::Empty => "a text is empty",
        })
    }
}

impl core::error::Error for RulesetError {}

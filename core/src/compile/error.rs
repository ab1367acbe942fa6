//! What is wrong with a document, and where.

use crate::document::ValueType;
use alloc::string::String;
use core::fmt;

/// Why a document cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// Where in the document.
    pub place: Place,
    /// What is wrong there.
    pub problem: Problem,
}

/// A place in a document, spelt as a path: `experiments[checkout].variants[blue].overrides[colour]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub(super) fn document() -> Self {
        Self(String::new())
    }

    pub(super) fn experiment(id: &str) -> Self {
        Self::document().field("experiments").item(id)
    }

    pub(super) fn flag(id: &str) -> Self {
        Self::document().field("flags").item(id)
    }

    pub(super) fn variant(self, id: &str) -> Self {
        self.field("variants").item(id)
    }

    pub(super) fn field(mut self, name: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push('.');
        }
        self.0.push_str(name);
        self
    }

    pub(super) fn item(mut self, id: &str) -> Self {
        self.0.push('[');
        self.0.push_str(id);
        self.0.push(']');
        self
    }

    pub(super) fn problem(self, problem: Problem) -> CompileError {
        CompileError { place: self, problem }
    }

    /// The path as text; empty: the document as a whole.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong at a [`Place`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Something has to be there and is not.
    Empty,
    /// The id stands twice.
    Twice {
        /// The id.
        id: String,
    },
    /// No so many lower-case hexadecimal digits.
    NotHex {
        /// How many it takes.
        digits: usize,
    },
    /// More than the format holds.
    TooMany {
        /// The most that it holds.
        limit: usize,
    },
    /// The ruleset would be larger than evaluators read.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The largest size in bytes.
        limit: usize,
    },
    /// A number that counts from 1 is 0.
    Zero,
    /// A unit type that the document does not declare.
    UnknownUnit {
        /// Its name.
        unit: String,
    },
    /// A flag that the document does not declare.
    UnknownFlag {
        /// Its id.
        flag: String,
    },
    /// A variant that the experiment does not have.
    UnknownVariant {
        /// Its id.
        variant: String,
    },
    /// An experiment needs at least two variants.
    TooFewVariants {
        /// How many it has.
        count: usize,
    },
    /// Exactly one variant has to be the control.
    NotOneControl {
        /// How many are.
        count: usize,
    },
    /// A salt has to begin with its kind, and to go on after it.
    SaltPrefix {
        /// The kind.
        prefix: &'static str,
    },
    /// Another experiment has the same salt, so both draw units alike.
    SharedSalt {
        /// The other experiment's id.
        with: String,
    },
    /// Another experiment overrides the same flag.
    ClaimedTwice {
        /// The flag's id.
        flag: String,
        /// The other experiment's id.
        by: String,
    },
    /// The experiment ends before it starts.
    EndsBeforeStart,
    /// The ramp's stages do not rise strictly in time.
    RampOutOfOrder,
    /// A stage of the ramp lets fewer units in than the one before.
    RampFalls,
    /// More buckets than there are.
    NotAShare {
        /// How many.
        buckets: u32,
    },
    /// No half-open range of buckets.
    NotARange {
        /// Its first bucket.
        start: u32,
        /// One past its last bucket.
        end: u32,
    },
    /// Two ranges hold the same bucket.
    Overlap {
        /// The first such bucket.
        bucket: u32,
    },
    /// The value is no JSON text.
    NotJson,
    /// The value is of another type than the flag.
    WrongType {
        /// The flag's type.
        expected: ValueType,
        /// The value's type.
        found: ValueType,
    },
    /// The condition is deeper or has more parts than the format holds.
    TooDeep,
    /// An attribute's path is empty, or begins with the name of a unit type.
    NotAnAttribute,
    /// A number is infinite or no number.
    NotFinite,
    /// A list mixes types, holds booleans, or is empty.
    NotAList,
    /// Booleans can only be equal or not.
    UnorderedBooleans,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.as_str().is_empty() {
            write!(f, "the document: {}", self.problem)
        } else {
            write!(f, "{}: {}", self.place.as_str(), self.problem)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty; give it at least one"),
            Self::Twice { id } => write!(f, "`{id}` stands twice; rename or remove one"),
            Self::NotHex { digits } => write!(f, "takes {digits} lower-case hexadecimal digits"),
            Self::TooMany { limit } => write!(f, "a ruleset holds at most {limit} of these"),
            Self::TooLarge { bytes, limit } => {
                write!(f, "the ruleset would have {bytes} bytes; at most {limit} are allowed")
            }
            Self::Zero => f.write_str("counts from 1"),
            Self::UnknownUnit { unit } => {
                write!(f, "`{unit}` is no unit type; add it to `units` or name one of them")
            }
            Self::UnknownFlag { flag } => write!(f, "`{flag}` is no flag; declare it or correct the name"),
            Self::UnknownVariant { variant } => write!(f, "`{variant}` is no variant of this experiment"),
            Self::TooFewVariants { count } => write!(f, "{count} given; an experiment has at least two"),
            Self::NotOneControl { count } => write!(f, "{count} are the control; exactly one has to be"),
            Self::SaltPrefix { prefix } => write!(f, "has to begin with `{prefix}` and go on"),
            Self::SharedSalt { with } => write!(
                f,
                "is the salt of `{with}` too, so both draw units alike; change one, or let both say `share_salt`"
            ),
            Self::ClaimedTwice { flag, by } => {
                write!(f, "overrides the flag `{flag}`, as `{by}` does; let only one of them")
            }
            Self::EndsBeforeStart => f.write_str("has to lie after the start"),
            Self::RampOutOfOrder => f.write_str("stages have to rise strictly in time"),
            Self::RampFalls => {
                f.write_str("a stage lets fewer units in than the one before; ramps only ever add")
            }
            Self::NotAShare { buckets } => write!(f, "{buckets} buckets; 0 to 1,000,000 are allowed"),
            Self::NotARange { start, end } => {
                write!(f, "{start}..{end} is no range of buckets; 0 <= start < end <= 1,000,000")
            }
            Self::Overlap { bucket } => write!(f, "bucket {bucket} is given away twice"),
            Self::NotJson => f.write_str("is no JSON text"),
            Self::WrongType { expected, found } => {
                write!(f, "is of type {}; the flag is of type {}", found.as_str(), expected.as_str())
            }
            Self::TooDeep => f.write_str("is too deep or has too many parts; split it"),
            Self::NotAnAttribute => f.write_str(
                "an attribute's path is empty or begins with a unit type; conditions look at attributes",
            ),
            Self::NotFinite => f.write_str("a number is not finite"),
            Self::NotAList => {
                f.write_str("a list takes at least one string, or at least one number, and no mixture")
            }
            Self::UnorderedBooleans => f.write_str("booleans are only compared with eq and ne"),
        }
    }
}

impl ValueType {
    /// As documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Object => "object",
        }
    }
}

impl core::error::Error for CompileError {}

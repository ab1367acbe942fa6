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

    pub(super) fn item_of(list: &str, id: &str) -> Self {
        Self::document().field(list).item(id)
    }

    pub(super) fn experiment(id: &str) -> Self {
        Self::item_of("experiments", id)
    }

    pub(super) fn flag(id: &str) -> Self {
        Self::item_of("flags", id)
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
    /// A level that the factor does not have.
    UnknownLevel {
        /// Its name.
        level: String,
    },
    /// A segment that the document does not declare, or that this audience does not see.
    UnknownSegment {
        /// Its id.
        segment: String,
    },
    /// A layer that the document does not declare.
    UnknownLayer {
        /// Its id.
        layer: String,
    },
    /// A holdout that the document does not declare.
    UnknownHoldout {
        /// Its id.
        holdout: String,
    },
    /// An experiment that the document does not declare.
    UnknownExperiment {
        /// Its id.
        experiment: String,
    },
    /// A layer or holdout draws another unit type.
    OtherUnit {
        /// Its id.
        of: String,
    },
    /// Two hold the same bucket of a layer.
    SlotTaken {
        /// The first such bucket.
        bucket: u32,
        /// Who holds it.
        by: String,
        /// Who claims it as well.
        other: String,
    },
    /// Something that needs the memory of the host, which only sticky experiments have.
    NeedsSticky,
    /// Something that draws anew for each call cannot be sticky.
    CannotBeSticky,
    /// Graduated without a graduation, or the other way round.
    GraduationAndState,
    /// Placements without the strategy that asks for them, or the other way round.
    PlacementsAndStrategy,
    /// Every variant in turn takes equal weights.
    UnequalWeights,
    /// Factors and an allocation at once, or factors without the strategy hash or context.
    FactorsAndAllocation,
    /// There has to be a cell for each combination of levels.
    WrongNumberOfCells {
        /// How many there are.
        given: usize,
        /// How many it takes.
        needed: usize,
    },
    /// No id of 1 to 1,024 bytes.
    NotAUnitId,
    /// Of an experiment and what it overrides or requires only one is left out for browsers.
    OneIsHidden {
        /// The other one's id.
        other: String,
    },
    /// Browsers would see the literals of a private attribute, or unit ids.
    WouldShow {
        /// The attribute.
        attribute: String,
    },
    /// Depends on itself, or on too much.
    Circle,
    /// The table is none that evaluators walk.
    NotAPattern {
        /// The expression.
        pattern: String,
    },
    /// No version.
    NotAVersion {
        /// What it is.
        text: String,
    },
    /// No RFC 3339 timestamp.
    NotAnInstant {
        /// What it is.
        text: String,
    },
    /// Neither a CIDR block nor an address.
    NotANetwork {
        /// What it is.
        text: String,
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
    /// Another experiment overrides the same flag, and some units can be in both.
    ClaimedTwice {
        /// The flag's id.
        flag: String,
        /// The other experiment's id.
        by: String,
    },
    /// Two experiments with a common flag have the same priority.
    SamePriority {
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
    #[allow(clippy::too_many_lines, reason = "one message after the other")]
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
            Self::UnknownLevel { level } => write!(f, "`{level}` is no level of this factor"),
            Self::UnknownSegment { segment } => {
                write!(f, "`{segment}` is no segment that may be used here; declare it or correct the name")
            }
            Self::UnknownLayer { layer } => write!(f, "`{layer}` is no layer; declare it or correct the name"),
            Self::UnknownHoldout { holdout } => {
                write!(f, "`{holdout}` is no holdout; declare it or correct the name")
            }
            Self::UnknownExperiment { experiment } => {
                write!(f, "`{experiment}` is no experiment; declare it or correct the name")
            }
            Self::OtherUnit { of } => write!(f, "`{of}` draws another unit type; both have to draw the same"),
            Self::SlotTaken { bucket, by, other } => {
                write!(f, "bucket {bucket} is held by `{by}` and by `{other}`; give each its own slots")
            }
            Self::NeedsSticky => f.write_str("works only where the host remembers; let the experiment say `sticky`"),
            Self::CannotBeSticky => f.write_str("draws anew for each call, so the experiment cannot be `sticky`"),
            Self::GraduationAndState => f.write_str("the state `graduated` and a graduation go together"),
            Self::PlacementsAndStrategy => f.write_str("the strategy `context` and placements go together"),
            Self::UnequalWeights => {
                f.write_str("every variant in turn takes equal weights; or take the strategy `random`")
            }
            Self::FactorsAndAllocation => f.write_str(
                "factors stand instead of an allocation, and take the strategy `hash` or `context`",
            ),
            Self::WrongNumberOfCells { given, needed } => {
                write!(f, "{given} cells given; the levels have {needed} combinations")
            }
            Self::NotAUnitId => f.write_str("a unit id has 1 to 1,024 bytes"),
            Self::OneIsHidden { other } => {
                write!(f, "depends on `{other}`, and only one of them says `server_only`; let both or none")
            }
            Self::WouldShow { attribute } => write!(
                f,
                "would show browsers what `{attribute}` is compared with; use `==`, `!=`, `in` or presence, or say `server_only`"
            ),
            Self::Circle => f.write_str("depends on itself, or on too much; take a prerequisite away"),
            Self::NotAPattern { pattern } => {
                write!(f, "the table of the regular expression `{pattern}` cannot be walked; build it again")
            }
            Self::NotAVersion { text } => write!(f, "`{text}` is no version; write one as 2.4.0"),
            Self::NotAnInstant { text } => {
                write!(f, "`{text}` is no timestamp; write one as 2026-01-31T09:00:00Z")
            }
            Self::NotANetwork { text } => {
                write!(f, "`{text}` is no network; write one as 10.0.0.0/8 with nothing behind the prefix")
            }
            Self::TooFewVariants { count } => write!(f, "{count} given; an experiment has at least two"),
            Self::NotOneControl { count } => write!(f, "{count} are the control; exactly one has to be"),
            Self::SaltPrefix { prefix } => write!(f, "has to begin with `{prefix}` and go on"),
            Self::SharedSalt { with } => write!(
                f,
                "is the salt of `{with}` too, so both draw units alike; change one, or let both say `share_salt`"
            ),
            Self::ClaimedTwice { flag, by } => {
                write!(
                    f,
                    "overrides the flag `{flag}`, as `{by}` does for some of the same units; put both in one layer, or give one a higher priority and let this one say `allow_masking`"
                )
            }
            Self::SamePriority { flag, by } => write!(
                f,
                "overrides the flag `{flag}` with the same priority as `{by}`; give the one that is to have it a higher one"
            ),
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
                "an attribute's path is empty or goes on behind a unit type; a unit type alone is the unit's id",
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

//! What an expression cannot be, and what to write instead.

use super::pattern::PatternError;
use std::ops::Range;
use thiserror::Error;

/// What is wrong with an expression and where, in bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct ExpressionError {
    /// What is wrong.
    pub kind: ExpressionProblem,
    /// Where.
    pub span: Range<usize>,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExpressionProblem {
    /// There is nothing to read.
    #[error("the expression is empty")]
    Empty,
    /// The text ends where something is still needed.
    #[error("the expression ends too early")]
    EndsEarly,
    /// A word or sign that has no meaning where it stands.
    #[error("`{0}` has no meaning here")]
    Unexpected(String),
    /// Anything else that the parser says.
    #[error("this is no expression: {0}")]
    Syntax(String),
    /// More bytes than are read.
    #[error("the expression is longer than {0} bytes")]
    TooLong(usize),
    /// More brackets in each other than are read.
    #[error("more than {0} brackets stand in each other")]
    TooDeep(u8),
    /// A function that is none.
    #[error("there is no function `{0}`")]
    UnknownFunction(String),
    /// A function with the wrong arguments.
    #[error("`{function}` needs {needs}")]
    Arguments {
        /// The function's name.
        function: String,
        /// What it needs.
        needs: &'static str,
    },
    /// Arithmetic, the conditional operator, macros, maps, indices.
    #[error("{0} cannot be used here")]
    OutsideSubset(&'static str),
    /// A unit type where anything but text is needed.
    #[error("`{0}` is a unit type: its id is text and nothing else")]
    UnitType(String),
    /// `now` where it is not compared with an instant.
    #[error("`now` is the time of the question, and no attribute")]
    Now,
    /// A segment that is not there.
    #[error("there is no segment `{segment}`")]
    UnknownSegment {
        /// What stands there.
        segment: String,
        /// What was probably meant, or what there is.
        advice: String,
    },
    /// Something else than text, looked for in a list.
    #[error("a list attribute holds text, and this is none")]
    ListOfText,
    /// `semver("2.x")`.
    #[error("`{0}` is no version")]
    Version(String),
    /// `timestamp("tomorrow")`.
    #[error("`{0}` is no point in time")]
    Instant(String),
    /// `inNetwork("10.1.2.3/8")`.
    #[error("`{0}` is no network")]
    Network(String),
    /// A regular expression that cannot be built.
    #[error("{0}")]
    Pattern(PatternError),
    /// No attribute on either side of a comparison.
    #[error("this compares nothing of the context")]
    NoAttribute,
    /// An attribute on both sides.
    #[error("two attributes cannot be compared with each other")]
    TwoAttributes,
    /// `x == null`.
    #[error("an attribute is never null: it is there or it is not")]
    Null,
    /// `<` between booleans.
    #[error("booleans have no order")]
    BooleanOrder,
    /// A value where a condition is needed.
    #[error("this is {0} and no condition")]
    NoCondition(&'static str),
    /// Something else than a literal where one is needed.
    #[error("a literal is needed here")]
    NoLiteral,
    /// A number that `f64` cannot hold.
    #[error("the number {0} cannot be held exactly")]
    Inexact(String),
    /// A list of nothing.
    #[error("the list is empty, so that this is never true")]
    EmptyList,
    /// A list of strings and numbers, or of anything else.
    #[error("a list holds strings or numbers, not both and nothing else")]
    MixedList,
}

impl ExpressionProblem {
    /// What the underlined place is, in a word or two.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Empty | Self::EndsEarly => "something is missing here",
            Self::UnknownFunction(_) => "unknown function",
            Self::UnknownSegment { .. } => "unknown segment",
            Self::UnitType(_) => "a unit type",
            Self::Now => "no attribute",
            Self::ListOfText => "no text",
            Self::Version(_) => "no version",
            Self::Instant(_) => "no RFC 3339 time",
            Self::Network(_) => "no network",
            Self::TwoAttributes => "two attributes",
            Self::Null => "never true",
            Self::EmptyList => "nothing in it",
            _ => "here",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Empty => {
                "leave the field out to take everyone, or write a condition such as `country == \"IN\"`"
                    .into()
            }
            Self::EndsEarly => {
                "complete it, or remove what stands last; a complete one is `country == \"IN\" && is_new`"
                    .into()
            }
            Self::Unexpected(word) => unexpected(word),
            Self::Syntax(_) => {
                "a complete expression is `country in [\"IN\", \"US\"] && app.plan == \"pro\"`".into()
            }
            Self::TooLong(_) => "hand in the answer as an attribute of its own".into(),
            Self::TooDeep(_) => "remove brackets that change nothing, or split the condition".into(),
            Self::UnknownFunction(name) => unknown_function(name),
            Self::Arguments { function, .. } => match function.as_str() {
                "present" => "write `present(country)`".into(),
                "has" => {
                    "write `has(app.version)`, or `present(version)` for an attribute that is not nested"
                        .into()
                }
                "attr" => "write `attr(\"any name\")`".into(),
                "semver" => "write `app.version >= semver(\"2.4.0\")`".into(),
                "timestamp" => "write `now >= timestamp(\"2026-01-05T00:00:00Z\")`".into(),
                "segment" => "write `segment(\"internal\")`".into(),
                "inNetwork" => "write `ip.inNetwork(\"10.0.0.0/8\")`, or a list of such networks".into(),
                "hasAny" | "hasAll" => format!("write `tags.{function}([\"a\", \"b\"])`"),
                function => format!("write `mail.{function}(\"…\")`"),
            },
            Self::OutsideSubset(what) => outside(what),
            Self::UnitType(unit) => format!(
                "compare it with text in quotes: `{unit} in [\"…\"]`; hand in anything else as an attribute of its own, \
                 such as `{unit}_plan`"
            ),
            Self::Now => "compare it with a time: `now >= timestamp(\"2026-01-05T00:00:00Z\")`; an attribute of that name is \
                          `attr(\"now\")`"
                .into(),
            Self::UnknownSegment { segment, advice } if advice.starts_with("there is no") => {
                format!("write segments/{segment}.yaml with `id` and `condition`")
            }
            Self::UnknownSegment { advice, .. } => advice.clone(),
            Self::ListOfText => "write text in quotes: `\"beta\" in tags`".into(),
            Self::Version(_) => "write it as Semantic Versioning has it, such as `2.4.0` or `2.4.0-rc.1`".into(),
            Self::Instant(_) => {
                "write date, time and zone: `2026-01-05T00:00:00Z` or `2026-01-05T09:00:00+05:30`".into()
            }
            Self::Network(_) => "write an address and the length of its prefix, with zeros behind the prefix: `10.0.0.0/8`, \
                                 `2001:db8::/32`"
                .into(),
            Self::Pattern(error) => error.help().into(),
            Self::NoAttribute => "name an attribute on one side: `country == \"IN\"`".into(),
            Self::TwoAttributes => {
                "compare with a literal, or hand in the comparison's result as an attribute of its own".into()
            }
            Self::Null => "write `!present(country)` or `present(country)`".into(),
            Self::BooleanOrder => "write `==` or `!=`, or the attribute alone: `is_new`, `!is_new`".into(),
            Self::NoCondition(_) => "compare it: `country == \"IN\"`, `age >= 18`".into(),
            Self::NoLiteral => "write a string in quotes, a number, `true` or `false`".into(),
            Self::Inexact(_) => "write a finite number of at most 2^53, or compare a string".into(),
            Self::EmptyList => "write at least one value, or `false`".into(),
            Self::MixedList => "write one test for each type: `x in [\"a\"] || x in [1]`".into(),
        }
    }
}

fn unexpected(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "and" | "&" => "write `&&`".into(),
        "or" | "|" => "write `||`".into(),
        "not" => "write `!`".into(),
        "=" => "write `==`".into(),
        word if word.starts_with(['"', '\'']) => "close the quote".into(),
        _ => "strings stand in quotes; attributes whose names are no identifiers are written `attr(\"any name\")`".into(),
    }
}

fn unknown_function(name: &str) -> String {
    if name == "size" {
        return "hand in the length as an attribute of its own".into();
    }
    let known = [
        "present",
        "has",
        "attr",
        "startsWith",
        "endsWith",
        "contains",
        "matches",
        "semver",
        "timestamp",
        "inNetwork",
        "hasAny",
        "hasAll",
        "segment",
    ];
    crate::project::advice(name, "functions", known)
}

fn outside(what: &str) -> String {
    match what {
        "arithmetic" => {
            "hand in the result as an attribute of its own, or compare with the number itself".into()
        }
        "the conditional operator" => "write it with logic: `(a && b) || (!a && c)`".into(),
        "an index" => {
            "write nested attributes with dots: `app.version`, other names as `attr(\"any name\")`".into()
        }
        "a macro over lists" => "write `\"beta\" in tags`, `tags.hasAny([\"a\", \"b\"])` or `tags.hasAll([…])`".into(),
        _ => "use comparisons, `in`, `matches`, `startsWith`, `endsWith`, `contains`, `present`, `segment`, `&&`, `||` \
              and `!`"
            .into(),
    }
}

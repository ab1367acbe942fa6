//! Conditions in a document.

use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Visitor},
};

/// A condition tree over the attributes of a context, in Kleene's three-valued logic.
///
/// An attribute is named by its path: `app.version` is `["app", "version"]`. A path of one name that is a unit type is
/// the context's id of that type; the empty path is the time of the evaluation, which only [`Condition::Timestamp`]
/// looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// True or false whatever the context holds.
    Constant(bool),
    /// False if any is false, else unknown if any is unknown, else true. Empty: true.
    And(Vec<Condition>),
    /// True if any is true, else unknown if any is unknown, else false. Empty: false.
    Or(Vec<Condition>),
    /// Swaps true and false; unknown stays unknown.
    Not(alloc::boxed::Box<Condition>),
    /// Whether the unit belongs to the segment of this id: what its condition says, unknown included.
    Segment(String),
    /// Whether the context holds the attribute, of whatever type. Never unknown.
    Present(Vec<String>),
    /// Compares the attribute with a literal of the same type; anything else is unknown.
    Compare(Comparison),
    /// Whether the attribute equals one of the literals, all strings or all numbers.
    In(Membership),
    /// Looks at the ends or the inside of a string attribute.
    Text(TextTest),
    /// Whether a string attribute matches a regular expression somewhere.
    Matches(PatternTest),
    /// Compares a string attribute with a version, in the order of SemVer 2.0: see [`semver`](crate::semver).
    Semver(TextComparison),
    /// Compares an attribute with an instant: RFC 3339 texts, or milliseconds since the Unix epoch as numbers. See
    /// [`timestamp`](crate::timestamp).
    Timestamp(TextComparison),
    /// Whether a string attribute is an address in one of the networks: see [`address`](crate::address).
    Network(NetworkTest),
    /// Whether a list of strings holds any, or all, of the literals.
    Holds(ListTest),
}

/// See [`Condition::Compare`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The attribute's path.
    pub attribute: Vec<String>,
    /// Booleans know `eq` and `ne` only.
    pub operator: Operator,
    /// What the attribute is compared with.
    pub value: Literal,
}

/// See [`Condition::In`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The attribute's path.
    pub attribute: Vec<String>,
    /// At least one; order and repetition mean nothing.
    pub values: Vec<Literal>,
}

/// See [`Condition::Text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextTest {
    /// The attribute's path.
    pub attribute: Vec<String>,
    /// Where to look.
    pub operator: TextOperator,
    /// What to look for, byte by byte.
    pub value: String,
}

/// See [`Condition::Matches`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternTest {
    /// The attribute's path.
    pub attribute: Vec<String>,
    /// The expression as it was written, for people.
    pub pattern: String,
    /// The automaton: see [`pattern`](crate::pattern).
    pub table: Vec<u16>,
}

/// See [`Condition::Semver`] and [`Condition::Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextComparison {
    /// The attribute's path.
    pub attribute: Vec<String>,
    /// How the attribute is to stand to the value.
    pub operator: Operator,
    /// A version, or an instant as RFC 3339 writes it.
    pub value: String,
}

/// See [`Condition::Network`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkTest {
    /// The attribute's path.
    pub attribute: Vec<String>,
    /// CIDR blocks or addresses, at least one; order and overlaps mean nothing.
    pub networks: Vec<String>,
}

/// See [`Condition::Holds`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListTest {
    /// The attribute's path.
    pub attribute: Vec<String>,
    /// How many of the values it takes.
    pub operator: ListOperator,
    /// At least one; order and repetition mean nothing.
    pub values: Vec<String>,
}

/// The order of strings is that of their UTF-8 bytes, the order of numbers that of `f64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// Where a [`TextTest`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextOperator {
    /// At the beginning.
    StartsWith,
    /// At the end.
    EndsWith,
    /// Anywhere.
    Contains,
}

/// How many of its values a [`ListTest`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOperator {
    /// At least one.
    Any,
    /// Every one.
    All,
}

/// What an attribute can be compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// A string.
    String(String),
}

// By hand: what serde derives for an untagged enum first keeps the value whole, which weighs kilobytes in a browser.
impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LiteralVisitor)
    }
}

struct LiteralVisitor;

impl Visitor<'_> for LiteralVisitor {
    type Value = Literal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean, a number or a string")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Literal, E> {
        Ok(Literal::Bool(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Literal, E> {
        Ok(Literal::Number(value))
    }

    #[allow(clippy::cast_precision_loss, reason = "JSON's numbers are those of JavaScript")]
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Literal, E> {
        Ok(Literal::Number(value as f64))
    }

    #[allow(clippy::cast_precision_loss, reason = "JSON's numbers are those of JavaScript")]
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Literal, E> {
        Ok(Literal::Number(value as f64))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Literal, E> {
        Ok(Literal::String(value.into()))
    }
}

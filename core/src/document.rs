//! The document: what `control` writes and [`compile`](crate::compile()) turns into ruleset bytes.
//!
//! A document is complete and explicit: salts are spelled out, weights are already bucket ranges, expressions are
//! already condition trees, times are already absolute. Its JSON form is what these types serialise to.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Everything that one ruleset holds, for one tenant and environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The workspace seed, `k0` of every hash: 16 lower-case hexadecimal digits.
    pub seed: String,
    /// Whose experiments these are, where a workspace serves several tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// `development`, `staging`, `production` or any other name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The unit types that a context may hold ids of. The order is kept: the first one is the default.
    pub units: Vec<String>,
    /// The experiments, in any order; ids are unique.
    #[serde(default)]
    pub experiments: Vec<Experiment>,
    /// The flags, in any order; ids are unique.
    #[serde(default)]
    pub flags: Vec<Flag>,
}

/// One experiment in one iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What code and events call it.
    pub id: String,
    /// Which run of the experiment this is, from 1. A restart is a new iteration with a new salt.
    pub iteration: u32,
    /// What the unit is hashed with: `experiment:<id>@<iteration>`, unless the experiment was renamed.
    pub salt: String,
    /// Says that another experiment has this very salt, on purpose.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub share_salt: bool,
    /// The assignment unit type, one of [`Document::units`].
    pub unit: String,
    /// Whether it serves.
    pub state: State,
    /// Milliseconds since the Unix epoch, inclusive. Before it nobody is assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// Milliseconds since the Unix epoch, exclusive. From it on nobody is assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// Who may enter. None: everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Condition>,
    /// Which share of the targeted units enters, over time. Empty: all of them, always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ramp: Vec<RampStage>,
    /// At least two; exactly one is the control.
    pub variants: Vec<Variant>,
    /// Which bucket belongs to which variant: half-open, disjoint, in any order.
    pub allocation: Vec<AllocationRange>,
    /// Digest of the analysis plan that was fixed before the first exposure: 32 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// What an experiment does with units that ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Assigns units between `start` and `end`.
    Running,
    /// Assigns nobody: every answer is [`Reason::Paused`](crate::Reason::Paused).
    Paused,
}

/// One stage of a ramp: from a time on, the units whose entry bucket lies below `buckets` enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RampStage {
    /// Milliseconds since the Unix epoch; None: since ever. Stages rise strictly in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// 0 to 1,000,000, so 10,000 is one percent. Stages never fall, so that a unit once in stays in.
    pub buckets: u32,
}

/// One arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What code and events call it; unique in the experiment.
    pub id: String,
    /// Whether the others are compared with this one.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub control: bool,
    /// Flag id to the value, as JSON text, that units of this variant get instead of the flag's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<String, String>,
}

/// Buckets `start..end` belong to `variant`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllocationRange {
    /// The first bucket, 0 to 999,999.
    pub start: u32,
    /// One past the last bucket, 1 to 1,000,000.
    pub end: u32,
    /// The id of a variant.
    pub variant: String,
}

/// A typed parameter with a default and rules; experiments override it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// What code calls it.
    pub id: String,
    /// What rollouts hash the unit with: `flag:<id>`, unless the flag was renamed.
    pub salt: String,
    /// The type of every value of it.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// The value, as JSON text, where neither an experiment nor a rule says otherwise.
    pub default: String,
    /// Tried in this order; the first that takes the unit decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<FlagRule>,
}

/// The type of a flag's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// `true` or `false`.
    Boolean,
    /// A JSON number.
    Number,
    /// A JSON string.
    String,
    /// A JSON object or array.
    Object,
}

/// One rule of a flag: whom it takes, and what they get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagRule {
    /// Whom it is for. None: everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Which share of them gets it. None: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// What they get, as JSON text.
    pub value: String,
}

/// A percentage rollout: the units whose entry bucket under the flag's salt lies below `buckets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// The unit type that is hashed, one of [`Document::units`].
    pub unit: String,
    /// 0 to 1,000,000, so 10,000 is one percent.
    pub buckets: u32,
}

/// A condition tree over the attributes of a context, in Kleene's three-valued logic.
///
/// An attribute is named by its path: `app.version` is `["app", "version"]`.
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
    /// Whether the context holds the attribute, of whatever type. Never unknown.
    Present(Vec<String>),
    /// Compares the attribute with a literal of the same type; anything else is unknown.
    Compare(Comparison),
    /// Whether the attribute equals one of the literals, all strings or all numbers.
    In(Membership),
    /// Looks at the ends or the inside of a string attribute.
    Text(TextTest),
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

/// What an attribute can be compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// A string.
    String(String),
}

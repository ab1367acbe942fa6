//! Flags in a document.

use super::Condition;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

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
    /// Left out for browsers, and so is every experiment that overrides it: both have to say so.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub server_only: bool,
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
    /// The unit type that is hashed, one of [`Document::units`](super::Document::units).
    pub unit: String,
    /// 0 to 1,000,000, so 10,000 is one percent.
    pub buckets: u32,
}

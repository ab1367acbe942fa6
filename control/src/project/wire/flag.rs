//! A flag's file.

use super::Amount;
use crate::project::valid::identifier;
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// A flag: a typed parameter with a default, which experiments override.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise flag")]
pub struct FlagFile {
    /// What code calls it.
    #[garde(custom(identifier))]
    pub id: String,
    /// What it does.
    #[garde(skip)]
    pub description: Option<String>,
    /// The type of every value of it.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub value_type: FlagType,
    /// The value where neither an experiment nor a rule says otherwise.
    #[garde(skip)]
    pub default: Value,
    /// Tried in this order; the first that takes the unit decides.
    #[serde(default)]
    #[garde(skip)]
    pub rules: Vec<RuleFile>,
    /// Browsers must not see it, nor the experiments that override it: these say so too.
    #[serde(default)]
    #[garde(skip)]
    pub server_only: bool,
    /// The id that the flag had when the units of its rollouts were drawn.
    #[garde(inner(custom(identifier)))]
    pub was: Option<String>,
}

/// The type of a flag's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagType {
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// Text.
    String,
    /// A mapping or a list.
    Object,
}

/// One rule of a flag: whom it takes and what they get.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Whom it is for: an expression over the context. Without it: everyone.
    pub when: Option<String>,
    /// Which share of them gets it. Without it: all.
    pub rollout: Option<Amount>,
    /// The unit type that the rollout draws. The workspace's first unless said otherwise.
    pub by: Option<String>,
    /// What they get.
    pub value: Value,
}

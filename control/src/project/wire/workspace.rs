//! The workspace's file.

use super::TextOr;
use crate::project::valid::{identifier, is_seed, not_empty};
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

/// The workspace: what all experiments of the folder have in common.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise workspace")]
pub struct WorkspaceFile {
    /// The seed of every draw: 16 hexadecimal digits. Changing it draws every unit of every experiment afresh.
    #[garde(custom(is_seed))]
    pub seed: String,
    /// The unit types that a context may name. The first is the default.
    #[garde(custom(not_empty), inner(custom(identifier)))]
    pub units: Vec<String>,
    /// Whose experiments these are, where a build names no tenant.
    #[garde(inner(custom(identifier)))]
    pub tenant: Option<String>,
    /// Where they run, where a build names no environment: `development`, `staging`, `production`.
    #[garde(inner(custom(identifier)))]
    pub environment: Option<String>,
    /// Where else they run. Each has a seed of its own: the one that stands here, or one derived from the workspace's.
    #[serde(default)]
    #[garde(skip)]
    pub environments: Vec<TextOr<EnvironmentFile>>,
    /// Whose experiments there are besides. Each tenant has a seed of its own, derived from the environment's.
    #[serde(default)]
    #[garde(inner(custom(identifier)))]
    pub tenants: Vec<String>,
    /// Turns whole parts off.
    #[serde(default)]
    #[garde(skip)]
    pub switches: SwitchesFile,
    /// Attributes whose literals a browser must not see: `email`, `account.tier`, `attr("any name")`.
    #[serde(default)]
    #[garde(skip)]
    pub private: Vec<String>,
}

/// An environment that has a seed of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentFile {
    /// What builds call it.
    pub id: String,
    /// 16 hexadecimal digits.
    pub seed: Option<String>,
}

/// Turns whole parts of the system off. Absent: on.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchesFile {
    /// Off: no experiment takes a unit, and flags fall to their rules.
    pub experiments: Option<bool>,
    /// Off: no rule of a flag is tried; experiments still override, else flags have their defaults.
    pub flags: Option<bool>,
    /// Off: nothing is analysed.
    pub analysis: Option<bool>,
    /// Off: guardrails are measured and decide nothing.
    pub guardrails: Option<bool>,
}

//! The document: what `control` writes and [`compile`](crate::compile()) turns into ruleset bytes.
//!
//! A document is complete and explicit: salts are spelled out, weights are already bucket ranges, expressions are
//! already condition trees, times are already absolute. Its JSON form is what these types serialise to.

mod condition;
mod experiment;
mod flag;

pub use condition::{
    Comparison, Condition, ListOperator, ListTest, Literal, Membership, NetworkTest, Operator, PatternTest,
    TextComparison, TextOperator, TextTest,
};
pub use experiment::{
    AllocationRange, Experiment, Factor, Forced, Graduation, LevelRange, Placement, Prerequisite, RampStage,
    State, Strategy, Variant,
};
pub use flag::{Flag, FlagRule, Rollout, ValueType};

use alloc::{string::String, vec::Vec};
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
    /// What is on. Absent: everything.
    #[serde(default, skip_serializing_if = "Switches::all_on")]
    pub switches: Switches,
    /// The unit types that a context may hold ids of. The order is kept: the first one is the default.
    pub units: Vec<String>,
    /// Attributes whose literals a browser must not see; see [`Audience::Client`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<Vec<String>>,
    /// Named conditions, in any order; ids are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// The layers, in any order; ids are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Layer>,
    /// The holdouts, in any order; ids are unique, also among the experiments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holdouts: Vec<Holdout>,
    /// The experiments, in any order; ids are unique.
    #[serde(default)]
    pub experiments: Vec<Experiment>,
    /// The flags, in any order; ids are unique.
    #[serde(default)]
    pub flags: Vec<Flag>,
}

impl Document {
    /// A document of one workspace with these unit types, and nothing else yet.
    pub fn new(seed: &str, units: &[&str]) -> Self {
        Self {
            seed: seed.into(),
            tenant: None,
            environment: None,
            switches: Switches::default(),
            units: units.iter().map(|unit| (*unit).into()).collect(),
            private: Vec::new(),
            segments: Vec::new(),
            layers: Vec::new(),
            holdouts: Vec::new(),
            experiments: Vec::new(),
            flags: Vec::new(),
        }
    }
}

/// For whom a document is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everything.
    #[default]
    Server,
    /// What a browser may see: nothing marked `server_only`, and the literals of private attributes as keyed hashes.
    Client,
}

/// Turns whole parts of a ruleset off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// Off: no experiment takes a unit; flags fall to their rules.
    pub experiments: bool,
    /// Off: no rule of a flag is tried; experiments still override, else flags have their defaults.
    pub flags: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { experiments: true, flags: true }
    }
}

impl Switches {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    fn all_on(&self) -> bool {
        *self == Self::default()
    }
}

/// A condition with a name, for other conditions to use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// What conditions call it.
    pub id: String,
    /// Who belongs to it. It may use other segments, but not itself by way of them.
    pub condition: Condition,
    /// Left out for browsers, and so is whatever uses it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub server_only: bool,
}

/// A part of the traffic that is shared out: whoever holds a slot has the units of its buckets for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// What experiments call it.
    pub id: String,
    /// What the unit is hashed with: `layer:<id>`, unless the layer was renamed.
    pub salt: String,
    /// The unit type, one of [`Document::units`]; that of everything in the layer.
    pub unit: String,
    /// The slots of another layer that this one divides further. Layers that name the very same slots share them: each
    /// draws anew, so that their experiments overlap. None: the layer divides all units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Claim>,
}

/// Slots of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The id of the layer.
    pub layer: String,
    /// Half-open, disjoint, in any order; disjoint from the slots of the others in the layer, too.
    pub slots: Vec<BucketRange>,
}

/// Buckets `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketRange {
    /// The first bucket, 0 to 999,999.
    pub start: u32,
    /// One past the last bucket, 1 to 1,000,000.
    pub end: u32,
}

/// Units that take no part in the experiments bound to it, so that the effect of all of them can be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// What experiments and events call it.
    pub id: String,
    /// What the unit is hashed with: `holdout:<id>`, unless the holdout was renamed.
    pub salt: String,
    /// The unit type, one of [`Document::units`]; that of every experiment bound to it.
    pub unit: String,
    /// The units whose entry bucket lies below are held out: 0 to 1,000,000, so 10,000 is one percent.
    pub buckets: u32,
}

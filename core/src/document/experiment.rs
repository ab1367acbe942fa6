//! Experiments in a document.

use super::{Claim, Condition};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// One experiment in one iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own in the JSON form")]
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
    /// The assignment unit type, one of [`Document::units`](super::Document::units).
    pub unit: String,
    /// The unit type whose id is drawn where the context holds none of `unit`. Takes `sticky`, so that a unit keeps
    /// the variant that its first id drew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// What it does with units that ask for it.
    pub state: State,
    /// Left out for browsers.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub server_only: bool,
    /// Where experiments that do not exclude each other override the same flag, the higher one has it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Says that units which a higher experiment with a common flag takes may be missing here.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub allow_masking: bool,
    /// The host keeps the unit's variant and hands it in again: see [`Context::sticky`](crate::Context::sticky).
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub sticky: bool,
    /// Milliseconds since the Unix epoch, inclusive. Before it nobody is assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// Milliseconds since the Unix epoch, exclusive. From it on nobody is assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// Units that get a variant whatever else holds, but for state and time: a list for tests by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forced: Vec<Forced>,
    /// The ids of the holdouts that bind it, in the order in which they are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holdouts: Vec<String>,
    /// What has to hold of other experiments and flags, all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Prerequisite>,
    /// Who gets what once it is decided: with [`State::Graduated`], and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graduation: Option<Graduation>,
    /// Its slots in a layer. None: it overlaps with everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Claim>,
    /// Who may enter. None: everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Condition>,
    /// Which share of the targeted units enters, over time. Empty: all of them, always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ramp: Vec<RampStage>,
    /// How the variant is drawn.
    #[serde(default, skip_serializing_if = "Strategy::is_hash")]
    pub strategy: Strategy,
    /// With [`Strategy::Context`]: tried in this order; the first that takes the unit places it, the others are drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<Placement>,
    /// At least two; exactly one is the control.
    pub variants: Vec<Variant>,
    /// Which bucket belongs to which variant: half-open, disjoint, in any order. Empty where there are factors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allocation: Vec<AllocationRange>,
    /// A factorial design: one independent draw for each factor. Empty: one draw for the variant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
    /// With factors: the variant of each combination of levels, the last factor's level running fastest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<String>,
    /// Digest of the analysis plan that was fixed before the first exposure: 32 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

impl Experiment {
    /// The first run of an experiment that assigns this unit type, with its usual salt. Variants and their allocation
    /// are still to be given.
    pub fn new(id: &str, unit: &str) -> Self {
        Self {
            id: id.into(),
            iteration: 1,
            salt: format!("experiment:{id}@1"),
            share_salt: false,
            unit: unit.into(),
            fallback: None,
            state: State::Running,
            server_only: false,
            priority: 0,
            allow_masking: false,
            sticky: false,
            start: None,
            end: None,
            forced: Vec::new(),
            holdouts: Vec::new(),
            prerequisites: Vec::new(),
            graduation: None,
            layer: None,
            targeting: None,
            ramp: Vec::new(),
            strategy: Strategy::Hash,
            placements: Vec::new(),
            variants: Vec::new(),
            allocation: Vec::new(),
            factors: Vec::new(),
            cells: Vec::new(),
            plan: None,
        }
    }
}

/// What an experiment does with units that ask for it.
///
/// | state | enrols | serves | exposes | counts |
/// |---|---|---|---|---|
/// | `running` | yes | every unit it takes | yes | yes |
/// | `paused` | no | nobody | no | what was exposed before |
/// | `frozen` | no | the units with a sticky record | yes | yes |
/// | `completed`, sticky | no | the units with a sticky record | no | what was exposed before |
/// | `completed`, not sticky | no | every unit it takes, by hash | no | what was exposed before |
/// | `graduated` | no | the winner to everyone it targets; the control to the hold-back | as a holdout | as a holdout |
///
/// Drafts, stopped and archived experiments are in no document; a scheduled one is `running` with a `start` ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Assigns units between `start` and `end`.
    Running,
    /// Assigns nobody: every answer is [`Reason::Paused`](crate::Reason::Paused).
    Paused,
    /// Takes nobody in; units with a sticky record keep their variant. Takes `sticky`.
    Frozen,
    /// Is over, and still serves without exposing anybody.
    Completed,
    /// Is decided: see [`Graduation`].
    Graduated,
}

/// How the last step draws the variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// From the unit's hash: the same unit, the same variant.
    #[default]
    Hash,
    /// From the hash of a nonce that the host makes for each call: randomises calls, not units.
    Random,
    /// Every variant in turn, by a counter of the host's: randomises nothing, spreads calls evenly. Weights are equal.
    RoundRobin,
    /// By [`Placement`]s, then from the hash.
    Context,
}

impl Strategy {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    fn is_hash(&self) -> bool {
        *self == Self::Hash
    }
}

/// One unit that gets a variant by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forced {
    /// The unit's id. A ruleset holds its 64-bit hash under the experiment's key instead.
    pub unit: String,
    /// The id of a variant.
    pub variant: String,
}

/// What has to hold of another experiment or flag, for the same context at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prerequisite {
    /// The experiment answers one of these variants.
    Experiment {
        /// Its id.
        id: String,
        /// Ids of its variants, at least one.
        variants: Vec<String>,
    },
    /// The flag has one of these values.
    Flag {
        /// Its id.
        id: String,
        /// JSON texts, at least one, compared letter by letter: a document writes one value in one way.
        values: Vec<String>,
    },
}

/// What a graduated experiment answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graduation {
    /// The id of the variant that everyone gets whom the experiment targets.
    pub winner: String,
    /// The id of a holdout whose held-out units get the control instead, and stay comparable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_back: Option<String>,
}

/// One rule of [`Strategy::Context`]. Units that it places were not drawn, so they are not exposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Whom it takes.
    pub condition: Condition,
    /// The id of the variant that they get.
    pub variant: String,
}

/// One factor of a factorial design.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Its name, unique in the experiment. The salt of its draw is the experiment's, a slash, and this name.
    pub id: String,
    /// The names of its levels, at least two, in the order in which the cells count them.
    pub levels: Vec<String>,
    /// Which bucket belongs to which level.
    pub allocation: Vec<LevelRange>,
}

/// Buckets `start..end` belong to `level`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelRange {
    /// The first bucket, 0 to 999,999.
    pub start: u32,
    /// One past the last bucket, 1 to 1,000,000.
    pub end: u32,
    /// The name of a level.
    pub level: String,
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

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(priority: &i32) -> bool {
    *priority == 0
}

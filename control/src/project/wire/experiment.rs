//! An experiment's file.

use super::{
    Amount, ClaimFile, DecisionFile, FactorFile, MetricsFile, PriorsFile, SequentialFile, TextOr, TriggerFile,
};
use crate::project::valid::{comparable_if_given, counted_from_one, error_rate, identifier, is_salt};
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An experiment: who is compared, how they are drawn and what is measured.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise experiment")]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own in the file")]
pub struct ExperimentFile {
    /// What code and events call it. Another id draws every unit afresh, unless `was` names the old one.
    #[garde(custom(identifier))]
    pub id: String,
    /// What people call it.
    #[garde(skip)]
    pub name: Option<String>,
    /// What it is about.
    #[garde(skip)]
    pub description: Option<String>,
    /// Who answers for it.
    #[garde(skip)]
    pub owner: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    #[garde(skip)]
    pub tags: Vec<String>,
    /// What is expected and why.
    #[garde(skip)]
    pub hypothesis: Option<HypothesisFile>,
    /// The unit type that is drawn. The workspace's first unless said otherwise.
    #[garde(skip)]
    pub unit: Option<String>,
    /// What its configuration applies to.
    #[garde(skip)]
    pub target: Option<TargetFile>,
    /// The unit type that is drawn where the context holds none of `unit`. Takes `sticky`.
    #[garde(skip)]
    pub fallback: Option<String>,
    /// The environments that it is built for. Without it: all.
    #[serde(default)]
    #[garde(skip)]
    pub environments: Vec<String>,
    /// The tenants that it is built for. Without it: all.
    #[serde(default)]
    #[garde(skip)]
    pub tenants: Vec<String>,
    /// Browsers must not see it.
    #[serde(default)]
    #[garde(skip)]
    pub server_only: bool,
    /// Where it is in its life.
    #[serde(default)]
    #[garde(skip)]
    pub status: Status,
    /// Of a paused one: units keep their variant, and none is added. Takes `sticky`.
    #[serde(default)]
    #[garde(skip)]
    pub freeze: bool,
    /// Of a graduated one: the variant that everyone gets.
    #[garde(skip)]
    pub winner: Option<String>,
    /// Of a graduated one: how many units keep the control, so that the winner stays comparable.
    #[garde(skip)]
    pub hold_back: Option<Amount>,
    /// Which run of the experiment this is. The next number draws every unit afresh.
    #[serde(default = "one")]
    #[garde(custom(counted_from_one))]
    pub iteration: u32,
    /// The id that the experiment had when its units were drawn.
    #[garde(inner(custom(identifier)))]
    pub was: Option<String>,
    /// What units are hashed with, word for word: `experiment:…`. Seldom needed: `was` is the way to rename.
    #[garde(inner(custom(is_salt)))]
    pub salt: Option<String>,
    /// Says that another experiment has this salt, on purpose.
    #[serde(default)]
    #[garde(skip)]
    pub share_salt: bool,
    /// From when on units are assigned (RFC 3339).
    #[garde(skip)]
    pub start: Option<String>,
    /// From when on they are assigned no longer (RFC 3339).
    #[garde(skip)]
    pub end: Option<String>,
    /// Hosts keep the variant of a unit and hand it in again, so that nothing moves it.
    #[serde(default)]
    #[garde(skip)]
    pub sticky: bool,
    /// Its share of a layer: no unit is in two experiments of one layer.
    #[garde(skip)]
    pub layer: Option<ClaimFile>,
    /// Its share of the units, of those that no other exclusive experiment of the same unit has.
    #[garde(skip)]
    pub exclusive: Option<Amount>,
    /// The holdouts that bind it. Without it: those of its unit that are not newer than its `start`.
    #[garde(skip)]
    pub holdouts: Option<Vec<String>>,
    /// What has to hold of other experiments and flags, all of it.
    #[serde(default)]
    #[garde(skip)]
    pub prerequisites: Vec<PrerequisiteFile>,
    /// Where experiments override the same flag, the higher one has it.
    #[serde(default)]
    #[garde(skip)]
    pub priority: i32,
    /// Units may be missing that a higher experiment with a common flag takes.
    #[serde(default)]
    #[garde(skip)]
    pub allow_masking: bool,
    /// Units that get a variant by name, for tests by hand: variant to unit ids.
    #[serde(default)]
    #[garde(skip)]
    pub forced: BTreeMap<String, Vec<String>>,
    /// Who may enter: an expression over the context, in a subset of CEL, or a mapping of lists and an expression.
    #[garde(skip)]
    pub targeting: Option<TextOr<TargetingFile>>,
    /// Which share of those who may enter does.
    #[garde(skip)]
    pub traffic: Option<Amount>,
    /// The same over time: shares that grow.
    #[serde(default)]
    #[garde(dive)]
    pub ramp: Vec<StageFile>,
    /// How the variant is drawn.
    #[serde(default)]
    #[garde(skip)]
    pub strategy: StrategyFile,
    /// With the strategy `context`: tried in this order; units that none of them takes are drawn by hash.
    #[serde(default)]
    #[garde(skip)]
    pub placements: Vec<PlacementFile>,
    /// Weights that are learnt: those of the variants are where it begins.
    #[garde(skip)]
    pub bandit: Option<BanditFile>,
    /// What is compared: at least two, one of them the control.
    #[garde(custom(comparable_if_given), dive)]
    pub variants: Option<Vec<VariantFile>>,
    /// Instead of variants: factors whose levels are drawn independently. Each combination is a variant.
    #[serde(default)]
    #[garde(dive)]
    pub factors: Vec<FactorFile>,
    /// Of factors with two levels: which follow from the others, such as `tone = length*color`.
    #[serde(default)]
    #[garde(skip)]
    pub fraction: Vec<String>,
    /// What is measured, by metric id.
    #[serde(default)]
    #[garde(skip)]
    pub metrics: MetricsFile,
    /// What has to hold before anything is decided.
    #[garde(skip)]
    pub decision: Option<DecisionFile>,
    /// How it may be looked at before its horizon: `anytime`, or a mapping. Without it: it is decided once.
    #[garde(skip)]
    pub sequential: Option<TextOr<SequentialFile>>,
    /// What Bayesian answers start from.
    #[garde(skip)]
    pub priors: Option<PriorsFile>,
    /// Attributes that results are split by: exposures carry them.
    #[serde(default)]
    #[garde(skip)]
    pub dimensions: Vec<String>,
    /// Only units that had such an event count, from that event on.
    #[garde(skip)]
    pub trigger: Option<TextOr<TriggerFile>>,
    /// How long after a metric's window has passed its events may still arrive, such as `2d`: units wait so long, and
    /// what arrives later does not count.
    #[garde(skip)]
    pub lateness: Option<String>,
    /// Two-sided error rate of each test.
    #[garde(inner(custom(error_rate)))]
    pub alpha: Option<f64>,
}

/// What is expected and why.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HypothesisFile {
    /// The claim.
    pub statement: String,
    /// How large an effect is expected, in words or as a percentage.
    pub expected_effect: Option<Amount>,
    /// Why.
    pub rationale: Option<String>,
}

/// Where an experiment is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is left out of the ruleset.
    #[default]
    Draft,
    /// It assigns units from its `start` on.
    Scheduled,
    /// It assigns units.
    Running,
    /// It is in the ruleset and assigns nobody; with `freeze: true`, units keep their variant and none is added.
    Paused,
    /// It is over and still serves, without exposing anybody: whoever kept a variant, or everyone by hash.
    Completed,
    /// It was called off, and is left out of the ruleset.
    Stopped,
    /// It is decided: everyone gets the `winner`, but for whom `hold_back` keeps.
    Graduated,
    /// It is history, and is left out of the ruleset.
    Archived,
}

/// One stage of a ramp.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StageFile {
    /// How long after `start` the stage begins: `0h`, `36h`, `7d`.
    #[garde(skip)]
    pub after: Option<String>,
    /// When the stage begins (RFC 3339).
    #[garde(skip)]
    pub at: Option<String>,
    /// Which share enters from then on.
    #[garde(skip)]
    pub traffic: Amount,
}

/// A variant, or a level of a factor.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct VariantFile {
    /// What code and events call it.
    #[garde(custom(identifier))]
    pub id: String,
    /// What people call it.
    #[garde(skip)]
    pub name: Option<String>,
    /// What it does.
    #[garde(skip)]
    pub description: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    #[garde(skip)]
    pub tags: Vec<String>,
    /// Whether the others are compared with this one.
    #[serde(default)]
    #[garde(skip)]
    pub control: bool,
    /// Its share of the units that enter. Shares of all variants sum to exactly the whole.
    #[garde(skip)]
    pub weight: Option<Amount>,
    /// Its part, where parts are simpler than shares: 2 and 1 are two thirds and one third.
    #[garde(skip)]
    pub ratio: Option<Amount>,
    /// The values that its units get, by flag id.
    #[serde(default)]
    #[garde(skip)]
    pub overrides: BTreeMap<String, Value>,
}

/// What an experiment's configuration applies to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    /// What kind of thing it is.
    #[serde(rename = "type")]
    pub target_type: TargetType,
    /// Which one.
    pub id: Option<String>,
}

/// The kinds of things that a configuration applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetType {
    /// A template that a context is filled into.
    ContextTemplate,
    /// A prompt.
    Prompt,
    /// Which model is asked.
    ModelSelection,
    /// How intents are told apart.
    IntentClassification,
    /// How well an answer has to be grounded.
    GroundingThreshold,
}

/// Who may enter: all that is said has to hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetingFile {
    /// Units of any of these segments.
    pub segments: Option<Vec<String>>,
    /// Units whose attribute `language` is one of these.
    pub languages: Option<Vec<String>>,
    /// Units whose attribute `region` is one of these.
    pub regions: Option<Vec<String>>,
    /// Units for which this expression is true.
    #[serde(rename = "if")]
    pub condition: Option<String>,
}

/// How a variant is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StrategyFile {
    /// From the unit's hash: the same unit, the same variant.
    #[default]
    Hash,
    /// From a nonce that the host makes for each call: randomises calls, not units.
    Random,
    /// Every variant in turn, by a counter of the host's.
    RoundRobin,
    /// By the placements, then from the hash.
    Context,
}

/// One placement: units that it takes are not drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementFile {
    /// Whom it takes: an expression over the context.
    #[serde(rename = "if")]
    pub condition: String,
    /// The variant that they get.
    pub variant: String,
}

/// Weights that a bandit learns.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BanditFile {
    /// What every variant keeps whatever is learnt: the share that explores.
    pub floor: Amount,
}

/// What has to hold of another experiment, or of a flag.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrerequisiteFile {
    /// The id of an experiment. With `variants`.
    pub experiment: Option<String>,
    /// It answers one of these.
    pub variants: Option<Vec<String>>,
    /// The id of a flag. With `values`.
    pub flag: Option<String>,
    /// It has one of these.
    pub values: Option<Vec<Value>>,
}

fn one() -> u32 {
    1
}

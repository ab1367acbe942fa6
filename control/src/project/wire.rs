//! The files of a project as they are written: the types that YAML is read into and the JSON Schemas are made of.

use super::valid::{
    comparable, counted_from_one, error_rate, event_name, identifier, is_salt, is_seed, not_empty,
};
use garde::Validate;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};

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
    /// Whose experiments these are.
    #[garde(inner(custom(identifier)))]
    pub tenant: Option<String>,
    /// Where they run: `development`, `staging`, `production`.
    #[garde(inner(custom(identifier)))]
    pub environment: Option<String>,
}

/// An experiment: who is compared, how they are drawn and what is measured.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise experiment")]
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
    /// Whether it serves.
    #[serde(default)]
    #[garde(skip)]
    pub status: Status,
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
    /// Who may enter: an expression over the context, in a subset of CEL.
    #[garde(skip)]
    pub targeting: Option<String>,
    /// Which share of those who may enter does.
    #[garde(skip)]
    pub traffic: Option<Amount>,
    /// The same over time: shares that grow.
    #[serde(default)]
    #[garde(dive)]
    pub ramp: Vec<StageFile>,
    /// What is compared: at least two, one of them the control.
    #[garde(custom(comparable), dive)]
    pub variants: Vec<VariantFile>,
    /// What is measured, by metric id.
    #[serde(default)]
    #[garde(skip)]
    pub metrics: MetricsFile,
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

/// A variant.
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

/// What an experiment measures.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricsFile {
    /// What decides.
    #[serde(default)]
    pub primary: Vec<String>,
    /// What informs.
    #[serde(default)]
    pub secondary: Vec<String>,
    /// What must not get worse.
    #[serde(default)]
    pub guardrails: Vec<String>,
}

/// A metric: one number per unit, made of the unit's events.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise metric")]
pub struct MetricFile {
    /// What experiments call it.
    #[garde(custom(identifier))]
    pub id: String,
    /// What people call it.
    #[garde(skip)]
    pub name: Option<String>,
    /// What it tells.
    #[garde(skip)]
    pub description: Option<String>,
    /// Whether a unit has it or not, or how much of it.
    #[garde(skip)]
    pub kind: Kind,
    /// The name of the events that count.
    #[garde(custom(event_name))]
    pub event: String,
    /// Of a continuous metric: `value` for the event's own value, else the name of the property that is summed.
    #[garde(inner(custom(event_name)))]
    pub value: Option<String>,
    /// Whether more is better.
    #[serde(default)]
    #[garde(skip)]
    pub direction: Direction,
    /// How long after its first exposure a unit's events count: `7d`. Without it: until the data end.
    #[garde(skip)]
    pub window: Option<String>,
    /// What a unit without events means.
    #[serde(default)]
    #[garde(skip)]
    pub silent: Silent,
}

/// What a unit's number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 1 if there is any event, else 0.
    Binary,
    /// The sum of the events' values.
    Continuous,
}

/// Whether more is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    #[default]
    Increase,
    /// Less is better: latency, errors, cost.
    Decrease,
}

/// What a unit without events means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Silent {
    /// Its number is 0.
    #[default]
    Zero,
    /// It is left out.
    Exclude,
}

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

/// A share or number exactly as it was written: `33.34%`, `0.3334`, `1/3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount(pub String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "A percentage, a decimal or a fraction, read exactly: 33.34%, 0.3334, 1/3",
            "type": ["string", "number"]
        })
    }
}

fn one() -> u32 {
    1
}

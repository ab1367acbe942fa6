//! The analysis plan: what an experiment measures and how, fixed before its first exposure.

use edgewise_core::Digest;
use serde::{Deserialize, Serialize};

/// What is analysed of one experiment. Its canonical JSON is what the plan digest in a ruleset is taken over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The experiment's id.
    pub experiment: String,
    /// The assignment unit type; events are joined on the unit's id of this type.
    pub unit: String,
    /// The variant that the others are compared with.
    pub control: String,
    /// All variants, the control among them.
    pub variants: Vec<String>,
    /// The metrics, the primary ones first.
    pub metrics: Vec<PlannedMetric>,
    /// Two-sided error rate of each test and one minus the level of each interval; 0.05 unless said otherwise.
    pub alpha: f64,
}

impl Plan {
    /// What a ruleset commits to: the digest of the plan's JSON, whose fields stand in the order of this type.
    pub fn digest(&self) -> Digest {
        // Texts, numbers and lists of them: nothing here fails to become JSON.
        Digest::of(&[&serde_json::to_vec(self).unwrap_or_default()])
    }
}

/// A metric and its part in the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedMetric {
    /// What is measured.
    pub metric: Metric,
    /// What it is measured for.
    pub role: Role,
}

/// What a metric is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides.
    Primary,
    /// Informs.
    Secondary,
    /// Must not get worse.
    Guardrail,
}

/// One number per unit, made of the unit's events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The metric's id.
    pub id: String,
    /// What the unit's number is.
    pub kind: MetricKind,
    /// The `name` of the `track` events that count.
    pub event: String,
    /// Whether more is better.
    pub direction: Direction,
    /// How long after its first exposure a unit's events count. None: until the data end.
    pub window_seconds: Option<u64>,
    /// What a unit without such events means.
    pub silent: Silent,
}

/// What a unit's number is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// 1 if there is any event, else 0.
    Binary,
    /// The sum of the events' values.
    Continuous {
        /// Where the value stands in an event.
        value: ValueSource,
    },
}

/// Where an event's value stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueSource {
    /// The event's own `value`.
    Value,
    /// The number in `properties` under this name.
    Property(String),
}

/// Whether more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Increase,
    /// Less is better: latency, errors, cost.
    Decrease,
}

/// What a unit without events means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silent {
    /// Its number is 0.
    Zero,
    /// It is left out, and the units that are left in are tested for sample ratio too.
    Exclude,
}

//! A metric's file.

use crate::project::valid::{event_name, identifier};
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

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

//! A metric's file.

use super::{Amount, ConditionFile, TextOr, WhereFile};
use crate::project::valid::{event_name, identifier};
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

/// A metric: one number per unit, made of the unit's events, or a family of them.
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
    /// What a unit's number is. May be left out where `aggregation` says it.
    #[garde(skip)]
    pub kind: Option<Kind>,
    /// Another spelling of `kind`: what is made of the events' values.
    #[garde(skip)]
    pub aggregation: Option<Aggregation>,
    /// The name of the events that count. A funnel has `steps` instead.
    #[garde(inner(custom(event_name)))]
    pub event: Option<String>,
    /// The type of these events. Without it: `feedback` of the kind `feedback`, else `track`.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub event_type: Option<EventTypeFile>,
    /// What the events' properties must be; all of it. `value` is the event's own value.
    #[serde(default, rename = "where")]
    #[garde(skip)]
    pub filters: WhereFile,
    /// Where the events' number stands: `value` is the event's own value, else the name of a property.
    #[garde(inner(custom(event_name)))]
    pub value: Option<String>,
    /// Of a ratio: what is divided by, an event's name or a mapping.
    #[garde(skip)]
    pub denominator: Option<TextOr<DenominatorFile>>,
    /// Of a quantile: which one, `95%` or `0.95`.
    #[garde(skip)]
    pub level: Option<Amount>,
    /// Of a retention: how long after its first exposure a unit has to come back at the earliest: `7d`.
    #[garde(skip)]
    pub from: Option<String>,
    /// Of a retention: until when, at the latest: `14d`.
    #[garde(skip)]
    pub to: Option<String>,
    /// Of a funnel: at least two, in their order; events' names or mappings.
    #[serde(default)]
    #[garde(skip)]
    pub steps: Vec<TextOr<StepFile>>,
    /// Of feedback: which values are positive, else those above 0. Of a session: the least average that is, else 0.2.
    #[garde(skip)]
    pub positive: Option<ConditionFile>,
    /// Of feedback: which values are neither, else those between.
    #[garde(skip)]
    pub neutral: Option<ConditionFile>,
    /// Of feedback: which values are negative, else those below 0. Of a session: the average below which it is, else -0.2.
    #[garde(skip)]
    pub negative: Option<ConditionFile>,
    /// Of a session: by how much the score has to change with each turn for a trend, else 0.02.
    #[garde(skip)]
    pub trend: Option<f64>,
    /// Whether more is better.
    #[serde(default)]
    #[garde(skip)]
    pub direction: Direction,
    /// How long after its first exposure a unit's events count: `7d`. Without it: until the data end.
    #[garde(skip)]
    pub window: Option<String>,
    /// How long before the first exposure the same events are taken for the covariate that sharpens comparisons: `14d`.
    #[garde(skip)]
    pub covariate: Option<String>,
    /// Where the units' numbers are capped.
    #[garde(skip)]
    pub cap: Option<CapFile>,
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
    /// How many events there are.
    Count,
    /// The sum of the events' values.
    Continuous,
    /// A sum over all units by another one: of values or of events.
    Ratio,
    /// A quantile of all events' values.
    Quantile,
    /// The largest of the events' values.
    Highest,
    /// The smallest of the events' values.
    Lowest,
    /// 1 if there is any event between `from` and `to`, else 0.
    Retention,
    /// How far a unit comes on a way of several steps.
    Funnel,
    /// The share of positive answers, with those of neutral and negative ones.
    Feedback,
    /// The average of turns' scores, with its trend, its points and its label.
    Session,
}

/// What is made of the events' values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// The sum of a unit's values: `kind: continuous`.
    Sum,
    /// The mean of all events' values: a ratio of their sum by their number.
    Mean,
    /// The median of all events' values: a quantile at 50 %.
    Median,
    /// A quantile at 50 %.
    P50,
    /// A quantile at 75 %.
    P75,
    /// A quantile at 90 %.
    P90,
    /// A quantile at 95 %.
    P95,
    /// A quantile at 99 %.
    P99,
    /// The share of units with such an event; with `denominator`, a ratio.
    Rate,
}

/// The type of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventTypeFile {
    /// A unit did something.
    Track,
    /// A unit said what it thinks.
    Feedback,
    /// Something failed for a unit.
    Error,
}

/// What a ratio divides by.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DenominatorFile {
    /// The name of the events. Without it: those of the metric, with their type and `where`.
    pub event: Option<String>,
    /// The type of these events: `track` unless said otherwise.
    #[serde(rename = "type")]
    pub event_type: Option<EventTypeFile>,
    /// What the events' properties must be; all of it.
    #[serde(default, rename = "where")]
    pub filters: WhereFile,
    /// What is summed: `value` or a property. Without it: events are counted.
    pub value: Option<String>,
}

/// One step of a funnel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    /// What people call it. The event's name unless said otherwise.
    pub name: Option<String>,
    /// The name of the events.
    pub event: String,
    /// The type of these events: `track` unless said otherwise.
    #[serde(rename = "type")]
    pub event_type: Option<EventTypeFile>,
    /// What the events' properties must be; all of it.
    #[serde(default, rename = "where")]
    pub filters: WhereFile,
    /// How long after the step before it, at most: `1h`. Without it: as long as the window lasts.
    pub within: Option<String>,
}

/// Where units' numbers are capped: at quantiles over all variants, or at numbers that are fixed in advance.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapFile {
    /// The quantile above which they are capped: `99.9%`.
    pub upper: Option<Amount>,
    /// The quantile below which they are.
    pub lower: Option<Amount>,
    /// The number above which they are capped, in the metric's unit: what a sequential design needs.
    pub at: Option<f64>,
    /// The number below which they are.
    pub floor: Option<f64>,
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

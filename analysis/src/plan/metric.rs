//! A metric: one number, or a few, per unit.

use super::{Filter, MetricKind};
use serde::{Deserialize, Serialize};

/// What is made of a unit's events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The metric's id.
    pub id: String,
    /// What the unit's number is.
    pub kind: MetricKind,
    /// The `name` of the events that count; of a funnel, that of its first step.
    pub event: String,
    /// The `type` of the events that count.
    #[serde(default, skip_serializing_if = "EventType::is_track")]
    pub event_type: EventType,
    /// What the events' properties must be; all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Whether more is better.
    pub direction: Direction,
    /// How long after the window's beginning a unit's events count. None: until the data end.
    pub window_seconds: Option<u64>,
    /// How long after the first exposure the window begins: 0 but for retention.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay_seconds: u64,
    /// What a unit without such events means.
    pub silent: Silent,
    /// How long before the first exposure the same events make the covariate of CUPED. None: no covariate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariate_seconds: Option<u64>,
    /// Where the units' numbers are capped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
}

impl Metric {
    /// A metric over all `track` events of a name: more is better, silent units are 0, no window.
    pub fn new(id: impl Into<String>, kind: MetricKind, event: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind,
            event: event.into(),
            event_type: EventType::Track,
            filters: Vec::new(),
            direction: Direction::Increase,
            window_seconds: None,
            delay_seconds: 0,
            silent: Silent::Zero,
            covariate_seconds: None,
            cap: None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The `type` of events that a metric is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// A unit did something.
    #[default]
    Track,
    /// A unit said what it thinks.
    Feedback,
    /// Something failed for a unit.
    Error,
}

impl EventType {
    /// The word in an event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Feedback => "feedback",
            Self::Error => "error",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(super) fn is_track(&self) -> bool {
        *self == Self::Track
    }
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

impl From<Direction> for edgewise_stats::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Increase => Self::HigherIsBetter,
            Direction::Decrease => Self::LowerIsBetter,
        }
    }
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

/// Where the units' numbers are capped (winsorised), on both sides alike in all variants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// At fixed numbers, in the metric's unit: what a sequential design needs.
    At {
        /// The lowest number. None: no limit.
        lower: Option<f64>,
        /// The highest number. None: no limit.
        upper: Option<f64>,
    },
    /// At nearest-rank quantiles of the units' numbers, pooled over all variants: levels between 0 and 1.
    Quantiles {
        /// The lower level. None: no limit.
        lower: Option<f64>,
        /// The upper level. None: no limit.
        upper: Option<f64>,
    },
}

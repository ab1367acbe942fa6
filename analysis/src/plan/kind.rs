//! What a unit's number is.

use super::{EventType, Filter};
use serde::{Deserialize, Serialize};

/// What a unit's number is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// 1 if there is any event, else 0.
    Binary,
    /// How many events there are.
    Count,
    /// The sum of the events' values.
    Continuous {
        /// Where the value stands in an event.
        value: ValueSource,
    },
    /// The largest of the events' values.
    Highest {
        /// Where the value stands in an event.
        value: ValueSource,
    },
    /// The smallest of the events' values.
    Lowest {
        /// Where the value stands in an event.
        value: ValueSource,
    },
    /// A quotient of two totals over all units: the sum of the events' values, or their number, by that of other
    /// events. Compared by the delta method, since units and denominators differ.
    Ratio {
        /// What is summed above. None: events are counted.
        value: Option<ValueSource>,
        /// What is summed below.
        denominator: Denominator,
    },
    /// A quantile of the values of all events, whose interval knows that a unit's events belong together.
    Quantile {
        /// Where the value stands in an event.
        value: ValueSource,
        /// The level, above 0 and below 1.
        level: f64,
    },
    /// Which step of an ordered funnel a unit reaches, each at or after the step before it, within the window. The
    /// unit's number is 1 if it reaches the last one.
    Funnel {
        /// At least two; the first one is the metric's own event with its filters.
        steps: Vec<Step>,
    },
    /// 1 if the mean of the events' values lies between the limits, else 0; the mean is compared exactly, as a sum
    /// against the limit times the number of events. Units without events are silent.
    AverageWithin {
        /// Where the value stands in an event.
        value: ValueSource,
        /// The least mean that counts, in the metric's unit. None: no limit.
        at_least: Option<f64>,
        /// The mean from which on it counts no more. None: no limit.
        below: Option<f64>,
    },
    /// 1 if the values' least-squares slope over the events' order (first, second, …) lies between the limits, else 0.
    /// Units with fewer than two events are silent.
    TrendWithin {
        /// Where the value stands in an event.
        value: ValueSource,
        /// The least slope per event that counts, in the metric's unit. None: no limit.
        at_least: Option<f64>,
        /// The slope from which on it counts no more. None: no limit.
        below: Option<f64>,
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

/// What a ratio divides by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Denominator {
    /// The `name` of the events.
    pub event: String,
    /// Their `type`.
    #[serde(default, skip_serializing_if = "EventType::is_track")]
    pub event_type: EventType,
    /// What their properties must be; all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// What is summed. None: events are counted.
    pub value: Option<ValueSource>,
}

/// One step of a funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What people call it.
    pub name: String,
    /// The `name` of the events.
    pub event: String,
    /// Their `type`.
    #[serde(default, skip_serializing_if = "EventType::is_track")]
    pub event_type: EventType,
    /// What their properties must be; all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How long after the step before it, at most. None: as long as the window lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_seconds: Option<u64>,
}

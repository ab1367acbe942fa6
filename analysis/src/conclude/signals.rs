//! What is counted beside the metrics: events by day, errors and exclusions by variant.

use std::collections::BTreeMap;

/// Counts that checks are made on; all of it may be empty, and then nothing is checked by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// Day in UTC to the events of that day, of exposed units or all, as long as it is the same on each day.
    pub events_by_day: BTreeMap<String, EventsOfDay>,
    /// Variant to the units of it that had an error after their exposure.
    pub units_with_errors: BTreeMap<String, u64>,
    /// What was left out, such as `bot` or `rejected`, to variant to its units or exposures.
    pub excluded: BTreeMap<String, BTreeMap<String, u64>>,
}

/// The events of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsOfDay {
    /// All of them.
    pub events: u64,
    /// The errors among them.
    pub errors: u64,
}

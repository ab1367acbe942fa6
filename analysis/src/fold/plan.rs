//! What one scan of the events has to keep of each unit: slots of integers, which metrics share where they need the same.

use super::{
    number::Recipe,
    slots::{Events, Maker},
};
use crate::{
    plan::{EventType, Filter, FilterValue, Metric},
    property::{PropertyColumn, PropertyKind},
    sql::Span,
};

/// What is kept of each unit.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Kinds of events.
    pub(super) classes: Vec<Class>,
    /// Columns of numbers that are added up or compared.
    pub(super) numbers: Vec<String>,
    /// What each slot holds of a unit without events.
    pub(super) empty: Vec<i64>,
    /// How many lists of values are kept.
    pub(super) lists: usize,
    /// How many hits there are.
    pub(super) hits: usize,
    /// The metrics that are told by it.
    pub(super) metrics: Vec<Planned>,
}

/// A metric, and where its numbers are.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) metric: Metric,
    pub(super) recipe: Recipe,
    /// Its own kind of events, and the hit of these in its own time.
    pub(super) class: usize,
    pub(super) hit: usize,
}

/// Events of one type and name that pass some filters.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) event: String,
    pub(super) event_type: EventType,
    pub(super) filters: Vec<Filter>,
    pub(super) hits: Vec<Hit>,
}

/// Some events in some time, and what is kept of them.
#[derive(Debug)]
pub(super) struct Hit {
    /// Its place among all hits.
    pub(super) place: usize,
    pub(super) span: Span,
    pub(super) time: Time,
    /// Counts them.
    pub(super) count: Option<usize>,
    pub(super) values: Vec<Values>,
}

/// A time by its distance from a unit's entry, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    pub(super) from: i64,
    /// The first moment after it.
    pub(super) to: Option<i64>,
    /// The last moment at which an event may arrive.
    pub(super) arrived_by: Option<i64>,
}

/// What is kept of the events' values in a column: slots and a list, each where somebody asks for it.
#[derive(Debug)]
pub(super) struct Values {
    /// The place of the column in [`Plan::numbers`].
    pub(super) number: usize,
    pub(super) sum: Option<usize>,
    pub(super) least: Option<usize>,
    pub(super) greatest: Option<usize>,
    /// Counts the events that have a value.
    pub(super) some: Option<usize>,
    /// Counts those that have none.
    pub(super) none: Option<usize>,
    pub(super) list: Option<usize>,
}

impl Hit {
    /// One of the slots that an event changes.
    pub(super) fn slot(&self) -> Option<usize> {
        self.count.or_else(|| self.values.iter().find_map(|values| values.slots().next()))
    }
}

impl Time {
    pub(super) fn of(span: Span, lateness_seconds: Option<u64>) -> Self {
        match span {
            Span::Before { seconds } => Self { from: -micros(seconds), to: Some(0), arrived_by: None },
            Span::After { delay, window } => {
                let end = window.map(|window| delay.saturating_add(window));
                let closing = end.zip(lateness_seconds).map(|(end, late)| end.saturating_add(late));
                Self { from: micros(delay), to: end.map(micros), arrived_by: closing.map(micros) }
            }
        }
    }
}

/// Seconds in microseconds.
pub(super) fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}

/// The column of a number.
pub(super) fn number_column(property: &str) -> String {
    PropertyColumn { property: property.to_owned(), kind: PropertyKind::Number }.name()
}

/// The column that a filter compares. As in a metric's file, a number called `value` is the event's own.
pub(super) fn filter_column(filter: &Filter) -> String {
    match filter.value {
        FilterValue::Number(_) if filter.property == "value" => "value".to_owned(),
        FilterValue::Number(_) => number_column(&filter.property),
        FilterValue::Text(_) => {
            PropertyColumn { property: filter.property.clone(), kind: PropertyKind::Text }.name()
        }
    }
}

impl Plan {
    /// What is kept for these metrics; those that cannot be told so are left out.
    pub(super) fn of(metrics: &[&Metric], lateness_seconds: Option<u64>) -> Self {
        let mut plan = Self::default();
        for metric in metrics {
            plan.add(metric, lateness_seconds);
        }
        plan
    }

    /// The columns of numbers and of texts that are read.
    pub(super) fn columns(&self) -> (Vec<String>, Vec<String>) {
        let (mut numbers, mut texts) = (self.numbers.clone(), Vec::new());
        for filter in self.classes.iter().flat_map(|class| &class.filters) {
            match filter.value {
                FilterValue::Number(_) => numbers.push(filter_column(filter)),
                FilterValue::Text(_) => texts.push(filter_column(filter)),
            }
        }
        (numbers, texts)
    }

    fn add(&mut self, metric: &Metric, lateness_seconds: Option<u64>) {
        let mut maker = Maker { plan: self, lateness_seconds };
        let own: Events<'_> = (&metric.event, metric.event_type, &metric.filters);
        let span = Span::of(metric);
        let Some(recipe) = maker.recipe(metric, own, span) else { return };
        let (class, hit) = maker.hit(own, span);
        let hit = maker.plan.classes[class].hits[hit].place;
        self.metrics.push(Planned { metric: metric.clone(), recipe, class, hit });
    }
}

//! What one scan of the events has to keep of each unit: slots of integers, which metrics share where they need the same.

use super::number::{Amount, Recipe, Side};
use crate::{
    decimal::Decimal,
    plan::{Denominator, EventType, Filter, FilterValue, Metric, MetricKind, ValueSource},
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
    span: Span,
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

impl Time {
    fn of(span: Span, lateness_seconds: Option<u64>) -> Self {
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

/// What a slot is for.
#[derive(Clone, Copy)]
enum Keep {
    Sum,
    Least,
    Greatest,
    Some,
    None,
}

/// Where events that a class describes are.
type Events<'m> = (&'m str, EventType, &'m [Filter]);

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

/// Finds what is there, and adds what is not.
struct Maker<'p> {
    plan: &'p mut Plan,
    lateness_seconds: Option<u64>,
}

impl Maker<'_> {
    fn recipe(&mut self, metric: &Metric, own: Events<'_>, span: Span) -> Option<Recipe> {
        if let MetricKind::Quantile { value, level } = &metric.kind {
            let some = self.slot(own, span, value, Keep::Some);
            let none = self.slot(own, span, value, Keep::None);
            let level = Decimal::from_json(&format!("{level:e}")).ok()?;
            return Some(Recipe::Quantile { list: self.list(own, span, value), some, none, level });
        }
        let before = metric.covariate_seconds.map(|seconds| Span::Before { seconds });
        let mut times = [Some(span), before].into_iter().flatten().map(|time| {
            let mut sides = vec![self.side(metric, own, time)?];
            if let MetricKind::Ratio { denominator, .. } = &metric.kind {
                sides.push(self.denominator(denominator, time));
            }
            Some(sides)
        });
        Some(Recipe::Numbers { after: times.next()??, before: times.next().flatten().unwrap_or_default() })
    }

    fn side(&mut self, metric: &Metric, own: Events<'_>, time: Span) -> Option<Side> {
        Some(match &metric.kind {
            MetricKind::Binary => Side { amount: Amount::Any { count: self.count(own, time) }, none: None },
            MetricKind::Count => self.amount(own, time, None),
            MetricKind::Continuous { value } => self.amount(own, time, Some(value)),
            MetricKind::Ratio { value, .. } => self.amount(own, time, value.as_ref()),
            MetricKind::Highest { value } => self.extreme(own, time, value, Keep::Greatest),
            MetricKind::Lowest { value } => self.extreme(own, time, value, Keep::Least),
            MetricKind::AverageWithin { value, at_least, below } => {
                let limit = |limit: &Option<f64>| match limit {
                    Some(limit) => Decimal::from_json(&format!("{limit:e}")).ok().map(Some),
                    None => Some(None),
                };
                let (at_least, below) = (limit(at_least)?, limit(below)?);
                let Side { amount: Amount::Sum { sum, some }, none } = self.amount(own, time, Some(value))
                else {
                    return None;
                };
                Side { amount: Amount::Within { sum, some, at_least, below }, none }
            }
            // They need a unit's events in their order.
            MetricKind::TrendWithin { .. } | MetricKind::Funnel { .. } | MetricKind::Quantile { .. } => {
                return None;
            }
        })
    }

    fn denominator(&mut self, denominator: &Denominator, time: Span) -> Side {
        let events = (denominator.event.as_str(), denominator.event_type, denominator.filters.as_slice());
        self.amount(events, time, denominator.value.as_ref())
    }

    /// The sum of the events' values, or how many events there are.
    fn amount(&mut self, events: Events<'_>, time: Span, value: Option<&ValueSource>) -> Side {
        let Some(value) = value else {
            return Side { amount: Amount::Count { count: self.count(events, time) }, none: None };
        };
        let sum = self.slot(events, time, value, Keep::Sum);
        let some = self.slot(events, time, value, Keep::Some);
        Side { amount: Amount::Sum { sum, some }, none: self.without_value(events, time, value) }
    }

    fn extreme(&mut self, events: Events<'_>, time: Span, value: &ValueSource, keep: Keep) -> Side {
        let slot = self.slot(events, time, value, keep);
        let amount = Amount::Extreme { slot, empty: self.plan.empty[slot] };
        Side { amount, none: self.without_value(events, time, value) }
    }

    /// Events without a value are told of the metric's own time alone.
    fn without_value(&mut self, events: Events<'_>, time: Span, value: &ValueSource) -> Option<usize> {
        matches!(time, Span::After { .. }).then(|| self.slot(events, time, value, Keep::None))
    }

    fn count(&mut self, events: Events<'_>, time: Span) -> usize {
        let (class, hit) = self.hit(events, time);
        let Plan { classes, empty, .. } = &mut *self.plan;
        *classes[class].hits[hit].count.get_or_insert_with(|| new_slot(empty, 0))
    }

    fn slot(&mut self, events: Events<'_>, time: Span, value: &ValueSource, keep: Keep) -> usize {
        let (values, empty) = self.values(events, time, value);
        let (slot, start) = match keep {
            Keep::Sum => (&mut values.sum, 0),
            Keep::Least => (&mut values.least, i64::MAX),
            Keep::Greatest => (&mut values.greatest, i64::MIN),
            Keep::Some => (&mut values.some, 0),
            Keep::None => (&mut values.none, 0),
        };
        *slot.get_or_insert_with(|| new_slot(empty, start))
    }

    fn list(&mut self, events: Events<'_>, time: Span, value: &ValueSource) -> usize {
        let next = self.plan.lists;
        let list = *self.values(events, time, value).0.list.get_or_insert(next);
        self.plan.lists = next.max(list + 1);
        list
    }

    /// What is kept of the values in a column of a hit; and the slots.
    fn values(
        &mut self,
        events: Events<'_>,
        time: Span,
        value: &ValueSource,
    ) -> (&mut Values, &mut Vec<i64>) {
        let column = match value {
            ValueSource::Value => "value".to_owned(),
            ValueSource::Property(property) => number_column(property),
        };
        let number = place(&mut self.plan.numbers, |known| *known == column, || column.clone());
        let (class, hit) = self.hit(events, time);
        let Plan { classes, empty, .. } = &mut *self.plan;
        let all = &mut classes[class].hits[hit].values;
        let none =
            || Values { number, sum: None, least: None, greatest: None, some: None, none: None, list: None };
        let found = place(all, |known| known.number == number, none);
        (&mut all[found], empty)
    }

    /// The places of a class and of a hit of it.
    fn hit(&mut self, (event, event_type, filters): Events<'_>, span: Span) -> (usize, usize) {
        let is_it = |class: &Class| {
            class.event == event && class.event_type == event_type && class.filters == filters
        };
        let new =
            || Class { event: event.to_owned(), event_type, filters: filters.to_vec(), hits: Vec::new() };
        let class = place(&mut self.plan.classes, is_it, new);
        let next = self.plan.hits;
        let time = Time::of(span, self.lateness_seconds);
        let new = || Hit { place: next, span, time, count: None, values: Vec::new() };
        let hits = &mut self.plan.classes[class].hits;
        let hit = place(hits, |known| known.span == span, new);
        self.plan.hits = next.max(hits[hit].place + 1);
        (class, hit)
    }
}

fn new_slot(empty: &mut Vec<i64>, start: i64) -> usize {
    empty.push(start);
    empty.len() - 1
}

/// Where it is in the list; at its end where it is new.
fn place<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> usize {
    list.iter().position(is_it).unwrap_or_else(|| {
        list.push(new());
        list.len() - 1
    })
}

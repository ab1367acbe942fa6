//! The slots of a plan: metrics that need the same share them.

use super::{
    number::{Amount, Recipe, Side},
    plan::{Class, Hit, Plan, Time, Values, number_column},
};
use crate::{
    decimal::Decimal,
    plan::{Denominator, EventType, Filter, Metric, MetricKind, ValueSource},
    sql::Span,
};

/// Where events that a class describes are.
pub(super) type Events<'m> = (&'m str, EventType, &'m [Filter]);

/// Finds what is there, and adds what is not.
pub(super) struct Maker<'p> {
    pub(super) plan: &'p mut Plan,
    pub(super) lateness_seconds: Option<u64>,
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

impl Maker<'_> {
    /// How a metric's numbers come of slots; none where they cannot.
    pub(super) fn recipe(&mut self, metric: &Metric, own: Events<'_>, span: Span) -> Option<Recipe> {
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
    pub(super) fn hit(&mut self, (event, event_type, filters): Events<'_>, span: Span) -> (usize, usize) {
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

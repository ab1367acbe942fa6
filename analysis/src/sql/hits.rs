//! Which events count, and when.

use super::{
    SqlError,
    text::{identifier, interval, literal, number},
};
use crate::{
    decimal::Decimal,
    plan::{Denominator, EventType, Filter, FilterValue, Metric, Step, ValueSource},
    property::{PropertyColumn, PropertyKind},
};

/// Events of one name that pass some filters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class<'a> {
    pub(super) event: &'a str,
    pub(super) event_type: EventType,
    filters: &'a [Filter],
}

impl<'a> Class<'a> {
    pub(super) fn of_metric(metric: &'a Metric) -> Self {
        Self { event: &metric.event, event_type: metric.event_type, filters: &metric.filters }
    }

    pub(super) fn of_denominator(denominator: &'a Denominator) -> Self {
        Self { event: &denominator.event, event_type: denominator.event_type, filters: &denominator.filters }
    }

    pub(super) fn of_step(step: &'a Step) -> Self {
        Self { event: &step.event, event_type: step.event_type, filters: &step.filters }
    }

    /// Whether an event `e` is one of them.
    pub(super) fn condition(&self) -> Result<String, SqlError> {
        condition(self.event_type, self.event, self.filters)
    }
}

/// Whether an event `e` has this type and name and passes the filters.
pub(crate) fn condition(event_type: EventType, event: &str, filters: &[Filter]) -> Result<String, SqlError> {
    let mut parts = vec![format!("e.type = '{}' and e.name = {}", event_type.as_str(), literal(event)?)];
    for filter in filters {
        parts.push(passes(filter)?);
    }
    Ok(parts.join(" and "))
}

/// Whether an event passes. One without the property is null here, and does not. As in a metric's file, a number called
/// `value` is the event's own.
fn passes(filter: &Filter) -> Result<String, SqlError> {
    let value = match &filter.value {
        FilterValue::Text(text) => literal(text)?,
        FilterValue::Number(text) => {
            number(Decimal::from_json(text).map_err(|_| SqlError { name: text.clone() })?)
        }
    };
    let column = filter.column().as_ref().map_or_else(|| "value".to_owned(), PropertyColumn::name);
    Ok(format!("e.{} {} {value}", identifier(&column)?, filter.is.as_sql()))
}

/// The column of an event's value.
pub(super) fn value_column(value: &ValueSource) -> Result<String, SqlError> {
    let name = match value {
        ValueSource::Value => "value".to_owned(),
        ValueSource::Property(property) => {
            PropertyColumn { property: property.clone(), kind: PropertyKind::Number }.name()
        }
    };
    Ok(identifier(&name)?.to_string())
}

/// A time of a unit's in which its events count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// From so many seconds after the unit counts on, for so long; none: until the data end.
    After { delay: u64, window: Option<u64> },
    /// So many seconds before the first exposure.
    Before { seconds: u64 },
}

impl Span {
    pub(crate) fn of(metric: &Metric) -> Self {
        Self::After { delay: metric.delay_seconds, window: metric.window_seconds }
    }

    /// When the time begins and ends.
    pub(super) fn bounds(self) -> (String, Option<String>) {
        match self {
            Self::After { delay, window } => {
                (after(delay), window.map(|window| after(delay.saturating_add(window))))
            }
            Self::Before { seconds } => {
                (format!("exposed_at - {}", interval(seconds)), Some("exposed_at".to_owned()))
            }
        }
    }

    /// Whether the moment lies in it.
    pub(super) fn holds(self, moment: &str) -> String {
        let (from, to) = self.bounds();
        let until = to.map_or_else(String::new, |to| format!(" and {moment} < {to}"));
        format!("{moment} >= {from}{until}")
    }

    /// How long after a unit counts it has passed; none where it never does, or has at once.
    pub(crate) fn passed_after(self) -> Option<u64> {
        match self {
            Self::After { delay: 0, window: None } | Self::Before { .. } => None,
            Self::After { delay, window } => Some(delay.saturating_add(window.unwrap_or(0))),
        }
    }
}

fn after(seconds: u64) -> String {
    if seconds == 0 { "exposed_at".to_owned() } else { format!("exposed_at + {}", interval(seconds)) }
}

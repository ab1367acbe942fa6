//! Kinds that make one metric.

use super::{Resolved, cap, event_type, filter, missing, seconds, time};
use crate::project::{
    folder::File,
    problem::Problem,
    wire::{Kind, MetricFile, TextOr},
    yaml::Place,
};
use edgewise_analysis::plan::{Denominator, EventType, Metric, MetricKind, Step, ValueSource};

/// The metric, of what all kinds have in common. None: reported.
pub(super) fn of(
    file: &File<MetricFile>,
    resolved: Resolved,
    base: Metric,
    problems: &mut Vec<Problem>,
) -> Option<Metric> {
    let value = || source(file.wire.value.as_deref());
    if takes_value(file, resolved) {
        own_value(file, base.event_type, problems);
    }
    let kind = match resolved.kind {
        Kind::Binary => MetricKind::Binary,
        Kind::Count => MetricKind::Count,
        Kind::Continuous => MetricKind::Continuous { value: value() },
        Kind::Highest => MetricKind::Highest { value: value() },
        Kind::Lowest => MetricKind::Lowest { value: value() },
        Kind::Quantile => MetricKind::Quantile { value: value(), level: level(file, resolved, problems)? },
        Kind::Ratio => MetricKind::Ratio {
            value: (resolved.is_mean || file.wire.value.is_some()).then(value),
            denominator: denominator(file, resolved, &base, problems)?,
        },
        Kind::Retention => return retention(file, base, problems),
        Kind::Funnel => return funnel(file, base, problems),
        // Families, which are made elsewhere.
        Kind::Feedback | Kind::Session => return None,
    };
    Some(Metric { kind, ..base })
}

/// Where a value stands: the event's own unless a property is named.
pub(super) fn source(given: Option<&str>) -> ValueSource {
    match given {
        None | Some("value") => ValueSource::Value,
        Some(property) => ValueSource::Property(property.to_owned()),
    }
}

/// Reports that values are asked of events which have none.
pub(super) fn own_value(file: &File<MetricFile>, event_type: EventType, problems: &mut Vec<Problem>) {
    if event_type == EventType::Error && source(file.wire.value.as_deref()) == ValueSource::Value {
        let field = if file.wire.value.is_some() { "value" } else { "type" };
        let problem =
            file.error(file.place().key(field), "events of the type `error` have no value of their own", "");
        problems.push(problem.help("name a property by `value: <property>`, or count them: `kind: count`"));
    }
}

fn takes_value(file: &File<MetricFile>, resolved: Resolved) -> bool {
    match resolved.kind {
        Kind::Continuous | Kind::Highest | Kind::Lowest | Kind::Quantile => true,
        Kind::Ratio => resolved.is_mean || file.wire.value.is_some(),
        _ => false,
    }
}

fn level(file: &File<MetricFile>, resolved: Resolved, problems: &mut Vec<Problem>) -> Option<f64> {
    let place = file.place().key("level");
    match (resolved.level, &file.wire.level) {
        (Some(level), None) => Some(level),
        (Some(_), Some(_)) => {
            let problem = file.error(place, "the aggregation says the level already", "said twice");
            problems
                .push(problem.help("remove `level`, or write `kind: quantile` instead of the aggregation"));
            None
        }
        (None, None) => {
            problems.push(missing(file, "level"));
            None
        }
        (None, given) => cap::level(given.as_ref(), place, file, problems),
    }
}

fn denominator(
    file: &File<MetricFile>,
    resolved: Resolved,
    base: &Metric,
    problems: &mut Vec<Problem>,
) -> Option<Denominator> {
    let own = || Denominator {
        event: base.event.clone(),
        event_type: base.event_type,
        filters: base.filters.clone(),
        value: None,
    };
    let place = file.place().key("denominator");
    match &file.wire.denominator {
        Some(_) if resolved.is_mean => {
            let problem =
                file.error(place, "a mean divides by the number of its own events", "means nothing here");
            problems.push(
                problem.help("remove `denominator`, or write `kind: ratio` instead of the aggregation"),
            );
            None
        }
        None if resolved.is_mean => Some(own()),
        None => {
            problems.push(missing(file, "denominator"));
            None
        }
        Some(TextOr::Text(event)) => {
            named(event, place, file, problems);
            Some(Denominator {
                event: event.clone(),
                event_type: EventType::Track,
                filters: Vec::new(),
                value: None,
            })
        }
        Some(TextOr::Mapping(wire)) => {
            let value = wire.value.as_deref().map(|value| source(Some(value)));
            let filters = filter::filters(&wire.filters, place.key("where"), file, problems);
            let Some(event) = &wire.event else {
                let own = own();
                let event_type = wire.event_type.map_or(own.event_type, event_type);
                let filters = if place.has("where") { filters } else { own.filters };
                return Some(Denominator { event_type, filters, value, ..own });
            };
            named(event, place.key("event"), file, problems);
            let event_type = wire.event_type.map_or(EventType::Track, event_type);
            Some(Denominator { event: event.clone(), event_type, filters, value })
        }
    }
}

/// An event of the type of the metric's file, which may be empty where a mapping writes it.
fn named(event: &str, place: Place<'_>, file: &File<MetricFile>, problems: &mut Vec<Problem>) {
    if event.is_empty() || event.len() > edgewise_analysis::event::MAX_NAME_BYTES {
        let message = format!("an event's name of {} bytes", event.len());
        let problem = file.error(place, message, "no name of an event");
        problems.push(problem.help(format!(
            "write a name of 1 to {} bytes, as the events have it",
            edgewise_analysis::event::MAX_NAME_BYTES
        )));
    }
}

fn retention(file: &File<MetricFile>, base: Metric, problems: &mut Vec<Problem>) -> Option<Metric> {
    let wire = &file.wire;
    for (field, given) in [("from", &wire.from), ("to", &wire.to)] {
        if given.is_none() {
            problems.push(missing(file, field));
        }
    }
    let from = time::duration(wire.from.as_ref()?, file.place().key("from"), file, problems)?;
    let to = seconds(file, wire.to.as_ref(), "to", problems)?;
    let from = from.unsigned_abs() / 1_000;
    if from >= to {
        let problem =
            file.error(file.place().key("to"), "the time is over before it begins", "not after `from`");
        problems
            .push(problem.help("write a `to` after `from`: `from: 7d` and `to: 14d` are the second week"));
        return None;
    }
    Some(Metric { kind: MetricKind::Binary, delay_seconds: from, window_seconds: Some(to - from), ..base })
}

fn funnel(file: &File<MetricFile>, base: Metric, problems: &mut Vec<Problem>) -> Option<Metric> {
    let place = file.place().key("steps");
    let mut steps: Vec<Step> = Vec::new();
    for (index, wire) in file.wire.steps.iter().enumerate() {
        let place = place.item(index);
        let step = match wire {
            TextOr::Text(event) => {
                named(event, place, file, problems);
                Step {
                    name: event.clone(),
                    event: event.clone(),
                    event_type: EventType::Track,
                    filters: Vec::new(),
                    within_seconds: None,
                }
            }
            TextOr::Mapping(wire) => {
                named(&wire.event, place.key("event"), file, problems);
                let within = wire.within.as_ref();
                let within =
                    within.and_then(|within| time::duration(within, place.key("within"), file, problems));
                Step {
                    name: wire.name.clone().unwrap_or_else(|| wire.event.clone()),
                    event: wire.event.clone(),
                    event_type: wire.event_type.map_or(EventType::Track, event_type),
                    filters: filter::filters(&wire.filters, place.key("where"), file, problems),
                    within_seconds: within.map(|within| within.unsigned_abs() / 1_000),
                }
            }
        };
        if steps.iter().any(|other| other.name == step.name) {
            let problem =
                file.error(place, format!("the step `{}` is listed twice", step.name), "again here");
            problems.push(problem.help("give each step a `name` of its own"));
        }
        if index == 0 && step.within_seconds.is_some() {
            let problem = file.error(place.key("within"), "there is no step before the first", "after what?");
            problems.push(
                problem.help("remove `within`; `window` says how long after the exposure all steps count"),
            );
        }
        steps.push(step);
    }
    let first = steps.first().cloned();
    match first {
        Some(first) if steps.len() > 1 => Some(Metric {
            event: first.event,
            event_type: first.event_type,
            filters: first.filters,
            kind: MetricKind::Funnel { steps },
            ..base
        }),
        _ => {
            let problem = file.error(place, "a funnel has at least two steps", "what comes after what?");
            problems.push(problem.help("write `steps: [<event>, <event>]`, in their order"));
            None
        }
    }
}

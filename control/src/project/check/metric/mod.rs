//! One metric's file: what it makes.

mod cap;
mod family;
mod kind;
mod number;

use super::{filter, time};
use crate::project::{
    MetricFamily,
    folder::File,
    problem::Problem,
    wire::{self, Kind, MetricFile},
};
use edgewise_analysis::plan::{Direction, EventType, Metric, MetricKind, Silent};
use kind::Resolved;

/// Checks a metric's file; None if something is wrong.
pub(super) fn check(file: &File<MetricFile>, problems: &mut Vec<Problem>) -> Option<MetricFamily> {
    let before = problems.len();
    let resolved = kind::resolve(file, problems);
    if resolved.is_none_or(|resolved| resolved.kind != Kind::Funnel) && file.wire.event.is_none() {
        problems.push(missing(file, "event"));
    }
    let resolved = resolved?;
    kind::fields(file, resolved.kind, problems);
    let base = base(file, resolved, problems);
    let family = match resolved.kind {
        Kind::Feedback => family::feedback(file, &base, problems),
        Kind::Session => family::session(file, base, problems),
        _ => number::of(file, resolved, base, problems).map(MetricFamily::from),
    };
    family.filter(|_| problems.len() == before)
}

/// The ids of the metrics that come with the one that the file is called after.
pub(super) fn members(wire: &MetricFile) -> impl Iterator<Item = String> + use<'_> {
    let names: &[&str] = match wire.kind {
        Some(Kind::Feedback) => &family::OF_FEEDBACK,
        Some(Kind::Session) => &family::OF_SESSIONS,
        _ => &[],
    };
    names.iter().map(|name| format!("{}.{name}", wire.id))
}

/// Whether its cap moves as units come in.
pub(super) fn is_capped_at_quantiles(wire: &MetricFile) -> bool {
    wire.cap.as_ref().is_some_and(|cap| cap.upper.is_some() || cap.lower.is_some())
}

/// What all kinds have in common; of what the kind decides, something to be replaced.
fn base(file: &File<MetricFile>, resolved: Resolved, problems: &mut Vec<Problem>) -> Metric {
    let wire = &file.wire;
    let event_type = match (wire.event_type, resolved.kind) {
        (Some(given), _) => event_type(given),
        (None, Kind::Feedback) => EventType::Feedback,
        (None, _) => EventType::Track,
    };
    Metric {
        event_type,
        filters: filter::filters(&wire.filters, file.place().key("where"), file, problems),
        direction: match wire.direction {
            wire::Direction::Increase => Direction::Increase,
            wire::Direction::Decrease => Direction::Decrease,
        },
        window_seconds: seconds(file, wire.window.as_ref(), "window", problems),
        silent: match wire.silent {
            wire::Silent::Zero => Silent::Zero,
            wire::Silent::Exclude => Silent::Exclude,
        },
        covariate_seconds: seconds(file, wire.covariate.as_ref(), "covariate", problems),
        cap: cap::cap(file, problems),
        ..Metric::new(&wire.id, MetricKind::Binary, wire.event.clone().unwrap_or_default())
    }
}

fn event_type(wire: wire::EventTypeFile) -> EventType {
    match wire {
        wire::EventTypeFile::Track => EventType::Track,
        wire::EventTypeFile::Feedback => EventType::Feedback,
        wire::EventTypeFile::Error => EventType::Error,
    }
}

/// A duration of at least a second.
fn seconds(
    file: &File<MetricFile>,
    given: Option<&String>,
    field: &str,
    problems: &mut Vec<Problem>,
) -> Option<u64> {
    let place = file.place().key(field);
    let duration = time::duration(given?, place, file, problems)?;
    if duration < 1_000 {
        let message = format!("the {field} is shorter than a second, so that no event falls into it");
        let advice = match field {
            "window" => "write a longer window such as `7d`, or leave it out to count until the data end",
            _ => "write a longer time such as `14d`, or leave it out",
        };
        problems.push(file.error(place, message, "too short").help(advice));
    }
    Some(duration.unsigned_abs() / 1_000)
}

/// A field that this kind cannot do without, in the words of the reader of files.
fn missing(file: &File<MetricFile>, field: &str) -> Problem {
    let problem = file.error(
        file.place(),
        format!("the field `{field}` is missing"),
        format!("here, `{field}: …` is needed"),
    );
    problem.help(format!("add `{field}:`; `edgewise schema` prints what each file may hold"))
}

//! One metric.

use super::time;
use crate::project::{
    folder::File,
    problem::Problem,
    wire::{self, MetricFile},
};
use edgewise_analysis::plan::{Direction, Metric, MetricKind, Silent, ValueSource};

/// Checks a metric's file; None if something is wrong.
pub(super) fn check(file: &File<MetricFile>, problems: &mut Vec<Problem>) -> Option<Metric> {
    let before = problems.len();
    let wire = &file.wire;
    let kind = match (wire.kind, wire.value.as_deref()) {
        (wire::Kind::Continuous, None | Some("value")) => {
            MetricKind::Continuous { value: ValueSource::Value }
        }
        (wire::Kind::Continuous, Some(property)) => {
            MetricKind::Continuous { value: ValueSource::Property(property.to_owned()) }
        }
        (wire::Kind::Binary, given) => {
            if given.is_some() {
                let problem = file.error(
                    file.place().key("value"),
                    "a binary metric has no `value`",
                    "means nothing here",
                );
                problems.push(problem.help("remove `value`, or write `kind: continuous` to sum it"));
            }
            MetricKind::Binary
        }
    };
    let place = file.place().key("window");
    let window = wire.window.as_ref().and_then(|window| time::duration(window, place, file, problems));
    if window.is_some_and(|window| window < 1_000) {
        let problem = file.error(
            place,
            "the window is shorter than a second, so that no event falls into it",
            "too short",
        );
        problems.push(
            problem.help("write a longer window such as `7d`, or leave it out to count until the data end"),
        );
    }
    (problems.len() == before).then(|| Metric {
        direction: match wire.direction {
            wire::Direction::Increase => Direction::Increase,
            wire::Direction::Decrease => Direction::Decrease,
        },
        window_seconds: window.map(|window| window.unsigned_abs() / 1_000),
        silent: match wire.silent {
            wire::Silent::Zero => Silent::Zero,
            wire::Silent::Exclude => Silent::Exclude,
        },
        ..Metric::new(&wire.id, kind, &wire.event)
    })
}

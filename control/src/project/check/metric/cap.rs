//! Where units' numbers are capped.

use super::super::weight;
use crate::project::{
    Share,
    folder::File,
    problem::Problem,
    wire::{Amount, MetricFile},
    yaml::Place,
};
use edgewise_analysis::plan::Cap;

/// The cap of the file. None: it has none, or something is wrong with it.
pub(super) fn cap(file: &File<MetricFile>, problems: &mut Vec<Problem>) -> Option<Cap> {
    let wire = file.wire.cap.as_ref()?;
    let place = file.place().key("cap");
    let by_level = wire.upper.is_some() || wire.lower.is_some();
    let by_number = wire.at.is_some() || wire.floor.is_some();
    match (by_level, by_number) {
        (false, false) => {
            let problem = file.error(place, "a cap at nothing", "where?");
            problems
                .push(problem.help("write `{ upper: 99.9% }` for a quantile, `{ at: 500 }` for a number"));
            None
        }
        (true, true) => {
            let problem = file.error(place, "a cap is at quantiles or at numbers, not at both", "both");
            problems.push(problem.help("keep `upper` and `lower`, or `at` and `floor`"));
            None
        }
        (true, false) => {
            let upper = level(wire.upper.as_ref(), place.key("upper"), file, problems);
            let lower = level(wire.lower.as_ref(), place.key("lower"), file, problems);
            in_order(lower, upper, "lower", place, file, problems);
            Some(Cap::Quantiles { lower, upper })
        }
        (false, true) => {
            in_order(wire.floor, wire.at, "floor", place, file, problems);
            Some(Cap::At { lower: wire.floor, upper: wire.at })
        }
    }
}

/// A level between 0 and 1.
pub(super) fn level(
    amount: Option<&Amount>,
    place: Place<'_>,
    file: &File<MetricFile>,
    problems: &mut Vec<Problem>,
) -> Option<f64> {
    let amount = amount?;
    let share = weight::share(amount, place, file, problems)?;
    if share > Share::ZERO && share < Share::WHOLE {
        return Some(share.as_f64());
    }
    let problem = file.error(place, format!("{share} is no level of a quantile"), "not between 0 and 1");
    problems.push(problem.help("write a level above 0% and below 100%, such as `95%` or `0.95`"));
    None
}

fn in_order(
    lower: Option<f64>,
    upper: Option<f64>,
    field: &str,
    place: Place<'_>,
    file: &File<MetricFile>,
    problems: &mut Vec<Problem>,
) {
    if lower.zip(upper).is_some_and(|(lower, upper)| lower >= upper) {
        let message = format!("`{field}` is not below the cap, so that all numbers are one");
        problems.push(file.error(place.key(field), message, "too high").help(format!("lower `{field}`")));
    }
}

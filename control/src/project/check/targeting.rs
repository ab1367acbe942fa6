//! Who may enter an experiment, and who is placed in it.

use super::{Names, condition};
use crate::project::{
    folder::File,
    problem::Problem,
    spelling,
    wire::{ExperimentFile, TargetingFile, TextOr},
    yaml::Place,
};
use edgewise_core::document::{Condition, Literal, Membership, Placement};

/// The condition that the targeting is. None: it has none, or something is wrong with it.
pub(super) fn check(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Condition> {
    let place = file.place().key("targeting");
    match file.wire.targeting.as_ref()? {
        TextOr::Text(source) => condition(source, place, file.wire.server_only, file, names, problems),
        TextOr::Mapping(parts) => mapping(parts, place, file, names, problems),
    }
}

fn mapping(
    parts: &TargetingFile,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Condition> {
    let mut all = Vec::new();
    if let Some(ids) = &parts.segments {
        all.extend(segments(ids, place.key("segments"), file, names, problems));
    }
    for (field, attribute, values) in
        [("languages", "language", &parts.languages), ("regions", "region", &parts.regions)]
    {
        let Some(values) = values else { continue };
        if values.is_empty() {
            problems.push(nobody(file, place.key(field), field));
        } else {
            let values = values.iter().cloned().map(Literal::String).collect();
            all.push(Condition::In(Membership { attribute: vec![attribute.to_owned()], values }));
        }
    }
    if let Some(source) = &parts.condition {
        let lowered = condition(source, place.key("if"), file.wire.server_only, file, names, problems);
        match lowered {
            Some(Condition::And(parts)) => all.extend(parts),
            other => all.extend(other),
        }
    }
    match all.pop() {
        Some(only) if all.is_empty() => Some(only),
        last => {
            all.extend(last);
            (!all.is_empty()).then_some(Condition::And(all))
        }
    }
}

fn segments(
    ids: &[String],
    place: Place<'_>,
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Condition> {
    if ids.is_empty() {
        problems.push(nobody(file, place, "segments"));
        return None;
    }
    let mut any = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let place = place.item(index);
        if !names.segments.contains(id) {
            let advice = spelling::advice(id, "segments", names.segments.iter().map(String::as_str));
            problems.push(
                file.error(place, format!("there is no segment `{id}`"), "unknown segment").help(advice),
            );
        } else if names.hidden_segments.contains(id.as_str()) && !file.wire.server_only {
            problems.push(super::hidden(file, place.span(), "segment", id));
        }
        any.push(Condition::Segment(id.clone()));
    }
    match any.pop() {
        Some(only) if any.is_empty() => Some(only),
        last => {
            any.extend(last);
            Some(Condition::Or(any))
        }
    }
}

fn nobody(file: &File<ExperimentFile>, place: Place<'_>, field: &str) -> Problem {
    let problem = file.error(place, format!("`{field}` is empty, so that nobody may enter"), "nothing in it");
    problem.help("name at least one, or leave the list out to take all")
}

/// The placements, in their order.
pub(super) fn placements(
    file: &File<ExperimentFile>,
    variants: &[&str],
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Placement> {
    let mut checked = Vec::new();
    for (index, wire) in file.wire.placements.iter().enumerate() {
        let place = file.place().key("placements").item(index);
        let hidden = file.wire.server_only;
        let condition = condition(&wire.condition, place.key("if"), hidden, file, names, problems);
        let known = super::experiment::variant(&wire.variant, place.key("variant"), variants, file, problems);
        if let (Some(condition), true) = (condition, known) {
            checked.push(Placement { condition, variant: wire.variant.clone() });
        }
    }
    checked
}

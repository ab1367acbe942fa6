//! What an experiment claims of its surroundings: names, units, layers, holdouts, prerequisites, forced units.

use super::{Names, above_nothing, flag};
use crate::{
    lock::exclusive_layer,
    project::{
        Claim, Holdout,
        folder::File,
        problem::Problem,
        spelling,
        wire::{ExperimentFile, PrerequisiteFile},
        yaml::Place,
    },
};
use edgewise_core::document::{Forced, Prerequisite};
use std::collections::BTreeMap;

/// The longest unit id, in bytes: longer ones are never hashed.
const MAX_UNIT_BYTES: usize = 1024;

/// The most holdouts that bind one experiment.
const MAX_HOLDOUTS: usize = 16;

/// Checks that environments and tenants are the workspace's.
pub(super) fn named(file: &File<ExperimentFile>, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let lists = [
        ("environments", "environment", &file.wire.environments, &names.environments),
        ("tenants", "tenant", &file.wire.tenants, &names.tenants),
    ];
    for (field, kind, list, known) in lists {
        let Some(known) = known else { continue };
        let place = file.place().key(field);
        super::twice(list, |index| place.item(index), file, kind, problems);
        for (index, name) in list.iter().enumerate().filter(|(_, name)| !known.contains(name.as_str())) {
            let message = format!("edgewise.yaml declares no {kind} `{name}`");
            let problem = file.error(place.item(index), message, format!("unknown {kind}"));
            let meant = spelling::nearest(name, known.iter().copied());
            problems.push(problem.help(match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("add it to `{field}:` there"),
            }));
        }
    }
}

/// The fallback unit type.
pub(super) fn fallback(
    file: &File<ExperimentFile>,
    unit: Option<&str>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let given = file.wire.fallback.as_ref()?;
    let place = file.place().key("fallback");
    let fallback = names.unit(Some(given), place, file, problems)?;
    if Some(fallback.as_str()) == unit {
        let problem = file.error(place, format!("`{fallback}` is drawn anyway"), "the same unit");
        problems.push(problem.help("name another unit type, or remove `fallback`"));
    }
    if !file.wire.sticky {
        let message = "a fallback needs memory: without it, a unit changes its variant as soon as its first id is known";
        let problem = file.error(place, message, "takes `sticky`");
        problems.push(problem.help("add `sticky: true`, or remove `fallback`"));
    }
    Some(fallback)
}

/// The share of a layer, or of the implicit one of exclusive experiments.
pub(super) fn layer(
    file: &File<ExperimentFile>,
    unit: Option<&str>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Claim> {
    let place = file.place();
    match (&file.wire.layer, &file.wire.exclusive) {
        (None, None) => None,
        (Some(_), Some(_)) => {
            let message = "`layer` and `exclusive` both say which units it has for itself";
            let problem = file.error(place.key("exclusive"), message, "");
            let problem = problem.at(&file.text, place.key("layer").name(), "");
            problems.push(problem.help("keep `layer` to share a layer with some experiments, `exclusive` to share the units with all exclusive ones"));
            None
        }
        (None, Some(share)) => {
            let share = above_nothing(share, place.key("exclusive"), file, problems)?;
            Some(Claim { layer: exclusive_layer(unit?), share })
        }
        (Some(claim), None) => {
            let place = place.key("layer");
            let share = above_nothing(&claim.share, place.key("share"), file, problems);
            match names.layers.get(&claim.id) {
                None => {
                    let advice = match spelling::nearest(&claim.id, names.layers.keys().map(String::as_str)) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("write layers/{}.yaml with `id: {}`", claim.id, claim.id),
                    };
                    let message = format!("there is no layer `{}`", claim.id);
                    problems.push(file.error(place.key("id"), message, "unknown layer").help(advice));
                }
                Some(Some(layer)) if unit.is_some_and(|unit| unit != layer.unit) => {
                    let message = format!(
                        "the layer `{}` draws `{}`, and the experiment another unit",
                        claim.id, layer.unit
                    );
                    let problem = file.error(place.key("id"), message, "another unit");
                    problems.push(problem.help(format!(
                        "write `unit: {}`, or take a layer of the experiment's unit",
                        layer.unit
                    )));
                }
                Some(_) => {}
            }
            Some(Claim { layer: claim.id.clone(), share: share? })
        }
    }
}

/// The holdouts that bind it: the named ones, else those of its unit that are not newer than its start.
pub(super) fn holdouts(
    file: &File<ExperimentFile>,
    unit: Option<&str>,
    start: Option<i64>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let place = file.place().key("holdouts");
    let Some(given) = &file.wire.holdouts else {
        let bound = names
            .holdouts
            .values()
            .flatten()
            .filter(|holdout| Some(holdout.unit.as_str()) == unit && !newer(holdout, start));
        let bound: Vec<_> = bound.map(|holdout| holdout.id.clone()).collect();
        too_many(file, &bound, file.place().key("id"), problems);
        return bound;
    };
    super::twice(given, |index| place.item(index), file, "holdout", problems);
    too_many(file, given, place, problems);
    for (index, id) in given.iter().enumerate() {
        let place = place.item(index);
        let Some(holdout) = names.holdouts.get(id) else {
            let advice = spelling::advice(id, "holdouts", names.holdouts.keys().map(String::as_str));
            problems.push(
                file.error(place, format!("there is no holdout `{id}`"), "unknown holdout").help(advice),
            );
            continue;
        };
        let Some(holdout) = holdout else { continue };
        if unit.is_some_and(|unit| unit != holdout.unit) {
            let message =
                format!("the holdout `{id}` draws `{}`, and the experiment another unit", holdout.unit);
            let problem = file.error(place, message, "another unit");
            problems.push(problem.help(format!("write `unit: {}`, or leave the holdout out", holdout.unit)));
        }
        if start.is_some() && newer(holdout, start) {
            let message = format!("the holdout `{id}` is newer than the experiment");
            let problem = file.error(place, message, "would throw units out");
            let problem = problem.at(&file.text, file.place().key("start").span(), "started before");
            problems
                .push(problem.help("leave it out: a holdout binds experiments that start with it or later"));
        }
    }
    given.clone()
}

/// Whether a holdout starts after an experiment that starts then, or nobody knows when.
fn newer(holdout: &Holdout, start: Option<i64>) -> bool {
    holdout.start.is_some_and(|holdout| start.is_none_or(|start| start < holdout))
}

fn too_many(file: &File<ExperimentFile>, bound: &[String], place: Place<'_>, problems: &mut Vec<Problem>) {
    if bound.len() > MAX_HOLDOUTS {
        let message = format!("{} holdouts bind the experiment, more than {MAX_HOLDOUTS}", bound.len());
        let problem = file.error(place, message, "too many");
        problems.push(problem.help("name those that are to bind it: `holdouts: [<id>]`"));
    }
}

/// The prerequisites. Whether experiments and variants are there is checked once all experiments are known.
pub(super) fn prerequisites(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Prerequisite> {
    let wire = file.wire.prerequisites.iter().enumerate();
    let place = |index| file.place().key("prerequisites").item(index);
    wire.filter_map(|(index, wire)| prerequisite(wire, place(index), file, names, problems)).collect()
}

fn prerequisite(
    wire: &PrerequisiteFile,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Prerequisite> {
    match (&wire.experiment, &wire.variants, &wire.flag, &wire.values) {
        (Some(id), Some(variants), None, None) => {
            if variants.is_empty() {
                problems.push(never(file, place.key("variants"), "variants"));
            }
            Some(Prerequisite::Experiment { id: id.clone(), variants: variants.clone() })
        }
        (None, None, Some(id), Some(values)) => {
            if values.is_empty() {
                problems.push(never(file, place.key("values"), "values"));
            }
            let Some(wanted) = names.flags.get(id.as_str()) else {
                let advice = spelling::advice(id, "flags", names.flags.keys().copied());
                let problem =
                    file.error(place.key("flag"), format!("there is no flag `{id}`"), "unknown flag");
                problems.push(problem.help(advice));
                return None;
            };
            let list = place.key("values");
            let values: Vec<_> = values
                .iter()
                .enumerate()
                .map(|(index, value)| flag::value(value, (*wanted)?, id, list.item(index), file, problems))
                .collect();
            let values = values.into_iter().collect::<Option<Vec<_>>>()?;
            Some(Prerequisite::Flag { id: id.clone(), values })
        }
        _ => {
            let message =
                "a prerequisite names an `experiment` and its `variants`, or a `flag` and its `values`";
            let problem = file.error(place, message, "which of them?");
            problems.push(problem.help(
                "write `{ experiment: <id>, variants: [<id>] }` or `{ flag: <id>, values: [<value>] }`",
            ));
            None
        }
    }
}

fn never(file: &File<ExperimentFile>, place: Place<'_>, field: &str) -> Problem {
    let problem = file.error(place, format!("`{field}` is empty, so that this never holds"), "nothing in it");
    problem.help("name at least one, or remove the prerequisite")
}

/// The forced units, in the order of variants.
pub(super) fn forced(
    file: &File<ExperimentFile>,
    variants: &[&str],
    problems: &mut Vec<Problem>,
) -> Vec<Forced> {
    let mut forced: Vec<Forced> = Vec::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (variant, units) in &file.wire.forced {
        let list = file.place().key("forced").key(variant);
        if !variants.contains(&variant.as_str()) {
            let problem = Problem::error(format!("there is no variant `{variant}`"));
            let advice = spelling::advice(variant, "variants", variants.iter().copied());
            problems.push(problem.at(&file.text, list.name(), "unknown variant").help(advice));
        }
        for (index, unit) in units.iter().enumerate() {
            let place = list.item(index);
            if unit.is_empty() || unit.len() > MAX_UNIT_BYTES {
                let message =
                    format!("a unit id has 1 to {MAX_UNIT_BYTES} bytes, and this one has {}", unit.len());
                problems.push(
                    file.error(place, message, "no unit id").help("write the id exactly as contexts have it"),
                );
            }
            if let Some(first) = seen.insert(unit, variant) {
                let message = format!("the unit `{unit}` is forced twice: to `{first}` and to `{variant}`");
                problems.push(file.error(place, message, "again here").help("keep one of them"));
            }
            forced.push(Forced { unit: unit.clone(), variant: variant.clone() });
        }
    }
    forced
}

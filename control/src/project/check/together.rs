//! What experiments do to each other: one salt for two, one flag for two, prerequisites.

use super::traffic::cycle;
use crate::project::{
    Experiment, Layer,
    folder::File,
    problem::Problem,
    spelling,
    wire::{ExperimentFile, Status},
    yaml::Place,
};
use edgewise_core::document::Prerequisite;
use std::collections::{BTreeMap, BTreeSet};

/// An experiment and where it is written.
type Filed<'f> = (&'f File<ExperimentFile>, Experiment);

/// Checks every pair of experiments, and what they ask of each other.
pub(super) fn check(
    experiments: &[Filed<'_>],
    layers: &BTreeMap<String, Layer>,
    known: &BTreeSet<&str>,
    problems: &mut Vec<Problem>,
) {
    for (index, (file, experiment)) in experiments.iter().enumerate() {
        for (other_file, other) in &experiments[..index] {
            if experiment.id == other.id {
                continue;
            }
            salts(file, experiment, other_file, other, problems);
            flags((file, experiment), (other_file, other), layers, problems);
        }
    }
    for (file, experiment) in experiments {
        for (index, prerequisite) in experiment.prerequisites.iter().enumerate() {
            let place = file.place().key("prerequisites").item(index);
            if let Prerequisite::Experiment { id, variants } = prerequisite {
                asked((file, experiment), (id, variants), place, experiments, known, problems);
            }
        }
    }
    circles(experiments, problems);
}

fn salts(
    file: &File<ExperimentFile>,
    experiment: &Experiment,
    other_file: &File<ExperimentFile>,
    other: &Experiment,
    problems: &mut Vec<Problem>,
) {
    if experiment.salt != other.salt || experiment.share_salt && other.share_salt {
        return;
    }
    let message = format!(
        "`{}` and `{}` ({}) have the same salt {:?}, so that units get their variants in step",
        experiment.id, other.id, other_file.text.name, experiment.salt
    );
    let field =
        ["salt", "was", "id"].into_iter().find(|field| file.place().text_of(field).is_some()).unwrap_or("id");
    let advice =
        "give one of them another id, `was` or `salt`; if it is meant, write `share_salt: true` in both";
    problems.push(file.error(file.place().key(field), message, "this makes the salt").help(advice));
}

fn flags(
    (file, experiment): (&File<ExperimentFile>, &Experiment),
    (other_file, other): (&File<ExperimentFile>, &Experiment),
    layers: &BTreeMap<String, Layer>,
    problems: &mut Vec<Problem>,
) {
    let masks = |experiment: &Experiment| experiment.in_document() && experiment.status != Status::Graduated;
    if !masks(experiment) || !masks(other) || apart(experiment, other) || exclusive(experiment, other, layers)
    {
        return;
    }
    let lower_allows = match experiment.priority.cmp(&other.priority) {
        std::cmp::Ordering::Less => experiment.allow_masking,
        std::cmp::Ordering::Equal => false,
        std::cmp::Ordering::Greater => other.allow_masking,
    };
    if lower_allows {
        return;
    }
    let theirs = other.claims();
    for flag in experiment.claims().intersection(&theirs) {
        let message = format!(
            "`{}` and `{}` ({}) both override the flag `{flag}`, and a unit can be in both",
            experiment.id, other.id, other_file.text.name
        );
        let problem = Problem::error(message).at(&file.text, overridden(file, flag), "overridden here");
        problems.push(problem.help(
            "one would hide the other: override different flags, put both into one `layer`, or give one a higher \
             `priority` and the other `allow_masking: true`",
        ));
    }
}

/// Where a flag is first overridden.
fn overridden(file: &File<ExperimentFile>, flag: &str) -> std::ops::Range<usize> {
    let first = |arms: &[crate::project::wire::VariantFile], list: Place<'_>| {
        let index = arms.iter().position(|arm| arm.overrides.contains_key(flag))?;
        Some(list.item(index).key("overrides").key(flag).name())
    };
    let place = file.place();
    let variants = file.wire.variants.as_deref().and_then(|arms| first(arms, place.key("variants")));
    let mut levels = file.wire.factors.iter().enumerate();
    variants
        .or_else(|| {
            levels.find_map(|(index, factor)| {
                first(&factor.levels, place.key("factors").item(index).key("levels"))
            })
        })
        .unwrap_or_else(|| place.key("id").span())
}

/// Whether no build holds both.
fn apart(one: &Experiment, other: &Experiment) -> bool {
    let disjoint = |one: &[String], other: &[String]| {
        !one.is_empty() && !other.is_empty() && one.iter().all(|name| !other.contains(name))
    };
    disjoint(&one.environments, &other.environments) || disjoint(&one.tenants, &other.tenants)
}

/// Whether they hold different slots of one layer, so that no unit is in both.
fn exclusive(one: &Experiment, other: &Experiment, layers: &BTreeMap<String, Layer>) -> bool {
    let theirs = holds(other, layers);
    holds(one, layers).iter().any(|(layer, holder)| theirs.get(layer).is_some_and(|other| other != holder))
}

/// In whose slots of each layer an experiment lies, from its own outwards.
fn holds(experiment: &Experiment, layers: &BTreeMap<String, Layer>) -> BTreeMap<String, String> {
    let mut holds = BTreeMap::new();
    let mut next =
        experiment.layer.as_ref().map(|claim| (claim.layer.clone(), format!("experiment {}", experiment.id)));
    while let Some((layer, holder)) = next {
        let around = layers.get(&layer).and_then(|found| {
            let root = found.slots_of.as_ref().map_or(Some(found), |other| layers.get(other))?;
            Some((root.within.as_ref()?.layer.clone(), format!("layer {}", root.id)))
        });
        if holds.insert(layer, holder).is_some() {
            break;
        }
        next = around;
    }
    holds
}

/// Reports a prerequisite that nothing answers.
fn asked(
    (file, experiment): (&File<ExperimentFile>, &Experiment),
    (id, variants): (&str, &[String]),
    place: Place<'_>,
    experiments: &[Filed<'_>],
    known: &BTreeSet<&str>,
    problems: &mut Vec<Problem>,
) {
    let Some((_, other)) = experiments.iter().find(|(_, other)| other.id == id) else {
        if !known.contains(id) {
            let advice = spelling::advice(id, "experiments", known.iter().copied());
            let message = format!("there is no experiment `{id}`");
            problems.push(file.error(place.key("experiment"), message, "unknown experiment").help(advice));
        }
        return;
    };
    let ids: Vec<_> = other.variants.iter().map(|variant| variant.id.as_str()).collect();
    for (index, variant) in
        variants.iter().enumerate().filter(|(_, variant)| !ids.contains(&variant.as_str()))
    {
        let message = format!("the experiment `{id}` has no variant `{variant}`");
        let problem = file.error(place.key("variants").item(index), message, "unknown variant");
        problems.push(problem.help(spelling::advice(variant, "variants", ids.iter().copied())));
    }
    if !experiment.in_document() {
        return;
    }
    let covers = |ours: &[String], theirs: &[String]| {
        theirs.is_empty() || !ours.is_empty() && ours.iter().all(|name| theirs.contains(name))
    };
    let missing = if !other.in_document() {
        Some("is in no ruleset")
    } else if !covers(&experiment.environments, &other.environments) {
        Some("is not in all environments of this one")
    } else if !covers(&experiment.tenants, &other.tenants) {
        Some("is not in the rulesets of all tenants of this one")
    } else {
        None
    };
    if let Some(missing) = missing {
        let problem = file.error(
            place.key("experiment"),
            format!("the experiment `{id}` {missing}, so that this never holds there"),
            "answers nothing",
        );
        problems.push(problem.help("build both for the same, or remove the prerequisite"));
    }
}

/// Reports experiments that wait for themselves.
fn circles(experiments: &[Filed<'_>], problems: &mut Vec<Problem>) {
    let owners = |flag: &str| {
        let claims = move |(_, other): &&Filed<'_>| other.in_document() && other.claims().contains(flag);
        experiments.iter().filter(claims).map(|(_, other)| other.id.as_str()).collect::<Vec<_>>()
    };
    let waits = |experiment: &Experiment| -> BTreeSet<&str> {
        let asked = experiment.prerequisites.iter().flat_map(|prerequisite| match prerequisite {
            Prerequisite::Experiment { id, .. } => experiments
                .iter()
                .filter(|(_, other)| other.id == *id)
                .map(|(_, other)| other.id.as_str())
                .collect(),
            Prerequisite::Flag { id, .. } => owners(id),
        });
        asked.collect()
    };
    let next: BTreeMap<&str, BTreeSet<&str>> =
        experiments.iter().map(|(_, experiment)| (experiment.id.as_str(), waits(experiment))).collect();
    let mut reported = BTreeSet::new();
    for (file, experiment) in experiments {
        let Some(cycle) = cycle(&experiment.id, &next) else { continue };
        if !reported.insert(cycle.iter().copied().collect::<BTreeSet<_>>()) {
            continue;
        }
        let path = cycle.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" needs ");
        let message = format!("the experiment `{}` is its own prerequisite: {path}", experiment.id);
        let problem = file.error(file.place().key("prerequisites"), message, "leads back here");
        problems.push(problem.help("let one of them stand on its own; an experiment also waits for those that override the flags it asks about"));
    }
}

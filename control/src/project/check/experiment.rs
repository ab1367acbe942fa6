//! One experiment.

use super::{Names, buckets, condition, flag, time, weight};
use crate::project::{
    Experiment, Share, Variant,
    folder::File,
    problem::Problem,
    spelling,
    wire::{ExperimentFile, Status},
};
use edgewise_analysis::plan::Role;
use edgewise_core::document::RampStage;
use std::collections::BTreeMap;

/// The error rate of tests where an experiment names none: the usual one.
const ALPHA: f64 = 0.05;

/// Checks an experiment's file; None if something is wrong.
pub(super) fn check(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Experiment> {
    let before = problems.iter().filter(|problem| problem.is_error()).count();
    let wire = &file.wire;
    let place = file.place();
    let unit = names.unit(wire.unit.as_ref(), place.key("unit"), file, problems);
    let salt = salt(file, problems);
    let (start, end) = times(file, problems);
    let targeting = wire
        .targeting
        .as_ref()
        .and_then(|source| condition(source, place.key("targeting"), file, names, problems));
    let ramp = ramp(file, start, problems);
    let control = control(file, problems);
    let variants = variants(file, names, problems);
    let metrics = metrics(file, names, problems);
    if problems.iter().filter(|problem| problem.is_error()).count() > before {
        return None;
    }
    Some(Experiment {
        id: wire.id.clone(),
        name: wire.name.clone(),
        description: wire.description.clone(),
        status: wire.status,
        iteration: wire.iteration,
        salt,
        share_salt: wire.share_salt,
        unit: unit?,
        start,
        end,
        targeting,
        ramp,
        variants: variants?,
        control: control?,
        metrics,
        alpha: wire.alpha.unwrap_or(ALPHA),
    })
}

fn salt(file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> String {
    let wire = &file.wire;
    if wire.was.is_some() && wire.salt.is_some() {
        let problem =
            file.error(file.place().key("salt"), "`was` and `salt` both say what units are hashed with", "");
        let problem = problem.at(&file.text, file.place().key("was").span(), "");
        problems
            .push(problem.help("keep `was` to rename an experiment, `salt` to name the salt word for word"));
    }
    match (&wire.salt, &wire.was) {
        (Some(salt), _) => salt.clone(),
        (None, was) => format!("experiment:{}@{}", was.as_ref().unwrap_or(&wire.id), wire.iteration),
    }
}

fn times(file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> (Option<i64>, Option<i64>) {
    let mut read = |field: &str, text: &Option<String>| {
        text.as_ref().and_then(|text| time::instant(text, file.place().key(field), file, problems))
    };
    let (start, end) = (read("start", &file.wire.start), read("end", &file.wire.end));
    if let (Some(first), Some(last)) = (start, end)
        && last <= first
    {
        let problem = file.error(
            file.place().key("end"),
            "the experiment ends before it starts",
            "not after the start",
        );
        let problem = problem.at(&file.text, file.place().key("start").span(), "the start");
        problems.push(
            problem
                .help("`end` is the first moment at which nobody is assigned any longer: write a later one"),
        );
    }
    (start, end)
}

fn ramp(file: &File<ExperimentFile>, start: Option<i64>, problems: &mut Vec<Problem>) -> Vec<RampStage> {
    let place = file.place();
    if let Some(traffic) = &file.wire.traffic {
        if !file.wire.ramp.is_empty() {
            let problem = file.error(place.key("traffic"), "`traffic` and `ramp` both say who enters", "");
            let problem = problem.at(&file.text, place.key("ramp").name(), "");
            problems
                .push(problem.help("keep `ramp`, whose last stage is the final share, or keep `traffic`"));
        }
        let buckets = buckets(traffic, place.key("traffic"), file, problems);
        return buckets.map(|buckets| RampStage { from: None, buckets }).into_iter().collect();
    }
    let mut stages: Vec<(usize, RampStage)> = Vec::new();
    for index in 0..file.wire.ramp.len() {
        let Some(stage) = stage(file, index, start, problems) else { continue };
        if let Some((before, previous)) = stages.last() {
            rising(file, (*before, previous), (index, &stage), problems);
        }
        stages.push((index, stage));
    }
    stages.into_iter().map(|(_, stage)| stage).collect()
}

fn stage(
    file: &File<ExperimentFile>,
    index: usize,
    start: Option<i64>,
    problems: &mut Vec<Problem>,
) -> Option<RampStage> {
    let wire = file.wire.ramp.get(index)?;
    let place = file.place().key("ramp").item(index);
    let buckets = buckets(&wire.traffic, place.key("traffic"), file, problems);
    let from = match (&wire.after, &wire.at) {
        (Some(after), None) => {
            let after = time::duration(after, place.key("after"), file, problems);
            if file.wire.start.is_none() {
                let message = "`after` counts from the start, and the experiment has none";
                let problem = file.error(place.key("after"), message, "after what?");
                problems
                    .push(problem.help("add `start: 2026-01-05T00:00:00Z`, or write `at:` with a time here"));
            }
            start?.checked_add(after?)
        }
        (None, Some(at)) => time::instant(at, place.key("at"), file, problems),
        _ => {
            let problem =
                file.error(place, "a ramp's stage begins either `after` a duration or `at` a time", "when?");
            problems.push(problem.help("write one of `after: 24h` and `at: 2026-01-05T00:00:00Z`"));
            None
        }
    };
    Some(RampStage { from: Some(from?), buckets: buckets? })
}

/// Reports a stage that begins too early or lets fewer units in than the one before.
fn rising(
    file: &File<ExperimentFile>,
    (before, previous): (usize, &RampStage),
    (index, stage): (usize, &RampStage),
    problems: &mut Vec<Problem>,
) {
    let place = |index| file.place().key("ramp").item(index);
    if stage.buckets < previous.buckets {
        let problem = file.error(place(index).key("traffic"), "the ramp falls", "fewer than before");
        let problem = problem.at(&file.text, place(before).key("traffic").span(), "more before");
        let advice = "units that have entered would be thrown out: write a share that is not smaller, or pause the experiment";
        problems.push(problem.help(advice));
    }
    if stage.from <= previous.from {
        let problem =
            file.error(place(index), "the stages of the ramp are not in the order of time", "not later");
        let problem = problem.at(&file.text, place(before).span(), "than this");
        problems.push(problem.help("write the stages in the order in which they begin"));
    }
}

fn control(file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> Option<String> {
    let variants = &file.wire.variants;
    let place = |index| file.place().key("variants").item(index);
    let controls: Vec<_> = (0..variants.len()).filter(|index| variants[*index].control).collect();
    if let [control] = controls[..] {
        return Some(variants[control].id.clone());
    }
    let problem = match controls[..] {
        [] => file
            .error(file.place().key("variants"), "no variant is the control", "one of these must be")
            .help("write `control: true` at the variant that the others are compared with"),
        _ => controls
            .iter()
            .fold(
                Problem::error(format!("{} variants say that they are the control", controls.len())),
                |problem, index| {
                    problem.at(
                        &file.text,
                        place(*index).key("control").span(),
                        format!("`{}`", variants[*index].id),
                    )
                },
            )
            .help("keep `control: true` at the one that the others are compared with"),
    };
    problems.push(problem);
    None
}

fn variants(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Variant>> {
    let wire = &file.wire.variants;
    let ids: Vec<_> = wire.iter().map(|variant| variant.id.clone()).collect();
    super::twice(&ids, |index| file.place().key("variants").item(index).key("id"), file, "variant", problems);
    let shares = weight::shares(file, problems);
    let overrides: Vec<_> = (0..wire.len()).map(|index| overrides(file, index, names, problems)).collect();
    let shares: Vec<Share> = shares?;
    let variants = wire.iter().zip(shares).zip(overrides);
    Some(
        variants
            .map(|((variant, weight), overrides)| Variant { id: variant.id.clone(), weight, overrides })
            .collect(),
    )
}

fn overrides(
    file: &File<ExperimentFile>,
    variant: usize,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let overrides = file.place().key("variants").item(variant).key("overrides");
    let mut checked = BTreeMap::new();
    for (id, value) in &file.wire.variants[variant].overrides {
        let place = overrides.key(id);
        match names.flags.get(id.as_str()) {
            Some(Some(wanted)) => {
                let value = flag::value(value, *wanted, id, place, file, problems);
                checked.extend(value.map(|value| (id.clone(), value)));
            }
            Some(None) => {}
            None => {
                let problem = Problem::error(format!("there is no flag `{id}`")).at(
                    &file.text,
                    place.name(),
                    "unknown flag",
                );
                problems.push(problem.help(match spelling::nearest(id, names.flags.keys().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write flags/{id}.yaml with `id`, `type` and `default`"),
                }));
            }
        }
    }
    checked
}

fn metrics(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<(Role, String)> {
    let wire = &file.wire.metrics;
    let roles = [
        ("primary", Role::Primary, &wire.primary),
        ("secondary", Role::Secondary, &wire.secondary),
        ("guardrails", Role::Guardrail, &wire.guardrails),
    ];
    let mut metrics: Vec<(Role, String)> = Vec::new();
    for (field, role, ids) in roles {
        for (index, id) in ids.iter().enumerate() {
            let place = file.place().key("metrics").key(field).item(index);
            if !names.metrics.contains(id.as_str()) {
                let problem = file.error(place, format!("there is no metric `{id}`"), "unknown metric");
                problems.push(problem.help(match spelling::nearest(id, names.metrics.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write metrics/{id}.yaml with `id`, `kind` and `event`"),
                }));
            } else if metrics.iter().any(|(_, other)| other == id) {
                let problem = file.error(place, format!("the metric `{id}` is listed twice"), "again here");
                problems.push(problem.help("a metric has one part in the decision: keep it in one list"));
            } else {
                metrics.push((role, id.clone()));
            }
        }
    }
    if metrics.is_empty() && file.wire.status != Status::Draft && ids_given(file) == 0 {
        let message = format!("the experiment `{}` serves and measures nothing", file.wire.id);
        let warning = Problem::warning(message).at(&file.text, file.place().key("id").span(), "");
        problems.push(warning.help("add `metrics: { primary: [<metric id>] }`"));
    }
    metrics
}

fn ids_given(file: &File<ExperimentFile>) -> usize {
    let metrics = &file.wire.metrics;
    metrics.primary.len() + metrics.secondary.len() + metrics.guardrails.len()
}

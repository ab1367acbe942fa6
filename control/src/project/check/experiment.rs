//! One experiment.

use super::{Names, analysis, arms, claim, factorial, life, measured, ramp, targeting};
use crate::project::{
    Experiment, Factor, Fraction, Variant,
    folder::File,
    problem::Problem,
    spelling,
    wire::{ExperimentFile, StrategyFile},
    yaml::Place,
};
use edgewise_core::document::Strategy;

/// The error rate of tests where an experiment names none: the usual one.
const ALPHA: f64 = 0.05;

/// Checks an experiment's file; None if something is wrong.
pub(super) fn check(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Experiment> {
    let before = errors(problems);
    let wire = &file.wire;
    let place = file.place();
    let unit = names.unit(wire.unit.as_ref(), place.key("unit"), file, problems);
    let salt = salt(file, problems);
    let (start, end) = ramp::times(file, problems);
    let targeting = targeting::check(file, names, problems);
    let ramp = ramp::ramp(file, start, problems);
    let arms = arms(file, names, problems);
    let variants = arms.as_ref().map(|arms| &arms.variants[..]);
    let ids: Vec<&str> = variants.into_iter().flatten().map(|variant| variant.id.as_str()).collect();
    let placements =
        if arms.is_some() { targeting::placements(file, &ids, names, problems) } else { Vec::new() };
    let forced = if arms.is_some() { claim::forced(file, &ids, problems) } else { Vec::new() };
    let graduation = life::graduation(file, arms.as_ref().map(|_| &ids[..]), problems);
    let bandit = life::bandit(file, variants, unit.as_deref(), problems);
    life::check(file, start, problems);
    life::strategy(file, variants, problems);
    claim::named(file, names, problems);
    let fallback = claim::fallback(file, unit.as_deref(), names, problems);
    let layer = claim::layer(file, unit.as_deref(), names, problems);
    let holdouts = claim::holdouts(file, unit.as_deref(), start, names, problems);
    let prerequisites = claim::prerequisites(file, names, problems);
    let metrics = measured::metrics(file, names, problems);
    let analysis = analysis::check(file, ids.len(), names, problems);
    if errors(problems) > before {
        return None;
    }
    let cells = ids.into_iter().map(str::to_owned).collect();
    let arms = arms?;
    Some(Experiment {
        id: wire.id.clone(),
        name: wire.name.clone(),
        description: wire.description.clone(),
        status: wire.status,
        freeze: wire.freeze,
        iteration: wire.iteration,
        salt,
        share_salt: wire.share_salt,
        unit: unit?,
        fallback,
        environments: wire.environments.clone(),
        tenants: wire.tenants.clone(),
        server_only: wire.server_only,
        priority: wire.priority,
        allow_masking: wire.allow_masking,
        sticky: wire.sticky,
        start,
        end,
        forced,
        holdouts,
        prerequisites,
        graduation,
        layer,
        targeting,
        ramp,
        strategy: match wire.strategy {
            StrategyFile::Hash => Strategy::Hash,
            StrategyFile::Random => Strategy::Random,
            StrategyFile::RoundRobin => Strategy::RoundRobin,
            StrategyFile::Context => Strategy::Context,
        },
        placements,
        cells: if arms.factors.is_empty() { Vec::new() } else { cells },
        control: arms.control,
        factors: arms.factors,
        fraction: arms.fraction,
        variants: arms.variants,
        bandit,
        metrics,
        alpha: wire.alpha.unwrap_or(ALPHA),
        analysis,
    })
}

/// Reports a name that is none of the experiment's variants.
pub(super) fn variant(
    name: &str,
    place: Place<'_>,
    variants: &[&str],
    file: &File<ExperimentFile>,
    problems: &mut Vec<Problem>,
) -> bool {
    let known = variants.contains(&name);
    if !known {
        let problem = file.error(place, format!("there is no variant `{name}`"), "unknown variant");
        problems.push(problem.help(spelling::advice(name, "variants", variants.iter().copied())));
    }
    known
}

fn errors(problems: &[Problem]) -> usize {
    problems.iter().filter(|problem| problem.is_error()).count()
}

/// What is compared, as variants or as the cells of factors.
struct Arms {
    variants: Vec<Variant>,
    control: String,
    factors: Vec<Factor>,
    fraction: Option<Fraction>,
}

fn arms(file: &File<ExperimentFile>, names: &Names<'_>, problems: &mut Vec<Problem>) -> Option<Arms> {
    let place = file.place();
    match (&file.wire.variants, &file.wire.factors[..]) {
        (Some(wire), []) => {
            let list = place.key("variants");
            if !file.wire.fraction.is_empty() {
                let message = "a `fraction` is one of factors, and there are none";
                let problem = file.error(place.key("fraction"), message, "means nothing here");
                problems.push(problem.help("write `factors:` instead of `variants:`, or remove `fraction`"));
            }
            let control = arms::control(file, wire, list, "variant", problems);
            let variants = arms::check(file, wire, list, "variant", names, problems);
            let control = wire.get(control?)?.id.clone();
            Some(Arms { variants: variants?, control, factors: Vec::new(), fraction: None })
        }
        (None, [_, ..]) => {
            let design = factorial::check(file, names, problems)?;
            Some(Arms {
                variants: design.cells,
                control: design.control,
                factors: design.factors,
                fraction: design.fraction,
            })
        }
        (Some(_), _) => {
            let problem =
                file.error(place.key("factors"), "`variants` and `factors` both say what is compared", "");
            let problem = problem.at(&file.text, place.key("variants").name(), "");
            problems.push(problem.help("keep `variants` for one draw, `factors` for one draw each"));
            None
        }
        (None, []) => {
            let problem =
                file.error(place, "the field `variants` is missing", "here, `variants: …` is needed");
            problems
                .push(problem.help(
                    "add `variants:`, or `factors:`; `edgewise schema` prints what each file may hold",
                ));
            None
        }
    }
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

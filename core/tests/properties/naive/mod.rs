//! Assignment once more, straight from the document: strings, vectors and floats, nothing compiled and nothing fast.
//! Written from DESIGN, section 3, not from `src`.

mod condition;
mod draw;
mod flag;
mod layer;

use crate::arbitrary::Case;
use condition::truth;
use draw::{draw, draws, epoch};
use edgewise_core::document::{Condition, Experiment, Prerequisite, State};
use serde_json::Value as Json;

pub(crate) use flag::{FlagAnswer, evaluate};

/// What an experiment answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) variant: Option<String>,
    pub(crate) reason: &'static str,
    pub(crate) bucket: Option<u32>,
    pub(crate) exposure: bool,
    pub(crate) epoch: String,
    pub(crate) holdout: Option<String>,
    pub(crate) fallback: bool,
}

/// How the steps end: variant, bucket, reason, and the holdout that held the unit.
#[derive(Default)]
struct End {
    variant: Option<String>,
    bucket: Option<u32>,
    reason: &'static str,
    holdout: Option<String>,
    /// The epoch of a sticky record.
    epoch: Option<String>,
}

impl End {
    fn without(reason: &'static str) -> Self {
        Self { reason, ..Self::default() }
    }

    fn with(variant: &str, reason: &'static str) -> Self {
        Self { variant: Some(variant.into()), reason, ..Self::default() }
    }
}

/// A sticky record that the host keeps of the unit.
pub(crate) struct Record<'a> {
    experiment: &'a Experiment,
    variant: &'a str,
    epoch: &'a str,
}

/// One experiment for the case's context and time.
pub(crate) fn assign(case: &Case, experiment: &Experiment) -> Answer {
    let unit = if serves(case, experiment).is_ok() { unit(case, experiment) } else { Err("") };
    let fallback = matches!(
        (
            id(&case.context, &experiment.unit),
            experiment.fallback.as_ref().map(|name| id(&case.context, name))
        ),
        (Err("missing_unit"), Some(Ok(_) | Err("invalid_unit")))
    );
    let end = match serves(case, experiment).and(unit.clone()) {
        Err(reason) => End::without(reason),
        Ok(unit) => after_unit(case, experiment, &unit),
    };
    let over = experiment.state == State::Completed;
    Answer {
        exposure: ["assigned", "sticky"].contains(&end.reason) && !over,
        epoch: end.epoch.unwrap_or_else(|| epoch(&case.document, experiment)),
        variant: end.variant,
        reason: end.reason,
        bucket: end.bucket,
        holdout: end.holdout,
        fallback: fallback && serves(case, experiment).is_ok(),
    }
}

fn serves(case: &Case, experiment: &Experiment) -> Result<(), &'static str> {
    let refusals = [
        (!case.document.switches.experiments, "switched_off"),
        (experiment.state == State::Paused, "paused"),
        (experiment.start.is_some_and(|start| case.now < start), "not_started"),
        (experiment.end.is_some_and(|end| end <= case.now), "ended"),
    ];
    refusals.into_iter().find(|(refuses, _)| *refuses).map_or(Ok(()), |(_, reason)| Err(reason))
}

/// The id that everything is drawn by.
fn unit(case: &Case, experiment: &Experiment) -> Result<String, &'static str> {
    match (id(&case.context, &experiment.unit), &experiment.fallback) {
        (Err("missing_unit"), Some(fallback)) => id(&case.context, fallback),
        (found, _) => found,
    }
}

/// The context's id of a unit type: a string of 1 to 1,024 bytes, or an integer that JavaScript holds exactly.
fn id(context: &Json, unit_type: &str) -> Result<String, &'static str> {
    let largest = 9_007_199_254_740_991.0;
    let id = match context.get(unit_type) {
        None | Some(Json::Null) => return Err("missing_unit"),
        Some(Json::String(id)) => id.clone(),
        Some(Json::Number(number)) => match number.as_f64() {
            Some(0.0) => "0".into(),
            Some(number) if number.abs() <= largest && (number as i64) as f64 - number == 0.0 => {
                (number as i64).to_string()
            }
            _ => return Err("invalid_unit"),
        },
        Some(_) => return Err("invalid_unit"),
    };
    if (1..=1024).contains(&id.len()) { Ok(id) } else { Err("invalid_unit") }
}

fn after_unit(case: &Case, experiment: &Experiment, unit: &str) -> End {
    if let Some(variant) = forced(case, experiment, unit) {
        return End::with(variant, "forced");
    }
    for name in &experiment.holdouts {
        if is_held(case, name, unit) {
            return End { holdout: Some(name.clone()), ..End::without("held_out") };
        }
    }
    if !experiment.prerequisites.iter().all(|prerequisite| is_met(case, prerequisite)) {
        return End::without("prerequisite_not_met");
    }
    let mut maskers = case.document.experiments.iter().filter(|other| masks(case, other, experiment));
    if maskers.any(|other| assign(case, other).variant.is_some()) {
        return End::without("masked");
    }
    if let Some(graduation) = &experiment.graduation {
        if let Err(reason) = targeted(case, experiment) {
            return End::without(reason);
        }
        let control = &experiment.variants.iter().find(|variant| variant.control).unwrap().id;
        return match graduation.hold_back.as_ref().filter(|holdout| is_held(case, holdout, unit)) {
            Some(holdout) => End { holdout: Some(holdout.clone()), ..End::with(control, "held_back") },
            None => End::with(&graduation.winner, "graduated"),
        };
    }
    if !layer::admits(case, experiment, unit) {
        return End::without("not_in_slot");
    }
    enrolled(case, experiment, unit)
}

/// A sticky record decides; else the unit is new, if the experiment takes new ones.
fn enrolled(case: &Case, experiment: &Experiment, unit: &str) -> End {
    let records = records(case);
    if let Some(record) = records.iter().find(|record| record.experiment.id == experiment.id) {
        return End { epoch: Some(record.epoch.into()), ..End::with(record.variant, "sticky") };
    }
    let closed =
        experiment.state == State::Frozen || experiment.state == State::Completed && experiment.sticky;
    if closed {
        return End::without("not_enrolling");
    }
    if let Err(reason) = targeted(case, experiment) {
        return End::without(reason);
    }
    let begun = experiment.ramp.iter().filter(|stage| stage.from.is_none_or(|from| from <= case.now));
    let share = begun.map(|stage| stage.buckets).max().unwrap_or(0);
    let (entry, _) = draws(&case.document, &experiment.salt, unit);
    if !experiment.ramp.is_empty() && entry >= share {
        return End::without("not_in_ramp");
    }
    draw(case, experiment, unit)
}

/// By the host's word, else by the list.
fn forced<'a>(case: &'a Case, experiment: &'a Experiment, unit: &str) -> Option<&'a str> {
    let told = case.directives["forced"][&experiment.id].as_str();
    let told = told.filter(|told| experiment.variants.iter().any(|variant| variant.id == *told));
    let listed = || experiment.forced.iter().find(|forced| forced.unit == unit);
    told.or_else(|| listed().map(|forced| forced.variant.as_str()))
}

fn is_held(case: &Case, holdout: &str, unit: &str) -> bool {
    let holdout = case.document.holdouts.iter().find(|other| other.id == holdout).unwrap();
    draws(&case.document, &holdout.salt, unit).0 < holdout.buckets
}

fn is_met(case: &Case, prerequisite: &Prerequisite) -> bool {
    match prerequisite {
        Prerequisite::Experiment { id, variants } => {
            let other = case.document.experiments.iter().find(|other| other.id == *id).unwrap();
            assign(case, other).variant.is_some_and(|variant| variants.contains(&variant))
        }
        Prerequisite::Flag { id, values } => values.contains(&evaluate(case, id).value),
    }
}

/// Whether `higher` hides `lower` from the units that it takes: they have a flag in common and can meet in one unit.
fn masks(case: &Case, higher: &Experiment, lower: &Experiment) -> bool {
    let decided = [higher, lower].iter().any(|experiment| experiment.state == State::Graduated);
    let common = flags(higher).any(|flag| flags(lower).any(|other| other == flag));
    // The same unit is drawn unless each falls back to an id of its own.
    let one_unit = higher.fallback.is_none() || lower.fallback.is_none() || higher.fallback == lower.fallback;
    let apart = one_unit && layer::exclude(&case.document, higher, lower);
    higher.priority > lower.priority && !decided && common && !apart
}

/// The flags that any of the variants names.
fn flags(experiment: &Experiment) -> impl Iterator<Item = &String> {
    experiment.variants.iter().flat_map(|variant| variant.overrides.keys())
}

fn targeted(case: &Case, experiment: &Experiment) -> Result<(), &'static str> {
    match truth(case, experiment.targeting.as_ref().unwrap_or(&Condition::Constant(true))) {
        Some(true) => Ok(()),
        Some(false) => Err("not_targeted"),
        None => Err("targeting_unknown"),
    }
}

/// The valid ones: of a sticky experiment in this iteration, and of a variant that it still has.
fn records(case: &Case) -> Vec<Record<'_>> {
    let records = case.directives["sticky"].as_array().unwrap().iter();
    let valid = records.filter_map(|record| {
        let experiment = case.document.experiments.iter().find(|other| record["experiment"] == other.id)?;
        let variant = experiment.variants.iter().find(|other| record["variant"] == other.id)?;
        let current = experiment.sticky && record["iteration"] == experiment.iteration;
        current.then(|| Record { experiment, variant: &variant.id, epoch: record["epoch"].as_str().unwrap() })
    });
    valid.collect()
}

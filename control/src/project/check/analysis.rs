//! How an experiment is looked at and decided.

use super::{Names, filter, time};
use crate::{
    expression::{self, Known},
    project::{
        Analysis, Dimension,
        folder::File,
        problem::Problem,
        wire::{DecisionFile, ExperimentFile, MultiplicityFile, SequentialFile, SpendingFile, TextOr},
        yaml::Place,
    },
};
use edgewise_analysis::plan::{Decision, Multiplicity, Priors, SequentialPlan, SpendingFunction, Trigger};
use edgewise_stats::decide::Gates;

/// One day in milliseconds.
const DAY: i64 = 86_400_000;

/// The experiment's settings of the analysis, of so many variants.
pub(super) fn check(
    file: &File<ExperimentFile>,
    variants: usize,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Analysis {
    let mut decision = match &file.wire.decision {
        Some(wire) => decision(wire, file, problems),
        None => Decision::default(),
    };
    decision.priors = priors(file, problems);
    Analysis {
        sequential: sequential(file, decision.gates, variants, problems),
        decision,
        dimensions: dimensions(file, names, problems),
        trigger: trigger(file, problems),
        lateness_seconds: lateness(file, problems),
    }
}

fn decision(wire: &DecisionFile, file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> Decision {
    let place = file.place().key("decision");
    let horizon_days =
        wire.horizon.as_ref().and_then(|text| horizon(text, place.key("horizon"), file, problems));
    let standard = Gates::default();
    let days = wire.minimum_days.unwrap_or(standard.days);
    if !(days >= 0.0 && days.is_finite()) {
        let problem =
            file.error(place.key("minimum_days"), format!("{days} is no number of days"), "below 0");
        problems.push(problem.help("write a number of days, such as `7`"));
    }
    let decision = Decision {
        horizon_days,
        gates: Gates {
            days,
            units: wire.minimum_units.unwrap_or(standard.units),
            lift: effect(wire, place, file, problems).unwrap_or(standard.lift),
        },
        multiplicity: match wire.multiplicity {
            None | Some(MultiplicityFile::Holm) => Multiplicity::Holm,
            Some(MultiplicityFile::Hochberg) => Multiplicity::Hochberg,
            Some(MultiplicityFile::Dunnett) => Multiplicity::Dunnett,
            Some(MultiplicityFile::None) => Multiplicity::None,
        },
        priors: None,
    };
    if file.wire.sequential.is_none() && decision.gates.days > f64::from(decision.horizon_days()) {
        let field = if wire.minimum_days.is_some() { "minimum_days" } else { "horizon" };
        let message = format!(
            "it is decided after {} days, and may not be before {days} have passed",
            decision.horizon_days()
        );
        let problem = file.error(place.key(field), message, "never decided");
        problems.push(problem.help("lower `minimum_days`, or raise `horizon` (14d unless said otherwise)"));
    }
    decision
}

/// The smallest effect that is worth shipping; `0%` says that any is.
fn effect(
    wire: &DecisionFile,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    problems: &mut Vec<Problem>,
) -> Option<f64> {
    let share =
        super::weight::share(wire.minimum_effect.as_ref()?, place.key("minimum_effect"), file, problems)?;
    Some(share.as_f64())
}

fn horizon(
    text: &str,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    problems: &mut Vec<Problem>,
) -> Option<u32> {
    let duration = time::duration(text, place, file, problems)?;
    match u32::try_from(duration / DAY) {
        Ok(days) if days > 0 && duration % DAY == 0 => {
            if !days.is_multiple_of(7) {
                let message =
                    format!("{days} days are no whole weeks, so that some weekdays count more than others");
                let warning = Problem::warning(message).at(&file.text, place.span(), "no whole weeks");
                problems.push(warning.help("write a multiple of seven days, such as `14d`"));
            }
            Some(days)
        }
        _ => {
            let problem = file.error(place, format!("`{text}` is no number of whole days"), "no whole days");
            problems.push(problem.help("write whole days, best whole weeks: `14d`, `2w`"));
            None
        }
    }
}

fn priors(file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> Option<Priors> {
    let wire = file.wire.priors.as_ref()?;
    let place = file.place().key("priors");
    if !(wire.strength > 0.0 && wire.strength.is_finite() && wire.mean.is_finite()) {
        let field = if wire.mean.is_finite() { "strength" } else { "mean" };
        let problem = file.error(place.key(field), "an expectation that is worth no units", "not above 0");
        problems.push(problem.help("write how many units it is worth, such as `100`; or remove `priors`"));
    }
    Some(Priors { mean: wire.mean, strength: wire.strength })
}

fn sequential(
    file: &File<ExperimentFile>,
    gates: Gates,
    variants: usize,
    problems: &mut Vec<Problem>,
) -> Option<SequentialPlan> {
    let place = file.place().key("sequential");
    // Where a decision becomes possible.
    let units_of_gates = gates.units.max(1).saturating_mul(u64::try_from(variants).unwrap_or(u64::MAX));
    match file.wire.sequential.as_ref()? {
        TextOr::Text(word) if word == "anytime" => {
            Some(SequentialPlan::Anytime { tightest_at: units_of_gates })
        }
        TextOr::Text(word) => {
            let problem = file.error(place, format!("`{word}` is not possible here"), "unknown word");
            problems.push(problem.help(
                "write `anytime`, `{ tightest_at: 20000 }`, or `{ spending: obrien_fleming, planned_units: 20000 }`",
            ));
            None
        }
        TextOr::Mapping(wire) => match (wire.tightest_at, wire.spending, wire.planned_units) {
            (Some(0), ..) | (_, _, Some(0)) => {
                let field = if wire.planned_units == Some(0) { "planned_units" } else { "tightest_at" };
                let problem = file.error(place.key(field), "a plan for no units", "not above 0");
                problems.push(problem.help("write the number of units in all variants together"));
                None
            }
            (Some(tightest_at), None, None) if wire.gamma.is_none() => {
                Some(SequentialPlan::Anytime { tightest_at })
            }
            (None, Some(spending), Some(planned_units)) => {
                let spending = spending_function(spending, wire, place, file, problems)?;
                Some(SequentialPlan::GroupSequential { spending, planned_units })
            }
            _ => {
                let message = "a sequential design looks at any time, or at looks that spend alpha";
                let problem = file.error(place, message, "which one?");
                problems.push(problem.help(
                    "write `anytime`, `{ tightest_at: 20000 }`, or `{ spending: obrien_fleming, planned_units: 20000 }`",
                ));
                None
            }
        },
    }
}

fn spending_function(
    spending: SpendingFile,
    wire: &SequentialFile,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    problems: &mut Vec<Problem>,
) -> Option<SpendingFunction> {
    match (spending, wire.gamma) {
        (SpendingFile::ObrienFleming, None) => Some(SpendingFunction::ObrienFleming),
        (SpendingFile::Pocock, None) => Some(SpendingFunction::Pocock),
        (SpendingFile::HwangShihDecani, Some(gamma)) if gamma.is_finite() => {
            Some(SpendingFunction::HwangShihDeCani(gamma))
        }
        (SpendingFile::HwangShihDecani, _) => {
            let problem = file.error(place.key("spending"), "this function has a `gamma`", "how early?");
            problems.push(problem.help("add `gamma: -4` to spend late, `gamma: 1` to spend early"));
            None
        }
        (_, Some(_)) => {
            let problem =
                file.error(place.key("gamma"), "this function has no `gamma`", "means nothing here");
            problems.push(problem.help("remove `gamma`, or write `spending: hwang_shih_decani`"));
            None
        }
    }
}

fn dimensions(file: &File<ExperimentFile>, names: &Names<'_>, problems: &mut Vec<Problem>) -> Vec<Dimension> {
    let known = Known { units: names.units.unwrap_or_default(), segments: &names.segments };
    let mut dimensions: Vec<Dimension> = Vec::new();
    for (index, name) in file.wire.dimensions.iter().enumerate() {
        let place = file.place().key("dimensions").item(index);
        match expression::attribute(name, &known) {
            Ok(path) if path.len() == 1 && path.first().is_some_and(|first| known.units.contains(first)) => {
                let problem =
                    file.error(place, format!("`{name}` is a unit type"), "as many values as units");
                problems.push(problem.help("name an attribute with few values: `country`, `app.plan`"));
            }
            Ok(path) if dimensions.iter().any(|other| other.path == path) => {
                let problem =
                    file.error(place, format!("the dimension `{name}` is listed twice"), "again here");
                problems.push(problem.help("keep one of them"));
            }
            Ok(path) => dimensions.push(Dimension { name: edgewise_core::attribute_name(&path), path }),
            Err(errors) => problems.extend(errors.into_iter().map(|error| {
                let span = place.part(&file.text.text, error.span.clone());
                let problem = Problem::error(error.kind.to_string()).at(&file.text, span, error.kind.label());
                problem.help("write an attribute's name: `country`, `app.plan`, `attr(\"any name\")`")
            })),
        }
    }
    dimensions
}

fn lateness(file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> Option<u64> {
    let text = file.wire.lateness.as_ref()?;
    let duration = time::duration(text, file.place().key("lateness"), file, problems)?;
    Some(duration.unsigned_abs() / 1_000)
}

fn trigger(file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> Option<Trigger> {
    let place = file.place().key("trigger");
    let (event, place, filters) = match file.wire.trigger.as_ref()? {
        TextOr::Text(event) => (event, place, Vec::new()),
        TextOr::Mapping(wire) => {
            let filters = filter::filters(&wire.filters, place.key("where"), file, problems);
            (&wire.event, place.key("event"), filters)
        }
    };
    if event.is_empty() {
        let problem = file.error(place, "an event without a name", "which event?");
        problems
            .push(problem.help("write the name of an event that the variant can neither cause nor prevent"));
    }
    Some(Trigger { event: event.clone(), filters })
}
